"""Whoever writes: what the audit trail holds of them, and what they may write."""

from collections.abc import Sequence
from dataclasses import dataclass

from data.errors import BoundKeyError


@dataclass(frozen=True)
class Writer:
    """Whoever writes over HTTP; None stands for the command line in a writer's place.

    Parameters
    ----------
    name : str
        The name of the key.
    request_id : str or None
        The id of the request that the write came with.
    sources : sequence of str
        The sources that the key is bound to; a key that is bound to none writes for all.
    """

    name: str
    request_id: str | None = None
    sources: Sequence[str] = ()


def check_bounds(by: Writer | None, speaker: tuple[str, str] | None, via: Sequence[str]) -> None:
    """Refuse what a key that is bound to sources may not write.

    Parameters
    ----------
    speaker : (str, str) or None
        The field that names who speaks, and the source; None where the write says nothing for a source.
    via : sequence of str
        The sources that carry what is said.

    Raises
    ------
    BoundKeyError
        When the key is bound, and neither the speaker nor all of those who carry are its own.
    """
    if by is None or not by.sources:
        return
    bound = f"this key is bound to {', '.join(by.sources)}"
    if speaker is None:
        raise BoundKeyError("Authorization", f"{bound}, and may write their claims and corrections alone")
    field, source = speaker
    if source in by.sources or (via and all(carrier in by.sources for carrier in via)):
        return
    stranger = next((carrier for carrier in via if carrier not in by.sources), None)
    carried = "and nobody carries it" if stranger is None else f"and it is carried by {stranger!r}"
    raise BoundKeyError(field, f"is {source!r}, {carried}, but {bound}")
