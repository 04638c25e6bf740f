"""The scores of a real ledger: the same whatever way it came about, and exact on both clocks."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from factories import make_claim, make_correction, make_question, make_source, moment
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledgers import RECORDED, START, parts, records, write
from sqlite_utils import Database

from data import claims, corrections, history, questions, resolutions, scopes, scores, settlement, sources
from data.database import changes, open_database, writing
from data.errors import TakenIdError, UnknownIdError, UnknownReferenceError
from data.record import load
from models.record import (
    Claim,
    Correction,
    CorrectionKind,
    Mandate,
    Question,
    Resolution,
    Scope,
    Source,
    Vantage,
)
from models.version import model_version

few = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

SUBJECTS = [("source", "budanov"), ("claim", "budanov-fighting"), ("question", "dprk-on-kursk-front")]

RECORD: dict[type, Callable[..., Any]] = {
    Source: sources.put,
    Scope: scopes.put,
    Question: questions.put,
    Claim: claims.add,
    Correction: corrections.add,
    Resolution: resolutions.add,
}


@contextmanager
def ledger(*values: Any) -> Iterator[Database]:
    with closing(open_database(":memory:")) as db:
        write(db, values)
        yield db


def subjects(db: Database) -> list[tuple[str, str]]:
    record = load(db)
    return [
        *(("source", id_) for id_ in record.sources),
        *(("claim", claim.id) for claim in record.claims),
        *(("question", id_) for id_ in record.questions),
    ]


def stored(db: Database) -> dict[tuple[str, str], str]:
    """The text of every stored score."""
    found = {subject: scores.stored(db, *subject) for subject in subjects(db)}
    return {subject: score[0] for subject, score in found.items() if score is not None}


def then(db: Database, asked: list[tuple[str, str]], **clocks: datetime) -> dict[tuple[str, str], str]:
    """The scores of a moment as texts, with the clocks set back to what a present score says."""
    return {
        subject: json.dumps(
            {**scores.at(db, *subject, **clocks), "as_of": None, "known_at": None}, sort_keys=True
        )
        for subject in asked
    }


def present(db: Database) -> dict[tuple[str, str], str]:
    return {subject: json.dumps(json.loads(text), sort_keys=True) for subject, text in stored(db).items()}


def said_by(values: list[Any], at: datetime) -> list[Any]:
    """What had been said by then; reference data is not said."""
    return [value for value in values if getattr(value, "stated_at", getattr(value, "resolved_at", at)) <= at]


@few
@given(records(), st.randoms(use_true_random=False))
def test_the_same_events_in_any_order_of_arrival_give_the_same_bytes(record, random):
    shuffled = parts(record)
    random.shuffle(shuffled)
    with ledger(*parts(record)) as one, ledger(*shuffled) as other:
        assert stored(one) == stored(other)


@few
@given(records(min_claims=2), st.data())
def test_without_some_claims_is_a_fresh_ledger_never_given_them(record, data):
    ids = [claim.id for claim in record.claims]
    left_out = data.draw(st.sets(st.sampled_from(ids), min_size=1, max_size=3))
    kept = [
        value
        for value in parts(record)
        if not (isinstance(value, Claim) and value.id in left_out)
        and not (isinstance(value, Correction) and value.claim in left_out)
    ]
    with ledger(*parts(record)) as whole, ledger(*kept) as fresh:
        for subject in subjects(fresh):
            found = scores.at(whole, *subject, without=left_out)
            assert found.pop("without") == sorted(left_out)
            assert found == scores.at(fresh, *subject)


def test_a_claim_that_is_not_there_cannot_be_left_out():
    values = (make_source(), make_question(), make_claim())
    with ledger(*values) as db, pytest.raises(UnknownReferenceError) as refused:
        scores.at(db, "question", "dprk-on-kursk-front", without={"nobody-said"})
    assert (refused.value.field, refused.value.id) == ("without", "nobody-said")


@few
@given(records(min_claims=2), st.integers(0, 300))
def test_as_of_is_a_fresh_ledger_fed_only_with_what_had_been_said(record, hours):
    values, at = parts(record), START + timedelta(hours=hours)
    early = said_by(values, at)
    with ledger(*early) as db:
        fresh, asked = present(db), subjects(db)
        assert then(db, asked, as_of=at) == fresh
        write(db, [value for value in values if value not in early])
        assert then(db, asked, as_of=at) == fresh


@few
@given(records(min_claims=2), st.randoms(use_true_random=False))
def test_known_at_is_the_ledger_as_it_was_with_only_what_had_been_recorded(record, random):
    said = list(record.claims)
    random.shuffle(said)
    middle = len(said) // 2
    source, question = record.sources["s0"], next(iter(record.questions.values()))
    batches = [
        [*parts(replace(record, claims=(), corrections=(), resolutions={})), *said[:middle]],
        [
            replace(source, mandates=(Mandate("front/north", Vantage.DIRECT),)),
            Scope("front/north", None, 0.9),
        ],
        [*said[middle:], *record.corrections, *record.resolutions.values()],
        [
            replace(source, mandates=()),
            replace(question, answers=(*question.answers, "omega")) if question.answers else question,
        ],
    ]
    with closing(open_database(":memory:")) as db:
        known, texts = [RECORDED], []
        for batch in batches:
            known.append(write(db, batch, start=known[-1] + timedelta(hours=1)))
            texts.append(present(db))
        for at, text in zip(known[1:], texts, strict=True):
            assert then(db, list(text), known_at=at) == text


@few
@given(records(min_claims=1, max_claims=6))
def test_what_was_just_written_is_what_is_read_next(record):
    with closing(open_database(":memory:")) as db:
        for value in parts(record):
            try:
                RECORD[type(value)](db, value, at=RECORDED, by=None)
            except TakenIdError:
                assert isinstance(value, Correction)
            settlement.settle(db)
            assert present(db) == then(db, subjects(db))
        before = stored(db)
        db.execute("DELETE FROM fits")
        settlement.settle(db)
        assert stored(db) == before
        with ledger(*parts(record)) as at_once:
            assert stored(at_once) == before


@few
@given(records())
def test_the_same_ledger_gives_the_same_bytes(record):
    with ledger(*parts(record)) as one, ledger(*parts(record)) as other:
        assert stored(one) == stored(other)
        assert then(one, subjects(one), as_of=RECORDED) == then(other, subjects(one), as_of=RECORDED)


@pytest.fixture
def kursk(db: Database) -> Database:
    """The ledger of three sources and a question, with a claim and its narrowing."""
    write(db, [make_claim(via=("cnn",)), make_correction()], start=moment(2, month=2))
    return db


def test_a_ledger_on_disk_gives_the_bytes_of_one_in_memory_also_when_it_is_opened_again(
    kursk: Database, tmp_path: Path
):
    with closing(open_database(str(tmp_path / "ledger.db"))) as disk:
        write(disk, parts(load(kursk)))
        assert stored(disk) == stored(kursk)
    with closing(open_database(str(tmp_path / "ledger.db"))) as again:
        assert stored(again) == stored(kursk)
        assert then(again, SUBJECTS, as_of=moment(31, 12)) == then(kursk, SUBJECTS, as_of=moment(31, 12))


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_score_carries_its_clocks_the_models_version_and_the_digest_of_its_inputs(
    kursk: Database, subject: tuple[str, str]
):
    now = scores.at(kursk, *subject)
    assert (now["as_of"], now["known_at"]) == (None, None)
    assert now["model"]["version"] == model_version()
    assert now["model"]["inputs"].startswith("sha256:")
    clocks = {"as_of": moment(31, 12), "known_at": moment(3, month=2)}
    past = scores.at(kursk, *subject, **clocks)
    assert (past["as_of"], past["known_at"]) == ("2025-01-31T12:00:00Z", "2025-02-03T00:00:00Z")
    assert past["model"]["inputs"] != now["model"]["inputs"]


def test_a_stored_score_is_known_by_its_digest(kursk: Database):
    first = scores.stored(kursk, "source", "budanov")
    assert first == scores.stored(kursk, "source", "budanov")
    claims.add(kursk, make_claim("another", source="podolyak"), at=moment(5, month=2), by=None)
    settlement.settle(kursk)
    assert scores.stored(kursk, "source", "budanov")[1] != first[1]


def test_a_source_is_asked_about_a_scope_and_stored_on_its_own_ground(kursk: Database):
    assert scores.at(kursk, "source", "budanov", scope="sea")["subject"]["scope"] == "sea"
    near, far = (scores.at(kursk, "source", "budanov", scope=s)["score"] for s in ("kursk-front", "sea"))
    assert scores.at(kursk, "source", "budanov")["score"] == near > far


@pytest.mark.parametrize("kind", ["source", "claim", "question"])
def test_what_does_not_exist_or_did_not_then_has_no_score(kursk: Database, kind: str):
    assert scores.stored(kursk, kind, "nothing") is None
    with pytest.raises(UnknownIdError) as caught:
        scores.at(kursk, kind, "nothing")
    assert (caught.value.kind, caught.value.id) == (kind, "nothing")
    with pytest.raises(UnknownIdError):
        scores.at(
            kursk,
            *dict(zip(("source", "claim", "question"), SUBJECTS, strict=True))[kind],
            known_at=moment(1) - timedelta(days=9),
        )
    with pytest.raises(UnknownIdError):
        history.history(kursk, kind, "nothing", limit=5)


def test_a_claim_has_no_score_before_it_was_said(kursk: Database):
    with pytest.raises(UnknownIdError):
        scores.at(kursk, "claim", "budanov-fighting", as_of=moment(31, 7))
    assert scores.at(kursk, "claim", "budanov-fighting", as_of=moment(31, 8))["standing"] == "as_stated"


def test_a_voided_slip_leaves_no_score_but_is_known_to_whoever_asks_about_before(kursk: Database):
    before = then(kursk, SUBJECTS)
    known = moment(10, month=2)
    claims.add(kursk, make_claim("slip", source="podolyak"), at=moment(11, month=2), by=None)
    wrong = then(kursk, [("claim", "slip")])
    claims.void(kursk, "slip", at=moment(12, month=2), by=None, because="typed twice")
    settlement.settle(kursk)
    assert then(kursk, SUBJECTS) == then(kursk, SUBJECTS, known_at=known) == before
    assert scores.stored(kursk, "claim", "slip") is None
    assert then(kursk, [("claim", "slip")], known_at=moment(11, month=2)) == wrong


def test_settling_without_a_change_writes_nothing(kursk: Database):
    converged_at = scores.model(kursk)["converged_at"]
    rows = kursk.conn.total_changes
    settlement.settle(kursk)
    assert kursk.conn.total_changes == rows
    assert scores.model(kursk)["converged_at"] == converged_at


def test_only_the_scores_that_moved_are_written(kursk: Database):
    write(kursk, [make_question("apart", scope="sea")])
    before = stored(kursk)
    kursk.execute("CREATE TABLE moved (kind, id)")
    kursk.execute(
        "CREATE TEMP TRIGGER watch AFTER UPDATE ON scores "
        "BEGIN INSERT INTO moved VALUES (new.kind, new.id); END"
    )
    claims.add(kursk, make_claim("more", source="podolyak"), at=moment(5, month=2), by=None)
    settlement.settle(kursk)
    moved = {tuple(row.values()) for row in kursk["moved"].rows}
    assert ("question", "dprk-on-kursk-front") in moved
    assert ("question", "apart") not in moved
    assert set(before) >= moved


def test_a_fit_that_was_rolled_back_is_forgotten(empty: Database):
    with pytest.raises(ZeroDivisionError), writing(empty):  # noqa: PT012 - the block is what is rolled back
        sources.put(empty, make_source("a", name="Wrong"), at=moment(1))
        assert "Wrong" in scores.at(empty, "source", "a")["summary"]
        _ = 1 / 0
    sources.put(empty, make_source("a", name="Right"), at=moment(1), by=None)
    assert "Right" in scores.at(empty, "source", "a")["summary"]


def test_the_model_shows_its_constants_and_what_it_learned(empty: Database, kursk: Database):
    with closing(open_database(":memory:")) as untouched:
        assert scores.model(untouched)["converged_at"] is None
    shown = scores.model(kursk)
    assert (shown["version"], shown["pending"]) == (model_version(), 0)
    assert shown["inputs"] == scores.at(kursk, "source", "cnn")["model"]["inputs"]
    assert (shown["n_claims"], shown["is_converged"]) == (1, True)
    named = {constant["name"]: constant for constant in shown["constants"]}
    plain = {"name", "value", "unit", "meaning", "reason"}
    assert set(named["carrier"]) == plain | {"width", "elicited"}
    assert set(named["grid_points"]) == plain


def test_fits_of_the_past_are_kept_until_the_ledger_changes(kursk: Database):
    at = moment(31, 12)
    before = then(kursk, SUBJECTS, as_of=at)
    number = changes(kursk)
    assert then(kursk, SUBJECTS, as_of=at) == before
    assert changes(kursk) == number
    early = make_claim("early", source="podolyak", stated_at=moment(30))
    claims.add(kursk, early, at=moment(5, month=2), by=None)
    assert then(kursk, SUBJECTS, as_of=at) != before
    retraction = make_correction(kind=CorrectionKind.RETRACT, by="podolyak", claim="early")
    corrections.add(kursk, retraction, at=moment(6, month=2), by=None)
    assert then(kursk, SUBJECTS, as_of=at, known_at=moment(4, month=2)) == before


@few
@given(records(min_claims=1), st.integers(0, 300))
def test_many_scores_at_once_are_those_that_are_asked_for_one_by_one(record, hours):
    with ledger(*parts(record)) as db:
        asked = [(kind, id_, None) for kind, id_ in subjects(db)]
        asked += [("source", "s0", "front/north"), *((kind, "nobody", None) for kind, _ in SUBJECTS)]
        for at in (None, START + timedelta(hours=hours)):
            for subject, found in zip(asked, scores.many(db, asked, as_of=at), strict=True):
                try:
                    expected = scores.at(db, *subject[:2], scope=subject[2], as_of=at)
                except UnknownIdError:
                    expected = None
                assert found == expected


def test_a_history_of_a_ledger_that_takes_long_to_fit_is_told_a_few_moments_at_a_time(
    kursk: Database, monkeypatch: pytest.MonkeyPatch
):
    whole, _ = history.history(kursk, "claim", "budanov-fighting", limit=50)
    monkeypatch.setattr(history, "FITTED_CLAIMS", 1)
    items, after = history.history(kursk, "claim", "budanov-fighting", limit=50)
    assert (len(items), after) == (1, 1)
    rest, end = history.history(kursk, "claim", "budanov-fighting", limit=50, after=after)
    assert (items + rest, end) == (whole, None)
