import pytest
from factories import make_source, moment
from sqlite_utils import Database

from data import sources
from data.database import writing
from data.errors import RefusedError, UnknownIdError, UnknownReferenceError
from data.writer import Writer
from models.record import Mandate, SourceKind, Vantage


def ids(db: Database, **query: object) -> list[str]:
    return [source.id for source, _ in sources.page(db, limit=200, **query).items]


def test_a_source_comes_back_as_it_was_written(db: Database):
    kindratenko = make_source(
        "kindratenko",
        member_of="budanov",
        mandates=(Mandate("kursk-front/sso-sectors", Vantage.DIRECT), Mandate("kyiv", Vantage.UNKNOWN)),
        aliases=("Олександр Кіндратенко", "O. K. \x7f"),
        description="speaks for the Special Operations Forces",
    )
    assert sources.put(db, kindratenko, at=moment(1), by=Writer("desk")) == (kindratenko, True)
    assert sources.get(db, "kindratenko") == kindratenko


def test_the_same_content_again_makes_no_new_version(db: Database):
    assert sources.put(db, make_source(), at=moment(2), by=None) == (make_source(), False)
    assert sources.version(db, "budanov") == 1


def test_other_content_makes_a_new_version_and_keeps_the_old_one(db: Database):
    changed = make_source(description="head of military intelligence")
    assert sources.put(db, changed, at=moment(2), by=None) == (changed, False)
    assert sources.version(db, "budanov") == 2
    assert sources.get(db, "budanov") == changed
    assert db.table("source_versions").count_where("id = 'budanov'") == 2


def test_a_source_that_does_not_exist_is_not_found(db: Database):
    for look in (sources.get, sources.version):
        with pytest.raises(UnknownIdError) as caught:
            look(db, "nobody")
        assert (caught.value.kind, caught.value.id) == ("source", "nobody")


def test_a_body_that_does_not_exist_is_refused(db: Database):
    with pytest.raises(UnknownReferenceError) as caught:
        sources.put(db, make_source("puls", member_of="sso"), at=moment(1), by=None)
    assert (caught.value.field, caught.value.kind, caught.value.id) == ("member_of", "source", "sso")


@pytest.mark.parametrize(("source", "body"), [("a", "a"), ("a", "b"), ("a", "c"), ("new", "new")])
def test_a_source_cannot_be_a_member_of_itself_by_any_way(db: Database, source: str, body: str):
    with writing(db):
        for name, member_of in (("a", None), ("b", "a"), ("c", "b")):
            sources.put(db, make_source(name, member_of=member_of), at=moment(1))
    with pytest.raises(RefusedError) as caught:
        sources.put(db, make_source(source, member_of=body), at=moment(2), by=None)
    assert caught.value.field == "member_of"


def test_sources_are_listed_by_kind_and_by_body(db: Database):
    with writing(db):
        sources.put(db, make_source("gur", kind=SourceKind.ORGANISATION), at=moment(1))
        sources.put(db, make_source("budanov", member_of="gur"), at=moment(1))
    assert ids(db, kind="organisation") == ["gur"]
    assert ids(db, member_of="gur") == ["budanov"]
    assert ids(db, kind="outlet") == []


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("зелен", ["zelensky"]),
        ("ЗЕЛЕН", ["zelensky"]),
        ("SKY", ["zelensky"]),
        ("president", ["zelensky"]),
        ("100%", ["percent"]),
        ("%", ["percent"]),
        ("_", []),
        ("nobody", []),
        ("", ["budanov", "cnn", "percent", "podolyak", "zelensky"]),
    ],
)
def test_a_search_finds_part_of_an_id_a_name_or_an_alias_in_any_case(db: Database, q: str, found: list[str]):
    with writing(db):
        sources.put(db, make_source("zelensky", name="The President", aliases=("Зеленський",)), at=moment(1))
        sources.put(db, make_source("percent", name="100% true"), at=moment(1))
    assert ids(db, q=q) == found
