"""The covariates of a claim: what is known of who made it before any record, and the words for it.

One entry of `COVARIATES` is all that a factor needs: how much a claim holds of which coefficients
(`models.constants`), and the reason in words. The fit, the scores and the documents go through the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.axis import Array
from models.constants import COLUMN
from models.grouping import Flags
from models.proximity import Amounts, Gain, Proximity
from models.record import Claim, Record, Vantage
from models.scope import contains
from models.wording import listed

if TYPE_CHECKING:
    from models.evidence import Voice
    from models.voices import Voices

VANTAGE_WORDS = {
    Vantage.DIRECT: "was present, itself or through its own unit,",
    Vantage.OPERATIONAL: "holds operational reporting",
    Vantage.NATIONAL_INTELLIGENCE: "assesses from outside by its own collection",
    Vantage.RELAYED: "repeats others",
    Vantage.UNKNOWN: "claims an access that is not established",
}


@dataclass(frozen=True)
class Covariate:
    """One thing that is known of a claim before any record.

    Parameters
    ----------
    name : str
    factor : str
        The factor of a score that it is a part of: its own, or one that stands in `FACTORS` already.
    label : str
        What readers see as the name of its factor.
    coefficients : tuple of str
        Those that it rests on; no other covariate rests on them.
    held : function of Voices to arrays of shape (n_claims,), one for each of these
        How much of it each claim holds.
    because : function of (Voice, Record)
        The reason in words; also where it holds nothing.
    is_first : bool
        Whether it counts in what a claim says on its own, by which origins are weighed.
    """

    name: str
    factor: str
    label: str
    coefficients: tuple[str, ...]
    held: Callable[[Voices], Iterable[Array | Flags]]
    because: Callable[[Voice, Record], str]
    is_first: bool = True

    def amounts(self, voice: Voice) -> Amounts:
        """Return what a claim holds of each coefficient; empty where it holds nothing."""
        found = ((name, float(voice.held[COLUMN[name]])) for name in self.coefficients)
        return tuple((name, amount) for name, amount in found if amount)


def table(rows: Sequence[Amounts], coefficients: tuple[str, ...]) -> Array:
    """Return amounts, a row each, in columns of some coefficients."""
    place = {name: k for k, name in enumerate(coefficients)}
    columns = np.zeros((len(rows), len(coefficients)))
    for row, amounts in enumerate(rows):
        for name, amount in amounts:
            columns[row, place[name]] += amount
    return columns


def proximity_because(near: Proximity, record: Record, claim: Claim | None = None) -> str:
    """Say how close a source stood; to what a claim of it says, where one is given."""
    if claim is None or not (claim.vantage or claim.cites):
        because = _ground(near) + ("; unnamed" if near.is_unnamed else "")
    elif claim.vantage is not None:
        because = f"{VANTAGE_WORDS[near.vantage]} ({claim.vantage_because or 'stated for this claim'})"
    else:
        because = "repeats " + listed([record.sources[cited].name for cited in claim.cites])
    if claim is None or not claim.via:
        return because
    carriers = ", then ".join(record.sources[carrier].name for carrier in claim.via)
    return f"{because}; carried by {carriers}"


def _ground(near: Proximity) -> str:
    if near.mandate is None:
        return "has no mandate there" if near.scope else "has no mandate anywhere"
    words = VANTAGE_WORDS[near.mandate.vantage]
    if contains(near.mandate.scope, near.scope):
        return f"{words} on {near.mandate.scope}"
    return f"{words} on {near.mandate.scope} alone, which is {near.share:.0%} of {near.scope}"


def stake_because(gain: Gain, record: Record) -> str:
    """Say what an assertion does for the interest of who asserts it."""
    if gain.body is None:
        return "no stake in this answer is declared"
    name = record.sources[gain.body].name
    if gain.amounts[0][0] == "stake_served":
        return f"{name} gains from this answer, so it counts for less"
    return f"{name} admits what goes against its own interest"


def consistency_because(voice: Voice, _: Record) -> str:
    """Say who of the same body contradicts a claim."""
    other = voice.contradicted_by
    if other is None:
        return "no other voice of the same body contradicts it"
    return f"{other.claim.id}, from the same body, says {other.answer} instead"


def _revision_because(voice: Voice, _: Record) -> str:
    if not voice.standing.revised:
        return "its own side has not changed its answer"
    return "its own side gave up another answer for it"


PROXIMITY = (*(f"vantage_{vantage.value}" for vantage in Vantage), "anonymity", "carrier")
STAKE = ("stake_served", "stake_admission")


def _of_stakes(voices: Voices) -> Array:
    held = np.zeros((len(voices.claims), len(STAKE)))
    if voices.gains:
        held[list(voices.gains)] = table([gain.amounts for gain in voices.gains.values()], STAKE)
    return held.T


COVARIATES = (
    Covariate(
        "proximity",
        "proximity",
        "How close it stood",
        PROXIMITY,
        lambda voices: table([near.amounts for near in voices.nears], PROXIMITY)[voices.near].T,
        lambda voice, record: proximity_because(voice.proximity, record, voice.claim),
    ),
    Covariate(
        "stake",
        "stake",
        "What it gains",
        STAKE,
        _of_stakes,
        lambda voice, record: stake_because(voice.gain, record),
    ),
    Covariate(
        "consistency",
        "consistency",
        "Its own body's other voices",
        ("contradiction",),
        lambda voices: [voices.is_contradicted],
        consistency_because,
    ),
    # What its own side gave up is a correction, and told with those; it is no part of what is said at first.
    Covariate(
        "revision",
        "corrections",
        "Corrections",
        ("revision",),
        lambda voices: [voices.revised],
        _revision_because,
        is_first=False,
    ),
)
# Every factor that a score may hold, by its name in the contract, as readers see it.
FACTORS = {
    "baseline": "Where it starts",
    **{covariate.factor: covariate.label for covariate in COVARIATES},
    "track_record": "Track record",
    "other_claims": "What others say",
    "shared_doubt": "One error behind all",
    "resolution": "What proved true",
    "evidence_for": "What speaks for it",
    "evidence_against": "What speaks against it",
}
