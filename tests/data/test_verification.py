import json
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from factories import (
    make_claim,
    make_correction,
    make_question,
    make_resolution,
    make_scope,
    make_source,
    moment,
)
from ledgers import copying_ledger, parts, write
from sqlite_utils import Database

from data import claims, corrections, keys, questions, resolutions, scopes, settlement, sources, webhooks
from data.database import open_database, open_to_read, writing
from data.errors import DatabaseError
from data.migrations import APPEND_ONLY, APPEND_ONLY_KEYS, APPEND_ONLY_WEBHOOKS, MIGRATIONS
from data.terms import COLUMNS as TERMS
from data.verification import verify
from data.webhooks import Webhook
from data.writer import Writer
from models.answer import Names
from models.event import Wish

TABLES = APPEND_ONLY + APPEND_ONLY_KEYS + APPEND_ONLY_WEBHOOKS
LATEST = ("sources", "scopes", "questions")


@pytest.fixture(scope="module")
def recorded() -> Iterator[Database]:
    """A ledger with a row at least in every table that the trail is over."""
    db = open_database(":memory:")
    desk = Writer("desk", request_id="4f1c")
    with writing(db):
        for name in ("budanov", "podolyak", "cnn"):
            sources.put(db, make_source(name), at=moment(1), by=desk)
        questions.put(db, make_question(), at=moment(1), by=desk)
    scopes.put(db, make_scope(), at=moment(2), by=desk)
    sources.put(db, make_source(member_of="podolyak"), at=moment(2), by=desk)
    claims.add(db, make_claim(via=("cnn",), cites=("podolyak",)), at=moment(3), by=desk)
    claims.add(db, make_claim("slip", url="https://example.org/"), at=moment(3), by=desk)
    corrections.add(db, make_correction(via=("cnn",)), at=moment(3), by=desk)
    resolutions.add(db, make_resolution(), at=moment(3), by=desk)
    resolutions.add(db, make_resolution(resolved_at=moment(2, month=3)), at=moment(3), by=desk)
    claims.void(db, "slip", at=moment(4), by=desk, because="typed twice")
    keys.create(db, name="desk", scope="write", sources=["cnn", "budanov"], at=moment(4))
    keys.rotate(db, "desk", at=moment(5))
    keys.revoke(db, "desk", at=moment(6))
    wish = Wish(threshold=0.5, moved_by=0.25)
    asked = Webhook("", "https://news.example/", "claim", "budanov-fighting", wish=wish, name="desk")
    webhook, _ = webhooks.create(db, asked, at=moment(6), by=desk)
    webhooks.end(db, webhook.id, at=moment(7), by=desk)
    settlement.settle(db)
    yield db
    db.close()


@pytest.fixture
def full(recorded: Database, empty: Database) -> Database:
    """A copy of it, to be altered."""
    recorded.conn.backup(empty.conn)
    return empty


def broken(db: Database, *, with_scores: bool = False) -> dict[str, str]:
    return {check.name: check.found for check in verify(db, with_scores=with_scores) if not check.is_passed}


@contextmanager
def tampered(db: Database) -> Iterator[None]:
    """Let the block write past the service, and take all of it back."""
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute("PRAGMA ignore_check_constraints = ON")
    db.execute("BEGIN")
    triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        db.execute(f"DROP TRIGGER {name}")
    yield
    for _, sql in triggers:
        db.execute(sql)
    found = broken(db)
    db.execute("ROLLBACK")
    assert found.keys() & {"chain", "contents", "integrity"}


def test_a_ledger_that_only_the_service_wrote_holds_together(full: Database):
    checks = list(verify(full))
    assert [check.name for check in checks] == [
        "integrity",
        "schema",
        "chain",
        "contents",
        "addresses",
        "events",
        "inputs",
        "scores",
    ]
    assert [check for check in checks if not check.is_passed] == []
    n_entries = full.table("audit").count
    assert checks[2].found.startswith(f"{n_entries} entries, intact, up to ")


def test_an_empty_ledger_holds_together(empty: Database):
    assert broken(empty, with_scores=True) == {}


@pytest.mark.parametrize("table", TABLES + LATEST)
def test_any_cell_that_is_altered_is_found(full: Database, table: str):
    kinds = dict(full.execute(f"SELECT name, type FROM pragma_table_info('{table}')"))  # noqa: S608
    assert full.table(table).count
    for column, kind in kinds.items():
        cell = f'"{column}"'
        altered = f"coalesce({cell}, '') || 'x'" if kind == "TEXT" else f"{cell} * 0.5"
        altered = f"{cell} + 1000" if kind == "INTEGER" else altered
        with tampered(full):
            last = f"(SELECT max(rowid) FROM {table})"  # noqa: S608
            changed = full.execute(f"UPDATE {table} SET {cell} = {altered} WHERE rowid = {last}")  # noqa: S608
            assert changed.rowcount == 1


@pytest.mark.parametrize("table", TABLES + LATEST)
def test_a_row_that_is_taken_away_is_found(full: Database, table: str):
    for end in ("min", "max"):
        with tampered(full):
            full.execute(f"DELETE FROM {table} WHERE rowid = (SELECT {end}(rowid) FROM {table})")  # noqa: S608


def test_a_row_that_is_added_past_the_service_is_found(full: Database):
    for table, changed in (
        ("claims", {"id": "forged", "seq": None}),
        ("corrections", {"id": "forged", "seq": None}),
        ("resolutions", {"seq": None}),
        ("source_versions", {"version": 9}),
        ("sources", {"id": "forged"}),
        ("claim_carriers", {"position": 9}),
        ("keys", {"id": "forged", "hash": "00"}),
        ("key_sources", {"position": 9}),
        ("key_ends", {"recorded_at": "2025-01-09T00:00:00.000000Z"}),
        ("webhooks", {"id": "forged"}),
        ("audit", {"seq": None}),
    ):
        row = next(full.table(table).rows_where(limit=1))
        with tampered(full):
            full.table(table).insert({**row, **changed})


def test_the_sentence_names_the_entry_whose_row_was_altered_and_no_later_one(full: Database):
    full.execute("DROP TRIGGER claims_refuse_update")
    full.execute("UPDATE claims SET certainty = 0.5 WHERE id = 'budanov-fighting'")
    found = broken(full)
    assert "trigger claims_refuse_update is missing" in found["schema"]
    assert "(create claim 'budanov-fighting'), or the row that it recorded, was altered" in found["chain"]


def test_a_table_that_is_missing_is_told_and_no_traceback(full: Database):
    full.execute("DROP VIEW correction_rows")
    found = broken(full, with_scores=True)
    assert found["schema"] == "the view correction_rows is missing"
    assert "no such table" in found["chain"]
    assert "not checked" in found["scores"]


@pytest.mark.parametrize("noun", ["claim", "correction"])
@pytest.mark.parametrize(
    ("altered", "told"),
    [
        ("UPDATE {0}_addresses SET address = 'example.org/other'", "is found under 'example.org/other'"),
        ("DELETE FROM {0}_addresses", "is not found under the address of its URL"),
        ("INSERT INTO {0}_addresses SELECT 'more.org', {0} FROM {0}_addresses", "is found under 'more.org'"),
        (
            "INSERT INTO {0}_addresses SELECT 'stray.org', id FROM {0}s WHERE url IS NULL",
            "is found under 'stray.org', which its URL does not lead to",
        ),
    ],
)
def test_an_address_that_is_another_missing_or_too_many_is_found(
    full: Database, noun: str, altered: str, told: str
):
    notice = make_correction(id="notice", url="https://example.org/notice", stated_at=moment(1, month=2))
    corrections.add(full, notice, at=moment(9), by=None)
    assert broken(full) == {}
    full.execute(altered.format(noun))
    found = broken(full)
    assert found.keys() == {"addresses"}
    assert told in found["addresses"]


def test_the_tables_that_litestream_keeps_are_passed_over_and_no_others(full: Database):
    full.execute("CREATE TABLE _litestream_lock (id INTEGER)")
    assert broken(full) == {}
    full.execute("CREATE TABLE notes (id INTEGER)")
    assert broken(full) == {"schema": "the table notes is not this version's"}


def test_a_trail_whose_end_was_cut_off_is_found(full: Database):
    full.execute("DROP TRIGGER audit_refuse_delete")
    full.execute("DELETE FROM key_uses")
    full.execute("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)")
    assert "last write is another" in broken(full)["chain"]


def test_a_score_that_was_altered_or_is_nobodys_is_found(full: Database):
    full.execute("UPDATE scores SET score = score / 2, low = 0 WHERE id = 'budanov-fighting'")
    assert "'budanov-fighting' is not that of a fresh fit" in broken(full, with_scores=True)["scores"]
    full.execute("UPDATE scores SET id = 'nobody' WHERE id = 'budanov-fighting'")
    assert "no such claim" in broken(full, with_scores=True)["scores"]
    full.execute("UPDATE fits SET inputs = 'sha256:00'")
    assert "sha256:00" in broken(full, with_scores=True)["inputs"]


def test_terms_that_were_altered_are_found(full: Database):
    for column in TERMS:
        full.execute("SAVEPOINT before")
        full.execute(f"UPDATE terms SET {column} = {column} + 0.001 WHERE node = 'podolyak'")  # noqa: S608
        assert "'podolyak' are not those of a fresh fit" in broken(full, with_scores=True)["scores"], column
        full.execute("ROLLBACK TO before")
    full.execute("DELETE FROM terms WHERE node = 'budanov'")
    assert "are not those of a fresh fit" in broken(full, with_scores=True)["scores"]


@pytest.fixture
def taught(empty: Database) -> Database:
    """A ledger that taught its fit by resolutions, and in which some copy others."""
    resolved = [make_resolution(f"q{q}", answer=Names(("a",)), by="s1") for q in range(9)]
    write(empty, [*parts(copying_ledger()[0]), *resolved])
    return empty


def test_what_was_learned_across_the_ledger_is_compared_with_a_fresh_fit(taught: Database):
    assert broken(taught, with_scores=True) == {}
    learned = json.loads(taught.execute("SELECT learned FROM fits").fetchone()[0])
    assert learned["guesses"]
    assert learned["coefficients"]
    learned["guesses"][0][1][0] += 0.001
    _write_learned(taught, learned)
    assert broken(taught, with_scores=True)["scores"] == "the guesses are not those of a fresh fit"
    learned["guesses"][0][1][0] -= 0.001
    learned["coefficients"]["baseline"]["value"] += 0.001
    _write_learned(taught, learned)
    assert broken(taught, with_scores=True)["scores"] == "the coefficients are not those of a fresh fit"


def test_families_that_were_altered_are_found(taught: Database):
    for altered in (
        "UPDATE copied_claims SET kept = kept / 2",
        "DELETE FROM copied_claims WHERE claim = (SELECT min(claim) FROM copied_claims)",
        "UPDATE families SET n_errors = n_errors + 1",
    ):
        taught.execute("SAVEPOINT before")
        assert taught.execute(altered).rowcount
        assert broken(taught, with_scores=True)["scores"] == "the families are not those of a fresh fit", (
            altered
        )
        taught.execute("ROLLBACK TO before")


def _write_learned(db: Database, learned: dict[str, object]) -> None:
    db.execute("UPDATE fits SET learned = ?", [json.dumps(learned)])


def test_what_waits_to_be_listed_anew_is_not_compared(full: Database):
    full.execute("UPDATE scores SET score = score / 2, low = 0 WHERE kind <> 'source'")
    full.execute("INSERT INTO stale VALUES ('dprk-on-kursk-front')")
    assert broken(full, with_scores=True) == {}
    settlement.settle(full)
    full.execute("DELETE FROM stale")
    assert broken(full, with_scores=True) == {}


def test_a_score_that_is_missing_is_found(full: Database):
    full.execute("DELETE FROM scores WHERE id = 'budanov-fighting'")
    assert broken(full, with_scores=True)["scores"] == "the score of the claim 'budanov-fighting' is missing"


def test_scores_of_another_model_are_told_and_not_compared(full: Database):
    full.execute("UPDATE fits SET version = 'older'")
    assert broken(full, with_scores=True) == {}
    assert "by model older" in [check.found for check in verify(full)][-1]


def test_scores_that_wait_for_the_last_writes_are_compared_with_what_they_saw(full: Database):
    settlement.settle(full)
    claims.add(full, make_claim("later"), at=moment(9), by=None)
    checks = list(verify(full))
    assert [check for check in checks if not check.is_passed] == []
    assert "1 writes wait" in checks[-1].found


def test_a_ledger_is_verified_while_others_write_and_stays_as_it_is(tmp_path):
    path = tmp_path / "credence.db"
    with closing(open_database(str(path))) as db, closing(open_to_read(str(path))) as reader:
        sources.put(db, make_source(), at=moment(1), by=None)
        checks = verify(reader)
        seen = [next(checks)]
        sources.put(db, make_source("cnn"), at=moment(2), by=None)
        seen += checks
        assert [check for check in seen if not check.is_passed] == []
        assert seen[2].found.startswith("1 entries")
        with pytest.raises(DatabaseError):
            keys.create(reader, name="desk", scope="read", at=moment(3))


def test_what_is_no_ledger_or_an_older_one_is_told_in_a_sentence(tmp_path, monkeypatch):
    with pytest.raises(DatabaseError, match="does not exist"):
        open_to_read(str(tmp_path / "nowhere.db"))
    (tmp_path / "notes.db").write_text("These are notes, and they are longer than a header. " * 9)
    with pytest.raises(DatabaseError, match="not a database"):
        open_to_read(str(tmp_path / "notes.db"))
    with monkeypatch.context() as before:
        before.setattr(MIGRATIONS, "_migrations", MIGRATIONS._migrations[:1])
        open_database(str(tmp_path / "old.db")).close()
    with pytest.raises(DatabaseError, match="older version"):
        open_to_read(str(tmp_path / "old.db"))
