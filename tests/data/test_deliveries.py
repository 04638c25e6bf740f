"""Which events a webhook is sent: each change once, by what its subscriber wished for."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from factories import make_claim, make_correction, make_question, make_resolution, make_source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledgers import write
from sqlite_utils import Database

from data import claims, corrections, deliveries, events, new_events, resolutions, settlement, webhooks
from data.database import open_database, writing
from data.deliveries import Delivery, Outcome
from data.errors import RefusedError, UnknownIdError
from data.new_events import Named, Recorded
from data.webhooks import Webhook
from models.event import CORRECTED, MOVED, RESOLVED, Move, State, Wish
from models.record import Record

FRONT = "dprk-on-kursk-front"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
URL = "https://news.example/kursk"


@pytest.fixture
def db() -> Iterator[Database]:
    with closing(open_database(":memory:")) as db:
        named = [make_source("budanov"), make_source("podolyak"), make_source("cnn")]
        write(db, [*named, make_question(), make_claim(url=URL)])
        yield db


def subscribe(
    db: Database,
    kind: str = "claim",
    subject: str = "budanov-fighting",
    url: str = "https://receiver.example/",
    **fields: object,
) -> Webhook:
    wish = Wish(fields.pop("threshold", None), fields.pop("moved_by", None))  # type: ignore[arg-type]
    webhook = Webhook("", url, kind, subject, wish=wish, **fields)  # type: ignore[arg-type]
    return webhooks.create(db, webhook, at=NOW, by=None)[0]


def sent(db: Database, webhook: Webhook) -> list[Delivery]:
    return list(reversed(deliveries.page(db, webhook.id, limit=200)[0]))


def types(db: Database, webhook: Webhook) -> list[str]:
    return [delivery.event.type for delivery in sent(db, webhook)]


def correct(db: Database, **fields: object) -> None:
    corrections.add(db, make_correction(**fields), at=NOW, by=None)  # type: ignore[arg-type]
    settlement.settle(db)


def resolve(db: Database) -> None:
    resolutions.add(db, make_resolution(), at=NOW, by=None)
    settlement.settle(db)


def move(db: Database, *scores: float, kind: str = "claim", subject: str = "budanov-fighting") -> None:
    """Let a score move, as settlements would."""
    for before, after in pairwise(scores):
        moved = [Move(kind, subject, State(before), State(after))]
        record = Record(
            sources={"budanov": make_source()},
            questions={FRONT: make_question()},
            claims=(make_claim(url=URL),),
        )
        with writing(db):
            deliveries.tell(db, Named(record), moved, (), entry=1)


@pytest.mark.parametrize(
    ("kind", "subject"),
    [("claim", "budanov-fighting"), ("source", "budanov"), ("question", FRONT), ("article", f"{URL}#top")],
)
def test_a_correction_reaches_whoever_asks_for_its_claim_source_question_or_article(
    db: Database, kind: str, subject: str
) -> None:
    webhook = subscribe(db, kind, subject, types=(CORRECTED,))
    stranger = subscribe(db, "source", "cnn", types=(CORRECTED,))
    correct(db)
    assert types(db, webhook) == [CORRECTED]
    assert types(db, stranger) == []


def test_a_resolution_reaches_its_question(db: Database) -> None:
    webhook = subscribe(db, "question", FRONT)
    resolve(db)
    (delivery,) = sent(db, webhook)
    assert (delivery.event.type, delivery.because) == (RESOLVED, "it was recorded")


def test_one_change_is_one_delivery_of_one_score(db: Database) -> None:
    webhook = subscribe(db)
    correct(db)
    # The claim's move is in the correction; that it moved is told in the feed all the same.
    assert types(db, webhook) == [CORRECTED]
    assert MOVED in {
        event.type for event in events.page(db, kind="claim", subject="budanov-fighting", limit=9).items
    }
    only_moves = subscribe(db, types=(MOVED,))
    correct(db, by="podolyak", stated_at=datetime(2025, 2, 1, tzinfo=UTC))
    assert types(db, only_moves) in ([MOVED], [])


def test_without_a_wish_every_move_is_sent(db: Database) -> None:
    webhook = subscribe(db)
    move(db, 0.5, 0.52, 0.55)
    assert [delivery.because for delivery in sent(db, webhook)] == ["the score moved"] * 2


def test_a_threshold_is_told_of_each_time_that_it_is_crossed_and_only_then(db: Database) -> None:
    webhook = subscribe(db, threshold=0.5)
    move(db, 0.4, 0.45, 0.49, 0.51, 0.6, 0.55, 0.49, 0.3)
    assert [delivery.because for delivery in sent(db, webhook)] == [
        "the score rose to 50%",
        "the score fell below 50%",
    ]


def test_small_moves_add_up_to_the_one_that_is_asked_for(db: Database) -> None:
    webhook = subscribe(db, moved_by=0.1)
    move(db, 0.40, 0.44, 0.48, 0.51, 0.55, 0.45, 0.41)
    assert [delivery.event.document["after"]["score"] for delivery in sent(db, webhook)] == [0.51, 0.41]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.integers(0, 100), min_size=2, max_size=12), st.integers(1, 99))
def test_a_crossing_is_delivered_once_and_none_is_invented(path: list[int], threshold: int) -> None:
    scores = [percent / 100 for percent in path]
    with closing(open_database(":memory:")) as db:
        write(db, [make_source("budanov"), make_question(), make_claim()])
        webhook = subscribe(db, threshold=threshold / 100)
        move(db, *scores)
        sides = [score >= threshold / 100 for score in scores]
        crossings = [after for before, after in pairwise(sides) if before != after]
        told = ["rose" in delivery.because for delivery in sent(db, webhook)]
        assert told == crossings


def test_what_was_recorded_before_anybody_asked_is_not_sent(db: Database) -> None:
    correct(db)
    webhook = subscribe(db)
    settlement.settle(db)
    assert sent(db, webhook) == []


def test_one_that_ended_is_sent_nothing_more_and_what_was_pending_is_dead(db: Database) -> None:
    webhook = subscribe(db)
    move(db, 0.4, 0.5)
    ended = webhooks.end(db, webhook.id, at=NOW, by=None)
    move(db, 0.5, 0.6)
    (delivery,) = sent(db, webhook)
    assert (delivery.state, delivery.error) == ("dead", "the webhook ended before it was delivered")
    assert deliveries.due(db, at=NOW + timedelta(days=9), busy=(), limit=9) == []
    with pytest.raises(RefusedError, match="has ended"):
        deliveries.replay(db, ended, delivery.event.id, at=NOW)


def test_what_is_due_is_the_first_of_each_webhook_that_is_not_busy(db: Database) -> None:
    one, other = subscribe(db), subscribe(db)
    move(db, 0.4, 0.5, 0.6)
    late = NOW + timedelta(days=1)
    due = deliveries.due(db, at=late, busy=(), limit=9)
    assert {(each.webhook, each.event.seq) for each in due} == {
        (one.id, due[0].event.seq),
        (other.id, due[0].event.seq),
    }
    assert [each.webhook for each in deliveries.due(db, at=late, busy=[one.id], limit=9)] == [other.id]


def test_to_one_host_two_are_under_way_at_most(db: Database) -> None:
    many = [subscribe(db, url=f"https://One.example:{port}/hooks") for port in range(2000, 2009)]
    other = subscribe(db, url="https://other.example/hooks")
    move(db, 0.4, 0.5)
    late = NOW + timedelta(days=1)
    first = [each.webhook for each in deliveries.due(db, at=late, busy=(), limit=8)]
    assert (len(first), other.id in first) == (3, True)
    busy = [each.id for each in many[:2]]
    assert [each.webhook for each in deliveries.due(db, at=late, busy=busy, limit=8)] == [other.id]
    assert len(deliveries.due(db, at=late, busy=busy[:1], limit=8)) == 2
    assert len(deliveries.due(db, at=late, busy=(), limit=1)) == 1


def test_a_failed_one_waits_for_its_turn_and_a_dead_one_for_its_replay(db: Database) -> None:
    webhook = subscribe(db)
    move(db, 0.4, 0.5)
    late = NOW + timedelta(days=1)
    (delivery,) = deliveries.due(db, at=late, busy=(), limit=9)
    deliveries.record(
        db, delivery, Outcome("failed", 500, "it answered 500"), at=late, again_in=timedelta(hours=1)
    )
    assert deliveries.due(db, at=late, busy=(), limit=9) == []
    (delivery,) = deliveries.due(db, at=late + timedelta(hours=1), busy=(), limit=9)
    assert (delivery.n_attempts, delivery.status, delivery.error) == (1, 500, "it answered 500")
    deliveries.record(db, delivery, Outcome("failed", 500, "it answered 500"), at=late, again_in=None)
    assert deliveries.page(db, webhook.id, state="dead", limit=9)[0][0].n_attempts == 2
    assert deliveries.backlog(db).dead == 1
    again = deliveries.replay(db, webhook, delivery.event.id, at=late)
    assert (again.state, again.n_attempts, again.next_at, again.event.id) == (
        "pending",
        0,
        late,
        delivery.event.id,
    )
    deliveries.record(db, again, Outcome("delivered", 204), at=late, again_in=None)
    backlog = deliveries.backlog(db)
    assert (backlog.pending, backlog.dead, backlog.oldest_at) == (0, 0, None)
    assert backlog.attempts == {"delivered": 1, "failed": 2, "gone": 0, "refused": 0}
    with pytest.raises(UnknownIdError):
        deliveries.replay(db, webhook, "no-such-event", at=late)


def test_what_is_done_with_is_forgotten_after_a_quarter_and_its_event_is_not(db: Database) -> None:
    webhook = subscribe(db)
    move(db, 0.4, 0.5, 0.6)
    late = NOW + timedelta(days=1)
    (delivery,) = deliveries.due(db, at=late, busy=(), limit=9)
    deliveries.record(db, delivery, Outcome("delivered", 200), at=late, again_in=None)
    assert deliveries.forget(db, at=late + deliveries.KEPT_FOR - timedelta(seconds=1)) == 0
    assert deliveries.forget(db, at=late + deliveries.KEPT_FOR) == 1
    assert [each.state for each in sent(db, webhook)] == ["pending"]
    assert events.last(db) == 2


def test_events_and_what_is_to_be_sent_are_one_transaction(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = subscribe(db)
    corrections.add(db, make_correction(), at=NOW, by=None)
    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "to_text", None)
        with pytest.raises(TypeError):
            settlement.settle(db)
    assert (events.last(db), sent(db, webhook)) == (0, [])
    settlement.settle(db)
    assert CORRECTED in types(db, webhook)


def test_a_claim_that_an_article_carries_later_is_told_of_too(db: Database) -> None:
    webhook = subscribe(db, "article", URL, types=(CORRECTED,))
    claims.add(db, make_claim("later", source="podolyak", url=URL), at=NOW, by=None)
    settlement.settle(db)
    correct(db, claim="later", by="podolyak")
    assert [delivery.event.subject for delivery in sent(db, webhook)] == ["later"]


def test_an_article_is_told_of_what_its_claims_rest_on_however_its_address_is_written(db: Database) -> None:
    relay = make_claim(
        "relay", source="cnn", cites=("budanov",), url="https://www.cnn.example/a/?utm_source=x"
    )
    claims.add(db, relay, at=NOW, by=None)
    settlement.settle(db)
    webhook = subscribe(db, "article", "http://cnn.example/a#top", types=(CORRECTED,))
    assert webhook.subject == "http://cnn.example/a#top"
    correct(db)
    assert [delivery.event.subject for delivery in sent(db, webhook)] == ["budanov-fighting"]
    found = events.page(db, kind="article", subject="https://cnn.example/a", type_=CORRECTED, limit=9).items
    assert [event.subject for event in found] == ["budanov-fighting"]


def test_news_name_the_question_that_they_are_about(db: Database) -> None:
    corrections.add(db, make_correction(), at=NOW, by=None)
    last = db.execute("SELECT max(seq) FROM audit").fetchone()[0]
    (found,) = new_events.recorded(db, last - 1, last)
    assert found == Recorded(last, "create", "correction", found.id, FRONT, "budanov-fighting")
