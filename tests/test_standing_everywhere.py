"""What is left of a claim after its corrections is the same at every door of the service."""

import csv
import io
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from factories import make_claim, make_correction, make_question, make_scope, make_source, moment
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ledgers import write
from reader import page
from sqlite_utils import Database

from api.app import create_app
from api.settings import Settings
from data import corrections
from data.instant import to_wire
from models.answer import Names
from models.record import Claim, Correction, CorrectionKind, Mandate, Source, SourceKind, Vantage

ANSWERS = ("fighting", "reduced", "withdrawn")
PARTS = ("kursk-front/north", "kursk-front/south")
# Who speaks, who speaks for the same body, who carried it, who stood near, and who knows nothing.
SIDES = ("author", "body", "fellow", "carrier", "near", "far")


@dataclass
class Ledger:
    """A service, its ledger, and how many disputes were written into it."""

    client: FlaskClient
    db: Database
    numbers: Iterator[int]

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, **options)

    def answer(self, path: str, accept: str = "application/json") -> Any:
        found = self.get(path, headers={"Accept": accept})
        assert found.status_code == 200, (path, found.text)
        return found.text if accept == "text/csv" else json.loads(found.text)


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    app = create_app(Settings(database=":memory:", log_level="error"))
    db = app.extensions["credence"]["handles"].open()
    write(db, [make_scope(path, name=None) for path in PARTS])
    yield Ledger(app.test_client(), db, itertools.count())
    db.close()


def sources(n: int) -> list[Source]:
    """The sources of one dispute: no other shares them, so that nothing else moves it."""
    on_front = (Mandate("kursk-front", Vantage.DIRECT),)
    return [
        make_source(f"body-{n}", kind=SourceKind.ORGANISATION),
        make_source(f"author-{n}", member_of=f"body-{n}"),
        make_source(f"fellow-{n}", member_of=f"body-{n}"),
        make_source(f"carrier-{n}", kind=SourceKind.OUTLET),
        make_source(f"near-{n}", mandates=on_front),
        make_source(f"far-{n}", mandates=(), kind=SourceKind.ACCOUNT),
    ]


def written(ledger: Ledger, said: list[tuple[CorrectionKind, str, int, bool, int]], *, is_day: bool) -> Claim:
    """Write a claim with its corrections, in the order in which they come, and return it."""
    n = next(ledger.numbers)
    at = moment(10, 23, 59) + timedelta(seconds=59) if is_day else moment(10, 8)
    claim = make_claim(
        f"claim-{n}",
        source=f"author-{n}",
        question=f"question-{n}",
        stated_at=at,
        stated_precision="day" if is_day else "instant",
        via=(f"carrier-{n}",),
        url=f"https://example.org/{n}",
    )
    found = {}
    for kind, side, hours, is_dated, choice in said:
        later = moment(10, 9) + timedelta(hours=hours)
        if is_dated:
            later = later.replace(hour=23, minute=59, second=59)
        correction = make_correction(
            claim.id,
            kind=kind,
            by=f"{side}-{n}",
            stated_at=later,
            stated_precision="day" if is_dated else "instant",
            **{
                CorrectionKind.NARROW: {"scope": PARTS[choice % 2]},
                CorrectionKind.AMEND: {"answer": Names((ANSWERS[choice],))},
            }.get(kind, {}),
        )
        found[repr(correction)] = correction
    question = make_question(claim.question)
    write(ledger.db, [*sources(n), question, claim, *found.values()])
    return claim


@dataclass(frozen=True)
class Left:
    """What is left of a claim, told by the sides and kinds of its corrections alone."""

    answer: Names
    scope: str
    is_standing: bool = True


def left_of(claim: Claim, said: tuple[Correction, ...]) -> Left:
    left = Left(claim.answer, claim.scope)
    for correction in said:
        side = correction.by.partition("-")[0]
        is_own = side in ("author", "body", "fellow")
        match correction.kind:
            case CorrectionKind.REAFFIRM if is_own:
                left = replace(left, is_standing=True)
            case CorrectionKind.AMEND if is_own or (side == "carrier" and left.is_standing):
                left = replace(left, answer=correction.answer, is_standing=True)
            case CorrectionKind.NARROW if (is_own or side == "carrier") and left.is_standing:
                left = replace(left, scope=correction.scope)
            case CorrectionKind.RETRACT | CorrectionKind.DENY if is_own or side == "carrier":
                left = replace(left, is_standing=False)
    return left


class Doors:
    """What the service shows of a claim, as of a moment, at each of its doors."""

    def __init__(self, ledger: Ledger, claim: Claim, as_of: datetime | None) -> None:
        self.ledger, self.claim = ledger, claim
        self.query = "" if as_of is None else f"as_of={to_wire(as_of)}"
        self.url = quote(str(claim.url), safe="")

    def score(self, accept: str = "application/json") -> Any:
        return self.ledger.answer(f"/v1/claims/{self.claim.id}/score?{self.query}", accept)

    def card(self) -> dict[str, Any]:
        (found,) = self.ledger.answer(f"/v1/cards?claims={self.claim.id}&{self.query}")["items"]
        return dict(found)

    def page(self, path: str) -> str:
        asked = f"{path}{'&' if '?' in path else '?'}{self.query}"
        return re.sub(" (?=[.,;:)])", "", page(self.ledger, asked).text)

    def article(self) -> tuple[dict[str, Any], str]:
        asked = f"articles?url={self.url}&published_at={to_wire(self.claim.stated_at)}"
        return self.ledger.answer(f"/v1/{asked}&{self.query}"), self.page(f"/{asked}")

    def events(self) -> list[dict[str, Any]]:
        asked = f"type=correction.recorded&kind=claim&subject={self.claim.id}&limit=200"
        found: list[dict[str, Any]] = self.ledger.answer(f"/v1/events?{asked}")["items"]
        return found


def said(left: Left) -> str:
    return f"“{left.answer}” about {left.scope}"


def check_scores(doors: Doors, left: Left) -> str:
    """Check what the score says in each form, and return how the claim stands by it."""
    score = doors.score()
    kind: str = score["standing"]
    assert left.is_standing or kind in ("retracted", "denied")
    assert f'claim "{left.answer}" about {left.scope}' in score["summary"]
    (row,) = csv.DictReader(io.StringIO(doors.score("text/csv")))
    assert row["standing"] == kind
    review = doors.score("application/ld+json")
    assert review["claimReviewed"].startswith(f"{left.answer}: ")
    assert review["reviewAspect"] == f"{kind.replace('_', ' ')}, on {left.scope}"
    check_graph(doors.claim, review["itemReviewed"], left)
    check_report(doors, doors.score("application/stix+json"), left, kind)
    return kind


def check_graph(claim: Claim, node: dict[str, Any], left: Left) -> None:
    """Check the claim as JSON-LD: whether it was ended, and what the last revision says."""
    assert ("prov:invalidatedAtTime" in node) == (not left.is_standing)
    revisions = [each["prov:generated"] for each in node.get("correction", ()) if "prov:generated" in each]
    answer, scope = claim.answer, claim.scope
    for revision in revisions:
        answer, scope = revision["name"].partition(": ")[2], revision["about"][-1]["name"]
    assert (str(answer), scope) == (str(left.answer), left.scope)


def check_report(doors: Doors, bundle: dict[str, Any], left: Left, kind: str) -> None:
    """Check the claim's report in a STIX bundle."""
    (report,) = (each for each in bundle["objects"] if each["type"] == "report")
    assert report["labels"] == [kind]
    assert report.get("revoked", False) == (not left.is_standing)
    line = f"As it stands: {left.answer}, said of {left.scope}."
    assert (line in report["description"]) == (left.is_standing and is_changed(doors.claim, left))


def is_changed(claim: Claim, left: Left) -> bool:
    return (left.answer, left.scope) != (claim.answer, claim.scope)


def check_card(doors: Doors, left: Left, kind: str) -> None:
    card, name = doors.card(), f"Author {doors.claim.id.partition('-')[2]}"
    sentence: str = card["standing"]["sentence"]
    assert (card["title"], card["standing"]["kind"]) == (f"{name}: “{left.answer}”", kind)
    assert card["state"] == (None if kind == "as_stated" else kind)
    frame = doors.page(f"/embed/claims/{doors.claim.id}")
    assert all(shown in frame for shown in (card["title"], sentence))
    if left.is_standing:
        assert not sentence.startswith(("Retracted", "Denied"))
        assert (f"to “{left.scope}”" in sentence) == (left.scope != doors.claim.scope)
        assert ("from “fighting”" in sentence) == (left.answer != doors.claim.answer)
    else:
        assert sentence.startswith(f"{kind.capitalize()} by ")


def check_article(doors: Doors, left: Left, kind: str) -> None:
    document, shown = doors.article()
    (carried,) = document["claims"]
    assert carried["score_now"]["standing"] == kind
    summary: str = document["summary"]
    assert (" was retracted by " in summary or " was denied by " in summary) == (not left.is_standing)
    if left.is_standing:
        assert set(re.findall("was narrowed to “([^”]+)”", summary)) <= {left.scope}
        assert set(re.findall("was amended to “([^”]+)”", summary)) <= {str(left.answer)}
        if is_changed(doors.claim, left):
            assert re.search("was (narrowed|amended) to", summary)
    check_words(doors, shown, left, kind)


def check_pages(doors: Doors, left: Left, kind: str) -> None:
    check_words(doors, doors.page(f"/claims/{doors.claim.id}"), left, kind)
    evidence = doors.page(f"/questions/{doors.claim.question}").partition("Effect on its answer")[2]
    about = "" if left.scope == doors.claim.scope else f" about {left.scope}"
    assert f"“{left.answer}”{about}" in evidence
    record = doors.page(f"/sources/{doors.claim.source}")
    now = f", now {said(left)}" if left.is_standing and is_changed(doors.claim, left) else ""
    assert f"{kind if kind != 'as_stated' else 'stands as stated'}{now}" in record
    assert now or ", now “" not in record


def check_words(doors: Doors, shown: str, left: Left, kind: str) -> None:
    """Check what a page of the board says of how a claim stands."""
    words = "stands as stated" if kind == "as_stated" else f"(was|is taken as) {kind}"
    now = f" and now says {said(left)}" if left.is_standing and is_changed(doors.claim, left) else ""
    assert re.search(words + now, shown)
    assert now or "and now says" not in shown
    assert left.is_standing or f"is taken as {kind}" not in shown


SENTENCE = re.compile(
    r" was (?P<done>\w+)( (to|beyond|in favour of) (?P<target>\S+))?(?P<vain> to no effect)? by "
    r"[^(]*\([^)]+\)(; it (?P<left>is \w+|stands as stated|now says \S+ about \S+))?; (?P<now>.*)\.$"
)


def check_event(claim: Claim, event: dict[str, Any], left: Left) -> None:
    """Check what a reader of one event takes the claim for, who knows it as it was first stated."""
    found = SENTENCE.search(event["because"])
    assert found, event["because"]
    heard = Left(claim.answer, claim.scope)
    if found["done"] in ("retracted", "denied"):
        heard = replace(heard, is_standing=False)
    if found["done"] == "narrowed":
        heard = replace(heard, scope=found["target"])
    if found["done"] == "amended":
        heard = replace(heard, answer=Names((found["target"].strip('"'),)))
    if found["left"] is not None:
        answer, _, scope = found["left"].removeprefix("now says ").partition(" about ")
        heard = {
            "is": replace(heard, is_standing=False),
            "stands": Left(claim.answer, claim.scope),
            "now": Left(Names((answer.strip('"'),)), scope),
        }[found["left"].split()[0]]
    assert found["left"] is not None or found["vain"] is None
    if left.is_standing:
        assert heard == left
    else:
        assert not heard.is_standing
    assert found["now"].startswith("its credence" if left.is_standing else "without it, what it said")
    is_dispute = event["title"].startswith("Disputed: ")
    assert is_dispute == (found["done"] == "disputed")


kinds = st.sampled_from(CorrectionKind)
corrections_said = st.lists(
    st.tuples(kinds, st.sampled_from(SIDES), st.integers(0, 96), st.booleans(), st.integers(0, 2)), max_size=6
)


@settings(
    max_examples=25,
    deadline=None,
    # To shrink takes minutes, and finds little: what is drawn is short.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(corrections_said, st.booleans(), st.integers(0, 5))
def test_every_door_says_the_same_of_what_is_left_of_a_claim(
    ledger: Ledger,
    said_of_it: list[tuple[CorrectionKind, str, int, bool, int]],
    is_day: bool,  # noqa: FBT001
    moment_of: int,
) -> None:
    claim = written(ledger, said_of_it, is_day=is_day)
    said = corrections.page(ledger.db, claim=claim.id, limit=500).items
    moments: list[datetime | None] = [None]
    if said:
        moments.append(max(said[moment_of % len(said)].stated_at, claim.stated_at))
    for as_of in moments:
        left = left_of(claim, tuple(c for c in said if as_of is None or c.stated_at <= as_of))
        doors = Doors(ledger, claim, as_of)
        kind = check_scores(doors, left)
        check_card(doors, left, kind)
        check_article(doors, left, kind)
        check_pages(doors, left, kind)
        if as_of is None:
            address = f"/v1/claims/{claim.id}"
            check_graph(claim, ledger.answer(address, "application/ld+json"), left)
            check_report(doors, ledger.answer(address, "application/stix+json"), left, kind)
            events = doors.events()
            assert len(events) == len(said)
            for event in events:
                check_event(claim, event, left)


def test_what_its_author_took_back_a_carrier_does_not_amend(ledger: Ledger) -> None:
    claim = written(
        ledger,
        [(CorrectionKind.RETRACT, "author", 2, False, 0), (CorrectionKind.AMEND, "carrier", 30, True, 1)],
        is_day=False,
    )
    doors, left = Doors(ledger, claim, None), Left(claim.answer, claim.scope, is_standing=False)
    assert check_scores(doors, left) == "retracted"
    check_card(doors, left, "retracted")
    check_article(doors, left, "retracted")
    check_pages(doors, left, "retracted")
    n = claim.id.partition("-")[2]
    assert doors.card()["title"] == f"Author {n}: “fighting”"
    assert doors.card()["standing"]["sentence"] == "Retracted by its author on 10 January 2025"
    assert "was retracted by its own source on 10 January 2025" in doors.article()[0]["summary"]
    late = f"amended to “reduced” to no effect by Carrier {n}, 11 January 2025"
    assert late in doors.page(f"/claims/{claim.id}")
    _, event = doors.events()
    assert f'was amended to "reduced" to no effect by Carrier {n}, which carried it, (' in event["because"]
    assert "; it is retracted; without it, what it said " in event["because"]
