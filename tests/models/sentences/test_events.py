"""In which words events are told."""

from dataclasses import replace
from typing import Any

import pytest
from factories import (
    make_claim,
    make_correction,
    make_question,
    make_record,
    make_resolution,
    make_scope,
    make_source,
    moment,
)

from models.answer import Values
from models.event import Cause, Change, Move, State
from models.record import Claim, Correction, CorrectionKind, Record
from models.sentences.events import correction_because, move_because, resolution_because, title
from models.standing import Consequence
from models.standings import Standings

BEFORE = State(0.43, 0.2, 0.7)
AFTER = State(0.57, 0.3, 0.8)
ASKED = '"Are North Korean troops still fighting on the Kursk front?"'


def answers(**shares):
    return State(max(shares.values()), 0.1, 0.9, answers=shares)


def corrected(record: Record, claim: Claim, *corrections: Correction) -> tuple[Standings, Consequence]:
    """How claims stand after some corrections of one, and what came of the first of them."""
    standings = Standings(replace(record, claims=(claim,), corrections=corrections))
    came = standings.consequence(corrections[0].id, claim.id)
    assert came is not None
    return standings, came


def because(record: Record, claim: Claim, correction: Correction, move: Move, *others: Correction) -> str:
    standings, came = corrected(record, claim, correction, *others)
    return correction_because(record, standings.of(claim), came, move)


def test_a_correction_is_told_with_who_made_it_and_what_became_of_the_claim():
    claim = make_claim(via=("cnn",))
    record = make_record(make_source(), make_source("cnn"), make_question(), claim)
    move = Move("claim", claim.id, BEFORE, AFTER)
    own = because(record, claim, make_correction(), move)
    assert own == (
        'The claim of Budanov that the answer is "fighting" in "Are North Korean troops still fighting on '
        'the Kursk front?" was narrowed to kursk-front/sso-sectors by its author (31 January 2025, 16:00 '
        "UTC); its credence is now 57%, likely (was 43%)."
    )
    carried = make_correction(by="cnn", kind=CorrectionKind.RETRACT, scope=None)
    assert "was retracted by Cnn, which carried it, (" in because(record, claim, carried, move)
    lost = Move("claim", claim.id, BEFORE, State())
    assert because(record, claim, carried, lost).endswith(
        "; without it, what it said cannot be judged now (was 43%)."
    )


def test_of_what_was_taken_back_the_others_are_told_and_of_a_day_no_hour():
    claim = make_claim()
    record = make_record(make_source(), make_question(), claim)
    gone = make_correction(kind=CorrectionKind.RETRACT, scope=None, stated_precision="day")
    told = because(record, claim, gone, Move("claim", claim.id, AFTER, AFTER))
    assert told.endswith(
        "was retracted by its author (31 January 2025); without it, what it said stays at 57%, likely."
    )


SIDES = (
    make_source(member_of="gur"),
    make_source("gur"),
    make_source("cnn"),
    make_source("podolyak"),
)


@pytest.mark.parametrize(
    ("by", "kind", "said"),
    [
        ("gur", CorrectionKind.DENY, "was denied by Gur, for its author's side, ("),
        ("podolyak", CorrectionKind.RETRACT, "was disputed by Podolyak ("),
        ("podolyak", CorrectionKind.AMEND, 'was disputed in favour of "reduced" by Podolyak ('),
        ("podolyak", CorrectionKind.NARROW, "was disputed beyond kursk-front/sso-sectors by Podolyak ("),
        ("budanov", CorrectionKind.REAFFIRM, "was reaffirmed by its author ("),
        ("cnn", CorrectionKind.REAFFIRM, "was reaffirmed to no effect by Cnn, which carried it, ("),
    ],
)
def test_nobody_is_told_to_have_done_what_only_others_can(by, kind, said):
    claim = make_claim(via=("cnn",))
    record = make_record(*SIDES, make_question(), claim)
    assert said in because(record, claim, make_correction(id="k", kind=kind, by=by), moved("claim", claim.id))


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        (CorrectionKind.RETRACT, "; it is retracted; without it, what it said is now 57%"),
        (CorrectionKind.AMEND, '; it now says "reduced" about kursk-front/sso-sectors; its credence'),
        (CorrectionKind.REAFFIRM, "16:00 UTC); its credence"),
    ],
)
def test_what_has_been_overtaken_is_told_with_what_is_left(kind, left):
    claim = make_claim()
    record = make_record(*SIDES, make_question(), claim)
    later = make_correction(id="later", kind=kind, stated_at=moment(31, 18))
    assert left in because(record, claim, make_correction(id="k"), moved("claim", claim.id), later)


def test_what_changed_nothing_is_told_with_what_is_left():
    claim = make_claim(via=("cnn",))
    record = make_record(*SIDES, make_question(), claim)
    gone = make_correction(id="gone", kind=CorrectionKind.RETRACT)
    late = make_correction(id="late", kind=CorrectionKind.AMEND, by="cnn", stated_at=moment(31, 18))
    told = because(record, claim, late, moved("claim", claim.id), gone)
    assert 'was amended to "reduced" to no effect by Cnn, which carried it, (' in told
    assert "; it is retracted; without it, what it said is now 57%" in told
    stood_by = make_correction(id="k", kind=CorrectionKind.REAFFIRM, by="podolyak")
    assert "; it stands as stated; its credence" in because(record, claim, stood_by, moved("claim", claim.id))


def test_a_resolution_is_told_with_what_was_thought_of_its_answer():
    question = make_question()
    record = make_record(make_source(), question)
    move = Move("question", question.id, answers(fighting=0.2, reduced=0.5, withdrawn=0.3), State())
    told = resolution_because(record, question, make_resolution(), move)
    assert told.endswith(
        'was resolved on the word of Budanov: "reduced" proved true; "reduced" had a credence of 50%.'
    )


def moved(kind: str, id_: str) -> Move:
    """A score that is to be told of."""
    if kind == "question":
        return Move(
            kind,
            id_,
            answers(fighting=0.6, reduced=0.3, withdrawn=0.1),
            answers(fighting=0.5, reduced=0.35, withdrawn=0.15),
        )
    return Move(kind, id_, BEFORE, AFTER)


def test_a_move_is_told_with_what_moved_it():
    question, claim = make_question(), make_claim()
    record = make_record(make_source(), question, claim)
    cause = Cause(latest=Change("create", "claim", claim.id, claim), n_more=1)
    assert move_because(record, None, moved("question", question.id), cause) == (
        f'In {ASKED} "fighting" fell from 60% to 50%, roughly even chance, after Budanov said '
        '"fighting" (and 1 more).'
    )
    told = move_because(record, claim, Move("claim", claim.id, AFTER, BEFORE), Cause("refit"))
    assert told.startswith("The credence of the claim of Budanov that the answer is ")
    assert told.endswith("after the whole ledger was fitted again.")


def test_of_a_source_no_likelihood_is_told():
    record = make_record(make_source())
    assert move_because(record, None, moved("source", "budanov"), Cause("model")) == (
        "The reliability of Budanov is now 57% (was 43%), since another version of the model made the score."
    )
    stays = Move("source", "budanov", AFTER, AFTER)
    assert "stays at 57%, since" in move_because(record, None, stays, Cause("model"))


def test_what_moved_a_score_is_told_by_who_did_it():
    claim, other = make_claim(), make_claim("other", source="podolyak", question="elsewhere")
    question, elsewhere = make_question(), make_question("elsewhere", text="Who leads?")
    scope = make_scope(name="Where the SSO is active")
    record = make_record(make_source(), make_source("podolyak"), scope, question, elsewhere, claim, other)
    own = make_correction(id="5e2a79ae737c6a81")
    denied = make_correction(id="c2", by="podolyak", kind=CorrectionKind.DENY, scope=None)

    def after(move: Move, change: Change) -> str:
        about = claim if move.kind == "claim" else None
        return move_because(record, about, move, Cause(latest=change)).rpartition(", after ")[2]

    def correction(made: Any) -> Change:
        return Change("create", "correction", made.id, claim, corrected(record, claim, made)[1])

    itself, asked, source = (
        moved("claim", claim.id),
        moved("question", question.id),
        moved("source", "budanov"),
    )
    assert after(itself, correction(own)) == "Budanov narrowed it."
    assert after(asked, correction(own)) == "Budanov narrowed an own claim."
    assert after(asked, correction(denied)) == "Podolyak disputed Budanov's claim."
    assert after(source, correction(denied)) == f"Podolyak disputed Budanov's claim in {ASKED}."
    said = Change("create", "claim", "other", other)
    assert after(itself, said) == 'Podolyak said "fighting" in "Who leads?".'
    assert after(itself, Change("resolve", "question", question.id)) == f"{ASKED} was resolved."
    assert after(asked, Change("resolve", "question", question.id)) == "it was resolved."
    assert after(asked, Change("void", "claim", "slip")) == "a claim was voided."
    assert after(source, Change("change", "source", "podolyak")) == "Podolyak was changed."
    assert after(source, Change("change", "scope", scope.path)) == (
        'the scope "Where the SSO is active" was changed.'
    )


def test_a_scope_is_told_by_its_name():
    claim = make_claim()
    record = make_record(make_source(), make_question(), claim, make_scope(name="Where the SSO is active"))
    told = because(record, claim, make_correction(), moved("claim", claim.id))
    assert 'was narrowed to "Where the SSO is active" by its author' in told


def test_numbers_are_told_with_all_their_digits():
    claim = make_claim(answer=Values("between", (1_234_567.0, 123_456_789_012.5)))
    record = make_record(make_source(), make_question(), claim)
    told = because(record, claim, make_correction(), moved("claim", claim.id))
    assert "the answer is between 1,234,567 and 123,456,789,012.5 in" in told
    median = Move("question", "dprk-on-kursk-front", State(median=1_200_000.0), State(median=1_234_567.0))
    told = move_because(record, None, median, Cause("refit"))
    assert "is now about 1,230,000 (was 1,200,000)," in told


def test_a_title_says_whose_claim_it_is_and_on_which_question():
    claim, question = make_claim(), make_question()
    record = make_record(make_source(), question, claim)
    assert title(record, moved("claim", claim.id), claim, "Corrected") == (
        f"Corrected: Budanov's claim – {question.text}"
    )
    assert title(record, moved("question", question.id), None, "Resolved") == f"Resolved: {question.text}"
    assert title(record, moved("source", "budanov"), None, "Moved") == "Moved: the reliability of Budanov"
