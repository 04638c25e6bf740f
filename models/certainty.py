"""Estimative words, as ICD 203 defines them, read as probabilities."""

from models.errors import InvalidValueError

# ICD 203 (2015, amended 2022) gives each word a band; a word is read as its band's middle.
ESTIMATIVE_WORDS: dict[str, float] = {
    "almost no chance": 0.03,
    "remote": 0.03,
    "very unlikely": 0.125,
    "highly improbable": 0.125,
    "unlikely": 0.325,
    "improbable": 0.325,
    "roughly even chance": 0.50,
    "roughly even odds": 0.50,
    "likely": 0.675,
    "probable": 0.675,
    "probably": 0.675,
    "very likely": 0.875,
    "highly probable": 0.875,
    "almost certain": 0.97,
    "nearly certain": 0.97,
}


def certainty_of(word: str) -> float:
    """Return the probability that an estimative word of ICD 203 stands for.

    Raises
    ------
    InvalidValueError
        When the word is none of ICD 203's.
    """
    try:
        return ESTIMATIVE_WORDS[word.strip().lower().replace("_", " ").replace("-", " ")]
    except KeyError:
        raise InvalidValueError(
            "certainty", f"is neither a number in (0, 1] nor one of {', '.join(ESTIMATIVE_WORDS)}"
        ) from None
