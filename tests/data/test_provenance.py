"""Who said and carried a claim, what became of it, and when that was recorded."""

from factories import make_claim, make_correction, make_source, moment
from sqlite_utils import Database

from data import claims, corrections, provenance, sources
from data.database import writing
from models.record import CorrectionKind


def written(db: Database, **fields: object) -> None:
    with writing(db):
        claims.add(db, make_claim("said", source="podolyak", via=("cnn",), **fields), at=moment(2))


def corrected(db: Database, kind: CorrectionKind, day: int, **fields: object) -> None:
    correction = make_correction("said", kind=kind, stated_at=moment(day), **fields)
    with writing(db):
        corrections.add(db, correction, at=moment(day))


def test_a_claim_is_told_with_all_whom_it_names_and_their_bodies(db: Database) -> None:
    with writing(db):
        sources.put(db, make_source("office"), at=moment(1))
    with writing(db):
        sources.put(db, make_source("podolyak", member_of="office"), at=moment(2))
    written(db, cites=("budanov",), stated_at=moment(1))
    told = provenance.load(db, [claims.get(db, "said")])
    assert set(told.record.sources) == {"podolyak", "office", "cnn", "budanov"}
    assert [standing.is_standing for standing in told.standings["said"]] == [True]
    assert told.recorded["source", "podolyak"] == (moment(1), moment(2))
    assert ("question", told.record.claims[0].question) in told.recorded


def test_each_correction_is_a_standing_and_only_those_of_its_own_side_change_it(db: Database) -> None:
    written(db, stated_at=moment(1))
    corrected(db, CorrectionKind.RETRACT, 3, by="budanov")
    corrected(db, CorrectionKind.RETRACT, 4, by="podolyak")
    corrected(db, CorrectionKind.REAFFIRM, 5, by="podolyak")
    standings = provenance.load(db, [claims.get(db, "said")]).standings["said"]
    assert [standing.is_standing for standing in standings] == [True, True, False, True]


def test_a_carrier_can_take_back_what_it_carried(db: Database) -> None:
    written(db, stated_at=moment(1))
    corrected(db, CorrectionKind.DENY, 3, by="cnn")
    assert not provenance.load(db, [claims.get(db, "said")]).standings["said"][-1].is_standing


def test_of_a_moment_only_what_had_been_said_and_recorded_is_told(db: Database) -> None:
    written(db, stated_at=moment(1))
    corrected(db, CorrectionKind.RETRACT, 4, by="podolyak")
    with writing(db):
        sources.put(db, make_source("podolyak", name="M. Podolyak"), at=moment(6))
    said = [claims.get(db, "said")]
    assert len(provenance.load(db, said, as_of=moment(3)).standings["said"]) == 1
    assert len(provenance.load(db, said, as_of=moment(5)).standings["said"]) == 2
    early, late = (provenance.load(db, said, known_at=moment(day)) for day in (5, 7))
    assert early.recorded["source", "podolyak"][1] < moment(6) <= late.recorded["source", "podolyak"][1]
    assert late.record.sources["podolyak"].name == "M. Podolyak"
    assert early.record.sources["podolyak"].name != "M. Podolyak"
