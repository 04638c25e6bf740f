"""Undeclared copying in a ledger: found by shared rare errors, discounted, and told."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from factories import make_claim, make_question, make_source, moment

from models.answer import Names
from models.record import Claim, Record, SourceKind
from models.scoring import Scores

ANSWERS = tuple(f"answer {letter}" for letter in "abcdefgh")
N_QUESTIONS = 60
N_INDEPENDENT = 24
N_COPIERS = 16


def ledger(n_copiers: int = N_COPIERS, seed: int = 3) -> tuple[Record, dict[str, str]]:
    """A ledger in which some sources repeat one that is mostly wrong, and what is true of each question.

    The first answer of a question is true as often as any other.
    """
    random = np.random.default_rng(seed)
    truth = random.integers(len(ANSWERS), size=N_QUESTIONS)
    accuracy = np.append(0.35, random.beta(4, 3, N_INDEPENDENT - 1))
    said: dict[tuple[int, int], int] = {}
    for s in range(N_INDEPENDENT + n_copiers):
        for q in range(N_QUESTIONS):
            is_heard = random.random() < (0.9 if s == 0 else 0.4)
            is_copied = s >= N_INDEPENDENT and random.random() < 0.9
            if is_copied and (0, q) in said and random.random() < 0.7:
                said[s, q] = said[0, q]
            elif is_heard and not is_copied:
                wrong = (truth[q] + random.integers(1, len(ANSWERS))) % len(ANSWERS)
                is_right = random.random() < (accuracy[s] if s < N_INDEPENDENT else 0.6)
                said[s, q] = int(truth[q] if is_right else wrong)
    claims = [
        make_claim(
            f"q{q}-s{s}", source=f"s{s}", question=f"q{q}", answer=Names((ANSWERS[answer],)),
            stated_at=moment(1, s % 24),
        )
        for (s, q), answer in said.items()
    ]  # fmt: skip
    record = Record(
        {
            f"s{s}": make_source(f"s{s}", kind=SourceKind.ACCOUNT, mandates=())
            for s in range(N_INDEPENDENT + n_copiers)
        },
        {},
        {f"q{q}": make_question(f"q{q}", answers=ANSWERS) for q in range(N_QUESTIONS)},
        tuple(sorted(claims, key=lambda claim: (claim.stated_at, claim.id))),
    )
    return record, {f"q{q}": ANSWERS[answer] for q, answer in enumerate(truth)}
