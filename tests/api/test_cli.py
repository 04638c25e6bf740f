"""The command line: what it prints, and one sentence for what goes wrong."""

import json
import math
import struct
from contextlib import closing
from pathlib import Path

import pytest

from api.cli import main
from data import keys
from data.database import open_database

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "kursk.db"
    monkeypatch.setenv("CREDENCE_DATABASE", str(path))
    return path


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def sentence(capsys: Captured) -> str:
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("credence: ")
    assert err.count("\n") == 1
    return err


def test_a_new_key_is_printed_alone_and_opens_the_service(database: Path, capsys: Captured) -> None:
    assert run("keys", "create", "--scope", "write", "--name", "newsroom") == 0
    out, err = capsys.readouterr()
    ledger = open_database(str(database))
    assert keys.find(ledger, out.strip()) == keys.Key("newsroom", "write")
    assert err == ""
    ledger.close()


def test_a_key_without_a_holder_is_one_sentence(capsys: Captured) -> None:
    assert run("keys", "create", "--scope", "admin", "--name", "") == 1
    assert "who holds the key" in sentence(capsys)


def test_a_corpus_is_loaded_and_counted(tmp_path: Path, capsys: Captured) -> None:
    corpus = tmp_path / "corpus.json"
    corpus.write_text(json.dumps({"sources": [{"id": "cnn", "name": "CNN", "kind": "outlet"}]}))
    assert run("load", corpus) == 0
    assert capsys.readouterr().err == "Loaded 1 sources.\n"
    assert run("load", corpus) == 0
    assert capsys.readouterr().err == "Loaded nothing new.\n"
    assert run("refit") == 0


def test_a_backup_is_a_ledger_and_replaces_nothing(tmp_path: Path, capsys: Captured) -> None:
    run("keys", "create", "--scope", "read", "--name", "newsroom")
    assert run("backup", tmp_path / "copy.db") == 0
    open_database(str(tmp_path / "copy.db")).close()
    capsys.readouterr()
    assert run("backup", tmp_path / "copy.db") == 1
    assert "exists" in sentence(capsys)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("refit",), "does not exist"),
        (("load", "nowhere"), "No such file"),
        (("refit", "--database", "postgresql://localhost/credence"), "not supported yet"),
        (("serve", "--database", "/nowhere/at/all.db"), "cannot be opened"),
        (("serve", "--database", ":memory:"), "cannot be shared"),
        (("serve", "--host", "192.0.2.1"), "Cannot listen"),
    ],
)
def test_what_goes_wrong_is_one_sentence(arguments: tuple[str, ...], reason: str, capsys: Captured) -> None:
    assert run(*arguments) == 1
    assert reason in sentence(capsys)


def test_a_refit_that_comes_to_no_number_is_one_sentence(
    tmp_path: Path, database: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.parts.LARGEST_WHOLE", 0)
    corpus = tmp_path / "corpus.json"
    corpus.write_text(json.dumps({"sources": [{"id": "cnn", "name": "CNN", "kind": "outlet"}]}))
    assert run("load", corpus) == 0
    with closing(open_database(str(database))) as ledger:
        no_number = struct.pack("8d", *[math.nan] * 8)
        ledger.execute("UPDATE node_sums SET sums = ?", [no_number])
        ledger.conn.commit()
    capsys.readouterr()
    assert run("refit") == 1
    assert "no finite number" in sentence(capsys)


def test_an_unknown_setting_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("CREDENCE_DATABSE", "kursk.db")
    assert run("refit") == 1
    assert "CREDENCE_DATABSE is not a setting" in sentence(capsys)
