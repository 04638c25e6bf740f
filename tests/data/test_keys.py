import sqlite3
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from factories import make_claim, make_correction, make_question, make_source, moment
from sqlite_utils import Database

from data import audit, claims, corrections, key_form, keys, questions, sources
from data.database import open_database
from data.errors import BoundKeyError, RefusedError, UnknownIdError, UnknownReferenceError
from data.keys import Key
from data.writer import Writer
from models.errors import InvalidValueError

DAY = timedelta(days=1)


def make_key(db: Database, **fields) -> str:
    return keys.create(db, **{"name": "desk", "scope": "write", "at": moment(1), **fields})


def opened(db: Database, key: str, at: datetime | None = None) -> Key:
    found = keys.find(db, key, at=at or moment(2))
    assert found is not None
    return found


def test_a_key_is_found_by_its_secret_alone(empty: Database):
    key = make_key(empty)
    assert key.startswith("credence_")
    assert (opened(empty, key).name, opened(empty, key).scope) == ("desk", "write")
    for wrong in ("", "desk", key[:-1], key + "x", "\udcff", "\ud800", opened(empty, key).id):
        assert keys.find(empty, wrong, at=moment(2)) is None


def test_another_secret_under_the_id_of_a_key_opens_nothing(empty: Database):
    key, other = make_key(empty), key_form.make()
    start = len(key_form.PREFIX) + key_form.ID_LENGTH
    body = key[len(key_form.PREFIX) : start] + other[start : -key_form.CHECKSUM_LENGTH]
    forged = key_form.PREFIX + body + key_form._checksum(body)
    assert key_form.id_of(forged) == key_form.id_of(key)
    assert keys.find(empty, forged, at=moment(2)) is None


def test_a_mistyped_key_is_told_by_its_checksum(empty: Database):
    key = make_key(empty)
    for place in range(len(key_form.PREFIX), len(key)):
        typed = key[:place] + ("a" if key[place] != "a" else "b") + key[place + 1 :]
        assert key_form.id_of(typed) is None


def test_the_secret_stands_nowhere_in_the_database(empty: Database):
    key = make_key(empty)
    dump = "".join(empty.conn.iterdump())
    start = len(key_form.PREFIX) + key_form.ID_LENGTH
    assert key[start : -key_form.CHECKSUM_LENGTH] not in dump
    assert key[len(key_form.PREFIX) : start] in dump


def test_one_holder_may_have_several_keys(empty: Database):
    old, new = (make_key(empty, scope=scope) for scope in ("write", "read"))
    assert (opened(empty, old).scope, opened(empty, new).scope) == ("write", "read")


@pytest.mark.parametrize("fields", [{"name": " "}, {"scope": "owner"}])
def test_a_key_without_a_holder_or_of_an_unknown_scope_is_refused(empty: Database, fields):
    with pytest.raises(InvalidValueError):
        make_key(empty, **fields)


def test_each_scope_allows_what_the_ones_before_it_allow():
    allowed = {
        scope: [needed for needed in keys.KEY_SCOPES if Key("i", "k", scope, moment(1)).allows(needed)]
        for scope in keys.KEY_SCOPES
    }
    assert allowed == {
        "read": ["read"],
        "correct": ["read", "correct"],
        "write": ["read", "correct", "write"],
        "admin": ["read", "correct", "write", "admin"],
    }


def test_a_key_that_expires_opens_until_then(empty: Database):
    key = make_key(empty, expires_in=7 * DAY)
    assert opened(empty, key, moment(7)).ends_at == moment(8)
    assert keys.find(empty, key, at=moment(8)) is None


def test_a_rotated_key_opens_for_the_overlap_beside_its_successor(db: Database):
    old = make_key(db, sources=["cnn"])
    new = keys.rotate(db, "desk", at=moment(3))
    first, second = opened(db, old, moment(3, 23, 59)), opened(db, new, moment(3))
    assert (first.ends_at, second.ends_at) == (moment(4), None)
    assert (second.name, second.scope, second.sources) == ("desk", "write", ("cnn",))
    assert second.id != first.id
    assert keys.find(db, old, at=moment(4)) is None
    assert opened(db, new, moment(4)) == second


def test_an_overlap_of_nothing_stops_the_old_key_at_once(empty: Database):
    old = make_key(empty)
    keys.rotate(empty, opened(empty, old).id, at=moment(3), overlap=timedelta())
    assert keys.find(empty, old, at=moment(3)) is None


def test_a_successor_opens_as_long_as_the_key_before_it_did(empty: Database):
    make_key(empty, expires_in=7 * DAY)
    assert opened(empty, keys.rotate(empty, "desk", at=moment(3)), moment(3)).ends_at == moment(10)


def test_a_key_is_rotated_once_and_its_successor_by_the_same_name(empty: Database):
    old = make_key(empty)
    keys.rotate(empty, "desk", at=moment(3))
    with pytest.raises(UnknownIdError):
        keys.rotate(empty, opened(empty, old, moment(3)).id, at=moment(3))
    newest = keys.rotate(empty, "desk", at=moment(3, 1))
    assert opened(empty, newest, moment(9)).ends_at is None
    assert [key.is_open(moment(9)) for key in keys.every(empty)] == [False, False, True]


def test_a_name_of_several_keys_names_none_to_rotate(empty: Database):
    ids = [opened(empty, make_key(empty)).id for _ in "ab"]
    with pytest.raises(RefusedError, match=ids[0]):
        keys.rotate(empty, "desk", at=moment(3))


def test_revoking_stops_a_key_at_once_and_a_name_all_that_have_it(empty: Database):
    held = [make_key(empty) for _ in "abc"]
    keys.rotate(empty, opened(empty, held[0]).id, at=moment(3))
    assert len(keys.revoke(empty, opened(empty, held[1]).id, at=moment(3, 1))) == 1
    assert [keys.find(empty, key, at=moment(3, 1)) is None for key in held] == [False, True, False]
    assert len(keys.revoke(empty, "desk", at=moment(3, 2))) == 3
    assert not any(key.is_open(moment(3, 2)) for key in keys.every(empty))
    with pytest.raises(UnknownIdError):
        keys.revoke(empty, "desk", at=moment(4))


def test_everything_that_is_done_to_a_key_is_in_the_trail(empty: Database):
    old = opened(empty, make_key(empty))
    new = opened(empty, keys.rotate(empty, "desk", at=moment(2)))
    keys.revoke(empty, "desk", at=moment(2, 1))
    entries, _ = audit.page(empty, kind="key", is_newest_first=False, limit=9)
    assert [(entry.action, entry.id) for entry in entries] == [
        ("create", old.id),
        ("create", new.id),
        ("rotate", old.id),
        ("revoke", old.id),
        ("revoke", new.id),
    ]


def test_the_last_use_is_kept_to_the_hour_and_is_no_change(empty: Database):
    key = make_key(empty)
    before = empty.execute("SELECT number FROM changes").fetchone()
    for hour, minute, kept in ((0, 0, (0, 0)), (0, 59, (0, 0)), (1, 0, (1, 0))):
        keys.note_use(empty, opened(empty, key), at=moment(5, hour, minute))
        assert opened(empty, key).used_at == moment(5, *kept)
    assert empty.execute("SELECT number FROM changes").fetchone() == before
    assert empty.table("audit").count == 1


def test_a_last_use_waits_for_nobody_who_writes(tmp_path):
    path = str(tmp_path / "credence.db")
    with closing(open_database(path)) as db, closing(open_database(path)) as other:
        key = make_key(db)
        other.execute("BEGIN IMMEDIATE")
        keys.note_use(db, opened(db, key), at=moment(5))
        other.execute("ROLLBACK")
        assert opened(db, key).used_at is None
        keys.note_use(db, opened(db, key), at=moment(5))
        assert opened(db, key).used_at == moment(5)
        assert db.execute("PRAGMA busy_timeout").fetchone()[0] == 20_000


def test_a_key_is_bound_to_sources_that_exist_and_to_write_or_correct(db: Database):
    with pytest.raises(UnknownReferenceError):
        make_key(db, sources=["nobody"])
    for scope in ("read", "admin"):
        with pytest.raises(InvalidValueError):
            make_key(db, scope=scope, sources=["cnn"])
    assert keys.every(db) == ()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"source": "cnn"}, None),
        ({"via": ("cnn",)}, None),
        ({}, "budanov"),
        ({"via": ("cnn", "podolyak")}, "podolyak"),
    ],
)
def test_a_bound_key_records_what_its_sources_say_or_carry(db: Database, fields, named):
    writer = Writer("desk", sources=("cnn",))
    if named is None:
        claims.add(db, make_claim(**fields), at=moment(3), by=writer)
        return
    with pytest.raises(BoundKeyError, match=named):
        claims.add(db, make_claim(**fields), at=moment(3), by=writer)


def test_a_bound_key_corrects_for_its_sources_alone(db: Database):
    claims.add(db, make_claim(), at=moment(3), by=None)
    writer = Writer("desk", sources=("budanov",))
    corrections.add(db, make_correction(), at=moment(4), by=writer)
    carried = make_correction(by="podolyak", text="b", via=("budanov",))
    corrections.add(db, carried, at=moment(4), by=writer)
    with pytest.raises(BoundKeyError) as caught:
        corrections.add(db, make_correction(by="cnn"), at=moment(4), by=writer)
    assert caught.value.field == "by"


def test_a_bound_key_writes_nothing_else_not_even_what_is_there_already(db: Database):
    writer = Writer("desk", sources=("budanov",))
    claims.add(db, make_claim(), at=moment(3), by=writer)
    for write in (
        lambda: sources.put(db, make_source(), at=moment(4), by=writer),
        lambda: questions.put(db, make_question(), at=moment(4), by=writer),
        lambda: claims.void(db, "budanov-fighting", at=moment(4), by=writer, because="typed twice"),
    ):
        with pytest.raises(BoundKeyError, match="bound to budanov"):
            write()


def test_what_ends_a_key_can_be_neither_edited_nor_deleted(db: Database):
    make_key(db, sources=["cnn"])
    keys.rotate(db, "desk", at=moment(2))
    for table in ("keys", "key_sources", "key_ends"):
        for change in (f"UPDATE {table} SET rowid = rowid", f"DELETE FROM {table}"):  # noqa: S608
            with pytest.raises(sqlite3.IntegrityError):
                db.execute(change)
