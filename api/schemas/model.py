"""The model, as it describes itself."""

from marshmallow import fields

from api.schemas.score import Open


class ModelSchema(Open):
    """The version, the coefficients with their meaning, the constants with their reasons."""

    version = fields.String()
