"""Published scales, each by its own table: Admiralty, ICD 203, STIX 2.1, UK 3x5x2.

There is no published mapping from a probability to the Admiralty letter; the one here is the
house's and reads the *lower* end of the interval. Letter and digit are computed apart, since
graders who fuse them put most reports on the diagonal (Baker, McKendry and Mace 1968).
"""

from __future__ import annotations

from dataclasses import dataclass

from models.record import Vantage

# ICD 203, half-open bands in per cent, clamped to 1–99.
ICD203_BANDS = (
    (5, "almost no chance"),
    (20, "very unlikely"),
    (45, "unlikely"),
    (55, "roughly even chance"),
    (80, "likely"),
    (95, "very likely"),
    (100, "almost certain"),
)
# STIX 2.1, appendix A: confidence to the Admiralty digit.
STIX_DIGITS = ((20, 5), (40, 4), (60, 3), (80, 2), (101, 1))
# STIX 2.1, appendix A: confidence to words of estimative probability, and to those of the US Director of
# National Intelligence. The latter are not ICD 203's bands, though the words are much the same.
STIX_WEP = (
    (1, "Impossible"),
    (20, "Highly Unlikely/Almost Certainly Not"),
    (40, "Unlikely/Probably Not"),
    (60, "Even Chance"),
    (80, "Likely/Probable"),
    (100, "Highly likely/Almost Certain"),
    (101, "Certain"),
)
STIX_DNI = (
    (10, "Almost No Chance / Remote"),
    (20, "Very Unlikely / Highly Improbable"),
    (40, "Unlikely / Improbable"),
    (60, "Roughly Even Chance / Roughly Even Odds"),
    (80, "Likely / Probable"),
    (90, "Very Likely / Highly Probable"),
    (101, "Almost Certain / Nearly Certain"),
)
# House mapping: STIX gives its five opinions no numbers. Each is as wide as one of its digits of credibility.
STIX_OPINIONS = (
    (20, "strongly-disagree"),
    (40, "disagree"),
    (60, "neutral"),
    (80, "agree"),
    (101, "strongly-agree"),
)
# House mapping: the lower end of the interval that each letter asks for.
LETTER_FLOORS = ((0.80, "A"), (0.60, "B"), (0.40, "C"), (0.20, "D"))
# The scale's own words for its letters and digits.
LETTER_WORDS = {
    "A": "completely reliable",
    "B": "usually reliable",
    "C": "fairly reliable",
    "D": "not usually reliable",
    "E": "unreliable",
    "F": "reliability cannot be judged",
}
DIGIT_WORDS = {
    "1": "confirmed by other sources",
    "2": "probably true",
    "3": "possibly true",
    "4": "doubtful",
    "5": "improbable",
    "6": "truth cannot be judged",
}
# Fewer judged claims than this and a source's letter is F.
JUDGED_CLAIMS_FLOOR = 3.0
# Below this credence, with a contradiction, 3x5x2 says "suspected to be false".
SUSPECTED_FALSE_BELOW = 0.20
# Confirmation asks for a second independent origin.
CONFIRMING_ORIGINS = 2.0


@dataclass(frozen=True)
class Grades:
    """One score on the published scales; None where it cannot be judged."""

    admiralty: str | None
    icd203: str | None
    stix_confidence: int | None
    proximity_3x5x2: str | None


def icd203(probability: float) -> str:
    """Return the ICD 203 likelihood word of a probability."""
    percent = min(max(100 * probability, 1.0), 99.0)
    return next(word for upper, word in ICD203_BANDS if percent < upper)


def stix_confidence(probability: float) -> int:
    """Return the STIX 2.1 confidence, an integer from 0 to 100."""
    return round(100 * probability)


def stix_wep(confidence: int) -> str:
    """Return STIX's words of estimative probability for a confidence from 0 to 100."""
    return next(words for upper, words in STIX_WEP if confidence < upper)


def stix_dni(confidence: int) -> str:
    """Return the words of STIX's DNI scale for a confidence from 0 to 100."""
    return next(words for upper, words in STIX_DNI if confidence < upper)


def stix_opinion(confidence: int) -> str:
    """Return the STIX opinion on a claim whose credence is a confidence from 0 to 100."""
    return next(opinion for upper, opinion in STIX_OPINIONS if confidence < upper)


def admiralty_letter(low: float, n_judged: float) -> str:
    """Return the letter of a source from the lower end of its reliability's interval.

    F while fewer than `JUDGED_CLAIMS_FLOOR` of its claims could be judged.
    """
    if n_judged < JUDGED_CLAIMS_FLOOR:
        return "F"
    return next((letter for floor, letter in LETTER_FLOORS if low >= floor), "E")


def admiralty_words(grade: str) -> tuple[str, ...]:
    """Return what the marks of a grade mean: a source's letter, or the letter and the digit of a claim."""
    return tuple(LETTER_WORDS.get(mark) or DIGIT_WORDS[mark] for mark in grade)


def admiralty_digit(credence: float | None, independent_origins: float, *, is_contradicted: bool) -> int:
    """Return the digit of a claim from its credence by the STIX bands.

    1 needs two independent origins (else 2), 5 needs a contradiction (else 4), 6 is for a
    claim without evidence, whose `credence` is None.
    """
    if credence is None:
        return 6
    digit = next(digit for upper, digit in STIX_DIGITS if stix_confidence(credence) < upper)
    if digit == 1 and independent_origins < CONFIRMING_ORIGINS:
        return 2
    if digit == 5 and not is_contradicted:
        return 4
    return digit


def proximity_3x5x2(
    vantage: Vantage, credence: float | None, independent_origins: float, *, is_contradicted: bool
) -> str:
    """Return the UK 3x5x2 letter: how the information is known."""
    if credence is not None and credence < SUSPECTED_FALSE_BELOW and is_contradicted:
        return "E"
    if vantage is Vantage.DIRECT:
        return "A"
    if vantage is Vantage.UNKNOWN:
        return "D"
    return "B" if independent_origins >= CONFIRMING_ORIGINS else "C"
