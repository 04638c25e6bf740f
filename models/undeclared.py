"""Undeclared copying in a ledger: the claims that declare no source, as a table for `models.copying`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from models.answer import Names
from models.attributions import Attributions
from models.axis import Array
from models.copying import Copying, find_copying
from models.dependence import Origin
from models.evidence import Evidence, Voice
from models.families import Copied, Families, Kin

# Two sources need this many such claims each before anything is searched for.
LEAST_CLAIMS = 10
# Of two answers a wrong one is the other one: sharing it tells nothing.
LEAST_ANSWERS = 3
# No claim loses its weight altogether: it was made, and might be its source's own.
LEAST_KEPT = 1e-6

Credences = Mapping[str, Array]


@dataclass(frozen=True)
class _Word:
    """A claim that names one answer, on its source's own word."""

    source: str
    question: str
    answer: str
    claim: str


def find_families(
    evidence: Mapping[str, Evidence], fit: Callable[[dict[str, Evidence]], Credences]
) -> Families:
    """Search a ledger for undeclared copying.

    Parameters
    ----------
    evidence : mapping of str to Evidence
        By question: all of the ledger.
    fit : function
        Fits such evidence anew and returns each question's credences. Not called where nothing is
        found at first sight.
    """
    words = sorted(_words(evidence), key=lambda word: (word.source, word.question))
    n_words = Counter(word.source for word in words)
    if sum(n >= LEAST_CLAIMS for n in n_words.values()) < 2:
        return Families()
    facts = Attributions.from_columns(
        [word.source for word in words], [word.question for word in words], [word.answer for word in words]
    )
    n_answers = np.array([len(evidence[word.question].question.answers) for word in words])
    posterior = np.zeros(facts.n_facts)

    def fit_weighted(weight: Array) -> Array:
        nonlocal posterior
        nobody = Kin("", 0, 0)
        copied = {
            words[row].claim: Copied(float(kept), nobody)
            for row, kept in zip(facts.claim_row, weight, strict=True)
            if kept < 1
        }
        posterior = _of_facts(facts, evidence, fit(discounted(evidence, copied)))
        return posterior

    found = find_copying(facts, fit_weighted, float(np.mean(1 / (n_answers - 1))))
    return _families(facts, words, found, posterior) if found.is_found else Families()


def discounted(evidence: Mapping[str, Evidence], copied: Mapping[str, Copied]) -> dict[str, Evidence]:
    """Return the evidence with copied claims at what they keep of their weight, and so their origins."""
    return {
        id_: _discounted(found, copied) if any(v.claim.id in copied for v in found.voices) else found
        for id_, found in evidence.items()
    }


def _discounted(found: Evidence, copied: Mapping[str, Copied]) -> Evidence:
    voices = tuple(_kept(voice, copied.get(voice.claim.id)) for voice in found.voices)
    weights = np.array([
        sum(voices[i].weight for i in origin.speaking) if _is_discounted(origin, voices) else weight
        for origin, weight in zip(found.origins, found.origin_weights, strict=True)
    ])  # fmt: skip
    return replace(found, voices=voices, origin_weights=weights)


def _kept(voice: Voice, copied: Copied | None) -> Voice:
    if copied is None or voice.weight == 0:
        return voice
    return replace(voice, weight=voice.weight * max(copied.kept, LEAST_KEPT), copied=copied)


def _is_discounted(origin: Origin, voices: tuple[Voice, ...]) -> bool:
    return any(voices[i].copied is not None for i in origin.speaking)


def _words(evidence: Mapping[str, Evidence]) -> list[_Word]:
    """Return the claims that a copy could hide among.

    What cites somebody, versions of one statement, and several voices of one body are dependent by
    what they declare, and weighed so already.
    """
    words = []
    for id_, found in evidence.items():
        if len(found.question.answers) < LEAST_ANSWERS:
            continue
        alone = [found.voices[origin.speaking[0]] for origin in found.origins if len(origin.speaking) == 1]
        n_voices = Counter(voice.body for voice in alone)
        for voice in alone:
            answer, claim = voice.standing.answer, voice.claim
            if not isinstance(answer, Names) or len(answer.names) > 1 or claim.cites or voice.weight == 0:
                continue
            if voice.coverage == 1 and n_voices[voice.body] == 1:
                words.append(_Word(claim.source, id_, answer.names[0], claim.id))
    return words


def _of_facts(facts: Attributions, evidence: Mapping[str, Evidence], credences: Credences) -> Array:
    posterior = np.empty(facts.n_facts)
    for i, (object_, value) in enumerate(zip(facts.fact_object, facts.fact_value, strict=True)):
        question = facts.objects[object_]
        point = evidence[question].axis.names.index(facts.values[value])
        posterior[i] = credences[question][point]
    return posterior


def _families(facts: Attributions, words: list[_Word], found: Copying, posterior: Array) -> Families:
    of_source: dict[int, set[int]] = defaultdict(set)
    for source, fact in zip(facts.claim_source, facts.claim_fact, strict=True):
        of_source[int(source)].add(int(fact))
    families: dict[int, list[tuple[Kin, set[int]]]] = defaultdict(list)
    for pair in zip(found.source.tolist(), found.partner.tolist(), strict=True):
        both = of_source[pair[0]] & of_source[pair[1]]
        n_errors = sum(posterior[fact] < 0.5 for fact in both)
        for one, other in (pair, pair[::-1]):
            families[one].append((Kin(facts.sources[other], len(both), int(n_errors)), both))
    for family in families.values():
        family.sort(key=lambda each: (-each[0].n_errors, -each[0].n_shared, each[0].source))
    copied = {}
    claims = zip(facts.claim_source, facts.claim_fact, facts.claim_row, found.weight, strict=True)
    for source, fact, row, kept in claims:
        if kept < 1:
            kin = next(kin for kin, both in families[int(source)] if int(fact) in both)
            copied[words[row].claim] = Copied(float(kept), kin)
    by_source = {facts.sources[s]: tuple(kin for kin, _ in family) for s, family in families.items()}
    return Families(copied, by_source)
