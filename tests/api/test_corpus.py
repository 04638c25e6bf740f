"""Corpora: loaded as a whole, loaded again without a change."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from api.corpus import copy, load
from api.errors import CorpusError
from data import claims, corrections, digests, questions, resolutions, sources
from data import record as records
from data.database import changes, open_database

AT = datetime(2025, 3, 1, tzinfo=UTC)

CORPUS: dict[str, list[dict[str, Any]]] = {
    "scopes": [{"path": "kursk-front/sso-sectors", "share": 0.2}],
    "sources": [
        {"id": "kindratenko", "name": "Kindratenko", "kind": "person", "member_of": "sso"},
        {"id": "sso", "name": "SSO", "kind": "organisation"},
    ],
    "questions": [
        {"id": "withdrawn", "text": "Withdrawn?", "scope": "kursk-front", "answers": ["yes", "no"]}
    ],
    "claims": [
        {
            "id": "to-cnn",
            "source": "kindratenko",
            "question": "withdrawn",
            "answer": "yes",
            "stated_at": "2025-01-31",
        }
    ],
    "corrections": [{"claim": "to-cnn", "kind": "retract", "by": "kindratenko", "stated_at": "2025-02-01"}],
    "resolutions": [{"question": "withdrawn", "answer": "no", "resolved_at": "2025-02-20", "by": "sso"}],
}


@pytest.fixture
def db() -> Iterator[Database]:
    db = open_database(":memory:")
    yield db
    db.close()


def write_folder(folder: Path, **changed: list[dict[str, Any]]) -> Path:
    folder.mkdir(exist_ok=True)
    for noun, entries in {**CORPUS, **changed}.items():
        (folder / f"{noun}.jsonl").write_text("".join(json.dumps(entry) + "\n\n" for entry in entries))
    return folder


def write_file(folder: Path, document: Any) -> Path:
    file = folder / "corpus.json"
    file.write_text(json.dumps(document))
    return file


def test_a_folder_is_loaded_with_bodies_before_their_members(db: Database, tmp_path: Path) -> None:
    added = load(db, write_folder(tmp_path), at=AT)
    assert added == {
        "scopes": 1,
        "sources": 2,
        "questions": 1,
        "claims": 1,
        "corrections": 1,
        "resolutions": 1,
    }
    assert sources.get(db, "kindratenko").member_of == "sso"
    assert claims.get(db, "to-cnn").scope == questions.get(db, "withdrawn").scope
    assert [correction.kind for correction in corrections.page(db, claim="to-cnn", limit=500).items] == [
        "retract"
    ]
    assert resolutions.get(db, "withdrawn").by == "sso"


def test_one_file_holds_the_same_as_a_folder(db: Database, tmp_path: Path) -> None:
    assert load(db, write_file(tmp_path, CORPUS), at=AT).total() == 7
    assert load(db, write_folder(tmp_path), at=AT).total() == 0


def test_a_second_time_changes_nothing_but_what_is_new(db: Database, tmp_path: Path) -> None:
    load(db, write_folder(tmp_path), at=AT)
    more = [*CORPUS["sources"], {"id": "cnn", "name": "CNN", "kind": "outlet"}]
    assert load(db, write_folder(tmp_path, sources=more), at=AT) == Counter(sources=1)


def test_a_slip_that_was_voided_does_not_come_back(db: Database, tmp_path: Path) -> None:
    load(db, write_folder(tmp_path, corrections=[]), at=AT)
    claims.void(db, "to-cnn", at=AT, by=None, because="A slip.")
    assert load(db, write_folder(tmp_path, corrections=[]), at=AT).total() == 0


@pytest.mark.parametrize("noun", ["scopes", "sources", "questions", "claims", "resolutions"])
def test_another_content_is_one_sentence_with_its_place(db: Database, tmp_path: Path, noun: str) -> None:
    load(db, write_folder(tmp_path), at=AT)
    change: dict[str, dict[str, Any]] = {
        "scopes": {"share": 0.3},
        "questions": {"text": "Another?"},
        "sources": {"description": "He."},
    }
    changed = {**CORPUS[noun][0], **change.get(noun, {"text": "Another."})}
    with pytest.raises(CorpusError, match=rf"{noun}\.jsonl, line 1: .*already with another content"):
        load(db, write_folder(tmp_path, **{noun: [changed, *CORPUS[noun][1:]]}), at=AT)


@pytest.mark.parametrize(
    ("noun", "entry", "reason"),
    [
        ("claims", {**CORPUS["claims"][0], "id": "second", "answer": "perhaps"}, "answer: "),
        (
            "claims",
            {**CORPUS["claims"][0], "id": "second", "nonsense": 1},
            "nonsense: ",
        ),
        ("claims", {"answer": "yes"}, "id: is missing"),
        (
            "corrections",
            {**CORPUS["corrections"][0], "claim": "none"},
            "id: there is no claim",
        ),
        ("sources", {"id": "a", "name": "A", "kind": "person", "member_of": "a"}, "member of itself"),
    ],
)
def test_a_bad_entry_leaves_the_ledger_as_it_was(
    db: Database, tmp_path: Path, noun: str, entry: dict[str, Any], reason: str
) -> None:
    before = changes(db)
    with pytest.raises(CorpusError, match=reason):
        load(db, write_folder(tmp_path, **{noun: [*CORPUS[noun], entry]}), at=AT)
    assert changes(db) == before


def test_what_is_no_corpus_is_one_sentence(db: Database, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.json").write_text("{")
    for path, reason in [
        (tmp_path / "missing", "No such file"),
        (tmp_path / "empty", "holds none of scopes.jsonl"),
        (tmp_path / "broken.json", "is not JSON"),
    ]:
        with pytest.raises(CorpusError, match=reason):
            load(db, path, at=AT)


@pytest.mark.parametrize(
    ("document", "reason"),
    [([], "must hold lists"), ({"claims": {}}, "must hold lists"), ({"facts": []}, "'facts'")],
)
def test_a_file_that_does_not_hold_lists_of_nouns_is_one_sentence(
    db: Database, tmp_path: Path, document: Any, reason: str
) -> None:
    with pytest.raises(CorpusError, match=reason):
        load(db, write_file(tmp_path, document), at=AT)


KURSK = Path(__file__).parents[2] / "data" / "corpora" / "kursk-2025"


@pytest.mark.parametrize("corpus", [KURSK, None], ids=["kursk", "resolved"])
def test_a_copy_loads_as_the_same_record(db: Database, tmp_path: Path, corpus: Path | None) -> None:
    load(db, corpus or write_folder(tmp_path / "corpus"), at=AT)
    written = copy(db, tmp_path / "copied")
    fresh = open_database(":memory:")
    assert load(fresh, tmp_path / "copied", at=AT) == written
    assert digests.of_record(records.load(fresh)) == digests.of_record(records.load(db))
    fresh.close()


def test_a_copy_leaves_out_what_was_voided(db: Database, tmp_path: Path) -> None:
    load(db, write_folder(tmp_path / "corpus"), at=AT)
    claims.void(db, "to-cnn", at=AT, by=None, because="typed twice")
    assert copy(db, tmp_path / "copied") == Counter(sources=2, scopes=1, questions=1, resolutions=1)
    assert not (tmp_path / "copied" / "claims.jsonl").exists()


def test_a_copy_overwrites_nothing_and_is_whole_or_not_there(db: Database, tmp_path: Path) -> None:
    load(db, write_folder(tmp_path / "corpus"), at=AT)
    with pytest.raises(CorpusError, match=r"corpus: exists already, and is left as it is"):
        copy(db, tmp_path / "corpus")
    with pytest.raises(CorpusError, match="No such file or directory"):
        copy(db, tmp_path / "nowhere" / "copied")

    def broken_off(_work: str, done: int, _total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy(db, tmp_path / "copied", progress=broken_off)
    assert not (tmp_path / "copied").exists()
    assert copy(db, tmp_path / "copied").total() == 7
