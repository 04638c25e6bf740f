"""The one line about an article for its editor: what has been corrected since, and what to act on."""

from __future__ import annotations

from collections.abc import Sequence

from models.answer import Answer, Values
from models.article import Article, CarriedClaim
from models.record import Claim
from models.scope import name_of
from models.standing import Consequence, ConsequenceKind, Side
from models.wording import day, listed, percent

# Corrections that are told one by one; what more there is stands in the answer.
MOST_TOLD = 3
# A resolved question's claims stand near 0 or 1.
PROVED_TRUE_ABOVE = 0.5
# A claim, and the correction of it that is told.
Corrected = tuple[CarriedClaim, Consequence]


def article_summary(article: Article) -> str:
    """Return what an editor has to know, in one line: first what asks for a change to the article."""
    if not article.n_claims:
        return _of_corrections(article)
    parts = [
        _corrected_since(article),
        _resolved_since(article),
        _moved(article),
        _corrected_before(article),
    ]
    told = [part for part in parts if part]
    if not told:
        told = [_nothing(article)]
    if article.corrections:
        told.append(_of_corrections(article))
    # Of how many is said once.
    head, all_of_them, tail = " ".join(told).partition(f"of the {_claims(article)}")
    return head + all_of_them + tail.replace(all_of_them or "\0", "of them")


def _corrected_since(article: Article) -> str:
    corrected = [(each, found[-1]) for each in article.claims if (found := each.taken(each.since))]
    if not corrected:
        return ""
    n = len(corrected)
    has = "has" if n == 1 else "have"
    done = _corrected_or_disputed(corrected)
    return f"{_of_all(n, article)} {has} been {done} since it appeared: {_told(corrected, article)}."


def _corrected_or_disputed(corrected: Sequence[Corrected]) -> str:
    words = {False: "corrected", True: "disputed"}
    found = {came.kind is ConsequenceKind.DISPUTED for _, came in corrected}
    return " or ".join(words[is_dispute] for is_dispute in sorted(found))


def _told(corrected: Sequence[Corrected], article: Article) -> str:
    """Tell of corrections, those of one source's claims by the same words together."""
    groups: dict[tuple[object, ...], list[Corrected]] = {}
    for each, came in corrected:
        done = _done(came, each.claim, article)
        said = (each.claim.source, done, came.correction.by, came.correction.stated_at)
        groups.setdefault(said, []).append((each, came))
    sentences = [_one(group, article) for group in groups.values()]
    if len(sentences) > MOST_TOLD:
        sentences = [*sentences[:MOST_TOLD], f"and {len(sentences) - MOST_TOLD} more"]
    return "; ".join(sentences)


def _one(group: Sequence[Corrected], article: Article) -> str:
    each, came = group[0]
    name = article.record.sources[each.claim.source].name
    by = article.record.sources[came.correction.by].name
    who = {Side.AUTHOR: "its own source", Side.BODY: f"its own side, {by},"}.get(came.side, by)
    whose = _whose(each, article) if len(group) == 1 else f"{len(group)} of {name}'s"
    if all(other.through for other, _ in group):
        whose += ", carried by relay,"
    verb = "was" if len(group) == 1 else "were"
    done = _done(came, each.claim, article)
    said = f"{whose} {verb} {done} by {who} on {day(came.correction.stated_at)}"
    return said + (_scores(each) if len(group) == 1 else "")


def _whose(each: CarriedClaim, article: Article) -> str:
    """Say which claim it is: whose, and what it says."""
    name = article.record.sources[each.claim.source].name
    return f"{name}'s {_asserted(each.claim.answer, each.claim.question, article)}"


def _asserted(answer: Answer, question: str, article: Article) -> str:
    if not isinstance(answer, Values):
        return f"“{answer}”"
    asked = (each.question.quantity for each in article.questions if each.question.id == question)
    quantity = next(asked, None)
    return f"“{answer} {quantity.unit}”" if quantity else f"“{answer}”"


def _done(came: Consequence, claim: Claim, article: Article) -> str:
    correction = came.correction
    if came.kind is ConsequenceKind.DISPUTED:
        return came.phrase()
    if correction.scope is not None:
        return came.phrase(f"“{name_of(correction.scope, article.record.scopes)}”")
    if correction.answer is not None:
        return came.phrase(_asserted(correction.answer, claim.question, article))
    return came.phrase()


def _scores(each: CarriedClaim) -> str:
    if each.then is None or each.then.score is None or each.now.score is None:
        return "" if each.now.score is not None else " (what is left of it cannot be judged)"
    standing = each.standing
    left = " for what is left of it" if standing.is_standing and standing.is_changed else ""
    return f" ({percent(each.then.score)} then, {percent(each.now.score)} now{left})"


def _resolved_since(article: Article) -> str:
    resolved = {
        each.question.id
        for each in article.questions
        if each.resolution and article.published_at and each.resolution.resolved_at > article.published_at
    }
    about = [each for each in article.claims if each.claim.question in resolved and not each.is_corrected]
    wrong = sum(each.now.score is not None and each.now.score <= PROVED_TRUE_ABOVE for each in about)
    right = sum(each.now.score is not None and each.now.score > PROVED_TRUE_ABOVE for each in about)
    if not wrong and not right:
        return ""
    proved = listed([f"{n} proved {word}" for n, word in ((wrong, "wrong"), (right, "true")) if n])
    return f"Since it appeared some of what it says was settled: of the {_claims(article)}, {proved}."


def _moved(article: Article) -> str:
    resolved = {each.question.id for each in article.questions if each.resolution}
    open_ = [each for each in article.claims if not each.is_corrected and each.claim.question not in resolved]
    parts: list[str] = []
    for word in ("weaker", "stronger"):
        moved = [each for each in open_ if each.moved == word]
        if moved:
            most = max(moved, key=lambda each: abs(each.shift))
            whose = _whose(most, article)
            stand = "stands" if len(moved) == 1 else "stand"
            most_of_all = whose if len(moved) == 1 else f"most of all {whose}"
            number = _of_all(len(moved), article) if not parts else str(len(moved))
            parts.append(f"{number} {stand} {word} than when it appeared, {most_of_all}{_scores(most)}")
    return f"{', and '.join(parts)}." if parts else ""


def _corrected_before(article: Article) -> str:
    missed = [(each, found[-1]) for each in article.claims if (found := _missed(each, article))]
    if not missed:
        return ""
    done = _corrected_or_disputed(missed)
    had = f"had been {done} by the time it appeared, and no correction is recorded under its address"
    return f"{_of_all(len(missed), article)} {had}: {_told(missed, article)}."


def _missed(each: CarriedClaim, article: Article) -> list[Consequence]:
    """Return what the article does not tell of what came before it, unless more of its kind came since."""
    since = {came.kind for came in each.taken(each.since)}
    missed = each.taken([came for came in each.before if not article.carries(came.correction)])
    return [came for came in missed if ConsequenceKind.CHANGED not in since and came.kind not in since]


def _nothing(article: Article) -> str:
    if not article.claims:
        return f"No claim is shown here, out of {article.n_claims} in this article."
    if len(article.claims) == 1:
        found = "cannot be judged" if article.claims[0].now.score is None else "stands as it did then"
        return f"The {_claims(article)} has not been corrected since it appeared, and {found}."
    if all(each.now.score is None for each in article.claims):
        found = "none can be judged"
    else:
        found = "none stands markedly stronger or weaker"
    return f"None of the {_claims(article)} has been corrected since it appeared, and {found}."


def _of_corrections(article: Article) -> str:
    n = len({correction.claim for correction in article.corrections})
    carries = "It carries" if article.n_claims else "This article carries no claim, but"
    return f"{carries} the correction of {n} claim{'' if n == 1 else 's'} itself."


def _of_all(n: int, article: Article) -> str:
    return f"The {_claims(article)}" if article.n_claims == 1 else f"{n} of the {_claims(article)}"


def _claims(article: Article) -> str:
    shown = len(article.claims)
    if shown < article.n_claims:
        return f"{shown} claims shown here, out of {article.n_claims} in this article,"
    return "claim in this article" if shown == 1 else f"{shown} claims in this article"
