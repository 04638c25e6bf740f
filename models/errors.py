"""What can be wrong with a domain value.

ModelError
└── InvalidValueError   a value breaks a rule of the domain
"""


class ModelError(Exception):
    """Root of the errors raised by `models`."""


class InvalidValueError(ModelError, ValueError):
    """A value breaks a rule of the domain.

    Parameters
    ----------
    field : str
        Where the value stands, as a path in the JSON document: ``answer.between``.
    reason : str
        What is wrong with it, as one clause an operator can act on.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
