"""The settings, read once from the environment.

=====================  ==============  =====================================================
setting                default         meaning
=====================  ==============  =====================================================
CREDENCE_DATABASE      ``credence.db`` the ledger: a file, or ``sqlite:///path``
CREDENCE_OPEN_READING  ``true``        whether reading needs no key
CREDENCE_LOG_LEVEL     ``info``        ``debug``, ``info``, ``warning`` or ``error``
=====================  ==============  =====================================================
"""

from collections.abc import Mapping
from dataclasses import dataclass

from api.errors import SettingsError

PREFIX = "CREDENCE_"
NAMES = ("CREDENCE_DATABASE", "CREDENCE_OPEN_READING", "CREDENCE_LOG_LEVEL")
# Under the same prefix, but read by whoever starts the service: the root of a checkout.
FOREIGN_NAMES = ("CREDENCE_PROJECT",)
TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True)
class Settings:
    """What an operator can choose; see the table of this module."""

    database: str = "credence.db"
    open_reading: bool = True
    log_level: str = "info"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises
    ------
    SettingsError
        For a ``CREDENCE_`` name that is no setting, and for a malformed value.
    """
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in NAMES + FOREIGN_NAMES:
            raise SettingsError(name, f"is not a setting; these are: {', '.join(NAMES)}")
    database = environment.get("CREDENCE_DATABASE", Settings.database)
    if not database:
        raise SettingsError("CREDENCE_DATABASE", "must name a database")
    reading = environment.get("CREDENCE_OPEN_READING", "true").lower()
    if reading not in TRUTH:
        raise SettingsError("CREDENCE_OPEN_READING", f"must be one of {', '.join(TRUTH)}, not {reading!r}")
    level = environment.get("CREDENCE_LOG_LEVEL", Settings.log_level).lower()
    if level not in LOG_LEVELS:
        raise SettingsError("CREDENCE_LOG_LEVEL", f"must be one of {', '.join(LOG_LEVELS)}, not {level!r}")
    return Settings(database=database, open_reading=TRUTH[reading], log_level=level)
