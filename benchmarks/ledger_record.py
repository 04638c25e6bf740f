"""A seeded ledger of any size, as the documents of a corpus: relays, corrections and quantities in it.

A thirtieth as many sources as claims, at least sixty, speak with Zipf-like activity (exponent 0.8, at
most about a thousand claims each at a million) on a tenth as many questions. One question in ten asks
for a quantity. Three sources in ten are members of a body, a tenth are unnamed. Three claims in ten are
carried by an outlet, a tenth only cite another claim of their question, a fifth are hedged. A twentieth
are corrected within a month. Each source is right with a probability of its own, Beta(4, 2).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

START = datetime(2015, 1, 1, tzinfo=UTC)
# All claims lie within ten years; a question is alive for thirty days.
SPAN_S = 10 * 365 * 86_400
ALIVE_S = 30 * 86_400
CLAIMS_PER_QUESTION = 10
CLAIMS_PER_SOURCE = 30
LEAST_SOURCES = 60
ACTIVITY = 0.8
N_ANSWERS = 4
N_FRONTS = 20
VANTAGES = ("direct", "operational", "national_intelligence", "relayed", "unknown")
WORDS = ("likely", "very likely", "almost certain", "probably")

Document = dict[str, Any]


class LedgerRecord:
    """The documents of a ledger of about `n_claims` claims; the same seed gives the same documents."""

    def __init__(self, n_claims: int, seed: int = 0) -> None:
        self.n_claims = n_claims
        self.n_questions = max(n_claims // CLAIMS_PER_QUESTION, 1)
        self.n_sources = max(n_claims // CLAIMS_PER_SOURCE, LEAST_SOURCES)
        self._random = np.random.default_rng(seed)
        self._accuracy = self._random.beta(4, 2, self.n_sources)
        activity = np.arange(1, self.n_sources + 1) ** -ACTIVITY
        self._activity = np.cumsum(activity / activity.sum())
        self._begins = np.sort(self._random.uniform(0, SPAN_S - ALIVE_S, self.n_questions))
        self._truth = self._random.integers(N_ANSWERS, size=self.n_questions)
        self._value = np.exp(self._random.normal(7, 1, self.n_questions))

    def scopes(self) -> list[Document]:
        """Return the scopes: fronts and their sectors."""
        return [{"path": f"front-{i}/sector-{j}", "share": 0.25} for i in range(N_FRONTS) for j in range(4)]

    def sources(self) -> Iterator[Document]:
        """Yield the sources, bodies first."""
        n_bodies = max(self.n_sources // 20, 2)
        for i in range(self.n_sources):
            kind = "organisation" if i < n_bodies else "outlet" if i % 10 < 3 else "person"
            kind = "unnamed" if i % 10 == 9 and i >= n_bodies else kind
            source: Document = {"id": f"s{i}", "name": f"Source {i}", "kind": kind}
            if kind == "person" and i % 2:
                source["member_of"] = f"s{i % n_bodies}"
            if kind != "unnamed":
                scope = f"front-{i % N_FRONTS}" + (f"/sector-{i % 4}" if i % 3 == 0 else "")
                source["mandates"] = [{"scope": scope, "vantage": VANTAGES[i % 5]}]
            yield source

    def questions(self) -> Iterator[Document]:
        """Yield the questions; every tenth asks for a quantity."""
        for i in range(self.n_questions):
            question: Document = {"id": f"q{i}", "text": f"Question {i}?", "scope": f"front-{i % N_FRONTS}"}
            if self._is_quantity(i):
                question["quantity"] = {"unit": "people", "scale": "log", "low": 10, "high": 1_000_000}
            else:
                question["answers"] = [f"a{j}" for j in range(N_ANSWERS)]
            yield question

    def claims(self) -> Iterator[Document]:
        """Yield the claims in the order of their questions, which is nearly that of time."""
        random, number = np.random.default_rng(int(self._random.integers(2**32))), 0
        for question in range(self.n_questions):
            left = self.n_claims - number if question == self.n_questions - 1 else CLAIMS_PER_QUESTION
            speakers = np.unique(np.searchsorted(self._activity, random.random(left)))
            speakers = random.permutation(np.append(speakers, speakers[: left - len(speakers)]))
            moments = np.sort(random.uniform(0, ALIVE_S, left)) + self._begins[question]
            for position, (speaker, moment) in enumerate(zip(speakers, moments, strict=False)):
                yield self._claim(
                    random,
                    number,
                    question,
                    speaker=int(speaker),
                    moment=float(moment),
                    earlier=speakers[:position],
                )
                number += 1

    def corrections(self) -> Iterator[Document]:
        """Yield the corrections: one for every twentieth claim."""
        random = np.random.default_rng(1)
        for claim in self.claims_again():
            if int(claim["id"][1:]) % 20:
                continue
            said = datetime.fromisoformat(claim["stated_at"])
            delay = timedelta(seconds=float(random.exponential(3 * 86_400)) + 60)
            kind = ("retract", "narrow", "deny", "reaffirm")[int(random.integers(4))]
            correction = {
                "claim": claim["id"],
                "kind": kind,
                "by": claim["source"],
                "stated_at": _text(said + delay),
            }
            if kind == "narrow":
                correction["scope"] = f"{claim['scope']}/sector-0"
            yield correction

    def claims_again(self) -> Iterator[Document]:
        """Yield the same claims as `claims` once more."""
        return LedgerRecord.claims(self._fresh())

    def another(self, random: np.random.Generator, claim: str, question: int) -> Document:
        """Return one more claim on a question, by any source."""
        speaker, moment = int(random.integers(self.n_sources)), self.begins(question) + ALIVE_S
        nobody = np.zeros(0, dtype=int)
        found = self._claim(random, 0, question, speaker=speaker, moment=moment, earlier=nobody)
        return {**found, "id": claim}

    def begins(self, question: int) -> float:
        """Return when a question comes up, in seconds from the start."""
        return float(self._begins[question])

    def _fresh(self) -> LedgerRecord:
        again = object.__new__(LedgerRecord)
        again.__dict__.update(self.__dict__)
        again._random = np.random.default_rng(self.n_claims)
        return again

    def _is_quantity(self, question: int) -> bool:
        return question % 10 == 9

    def _claim(
        self,
        random: np.random.Generator,
        number: int,
        question: int,
        *,
        speaker: int,
        moment: float,
        earlier: np.ndarray,
    ) -> Document:
        is_right = random.random() < self._accuracy[speaker]
        claim: Document = {
            "id": f"c{number}",
            "source": f"s{speaker}",
            "question": f"q{question}",
            "answer": self._answer(random, question, is_right=is_right),
            "scope": f"front-{question % N_FRONTS}",
            "stated_at": _text(START + timedelta(seconds=moment)),
        }
        if random.random() < 0.3:
            claim["via"] = [f"s{int(random.integers(self.n_sources))}"]
        if random.random() < 0.2:
            claim["certainty"] = WORDS[int(random.integers(len(WORDS)))]
        cited = int(earlier[0]) if len(earlier) else speaker
        if cited < speaker and random.random() < 0.1:
            # Whoever cites has the higher number, so that nobody cites itself by way of others.
            claim["cites"] = [f"s{cited}"]
        return claim

    def _answer(self, random: np.random.Generator, question: int, *, is_right: bool) -> Any:
        if self._is_quantity(question):
            off = random.normal(0, 0.1 if is_right else 1.0)
            value = float(np.clip(self._value[question] * np.exp(off), 11, 900_000))
            return {"about": float(f"{value:.2g}")}
        wrong = int(random.integers(1, N_ANSWERS))
        return f"a{self._truth[question] if is_right else (self._truth[question] + wrong) % N_ANSWERS}"


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
