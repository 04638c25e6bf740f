import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from factories import make_source, moment
from sqlite_utils import Database

from data import replies, sources
from data.database import open_database, writing
from data.errors import RefusedError
from data.replies import DELETED_A_WRITE, KEPT_FOR, Reply

REPLY = Reply("digest", 201, {"Location": "/v1/sources/cnn"}, b'{"id": "cnn"}')
ROOT = Path(__file__).parents[2]


def keep(db: Database, key: str = "one", **options: Any) -> None:
    with writing(db):
        replies.store(db, "desk", key, REPLY, **{"at": moment(1), **options})


def test_a_reply_is_found_by_its_caller_and_key_alone(empty: Database):
    keep(empty)
    assert replies.find(empty, "desk", "one", at=moment(1)) == REPLY
    assert replies.find(empty, "desk", "two", at=moment(1)) is None
    assert replies.find(empty, "wire", "one", at=moment(1)) is None


def test_a_reply_is_kept_for_a_day_and_its_key_is_free_then(empty: Database):
    keep(empty)
    expired = moment(1) + KEPT_FOR
    assert replies.find(empty, "desk", "one", at=expired - timedelta.resolution) == REPLY
    assert replies.find(empty, "desk", "one", at=expired) is None
    keep(empty, at=expired)
    assert replies.find(empty, "desk", "one", at=expired) == REPLY


def test_expired_replies_are_deleted_the_oldest_first_and_a_few_at_a_time(empty: Database):
    for minute in range(DELETED_A_WRITE + 3):
        keep(empty, f"old-{minute}", at=moment(1, 0, minute))
    keep(empty, "new", at=moment(3))
    assert {row["key"] for row in empty.table("replies").rows} == {
        "new",
        *(f"old-{minute}" for minute in range(DELETED_A_WRITE, DELETED_A_WRITE + 3)),
    }
    keep(empty, "newer", at=moment(3))
    assert {row["key"] for row in empty.table("replies").rows} == {"new", "newer"}


def test_a_reply_is_there_exactly_when_what_it_answers_for_is(empty: Database):
    def write(*, fails: bool) -> None:
        with writing(empty):
            sources.put(empty, make_source(), at=moment(1), by=None)
            replies.store(empty, "desk", "one", REPLY, at=moment(1))
            if fails:
                raise RefusedError("name", "is refused")

    with pytest.raises(RefusedError):
        write(fails=True)
    assert (empty.table("sources").count, empty.table("replies").count) == (0, 0)
    write(fails=False)
    assert (empty.table("sources").count, empty.table("replies").count) == (1, 1)


ANSWERER = """
import sys
from data.database import open_database
from data.replies import answering
with answering(open_database(sys.argv[1]), "desk", "one") as is_first:
    print(is_first, flush=True)
    sys.stdin.read()
"""


def test_one_process_at_a_time_answers_under_a_key_until_it_ends_however_it_ends(tmp_path: Path):
    path = str(tmp_path / "kursk.db")
    db = open_database(path)
    other = subprocess.Popen(
        [sys.executable, "-c", ANSWERER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    with other:
        assert other.stdout.readline() == b"True\n"
        with replies.answering(db, "desk", "one") as is_first:
            assert not is_first
        for caller, key in (("desk", "two"), ("wire", "one")):
            with replies.answering(db, caller, key) as is_first:
                assert is_first
        other.kill()
        other.wait()
        with replies.answering(db, "desk", "one") as is_first:
            assert is_first
    db.close()
