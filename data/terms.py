"""The terms of the last fit, as they are stored: one row for each source and kind."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict

import numpy as np
from sqlite_utils import Database

from data.rows import to_json
from models.constants import Coefficient, Constants
from models.families import Copied, Families, Kin
from models.hierarchy import SourceTree
from models.record import Source
from models.terms import COLUMNS, FAULT, TRACK, VARIANCE, Charge, Terms

# Decimals of a number that are stored: far finer than a fit converges, so that one that went on from where
# another stood leaves the same bytes as one that began anew.
DECIMALS = 9
# Claims by which a source's faults are named, at most, and versions as many: the first; all weigh.
MOST_CHARGES = 20

_CHANGED = ", ".join(f"{name} = excluded.{name}" for name in (*COLUMNS, "claims"))
_UPSERT = (
    f"INSERT INTO terms (node, {', '.join(COLUMNS)}, claims) VALUES ({', '.join('?' * (len(COLUMNS) + 2))}) "  # noqa: S608
    f"ON CONFLICT (node) DO UPDATE SET {_CHANGED}"
)
_OF_NODES = (
    f"SELECT node, claims, {', '.join(COLUMNS)} FROM terms "  # noqa: S608 - our names
    "WHERE node IN (SELECT value FROM json_each(?))"
)
_KIN = """
SELECT source, kin, n_shared, n_errors FROM families
WHERE source IN (SELECT value FROM json_each(?)) ORDER BY source, n_errors DESC, n_shared DESC, kin"""
_COPIED = "SELECT claim, kept, kin, n_shared, n_errors FROM copied_claims JOIN families USING (source, kin)"
_COPIED_OF = f"{_COPIED} WHERE claim IN (SELECT value FROM json_each(?))"  # noqa: S608 - ours


def rounded(terms: Terms) -> Terms:
    """Return terms as they are stored and read again."""
    values = {name: getattr(terms, name) for name in terms.__dataclass_fields__}
    values |= {
        # Nothing is stored as minus zero.
        "columns": np.round(terms.columns, DECIMALS) + 0.0,
        "widths": np.round(terms.widths, DECIMALS),
        "guesses": {names: np.round(guess, DECIMALS) for names, guess in terms.guesses.items()},
        "coefficients": {
            name: Coefficient(round(found.value, DECIMALS), round(found.width, DECIMALS))
            for name, found in terms.coefficients.items()
        },
    }
    return Terms(**values)


def store(db: Database, terms: Terms, before: Terms | None) -> None:
    """Store terms inside the caller's transaction, over those that another fit left.

    Parameters
    ----------
    before : Terms or None
        Those that are known to be stored: only what differs is written.
    """
    db.conn.executemany(_UPSERT, _rows(terms, _changed(terms, before)))
    if before is None or before.families != terms.families:
        _store_families(db, terms.families)


def learned(terms: Terms) -> str:
    """Return what a fit learned across the ledger, as it is stored."""
    guesses = [[list(names), guess.tolist()] for names, guess in sorted(terms.guesses.items())]
    coefficients = {name: asdict(found) for name, found in terms.coefficients.items()}
    return to_json({"widths": terms.widths.tolist(), "guesses": guesses, "coefficients": coefficients})


def stored(
    db: Database, learned: str, sources: Mapping[str, Source], claims: Collection[str] | None = None
) -> Terms:
    """Return the stored terms of some sources and all their bodies.

    A source that came after the fit has its body's terms, or its kind's, and the doubt of one who has said
    nothing.

    Parameters
    ----------
    learned : str
        What `learned` gave.
    claims : collection of str or None
        Claims of which it is asked whether they were likely copied; None for all.
    """
    document = json.loads(learned)
    tree, widths = SourceTree.of_sources(sources), np.array(document["widths"])
    columns, claims_of = np.zeros((len(tree.names), len(COLUMNS))), {}
    unknown = np.ones(len(tree.names), dtype=bool)
    found = db.execute(_OF_NODES, [to_json(tree.names)]).fetchall()
    places = tree.places([node for node, *_ in found])
    unknown[places] = False
    for place, (node, named, *numbers) in zip(places, found, strict=True):
        columns[place] = numbers
        if named is not None:
            claims_of[node] = json.loads(named)
    for nodes in [np.flatnonzero(tree.depth == 0), *tree.levels]:
        new = nodes[unknown[nodes]]
        columns[new, VARIANCE] = widths[tree.edge[new]] ** 2
        below = new[tree.parent[new] >= 0]
        up = tree.parent[below]
        columns[below, TRACK], columns[below, FAULT] = columns[up, TRACK], columns[up, FAULT]
        columns[below, VARIANCE] += columns[up, VARIANCE]
    return Terms(
        elicited=Constants(),
        coefficients={name: Coefficient(**found) for name, found in document["coefficients"].items()},
        widths=widths,
        guesses={tuple(names): np.array(guess) for names, guess in document["guesses"]},
        families=_families(db, sources, claims),
        tree=tree,
        columns=columns,
        named={source: tuple(found[0]) for source, found in claims_of.items() if found[0]},
        contradicted={source: tuple(found[1]) for source, found in claims_of.items() if found[1]},
        charged={
            source: tuple(Charge(claim, bool(is_version)) for claim, is_version in found[2])
            for source, found in claims_of.items()
            if found[2]
        },
    )


def _changed(terms: Terms, before: Terms | None) -> Iterable[int]:
    """Return the nodes that are stored otherwise, or not yet."""
    names = terms.tree.names
    if before is None:
        return range(len(names))
    # The last place, -1, is that of a new one.
    known = np.vstack([before.columns, np.full(len(COLUMNS), np.nan)])
    moved = (terms.columns != known[before.tree.places(names)]).any(axis=1)
    claims = [(getattr(terms, what), getattr(before, what)) for what in ("named", "contradicted", "charged")]
    moved |= np.array(
        [any(now.get(name) != then.get(name) for now, then in claims) for name in names], dtype=bool
    )
    return np.flatnonzero(moved).tolist()


def _rows(terms: Terms, nodes: Iterable[int]) -> Iterable[tuple[object, ...]]:
    for node in nodes:
        name = terms.tree.names[node]
        claims = [
            list(terms.named.get(name, ())),
            list(terms.contradicted.get(name, ())),
            [list(charge) for charge in _first(terms.charged.get(name, ()))],
        ]
        yield name, *terms.columns[node].tolist(), to_json(claims) if any(claims) else None


def _first(charges: Sequence[Charge]) -> list[Charge]:
    """Return the first charges of either kind."""
    return [
        charge
        for is_version in (False, True)
        for charge in [each for each in charges if each.is_version is is_version][:MOST_CHARGES]
    ]


def _store_families(db: Database, families: Families) -> None:
    db.execute("DELETE FROM copied_claims")
    db.execute("DELETE FROM families")
    db.conn.executemany(
        "INSERT INTO families VALUES (?, ?, ?, ?)",
        [
            (source, kin.source, kin.n_shared, kin.n_errors)
            for source, found in families.kin.items()
            for kin in found
        ],
    )
    db.conn.executemany(
        "INSERT INTO copied_claims SELECT id, source, ?, ? FROM claims WHERE id = ?",
        [(copied.kin.source, copied.kept, claim) for claim, copied in families.copied.items()],
    )


def _families(db: Database, sources: Collection[str], claims: Collection[str] | None) -> Families:
    kin: dict[str, tuple[Kin, ...]] = {}
    for source, *found in db.execute(_KIN, [to_json(sorted(sources))]):
        kin[source] = (*kin.get(source, ()), Kin(*found))
    rows = db.execute(_COPIED) if claims is None else db.execute(_COPIED_OF, [to_json(sorted(claims))])
    copied = {claim: Copied(kept, Kin(*found)) for claim, kept, *found in rows}
    return Families(copied, kin)
