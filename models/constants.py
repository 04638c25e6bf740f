"""Every default of the model, with its meaning and the reason for its size.

This is the one place to look for a number. An analyst who disagrees with one constructs
``Constants(institution_overlap=0.5)`` and fits with it; `GET /v1/model` shows those in force.
Log-odds are natural. A value "elicited" was set by judgement before any data was seen here. Those with a
width, the coefficients of the factors, are where resolutions start from (`models.coefficients`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

# How far an elicited coefficient may be off (sd, log-odds): as far as `elicitation_width` says of a whole
# source, since a judgement of one factor is no surer: an elicited 69% may be anything from 57 to 79%.
ELICITED_WIDTH = 0.5


def _constant(value: Any, unit: str, meaning: str, reason: str) -> Any:
    return field(default=value, metadata={"unit": unit, "meaning": meaning, "reason": reason})


def _coefficient(value: float, unit: str, meaning: str, reason: str, width: float = ELICITED_WIDTH) -> Any:
    return field(default=value, metadata={"unit": unit, "meaning": meaning, "reason": reason, "width": width})


@dataclass(frozen=True)
class Coefficient:
    """What resolutions have made of a coefficient: its value, and the width (sd) that is left."""

    value: float
    width: float


Coefficients = Mapping[str, Coefficient]


@dataclass(frozen=True, kw_only=True)
class Constants:
    """The model's defaults; each field's metadata holds its unit, meaning and reason."""

    baseline: float = _coefficient(
        0.4, "log-odds", "a source of unremarkable proximity knows and tells it right",
        "Elicited: 60%. Somewhat better than a coin, far from trust.",
    )  # fmt: skip
    vantage_direct: float = _coefficient(
        1.0, "log-odds", "the source, or its own unit, was there",
        "Elicited: lifts 60% to 80%. Kept modest: those who stand closest are often those accused.",
    )  # fmt: skip
    vantage_operational: float = _coefficient(
        0.7, "log-odds", "the source holds operational reporting for the area",
        "Elicited: three quarters. Sees the whole area, through reports.",
    )  # fmt: skip
    vantage_national_intelligence: float = _coefficient(
        0.4, "log-odds", "the source assesses from outside by its own collection",
        "Elicited: 69%. Own collection, but at a distance.",
    )  # fmt: skip
    vantage_relayed: float = _coefficient(
        -0.3, "log-odds", "the source repeats others",
        "Elicited: 52%. What is repeated was chosen and shortened by someone who was not there.",
    )  # fmt: skip
    vantage_unknown: float = _coefficient(
        -0.6, "log-odds", "access is not established, or lies in another scope",
        "Elicited: 45%. Below a relay, which at least names where it has it from.",
    )  # fmt: skip
    anonymity: float = _coefficient(
        -0.4, "log-odds", "the source is not named",
        "Elicited: one tenth less. Nobody answers for the statement later.",
    )  # fmt: skip
    carrier: float = _coefficient(
        -0.1, "log-odds a carrier", "one more carrier between the speaker and the reader",
        "Elicited: each retelling loses a little; most carriers quote faithfully.",
    )  # fmt: skip
    stake_served: float = _coefficient(
        -0.8, "log-odds", "the claim wholly favours the source's own stake",
        "Elicited: takes away what being operational gives. Being close is no merit where one gains.",
    )  # fmt: skip
    stake_admission: float = _coefficient(
        0.6, "log-odds", "the claim goes wholly against the source's own stake",
        "Elicited: an admission is costly, so rarely made in error; smaller than the penalty, since "
        "admissions can be staged.",
    )  # fmt: skip
    contradiction: float = _coefficient(
        -0.3, "log-odds", "another voice of the same body asserts an answer that excludes this one",
        "Elicited: one of the two must be wrong. Changing one's own mind costs nothing: in forecasting "
        "records the rate of revising does not predict later error.",
    )  # fmt: skip
    revision: float = _coefficient(
        0.5, "log-odds", "an answer that its own side gave up a quite different one for",
        "Among 3,693 personal forecasts those that were later revised proved right in 83%, those that "
        "were stated once in 74%: 0.5 in log-odds.",
    )  # fmt: skip
    shared_doubt: float = _constant(
        0.35, "probability", "all that is said on a question rests on one error",
        "Best log score on 177 labelled rumours, where a fifth of the leading answers was wrong however "
        "many agreed: 0.28 or 0.42 (bootstrap 0.15 to 0.66) by whether guessing is learned across them; "
        "the middle.",
    )  # fmt: skip
    default_share: float = _constant(
        0.25, "share", "how much of its parent an undeclared scope covers",
        "Elicited: a part that gets a name of its own is seldom most of the whole.",
    )  # fmt: skip
    kept_narrowing: float = _constant(
        0.5, "log-odds", "a claim that its own side narrowed, on what it still says",
        "Elicited: what an author stands by when pressed has been looked at twice, as with `revision`.",
    )  # fmt: skip
    denial_severity: float = _constant(
        0.5, "share of an error", "a denied statement, as an error on the source's record",
        "Elicited: speaker and carrier contradict each other and each may be the one at fault.",
    )  # fmt: skip
    self_correction_relief: float = _constant(
        0.5, "share of an error", "what an immediate correction by its own side takes off the error",
        "Elicited: the error was made, and the record that was corrected is the better for it.",
    )  # fmt: skip
    promptness_days: float = _constant(
        198.0, "days", "scale of the fading of that relief, exp(-(d/scale)**shape)",
        "Fitted by benchmarks.promptness to 878 delays between false articles of 78 Hungarian outlets and "
        "their corrections (share of corrections that were slower; rms error 0.027).",
    )  # fmt: skip
    promptness_shape: float = _constant(
        0.585, "exponent", "shape of the fading of that relief", "Same fit as promptness_days.",
    )  # fmt: skip
    divergence_severity: float = _constant(
        0.3, "share of an error", "a carrier whose version of one statement differs from the others'",
        "Elicited: one version is off, and it is not known that it is this one. Charged to the carrier.",
    )  # fmt: skip
    institution_overlap: float = _constant(
        0.75, "correlation", "two voices of one body that agree",
        "Elicited: four such voices count as 1.2 origins. They share reporting and an interest.",
    )  # fmt: skip
    unestablished_overlap: float = _constant(
        0.25, "correlation", "an unnamed voice and another that agree",
        "Elicited: the unnamed one may be, or have heard, the other.",
    )  # fmt: skip
    evidence_temper: float = _constant(
        0.75, "exponent", "power to which all evidence is raised",
        "Claims are never quite independent: in trials on labelled records 0.7 brought expected "
        "calibration error from 0.24 to 0.13 and from 0.16 to 0.02. Three quarters is as good there, "
        "and costs two square roots.",
    )  # fmt: skip
    guess_strength: float = _constant(
        10.0, "claims", "weight of the prior in the guess, against what a question's claims say unweighted",
        "Sixteen claims at the baseline: in trials uniform guessing lost records that repeat each other, "
        "raw popularity collapsed crowds, and this was never far below the better of the two.",
    )  # fmt: skip
    shared_answers_questions: int = _constant(
        20, "questions", "questions with one list of answers before guessing is learned across them",
        "Below that a tendency to affirm cannot be told from what happened to be true.",
    )  # fmt: skip
    unnamed_answers: float = _constant(
        5.0, "answers", "answers that a table of attributions leaves unnamed on each object",
        "On contested city populations a closed list gets 0.67 right and five more 0.78; only where "
        "objects share no list of values.",
    )  # fmt: skip
    table_doubt: float = _constant(
        0.04, "probability", "all that a table says of an object rests on one error",
        "Least log loss over nine labelled tables (0.87 without, 0.81 with 0.02 to 0.10). What sources share "
        "cannot be seen without resolutions: the tables differ, from 0 for catalogues to 0.15 for a crowd.",
    )  # fmt: skip
    likeness: float = _constant(
        0.3, "share", "how far a claim of a number fits a close one, at most",
        "On the same populations it lifts 0.78 to 0.80; a closer fit counts neighbours as the same answer.",
    )  # fmt: skip
    likeness_width: float = _constant(
        1.0, "log ratio (sd)", "how close is close",
        "On the same populations a tenth did as well in accuracy and worse in log loss (0.63 against 0.58): "
        "who is off by a digit or a decade has read of the same town.",
    )  # fmt: skip
    answer_width: float = _constant(
        0.4, "log-odds (sd)", "how far values that recur differ in what asserting them is worth, initially",
        "Elicited, learned: a country is named as birth place more cheaply than a town.",
    )  # fmt: skip
    recurring_objects: float = _constant(
        5.0, "objects", "objects that a value is asserted of before it has a term of its own",
        "Elicited: below this the others tell little, and the term would follow its own object.",
    )  # fmt: skip
    widest_answer: float = _constant(
        2.0, "log-odds (sd)", "bound of that width", "Elicited: seven to one either way.",
    )  # fmt: skip
    dense_claims: float = _constant(
        5.0, "claims", "median of claims a source and shared label before confusions are learned",
        "A row of confusions has to be filled; below this, likelihood cannot choose (see models.confusions).",
    )  # fmt: skip
    dense_confusions: float = _constant(
        2.5, "claims", "median of claims a source and pair of labels before confusions are learned",
        "With ten labels there are ninety confusions: with one claim each, a crowd that is right in a "
        "quarter fell from 0.35 by voting to 0.25.",
    )  # fmt: skip
    strong_evidence: float = _constant(
        5.0, "log evidence", "evidence for confusions over plain accuracies before they are learned",
        "Elicited: 150 to one. Records with errors all alike give less than 5, real crowds hundreds.",
    )  # fmt: skip
    flat_accuracy: float = _constant(
        0.7, "probability", "accuracy of everyone where a fit starts from a flat vote",
        "Elicited: any value above chance starts from the majority.",
    )  # fmt: skip
    label_strength: float = _constant(
        50.0, "objects", "weight of equally frequent labels against the labels that are found",
        "Elicited: a learned frequency feeds on itself; it moves when there are hundreds of objects.",
    )  # fmt: skip
    kind_width: float = _constant(
        0.3, "log-odds (sd)", "how far kinds of source differ, before the record is seen",
        "Elicited, learned from the record. Kinds are broad, so their means lie close together.",
    )  # fmt: skip
    body_width: float = _constant(
        0.8, "log-odds (sd)", "how far sources and bodies of one kind differ, before the record is seen",
        "A prior worth about five rulings at 60%, which was best on a record of fact-checks; learned.",
    )  # fmt: skip
    member_width: float = _constant(
        0.6, "log-odds (sd)", "how far members differ from their body, before the record is seen",
        "Elicited, learned: voices of one body differ less than bodies do.",
    )  # fmt: skip
    width_strength: float = _constant(
        20.0, "sources", "weight of those three widths against what the record shows of them",
        "Elicited: a width moves when there are a few dozen sources with records.",
    )  # fmt: skip
    elicitation_width: float = _constant(
        0.5, "log-odds (sd)", "doubt about a source's log-odds before its record, for intervals",
        "Elicited: the factors above are judgements; a half either way is 48 to 71% around 60%.",
    )  # fmt: skip
    prior_width: float = _constant(
        0.3, "log-odds (sd)", "doubt about an answer's prior, for intervals",
        "Elicited: answers are taken as equally likely beforehand, which is never quite so.",
    )  # fmt: skip
    value_width: float = _constant(
        0.03, "relative (sd)", "how exactly a stated value is meant", "Elicited: news rounds to two digits.",
    )  # fmt: skip
    about_width: float = _constant(
        0.10, "relative (sd)", "how exactly 'about' is meant",
        "Elicited: 'about 4,000' is heard as 3,500 to 4,500 or so.",
    )  # fmt: skip
    bound_width: float = _constant(
        0.05, "relative (sd)", "how sharp 'at least', 'at most' and 'between' are at their ends",
        "Elicited: between a value and an approximation.",
    )  # fmt: skip
    grid_points: int = _constant(
        241, "points", "points on a quantity's axis",
        "Steps of 3% over a range of one to a thousand, as fine as value_width.",
    )  # fmt: skip
    resolved_credence: float = _constant(
        0.999, "probability", "credence of the answer that a resolution names",
        "Elicited: resolutions are now and then reversed; certainty could not be corrected.",
    )  # fmt: skip
    contested_origins: float = _constant(
        0.5, "origins", "weight on either side that makes a question contested",
        "Elicited: one voice of a body that is heard elsewhere is not a dispute, one origin is.",
    )  # fmt: skip
    interval_level: float = _constant(
        0.9, "probability", "level of every interval", "The contract's level: one in ten lies outside.",
    )  # fmt: skip

    @property
    def widths(self) -> NDArray[np.float64]:
        """The widths of kinds, bodies and members before the record is seen, shape (3,)."""
        return np.array([self.kind_width, self.body_width, self.member_width])

    @property
    def coefficient_widths(self) -> dict[str, float]:
        """The stated width (sd) of each coefficient that resolutions move, by name, in order."""
        return {f.name: f.metadata["width"] for f in fields(self) if "width" in f.metadata}

    @property
    def coefficients(self) -> NDArray[np.float64]:
        """The coefficients of the factors, in the order of `COEFFICIENTS`."""
        return np.array([getattr(self, name) for name in COEFFICIENTS])

    def moved_to(self, coefficients: Coefficients) -> Constants:
        """Return these constants with the coefficients that resolutions have moved in force."""
        values: dict[str, Any] = {name: found.value for name, found in coefficients.items()}
        return replace(self, **values)

    def table(self, coefficients: Coefficients | None = None) -> list[dict[str, Any]]:
        """Return name, value in force, unit, meaning and reason of every constant, in order.

        A coefficient has its width, and what it was elicited as, besides.
        """
        return [self._row(f, (coefficients or {}).get(f.name)) for f in fields(self)]

    def _row(self, constant: Field[Any], found: Coefficient | None) -> dict[str, Any]:
        row = {"name": constant.name, "value": getattr(self, constant.name), **constant.metadata}
        if "width" in row:
            row["elicited"] = {"value": row["value"], "width": row["width"]}
        return row if found is None else {**row, "value": found.value, "width": found.width}

    def digest(self) -> str:
        """Return a short digest of all values: another value is another model version."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:8]


# The coefficients of the factors, in order: the columns of every array of amounts.
COEFFICIENTS = tuple(f.name for f in fields(Constants) if "width" in f.metadata)
# The column of each.
COLUMN = {name: k for k, name in enumerate(COEFFICIENTS)}
