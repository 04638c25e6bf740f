"""A large ledger: settled question by question, read at once, and swept by a refit."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data.neighbourhood import neighbourhood
from factories import (
    make_claim,
    make_correction,
    make_quantity_question,
    make_question,
    make_resolution,
    make_source,
    moment,
)
from ledgers import write
from models.elsewhere import N_SUMS
from sqlite_utils import Database

from data import claims, corrections, parts, questions, refit, resolutions, scores, settlement, sources
from data.database import alone, open_database, writing
from data.digests import of_ledger
from data.record import load
from models.answer import Values
from models.constants import Constants
from models.errors import DivergedError
from models.excerpt import Excerpt
from models.record import Claim, CorrectionKind, Question, Source, SourceKind
from models.scoring import Scores

ANSWERS = ("fighting", "reduced", "withdrawn")
N_QUESTIONS = 24
NOW = moment(1, month=3)


def values(n_questions: int = N_QUESTIONS) -> list[Any]:
    """A ledger of a few bodies and their members who speak on many questions, with corrections."""
    random = np.random.default_rng(5)
    found: list[Any] = [
        make_source("body", kind=SourceKind.ORGANISATION),
        make_source("outlet", kind=SourceKind.OUTLET, mandates=()),
        *(make_source(f"s{i}", member_of="body" if i % 3 == 0 else None) for i in range(9)),
    ]
    for q in range(n_questions):
        is_quantity = q % 8 == 7
        make = make_quantity_question if is_quantity else make_question
        found.append(make(f"q{q}"))
        for s in random.permutation(9)[:5]:
            answer = Values("about", (float(random.integers(1000, 9000)),)) if is_quantity else None
            said = {} if answer is None else {"answer": answer}
            if answer is None and random.random() < 0.4:
                said = {"answer": make_claim().answer.__class__((ANSWERS[random.integers(3)],))}
            via = ("outlet",) if s == 1 else ()
            found.append(
                make_claim(f"q{q}-s{s}", source=f"s{s}", question=f"q{q}", via=via,
                           stated_at=moment(1 + q, int(s)), **said)
            )  # fmt: skip
            if random.random() < 0.15:
                found.append(
                    make_correction(f"q{q}-s{s}", by=f"s{s}", kind=CorrectionKind.RETRACT, scope=None,
                                    stated_at=moment(2 + q))
                )  # fmt: skip
    found.append(make_resolution(question="q3", by="body"))
    return found


@pytest.fixture
def large(empty: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A ledger above the limit."""
    monkeypatch.setattr(parts, "LARGEST_WHOLE", 40)
    monkeypatch.setattr("data.neighbourhood.LARGEST_NEIGHBOURHOOD", 30)
    write(empty, values())
    assert parts.is_large(empty)
    return empty


def subjects(db: Database) -> Iterator[tuple[str, str]]:
    record = load(db)
    yield from (("source", id_) for id_ in record.sources)
    yield from (("claim", claim.id) for claim in record.claims)
    yield from (("question", id_) for id_ in record.questions)


def figures(document: dict[str, Any]) -> list[float]:
    """What a score says in numbers."""
    if "answers" in document:
        return [number for a in document["answers"] for number in (a["credence"], a["low"], a["high"])]
    if "quantity" in document:
        return [float(np.log(document["quantity"][name])) for name in ("median", "low", "high")]
    found = [factor["log_odds"] for factor in document["factors"]]
    if document["score"] is None:
        return found
    return [document["score"], document["interval"]["low"], document["interval"]["high"], *found]


def read(db: Database, kind: str, subject: str) -> dict[str, Any]:
    settlement.settle(db)
    found = scores.stored(db, kind, subject)
    assert found is not None
    return json.loads(found[0])


def assert_as_fitted_whole(db: Database, atol: float) -> None:
    whole = Scores(load(db))
    for kind, subject in subjects(db):
        expected = figures(whole.of(kind, subject).document)
        np.testing.assert_allclose(figures(read(db, kind, subject)), expected, atol=atol, rtol=1e-3)


def test_after_a_refit_every_score_is_that_of_the_whole_ledger(large: Database):
    assert_as_fitted_whole(large, atol=1e-3)


def test_lists_filter_by_the_score_that_is_read(large: Database):
    for kind, subject in subjects(large):
        document = read(large, kind, subject)
        (score,) = large.execute(
            "SELECT score FROM scores WHERE kind = ? AND id = ?", [kind, subject]
        ).fetchone()
        if "answers" in document:
            assert score == pytest.approx(max(a["credence"] for a in document["answers"]), abs=1e-4)
        elif "score" in document and document["score"] is not None:
            assert score == pytest.approx(document["score"], abs=1e-4)


def test_settling_a_question_again_moves_nothing(large: Database):
    before = {subject: figures(read(large, *subject)) for subject in subjects(large)}
    with writing(large):
        for question in ("q0", "q5", "q7"):
            parts.settle(large, [question])
    for subject in subjects(large):
        np.testing.assert_allclose(figures(read(large, *subject)), before[subject], atol=1e-4, rtol=1e-5)


def test_a_refit_learns_the_coefficients_and_every_read_uses_them(large: Database):
    for q in (0, 1, 2, 4):
        resolution = make_resolution(question=f"q{q}", by="body")
        resolutions.record_resolution(large, resolution, at=NOW + timedelta(seconds=q), by=None)
    elicited = {row["name"]: row["value"] for row in Constants().table()}
    assert {row["name"]: row["value"] for row in scores.model(large)["constants"]} == elicited
    assert settlement.sweep(large)
    shown = scores.model(large)
    learned = {row["name"]: row["value"] for row in shown["constants"]}
    assert learned["vantage_operational"] < elicited["vantage_operational"]
    assert sum(one["n"] for one in shown["calibration"]) == 5 * len(ANSWERS)
    baseline = read(large, "source", "s1")["factors"][0]
    assert (baseline["name"], baseline["log_odds"]) == ("baseline", learned["baseline"])
    assert_as_fitted_whole(large, atol=1e-3)


def test_what_was_just_written_is_what_is_read_next(large: Database):
    before = {a["answer"]: a["credence"] for a in read(large, "question", "q1")["answers"]}
    stored = len(load(large).claims)
    for source in ("s0", "s4"):
        claim = make_claim(f"new-{source}", source=source, question="q1", stated_at=moment(9, month=2))
        claims.record_claim(large, claim, at=NOW, by=None)
        assert read(large, "claim", claim.id)["standing"] == "as_stated"
    after = {a["answer"]: a["credence"] for a in read(large, "question", "q1")["answers"]}
    assert after["fighting"] > before["fighting"]
    assert {share["claim"] for share in read(large, "question", "q1")["evidence"]} >= {"new-s0", "new-s4"}
    assert len(load(large).claims) == stored + 2
    assert_as_fitted_whole(large, atol=0.1)


def test_a_resolution_and_a_retraction_reach_their_sources_at_once(large: Database):
    before = read(large, "source", "s5")["score"]
    said = next(claim for claim in load(large).claims if claim.source == "s5" and claim.question == "q2")
    retraction = make_correction(
        said.id, by="s5", kind=CorrectionKind.RETRACT, scope=None, stated_at=moment(8, month=2)
    )
    corrections.record_correction(large, retraction, at=NOW, by=None)
    after = read(large, "source", "s5")
    assert after["score"] < before
    assert read(large, "claim", said.id)["standing"] == "retracted"
    resolutions.record_resolution(large, make_resolution(question="q2", by="body"), at=NOW, by=None)
    assert max(a["credence"] for a in read(large, "question", "q2")["answers"]) == pytest.approx(
        0.999, abs=1e-6
    )


def test_a_voided_claim_has_no_score_and_tells_nothing(large: Database):
    before = figures(read(large, "question", "q1"))
    slip = make_claim("slip", source="s4", question="q1", stated_at=moment(9, month=2))
    claims.record_claim(large, slip, at=NOW, by=None)
    claims.void(large, "slip", at=NOW + timedelta(hours=1), by=None, because="typed twice")
    settlement.settle(large)
    assert scores.stored(large, "claim", "slip") is None
    np.testing.assert_allclose(figures(read(large, "question", "q1")), before, atol=1e-4)


def test_a_source_that_joins_a_body_is_counted_there_once(large: Database):
    sources.record_source(large, make_source("s1", member_of="body"), at=NOW, by=None)
    claim = make_claim("joined", source="s1", question="q1", stated_at=moment(9, month=2))
    claims.record_claim(large, claim, at=NOW, by=None)
    refit.refit(large)
    assert_as_fitted_whole(large, atol=1e-3)


def test_what_waits_for_a_refit_is_counted_until_it_ran_and_a_second_one_moves_nothing(large: Database):
    assert scores.model(large)["pending"] == 0
    for i, source in enumerate(("s1", "s4", "s7")):
        claim = make_claim(f"more-{i}", source=source, question=f"q{i}", stated_at=moment(9, month=2))
        claims.record_claim(large, claim, at=NOW + timedelta(hours=i), by=None)
    assert scores.model(large)["pending"] == 3
    assert refit.refit(large)
    assert scores.model(large)["pending"] == 0
    assert_as_fitted_whole(large, atol=1e-3)
    before = {subject: figures(read(large, *subject)) for subject in subjects(large)}
    refit.refit(large)
    for subject in subjects(large):
        np.testing.assert_allclose(figures(read(large, *subject)), before[subject], atol=1e-4)


def test_what_is_written_while_a_refit_runs_is_not_lost(large: Database, monkeypatch: pytest.MonkeyPatch):
    swap = refit._swap

    def swap_later(db: Database, *arguments: Any) -> None:
        claim = make_claim("meanwhile", source="s4", question="q1", stated_at=moment(9, month=2))
        claims.add(db, claim, at=NOW)
        claims.add(db, make_claim("slip", source="s7", question="q2", stated_at=moment(9, month=2)), at=NOW)
        swap(db, *arguments)

    monkeypatch.setattr(refit, "_swap", swap_later)
    refit.refit(large)
    assert "meanwhile" in {share["claim"] for share in read(large, "question", "q1")["evidence"]}
    assert scores.model(large)["pending"] == 2
    assert_as_fitted_whole(large, atol=0.1)
    before = figures(read(large, "source", "s4"))
    with writing(large):
        parts.settle(large, ["q1"])
    np.testing.assert_allclose(figures(read(large, "source", "s4")), before, atol=1e-4)


def test_a_refit_that_comes_to_no_number_stores_nothing_and_reading_goes_on(large: Database):
    write(large, [make_source("mute")], start=NOW)
    told = {subject: read(large, *subject) for subject in [("question", "q1"), ("source", "s4")]}
    before = [list(large[table].rows) for table in ("fits", "scores", "question_sums")]
    no_numbers = np.full(N_SUMS, np.nan).tobytes()
    large.execute("UPDATE node_sums SET sums = ? WHERE node = 'mute'", [no_numbers])
    with pytest.raises(DivergedError):
        settlement.sweep(large)
    assert [list(large[table].rows) for table in ("fits", "scores", "question_sums")] == before
    assert {subject: read(large, *subject) for subject in told} == told
    claim = make_claim("after", source="s4", question="q1", stated_at=moment(9, month=2))
    claims.record_claim(large, claim, at=NOW + timedelta(hours=1), by=None)
    assert read(large, "claim", "after")["standing"] == "as_stated"


def test_two_refits_never_run_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parts, "LARGEST_WHOLE", 40)
    with (
        closing(open_database(str(tmp_path / "l.db"))) as db,
        closing(open_database(str(tmp_path / "l.db"))) as other,
    ):
        write(db, values())
        with alone(db, "refit") as is_alone:
            assert is_alone
            assert not refit.refit(other)
        assert refit.refit(other)


@pytest.mark.parametrize("subject", [("question", "q9"), ("claim", "q9-s4"), ("source", "s4")])
def test_as_of_is_never_changed_by_what_is_said_later(large: Database, subject: tuple[str, str]):
    if subject[0] == "claim":
        subject = "claim", next(claim.id for claim in load(large).claims if claim.question == "q9")
    at = moment(12)
    before = scores.at(large, *subject, as_of=at)
    later = [
        make_claim(f"later-{q}-{s}", source=f"s{s}", question=f"q{q}", stated_at=moment(13 + s))
        for q in (1, 8, 9, 10)
        for s in (0, 4, 8)
    ]
    write(large, later, start=NOW)
    refit.refit(large)
    assert scores.at(large, *subject, as_of=at) == before


def test_the_past_of_a_large_ledger_is_fitted_to_a_bounded_part_of_it(large: Database):
    at = moment(24, 23)
    bearing = neighbourhood(large, "question", "q20", at, None)
    assert "q20" in bearing
    assert 1 < len(bearing) <= 6


def test_a_history_on_a_large_ledger_tells_the_events_of_its_own_questions(large: Database):
    items, _ = scores.history(large, "question", "q9", limit=100)
    assert items
    assert {item["event"]["question"] for item in items} == {"q9"}


def test_a_source_on_another_scope_is_read_from_what_is_known(large: Database):
    own, far = (scores.at(large, "source", "s4", scope=scope) for scope in (None, "sea"))
    assert own["score"] == read(large, "source", "s4")["score"]
    assert far["score"] < own["score"]


def test_a_part_of_a_record_on_a_large_ledger_is_found_by_its_scope_and_its_period(large: Database):
    own = neighbourhood(large, "source", "s4", None, None)
    assert neighbourhood(large, "source", "s4", None, None, scope="kursk-front") == own
    write(large, [make_question("far", scope="sea/black")], start=NOW)
    write(
        large,
        [make_claim("far-s4", source="s4", question="far", scope="sea", stated_at=moment(2))],
        start=NOW,
    )
    found = neighbourhood(large, "source", "s4", None, None, scope="sea")
    assert "far" in found
    assert "far" not in own
    whole = scores.at(large, "source", "s4", excerpt=Excerpt(NOW, since=moment(1)))
    for excerpt in (Excerpt(NOW, since=NOW), Excerpt(NOW, scope="air"), Excerpt(NOW, half_life=30.0)):
        assert scores.at(large, "source", "s4", excerpt=excerpt)["effective_n"] < whole["effective_n"]
    told = scores.at(large, "source", "s4", excerpt=Excerpt(NOW, scope="sea"))["factors"]
    assert any("far-s4" in factor["because"] for factor in told)


def test_a_part_of_a_record_is_never_changed_by_what_is_said_later(large: Database):
    at = moment(12)
    excerpt = Excerpt(at, since=moment(3), half_life=30.0)
    before = scores.at(large, "source", "s4", as_of=at, excerpt=excerpt)
    write(large, [make_claim("later", source="s4", question="q1", stated_at=moment(13))], start=NOW)
    assert scores.at(large, "source", "s4", as_of=at, excerpt=excerpt) == before


def test_the_digest_does_not_depend_on_the_order_of_arrival(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parts, "LARGEST_WHOLE", 40)
    said = values()
    reference = [value for value in said if isinstance(value, Source | Question)]
    events = [value for value in said if value not in reference]
    claimed = [value for value in events if isinstance(value, Claim)]
    others = [value for value in events if value not in claimed]
    digests = set()
    for batches in ([reference, events], [reference[::-1], claimed[::-1], others]):
        with closing(open_database(":memory:")) as db:
            for batch in batches:
                write(db, batch, start=NOW)
            digests.add(scores.model(db)["inputs"])
    assert len(digests) == 1


def test_the_digest_kept_with_each_write_is_that_of_the_whole_ledger(large: Database):
    questions.record_question(large, make_question("q1", answers=(*ANSWERS, "gone")), at=NOW, by=None)
    sources.record_source(large, make_source("s4", mandates=()), at=NOW, by=None)
    sources.record_source(large, make_source("fresh"), at=NOW, by=None)
    resolutions.record_resolution(large, make_resolution(question="q2", by="body"), at=NOW, by=None)
    claims.record_claim(large, make_claim("slip", source="s4", question="q1", stated_at=NOW), at=NOW, by=None)
    claims.void(large, "slip", at=NOW, by=None, because="typed twice")
    settlement.settle(large)
    assert scores.model(large)["inputs"] == of_ledger(large)
    assert read(large, "source", "fresh")["score"] is not None


def test_many_claims_at_once_are_settled_with_their_batch(large: Database):
    numbered = [
        (
            i,
            make_claim(
                f"bulk-{i}", source=f"s{i % 9}", question=f"q{i % 5}", stated_at=moment(9, i % 24, month=2)
            ),
        )
        for i in range(30)
    ]
    assert all(outcome.id for _, outcome in claims.record_claims(large, numbered, at=NOW, by=None))
    assert read(large, "claim", "bulk-7")["score"] is not None
    assert large["scores"].count_where("kind = 'claim'") == len(load(large).claims)
