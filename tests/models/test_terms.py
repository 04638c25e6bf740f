"""What a fit found, and what a question is with it: solved by itself as in the fit of the whole."""

from dataclasses import replace

import numpy as np
import pytest
from factories import make_claim, make_correction, make_question, make_record, make_source
from hypothesis import HealthCheck, given, settings
from ledgers import copying_ledger, records
from scipy.special import expit

from models.constants import Constants
from models.credence import CredenceModel
from models.faults import fault_sums, message
from models.hearing import Hearing
from models.hierarchy import SourceTree
from models.observations import Observations
from models.proximity import bodies
from models.record import CorrectionKind, Record, SourceKind
from models.scoring import Scores
from models.solution import Solution
from models.terms import (
    CONTRADICTED,
    FAULT,
    FAULT_INFORMATION,
    FAULT_PRECISION,
    TRACK,
    VARIANCE,
    WEIGHTY,
    Charge,
)

many = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def part_of(record: Record, question: str) -> Record:
    """The part of a record that one question is read from."""
    claims = tuple(claim for claim in record.claims if claim.question == question)
    ids = {claim.id for claim in claims}
    corrections = tuple(correction for correction in record.corrections if correction.claim in ids)
    named = {
        *(source for claim in claims for source in (claim.source, *claim.via, *claim.cites)),
        *(source for correction in corrections for source in (correction.by, *correction.via)),
        *(stake.source for stake in record.questions[question].stakes),
        *(found.by for id_, found in record.resolutions.items() if id_ == question),
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


def figures(score):
    """What a score says in numbers, and in grades."""
    return [
        score.score,
        score.interval and (score.interval.low, score.interval.high),
        score.effective_n,
        score.answers,
        score.quantity,
        [factor.log_odds for factor in score.factors],
        score.grades,
    ]


def assert_solved_as_in_the_whole(record: Record) -> None:
    model = CredenceModel().fit(record)
    terms, columns = model.terms_, model.columns_
    of_claims = np.repeat(columns.questions, columns.n_claims)
    of_points = np.repeat(columns.questions, columns.n_points)
    for place, question in enumerate(columns.questions):
        alone = Solution(model.evidence_[question].columns, terms)
        heard = alone.columns.weight > 0
        np.testing.assert_allclose(
            alone.posterior, model.likelihood_.posterior[of_points == question], atol=1e-9
        )
        np.testing.assert_allclose(
            alone.guess[heard], model.likelihood_.guess[of_claims == question], atol=1e-9
        )
        np.testing.assert_allclose(
            expit(alone.log_odds[heard]), model.reliability_[of_claims == question], atol=1e-9
        )
        expected = model.faults_.outside(np.full_like(alone.node, place), alone.node)
        np.testing.assert_allclose(alone.corrected, expected, atol=1e-9)


@many
@given(records(min_claims=2))
def test_a_question_solved_by_itself_is_as_in_the_whole(record):
    assert_solved_as_in_the_whole(record)


def test_a_question_with_copied_claims_solved_by_itself_is_as_in_the_whole():
    assert_solved_as_in_the_whole(copying_ledger()[0])


@many
@given(records(min_claims=2))
def test_a_part_of_a_record_says_with_the_terms_of_the_whole_what_the_whole_says(record):
    whole = Scores(record)
    for question in record.questions:
        part = Scores(part_of(record, question), whole.model.terms_, questions=[question])
        assert figures(part.of("question", question)) == figures(whole.of("question", question))
        for claim in part.record.claims:
            assert figures(part.of("claim", claim.id)) == figures(whole.of("claim", claim.id))


@many
@given(records(min_claims=2))
def test_the_terms_hold_what_was_found_of_each_source(record):
    model = CredenceModel().fit(record)
    terms, tree = model.terms_, model.tree_
    found = {
        TRACK: model.track_term_,
        FAULT: model.faults_.term,
        VARIANCE: model.source_variance_,
    }
    for source, node in tree.index.items():
        assert [terms.of(source, column) for column in found] == [values[node] for values in found.values()]
        assert terms.doubt(source) == pytest.approx(model.doubt_[node])
        weighty = [
            voice
            for evidence in model.evidence_.values()
            for voice in evidence.voices
            if voice.weight > 0 and voice.claim.source == source
        ]
        contradicted = [voice for voice in weighty if voice.contradicted_by is not None]
        assert terms.of(source, WEIGHTY) == len(weighty)
        assert terms.of(source, CONTRADICTED) == len(contradicted)
        assert len(terms.named.get(source, ())) == min(len(weighty), 3)
        assert {*terms.named.get(source, ())} <= {voice.claim.id for voice in weighty}
        assert len(terms.contradicted.get(source, ())) == min(len(contradicted), 3)
        assert {*terms.contradicted.get(source, ())} <= {voice.claim.id for voice in contradicted}


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(records(min_claims=2))
def test_the_sums_of_all_nodes_without_their_messages_are_what_the_faults_tell(record):
    model = CredenceModel().fit(record)
    tree, columns, constants = model.tree_, model.columns_, model.constants_
    sums = model.terms_.columns[:, [FAULT_PRECISION, FAULT_INFORMATION]]
    left = sums.copy()
    for nodes in tree.levels:
        np.add.at(left, tree.parent[nodes], -message(sums[nodes], constants.widths[tree.edge[nodes]] ** 2))
    node = tree.nodes(columns.fault_source)
    offset = columns.fault_amounts @ constants.coefficients
    own = np.zeros_like(left)
    np.add.at(own, node, fault_sums(Observations(node, offset, model.faults_.weight), model.faults_.term))
    np.testing.assert_allclose(left, own, atol=1e-9)


def test_who_erred_is_charged_by_claim_and_a_carrier_by_its_version():
    values = (
        *(make_source(id_) for id_ in ("budanov", "podolyak")),
        *(make_source(id_, kind=SourceKind.OUTLET) for id_ in ("cnn", "get")),
        make_question(),
        make_claim("taken-back", source="podolyak"),
        make_correction("taken-back", by="podolyak", kind=CorrectionKind.RETRACT),
        make_claim("one", via=("cnn",)),
        make_claim("two", via=("get",), answer=make_claim().answer.__class__(("withdrawn",))),
    )
    charged = Scores(make_record(*values)).model.terms_.charged
    assert charged["podolyak"] == (Charge("taken-back", is_version=False),)
    assert {source: [charge.is_version for charge in found] for source, found in charged.items()} == {
        "podolyak": [False], "cnn": [True], "get": [True],
    }  # fmt: skip


def test_records_of_another_tree_are_found_by_name_and_new_sources_have_none():
    record = make_record(
        *(make_source(id_) for id_ in ("a", "b", "c")),
        *(make_question(f"q{i}") for i in range(5)),
        *(
            make_claim(f"{s}{i}", source=s, question=f"q{i}", answer=make_claim().answer.__class__((said,)))
            for i in range(5)
            for s, said in (("a", "fighting"), ("b", "fighting"), ("c", "withdrawn"))
        ),
    )
    terms = CredenceModel().fit(record).terms_
    other = SourceTree.of_sources({id_: make_source(id_) for id_ in ("c", "new", "a")})
    moved = dict(zip(other.names, terms.track(other), strict=True))
    assert (moved["c"], moved["a"]) == (terms.of("c", TRACK), terms.of("a", TRACK))
    assert moved["new"] == 0
    assert moved[":person"] == terms.columns[terms.tree.node_of_kind["person"], TRACK]


def test_without_resolutions_the_constants_in_force_are_those_that_were_elicited():
    terms = CredenceModel(Constants(baseline=0.3)).fit(make_record(make_source())).terms_
    assert terms.constants == terms.elicited == Constants(baseline=0.3)
    assert Hearing(Record(), terms).terms.constants.baseline == 0.3
