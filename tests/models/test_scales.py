"""Each published table, at the edges of its bands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stix2.confidence import scales as stix_scales

from models.record import Vantage
from models.scales import (
    admiralty_digit,
    admiralty_letter,
    icd203,
    proximity_3x5x2,
    stix_confidence,
    stix_dni,
    stix_opinion,
    stix_wep,
)


@pytest.mark.parametrize(
    ("probability", "word"),
    [
        (0.0, "almost no chance"),
        (0.01, "almost no chance"),
        (0.0499, "almost no chance"),
        (0.05, "very unlikely"),
        (0.1999, "very unlikely"),
        (0.20, "unlikely"),
        (0.42, "unlikely"),
        (0.4499, "unlikely"),
        (0.45, "roughly even chance"),
        (0.5499, "roughly even chance"),
        (0.55, "likely"),
        (0.7999, "likely"),
        (0.80, "very likely"),
        (0.92, "very likely"),
        (0.9499, "very likely"),
        (0.95, "almost certain"),
        (0.99, "almost certain"),
        (1.0, "almost certain"),
    ],
)
def test_icd_203_bands_are_half_open(probability, word):
    assert icd203(probability) == word


@pytest.mark.parametrize(
    ("confidence", "digit"),
    [(0, 5), (19, 5), (20, 4), (39, 4), (40, 3), (59, 3), (60, 2), (79, 2), (80, 1), (100, 1)],
)
def test_the_digit_follows_the_bands_of_stix(confidence, digit):
    assert admiralty_digit(confidence / 100, 2.0, is_contradicted=True) == digit
    assert stix_confidence(confidence / 100) == confidence


@given(st.floats(0, 1))
def test_stix_confidence_is_a_whole_number_of_per_cent(probability):
    confidence = stix_confidence(probability)
    assert isinstance(confidence, int)
    assert 0 <= confidence <= 100
    assert abs(confidence - 100 * probability) <= 0.5


def test_one_asks_for_two_independent_origins():
    assert admiralty_digit(0.95, 2.0, is_contradicted=False) == 1
    assert admiralty_digit(0.95, 1.99, is_contradicted=False) == 2
    assert admiralty_digit(0.70, 9.0, is_contradicted=False) == 2


def test_five_asks_for_a_contradiction():
    assert admiralty_digit(0.05, 3.0, is_contradicted=True) == 5
    assert admiralty_digit(0.05, 3.0, is_contradicted=False) == 4


@pytest.mark.parametrize("is_contradicted", [True, False])
def test_six_is_for_what_has_no_evidence(is_contradicted):
    assert admiralty_digit(None, 5.0, is_contradicted=is_contradicted) == 6


@pytest.mark.parametrize(
    ("low", "letter"),
    [
        (1.0, "A"), (0.80, "A"), (0.7999, "B"), (0.60, "B"), (0.5999, "C"), (0.40, "C"),
        (0.3999, "D"), (0.20, "D"), (0.1999, "E"), (0.0, "E"),
    ],
)  # fmt: skip
def test_the_letter_reads_the_lower_end_and_is_f_below_three_judged_claims(low, letter):
    assert admiralty_letter(low, 3.0) == letter
    assert admiralty_letter(low, 2.999) == "F"


@pytest.mark.parametrize(
    ("vantage", "origins", "letter"),
    [
        (Vantage.DIRECT, 1.0, "A"),
        (Vantage.DIRECT, 3.0, "A"),
        (Vantage.OPERATIONAL, 1.99, "C"),
        (Vantage.OPERATIONAL, 2.0, "B"),
        (Vantage.NATIONAL_INTELLIGENCE, 2.0, "B"),
        (Vantage.RELAYED, 1.0, "C"),
        (Vantage.UNKNOWN, 3.0, "D"),
    ],
)
def test_3x5x2_says_how_the_information_is_known(vantage, origins, letter):
    assert proximity_3x5x2(vantage, 0.5, origins, is_contradicted=True) == letter
    assert proximity_3x5x2(vantage, None, origins, is_contradicted=False) == letter


@pytest.mark.parametrize("vantage", Vantage)
def test_3x5x2_suspects_only_what_is_improbable_and_contradicted(vantage):
    assert proximity_3x5x2(vantage, 0.19, 1.0, is_contradicted=True) == "E"
    assert proximity_3x5x2(vantage, 0.19, 1.0, is_contradicted=False) != "E"
    assert proximity_3x5x2(vantage, 0.20, 1.0, is_contradicted=True) != "E"


@pytest.mark.parametrize(
    ("confidence", "wep", "dni"),
    [
        (0, "Impossible", "Almost No Chance / Remote"),
        (1, "Highly Unlikely/Almost Certainly Not", "Almost No Chance / Remote"),
        (9, "Highly Unlikely/Almost Certainly Not", "Almost No Chance / Remote"),
        (10, "Highly Unlikely/Almost Certainly Not", "Very Unlikely / Highly Improbable"),
        (19, "Highly Unlikely/Almost Certainly Not", "Very Unlikely / Highly Improbable"),
        (20, "Unlikely/Probably Not", "Unlikely / Improbable"),
        (39, "Unlikely/Probably Not", "Unlikely / Improbable"),
        (40, "Even Chance", "Roughly Even Chance / Roughly Even Odds"),
        (59, "Even Chance", "Roughly Even Chance / Roughly Even Odds"),
        (60, "Likely/Probable", "Likely / Probable"),
        (79, "Likely/Probable", "Likely / Probable"),
        (80, "Highly likely/Almost Certain", "Very Likely / Highly Probable"),
        (89, "Highly likely/Almost Certain", "Very Likely / Highly Probable"),
        (90, "Highly likely/Almost Certain", "Almost Certain / Nearly Certain"),
        (99, "Highly likely/Almost Certain", "Almost Certain / Nearly Certain"),
        (100, "Certain", "Almost Certain / Nearly Certain"),
    ],
)
def test_each_of_stixs_scales_of_likelihood_has_its_own_bands(confidence, wep, dni):
    assert (stix_wep(confidence), stix_dni(confidence)) == (wep, dni)


def test_stixs_tables_are_those_of_its_own_library_at_every_confidence():
    for confidence in range(101):
        assert stix_wep(confidence) == stix_scales.value_to_wep(confidence)
        assert stix_dni(confidence) == stix_scales.value_to_dni(confidence)
        digit = admiralty_digit(confidence / 100, 2.0, is_contradicted=True)
        assert stix_scales.value_to_admiralty_credibility(confidence).startswith(str(digit))


@pytest.mark.parametrize(
    ("confidence", "opinion"),
    [
        (0, "strongly-disagree"),
        (19, "strongly-disagree"),
        (20, "disagree"),
        (39, "disagree"),
        (40, "neutral"),
        (59, "neutral"),
        (60, "agree"),
        (79, "agree"),
        (80, "strongly-agree"),
        (100, "strongly-agree"),
    ],
)
def test_an_opinion_is_as_wide_as_a_digit_of_credibility(confidence, opinion):
    assert stix_opinion(confidence) == opinion
