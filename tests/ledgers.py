"""Random ledgers for the property-based tests: small, tangled, and valid."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from factories import (
    make_claim,
    make_correction,
    make_quantity_question,
    make_question,
    make_resolution,
    make_source,
    moment,
)
from hypothesis import strategies as st
from sqlite_utils import Database

from data import claims, corrections, questions, resolutions, scopes, settlement, sources
from data.database import writing
from data.errors import TakenIdError, UnknownIdError, UnknownReferenceError
from models import list_figures
from models.answer import Names, Quantity, Values
from models.constants import Constants
from models.credence import LEDGER_TOL, CredenceModel
from models.evidence_reader import EvidenceReader
from models.record import (
    Claim,
    Correction,
    CorrectionKind,
    Mandate,
    Question,
    Record,
    Resolution,
    Scope,
    Source,
    SourceKind,
    Stake,
    Vantage,
)
from models.terms import Terms

START = datetime(2025, 1, 1, tzinfo=UTC)
PATHS = ("front", "front/north", "front/south", "front/north/bridge", "sea")
# When the first value of a record is written into a ledger; each further one a second later.
RECORDED = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ("alpha", "beta", "gamma", "delta")
LETTERS = tuple("abcdefgh")
# Of a ledger in which some copy: its questions, those who speak for themselves, those who copy.
N_QUESTIONS, N_INDEPENDENT, N_COPIERS = 60, 24, 8

ADD = {
    Source: sources.put,
    Scope: scopes.put,
    Question: questions.put,
    Claim: claims.add,
    Correction: corrections.add,
    Resolution: resolutions.add,
}


def parts(record: Record) -> list[Any]:
    """Return the values of a record, references first."""
    return [
        *record.sources.values(),
        *record.scopes.values(),
        *record.questions.values(),
        *record.claims,
        *record.corrections,
        *record.resolutions.values(),
    ]


def write(db: Database, values: Iterable[Any], *, start: datetime = RECORDED) -> datetime:
    """Write values in one change; what refers to something that is not there yet waits for it.

    The same correction twice is written once. Returns when the last one was recorded.
    """
    waiting, at = list(values), start
    with writing(db):
        while waiting:
            left = []
            for value in waiting:
                try:
                    ADD[type(value)](db, value, at=at)
                    at += timedelta(seconds=1)
                except (UnknownReferenceError, UnknownIdError):
                    left.append(value)
                except TakenIdError:
                    assert isinstance(value, Correction)
            assert len(left) < len(waiting), f"nothing will ever be there for {left}"
            waiting = left
    settlement.settle(db)
    return at - timedelta(seconds=1)


def figures_of(record: Record, terms: Terms | None = None) -> dict[tuple[str, str], list[Any]]:
    """What lists sort by of all that a record holds: score, low, high, and a question's answers."""
    terms = terms or CredenceModel(tol=LEDGER_TOL).fit(record).terms_
    columns = EvidenceReader(record, Constants()).voices(record.questions.values()).columns
    listed = [
        *list_figures.of_sources(record, terms, record.sources),
        *list_figures.of_questions(columns, terms),
    ]
    found = {(kind, id_): figures for kind, id_, *figures in listed}
    assert len(found) == len(listed)
    return found


@st.composite
def records(draw, *, min_claims=0, max_claims=12, corrections=True, resolutions=True):
    """A record of a few sources, bodies among them, on a few questions."""
    sources = {}
    for i in range(draw(st.integers(2, 7))):
        bodies = [id_ for id_, source in sources.items() if source.kind is SourceKind.ORGANISATION]
        sources[f"s{i}"] = Source(
            id=f"s{i}",
            name=f"Source {i}",
            kind=draw(st.sampled_from(SourceKind)),
            member_of=draw(st.sampled_from([None, *bodies])),
            mandates=tuple(
                Mandate(draw(st.sampled_from(PATHS)), draw(st.sampled_from(Vantage)))
                for _ in range(draw(st.integers(0, 2)))
            ),
        )
    scopes = {
        path: Scope(path, None, draw(st.sampled_from([None, 0.1, 0.5, 1.0])))
        for path in draw(st.sets(st.sampled_from(PATHS), max_size=3))
    }
    questions = {}
    for i in range(draw(st.integers(1, 3))):
        question = _question(draw, f"q{i}")
        stakes = tuple(
            Stake(source, (answer_of(draw, question),))
            for source in draw(st.sets(st.sampled_from(sorted(sources)), max_size=2))
        )
        questions[question.id] = replace(question, stakes=stakes)
    claims = tuple(
        sorted(
            (
                _claim(draw, f"c{i}", sources, questions)
                for i in range(draw(st.integers(min_claims, max_claims)))
            ),
            key=lambda claim: (claim.stated_at, claim.id),
        )
    )
    record = Record(dict(sorted(sources.items())), dict(sorted(scopes.items())), questions, claims)
    if corrections and claims:
        found = tuple(
            correction_of(draw, record, draw(st.sampled_from(claims)), f"k{i}")
            for i in range(draw(st.integers(0, 3)))
        )
        record = replace(record, corrections=tuple(sorted(found, key=lambda c: (c.stated_at, c.claim, c.id))))
    if resolutions and draw(st.booleans()):
        question = draw(st.sampled_from(list(questions.values())))
        record = replace(record, resolutions={question.id: _resolution(draw, question, sources)})
    return record


def correction_of(draw, record, claim, id_, *, kind=None, by=None):
    """A correction of a claim, by anyone unless `by` is given."""
    kind = kind or draw(st.sampled_from(CorrectionKind))
    scope = f"{claim.scope}/part" if kind is CorrectionKind.NARROW else None
    answer = answer_of(draw, record.questions[claim.question]) if kind is CorrectionKind.AMEND else None
    return Correction(
        id=id_,
        claim=claim.id,
        kind=kind,
        by=by or draw(st.sampled_from(sorted(record.sources))),
        stated_at=claim.stated_at + timedelta(hours=draw(st.integers(0, 400))),
        scope=scope,
        answer=answer,
    )


def _question(draw, id_):
    scope = draw(st.sampled_from(PATHS))
    if draw(st.booleans()):
        names = NAMES[: draw(st.integers(2, 4))]
        return Question(id_, f"Question {id_}?", scope, answers=names)
    scale = draw(st.sampled_from(["linear", "log"]))
    low, high = draw(st.sampled_from([(None, None), (1.0, 1000.0), (10.0, None)]))
    return Question(id_, f"Question {id_}?", scope, quantity=Quantity("persons", scale, low, high))


def answer_of(draw, question):
    if question.quantity is None:
        names = draw(st.lists(st.sampled_from(question.answers), min_size=1, max_size=2, unique=True))
        return Names(tuple(names))
    bound = draw(st.sampled_from(["value", "about", "at_least", "at_most", "between"]))
    value = float(draw(st.integers(1, 500)))
    return Values(bound, (value, value * 1.5) if bound == "between" else (value,))


def _claim(draw, id_, sources, questions):
    question = questions[draw(st.sampled_from(sorted(questions)))]
    ids = sorted(sources)
    source = draw(st.sampled_from(ids))
    # A source cites only those before it, so that no chain of citing is a circle.
    earlier = ids[: ids.index(source)]
    cites = draw(st.lists(st.sampled_from(earlier), max_size=2, unique=True)) if earlier else []
    return Claim(
        id=id_,
        source=source,
        question=question.id,
        answer=answer_of(draw, question),
        scope=draw(st.sampled_from([question.scope, question.scope, f"{question.scope}/north", "sea"])),
        stated_at=START + timedelta(hours=draw(st.integers(0, 72))),
        certainty=draw(st.sampled_from([1.0, 0.9, 0.675, 0.3, 0.05])),
        via=tuple(draw(st.lists(st.sampled_from(ids), max_size=2, unique=True))),
        cites=tuple(cites) if draw(st.integers(0, 3)) == 0 else (),
    )


def _resolution(draw, question, sources):
    if question.quantity is None:
        answer = Names((draw(st.sampled_from(question.answers)),))
    else:
        answer = Values("value", (float(draw(st.integers(1, 500))),))
    moment = START + timedelta(days=draw(st.integers(0, 10)))
    return Resolution(question.id, answer, moment, draw(st.sampled_from(sorted(sources))))


def copying_ledger(n_copiers: int = N_COPIERS, seed: int = 3) -> tuple[Record, dict[str, str]]:
    """A ledger in which some sources repeat s0, which is mostly wrong, and what is true of each question."""
    random = np.random.default_rng(seed)
    truth = random.integers(len(LETTERS), size=N_QUESTIONS)
    accuracy = np.append(0.35, random.beta(4, 3, N_INDEPENDENT - 1))
    said: dict[tuple[int, int], int] = {}
    for s in range(N_INDEPENDENT + n_copiers):
        for q in range(N_QUESTIONS):
            is_heard = random.random() < (0.9 if s == 0 else 0.4)
            is_copied = s >= N_INDEPENDENT and random.random() < 0.9
            if is_copied and (0, q) in said and random.random() < 0.7:
                said[s, q] = said[0, q]
            elif is_heard and not is_copied:
                wrong = (truth[q] + random.integers(1, len(LETTERS))) % len(LETTERS)
                is_right = random.random() < (accuracy[s] if s < N_INDEPENDENT else 0.6)
                said[s, q] = int(truth[q] if is_right else wrong)
    claims = [
        Claim(f"q{q}-s{s}", f"s{s}", f"q{q}", Names((LETTERS[answer],)), "front", START + timedelta(hours=s))
        for (s, q), answer in said.items()
    ]
    record = Record(
        {f"s{s}": Source(f"s{s}", f"S{s}", SourceKind.ACCOUNT) for s in range(N_INDEPENDENT + n_copiers)},
        {},
        {f"q{q}": Question(f"q{q}", f"Question q{q}?", "front", LETTERS) for q in range(N_QUESTIONS)},
        tuple(sorted(claims, key=lambda claim: (claim.stated_at, claim.id))),
    )
    return record, {f"q{q}": LETTERS[answer] for q, answer in enumerate(truth)}


def busy_ledger(n_questions: int = 24, seed: int = 5) -> list[Any]:
    """The values of a ledger in which a few bodies and their members speak on many questions."""
    random = np.random.default_rng(seed)
    found: list[Any] = [
        make_source("body", kind=SourceKind.ORGANISATION),
        make_source("outlet", kind=SourceKind.OUTLET, mandates=()),
        *(make_source(f"s{i}", member_of="body" if i % 3 == 0 else None) for i in range(9)),
    ]
    for q in range(n_questions):
        is_quantity = q % 8 == 7
        make = make_quantity_question if is_quantity else make_question
        found.append(make(f"q{q}"))
        for s in random.permutation(9)[:5]:
            answer: Any = Names(("fighting",))
            if is_quantity:
                answer = Values("about", (float(random.integers(1000, 9000)),))
            elif random.random() < 0.4:
                answer = Names((("fighting", "reduced", "withdrawn")[random.integers(3)],))
            via = ("outlet",) if s == 1 else ()
            said_at = moment(1 + q % 28, int(s))
            claim = make_claim(
                f"q{q}-s{s}", source=f"s{s}", question=f"q{q}", answer=answer, via=via, stated_at=said_at
            )
            found.append(claim)
            if random.random() < 0.15:
                taken_back = {"kind": CorrectionKind.RETRACT, "stated_at": said_at + timedelta(days=1)}
                found.append(make_correction(claim.id, by=claim.source, **taken_back))
    found.append(make_resolution(question="q3", by="body"))
    return found
