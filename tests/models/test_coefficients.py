"""What resolutions make of the factors' coefficients, against another optimiser and by direction."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from factories import (
    make_claim,
    make_correction,
    make_question,
    make_record,
    make_resolution,
    make_source,
    moment,
)
from scipy.optimize import minimize
from scipy.special import expit, logit

from models.answer import Names
from models.coefficients import FEWEST_LABELS, learned
from models.constants import Coefficients, Constants
from models.evidence_reader import EvidenceReader
from models.hierarchy import SourceTree
from models.record import Claim, CorrectionKind, Mandate, Record, Vantage
from models.scoring import Scores

C = Constants()
ANSWERS = ("fighting", "reduced", "withdrawn")
SOURCES = {
    f"s{k}": make_source(f"s{k}", mandates=(Mandate("kursk-front", vantage),))
    for k, vantage in enumerate([Vantage.DIRECT, Vantage.UNKNOWN] * 4)
}


def dispute(n_questions: int, right: dict[Vantage, float], *, n_resolved: int | None = None) -> Record:
    """A record of three voices a question, right as often as their vantage; "fighting" proves true."""
    random = np.random.default_rng(5)
    questions = {f"q{i}": make_question(f"q{i}", answers=ANSWERS) for i in range(n_questions)}
    claims: list[Claim] = []
    for i in range(n_questions):
        for source in random.choice(list(SOURCES), 3, replace=False):
            is_right = random.random() < right[SOURCES[source].mandates[0].vantage]
            said = "fighting" if is_right else str(random.choice(ANSWERS[1:]))
            claims.append(
                make_claim(f"c{i}-{source}", source=source, question=f"q{i}", answer=Names((said,)))
            )
    resolved = list(questions)[:n_resolved]
    return Record(
        sources=SOURCES,
        questions=questions,
        claims=tuple(claims),
        resolutions={id_: make_resolution(id_, answer=Names(("fighting",)), by="s0") for id_ in resolved},
    )


def learned_of(record: Record) -> Coefficients:
    """What the resolutions of a record make of the coefficients."""
    columns = EvidenceReader(record, C).voices(record.questions.values()).columns
    tree = SourceTree.of_sources(record.sources)
    return learned(columns, tree, tree.nodes(columns.source), C)


MISTAKEN = {Vantage.DIRECT: 0.1, Vantage.UNKNOWN: 0.9}


@pytest.mark.parametrize("n_resolved", [0, 1, 2])
def test_with_little_resolved_everything_stays_as_elicited(n_resolved):
    record = dispute(12, MISTAKEN, n_resolved=n_resolved)
    assert learned_of(record) == {}
    assert Scores(record).model.constants_ == C


def test_one_question_alone_moves_nothing_however_many_spoke():
    sources = {f"s{i}": make_source(f"s{i}") for i in range(40)}
    claims = tuple(make_claim(f"c{i}", source=f"s{i}", question="q0") for i in range(40))
    record = replace(dispute(1, MISTAKEN), sources=sources, claims=claims)
    assert len(claims) > FEWEST_LABELS
    assert learned_of(record) == {}


def test_a_vantage_that_proves_wrong_is_worth_less_and_one_that_proves_right_more():
    found = learned_of(dispute(40, MISTAKEN))
    assert found["vantage_direct"].value < C.vantage_direct - 0.5
    assert found["vantage_unknown"].value > C.vantage_unknown + 0.5
    assert found["vantage_direct"].width < 0.45


def test_what_no_claim_holds_keeps_its_value_and_its_width():
    found = learned_of(dispute(40, MISTAKEN))
    for name in ("stake_served", "stake_admission", "carrier", "anonymity", "revision", "contradiction"):
        assert found[name].value == getattr(C, name)
        assert found[name].width == pytest.approx(C.coefficient_widths[name])


def test_more_resolutions_leave_less_width():
    few, many = (learned_of(dispute(n, MISTAKEN))["vantage_direct"].width for n in (5, 60))
    assert many < few < C.coefficient_widths["vantage_direct"]


def test_the_mode_is_that_of_another_optimiser():
    record = dispute(12, {Vantage.DIRECT: 0.4, Vantage.UNKNOWN: 0.7})
    sources = list(SOURCES)
    is_direct = np.array([SOURCES[c.source].mandates[0].vantage is Vantage.DIRECT for c in record.claims])
    source = np.array([sources.index(claim.source) for claim in record.claims])
    question = np.array([int(claim.question[1:]) for claim in record.claims])
    said = np.array([ANSWERS.index(claim.answer.names[0]) for claim in record.claims])
    strength = expit(C.baseline + np.where(is_direct, C.vantage_direct, C.vantage_unknown))
    alike = question[:, None] == question
    others = (
        np.array([(strength * (alike[i] & (said == said[i]))).sum() for i in range(len(said))]) - strength
    )
    guess = (C.guess_strength / 3 + others) / (C.guess_strength + alike @ strength - strength)
    fit = np.where(said == 0, C.resolved_credence, (1 - C.resolved_credence) / 2)
    weight = 1 / (1 + C.shared_doubt * (alike.sum(axis=1) - 1))

    def loss(point):
        baseline, direct, unknown, kind, *terms = point
        r = expit(baseline + np.where(is_direct, direct, unknown) + np.array(terms)[source])
        steps = (point[:3] - [C.baseline, C.vantage_direct, C.vantage_unknown]) / 0.5
        prior = steps @ steps + (kind / C.kind_width) ** 2
        prior += (((np.array(terms) - kind) / C.body_width) ** 2).sum()
        return prior / 2 - weight @ np.log(r * fit + (1 - r) * guess)

    best = minimize(loss, np.zeros(4 + len(sources)), tol=1e-9).x
    found = learned_of(record)
    moved = [found[name].value for name in ("baseline", "vantage_direct", "vantage_unknown")]
    assert moved == pytest.approx(best[:3], abs=1e-4)


def test_what_is_said_on_an_open_question_moves_no_coefficient():
    record = dispute(20, MISTAKEN, n_resolved=15)
    known = [claim for claim in record.claims if claim.question in record.resolutions]
    assert learned_of(record) == learned_of(replace(record, claims=tuple(known)))


def test_the_order_of_the_claims_moves_no_coefficient():
    record = dispute(20, MISTAKEN)
    one, other = learned_of(record), learned_of(replace(record, claims=record.claims[::-1]))
    assert [found.value for found in one.values()] == pytest.approx([found.value for found in other.values()])


def test_scores_are_made_with_what_was_learned_and_factors_still_sum():
    record = dispute(40, MISTAKEN, n_resolved=35)
    scores = Scores(record)
    shown = {factor.name: factor.log_odds for factor in scores.of("source", "s0").factors}
    assert shown["baseline"] == scores.model.coefficients_["baseline"].value
    assert shown["proximity"] == scores.model.coefficients_["vantage_direct"].value
    assert scores.model.constants_.digest() != C.digest()
    for score in scores.all():
        if score.score is not None:
            total = sum(factor.log_odds for factor in score.factors)
            assert total == pytest.approx(float(logit(score.score)), abs=1e-9)


def test_the_reasons_of_a_claim_stay_as_they_were():
    record = dispute(12, MISTAKEN, n_resolved=11)
    silent = replace(record, resolutions={})
    for claim in record.claims[-3:]:
        reasons, before = (
            {factor.name: factor.because for factor in Scores(one).of("claim", claim.id).factors}
            for one in (record, silent)
        )
        assert reasons["proximity"] == before["proximity"]
        assert reasons["baseline"] == before["baseline"]


def test_a_source_that_nobody_has_heard_gains_by_what_its_vantage_has_shown():
    new = make_source("new", mandates=(Mandate("kursk-front", Vantage.UNKNOWN),))
    late = make_claim("late", source="new", question="open", stated_at=moment(1) + timedelta(days=99))
    record = dispute(40, MISTAKEN)
    record = replace(
        record,
        sources={**record.sources, "new": new},
        questions={**record.questions, "open": make_question("open")},
        claims=(*record.claims, late),
    )
    before = replace(record, resolutions={})
    assert Scores(record).of("claim", "late").score > Scores(before).of("claim", "late").score


def test_a_source_that_often_took_back_and_was_else_right_lifts_the_baseline():
    right = [f"right{i}" for i in range(100)]
    slips = [f"slip{i}" for i in range(200)]
    record = make_record(
        make_source("s0"),
        *(make_question(id_, answers=ANSWERS) for id_ in (*right, *slips)),
        *(make_claim(f"c-{id_}", source="s0", question=id_) for id_ in (*right, *slips)),
        *(make_correction(f"c-{id_}", by="s0", kind=CorrectionKind.RETRACT) for id_ in slips),
        *(make_resolution(id_, answer=Names(("fighting",)), by="s0") for id_ in right),
        *(make_resolution(id_, answer=Names(("reduced",)), by="s0") for id_ in slips),
    )
    assert C.baseline + 1 < learned_of(record)["baseline"].value < C.baseline + 2
