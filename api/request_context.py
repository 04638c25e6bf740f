"""The present call: what is known of one request, from its arrival to its line in the log."""

import os
import re
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, cast
from wsgiref.types import WSGIEnvironment

from api.rates import Allowance
from data.keys import Key
from data.writer import Writer

# What a caller may send as a request id: enough for a UUID or a trace id, nothing that breaks a log.
SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
# Of an id that is made here, in bytes: no two of a day are the same.
REQUEST_ID_BYTES = 8


@dataclass(slots=True)
class Call:
    """One request, filled in on its way; `api.edge` begins and ends it.

    Attributes
    ----------
    id : str
        As it was sent, or made here.
    key : Key or None
        The known key that came with it.
    allowance : Allowance or None
        What its caller has left; None where it is not counted.
    rule : str
        The pattern of its address; empty where no address is known.
    etag : str
        That of the answer, where the view knows it.
    variant : str or None
        What tells the ETags of the form that was asked for from those of JSON; None where no form can be.
    is_lasting : bool
        Whether the ledger's state alone decides the answer, so that `api.kept_answers` keeps it.
    status : int
        That of the answer; what ends without one has failed.
    trace : Any
        What `api.tracing` keeps of it.
    began : float
        On the performance counter, in seconds.
    """

    id: str
    method: str
    path: str
    key: Key | None = None
    allowance: Allowance | None = None
    rule: str = ""
    etag: str = ""
    variant: str | None = None
    is_lasting: bool = False
    status: int = 500
    trace_id: str = ""
    trace: Any = None
    began: float = field(default_factory=time.perf_counter)

    @property
    def has_failed(self) -> bool:
        """Whether the service failed whoever called.

        Not by 501, which says that it has no such form: https://oembed.com, section 2.3.4.
        """
        return self.status >= HTTPStatus.INTERNAL_SERVER_ERROR and self.status != HTTPStatus.NOT_IMPLEMENTED


# Unset outside of all calls. Not Flask's `g`: a look-up there takes ten times as long, and around Flask
# there is none.
present: ContextVar[Call] = ContextVar("call")


def arrived(environ: WSGIEnvironment) -> Call:
    """Return the call that an environment tells of."""
    sent = environ.get("HTTP_X_REQUEST_ID", "")
    id_ = sent if SANE_REQUEST_ID.fullmatch(sent) else os.urandom(REQUEST_ID_BYTES).hex()
    # WSGI hands bytes over as if they were Latin-1.
    path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
    return Call(id_, environ["REQUEST_METHOD"].upper(), path)


def writer() -> Writer:
    """Return who writes in the present call: the holder of its key, without which nothing is written."""
    call = present.get()
    key = cast(Key, call.key)
    return Writer(key.name, call.id, key.sources)
