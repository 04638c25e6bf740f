"""Settling: what a write leaves behind, and what becomes of it."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import (
    make_claim,
    make_correction,
    make_question,
    make_resolution,
    make_source,
    moment,
)
from ledgers import N_COPIERS, N_INDEPENDENT, START, busy_ledger, copying_ledger, figures_of, parts, write
from sqlite_utils import Database

from data import (
    claims,
    corrections,
    counts,
    digests,
    events,
    figures,
    fits,
    keys,
    present,
    questions,
    resolutions,
    scores,
    settlement,
    sources,
)
from data.audit import last_entry
from data.database import open_database, reading
from data.errors import BusyError
from data.record import load
from data.verification import verify
from models.answer import Names
from models.constants import Constants
from models.errors import DivergedError
from models.event import CORRECTED
from models.record import Claim, CorrectionKind
from models.scoring import Scores

NOW = moment(1, month=3)
ANSWERS = ("fighting", "reduced", "withdrawn")
# Questions that are put one after the other: at so many a ledger once counted some twice.
N_PUT = 2300


@pytest.fixture
def database(tmp_path: Path) -> Path:
    with closing(open_database(str(tmp_path / "ledger.db"))) as db:
        write(db, [make_source("budanov"), make_source("podolyak"), make_question(), make_claim("first")])
    return tmp_path / "ledger.db"


@pytest.fixture
def db(database: Path) -> Iterator[Database]:
    with closing(open_database(str(database))) as db:
        yield db


def read(db: Database, kind: str, subject: str) -> dict[str, Any]:
    """The stored score, as it is put into words now."""
    found = scores.stored(db, kind, subject)
    assert found is not None
    return json.loads(found[0])


def record(db: Database, claim_id: str) -> None:
    claim = make_claim(claim_id, source="podolyak")
    claims.add(db, claim, at=moment(5, month=2), by=None)


def test_a_write_leaves_the_stored_scores_behind_and_settling_catches_up(db: Database):
    assert not settlement.is_behind(db)
    record(db, "second")
    assert settlement.is_behind(db)
    assert scores.model(db)["pending"] == 1
    settlement.settle(db)
    assert not settlement.is_behind(db)
    assert scores.model(db)["pending"] == 0


def test_a_claim_that_is_not_settled_yet_is_read_by_the_last_terms_and_nobody_fits_for_it(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    record(db, "second")
    with monkeypatch.context() as patched:
        patched.setattr(fits, "fitted", None)
        early = read(db, "claim", "second")
    assert early["standing"] == "as_stated"
    assert counts.count(db).n_unscored == 1
    settlement.settle(db)
    assert read(db, "claim", "second")["score"] == pytest.approx(early["score"], abs=0.05)


def test_before_the_first_fit_nothing_is_stored(db: Database):
    db.execute("DELETE FROM fits")
    with pytest.raises(BusyError):
        scores.stored(db, "claim", "first")
    assert scores.at(db, "claim", "first")["score"] is not None
    db.execute("UPDATE fits SET version = 'older'")


def test_what_is_written_while_a_fit_runs_is_neither_lost_nor_waits(
    db: Database, database: Path, monkeypatch: pytest.MonkeyPatch
):
    fitted = fits.fitted

    def fit_slowly(*arguments):
        with closing(open_database(str(database))) as other:
            if not other.execute("SELECT 1 FROM claims WHERE id = 'meanwhile'").fetchone():
                record(other, "meanwhile")
        return fitted(*arguments)

    record(db, "second")
    monkeypatch.setattr(fits, "fitted", fit_slowly)
    settlement.settle(db)
    assert settlement.is_behind(db)
    settlement.settle(db)
    assert not settlement.is_behind(db)
    assert db["scores"].count_where("kind = 'claim'") == 3


def test_an_older_fit_does_not_take_the_place_of_a_newer_one(
    db: Database, database: Path, monkeypatch: pytest.MonkeyPatch
):
    fitted = fits.fitted
    depth = []

    def fit_slowly(*arguments):
        depth.append(1)
        if len(depth) == 1:
            with closing(open_database(str(database))) as other:
                record(other, "meanwhile")
                settlement.settle(other)
        return fitted(*arguments)

    record(db, "second")
    monkeypatch.setattr(fits, "fitted", fit_slowly)
    settlement.settle(db)
    assert not settlement.is_behind(db)
    assert scores.stored(db, "claim", "meanwhile") is not None
    assert db["scores"].count_where("kind = 'claim'") == 3


def test_an_entry_that_moves_no_score_is_settled_without_a_fit(db: Database, monkeypatch: pytest.MonkeyPatch):
    keys.create(db, name="desk", scope="read", at=moment(5, month=2))
    assert settlement.is_behind(db)
    monkeypatch.setattr(fits, "fitted", None)
    settlement.settle(db)
    assert not settlement.is_behind(db)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Database]:
    """A ledger of two questions, each with a speaker and a carrier of its own."""
    with closing(open_database(str(tmp_path / "two.db"))) as db:
        named = [make_source(name) for name in ("budanov", "podolyak", "cnn", "bbc")]
        asked = [make_question("front"), make_question("losses")]
        said = [
            make_claim("here", source="budanov", question="front", via=("cnn",)),
            make_claim("there", source="podolyak", question="losses", via=("bbc",)),
        ]
        write(db, [*named, *asked, *said])
        yield db


def test_what_a_write_touches_is_awaited_until_it_is_settled(two: Database):
    touched = [("question", "front"), ("claim", "here"), ("claim", "new"), ("source", "budanov")]
    touched += [("source", "cnn"), ("source", None), ("claim", None)]
    assert [settlement.awaited(two, *subject) for subject in touched] == [None] * len(touched)
    claims.add(two, make_claim("new", source="cnn", question="front"), at=moment(5, month=2), by=None)
    assert [settlement.awaited(two, *subject) for subject in touched] == [last_entry(two)] * len(touched)
    settlement.settle(two)
    assert [settlement.awaited(two, *subject) for subject in touched] == [None] * len(touched)


def test_what_no_write_touches_is_read_at_once(two: Database):
    claims.add(two, make_claim("new", source="cnn", question="front"), at=moment(5, month=2), by=None)
    apart = [("question", "losses"), ("claim", "there"), ("source", "podolyak"), ("source", "bbc")]
    apart += [("claim", "unknown"), ("question", "unknown"), ("source", "unknown")]
    assert [settlement.awaited(two, *subject) for subject in apart] == [None] * len(apart)


def test_a_correction_is_awaited_by_whoever_corrects_and_by_the_question(two: Database):
    correction = make_correction(claim="here", by="podolyak", kind=CorrectionKind.DENY, scope=None)
    corrections.add(two, correction, at=moment(5, month=2), by=None)
    assert settlement.awaited(two, "source", "podolyak")
    assert settlement.awaited(two, "claim", "here")
    assert settlement.awaited(two, "claim", "there") is None


def test_after_many_writes_at_once_every_score_is_awaited(two: Database):
    many = [(n, make_claim(f"many-{n}", question="front")) for n in range(settlement.LOOKED_THROUGH + 1)]
    list(claims.add_many(two, many, at=moment(5, month=2), by=None))
    assert settlement.awaited(two, "question", "losses")


def test_another_share_or_mandate_is_awaited_where_it_is_spoken_of(two: Database):
    sources.put(two, make_source("podolyak", mandates=()), at=moment(5, month=2), by=None)
    touched = [("source", "podolyak"), ("claim", "there"), ("question", "losses")]
    assert all(settlement.awaited(two, *subject) for subject in touched)
    assert settlement.awaited(two, "claim", "here") is None


@pytest.fixture
def busy(empty: Database) -> Database:
    """A ledger of bodies, members and corrections, settled."""
    write(empty, busy_ledger())
    return empty


def subjects(db: Database) -> Iterator[tuple[str, str]]:
    record = load(db)
    yield from (("source", id_) for id_ in record.sources)
    yield from (("claim", claim.id) for claim in record.claims)
    yield from (("question", id_) for id_ in record.questions)


def stored(db: Database) -> dict[tuple[str, str], str]:
    """The text of every stored score."""
    return {subject: scores.stored(db, *subject)[0] for subject in subjects(db)}


def listed(db: Database) -> dict[tuple[str, str], list[Any]]:
    """What lists sort by, and filter by."""
    rows = db.execute("SELECT kind, id, score, low, high, answers FROM scores")
    return {(kind, id_): found for kind, id_, *found in rows}


def numbers_of(document: dict[str, Any]) -> list[float]:
    """What a score says in numbers."""
    found = [factor["log_odds"] for factor in document["factors"]]
    if "answers" in document:
        found += [number for a in document["answers"] for number in (a["credence"], a["low"], a["high"])]
    if "quantity" in document:
        found += [float(np.log(document["quantity"][name])) for name in ("median", "low", "high")]
    if document.get("score") is not None:
        found += [document["score"], document["interval"]["low"], document["interval"]["high"]]
    return found


def assert_as_fitted_alone(db: Database, asked: Iterable[tuple[str, str]] = ()) -> None:
    """Every stored score, or those asked for, is that of a fit of all that is recorded, from nowhere."""
    alone = Scores(load(db))
    for kind, subject in asked or subjects(db):
        expected = alone.of(kind, subject).document
        found = read(db, kind, subject)
        np.testing.assert_allclose(numbers_of(found), numbers_of(expected), atol=1e-6, err_msg=subject)
        assert found["summary"] == expected["summary"]
        assert [each["because"] for each in found["factors"]] == [
            each["because"] for each in expected["factors"]
        ]


def test_once_settled_every_score_is_that_of_a_fit_of_the_whole(busy: Database):
    assert_as_fitted_alone(busy)


def test_lists_filter_by_the_score_that_is_read(busy: Database):
    found = listed(busy)
    assert found.keys() == set(subjects(busy))
    for subject, (score, low, high, answers) in found.items():
        document = read(busy, *subject)
        if "answers" in document:
            best = max(document["answers"], key=lambda answer: answer["credence"])
            expected = [best["credence"], best["low"], best["high"]]
            assert json.loads(answers) == pytest.approx(
                {each["answer"]: each["credence"] for each in document["answers"]}, abs=1e-4
            )
        elif "quantity" in document:
            assert float(answers) == pytest.approx(document["quantity"]["median"], rel=1e-5)
            continue
        elif document["score"] is None:
            assert (score, low, high) == (None, None, None)
            continue
        else:
            expected = [document["score"], document["interval"]["low"], document["interval"]["high"]]
        assert [score, low, high] == pytest.approx(expected, abs=1e-4)


def test_a_refit_from_nowhere_leaves_the_same_bytes(busy: Database):
    for i, source in enumerate(("s1", "s4", "s7")):
        claim = make_claim(f"more-{i}", source=source, question=f"q{i}", stated_at=moment(9, month=2))
        claims.add(busy, claim, at=NOW + timedelta(hours=i), by=None)
        settlement.settle(busy)
    before, then = stored(busy), listed(busy)
    settlement.settle(busy, is_anew=True)
    assert stored(busy) == before
    assert not settlement.is_behind(busy)
    after = listed(busy)
    assert after.keys() == then.keys()
    for subject, (*numbers, _) in after.items():
        assert numbers == pytest.approx(then[subject][:3], abs=figures.MOVED_BY)


def test_resolutions_move_the_coefficients_and_every_score_uses_them(busy: Database):
    elicited = {row["name"]: row["value"] for row in Constants().table()}
    assert {row["name"]: row["value"] for row in scores.model(busy)["constants"]} == elicited
    for q in (0, 1, 2, 4):
        resolution = make_resolution(question=f"q{q}", by="body")
        resolutions.add(busy, resolution, at=NOW + timedelta(seconds=q), by=None)
    settlement.settle(busy)
    shown = scores.model(busy)
    learned = {row["name"]: row["value"] for row in shown["constants"]}
    assert learned["vantage_operational"] < elicited["vantage_operational"]
    assert sum(one["n"] for one in shown["calibration"]) == 5 * len(ANSWERS)
    baseline = read(busy, "source", "s1")["factors"][0]
    assert (baseline["name"], baseline["log_odds"]) == (
        "baseline",
        pytest.approx(learned["baseline"], abs=1e-8),
    )
    assert_as_fitted_alone(busy)
    # All that lists sort by was made with them.
    fresh = figures_of(load(busy))
    for subject, (*numbers, _) in listed(busy).items():
        *expected, _ = fresh[subject]
        assert numbers == (expected if None in expected else pytest.approx(expected, abs=1e-5))


def test_what_was_just_written_is_what_is_read_next(busy: Database):
    before = {a["answer"]: a["credence"] for a in read(busy, "question", "q1")["answers"]}
    for source in ("s0", "s4"):
        claim = make_claim(f"new-{source}", source=source, question="q1", stated_at=moment(9, month=2))
        claims.add(busy, claim, at=NOW, by=None)
        settlement.settle(busy)
        assert read(busy, "claim", claim.id)["standing"] == "as_stated"
    after = read(busy, "question", "q1")
    assert {a["answer"]: a["credence"] for a in after["answers"]}["fighting"] > before["fighting"]
    assert {share["claim"] for share in after["evidence"]} >= {"new-s0", "new-s4"}
    assert_as_fitted_alone(busy)


def test_a_retraction_and_a_resolution_reach_their_sources_at_once(busy: Database):
    before = read(busy, "source", "s5")
    # One that others bear out: what looked wrong already costs less when it is taken back.
    said = next(claim for claim in load(busy).claims if claim.source == "s5" and claim.question == "q10")
    retraction = make_correction(
        said.id, by="s5", kind=CorrectionKind.RETRACT, scope=None, stated_at=moment(8, month=2)
    )
    corrections.add(busy, retraction, at=NOW, by=None)
    settlement.settle(busy)
    after = read(busy, "source", "s5")
    assert after["score"] < before["score"]
    assert after["factors"][-1]["log_odds"] < before["factors"][-1]["log_odds"] < 0
    assert read(busy, "claim", said.id)["standing"] == "retracted"
    resolutions.add(busy, make_resolution(question="q2", by="body"), at=NOW, by=None)
    settlement.settle(busy)
    best = max(a["credence"] for a in read(busy, "question", "q2")["answers"])
    assert best == pytest.approx(0.999, abs=1e-6)
    assert_as_fitted_alone(busy)


def test_a_voided_claim_has_no_score_and_tells_nothing(busy: Database):
    before = {subject: numbers_of(json.loads(text)) for subject, text in stored(busy).items()}
    slip = make_claim("slip", source="s4", question="q1", stated_at=moment(9, month=2))
    claims.add(busy, slip, at=NOW, by=None)
    settlement.settle(busy)
    assert ("claim", "slip") in listed(busy)
    claims.void(busy, "slip", at=NOW + timedelta(hours=1), by=None, because="typed twice")
    assert scores.stored(busy, "claim", "slip") is None
    settlement.settle(busy)
    assert scores.stored(busy, "claim", "slip") is None
    assert ("claim", "slip") not in listed(busy)
    for subject, text in stored(busy).items():
        np.testing.assert_allclose(numbers_of(json.loads(text)), before[subject], atol=1e-6)


def test_a_source_that_joins_a_body_is_counted_there_once(busy: Database):
    sources.put(busy, make_source("s1", member_of="body"), at=NOW, by=None)
    settlement.settle(busy)
    assert_as_fitted_alone(busy)
    claim = make_claim("joined", source="s1", question="q1", stated_at=moment(9, month=2))
    claims.add(busy, claim, at=NOW, by=None)
    settlement.settle(busy)
    assert_as_fitted_alone(busy)


def test_a_source_that_came_after_the_fit_stands_where_its_kind_stands(busy: Database):
    sources.put(busy, make_source("fresh"), at=NOW, by=None)
    early = read(busy, "source", "fresh")
    settlement.settle(busy)
    np.testing.assert_allclose(numbers_of(read(busy, "source", "fresh")), numbers_of(early), atol=1e-6)


def test_what_waits_is_counted_until_it_is_settled(busy: Database):
    assert scores.model(busy)["pending"] == 0
    for i, source in enumerate(("s1", "s4", "s7")):
        claim = make_claim(f"more-{i}", source=source, question=f"q{i}", stated_at=moment(9, month=2))
        claims.add(busy, claim, at=NOW + timedelta(hours=i), by=None)
    assert scores.model(busy)["pending"] == 3
    settlement.settle(busy)
    assert scores.model(busy)["pending"] == 0
    assert_as_fitted_alone(busy)


def test_a_fit_that_comes_to_no_number_stores_nothing_and_reading_goes_on(busy: Database):
    told = stored(busy)
    claim = make_claim("after", source="s4", question="q1", stated_at=moment(9, month=2))
    claims.add(busy, claim, at=NOW + timedelta(hours=1), by=None)
    tables = ("fits", "scores", "families", "stale")
    # What it would go on from.
    settlement._stored.pop(busy)
    busy.execute("UPDATE fits SET learned = json_set(learned, '$.widths', json_array(1, 1)), figured = '{}'")
    busy.execute("UPDATE fits SET learned = replace(learned, '[1,1]', '[NaN,1,1]')")
    before = [list(busy[table].rows) for table in tables]
    with pytest.raises(DivergedError):
        settlement.settle(busy)
    assert [list(busy[table].rows) for table in tables] == before
    assert scores.stored(busy, "question", "q9")[0] == told["question", "q9"]
    settlement.settle(busy, is_anew=True)
    assert read(busy, "claim", "after")["standing"] == "as_stated"
    assert_as_fitted_alone(busy)


def test_many_claims_at_once_are_settled_together(busy: Database):
    numbered = [
        (
            i,
            make_claim(
                f"bulk-{i}", source=f"s{i % 9}", question=f"q{i % 5}", stated_at=moment(9, i % 24, month=2)
            ),
        )
        for i in range(30)
    ]
    assert all(outcome.id for _, outcome in claims.add_many(busy, numbered, at=NOW, by=None))
    settlement.settle(busy)
    assert read(busy, "claim", "bulk-7")["score"] is not None
    assert busy["scores"].count_where("kind = 'claim'") == len(load(busy).claims)
    assert_as_fitted_alone(busy)


def test_the_digest_of_what_the_scores_rest_on_is_that_of_the_whole_ledger(busy: Database):
    assert scores.model(busy)["inputs"] == digests.of_record(load(busy))
    with reading(busy):
        assert scores.model(busy)["inputs"] == present.present(busy).inputs


def test_what_the_last_fit_found_is_told_to_those_who_operate_it(busy: Database):
    shown = scores.model(busy)
    record = load(busy)
    counted = [len(record.sources), len(record.claims), len(record.questions)]
    assert [shown[f"n_{noun}"] for noun in ("sources", "claims", "questions")] == counted
    assert shown["is_converged"] is True
    assert set(shown["learned"]) == {"kind_width", "body_width", "member_width", "kinds", "coefficients"}
    assert set(shown["learned"]["kinds"]) == {"organisation", "outlet", "person"}
    # One question alone is resolved: too little to learn from.
    assert shown["learned"]["coefficients"] == {}
    assert sum(one["n"] for one in shown["calibration"]) == len(ANSWERS)
    assert counts.count(busy).fit_seconds > 0


def test_a_ledger_without_resolutions_learns_no_coefficients_and_has_no_calibration(db: Database):
    shown = scores.model(db)
    assert (shown["learned"]["coefficients"], shown["calibration"]) == ({}, [])
    assert [shown[f"n_{noun}"] for noun in ("sources", "claims", "questions")] == [2, 1, 1]


@pytest.fixture
def copied(empty: Database) -> Database:
    """A ledger in which eight accounts repeat another one."""
    write(empty, parts(copying_ledger()[0]))
    return empty


def shares(document: dict[str, Any]) -> dict[str, tuple[float, str]]:
    return {share["claim"]: (share["weight"], share["because"]) for share in document["evidence"]}


def test_claims_that_were_likely_copied_are_discounted_and_their_reasons_name_the_kin(copied: Database):
    some = [subject for subject in subjects(copied) if subject[0] == "source" or "q7" in subject[1]]
    assert_as_fitted_alone(copied, some)
    alone = Scores(load(copied))
    for question in ("q0", "q1", "q2"):
        found, expected = read(copied, "question", question), alone.of("question", question).document
        assert found["origins"]["effective"] == pytest.approx(expected["origins"]["effective"], abs=1e-6)
        assert shares(found).keys() == shares(expected).keys()
        for claim, (weight, because) in shares(found).items():
            assert weight == pytest.approx(shares(expected)[claim][0], abs=1e-6)
            assert because == shares(expected)[claim][1]
            assert ("same family" in because) == (weight < 1)
    assert any(weight < 1 for weight, _ in shares(read(copied, "question", "q1")).values())
    told = read(copied, "source", f"s{N_INDEPENDENT}")["factors"]
    assert any("same family" in factor["because"] for factor in told)


def test_a_question_that_is_written_about_keeps_its_copies_discounted_before_it_is_settled_and_after(
    copied: Database,
):
    before = shares(read(copied, "question", "q1"))
    kin = {claim: share for claim, share in before.items() if "same family" in share[1]}
    assert kin
    claims.add(
        copied, Claim("late", "s1", "q1", Names(("a",)), "front", START), at=START.replace(year=2027), by=None
    )
    for settled in (False, True):
        if settled:
            settlement.settle(copied)
        after = shares(read(copied, "question", "q1"))
        assert {claim for claim, share in after.items() if "same family" in share[1]} == set(kin)


def test_only_the_families_of_the_last_fit_are_kept(copied: Database):
    counted = "SELECT (SELECT count(DISTINCT source) FROM families), (SELECT count(*) FROM copied_claims)"
    n_sources, n_claims = copied.execute(counted).fetchone()
    assert n_sources == N_COPIERS + 1
    settlement.settle(copied, is_anew=True)
    assert copied.execute(counted).fetchone() == (n_sources, n_claims)
    # Of what nobody says any more nothing is kept.
    for claim in [claim for claim in load(copied).claims if int(claim.source[1:]) >= N_INDEPENDENT]:
        claims.void(copied, claim.id, at=START.replace(year=2027), by=None, because="typed twice")
    settlement.settle(copied)
    assert copied.execute(counted).fetchone() == (0, 0)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are made of one question at a time."""
    monkeypatch.setattr(figures, "MADE_AT_ONCE", 1)


def test_what_lists_sort_by_is_made_a_few_questions_at_a_time_and_others_write_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: None
):
    path = str(tmp_path / "ledger.db")
    with closing(open_database(path)) as db, closing(open_database(path)) as other:
        asked = [f"question-{n}" for n in range(3)]
        write(db, [make_source("budanov"), *map(make_question, asked)])
        told = [(n, make_claim(f"new-{n}", source="budanov", question=name)) for n, name in enumerate(asked)]
        list(claims.add_many(db, told, at=moment(5, month=2), by=None))

        def write_between() -> None:
            if not other.execute("SELECT 1 FROM sources WHERE id = 'between'").fetchone():
                sources.put(other, make_source("between"), at=moment(6, month=2), by=None)

        monkeypatch.setattr(settlement, "_give_way", write_between)
        settlement.settle(db)
        assert settlement.n_unsettled(db) == 1
        settlement.settle(db)
        assert not settlement.is_behind(db)
        assert db.execute("SELECT inputs FROM fits").fetchone()[0] == digests.of_record(load(db))
        assert listed(db).keys() == set(subjects(db))
        for name in asked:
            assert settlement.awaited(db, "question", name) is None


def test_stale_questions_are_drained_a_few_at_a_time(
    busy: Database, monkeypatch: pytest.MonkeyPatch, few: None
):
    write(
        busy, [make_source("late"), make_question("late"), make_claim("late", source="late", question="late")]
    )
    busy.execute("UPDATE scores SET score = 0, low = 0, high = 0 WHERE kind <> 'source'")
    busy.execute("INSERT INTO stale SELECT id FROM questions")
    n_questions = busy["questions"].count
    assert counts.count(busy).n_stale == n_questions
    assert settlement.is_behind(busy)
    left: list[int] = []
    monkeypatch.setattr(settlement, "_give_way", lambda: left.append(counts.count(busy).n_stale))
    settlement.settle(busy)
    assert left == [*range(n_questions - 1, -1, -1)]
    assert not settlement.is_behind(busy)
    fresh = figures_of(load(busy))
    for subject, (*numbers, _) in listed(busy).items():
        if subject[0] != "source":
            *expected, _ = fresh[subject]
            assert numbers == (expected if None in expected else pytest.approx(expected, abs=1e-5)), subject


def broken_off(monkeypatch: pytest.MonkeyPatch, db: Database, after: int) -> None:
    """Settle, and break off when so many transactions were stored."""

    kept, n_kept = figures.store, []

    def keep(*arguments: Any, **options: Any) -> None:
        if len(n_kept) == after:
            raise InterruptedError
        n_kept.append(1)
        kept(*arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(figures, "store", keep)
        with pytest.raises(InterruptedError):
            settlement.settle(db)


def corrected(db: Database) -> list[str]:
    """The corrections that were told of, in their order."""
    found = events.page(db, limit=500, type_=CORRECTED).items
    return [event.document["correction"]["id"] for event in found]


@pytest.mark.parametrize("after", [0, 1, 2, 4])
def test_a_settlement_that_is_broken_off_between_chunks_is_taken_up_again(
    busy: Database, monkeypatch: pytest.MonkeyPatch, few: None, after: int
):
    known = corrected(busy)
    said = [next(c for c in load(busy).claims if c.question == f"q{q}") for q in range(8)]
    made = [
        corrections.add(
            busy,
            make_correction(claim.id, by="body", kind=CorrectionKind.DENY, scope=None, stated_at=NOW),
            at=NOW + timedelta(hours=i),
            by=None,
        ).id
        for i, claim in enumerate(said)
    ]
    broken_off(monkeypatch, busy, after)
    assert settlement.is_behind(busy)
    settlement.settle(busy)
    assert not settlement.is_behind(busy)
    assert corrected(busy) == [*known, *made]
    assert_as_fitted_alone(busy)
    assert [check for check in verify(busy) if not check.is_passed] == []


def test_corrections_among_many_writes_are_told_with_the_scores_before_and_after_them(
    busy: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(figures, "MADE_AT_ONCE", 4)
    many = [(q, make_claim(f"more-{q}", source="s1", question=f"q{q}", stated_at=NOW)) for q in range(12)]
    list(claims.add_many(busy, many, at=NOW, by=None))
    said = [next(c for c in load(busy).claims if c.question == f"q{q}") for q in (8, 9, 10, 11)]
    then = listed(busy)
    for i, claim in enumerate(said):
        denial = make_correction(
            claim.id, by=claim.source, kind=CorrectionKind.DENY, scope=None, stated_at=NOW
        )
        corrections.add(busy, denial, at=NOW + timedelta(hours=i), by=None)
    known = events.last(busy)
    settlement.settle(busy)
    now = listed(busy)
    found = events.page(busy, limit=500, after=known, type_=CORRECTED).items
    assert [event.subject for event in found] == [claim.id for claim in said]
    for event in found:
        before, after = (event.document[when]["score"] for when in ("before", "after"))
        assert before == pytest.approx(then["claim", event.subject][0])
        assert after == pytest.approx(now["claim", event.subject][0], abs=figures.MOVED_BY)
        assert abs(after - before) > 0.01
    # Each is told once, with what was recorded on its question.
    told = events.page(busy, limit=500, after=known).items
    assert len({(event.type, event.subject) for event in told}) == len(told)
    changes = {event.subject: event.document["changes"] for event in told if event.type != CORRECTED}
    assert {"action": "create", "type": "claim", "id": "more-8"} in changes["q8"]


def test_questions_put_one_after_the_other_while_it_settles_now_and_then_leave_a_ledger_that_is_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path, numbers = str(tmp_path / "ledger.db"), iter(range(N_PUT))
    with closing(open_database(path)) as db, closing(open_database(path)) as writer:
        for handle in (db, writer):
            handle.execute("PRAGMA synchronous = OFF")
        write(db, [make_source("budanov"), make_source("podolyak")])

        def put(n_questions: int) -> None:
            for n in islice(numbers, n_questions):
                at = NOW + timedelta(seconds=n)
                questions.put(writer, make_question(f"q{n}"), at=at, by=None)
                if n % 10 == 0:
                    said = make_claim(f"c{n}", source=("budanov", "podolyak")[n % 20 // 10], question=f"q{n}")
                    claims.add(writer, said, at=at, by=None)

        def while_others_write(fitted: Callable[..., Any]) -> Callable[..., Any]:
            def fit(*arguments: Any) -> Any:
                found = fitted(*arguments)
                put(20)
                return found

            return fit

        monkeypatch.setattr(fits, "fitted", while_others_write(fits.fitted))
        monkeypatch.setattr(settlement, "_give_way", lambda: put(1))
        while db["questions"].count < N_PUT:
            put(180)
            settlement.settle(db)
        while settlement.is_behind(db):
            settlement.settle(db)
        assert scores.model(db)["n_questions"] == N_PUT
        assert [check for check in verify(db) if not check.is_passed] == []
