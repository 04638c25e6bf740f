"""Receivers of webhooks: which addresses may be called, and the one request to one of them.

Whoever makes a webhook names an address that this service then calls, from inside its own network. So
a name is looked up once for each attempt, every address that it has must be of the public network, and
exactly such a one is connected to: what the name says a moment later does not count. Nothing is
followed, no proxy of the environment is asked, and of the answer the head alone is read. Connecting to
the address, holding the certificate against the name, and HTTP itself are urllib3's.
"""

import re
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Timer
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from api.errors import ReceiverError, RefusedAddressError

# How long an attempt may take in all, in seconds: the Standard Webhooks ask for 15 to 30.
ATTEMPT_S = 20.0
# How long one of several addresses may take to be connected to, in seconds.
CONNECT_S = 5.0
# No status of HTTP begins with a six, or more.
FIRST_UNKNOWN = 600
# The well-known port of https, and those that need no privilege: below them lie mail, files and the like.
PUBLIC_PORT, FIRST_FREE_PORT = 443, 1024
# Names of one's own machine or network, that no public server has.
OWN_NAMES = re.compile(r"(?:.*\.)?(?:localhost|local|localdomain|internal|intranet|lan|home\.arpa|onion)\.?")
# An IPv4 address in another notation, as 0x7f.1 is one to some resolvers: no name ends in a number.
ODD_ADDRESS = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")

# Of IPv6 nothing else is given out to the public, and these parts of it lead elsewhere: 6to4 and Teredo to
# an IPv4 address that stands in them, the others to documentation. NAT64 (64:ff9b::/96) lies outside.
PUBLIC_IPV6 = IPv6Network("2000::/3")
NOT_PUBLIC_IPV6 = tuple(map(IPv6Network, ("2002::/16", "2001::/23", "2001:db8::/32", "3fff::/20")))

LookUp = Callable[..., Sequence[Any]]


@dataclass(frozen=True)
class Answer:
    """What a receiver answered: its `status`, and its `Retry-After` as it was sent, or None."""

    status: int
    retry_after: str | None


@dataclass(frozen=True)
class Receiver:
    """Where a webhook's deliveries go, taken apart.

    Parameters
    ----------
    host : str
        In ASCII, without brackets.
    target : str
        Path and query.
    """

    is_secure: bool
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """What stands in `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_secure else 80) else f"{host}:{self.port}"


def receiver_of(url: str, *, is_private: bool) -> Receiver:
    """Return the receiver that an address names.

    Parameters
    ----------
    is_private : bool
        Whether addresses of one's own network may be called, also without TLS.

    Raises
    ------
    RefusedAddressError
        When it is not https, holds a name and a password, or can be seen not to be of the public network.
        What a name leads to is not looked up here.
    """
    parts = urlsplit(url)
    try:
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except (UnicodeError, ValueError):
        raise RefusedAddressError("names no host that can be called") from None
    is_secure = parts.scheme == "https"
    if not is_secure and not (is_private and parts.scheme == "http"):
        raise RefusedAddressError("must begin with https://")
    if parts.username is not None or parts.password is not None:
        raise RefusedAddressError("must not hold a name or a password")
    port = port or (443 if is_secure else 80)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not host or not target.isascii():
        raise RefusedAddressError("must be written in ASCII: other characters have to be escaped")
    if not is_private:
        if port != PUBLIC_PORT and port < FIRST_FREE_PORT:
            raise RefusedAddressError(f"must name port {PUBLIC_PORT}, or one from {FIRST_FREE_PORT} on")
        _check_name(host)
    return Receiver(is_secure, host, port, target)


def _check_name(host: str) -> None:
    try:
        is_public_host = is_public(host)
    except ValueError:
        is_public_host = not OWN_NAMES.fullmatch(host.lower()) and not ODD_ADDRESS.fullmatch(host.lower())
    if not is_public_host:
        raise RefusedAddressError("must lie in the public network")


def is_public(address: str) -> bool:
    """Say whether an IP address is of the public network; ValueError where it is no IP address."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip.is_multicast or not ip.is_global:
        return False
    if isinstance(ip, IPv4Address):
        # The relay of 6to4, which leads anywhere.
        return not str(ip).startswith("192.88.99.")
    return ip in PUBLIC_IPV6 and not any(ip in network for network in NOT_PUBLIC_IPV6)


class _Final(HTTPResponse):
    """An answer; what comes before it, such as 103 Early Hints, is none."""

    def begin(self) -> None:
        """Read the head."""
        super().begin()
        while self.status < HTTPStatus.OK:
            self.headers = None  # type: ignore[assignment]  # or it is taken for read
            super().begin()


def post(
    receiver: Receiver,
    headers: Mapping[str, str],
    body: bytes,
    *,
    is_private: bool,
    within_s: float = ATTEMPT_S,
    context: ssl.SSLContext | None = None,
    look_up: LookUp = socket.getaddrinfo,
) -> Answer:
    """Send one request, and return what was answered.

    Parameters
    ----------
    within_s : float
        How long all of it may take, in seconds; looking the name up is the system's, and comes on top.
    context : ssl.SSLContext or None
        None trusts what the system trusts.
    look_up : callable
        As `socket.getaddrinfo`.

    Raises
    ------
    RefusedAddressError
        When its name leads to an address that is not of the public network.
    ReceiverError
        When it cannot be reached, its certificate is not its own, or it does not answer in time.
    """
    try:
        found = look_up(receiver.host, receiver.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ReceiverError(f"the name {receiver.host} is not known") from None
    addresses = [each[4][0] for each in found]
    if not is_private and not all(map(is_public, addresses)):
        raise RefusedAddressError("leads to an address that is not of the public network")
    deadline = monotonic() + within_s
    try:
        with closing(_connected(receiver, addresses, deadline, context)) as connection:
            # A time limit of a socket begins anew with each byte.
            cut = Timer(deadline - monotonic(), socket.socket.shutdown, (connection.sock, socket.SHUT_RDWR))
            cut.start()
            try:
                said = {"Host": receiver.authority, "Connection": "close", **headers}
                connection.request("POST", receiver.target, body, said, preload_content=False)
                answer = connection.getresponse()
            finally:
                cut.cancel()
    except ssl.SSLCertVerificationError as error:
        raise ReceiverError(f"its certificate cannot be trusted: {error.verify_message}") from None
    except (OSError, HTTPError, HTTPException) as error:
        if monotonic() >= deadline:
            raise ReceiverError(f"nothing was answered within {within_s:g} seconds") from None
        if isinstance(error, HTTPException):
            raise ReceiverError("what it answered is not HTTP") from None
        why = error.__cause__ or error
        raise ReceiverError(f"it cannot be reached: {getattr(why, 'strerror', None) or why}") from None
    if answer.status >= FIRST_UNKNOWN:
        raise ReceiverError("what it answered is not HTTP")
    return Answer(answer.status, answer.headers.get("Retry-After"))


# Reading what the system trusts takes some ten milliseconds, and most ledgers have no webhooks.
@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


def _connected(
    receiver: Receiver, addresses: Sequence[str], deadline: float, context: ssl.SSLContext | None
) -> HTTPConnection:
    """Return a connection to the first address that takes one; never by a name."""
    for place, address in enumerate(addresses):
        connection = HTTPConnection(address, receiver.port)
        if receiver.is_secure:
            connection = HTTPSConnection(
                address, receiver.port, ssl_context=context or _trusted(), server_hostname=receiver.host
            )
        connection.response_class = _Final
        connection.timeout = max(min(CONNECT_S, deadline - monotonic()), 0.0)
        try:
            connection.connect()
        except (OSError, HTTPError):
            connection.close()
            if place == len(addresses) - 1:
                raise
        else:
            connection.timeout = deadline - monotonic()
            return connection
    raise ReceiverError("its name has no address")
