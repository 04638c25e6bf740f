"""How many requests a minute one key or address may send, counted across all workers.

The generic cell rate algorithm: a caller's state is one instant, before which it has used up
nothing, and each request moves it on by the time that one request is worth. Told by the headers of
draft-ietf-httpapi-ratelimit-headers-10.
"""

import fcntl
import mmap
import os
import tempfile
import threading
import weakref
from dataclasses import dataclass
from ipaddress import IPv6Address

WINDOW_S = 60
NS_A_SECOND = 10**9
# 1 MiB in all; with more callers than this a minute, those who asked longest ago are forgotten.
SLOTS = 2**16
# How many slots a caller may stand in: looking at more takes longer than the request is worth.
PROBES = 8
WORD = 8
POLICY_NAME = '"minute"'
# What one subscriber is given of IPv6 addresses: by single ones anybody would have 2^64 limits.
SUBSCRIBER_BITS = 64


@dataclass(frozen=True, slots=True)
class Allowance:
    """Whether a request is allowed, how many more are `left`, and the seconds until one is added."""

    is_allowed: bool
    left: int
    more_in_s: int


class Rates:
    """The table of all callers, in memory that processes forked after its making share.

    Parameters
    ----------
    limit : int
        Requests a minute, all of which may come at once; at least 1.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._policy = ("RateLimit-Policy", f"{POLICY_NAME};q={limit};w={WINDOW_S}")
        # Whole nanoseconds: the count is exact.
        self._interval = WINDOW_S * NS_A_SECOND // limit
        self._window = self._interval * limit
        shared = memoryview(mmap.mmap(-1, 2 * SLOTS * WORD))
        self._callers = shared[: SLOTS * WORD].cast("q")
        self._due = shared[SLOTS * WORD :].cast("q")
        # A lock of the file belongs to a process, and ends with it; those of threads are their own.
        self._file, path = tempfile.mkstemp(prefix="credence-rates-")
        os.unlink(path)
        weakref.finalize(self, os.close, self._file)
        self._thread = threading.Lock()

    def take(self, caller: str, *, at_ns: int) -> Allowance:
        """Count a request of a caller at an instant of the monotonic clock; a refused one costs nothing."""
        # Salted by a secret that forked processes share, so that nobody can aim at another's slot.
        name = hash(caller) or 1
        with self._thread:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                slot = self._slot(name, at_ns)
                due = max(self._due[slot], at_ns) if self._callers[slot] == name else at_ns
                left = (self._window - (due - at_ns)) // self._interval
                is_allowed = left > 0
                if is_allowed:
                    due += self._interval
                    left -= 1
                    self._due[slot] = due
                    self._callers[slot] = name
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)
        more_in = due - at_ns - self._window + (left + 1) * self._interval
        return Allowance(is_allowed, left, -(-more_in // NS_A_SECOND))

    def headers(self, allowance: Allowance) -> list[tuple[str, str]]:
        """Return what tells a caller the policy and what is left."""
        return [self._policy, ("RateLimit", f"{POLICY_NAME};r={allowance.left};t={allowance.more_in_s}")]

    def _slot(self, name: int, at_ns: int) -> int:
        """Return the caller's slot; else the first free one, or the one that is free the soonest."""
        soonest = first = name % SLOTS
        for slot in range(first, first + PROBES):
            place = slot % SLOTS
            held_by = self._callers[place]
            if held_by in (name, 0):
                return place if held_by == name or self._due[soonest] > at_ns else soonest
            if self._due[place] < self._due[soonest] and self._due[soonest] > at_ns:
                soonest = place
        return soonest


def network(address: str) -> str:
    """Return what counts as one caller: an IPv4 address, or the network that an IPv6 one lies in."""
    if ":" not in address:
        return address
    try:
        return str(int(IPv6Address(address)) >> SUBSCRIBER_BITS)
    except ValueError:
        return address
