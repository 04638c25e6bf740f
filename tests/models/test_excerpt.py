from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from factories import make_claim, make_correction, make_question, make_record, make_source, moment

from models.answer import Names
from models.credence import CredenceModel
from models.excerpt import Excerpt
from models.excerpt_terms import excerpt_terms
from models.hearing import Hearing
from models.record import CorrectionKind, SourceKind
from models.scoring import Scores
from models.source_score import source_score

NOW = moment(1)
LONG_AGO, LATER = NOW - timedelta(days=9999), NOW + timedelta(days=1)
ANSWERS = ("fighting", "reduced", "withdrawn")
# Two members of one body, and others; "new" has never spoken.
SOURCES = [
    make_source("org", kind=SourceKind.ORGANISATION),
    *(make_source(id_, member_of="org", mandates=()) for id_ in ("anna", "boris", "new")),
    *(make_source(f"other-{i}") for i in range(5)),
]


@pytest.fixture(scope="module")
def record():
    """Three years of claims on two scopes, a tenth of them retracted."""
    random = np.random.default_rng(7)
    questions = [make_question(f"q{i}", scope="sea/black" if i % 2 else "land") for i in range(40)]
    claims, corrections = [], []
    for question in questions:
        for source in SOURCES:
            if source.id == "new" or random.random() < 0.4:
                continue
            answer = ANSWERS[0 if random.random() < 0.6 else random.integers(3)]
            said = NOW - timedelta(days=int(random.integers(1100)))
            claim = make_claim(
                f"{source.id}-{question.id}", source=source.id, question=question.id, scope=question.scope,
                answer=Names((answer,)), stated_at=said,
            )  # fmt: skip
            claims.append(claim)
            if random.random() < 0.1:
                corrections.append(make_correction(
                    claim.id, kind=CorrectionKind.RETRACT, by=source.id, stated_at=said + timedelta(days=3)
                ))  # fmt: skip
    return make_record(*SOURCES, *questions, *claims, *corrections)


@pytest.fixture(scope="module")
def fitted(record):
    """A fit at its very fixed point, which others leave by the last decimals, to forget where they began."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr("models.credence.START_DECIMALS", 12)
        return CredenceModel(tol=1e-12).fit(record)


def hearing_of(fitted):
    return Hearing(fitted.record_, fitted.terms_, fitted.evidence_)


def by(fitted, source="anna", **asked):
    excerpt = Excerpt(NOW, **asked)
    terms = excerpt_terms(fitted, fitted.record_, source, excerpt)
    return source_score(hearing_of(fitted).of_excerpt(terms, fitted.record_, excerpt), source)


def figures(score):
    factors = [factor.log_odds for factor in score.factors]
    return [score.score, score.interval.low, score.interval.high, score.effective_n, *factors]


def of(score, name):
    return next(factor for factor in score.factors if factor.name == name)


@pytest.mark.parametrize(
    ("asked", "share"),
    [
        ({}, 1.0),
        ({"since": NOW - timedelta(days=60)}, 1.0),
        ({"since": NOW - timedelta(days=59)}, 0.0),
        ({"half_life": 60.0}, 0.5),
        ({"half_life": 30.0}, 0.25),
        ({"half_life": 30.0, "since": LATER}, 0.0),
        ({"scope": "land"}, 1.0),
        ({"scope": "land/west"}, 1.0),
        ({"scope": "land/west/bank"}, 0.0),
        ({"scope": "lan"}, 0.0),
    ],
)
def test_a_claim_counts_by_its_age_and_by_its_own_or_its_questions_scope(asked, share):
    claim = make_claim(scope="land/west", stated_at=NOW - timedelta(days=60))
    assert Excerpt(NOW, **asked).share(claim, make_question(scope="land")) == share


def test_what_was_said_after_the_moment_counts_in_full_and_no_more():
    assert Excerpt(NOW, half_life=30.0).share(make_claim(stated_at=LATER), make_question()) == 1.0


def test_an_excerpt_is_told_in_words():
    since = datetime(2024, 5, 1, tzinfo=UTC)
    assert Excerpt(NOW, since, 365.0, "sea").because == "since 2024-05-01, halved every 365 days, on sea"
    assert Excerpt(NOW, since.replace(hour=8)).because == "since 2024-05-01T08:00:00Z"


@pytest.mark.parametrize("source", ["anna", "org", "new", "other-0"])
def test_an_excerpt_of_everything_is_the_whole_record(fitted, source):
    whole = figures(source_score(hearing_of(fitted), source))
    assert figures(by(fitted, source, since=LONG_AGO)) == whole
    assert figures(by(fitted, source, half_life=1e14)) == pytest.approx(whole, abs=1e-9)


def test_an_excerpt_of_nearly_everything_is_nearly_the_whole_record_of_any_fit(record):
    fit = CredenceModel().fit(record)
    for source in ("anna", "org", "new", "other-0"):
        whole = figures(source_score(hearing_of(fit), source))
        assert figures(by(fit, source, half_life=1e14)) == pytest.approx(whole, abs=1e-7)


def test_an_excerpt_of_nothing_leaves_a_source_without_a_record(fitted):
    score = by(fitted, "anna", since=LATER)
    assert score.effective_n == 0
    assert figures(score) == pytest.approx(figures(by(fitted, "new", since=LATER)), abs=1e-9)
    assert score.grades.admiralty == "F"
    assert of(score, "track_record").because.startswith("no claim of its own carries weight")
    assert "no error of its own" in of(score, "corrections").because


def test_without_others_of_its_kind_an_excerpt_of_nothing_leaves_no_term(fitted):
    score = by(fitted, "org", since=LATER)
    assert [of(score, name).log_odds for name in ("consistency", "corrections")] == [0, 0]


def test_the_shorter_the_half_life_the_less_of_a_record_counts(fitted):
    counted = [by(fitted, half_life=days).effective_n for days in (1e9, 1000.0, 300.0, 30.0)]
    assert counted == sorted(counted, reverse=True)
    assert counted[0] > 2 * counted[-1] > 0
    errors = [of(by(fitted, half_life=days), "corrections").log_odds for days in (1e9, 300.0, 30.0)]
    assert errors == sorted(errors)
    assert errors[0] < errors[-1] < 0


def test_the_scopes_of_a_record_part_it(fitted):
    sea, land, both = (by(fitted, scope=scope) for scope in ("sea", "land", None))
    assert 0 < sea.effective_n < both.effective_n
    assert 0 < land.effective_n < both.effective_n
    assert by(fitted, scope="sea/black").score == sea.score
    assert by(fitted, scope="air").effective_n == 0


def test_the_reason_names_the_excerpt_and_counts_its_claims(record, fitted):
    since = NOW - timedelta(days=400)
    said = [claim.stated_at >= since for claim in record.claims if claim.source == "anna"]
    score = by(fitted, since=since, half_life=365.0)
    because = of(score, "track_record").because
    assert because.endswith(
        f"({sum(said)} of {len(said)} claims count: since {since:%Y-%m-%d}, halved every 365 days)"
    )
    assert "halved every 365 days" in score.summary


def test_an_excerpt_moves_nothing_in_the_fit(record):
    fit, untouched = CredenceModel().fit(record), CredenceModel().fit(record)
    before = figures(source_score(hearing_of(fit), "other-0"))
    by(fit, "anna", half_life=100.0)
    assert figures(source_score(hearing_of(fit), "other-0")) == before
    assert (fit.credence_["q1"] == untouched.credence_["q1"]).all()
    assert (fit.terms_.columns == untouched.terms_.columns).all()
    assert (fit.likelihood_.knew == untouched.likelihood_.knew).all()


def test_a_source_that_was_reliable_lately_gains_by_a_short_memory():
    """Its early claims were contradicted and retracted, its late ones borne out by two others."""
    questions = [make_question(f"q{i}") for i in range(24)]
    claims, corrections = [], []
    for i, question in enumerate(questions):
        said = NOW - timedelta(days=1200 - 50 * i)
        for source in ("other-0", "other-1", "other-2"):
            is_wrong = source == "other-0" and i < 12
            claim = make_claim(
                f"{source}-q{i}", source=source, question=question.id, stated_at=said,
                answer=Names((ANSWERS[is_wrong],)),
            )  # fmt: skip
            claims.append(claim)
            if is_wrong and i % 3 == 0:
                corrections.append(
                    make_correction(claim.id, kind=CorrectionKind.RETRACT, by=source, stated_at=NOW)
                )
    scores = Scores(make_record(*SOURCES, *questions, *claims, *corrections))
    plain = scores.of("source", "other-0").score
    lately = scores.of("source", "other-0", excerpt=Excerpt(NOW, since=NOW - timedelta(days=600))).score
    fading = scores.of("source", "other-0", excerpt=Excerpt(NOW, half_life=180.0)).score
    assert lately > plain + 0.05
    assert fading > plain + 0.05
