"""Prose: times, numbers and scores as people read them on a page."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from models import wording
from models.constants import Constants
from models.covariates import FACTORS
from models.record import Record, Source
from models.scales import LETTER_WORDS, icd203
from models.scope import name_of
from models.standing import StandingKind
from models.standings import Standings
from models.wording import day, instant, listed, stated

# Of what happened at one moment, a page names so much.
MOST_TOLD = 8
# https://www.w3.org/TR/xml/#charsets
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
CANNOT_BE_JUDGED = "cannot be judged"

# What a claim does to the log-odds of its answer, in words: a half is about twelve points of a hundred near
# an even chance, one about a quarter.
EFFECTS = ((0.05, ""), (0.25, "a little"), (0.75, "somewhat"))
LARGEST_EFFECT = "much"

STANDINGS = {kind.value: kind.value for kind in StandingKind} | {"as_stated": "stands as stated"}
INDEPENDENCE = {
    "independent": "known to be independent of each other",
    "not_established": "whose independence is not established",
    "single_origin": "a single origin",
}
VANTAGES = {
    "direct": "was there, itself or through its own unit",
    "operational": "holds operational reporting",
    "national_intelligence": "assesses from outside, by its own collection",
    "relayed": "repeats others",
    "unknown": "access not established",
}
KINDS = {
    "person": "Person",
    "organisation": "Organisation",
    "unnamed": "Unnamed source",
    "outlet": "Outlet",
    "account": "Account",
}


def percent(probability: float | None) -> str:
    """Write a probability as a page does, ``57%``; nothing unjudged is told as a number."""
    return CANNOT_BE_JUDGED if probability is None else wording.percent(probability)


def between(low: float | None, high: float | None) -> str:
    """Write an interval of probabilities as a page does, ``22–63%``."""
    return CANNOT_BE_JUDGED if low is None or high is None else wording.between(low, high)


def number(value: float | None) -> str:
    """Write a quantity's value, with commas between thousands."""
    return CANNOT_BE_JUDGED if value is None else wording.number(value)


def likelihood(probability: float | None) -> str:
    """Return the ICD 203 word of a probability."""
    return CANNOT_BE_JUDGED if probability is None else icd203(probability)


def happened_at(at: datetime) -> str:
    """Write when something happened: of what counts from a day's end, only the day is known."""
    return day(at) if _is_days_end(at) else instant(at)


def moment(at: datetime) -> str:
    """Write a moment that is asked about: the last second of a day is that day's end."""
    return f"the end of {day(at)} (UTC)" if _is_days_end(at) else instant(at)


def _is_days_end(at: datetime) -> bool:
    return (at.hour, at.minute, at.second) == (23, 59, 59)


def delay(of: timedelta) -> str:
    """Write how long something took, in days, hours or minutes."""
    for name, unit in (("day", timedelta(days=1)), ("hour", timedelta(hours=1))):
        n = int(of / unit)
        if n > (1 if name == "day" else 0):
            return f"{n} {name}s" if n > 1 else f"{n} {name}"
    return "less than an hour"


def effect(log_odds: float, answer: str = "it") -> str:
    """Say how much a claim raises or lowers the answer that it asserts."""
    size = next((word for most, word in EFFECTS if abs(log_odds) < most), LARGEST_EFFECT)
    if not size:
        return f"hardly moves {answer}"
    return f"{'raises' if log_odds > 0 else 'lowers'} {answer} {size}"


def signed(value: float) -> str:
    """Write a number with its sign, ``+0.31``."""
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def quoted(text: str) -> str:
    """Set the quotation marks of a score's own sentences as this page's are."""
    return re.sub(r'"([^"]*)"', r"“\1”", text)


def for_xml(text: str) -> str:
    """Return a text with a mark for each character that XML cannot hold."""
    return NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def counted(n: int, noun: str, plural: str = "") -> str:
    """Write a number of things, ``1 claim``, ``4 claims``."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def scope_name(path: str, record: Record) -> str:
    """Return what a scope is called; its path where it has no name."""
    return name_of(path, record.scopes)


def source_name(source_id: str, record: Record) -> str:
    """Return what a source is called."""
    source: Source | None = record.sources.get(source_id)
    return source.name if source else source_id


def happened(
    events: Sequence[Mapping[str, str]], record: Record, standings: Standings
) -> list[tuple[str, str]]:
    """Say what happened at a moment, one link and its words for each source that spoke or corrected."""
    claims = {claim.id: claim for claim in record.claims}
    by_source: dict[str, list[Mapping[str, str]]] = {}
    found: list[tuple[str, str]] = []
    for event in events:
        if event["type"] == "claim":
            by_source.setdefault(event["source"], []).append(event)
        elif event["type"] == "correction":
            came = standings.consequence(event["id"], event["claim"])
            corrected = claims.get(event["claim"])
            whose = f"{source_name(corrected.source, record)}’s claim" if corrected else event["claim"]
            done = "corrected" if came is None else came.phrase()
            by = source_name(event["by"], record)
            found.append((f"/claims/{event['claim']}", f"{whose} {done} by {by}"))
        else:
            found.append((f"/questions/{event['id']}", "resolved"))
    for source, said in by_source.items():
        name = source_name(source, record)
        words = name if len(said) == 1 else f"{name} ({len(said)} claims)"
        found.append((f"/claims/{said[0]['id']}", words))
    if len(found) > MOST_TOLD:
        return [*found[:MOST_TOLD], ("#evidence", f"and {len(found) - MOST_TOLD} more")]
    return found


def grade(admiralty: str | None) -> str:
    """Say what an Admiralty letter means for a source."""
    return LETTER_WORDS[admiralty[0]] if admiralty else CANNOT_BE_JUDGED


FILTERS: dict[str, Callable[..., object]] = {
    function.__name__: function
    for function in (
        percent,
        between,
        number,
        likelihood,
        day,
        instant,
        stated,
        happened_at,
        moment,
        delay,
        effect,
        signed,
        quoted,
        listed,
        grade,
    )
}
WORDS = {
    "LEVEL": percent(Constants().interval_level),
    "STANDINGS": STANDINGS,
    "INDEPENDENCE": INDEPENDENCE,
    "VANTAGES": VANTAGES,
    "KINDS": KINDS,
    "FACTORS": FACTORS,
    "counted": counted,
    "scope_name": scope_name,
    "source_name": source_name,
}
