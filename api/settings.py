"""The settings, read once from the environment.

========================  ===============  =======================================================
setting                   default          meaning
========================  ===============  =======================================================
CREDENCE_DATABASE         ``credence.db``  the ledger: a file, or ``sqlite:///path``
CREDENCE_OPEN_READING     ``true``         whether reading needs no key
CREDENCE_LOG_LEVEL        ``info``         ``debug``, ``info``, ``warning`` or ``error``
CREDENCE_RATE_LIMIT       ``60000``        requests a minute of one key or address; ``0``: no limit
CREDENCE_TRUSTED_PROXIES  ``0``            how many proxies in front add to X-Forwarded-For
CREDENCE_CORS_ORIGINS     none             origins whose pages may call; ``*`` lets all read
CREDENCE_PUBLIC_URL       as asked         the address that readers know the service by
CREDENCE_WEBHOOK_PRIVATE  ``false``        whether webhooks may lead into one's own network
========================  ===============  =======================================================
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from api.cors import ANY_ORIGIN, ORIGIN
from api.errors import SettingsError

PREFIX = "CREDENCE_"
# Under the same prefix, but read by whoever starts the service: the root of a checkout.
FOREIGN_NAMES = ("CREDENCE_PROJECT",)
TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
# A minute shared out in whole nanoseconds, at least sixty of them a request.
HIGHEST_RATE_LIMIT = 10**9
# No address is behind more; a larger number is a slip.
MOST_PROXIES = 16
# A scheme, a host as `ORIGIN` has it, and the path under which a proxy serves it.
PUBLIC_URL = re.compile(rf"{ORIGIN.pattern}(?:/[A-Za-z0-9._~-]+)*")
LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True)
class Settings:
    """What an operator can choose; see the table of this module."""

    database: str = "credence.db"
    open_reading: bool = True
    log_level: str = "info"
    # 1,000 a second: a third of what two workers on two cores answer, so that no caller has it all.
    rate_limit: int = 60_000
    trusted_proxies: int = 0
    cors_origins: tuple[str, ...] = ()
    public_url: str | None = None
    webhook_private: bool = False


NAMES = tuple(f"{PREFIX}{setting.name.upper()}" for setting in fields(Settings))


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
    level = environment.get("CREDENCE_LOG_LEVEL", Settings.log_level).lower()
    if level not in LOG_LEVELS:
        raise SettingsError("CREDENCE_LOG_LEVEL", f"must be one of {', '.join(LOG_LEVELS)}, not {level!r}")
    return Settings(
        database=database,
        open_reading=_truth(environment, "CREDENCE_OPEN_READING", "true"),
        log_level=level,
        rate_limit=_number(environment, "CREDENCE_RATE_LIMIT", Settings.rate_limit, HIGHEST_RATE_LIMIT),
        trusted_proxies=_number(
            environment, "CREDENCE_TRUSTED_PROXIES", Settings.trusted_proxies, MOST_PROXIES
        ),
        cors_origins=_origins(environment),
        public_url=_public_url(environment),
        webhook_private=_truth(environment, "CREDENCE_WEBHOOK_PRIVATE", "false"),
    )


def _truth(environment: Mapping[str, str], name: str, default: str) -> bool:
    text = environment.get(name, default).lower()
    if text not in TRUTH:
        raise SettingsError(name, f"must be one of {', '.join(TRUTH)}, not {text!r}")
    return TRUTH[text]


def _number(environment: Mapping[str, str], name: str, default: int, highest: int) -> int:
    text = environment.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) > highest:
        raise SettingsError(name, f"must be a whole number from 0 to {highest}, not {text!r}")
    return int(text)


def _origins(environment: Mapping[str, str]) -> tuple[str, ...]:
    text = environment.get("CREDENCE_CORS_ORIGINS", "")
    origins = tuple(origin.strip() for origin in text.split(",")) if text.strip() else ()
    if origins == (ANY_ORIGIN,):
        return origins
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            raise SettingsError(
                "CREDENCE_CORS_ORIGINS",
                f"must be {ANY_ORIGIN} alone, or origins as browsers send them, such as "
                f"https://desk.example or http://localhost:3000, with commas between, not {origin!r}",
            )
    return origins


def _public_url(environment: Mapping[str, str]) -> str | None:
    text = environment.get("CREDENCE_PUBLIC_URL", "").rstrip("/")
    if text and not PUBLIC_URL.fullmatch(text):
        raise SettingsError(
            "CREDENCE_PUBLIC_URL",
            f"must be an address such as https://credence.example or https://desk.example/credence, "
            f"not {text!r}",
        )
    return text or None
