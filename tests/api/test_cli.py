"""The command line: what it prints, and one sentence for what goes wrong."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from factories import make_source

from api.cli import main
from data import keys, sources
from data.database import open_database
from models.errors import DivergedError

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
    found = keys.find(ledger, out.strip(), at=datetime.now(UTC))
    assert found is not None
    assert (found.name, found.scope) == ("newsroom", "write")
    assert err == ""
    ledger.close()


def test_keys_are_listed_rotated_and_revoked(database: Path, capsys: Captured) -> None:
    with closing(open_database(str(database))) as ledger:
        sources.put(ledger, make_source("cnn"), at=datetime.now(UTC), by=None)
    run("keys", "create", "--scope", "write", "--name", "newsroom", "--source", "cnn", "--expires-in", "30")
    old = capsys.readouterr().out.strip()
    assert run("keys", "rotate", "newsroom", "--overlap", "2") == 0
    new = capsys.readouterr().out.strip()
    assert run("keys", "revoke", new[9:17]) == 0
    assert capsys.readouterr().err == f"Stopped {new[9:17]}.\n"
    assert run("keys", "list") == 0
    head, first, second = (line.split() for line in capsys.readouterr().out.splitlines())
    assert head == ["ID", "NAME", "SCOPE", "SOURCES", "MADE", "LAST", "USED", "ENDS"]
    assert (first[:4], second[:4]) == (
        [old[9:17], "newsroom", "write", "cnn"],
        [new[9:17], "newsroom", "write", "cnn"],
    )
    assert (first[-1] == "(ended)", second[-1] == "(ended)") == (False, True)
    with closing(open_database(str(database))) as ledger:
        assert keys.find(ledger, old, at=datetime.now(UTC)) is not None
        assert keys.find(ledger, new, at=datetime.now(UTC)) is None


def test_a_key_that_is_not_there_is_one_sentence(capsys: Captured) -> None:
    run("keys", "create", "--scope", "read", "--name", "newsroom")
    capsys.readouterr()
    for command in ("rotate", "revoke"):
        assert run("keys", command, "nobody") == 1
        assert "there is no key 'nobody'" in sentence(capsys)


def test_a_ledger_that_holds_together_is_told_check_by_check(database: Path, capsys: Captured) -> None:
    run("keys", "create", "--scope", "read", "--name", "newsroom")
    capsys.readouterr()
    assert run("verify") == 0
    out, err = capsys.readouterr()
    assert [line.partition(":")[0] for line in out.splitlines()] == [
        "integrity",
        "schema",
        "chain",
        "contents",
        "addresses",
        "events",
        "inputs",
        "scores",
    ]
    assert err == ""
    with closing(open_database(str(database))) as ledger:
        ledger.execute("DROP TRIGGER keys_refuse_update")
        ledger.execute("UPDATE keys SET scope = 'admin'")
    assert run("verify", database) == 1
    out, err = capsys.readouterr()
    assert "chain: entry 1 (create key" in out
    assert err == f"credence: {database} does not hold together: see the checks above.\n"


def test_a_backup_is_restored_and_what_was_there_is_kept(
    database: Path, tmp_path: Path, capsys: Captured
) -> None:
    run("keys", "create", "--scope", "read", "--name", "newsroom")
    run("backup", tmp_path / "copy.db")
    capsys.readouterr()
    assert run("restore", tmp_path / "copy.db") == 1
    assert "exists already" in sentence(capsys)
    assert run("restore", tmp_path / "copy.db", "--replace") == 0
    assert f"what was there is kept in {database}.before-" in capsys.readouterr().err
    assert run("verify") == 0


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
        (("verify",), "does not exist"),
        (("verify", "--database", "postgresql://localhost/credence"), "not supported yet"),
        (("restore", "nowhere.db"), "does not exist"),
        (("keys", "list"), "does not exist"),
        (("serve", "--database", "/nowhere/at/all.db"), "cannot be opened"),
        (("serve", "--database", ":memory:"), "cannot be shared"),
        (("serve", "--host", "192.0.2.1"), "Cannot listen"),
    ],
)
def test_what_goes_wrong_is_one_sentence(arguments: tuple[str, ...], reason: str, capsys: Captured) -> None:
    assert run(*arguments) == 1
    assert reason in sentence(capsys)


def test_a_refit_that_comes_to_no_number_is_one_sentence(
    database: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverge(*_: Any) -> None:
        raise DivergedError

    open_database(str(database)).close()
    monkeypatch.setattr("data.fits.fitted", diverge)
    capsys.readouterr()
    assert run("refit") == 1
    assert "no finite number" in sentence(capsys)


def test_an_unknown_setting_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("CREDENCE_DATABSE", "kursk.db")
    assert run("refit") == 1
    assert "CREDENCE_DATABSE is not a setting" in sentence(capsys)
