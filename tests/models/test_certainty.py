import pytest

from models.certainty import ESTIMATIVE_WORDS, certainty_of
from models.errors import InvalidValueError
from models.scales import icd203

SYNONYMS = {
    "remote": "almost no chance",
    "highly improbable": "very unlikely",
    "improbable": "unlikely",
    "roughly even odds": "roughly even chance",
    "probable": "likely",
    "probably": "likely",
    "highly probable": "very likely",
    "nearly certain": "almost certain",
}


@pytest.mark.parametrize("word", ESTIMATIVE_WORDS)
def test_a_word_stands_for_a_probability_inside_its_own_band(word):
    assert icd203(certainty_of(word)) == SYNONYMS.get(word, word)


@pytest.mark.parametrize("spelling", ["very likely", "Very Likely", " very-likely ", "VERY_LIKELY"])
def test_spelling_does_not_matter(spelling):
    assert certainty_of(spelling) == certainty_of("very likely")


@pytest.mark.parametrize("word", ["", "maybe", "possible", "certain", "0.5"])
def test_a_word_that_icd_203_does_not_have_is_refused(word):
    with pytest.raises(InvalidValueError, match="almost no chance") as caught:
        certainty_of(word)
    assert caught.value.field == "certainty"
