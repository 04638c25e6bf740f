"""Terms as they are stored, and read again for some sources at a time."""

from dataclasses import replace

import numpy as np
import pytest
from factories import make_claim, make_correction, make_question, make_resolution, make_source, moment
from hypothesis import given, settings
from ledgers import busy_ledger, copying_ledger, parts, records, write
from sqlite_utils import Database

from data import claims, settlement, sources, terms
from data.database import open_database, writing
from data.record import load, with_bodies
from models.answer import Names
from models.credence import CredenceModel
from models.record import CorrectionKind, Record, SourceKind
from models.terms import FAULT, TRACK, VARIANCE, Charge, Terms


def read(db: Database, names: list[str], said: tuple[str, ...] = ()) -> Terms:
    (learned,) = db.execute("SELECT learned FROM fits").fetchone()
    return terms.stored(db, learned, with_bodies(db, names), said)


def assert_same(one: Terms, other: Terms) -> None:
    """Say that the first says the same as the other of all that it holds."""
    for place, node in enumerate(one.tree.names):
        np.testing.assert_array_equal(one.columns[place], other.columns[other.tree.place(node)])
        for told in ("named", "contradicted", "charged"):
            assert getattr(one, told).get(node) == getattr(other, told).get(node)
    np.testing.assert_array_equal(one.widths, other.widths)
    assert one.guesses.keys() == other.guesses.keys()
    for names, guess in one.guesses.items():
        np.testing.assert_array_equal(guess, other.guesses[names])
    assert one.coefficients == other.coefficients
    assert one.elicited == other.elicited


@settings(max_examples=25)
@given(records(min_claims=1))
def test_what_is_stored_is_what_is_read_of_all_sources_or_of_a_few(record: Record):
    fitted = terms.rounded(CredenceModel().fit(record).terms_)
    db = open_database(":memory:")
    write(db, parts(record))
    with writing(db):
        terms.store(db, fitted, None)
        db.execute("UPDATE fits SET learned = ?", [terms.learned(fitted)])
    whole = read(db, list(record.sources))
    assert set(whole.tree.names) == set(fitted.tree.names)
    assert_same(whole, fitted)
    for source in record.sources:
        few = read(db, [source])
        assert source in few.tree.index
        assert_same(few, fitted)
    db.close()


def test_terms_are_rounded_far_below_what_a_score_shows_and_leave_no_minus_zero():
    model = CredenceModel().fit(load_of(busy_ledger()))
    found = terms.rounded(model.terms_)
    np.testing.assert_allclose(found.columns, model.terms_.columns, atol=1e-9)
    assert not np.signbit(found.columns[found.columns == 0]).any()
    assert_same(terms.rounded(found), found)


def load_of(values: list[object]) -> Record:
    db = open_database(":memory:")
    write(db, values)
    record = load(db)
    db.close()
    return record


def test_of_terms_that_are_known_to_be_stored_only_what_differs_is_written(empty: Database):
    write(empty, busy_ledger())
    before = terms.rounded(CredenceModel().fit(load(empty)).terms_)
    columns = before.columns.copy()
    columns[before.tree.index["s3"], TRACK] += 0.5
    named = {**before.named, "s4": ("another",)}
    changed = replace(before, columns=columns, named=named)
    with writing(empty):
        terms.store(empty, before, None)
        empty.execute("CREATE TEMP TABLE written (node)")
        empty.execute(
            "CREATE TEMP TRIGGER watch AFTER UPDATE ON terms BEGIN INSERT INTO written VALUES (new.node); END"
        )
        terms.store(empty, changed, before)
    assert sorted(node for (node,) in empty.execute("SELECT node FROM written")) == ["s3", "s4"]
    assert_same(read(empty, list(load(empty).sources)), changed)


def test_a_source_that_came_after_the_fit_stands_where_its_body_or_its_kind_does(empty: Database):
    write(empty, busy_ledger())
    fitted = read(empty, ["body", "s1"])
    for new in (
        make_source("voice", member_of="body"),
        make_source("alone"),
        make_source("first", kind=SourceKind.UNNAMED),
        make_source("voices-voice", member_of="voice"),
    ):
        sources.put(empty, new, at=moment(1, month=3), by=None)
    found = read(empty, ["voice", "alone", "first", "voices-voice"])
    for column in (TRACK, FAULT):
        assert found.of("voice", column) == found.of("voices-voice", column) == fitted.of("body", column)
        person = fitted.columns[fitted.tree.node_of_kind["person"], column]
        assert found.of("alone", column) == person
        assert found.of("first", column) == 0
    kind, body, member = found.widths**2
    assert found.of("voice", VARIANCE) == pytest.approx(fitted.of("body", VARIANCE) + member)
    assert found.of("voices-voice", VARIANCE) == pytest.approx(fitted.of("body", VARIANCE) + 2 * member)
    person = fitted.columns[fitted.tree.node_of_kind["person"], VARIANCE]
    assert found.of("alone", VARIANCE) == pytest.approx(person + body)
    assert found.of("first", VARIANCE) == pytest.approx(kind + body)
    assert "alone" not in found.named


def test_a_source_that_joined_a_body_since_is_read_with_its_own_terms(empty: Database):
    write(empty, busy_ledger())
    before = read(empty, ["s1"])
    sources.put(empty, make_source("s1", member_of="body"), at=moment(1, month=3), by=None)
    after = read(empty, ["s1"])
    assert after.of("s1", TRACK) == before.of("s1", TRACK)
    assert after.tree.parent[after.tree.index["s1"]] == after.tree.index["body"]


def test_the_families_of_the_sources_and_claims_that_are_asked_about_are_read(empty: Database):
    record, _ = copying_ledger()
    write(empty, parts(record))
    expected = CredenceModel().fit(record).families_
    source = next(iter(expected.kin))
    copied = sorted(expected.copied)[:5]
    found = read(empty, [source], tuple(copied)).families
    assert found.kin == {source: expected.kin[source]}
    assert set(found.copied) == set(copied)
    for claim, each in found.copied.items():
        assert each.kin == expected.copied[claim].kin
        assert each.kept == pytest.approx(expected.copied[claim].kept, abs=1e-6)
    assert read(empty, [source]).families.copied == {}


def test_the_first_errors_and_the_first_versions_of_a_long_list_are_kept(empty: Database):
    n_errors, n_versions = terms.MOST_CHARGES + 3, terms.MOST_CHARGES + 2
    values: list[object] = [
        make_source("outlet", kind=SourceKind.OUTLET),
        make_source("other"),
        make_source("a"),
    ]
    for i in range(n_errors):
        values += [
            make_question(f"e{i:02}"),
            make_claim(f"e{i:02}", source="outlet", question=f"e{i:02}"),
            make_correction(f"e{i:02}", by="outlet", kind=CorrectionKind.RETRACT),
        ]
    for i in range(n_versions):
        values += [
            make_question(f"v{i:02}"),
            make_claim(f"v{i:02}-one", source="a", question=f"v{i:02}", via=("other",)),
            make_claim(
                f"v{i:02}-two", source="a", question=f"v{i:02}", via=("outlet",), answer=Names(("withdrawn",))
            ),
        ]
    write(empty, values)
    found = read(empty, ["outlet"]).charged["outlet"]
    assert found == (
        *(Charge(f"e{i:02}", is_version=False) for i in range(terms.MOST_CHARGES)),
        *(Charge(f"v{i:02}-two", is_version=True) for i in range(terms.MOST_CHARGES)),
    )


def test_what_resolutions_taught_is_read_again(empty: Database):
    write(empty, busy_ledger(40))
    for q in range(12):
        resolved = make_resolution(question=f"q{q}", by="body") if q % 8 != 7 else None
        if resolved is not None:
            write(empty, [resolved])
    found = read(empty, ["s1"])
    assert found.coefficients
    assert found.guesses
    assert found.constants.baseline == found.coefficients["baseline"].value
    for names, guess in found.guesses.items():
        assert len(names) == len(guess)
        assert guess.sum() == pytest.approx(1)


def test_claims_that_are_voided_since_are_named_by_nobody_once_it_is_settled(empty: Database):
    write(empty, busy_ledger())
    named = read(empty, ["s4"]).named["s4"]
    for claim in named:
        claims.void(empty, claim, at=moment(1, month=3), by=None, because="typed twice")
    settlement.settle(empty)
    assert not set(read(empty, ["s4"]).named["s4"]) & set(named)
