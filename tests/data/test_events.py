"""Events: one for each correction, resolution and score that moved, in the transaction of the scores."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from factories import (
    make_claim,
    make_correction,
    make_quantity_question,
    make_question,
    make_resolution,
    make_source,
    moment,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledgers import write
from sqlite_utils import Database

from data import (
    claims,
    corrections,
    deliveries,
    events,
    figures,
    questions,
    resolutions,
    settlement,
    stored_scores,
)
from data.database import open_database
from data.verification import verify
from models.answer import Names, Quantity, Values
from models.event import CORRECTED, MOVED, RESOLVED, SMALLEST_MOVE, TYPES
from models.record import CorrectionKind

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FRONT = "dprk-on-kursk-front"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """Two sources, a question, and a claim, all of it settled."""
    with closing(open_database(str(tmp_path / "ledger.db"))) as db:
        write(
            db,
            [
                make_source("budanov"),
                make_source("podolyak"),
                make_source("cnn"),
                make_question(),
                make_claim(),
            ],
        )
        yield db


def every(db: Database, **conditions: object) -> list[events.Event]:
    return list(events.page(db, limit=200, **conditions).items)  # type: ignore[arg-type]


def told(db: Database, after: int = 0) -> list[tuple[str, str, str]]:
    return [(each.type, each.kind, each.subject) for each in every(db, after=after)]


def say(db: Database, claim_id: str, answer: str = "withdrawn", at: datetime = NOW, **fields: object) -> None:
    claim = make_claim(claim_id, answer=Names((answer,)), **{"source": "podolyak", **fields})
    claims.add(db, claim, at=at, by=None)


def test_what_is_new_has_not_moved(db: Database) -> None:
    assert every(db) == []


def test_a_claim_moves_its_question_and_is_named_there(db: Database) -> None:
    say(db, "second")
    settlement.settle(db)
    (moved,) = every(db, type_=MOVED, kind="question", subject=FRONT)
    shares = {each["answer"]: each["credence"] for each in moved.document["before"]["answers"]}
    now = {each["answer"]: each["credence"] for each in moved.document["after"]["answers"]}
    assert now["withdrawn"] > shares["withdrawn"]
    assert sum(now.values()) == pytest.approx(1, abs=1e-3)
    assert moved.document["changes"] == [{"action": "create", "type": "claim", "id": "second"}]
    assert moved.document["because"].endswith('after Podolyak said "withdrawn".')
    assert (MOVED, "claim", "second") not in told(db)
    assert (MOVED, "claim", "budanov-fighting") in told(db)


def test_what_is_moved_from_elsewhere_is_told_with_what_was_recorded_last(db: Database) -> None:
    write(db, [make_question("elsewhere", text="Who leads?")])
    known = events.last(db)
    say(db, "there", question="elsewhere", source="budanov")
    say(db, "theirs", question="elsewhere", source="podolyak", answer="fighting")
    db.execute("UPDATE scores SET told_score = told_score + 0.1 WHERE id = 'budanov-fighting'")
    settlement.settle(db)
    (moved,) = every(db, type_=MOVED, kind="claim", subject="budanov-fighting", after=known)
    assert moved.document["because"].endswith(', after Podolyak said "fighting" in "Who leads?".')
    assert moved.document["changes"] == []


def test_a_claim_that_is_called_as_a_source_does_not_bear_on_it(db: Database) -> None:
    write(db, [make_source("bystander"), make_question("elsewhere", text="Who leads?")])
    known = events.last(db)
    say(db, "bystander", question="elsewhere", source="budanov")
    db.execute("UPDATE scores SET told_score = told_score + 0.1 WHERE kind = 'source' AND id = 'bystander'")
    db.execute("UPDATE terms SET figured = figured + 1 WHERE node = 'bystander'")
    settlement.settle(db)
    (moved,) = every(db, type_=MOVED, kind="source", subject="bystander", after=known)
    assert moved.document["changes"] == []


def test_a_correction_is_told_with_the_score_before_and_after_it(db: Database) -> None:
    before = db.execute("SELECT score FROM scores WHERE id = 'budanov-fighting'").fetchone()[0]
    corrections.add(db, make_correction(), at=NOW, by=None)
    settlement.settle(db)
    (event,) = every(db, type_=CORRECTED)
    after = db.execute("SELECT score FROM scores WHERE id = 'budanov-fighting'").fetchone()[0]
    assert (event.kind, event.subject, event.recorded_at) == ("claim", "budanov-fighting", NOW)
    assert event.document["before"]["score"] == before
    assert event.document["after"]["score"] == after
    assert event.document["correction"]["kind"] == "narrow"
    assert "was narrowed to kursk-front/sso-sectors by its author" in event.document["because"]


def test_a_resolution_is_told_once_and_the_one_in_force_counts(db: Database) -> None:
    resolutions.add(db, make_resolution(answer=Names(("withdrawn",))), at=NOW, by=None)
    resolutions.add(db, make_resolution(), at=NOW, by=None)
    settlement.settle(db)
    (event,) = every(db, type_=RESOLVED)
    assert event.document["resolution"]["answer"] == "reduced"
    assert max(event.document["after"]["answers"], key=lambda each: each["credence"])["answer"] == "reduced"


def test_a_claim_and_its_correction_recorded_together_are_told_without_a_before(db: Database) -> None:
    say(db, "second")
    corrections.add(
        db, make_correction("second", by="podolyak", stated_at=moment(2, month=2)), at=NOW, by=None
    )
    settlement.settle(db)
    (event,) = every(db, type_=CORRECTED)
    assert event.document["before"] is None
    assert event.document["after"]["score"] is not None


def test_a_correction_of_a_claim_that_was_voided_meanwhile_is_not_told(db: Database) -> None:
    say(db, "slip")
    settlement.settle(db)
    corrections.add(db, make_correction("slip", by="podolyak", stated_at=moment(2, month=2)), at=NOW, by=None)
    claims.void(db, "slip", at=NOW, by=None, because="typed twice")
    settlement.settle(db)
    assert every(db, type_=CORRECTED) == []
    (last,) = every(db, type_=MOVED, kind="question", subject=FRONT)[-1:]
    assert last.document["because"].endswith("after a claim was voided (and 1 more).")


def test_settling_again_tells_nothing_twice(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    say(db, "second")
    corrections.add(db, make_correction(), at=NOW, by=None)
    settlement.settle(db)
    known = told(db)
    assert known
    settlement.settle(db)
    db.execute("UPDATE fits SET version = 'older'")
    settlement.settle(db)
    db.execute("UPDATE fits SET version = 'older', entry = entry - 2")
    settlement.settle(db)
    assert told(db) == known


def test_a_settlement_that_breaks_off_leaves_neither_scores_nor_events(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(db, "second")
    corrections.add(db, make_correction(), at=NOW, by=None)
    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "tell", None)
        with pytest.raises(TypeError):
            settlement.settle(db)
    assert every(db) == []
    assert settlement.is_behind(db)
    settlement.settle(db)
    assert (CORRECTED, "claim", "budanov-fighting") in told(db)


def test_another_model_says_that_it_was_the_model(db: Database) -> None:
    db.execute("UPDATE fits SET version = 'older'")
    db.execute("UPDATE scores SET score = 0.1, told_score = 0.1 WHERE id = 'budanov-fighting'")
    settlement.settle(db)
    (event,) = every(db)
    assert (event.subject, event.document["cause"]) == ("budanov-fighting", "model")
    assert event.document["because"].endswith("since another version of the model made the score.")


def test_small_moves_add_up_until_they_are_told(db: Database) -> None:
    db.execute("UPDATE scores SET told_score = score - 0.009 WHERE id = 'podolyak'")
    numbers = (
        "source",
        "podolyak",
        *db.execute("SELECT score, low, high FROM scores WHERE id = 'podolyak'").fetchone(),
    )
    assert stored_scores.store(db, [(*numbers, None)]) == []
    nearly = (*numbers[:2], numbers[2] + 0.002, *numbers[3:])
    (move,) = stored_scores.store(db, [(*nearly, None)])
    assert move.before is not None
    assert move.after.score - move.before.score == pytest.approx(0.011)


def test_a_topic_finds_what_is_told_of_its_claims(db: Database) -> None:
    say(db, "second", url="https://news.example/a#top")
    settlement.settle(db)
    known = events.last(db)
    correction = make_correction("second", by="podolyak", kind=CorrectionKind.RETRACT, scope=None)
    corrections.add(db, replace(correction, stated_at=moment(2, month=2)), at=moment(2, month=3), by=None)
    settlement.settle(db)
    for kind, subject in (
        ("claim", "second"),
        ("source", "podolyak"),
        ("question", FRONT),
        ("article", "https://news.example/a"),
        ("article", "https://news.example/a#elsewhere"),
    ):
        found = [each.type for each in every(db, kind=kind, subject=subject, after=known)]
        assert CORRECTED in found, kind
    assert CORRECTED not in [each.type for each in every(db, kind="source", subject="cnn")]


def test_pages_go_both_ways_and_know_whether_there_is_more(db: Database) -> None:
    for n in range(4):
        say(db, f"claim-{n}", answer=("withdrawn", "reduced")[n % 2], source="podolyak", certainty=0.9)
        settlement.settle(db)
    n_events = events.last(db)
    assert n_events > 4
    first = events.page(db, limit=2)
    assert ([each.seq for each in first.items], first.is_more, first.following) == ([1, 2], True, 2)
    latest = events.page(db, limit=2, is_newest_first=True)
    assert [each.seq for each in latest.items] == [n_events, n_events - 1]
    rest = events.page(db, limit=200, after=2)
    assert [each.seq for each in rest.items] == list(range(3, n_events + 1))
    assert (rest.is_more, rest.following) == (False, n_events)


def test_what_was_told_can_be_neither_edited_nor_deleted_and_what_was_altered_is_found(db: Database) -> None:
    say(db, "second")
    settlement.settle(db)
    for change in ("UPDATE events SET subject = 'x'", "DELETE FROM events", "DELETE FROM event_topics"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(change)
    assert all(check.is_passed for check in verify(db))
    db.execute("DROP TRIGGER events_refuse_update")
    for column, cell in (("subject", "'x'"), ("recorded_at", "'2020'"), ("document", "'{}'"), ("id", "'x'")):
        db.execute("BEGIN")
        db.execute(f"UPDATE events SET {column} = {cell} WHERE seq = 1")  # noqa: S608
        assert "events" in {check.name for check in verify(db, with_scores=False) if not check.is_passed}, (
            column
        )
        db.execute("ROLLBACK")


def test_what_a_refit_moves_says_that_it_was_the_refit(db: Database) -> None:
    corrections.add(db, make_correction(), at=NOW, by=None)
    settlement.settle(db)
    assert [each for each in told(db) if each[0] == CORRECTED] == [(CORRECTED, "claim", "budanov-fighting")]
    say(db, "second")
    corrections.add(
        db, make_correction("second", by="podolyak", stated_at=moment(2, month=2)), at=NOW, by=None
    )
    known = events.last(db)
    settlement.settle(db)
    found = told(db, known)
    assert (MOVED, "question", FRONT) in found
    assert (CORRECTED, "claim", "second") in found
    assert len(set(found)) == len(found)
    # Without a move there is nothing to tell of.
    known = events.last(db)
    settlement.settle(db, is_anew=True)
    assert told(db, known) == []
    # What was told of it is made another.
    db.execute("UPDATE scores SET told_score = told_score + 0.1 WHERE id = 'budanov-fighting'")
    settlement.settle(db, is_anew=True)
    (event,) = every(db, after=known)
    assert (event.type, event.subject, event.document["cause"]) == (MOVED, "budanov-fighting", "refit")


def test_what_follows_a_settlement_a_few_questions_at_a_time_is_told_too(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "MADE_AT_ONCE", 1)
    for i in range(3):
        questions.put(db, make_question(f"apart-{i}"), at=NOW, by=None)
        say(db, f"there-{i}", question=f"apart-{i}")
    settlement.settle(db)
    known = events.last(db)
    # They correct on several questions at once: all is told, whichever is settled first.
    for claim in ("budanov-fighting", "there-0", "there-1", "there-2"):
        retraction = make_correction(claim, kind=CorrectionKind.RETRACT, scope=None, by="budanov")
        corrections.add(db, retraction, at=NOW, by=None)
    settlement.settle(db)
    found = told(db, known)
    assert sorted(each[2] for each in found if each[0] == CORRECTED) == [
        "budanov-fighting", "there-0", "there-1", "there-2",
    ]  # fmt: skip
    assert len(set(found)) == len(found)
    assert not settlement.is_behind(db)
    known = events.last(db)
    settlement.settle(db, is_anew=True)
    assert told(db, known) == []


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from(["say", "deny", "narrow", "resolve", "settle", "void"]), max_size=8),
    st.sampled_from([0, 200]),
)
def test_every_correction_is_told_once_whatever_is_settled_when(actions: list[str], at_once: int) -> None:
    with closing(open_database(":memory:")) as db, pytest.MonkeyPatch.context() as changed:
        changed.setattr(figures, "MADE_AT_ONCE", at_once)
        write(db, [make_source("budanov"), make_source("podolyak"), make_question(), make_claim()])
        made = []
        for n, action in enumerate(actions):
            at = moment(2, n, month=3)
            if action == "say":
                say(db, f"claim-{n}", at=at)
            elif action == "settle":
                settlement.settle(db)
            elif action == "resolve":
                answer = Names((("fighting", "reduced")[n % 2],))
                resolutions.add(db, make_resolution(answer=answer), at=at, by=None)
            elif action == "void":
                say(db, f"slip-{n}", at=at)
                claims.void(db, f"slip-{n}", at=at, by=None, because="typed twice")
            else:
                kind = CorrectionKind.DENY if action == "deny" else CorrectionKind.NARROW
                fields = {} if action == "narrow" else {"scope": None}
                correction = make_correction(
                    kind=kind, by="podolyak", stated_at=moment(1, n, month=2), **fields
                )
                made.append(corrections.add(db, correction, at=at, by=None).id)
        settlement.settle(db)
        found = every(db)
        assert [e.document["correction"]["id"] for e in found if e.type == CORRECTED] == made
        assert {each.type for each in found} <= set(TYPES)
        # What is stored lies near what was told last, for everything.
        for kind, id_ in db.execute("SELECT kind, id FROM scores").fetchall():
            move = stored_scores.move_of(db, kind, id_)
            assert move is not None
            assert stored_scores.distance(move.before, move.after) < SMALLEST_MOVE
        assert [check for check in verify(db) if not check.is_passed] == []


def test_a_quantity_is_told_by_its_median(db: Database) -> None:
    quantity = Quantity("soldiers", "log")
    write(db, [make_quantity_question(quantity=quantity)], start=NOW)
    numbers = Values("about", (4000.0,))
    claim = make_claim("number", source="cnn", question="dprk-casualties", answer=numbers)
    claims.add(db, claim, at=moment(2, month=3), by=None)
    settlement.settle(db)
    (event,) = every(db, kind="question", subject="dprk-casualties")
    assert event.document["before"] == {"quantity": {"median": None}}
    assert event.document["after"]["quantity"]["median"] == pytest.approx(4000, rel=0.2)
