"""Undeclared copying in a ledger: found by shared rare errors, discounted, and told."""

from dataclasses import replace

import numpy as np
import pytest
from factories import make_source
from ledgers import N_COPIERS, N_INDEPENDENT, copying_ledger

from models.families import Families
from models.record import Record, SourceKind
from models.scoring import Scores

COPIERS = {f"s{s}" for s in range(N_INDEPENDENT, N_INDEPENDENT + N_COPIERS)}


def unsearched(record: Record, monkeypatch: pytest.MonkeyPatch) -> Scores:
    """Scores of a record in which nobody looks for copies."""
    with monkeypatch.context() as patch:
        patch.setattr("models.credence.find_families", lambda *_: (Families(), None))
        return Scores(record)


def without_copies(record: Record) -> Record:
    """The record with the claims of copiers that agree with s0 left out."""
    said = {(claim.source, claim.question): claim.answer for claim in record.claims}
    return replace(
        record,
        claims=tuple(
            claim
            for claim in record.claims
            if claim.source not in COPIERS or said.get(("s0", claim.question)) != claim.answer
        ),
    )


def brier(scores: Scores, truth: dict[str, str]) -> float:
    """The mean squared error of the credences, summed over a question's answers."""
    return float(
        np.mean([
            sum((a.credence - (a.answer == true)) ** 2 for a in scores.of("question", question).answers)
            for question, true in truth.items()
        ])
    )  # fmt: skip


def numbers(scores: Scores) -> dict[tuple[str, str], list[float]]:
    return {
        (score.kind, score.id): [
            score.effective_n,
            *([] if score.score is None else [score.score]),
            *(answer.credence for answer in score.answers),
        ]
        for score in scores.all()
    }


@pytest.fixture(scope="module")
def copied() -> tuple[Record, dict[str, str], Scores]:
    record, truth = copying_ledger()
    return record, truth, Scores(record)


def test_credences_come_close_to_those_of_a_ledger_without_the_copies(copied, monkeypatch):
    record, truth, scores = copied
    plain, oracle = unsearched(record, monkeypatch), unsearched(without_copies(record), monkeypatch)
    assert brier(plain, truth) > brier(oracle, truth) + 0.5
    assert brier(scores, truth) < brier(oracle, truth) + 0.01


def test_the_family_is_those_who_copy_and_nobody_else(copied):
    *_, scores = copied
    assert set(scores.model.families_.kin) == {"s0"} | COPIERS


def test_where_nobody_copies_no_score_moves_at_all(monkeypatch):
    record, _ = copying_ledger(0)
    scores, plain = Scores(record), unsearched(record, monkeypatch)
    assert scores.model.families_ == Families()
    assert [score.document for score in scores.all()] == [score.document for score in plain.all()]


def test_a_copy_never_weighs_more_than_it_would_as_an_origin_and_its_question_has_fewer(copied, monkeypatch):
    record, _, scores = copied
    plain = unsearched(record, monkeypatch)
    for question in record.questions:
        found, before = scores.of("question", question), plain.of("question", question)
        weights = {share.claim: share.weight for share in before.evidence}
        assert all(share.weight <= weights[share.claim] for share in found.evidence)
        assert found.origins.effective == pytest.approx(sum(share.weight for share in found.evidence))
        assert found.origins.effective <= before.origins.effective
    assert scores.of("question", "q1").origins.effective < plain.of("question", "q1").origins.effective - 1


def test_a_question_and_a_source_tell_what_was_taken_for_a_copy(copied):
    record, _, scores = copied
    copiers = scores.model.families_.copied
    question = next(c.question for c in record.claims if c.id in copiers and copiers[c.id].kept < 0.1)
    told = [share for share in scores.of("question", question).evidence if share.claim in copiers]
    assert told
    for share in told:
        assert "rare errors with S" in share.because
        assert share.because.endswith(f": taken as the same family, counts for {share.weight:.2f}")
    factors = {factor.name: factor for factor in scores.of("source", f"s{N_INDEPENDENT}").factors}
    assert "rare errors with S" in factors["track_record"].because
    assert factors["track_record"].because.endswith(" more")


def test_names_of_sources_and_order_of_arrival_move_nothing(copied):
    record, _, scores = copied
    order = np.random.default_rng(0).permutation(len(record.sources))
    names = {f"s{s}": f"s{other}" for s, other in enumerate(order)}
    renamed = replace(
        record,
        sources={names[id_]: replace(source, id=names[id_]) for id_, source in record.sources.items()},
        questions=dict(reversed(record.questions.items())),
        claims=tuple(replace(claim, source=names[claim.source]) for claim in reversed(record.claims)),
    )
    expected = numbers(scores)
    for (kind, id_), found in numbers(Scores(renamed)).items():
        before = next(old for old, new in names.items() if new == id_) if kind == "source" else id_
        assert found == pytest.approx(expected[kind, before], abs=1e-4), (kind, id_)


def test_two_of_whom_each_may_have_copied_the_other_share_their_weight():
    record, _ = copying_ledger(0)
    clones = [replace(c, id=f"{c.id}-again", source="s99") for c in record.claims if c.source == "s0"]
    record = replace(
        record, sources={**record.sources, "s99": make_source("s99")}, claims=(*record.claims, *clones)
    )
    kept = {claim: copied.kept for claim, copied in Scores(record).model.families_.copied.items()}
    assert kept
    for clone in clones:
        assert kept[clone.id] == pytest.approx(kept[clone.id.removesuffix("-again")])
        assert 0.5 <= kept[clone.id] < 0.6


def test_a_family_by_itself_is_not_known_to_be_apart(copied, monkeypatch):
    record, _, scores = copied
    plain = unsearched(record, monkeypatch)
    copies = scores.model.families_.copied
    family = scores.model.families_.kin
    together = set()
    for claim in copies:
        question, _ = scores.hearing.place_of(claim)
        answer = next(c.answer for c in record.claims if c.id == claim)
        voices = scores.model.evidence_[question].voices
        if all(v.claim.source in family for v in voices if v.standing.answer == answer):
            together.add(claim)
    assert together
    for claim in together:
        assert plain.of("claim", claim).origins.independence == "independent"
        assert scores.of("claim", claim).origins.independence == "not_established"


def test_what_is_declared_is_not_found_again(copied):
    record, *_ = copied
    citing = tuple(
        replace(claim, cites=("s0",)) if claim.source in COPIERS else claim for claim in record.claims
    )
    assert Scores(replace(record, claims=citing)).model.families_ == Families()
    body = make_source("body", kind=SourceKind.ORGANISATION)
    members = {
        id_: replace(source, member_of="body") if id_ in COPIERS | {"s0"} else source
        for id_, source in record.sources.items()
    }
    joined = replace(record, sources={**members, "body": body})
    assert Scores(joined).model.families_ == Families()


def test_a_small_ledger_is_not_searched(copied, monkeypatch):
    record, *_ = copied

    def refuse(*_):
        raise AssertionError("searched")

    monkeypatch.setattr("models.undeclared.find_copying", refuse)
    few = {f"q{q}" for q in range(9)}
    small = replace(
        record,
        questions={id_: question for id_, question in record.questions.items() if id_ in few},
        claims=tuple(claim for claim in record.claims if claim.question in few),
    )
    assert Scores(small).model.families_ == Families()
