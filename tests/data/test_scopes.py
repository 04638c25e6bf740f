import pytest
from factories import make_scope, moment
from sqlite_utils import Database

from data import scopes
from data.errors import UnknownIdError


def test_a_scope_comes_back_and_keeps_its_versions(empty: Database):
    assert scopes.put(empty, make_scope(share=0.3), at=moment(1), by=None) == (make_scope(), True)
    assert scopes.put(empty, make_scope(share=0.2), at=moment(2), by=None)[1] is False
    assert scopes.get(empty, "kursk-front/sso-sectors") == make_scope(share=0.2)
    assert scopes.version(empty, "kursk-front/sso-sectors") == 2


def test_scopes_are_listed_by_path(empty: Database):
    for path in ("kursk-front/sso-sectors", "kyiv", "kursk-front"):
        scopes.put(empty, make_scope(path), at=moment(1), by=None)
    first = scopes.page(empty, limit=2)
    assert [scope.path for scope in first.items] == ["kursk-front", "kursk-front/sso-sectors"]
    assert [scope.path for scope in scopes.page(empty, limit=2, cursor=first.next).items] == ["kyiv"]


def test_a_path_that_was_not_declared_is_not_found(empty: Database):
    with pytest.raises(UnknownIdError):
        scopes.get(empty, "kursk-front")
