"""The standings of a whole record."""

from factories import make_claim, make_correction, make_question, make_record, make_source, moment

from models.record import CorrectionKind
from models.standings import Standings

CLAIM, OTHER = make_claim(), make_claim("other")


def corrected(**fields):
    return make_correction(**{"id": "k", "kind": CorrectionKind.RETRACT, **fields})


def standings(*corrections, **options):
    sources = make_source(), make_source("critic")
    return Standings(make_record(*sources, make_question(), CLAIM, OTHER, *corrections), **options)


def test_corrections_are_taken_in_the_order_in_which_they_were_said():
    late = corrected(id="a", kind=CorrectionKind.REAFFIRM, stated_at=moment(31, 18))
    for order in ((late, corrected()), (corrected(), late)):
        steps = standings(*order).steps(CLAIM)
        assert [step.kind for step in steps] == ["as_stated", "retracted", "as_stated"]
        assert standings(*order).of(CLAIM) == steps[-1]
    assert standings(late).of(OTHER).consequences == ()


def test_what_came_of_a_correction_is_found_by_ids():
    found = standings(corrected())
    came = found.consequence("k", CLAIM.id)
    assert came.correction.id == "k"
    assert came.kind == "changed"
    assert found.consequence("k", OTHER.id) is None
    assert found.consequence("none", CLAIM.id) is None
    assert found.consequence("k", "none") is None


def test_whoever_is_believed_names_how_it_stands_and_leaves_the_same():
    disputed = corrected(by="critic")
    believed, doubted = (standings(disputed, authority=lambda *_, p=p: p).of(CLAIM) for p in (0.9, 0.1))
    assert (believed.kind, doubted.kind) == ("retracted", "as_stated")
    assert standings(disputed).of(CLAIM).kind == "retracted"
    assert believed.is_standing
    assert believed.answer == doubted.answer
