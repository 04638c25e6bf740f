"""What each kind of correction leaves of a claim, by whoever it comes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from factories import (
    make_claim,
    make_correction,
    make_quantity_question,
    make_question,
    make_record,
    make_scope,
    make_source,
    moment,
)

from models.answer import Names, Values
from models.constants import Constants
from models.record import CorrectionKind, SourceKind, Stake
from models.scoring import Scores
from models.standing import ConsequenceKind, Side, StandingKind, side_of
from models.standings import Standings

C = Constants()
SECTORS = "kursk-front/sso-sectors"
NARROW, AMEND, RETRACT, DENY, REAFFIRM = (CorrectionKind(k) for k in
    ("narrow", "amend", "retract", "deny", "reaffirm"))  # fmt: skip
CHANGING = [NARROW, AMEND, RETRACT, DENY]
SOURCES = (
    make_source("gur", kind=SourceKind.ORGANISATION),
    make_source("budanov", member_of="gur"),
    make_source("spokesman", member_of="gur"),
    make_source("cnn", kind=SourceKind.OUTLET),
    make_source("critic"),
)
AFTER = {NARROW: "narrowed", AMEND: "amended", RETRACT: "retracted", DENY: "denied"}


def stands(*corrections, authority=0.6, claim=None, question=None):
    """Correct a claim of 08:00 an hour later, and on each hour from then."""
    claim = claim or make_claim(via=("cnn",))
    record = make_record(
        *SOURCES, question or make_question(), make_scope(SECTORS, share=0.3), make_scope(f"{SECTORS}/east")
    )
    said = [
        make_correction(kind=kind, by=by, stated_at=moment(31, 9 + i), **fields)
        for i, (kind, by, fields) in enumerate((*correction, {})[:3] for correction in corrections)
    ]
    record = replace(record, claims=(claim,), corrections=tuple(said))
    return Standings(record, lambda *_: authority, C).of(claim)


def test_what_nobody_corrected_stands_as_stated():
    standing = stands()
    assert (standing.kind, standing.undisputed, standing.is_standing) == (StandingKind.AS_STATED, 1, True)
    assert standing.fault == 0


@pytest.mark.parametrize("by", ["budanov", "gur", "spokesman"])
@pytest.mark.parametrize("kind", CHANGING)
def test_its_own_side_changes_what_a_claim_says(kind, by):
    standing = stands((kind, by))
    assert standing.kind == AFTER[kind]
    assert standing.undisputed == 1
    assert standing.is_standing is (kind in (NARROW, AMEND))
    assert standing.scope == (SECTORS if kind is NARROW else "kursk-front")
    assert standing.answer == Names(("reduced" if kind is AMEND else "fighting",))
    assert standing.is_kept_narrowing is (kind is NARROW)


@pytest.mark.parametrize("kind", CHANGING)
def test_the_carrier_changes_it_too_but_earns_the_source_no_relief(kind):
    own, carrier = stands((kind, "budanov")), stands((kind, "cnn"), authority=1.0)
    assert (carrier.kind, carrier.answer, carrier.scope) == (own.kind, own.answer, own.scope)
    assert carrier.fault > own.fault
    assert stands((kind, "cnn"), authority=0.3).fault == pytest.approx(0.3 * carrier.fault)
    assert not carrier.is_kept_narrowing


@pytest.mark.parametrize("answer", [("reduced",), ("fighting", "reduced"), ("fighting",)])
def test_a_side_has_revised_its_answer_as_far_as_it_now_says_something_else(answer):
    standing = stands((AMEND, "gur", {"answer": Names(answer)}))
    assert standing.revised == (0 if "fighting" in answer else 1)
    assert stands((AMEND, "cnn", {"answer": Names(answer)})).revised == 0
    assert stands((AMEND, "critic", {"answer": Names(answer)})).revised == 0


def test_who_returns_to_the_first_answer_has_revised_nothing():
    there_and_back = stands((AMEND, "budanov"), (AMEND, "budanov", {"answer": Names(("fighting",))}))
    assert there_and_back.revised == 0


@pytest.mark.parametrize("kind", CHANGING)
def test_another_puts_no_words_into_its_mouth_but_weakens_it_by_its_authority(kind):
    weak, strong = stands((kind, "critic"), authority=0.2), stands((kind, "critic"), authority=0.8)
    for standing in (weak, strong):
        assert (standing.answer, standing.scope) == (Names(("fighting",)), "kursk-front")
        assert standing.is_standing
    assert 1 > weak.undisputed > strong.undisputed > 0
    assert 0 < weak.fault < strong.fault
    assert (weak.kind, strong.kind) == (StandingKind.AS_STATED, AFTER[kind])


def test_severity_is_what_was_given_up():
    whole, narrowed, denied = (stands((kind, "cnn"), authority=1.0).fault for kind in (RETRACT, NARROW, DENY))
    assert (whole, narrowed, denied) == (1.0, pytest.approx(0.7), C.denial_severity)


@pytest.mark.parametrize(
    ("values", "low", "high"), [((4100,), 0, 0.1), ((4400,), 0.05, 0.6), ((9000,), 0.99, 1)]
)
def test_an_amendment_is_as_severe_as_the_values_lie_apart(values, low, high):
    question = make_quantity_question()
    claim = make_claim(question=question.id, answer=Values("about", (4000.0,)), via=("cnn",))
    amended = {"answer": Values("about", tuple(map(float, values)))}
    by_carrier = stands((AMEND, "cnn", amended), authority=1.0, claim=claim, question=question)
    by_another = stands((AMEND, "critic", amended), authority=1.0, claim=claim, question=question)
    assert low <= by_carrier.fault <= high
    assert by_another.undisputed == pytest.approx(1 - by_carrier.fault)


def test_corrections_are_taken_in_their_order():
    one = stands((NARROW, "budanov"), (AMEND, "budanov"))
    assert (one.kind, one.scope, one.answer) == ("amended", SECTORS, Names(("reduced",)))
    again = stands((AMEND, "budanov"), (AMEND, "budanov", {"answer": Names(("withdrawn",))}))
    assert again.answer == Names(("withdrawn",))
    assert stands((RETRACT, "budanov"), (AMEND, "budanov")).is_standing


def test_narrowing_twice_charges_only_the_further_step():
    further = stands((NARROW, "budanov"), (NARROW, "budanov", {"scope": f"{SECTORS}/east"}))
    assert further.scope == f"{SECTORS}/east"
    repeated = stands((NARROW, "budanov"), (NARROW, "spokesman"))
    assert repeated.fault == stands((NARROW, "budanov")).fault < further.fault


@pytest.mark.parametrize("second", CHANGING)
@pytest.mark.parametrize("by", ["cnn", "critic"])
def test_what_is_withdrawn_already_is_charged_no_further_and_revived_by_nobody_else(second, by):
    once, twice = stands((RETRACT, "budanov")), stands((RETRACT, "budanov"), (second, by))
    assert (twice.kind, twice.is_standing, twice.fault) == ("retracted", False, once.fault)


@pytest.mark.parametrize("kind", [RETRACT, DENY])
def test_reaffirming_takes_back_ones_own_retraction(kind):
    standing = stands((kind, "budanov"), (REAFFIRM, "spokesman"))
    assert (standing.kind, standing.is_standing, standing.fault) == (StandingKind.AS_STATED, True, 0)


def test_reaffirming_gives_back_what_others_took_and_not_what_was_given_up():
    weakened = stands((RETRACT, "critic"), (REAFFIRM, "budanov"))
    assert (weakened.kind, weakened.undisputed) == (StandingKind.AS_STATED, 1)
    assert weakened.fault == stands((RETRACT, "critic")).fault
    narrowed = stands((NARROW, "budanov"), (RETRACT, "critic"), (REAFFIRM, "budanov"))
    assert (narrowed.kind, narrowed.scope, narrowed.undisputed) == ("narrowed", SECTORS, 1)


def test_what_was_given_up_stays_on_the_record_though_the_carrier_retracts_and_it_is_reaffirmed():
    standing = stands((NARROW, "budanov"), (RETRACT, "cnn"), (REAFFIRM, "budanov"))
    assert standing.is_standing
    assert standing.faults[0] == stands((NARROW, "budanov")).faults[0]


@pytest.mark.parametrize("by", ["cnn", "critic"])
def test_only_its_own_side_can_reaffirm(by):
    assert not stands((RETRACT, "budanov"), (REAFFIRM, by)).is_standing
    assert stands((RETRACT, "critic"), (REAFFIRM, by)).undisputed == stands((RETRACT, "critic")).undisputed


def test_whoever_gains_from_a_correction_has_less_authority():
    def kept(by, *stakes):
        question = make_question(stakes=stakes)
        correction = make_correction(kind=RETRACT, by=by)
        record = make_record(*SOURCES, question, make_claim(), correction)
        return Scores(record).model.evidence_[question.id].voices[0].standing.undisputed

    neutral = kept("critic")
    assert kept("critic", Stake("critic", (Names(("reduced", "withdrawn")),))) > neutral
    assert kept("critic", Stake("critic", (Names(("fighting",)),))) < neutral


def test_a_prompt_correction_by_its_own_side_halves_the_error():
    late = make_claim(stated_at=moment(1) - timedelta(days=3000))
    assert stands((RETRACT, "budanov")).fault == pytest.approx(0.5, abs=0.01)
    assert stands((RETRACT, "budanov"), claim=late).fault == pytest.approx(1, abs=0.01)


def test_a_correction_on_the_day_of_a_claim_of_unknown_hour_took_no_negative_time():
    claim = make_claim(stated_at=moment(31, 23, 59), stated_precision="day")
    (fault,) = stands((RETRACT, "budanov"), claim=claim).faults
    assert "-" not in fault.because.removeprefix(claim.id)
    assert fault.weight == pytest.approx(0.5)


CHANGED, REAFFIRMED, DISPUTED, NONE = (
    ConsequenceKind(k) for k in ("changed", "reaffirmed", "disputed", "none")
)
ALL = [*CHANGING, REAFFIRM]


@pytest.mark.parametrize(
    ("by", "side"),
    [("budanov", "author"), ("gur", "body"), ("spokesman", "body"), ("cnn", "carrier"), ("critic", "other")],
)
def test_whoever_corrects_stands_on_one_side(by, side):
    claim, record = make_claim(via=("cnn", "spokesman")), make_record(*SOURCES)
    assert side_of(by, claim, record) is Side(side)
    assert Side(side).is_own is (side in ("author", "body"))


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("by", ["budanov", "spokesman", "cnn", "critic"])
@pytest.mark.parametrize("is_gone", [False, True])
def test_what_comes_of_a_correction_is_decided_by_its_side_and_what_still_stands(kind, by, is_gone):
    before = [(RETRACT, "budanov")] if is_gone else []
    came = stands(*before, (kind, by)).consequences[-1]
    is_own = by in ("budanov", "spokesman")
    if kind is REAFFIRM:
        expected = REAFFIRMED if is_own else NONE
    elif is_gone:
        expected = CHANGED if is_own and kind is AMEND else NONE
    else:
        expected = DISPUTED if by == "critic" else CHANGED
    assert came.kind is expected
    assert came.correction.by == by
    assert came.word == ("disputed" if expected is DISPUTED else AFTER.get(kind, "reaffirmed"))
    assert came.phrase().endswith(" to no effect") is (expected is NONE)


def test_a_phrase_says_where_to_or_in_favour_of_what():
    narrowed, amended = (stands((kind, "budanov")).consequences[0] for kind in (NARROW, AMEND))
    assert (narrowed.phrase("here"), amended.phrase("this")) == ("narrowed to here", "amended to this")
    beyond, against = (stands((kind, "critic")).consequences[0] for kind in (NARROW, AMEND))
    assert (beyond.phrase("here"), against.phrase("this")) == (
        "disputed beyond here",
        "disputed in favour of this",
    )
    vain = stands((RETRACT, "budanov"), (AMEND, "cnn")).consequences[1]
    assert vain.phrase("this") == "amended to this to no effect"


@pytest.mark.parametrize(
    ("corrections", "changes", "disputes", "made_by"),
    [
        ([], [], [], None),
        ([(NARROW, "budanov"), (AMEND, "cnn")], [0, 1], [], 1),
        ([(NARROW, "budanov"), (NARROW, "gur", {"scope": f"{SECTORS}/east"})], [1], [], 1),
        ([(AMEND, "budanov"), (RETRACT, "cnn"), (AMEND, "cnn")], [1], [], 1),
        ([(RETRACT, "budanov"), (REAFFIRM, "gur")], [], [], 1),
        ([(RETRACT, "budanov"), (AMEND, "gur")], [1], [], 1),
        ([(NARROW, "budanov"), (DENY, "critic")], [0], [1], None),
        ([(NARROW, "budanov"), (NARROW, "critic", {"scope": f"{SECTORS}/east"})], [0], [1], 0),
        ([(RETRACT, "budanov"), (REAFFIRM, "gur"), (RETRACT, "critic")], [], [2], None),
        ([(RETRACT, "critic"), (REAFFIRM, "gur"), (DENY, "critic")], [], [2], None),
        ([(NARROW, "budanov"), (RETRACT, "critic"), (REAFFIRM, "gur")], [0], [], 0),
        ([(RETRACT, "critic"), (RETRACT, "budanov")], [1], [], 1),
        ([(AMEND, "budanov"), (AMEND, "budanov", {"answer": Names(("fighting",))})], [1], [], 1),
    ],
)
def test_a_standing_tells_which_corrections_make_it_what_it_is(corrections, changes, disputes, made_by):
    standing = stands(*corrections)
    found = standing.consequences
    assert standing.changes == tuple(found[i] for i in changes)
    assert standing.disputes == tuple(found[i] for i in disputes)
    assert standing.made_by is (None if made_by is None else found[made_by])


def test_a_word_of_reaffirmation_is_told_until_something_else_names_how_it_stands():
    stood_by = stands((REAFFIRM, "budanov"), (RETRACT, "critic"), authority=0.2)
    assert stood_by.made_by is stood_by.consequences[0]
    assert stands((REAFFIRM, "cnn")).made_by is None


def test_what_takes_nothing_disputes_nothing():
    same = stands((AMEND, "critic", {"answer": Names(("fighting",))}))
    assert (same.undisputed, same.disputes) == (1, ())


def test_a_dispute_is_charged_as_one():
    (fault,) = stands((RETRACT, "critic")).faults
    assert fault.because == "budanov-fighting was disputed by Critic within the hour"
