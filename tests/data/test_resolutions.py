from dataclasses import replace

import pytest
from factories import make_resolution, moment
from sqlite_utils import Database

from data import resolutions
from data.errors import UnknownIdError, UnknownReferenceError
from data.writer import Writer
from models.answer import Names
from models.errors import InvalidValueError
from models.record import Resolution


def record(db: Database, resolution: Resolution, day: int = 4) -> tuple[Resolution, bool]:
    return resolutions.add(db, resolution, at=moment(day), by=Writer("desk"))


def test_a_resolution_comes_back_as_it_was_written(db: Database):
    resolution = make_resolution(text="seen", url="https://example.org")
    stored = replace(resolution, recorded_at=moment(4))
    assert record(db, resolution) == (stored, True)
    assert resolutions.get(db, "dprk-on-kursk-front") == stored
    assert resolutions.version(db, "dprk-on-kursk-front") == 1


def test_the_same_resolution_again_writes_nothing(db: Database):
    stored, _ = record(db, make_resolution())
    assert record(db, make_resolution(), day=5) == (stored, False)
    assert resolutions.version(db, "dprk-on-kursk-front") == 1


def test_the_resolution_in_force_is_the_one_last_recorded_whenever_it_was_said(db: Database):
    record(db, make_resolution(resolved_at=moment(9)))
    later, is_first = record(db, make_resolution(answer=Names(("fighting",)), resolved_at=moment(8)), day=5)
    assert not is_first
    assert resolutions.get(db, "dprk-on-kursk-front") == later
    assert resolutions.version(db, "dprk-on-kursk-front") == 2


def test_a_question_that_is_open_has_no_resolution(db: Database):
    for look in (resolutions.get, resolutions.version):
        with pytest.raises(UnknownIdError) as caught:
            look(db, "dprk-on-kursk-front")
        assert caught.value.kind == "resolution"


def test_a_resolution_that_refers_to_nothing_is_refused(db: Database):
    with pytest.raises(UnknownIdError):
        record(db, make_resolution("weather"))
    with pytest.raises(UnknownReferenceError) as caught:
        record(db, make_resolution(by="nobody"))
    assert caught.value.field == "by"
    with pytest.raises(InvalidValueError):
        record(db, make_resolution(answer=Names(("martians",))))
