"""What can go wrong with a domain value, or with a fit.

ModelError
├── InvalidValueError   a value breaks a rule of the domain
└── DivergedError       a fit came to what is no finite number
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


class DivergedError(ModelError, ArithmeticError):
    """A fit came to what is no finite number: a defect of the model or of what it started from."""

    def __init__(self) -> None:
        super().__init__("The fit came to no finite number, so the scores stay as they were.")
