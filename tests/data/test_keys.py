import pytest
from factories import moment
from sqlite_utils import Database

from data import keys
from data.keys import Key
from models.errors import InvalidValueError


def test_a_key_is_found_by_its_secret_alone(empty: Database):
    key = keys.create(empty, name="desk", scope="write", at=moment(1))
    assert key.startswith("credence_")
    assert keys.find(empty, key) == Key("desk", "write")
    for wrong in ("", "desk", key[:-1], key + "x", "\udcff", "\ud800"):
        assert keys.find(empty, wrong) is None


def test_the_secret_stands_nowhere_in_the_database(empty: Database):
    key = keys.create(empty, name="desk", scope="write", at=moment(1))
    assert key.removeprefix("credence_") not in "".join(empty.conn.iterdump())


def test_one_holder_may_have_several_keys(empty: Database):
    old, new = (keys.create(empty, name="desk", scope=scope, at=moment(1)) for scope in ("write", "read"))
    assert (keys.find(empty, old), keys.find(empty, new)) == (Key("desk", "write"), Key("desk", "read"))


def test_a_key_without_a_holder_is_refused(empty: Database):
    with pytest.raises(InvalidValueError):
        keys.create(empty, name=" ", scope="write", at=moment(1))


def test_an_unknown_scope_is_refused(empty: Database):
    with pytest.raises(InvalidValueError):
        keys.create(empty, name="desk", scope="owner", at=moment(1))


def test_each_scope_allows_what_the_ones_before_it_allow():
    allowed = {
        scope: [needed for needed in keys.KEY_SCOPES if Key("k", scope).allows(needed)]
        for scope in keys.KEY_SCOPES
    }
    assert allowed == {"read": ["read"], "write": ["read", "write"], "admin": ["read", "write", "admin"]}
