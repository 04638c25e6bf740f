"""A part of a ledger, solved with what the rest tells: the same as in the fit of the whole."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from ledgers import records
from models.elsewhere import N_SUMS, Elsewhere

from models.constants import Constants
from models.credence import CredenceModel
from models.proximity import bodies
from models.record import Record


def part_of(record: Record, question: str) -> Record:
    """The part of a record that a fit of one question looks at."""
    claims = tuple(claim for claim in record.claims if claim.question == question)
    ids = {claim.id for claim in claims}
    corrections = tuple(correction for correction in record.corrections if correction.claim in ids)
    named = {
        *(source for claim in claims for source in (claim.source, *claim.via, *claim.cites)),
        *(source for correction in corrections for source in (correction.by, *correction.via)),
        *(stake.source for stake in record.questions[question].stakes),
    }
    named |= {body.id for source in named for body in bodies(source, record)}
    return replace(
        record,
        sources={id_: source for id_, source in record.sources.items() if id_ in named},
        questions={question: record.questions[question]},
        claims=claims,
        corrections=corrections,
        resolutions={id_: found for id_, found in record.resolutions.items() if id_ == question},
    )


def known_outside(model: CredenceModel, question: str) -> Elsewhere:
    """What a fit of a whole record tells a fit of one of its questions."""
    shares, names, parent = model.shares(), model.tree_.names, model.tree_.parent
    own = {
        names[node]: sums
        for number, node, sums in zip(shares.question, shares.node, shares.sums, strict=True)
        if shares.questions[number] == question
    }
    return Elsewhere(
        widths=model.widths_,
        guesses=model.likelihood_.guesses(),
        totals=dict(zip(names, model.totals(shares), strict=True)),
        counted_at={names[i]: names[up] for i, up in enumerate(parent) if up >= 0},
        shares=own,
        coefficients=model.coefficients_,
    )


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(records(min_claims=2))
def test_a_question_solved_by_itself_is_as_in_the_whole(record):
    whole = CredenceModel(tol=1e-9, max_iter=5000).fit(record)
    for question in record.questions:
        part = CredenceModel(tol=1e-9, max_iter=5000).fit(
            part_of(record, question), elsewhere=known_outside(whole, question)
        )
        nodes = [whole.tree_.index[source] for source in part.tree_.index]
        n_sources = len(nodes)
        np.testing.assert_allclose(part.track_term_[:n_sources], whole.track_term_[nodes], atol=1e-3)
        np.testing.assert_allclose(part.faults_.term[:n_sources], whole.faults_.term[nodes], atol=1e-6)
        np.testing.assert_allclose(part.doubt_[:n_sources], whole.doubt_[nodes], atol=1e-3)
        np.testing.assert_allclose(part.n_judged_[:n_sources], whole.n_judged_[nodes], atol=1e-3)
        # Without its own question a fault is solved exactly in the whole, as a Gaussian in the part.
        np.testing.assert_allclose(part.credence_[question], whole.credence_[question], atol=0.01)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(records(min_claims=2))
def test_a_fit_that_starts_from_another_ends_where_it_did(record):
    cold = CredenceModel(tol=1e-9, max_iter=5000).fit(record)
    start = known_outside(cold, "none of its questions")
    warm = CredenceModel(tol=1e-9, max_iter=5000).fit(record, start=start)
    np.testing.assert_allclose(warm.track_term_, cold.track_term_, atol=1e-5)
    assert warm.n_iter_ <= cold.n_iter_


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(records(min_claims=2))
def test_the_sums_of_all_nodes_without_their_messages_are_what_the_claims_tell(record):
    model = CredenceModel().fit(record)
    own = np.zeros((len(model.tree_.parent), N_SUMS))
    shares = model.shares()
    np.add.at(own, shares.node, shares.sums)
    np.testing.assert_allclose(
        known_outside(model, "none").sums(model.tree_, Constants().widths), own, atol=1e-9
    )


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(records(min_claims=4))
def test_the_faults_of_other_questions_tell_a_part_what_they_tell_a_large_whole(record):
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr("models.faults.SOLVED_QUESTIONS", 0)
        whole = CredenceModel().fit(record)
        for question in record.questions:
            part = CredenceModel().fit(part_of(record, question), elsewhere=known_outside(whole, question))
            here = whole.faults_.term_outside(question)
            for source, i in part.tree_.index.items():
                if any(claim.source == source for claim in part.record_.claims):
                    told = part.faults_.term_outside(question)[i]
                    assert told == pytest.approx(here[whole.tree_.index[source]], abs=1e-5)
