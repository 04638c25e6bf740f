"""The command line: ``credence``.

What goes wrong is one sentence on standard error and a non-zero exit.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from sqlite_utils import Database

from api.clock import now
from api.corpus import copy as copy_corpus
from api.corpus import load as load_corpus
from api.errors import ApiError, UnsoundError
from api.progress import bars
from api.server import DEFAULT_WORKERS
from api.server import serve as serve_app
from api.settings import Settings, read_settings
from api.trial import LOOPBACK, prepare
from data import keys as ledger_keys
from data import settlement
from data.backup import backup as backup_ledger
from data.backup import restore as restore_ledger
from data.database import open_database, open_to_read
from data.errors import LedgerError
from data.verification import verify as verify_ledger
from models.errors import ModelError

DEFAULT_PORT = 8000
# What expires later than in ten years is not meant to expire.
LONGEST_LIFE_DAYS = 3650
# Two keys for longer than a month are two keys, and no rotation.
LONGEST_OVERLAP_H = 31 * 24

database_option = click.option(
    "--database", metavar="URL", help="The ledger: a file, or sqlite:///path. [default: CREDENCE_DATABASE]"
)


def settings_for(database: str | None) -> Settings:
    """Return the settings, with the database that the command line names."""
    settings = read_settings(os.environ)
    return replace(settings, database=database) if database else settings


@contextmanager
def opened(database: str | None, *, create: bool = False) -> Iterator[Database]:
    """Open the ledger that the command line names, for the length of a block."""
    with closing(open_database(settings_for(database).database, create=create)) as ledger:
        yield ledger


@click.group()
@click.version_option(package_name="credence")
def credence() -> None:
    """Score how far a source is to be believed, on what, and why."""


@credence.command()
@database_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65535))
@click.option("--workers", default=DEFAULT_WORKERS, show_default=True, type=click.IntRange(1, 64))
def serve(database: str | None, host: str, port: int, workers: int) -> None:
    """Serve over HTTP until told to stop."""
    serve_app(settings_for(database), host=host, port=port, workers=workers)


@credence.command()
@database_option
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(1, 65535))
def trial(database: str | None, port: int) -> None:
    """Serve the Kursk record on this machine, and print a key and what to call first."""
    settings = settings_for(database)
    click.echo(prepare(settings, port=port, at=now()))
    serve_app(settings, host=LOOPBACK, port=port, workers=DEFAULT_WORKERS)


@credence.command()
@database_option
@click.argument("path", type=click.Path(path_type=Path))
def load(database: str | None, path: Path) -> None:
    """Load a corpus: a folder of JSON Lines files, or one JSON file.

    What is there already with the same content is left; everything is loaded, or nothing.
    """
    with opened(database, create=True) as ledger, bars() as progress:
        added = load_corpus(ledger, path, at=now(), progress=progress)
    click.echo(f"Loaded {_counted(added) or 'nothing new'}.", err=True)


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {noun}" for noun, number in counts.items() if number)


@credence.command()
@database_option
@click.argument("path", type=click.Path(path_type=Path))
def copy(database: str | None, path: Path) -> None:
    """Copy the record to a new folder of JSON Lines files, which `load` takes, while it is in use.

    Keys, the audit trail and when things were recorded stay: `backup` copies those too.
    """
    with closing(open_to_read(settings_for(database).database)) as ledger, bars() as progress:
        written = copy_corpus(ledger, path, progress=progress)
    click.echo(f"Copied {_counted(written) or 'nothing'} to {path}.", err=True)


@credence.command()
@database_option
def refit(database: str | None) -> None:
    """Fit the whole ledger again and store every score that moved, while it is in use."""
    with opened(database) as ledger, bars() as progress:
        settlement.settle(ledger, progress, is_anew=True)
    click.echo("Refitted.", err=True)


@credence.group()
def keys() -> None:
    """Manage the keys that open the service."""


@keys.command()
@database_option
@click.option("--scope", required=True, type=click.Choice(ledger_keys.KEY_SCOPES))
@click.option("--name", required=True, help="Who holds it: it stands beside every write.")
@click.option("--source", "sources", multiple=True, help="It writes for this source alone. Can be repeated.")
@click.option(
    "--expires-in", metavar="DAYS", type=click.IntRange(1, LONGEST_LIFE_DAYS), help="How long it opens."
)
def create(
    database: str | None, scope: str, name: str, sources: tuple[str, ...], expires_in: int | None
) -> None:
    """Make a key and print it, this once."""
    life = None if expires_in is None else timedelta(days=expires_in)
    with opened(database, create=True) as ledger:
        key = ledger_keys.create(ledger, name=name, scope=scope, sources=sources, expires_in=life, at=now())
    click.echo(key)


@keys.command("list")
@database_option
def list_keys(database: str | None) -> None:
    """List all keys, without their secrets."""
    with opened(database) as ledger:
        click.echo(_table(ledger_keys.every(ledger), at=now()))


def _table(keys: Sequence[ledger_keys.Key], *, at: datetime) -> str:
    """Return a line for each key, under a head; times are in UTC."""
    rows = [("ID", "NAME", "SCOPE", "SOURCES", "MADE", "LAST USED", "ENDS")]
    for key in keys:
        ends = _instant(key.ends_at) + ("" if key.is_open(at) else " (ended)")
        made, used = _instant(key.recorded_at), _instant(key.used_at)
        rows.append((key.id, key.name, key.scope, ",".join(key.sources) or "-", made, used, ends))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _instant(at: datetime | None) -> str:
    return "-" if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


@keys.command()
@database_option
@click.argument("name_or_id")
@click.option(
    "--overlap",
    metavar="HOURS",
    type=click.IntRange(0, LONGEST_OVERLAP_H),
    default=ledger_keys.ROTATION_OVERLAP // timedelta(hours=1),
    show_default=True,
    help="How long the old one still opens.",
)
def rotate(database: str | None, name_or_id: str, overlap: int) -> None:
    """Make a key in another's place and print it, this once."""
    with opened(database) as ledger:
        click.echo(ledger_keys.rotate(ledger, name_or_id, overlap=timedelta(hours=overlap), at=now()))


@keys.command()
@database_option
@click.argument("name_or_id")
def revoke(database: str | None, name_or_id: str) -> None:
    """Stop a key at once, or every key of a name."""
    with opened(database) as ledger:
        stopped = ledger_keys.revoke(ledger, name_or_id, at=now())
    click.echo(f"Stopped {', '.join(key.id for key in stopped)}.", err=True)


@credence.command()
@database_option
@click.argument("path", type=click.Path(path_type=Path))
def backup(database: str | None, path: Path) -> None:
    """Copy the ledger to a new file, while it is in use."""
    with opened(database) as ledger, bars() as progress:
        head = backup_ledger(ledger, path, progress)
    click.echo(f"Copied to {path}, up to {head or 'its start'}.", err=True)


@credence.command()
@database_option
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Keep the ledger that is there aside.")
def restore(database: str | None, path: Path, *, replace: bool) -> None:
    """Verify a backup, and put it in the place of a ledger that nobody uses."""
    settings = settings_for(database)
    aside = restore_ledger(path, settings.database, at=now(), is_replacing=replace)
    kept = f"; what was there is kept in {aside}" if aside else ""
    click.echo(f"Restored {settings.database} from {path}{kept}.", err=True)


@credence.command()
@database_option
@click.argument("path", required=False)
def verify(database: str | None, path: str | None) -> None:
    """Check that a ledger and its audit trail hold together, while it is in use."""
    is_sound = True
    with closing(open_to_read(path or settings_for(database).database)) as ledger:
        for check in verify_ledger(ledger):
            click.echo(f"{check.name}: {check.found}")
            is_sound = is_sound and check.is_passed
    if not is_sound:
        raise UnsoundError(path or settings_for(database).database)


@credence.command()
def openapi() -> None:
    """Print the OpenAPI document as YAML."""
    # Not above: the metrics look for their folder when they are imported, and `serve` names it.
    from api.app import create_app  # noqa: PLC0415
    from api.docs import document_yaml  # noqa: PLC0415

    click.echo(document_yaml(create_app(Settings())), nl=False)


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line."""
    try:
        return credence.main(arguments, prog_name="credence")
    except (ApiError, LedgerError, ModelError) as error:
        click.echo(f"credence: {error}", err=True)
        sys.exit(1)
