"""The badge: a score as a picture, for where no script runs and no frame stands."""

from dataclasses import dataclass

from flask import render_template

from api.cards import Card
from api.prose import for_xml

# In pixels, as drawn at its natural size.
HEIGHT = 22
PADDING = 7
FONT_SIZE = 12
# The widths of letters differ from font to font: here as parts of the font's size, a little wide, and
# `textLength` makes whatever font there is keep to them.
NARROW, USUAL, WIDE = 0.34, 0.58, 0.92
NARROW_LETTERS = frozenset("ijlftrI.,:;·'“”()|! ")
WIDE_LETTERS = frozenset("mwMWQO%@—")
BRAND = "Credence"
# A longer text is cut: beside it the badge would not fit a line.
LONGEST_LEAD = 32


@dataclass(frozen=True)
class Text:
    """A text on the badge: where it begins and how wide it is, in pixels."""

    text: str
    x: int
    width: int


def width_of(text: str) -> int:
    """Return about how wide a text is, in pixels."""
    ems = sum(
        NARROW if letter in NARROW_LETTERS else WIDE if letter in WIDE_LETTERS else USUAL for letter in text
    )
    return round(ems * FONT_SIZE)


def draw(card: Card | None, sentence: str) -> str:
    """Return the badge of a card as SVG; without one, of the sentence that says why there is none."""
    score = for_xml(sentence if card is None else _score(card))
    brand = Text(BRAND, PADDING, width_of(BRAND))
    split = brand.width + 2 * PADDING
    value = Text(score, split + PADDING, width_of(score))
    return render_template(
        "embed/badge.svg",
        label=for_xml(sentence if card is None else card.label),
        texts=(brand, value),
        split=split,
        width=value.x + value.width + PADDING,
        height=HEIGHT,
        font_size=FONT_SIZE,
    )


def _score(card: Card) -> str:
    lead = card.lead
    if lead is not None and len(lead) > LONGEST_LEAD:
        lead = f"{lead[: LONGEST_LEAD - 1]}…"
    parts = [f"“{lead}” {card.figure}" if lead else card.figure]
    parts += [part for part in (card.moment, card.grade, card.state) if part]
    return " · ".join(parts)
