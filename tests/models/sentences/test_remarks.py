"""What became of a claim, in a word and a sentence."""

from typing import Any

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
from models.record import CorrectionKind
from models.sentences.remarks import Remark, on_claim
from models.standings import Standings

NARROW, AMEND, RETRACT, DENY, REAFFIRM = (CorrectionKind(k) for k in
    ("narrow", "amend", "retract", "deny", "reaffirm"))  # fmt: skip
SOURCES = (
    make_source("gur", name="The GUR"),
    make_source(member_of="gur"),
    make_source("cnn", name="CNN"),
    make_source("critic"),
    make_source("other"),
)


def remark(
    *said: tuple[CorrectionKind, str] | tuple[CorrectionKind, str, dict[str, Any]], **fields: Any
) -> Remark:
    """What is remarked of a claim that was corrected on each day from 1 February."""
    claim = make_claim(via=("cnn",), **fields)
    corrections = [
        make_correction(id=f"k{i}", kind=kind, by=by, stated_at=moment(i, month=2), **dict(*what))
        for i, (kind, by, *what) in enumerate(said, 1)
    ]
    scope = make_scope(name="The SSO's own sectors")
    questions = make_question(), make_quantity_question()
    record = make_record(*SOURCES, scope, *questions, claim, *corrections)
    return on_claim(Standings(record).of(claim), record.questions[claim.question], record)


@pytest.mark.parametrize(
    ("said", "kind", "sentence"),
    [
        ([], "as_stated", "As first stated on 31 January 2025"),
        ([(REAFFIRM, "budanov")], "as_stated", "Reaffirmed by its author on 1 February 2025"),
        ([(REAFFIRM, "cnn")], "as_stated", "As first stated on 31 January 2025"),
        ([(DENY, "gur")], "denied", "Denied by The GUR, for its author's side, on 1 February 2025"),
        ([(RETRACT, "cnn")], "retracted", "Retracted by CNN, which carried it, on 1 February 2025"),
        ([(RETRACT, "critic")], "retracted", "Taken as retracted; disputed by Critic"),
        ([(RETRACT, "budanov"), (AMEND, "cnn")], "retracted", "Retracted by its author on 1 February 2025"),
        ([(RETRACT, "budanov"), (DENY, "gur")], "retracted", "Retracted by its author on 1 February 2025"),
        ([(DENY, "critic"), (RETRACT, "budanov")], "retracted", "Retracted by its author on 2 February 2025"),
        ([(DENY, "critic"), (REAFFIRM, "gur")], "as_stated",
         "Reaffirmed by The GUR, for its author's side, on 2 February 2025"),
        ([(RETRACT, "budanov"), (REAFFIRM, "budanov"), (RETRACT, "critic")], "retracted",
         "Taken as retracted; disputed by Critic"),
        ([(DENY, "other"), (REAFFIRM, "budanov"), (NARROW, "critic"), (DENY, "critic")], "denied",
         "Taken as denied; disputed by Critic"),
        ([(DENY, "other"), (DENY, "critic")], "denied", "Taken as denied; disputed by Other and Critic"),
        ([(NARROW, "budanov"), (AMEND, "cnn")], "amended",
         "Amended by CNN, which carried it, on 2 February 2025, from “fighting”, "
         "and narrowed to “The SSO's own sectors”"),
        ([(AMEND, "budanov"), (NARROW, "budanov")], "narrowed",
         "Narrowed by its author on 2 February 2025, to “The SSO's own sectors”, "
         "and amended from “fighting”"),
        ([(AMEND, "budanov"), (NARROW, "budanov"), (DENY, "critic")], "denied",
         "Taken as denied, and narrowed to “The SSO's own sectors” and amended from “fighting”"
         "; disputed by Critic"),
        ([(AMEND, "budanov"), (AMEND, "budanov", {"answer": Names(("fighting",))})], "amended",
         "Amended by its author on 2 February 2025"),
    ],
)  # fmt: skip
def test_a_remark_says_by_whom_a_claim_is_what_it_is_and_what_is_left(
    said: list[Any], kind: str, sentence: str
) -> None:
    assert remark(*said) == Remark(kind, sentence)


def test_a_number_goes_with_its_unit() -> None:
    said = {"question": "dprk-casualties", "answer": Values("about", (4000.0,))}
    amended = remark((AMEND, "budanov", {"answer": Values("about", (3000.0,))}), **said)
    assert amended.sentence == "Amended by its author on 1 February 2025, from about 4,000 soldiers"


def test_only_what_is_no_rule_is_worth_a_word() -> None:
    assert remark().word is None
    assert remark((RETRACT, "budanov")).word == "retracted"
