import pytest
from factories import make_claim, make_quantity_question, make_question, make_record, make_source

from models.scoring import Scores

SHARED = {"subject", "effective_n", "grades", "factors", "summary"}
SCORES = Scores(make_record(make_source(), make_question(), make_quantity_question(), make_claim()))


@pytest.mark.parametrize(
    ("kind", "subject", "own"),
    [
        ("source", "budanov", {"score", "interval"}),
        ("claim", "budanov-fighting", {"score", "interval", "standing", "origins"}),
        ("question", "dprk-on-kursk-front", {"answers", "origins", "contested", "evidence"}),
        ("question", "dprk-casualties", {"quantity", "origins", "contested", "evidence"}),
    ],
)
def test_a_document_has_the_fields_of_its_kind(kind, subject, own):
    document = SCORES.of(kind, subject).document
    assert set(document) == SHARED | own
    assert (document["subject"]["type"], document["subject"]["id"]) == (kind, subject)
    assert set(document["grades"]) == {"admiralty", "icd203", "stix_confidence", "proximity_3x5x2"}


def test_only_a_sources_document_names_a_scope():
    assert SCORES.of("source", "budanov", "sea").document["subject"]["scope"] == "sea"
    assert SCORES.of("source", "budanov").document["subject"]["scope"] is None
    assert "scope" not in SCORES.of("claim", "budanov-fighting").document["subject"]


def test_lists_sort_a_question_by_its_leading_answer_and_a_quantity_by_nothing():
    question = SCORES.of("question", "dprk-on-kursk-front")
    leading = max(question.answers, key=lambda answer: answer.credence)
    assert question.stored == (leading.credence, leading.low, leading.high)
    assert SCORES.of("question", "dprk-casualties").stored == (None, None, None)
    source = SCORES.of("source", "budanov")
    assert source.stored == (source.score, source.interval.low, source.interval.high)
