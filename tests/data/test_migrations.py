import hashlib
import sqlite3
from contextlib import closing

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
from sqlite_utils import Database

from data import (
    articles,
    audit,
    claims,
    corrections,
    events,
    keys,
    questions,
    resolutions,
    rows,
    scopes,
    scores,
    settlement,
    sources,
    stored_scores,
    webhooks,
)
from data.database import open_database
from data.errors import BusyError
from data.instant import to_text
from data.migrations import (
    APPEND_ONLY,
    APPEND_ONLY_EVENTS,
    APPEND_ONLY_KEYS,
    APPEND_ONLY_WEBHOOKS,
    KNOWN,
    MIGRATIONS,
)
from data.verification import verify
from data.webhooks import Webhook


@pytest.fixture
def full(db: Database) -> Database:
    """A ledger with a row at least in every append-only table."""
    scopes.put(db, make_scope(), at=moment(2), by=None)
    claims.add(db, make_claim(via=("cnn",), cites=("podolyak",)), at=moment(2), by=None)
    corrections.add(db, make_correction(via=("cnn",)), at=moment(2), by=None)
    resolutions.add(db, make_resolution(), at=moment(2), by=None)
    claims.void(db, "budanov-fighting", at=moment(3), by=None, because="typed twice")
    keys.create(db, name="desk", scope="write", sources=["cnn"], at=moment(4))
    keys.revoke(db, "desk", at=moment(5))
    asked = Webhook("", "https://news.example/", "question", "dprk-on-kursk-front")
    webhooks.end(db, webhooks.create(db, asked, at=moment(6), by=None)[0].id, at=moment(6), by=None)
    settlement.settle(db)
    return db


def test_every_table_is_strict(empty: Database):
    bookkeeping = {"_sqlite_migrations", "sqlite_sequence"}
    assert [table.name for table in empty.tables if not table.strict and table.name not in bookkeeping] == []


def test_the_migrations_that_are_known_are_those_that_are_applied(empty: Database):
    assert {migration.name for migration in MIGRATIONS.applied(empty)} == KNOWN
    assert MIGRATIONS.pending(empty) == []


@pytest.mark.parametrize("table", APPEND_ONLY + APPEND_ONLY_KEYS + APPEND_ONLY_WEBHOOKS + APPEND_ONLY_EVENTS)
def test_what_was_recorded_can_be_neither_edited_nor_deleted(full: Database, table: str):
    before = list(full.table(table).rows)
    assert before
    cell = f'"{full.table(table).columns[0].name}"'
    for change in (f"UPDATE {table} SET {cell} = {cell}", f"DELETE FROM {table}"):  # noqa: S608
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            full.execute(change)
    with pytest.raises(sqlite3.IntegrityError):
        full.table(table).insert(before[0], replace=True)
    assert list(full.table(table).rows) == before


def test_a_source_cannot_be_deleted_from_under_its_claims(full: Database):
    with pytest.raises(sqlite3.IntegrityError):
        full.execute("DELETE FROM sources")


def test_a_file_without_tables_becomes_a_ledger(tmp_path):
    path = tmp_path / "credence.db"
    path.touch()
    db = open_database(str(path), create=False)
    sources.put(db, make_source(), at=moment(1), by=None)
    assert db.table("source_versions").count == 1
    db.close()


def test_a_migration_that_is_pending_is_applied_and_keeps_the_rows(tmp_path, monkeypatch):
    path = str(tmp_path / "credence.db")
    db = open_database(path)
    sources.put(db, make_source(), at=moment(1), by=None)
    db.close()

    def add_notes(db: Database) -> None:
        db.execute("ALTER TABLE sources ADD COLUMN note TEXT")

    monkeypatch.setattr(MIGRATIONS, "_migrations", list(MIGRATIONS._migrations))
    monkeypatch.setattr("data.database.KNOWN", KNOWN | {"add_notes"})
    MIGRATIONS()(add_notes)
    db = open_database(path)
    assert "note" in db.table("sources").columns_dict
    assert sources.get(db, "budanov") == make_source()
    db.close()


def test_the_scores_of_a_ledger_made_before_it_was_settled_by_question_are_kept(tmp_path, monkeypatch):
    path = str(tmp_path / "credence.db")
    with monkeypatch.context() as before:
        before.setattr(MIGRATIONS, "_migrations", [MIGRATIONS._migrations[0]])
        with closing(open_database(path)) as db:
            recorded = "2025-01-01T00:00:00.000000Z"
            for table, document in (
                ("source", rows.source_document(make_source())),
                ("question", rows.question_document(make_question())),
            ):
                text = rows.to_json(document)
                columns = {"id": document["id"], "version": 1, "recorded_at": recorded, "document": text}
                rows.insert(db, f"{table}s", {**columns, **_listed(table)})
                rows.insert(db, f"{table}_versions", columns)
            claim = {**rows.event_row(make_claim()), "recorded_at": recorded}
            rows.insert(db, "claims", claim)
            entry = {"action": "create", "subject_kind": "claim", "subject_id": claim["id"]}
            rows.insert(db, "audit", {**entry, "recorded_at": recorded})
            db.execute("UPDATE changes SET recorded_at = ?", [recorded])
            rows.insert(db, "scores", {"kind": "claim", "id": claim["id"], "document": '{"score":0.5}'})
            db.execute("INSERT INTO fits VALUES (1, 'older', 'sha256:00', ?, '{}')", [recorded])
    with closing(open_database(path)) as db:
        # No score of an older model is told.
        with pytest.raises(BusyError):
            scores.stored(db, "claim", "budanov-fighting")
        assert settlement.is_behind(db)
        settlement.settle(db)
        assert scores.stored(db, "claim", "budanov-fighting") is not None
        assert scores.model(db)["pending"] == 0
        assert not settlement.is_behind(db)


OLD_KEY = "credence_" + "aB3_-" * 8 + "xyz"


def test_what_a_ledger_held_before_there_were_events_counts_as_told(tmp_path, monkeypatch):
    path = str(tmp_path / "credence.db")
    with monkeypatch.context() as before:
        before.setattr(MIGRATIONS, "_migrations", MIGRATIONS._migrations[:7])
        with closing(open_database(path)) as db:
            recorded = "2025-01-01T00:00:00.000000Z"
            figures = {"kind": "claim", "id": "a", "score": 0.4, "low": 0.2, "high": 0.6, "document": "{}"}
            rows.insert(db, "scores", figures)
            rows.insert(db, "scores", {**figures, "kind": "question", "id": "q"})
            db.execute("INSERT INTO audit VALUES (1, ?, NULL, 'create', 'scope', 's', NULL, '')", [recorded])
    with closing(open_database(path)) as db:
        assert [dict(row)["told_score"] for row in db.query("SELECT told_score FROM scores")] == [0.4, 0.4]
        moved = stored_scores.store(
            db,
            [("claim", "a", 0.6, 0.2, 0.8, None), ("question", "q", 0.5, 0.2, 0.8, '{"x":0.5}')],
        )
        # Of a question nothing had been kept that it could be compared with.
        assert [(move.id, move.before.score, move.after.score) for move in moved] == [("a", 0.4, 0.6)]
        assert db.execute("SELECT told_answers FROM scores WHERE id = 'q'").fetchone() == ('{"x":0.5}',)
        assert [dict(row)["number"] for row in db.query("SELECT number FROM attempts")] == [0] * 4


def test_what_was_told_of_scores_stays_told_when_terms_come_in_the_place_of_documents(tmp_path, monkeypatch):
    path = str(tmp_path / "credence.db")
    with monkeypatch.context() as before:
        before.setattr(MIGRATIONS, "_migrations", MIGRATIONS._migrations[:8])
        with closing(open_database(path)) as db:
            figures = {"score": 0.4, "low": 0.2, "high": 0.6, "document": "{}", "answers": None}
            told = {"told_score": 0.3, "told_low": 0.1, "told_high": 0.5, "told_answers": None}
            rows.insert(db, "scores", {"kind": "claim", "id": "a", **figures, **told})
            db.execute(
                "INSERT INTO fits (id, version, inputs, converged_at, summary, audited) "
                "VALUES (1, '3', '', '', '', 7)"
            )
            db.execute("INSERT INTO node_sums VALUES (1, 'a', NULL, x'00')")
    with closing(open_database(path)) as db:
        (row,) = db.query("SELECT * FROM scores")
        del figures["document"]
        assert row == {"kind": "claim", "id": "a", **figures, **told}
        # By another model, so that all is fitted anew; how far it had come is known.
        (fit,) = db.query("SELECT version, entry FROM fits")
        assert fit == {"version": "3", "entry": 7}
        assert settlement.reach(db)[0] == 0
        assert [db[table].count for table in ("terms", "stale")] == [0, 0]
        assert not {"node_sums", "question_sums"} & set(db.table_names())


def test_a_ledger_with_documents_is_settled_by_terms_and_tells_how_its_scores_moved(tmp_path, monkeypatch):
    path = str(tmp_path / "credence.db")
    with monkeypatch.context() as before:
        before.setattr(MIGRATIONS, "_migrations", MIGRATIONS._migrations[:8])
        with closing(open_database(path)) as db:
            sources.put(db, make_source(), at=moment(1), by=None)
            questions.put(db, make_question(), at=moment(1), by=None)
            claims.add(db, make_claim(), at=moment(2), by=None)
            # Recorded before there were events, so none was told of it.
            corrections.add(db, make_correction(), at=moment(2), by=None)
            for kind, id_ in (("source", "budanov"), ("claim", "budanov-fighting")):
                figures = {"score": 0.1, "low": 0.05, "high": 0.2, "document": "{}"}
                told = {f"told_{name}": figures[name] for name in ("score", "low", "high")}
                rows.insert(db, "scores", {"kind": kind, "id": id_, **figures, **told})
            db.execute(
                "INSERT INTO fits (id, version, inputs, converged_at, summary, audited) "
                "VALUES (1, '3+00000000', 'sha256:00', '2025-01-02', '{}', 4)"
            )
            for table in ("families", "copied_claims"):
                assert "generation" in db.table(table).columns_dict
    with closing(open_database(path)) as db:
        assert settlement.reach(db) == (0, 4)
        settlement.settle(db)
        moved = {(event.kind, event.subject): event.document for event in events.page(db, limit=9).items}
        # Nothing was told of the question, so that it has not moved.
        assert set(moved) == {("source", "budanov"), ("claim", "budanov-fighting")}
        for subject, document in moved.items():
            assert document["before"]["score"] == 0.1
            assert document["after"]["score"] == pytest.approx(scores.at(db, *subject)["score"], abs=1e-5)
            assert (document["cause"], document["changes"]) == ("model", [])
        assert [check for check in verify(db) if not check.is_passed] == []


def test_the_trail_and_the_keys_of_the_first_version_are_chained_and_stay_in_use(tmp_path, monkeypatch):
    path = str(tmp_path / "credence.db")
    with monkeypatch.context() as before:
        before.setattr(MIGRATIONS, "_migrations", MIGRATIONS._migrations[:1])
        with closing(open_database(path)) as db:
            _write_as_the_first_version(db)
    with closing(open_database(path)) as db:
        key = keys.find(db, OLD_KEY, at=moment(9))
        assert (key.name, key.scope, key.sources, key.ends_at) == ("desk", "write", (), None)
        assert keys.find(db, OLD_KEY[:-1] + "q", at=moment(9)) is None
        settlement.settle(db)
        entries, _ = audit.page(db, is_newest_first=False, limit=9)
        assert [(entry.seq, entry.id, entry.request_id) for entry in entries] == [
            (1, "budanov", None),
            (2, "budanov", None),
            (3, "desk", None),
        ]
        assert len({entry.digest for entry in entries}) == 3
        assert [check for check in verify(db) if not check.is_passed] == []
        keys.rotate(db, "desk", at=moment(9))
        sources.put(db, make_source("cnn"), at=moment(9), by=None)
        assert keys.find(db, OLD_KEY, at=moment(10)) is None
        assert [check for check in verify(db) if not check.is_passed] == []


def _write_as_the_first_version(db: Database) -> None:
    """Write two versions of a source, and a key."""
    for day, source in ((1, make_source()), (2, make_source(description="new"))):
        text = rows.to_json(rows.source_document(source))
        columns = {"id": source.id, "version": day, "recorded_at": to_text(moment(day)), "document": text}
        search = "\n".join((source.id, source.name)).casefold()
        listed = {"kind": source.kind, "name": source.name, "search": search}
        rows.upsert(db, "sources", {**columns, **listed}, "id")
        rows.insert(db, "source_versions", columns)
        entry = {"action": "create" if day == 1 else "change", "subject_kind": "source"}
        rows.insert(db, "audit", {"recorded_at": columns["recorded_at"], **entry, "subject_id": source.id})
    recorded_at = to_text(moment(3))
    hashed = hashlib.sha256(OLD_KEY.encode()).hexdigest()
    key = {"hash": hashed, "name": "desk", "scope": "write", "recorded_at": recorded_at}
    rows.insert(db, "keys", key)
    entry = {"action": "create", "subject_kind": "key", "subject_id": "desk"}
    rows.insert(db, "audit", {"recorded_at": recorded_at, **entry})
    db.execute("UPDATE changes SET number = 3, stamped = 3, recorded_at = ?", [recorded_at])


def _listed(table: str) -> dict[str, str]:
    """What lists filter by, of a source or a question."""
    own = {"kind": "person", "name": "Budanov"} if table == "source" else {"scope": "front", "text": "Who?"}
    return {**own, "search": ""}


def test_what_was_recorded_under_a_url_before_addresses_were_kept_is_found_by_its_address(
    tmp_path, monkeypatch
):
    path = str(tmp_path / "credence.db")
    url = "http://www.example.org/kursk/?utm_source=mail"
    with closing(open_database(path)) as db:
        sources.put(db, make_source(), at=moment(1), by=None)
        questions.put(db, make_question(), at=moment(1), by=None)
        claims.add(db, make_claim(url=url), at=moment(2), by=None)
        claims.add(db, make_claim("elsewhere"), at=moment(2), by=None)
        corrections.add(db, make_correction(url=url), at=moment(2), by=None)
        # As the version before left it.
        db.execute("DROP TABLE claim_addresses")
        db.execute("DROP TABLE correction_addresses")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'keep_addresses'")
    with closing(open_database(path)) as db:
        assert [each.claim.id for each in articles.claims_at(db, "https://example.org/kursk")] == [
            "budanov-fighting"
        ]
        assert [each.claim for each in articles.corrections_at(db, "https://example.org/kursk")] == [
            "budanov-fighting"
        ]
        assert [check for check in verify(db) if not check.is_passed and check.name != "scores"] == []
