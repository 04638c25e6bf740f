"""What is said of a source: its score in a sentence, and the reasons for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from models.proximity import bodies, of_one_body
from models.scales import JUDGED_CLAIMS_FLOOR
from models.terms import CONTRADICTED, FAULT, JUDGED, WEIGHTY
from models.wording import percent, some_of

if TYPE_CHECKING:
    from models.hearing import Hearing
    from models.source_score import Reliability

# A record of less than this many judged claims is told as none.
NOTHING_JUDGED = 0.05
# A share in the errors of its kind is told from here, in log-odds: a tenth of a per cent or so.
TOLD_LOG_ODDS = 0.005
# How many claims a reason names before it counts the rest.
NAMED_CLAIMS = 3
# How many errors it names before it says that there are more.
NAMED_FAULTS = 5


def summary(name: str, scope: str | None, held: Reliability, score: float) -> str:
    """Say in two sentences how likely a source is right, and how much of its record could be judged."""
    ground = f"speaking on {scope}" if scope else "on its own ground"
    if held.n_judged < NOTHING_JUDGED:
        judged = "None of its claims could be judged so far, so this rests on where it stood"
    elif held.n_judged < JUDGED_CLAIMS_FLOOR:
        judged = f"Only {held.n_judged:.1f} claims' worth of its record could be judged so far"
    else:
        judged = f"About {held.n_judged:.1f} claims' worth of its record could be judged"
    between = f"{percent(held.interval.low)} to {percent(held.interval.high)}"
    return (
        f"{name}, {ground}, is right with probability {percent(score)} ({between}): "
        f"it {held.factors[1].because}. {judged}."
    )


def corrections_because(
    hearing: Hearing, source: str, fault_term: float | None = None, besides: str | None = None
) -> str:
    """Say which errors corrections have put on a source's record.

    Parameters
    ----------
    fault_term : float or None
        What they take from its log-odds; None for all of them.
    besides : str or None
        A question whose own are left out.
    """
    fault_term = hearing.terms.of(source, FAULT) if fault_term is None else fault_term
    own = _faults(hearing, [source], besides)
    diverging = [claim.id for claim in hearing.charges(source, besides, is_version=True)]
    if diverging:
        named = [*diverging[:NAMED_CLAIMS], *(["more"] if len(diverging) > NAMED_CLAIMS else [])]
        own.append(f"its version differs from other carriers' in {', '.join(named)}")
    if own:
        return "; ".join(own)
    shared = _faults(hearing, of_one_body(source, hearing.record), besides)
    if shared:
        return "no error of its own, but it shares in its body's: " + "; ".join(shared)
    because = "no error of its own or of its body's" + ("" if besides is None else " on other questions")
    if fault_term < -TOLD_LOG_ODDS:
        kind = hearing.record.sources[source].kind.value
        because += f", but other sources of its kind ({kind}) have some"
    return because


def _faults(hearing: Hearing, sources: Iterable[str], besides: str | None) -> list[str]:
    """Say what some sources erred in: the first few errors, and that there are more."""
    claims = [claim for source in sources for claim in hearing.charges(source, besides, is_version=False)]
    named = [fault.because for claim in claims[:NAMED_FAULTS] for fault in hearing.standing(claim).faults]
    return [*named, "and more"] if len(claims) > NAMED_FAULTS else named


def consistency_because(hearing: Hearing, source: str) -> str:
    """Say which claims of a source another voice of its body contradicts."""
    contradicted = hearing.terms.of(source, CONTRADICTED)
    if not contradicted:
        return "no other voice of the same body contradicts its claims"
    named = _named(hearing.terms.contradicted.get(source, ()), round(contradicted))
    return f"another voice of the same body contradicts {named}"


def record_because(hearing: Hearing, source: str) -> str:
    """Say what a source's record rests on."""
    return "; ".join([_rests_on(hearing, source), *_family(hearing, source)])


def _rests_on(hearing: Hearing, source: str) -> str:
    terms = hearing.terms
    judged, n_weighty = terms.of(source, JUDGED), round(terms.of(source, WEIGHTY))
    chain = list(bodies(source, hearing.record))
    kin = chain[1].name if len(chain) > 1 else f"other sources of the kind {chain[0].kind.value}"
    if source in terms.named:
        held = f"{_named(terms.named[source], n_weighty)}, held against what others say"
        if judged < NOTHING_JUDGED:
            return f"{held}: nothing there to judge them by yet; otherwise taken as {kin}"
        return f"{held}, worth {judged:.1f} judged claims; shrunk towards {kin}"
    fellows = [other for other in of_one_body(source, hearing.record) if other in terms.named]
    if fellows:
        named = [claim for other in fellows for claim in terms.named[other]]
        n_fellow = round(sum(terms.of(other, WEIGHTY) for other in fellows))
        return f"no claim of its own carries weight; taken as its body, by {_named(named, n_fellow)}"
    return f"no claim of its own carries weight, so it is taken as {kin}"


def _family(hearing: Hearing, source: str) -> list[str]:
    kin = hearing.terms.families.kin.get(source, ())
    names = hearing.record.sources
    told = [each.because(names[each.source].name) for each in kin if each.source in names]
    n_more = len(kin) - 1
    return [told[0] + (f" with {n_more} more" if n_more else "")] if told else []


def _named(claims: Sequence[str], n_claims: int) -> str:
    """Name some of so many claims, and count the rest."""
    return some_of(claims, NAMED_CLAIMS, max(n_claims - len(claims), 0))
