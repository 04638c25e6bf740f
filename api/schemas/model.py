"""The model, as it describes itself."""

from marshmallow import fields

from api.schemas.score import Open, number


class ElicitedSchema(Open):
    """A coefficient before any resolution: its value, and how far it may be off."""

    value = fields.Float()
    width = fields.Float(metadata={"description": "Standard deviation, in log-odds."})


class ConstantSchema(Open):
    """A constant: its value in force, its unit, its meaning, and the reason for its size."""

    name = fields.String()
    value = fields.Float()
    unit = fields.String()
    meaning = fields.String()
    reason = fields.String()
    width = fields.Float(
        metadata={"description": "Of a coefficient that resolutions move: what is left of its width."}
    )
    elicited = fields.Nested(
        ElicitedSchema, metadata={"description": "Of such a coefficient: where the resolutions found it."}
    )


class CalibrationSchema(Open):
    """The answers whose credence lay in one bin, and how many of them proved true."""

    low = fields.Float()
    high = fields.Float()
    n = fields.Integer(metadata={"description": "How many answers."})
    mean_credence = number("Null where there are none.")
    frequency = number("The share of them that proved true; null where there are none.")


class ModelSchema(Open):
    """The version, the coefficients with their meaning, the constants with their reasons."""

    version = fields.String()
    constants = fields.List(
        fields.Nested(ConstantSchema),
        metadata={
            "description": "Every constant in force. The version is that of the elicited ones: what "
            "resolutions make of them follows from the record."
        },
    )
    calibration = fields.List(
        fields.Nested(CalibrationSchema),
        metadata={
            "description": "In ten bins, all answers of the resolved lists on which somebody spoke: the "
            "credence that the claims alone give each, before the resolution settles it, against what proved "
            "true. It is no forecast: the sources' records and the coefficients have learned from the same "
            "outcomes. Empty where nothing is resolved; of a large ledger as of the last refit."
        },
    )
