"""Kill the service a thousand times while it is written to, and look each time whether anything is lost.

    python -m faults.kills --kills 1000

Two lanes, each with a ledger of its own that is thrown away now and then so that fits stay quick. In
each cycle some desks write at once, something is struck at a random moment, the service is started
again where that ended it, the ledger is compared with what the desks were told, and what nobody had
answered for is sent again. SIGKILL leaves what the system holds in memory: what a power cut would
leave is not tested here.
"""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import click
from faults.balance import CheckScores, balance, stale_scores
from faults.service import Service, Start, start_cold, strike
from faults.warm import Warm
from faults.writes import Event, Writer, events, prepare

N_WRITERS = 4
# Cycles a ledger lives: up to a hundred claims, which a fit takes some ten milliseconds for.
RENEWED_AFTER = 8
# A strike falls up to this many answers after the desks began, and then up to so many times what an answer
# takes: at any moment of a write, on any machine.
ANSWERS_BEFORE = 8
MOMENTS_OF_A_WRITE = 1.5
# How long the desks are waited for at most, in seconds.
PATIENCE_S = 10.0
# A start takes about this long, in seconds: within it a strike on a start falls.
START_S = 0.6
# How often a write is sent again until somebody answers: a busy machine may be late.
TRIES = 3
# How long desks go on writing after a strike that the service has to survive, in seconds.
AFTER_S = 0.5
# One start in this many is an operator's: a new interpreter that imports everything.
COLD_EVERY = 20

# What is struck, and how often. `all`: every process at once, as when a machine dies. `group`: the server
# and its workers, but not what runs beside them. `start`: everything, while the service is starting again.
STRIKES = {"all": 62, "group": 8, "start": 10, "worker": 8, "beside": 4, "end": 4, "reload": 4}
LETHAL = ("all", "group", "start")


@dataclass
class Tally:
    """What was done and found, in one lane."""

    kills: Counter[str] = field(default_factory=Counter)
    moments: dict[str, Counter[str]] = field(default_factory=dict)
    written: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        return {"n_kills": sum(self.kills.values()), **vars(self)}


class Lane:
    """One ledger after the other, each struck a few times."""

    def __init__(self, folder: Path, seed: int, *, check_scores: CheckScores = stale_scores) -> None:
        self.folder, self.seed, self.check_scores = folder, seed, check_scores
        self.tally = Tally()
        self.warm = Warm()
        self.service: Service | None = None
        self.written: list[Event] = []
        self.first: tuple[Path, str] | None = None

    def run(self, cycles: range) -> None:
        """Go through some cycles."""
        for cycle in cycles:
            random = Random(f"{self.seed}-{cycle}")  # noqa: S311 - a plan that can be repeated
            (strike_,) = random.choices(list(STRIKES), list(STRIKES.values()))
            start: Start = start_cold if random.randrange(COLD_EVERY) == 0 else self.warm
            if self.service is None:
                self.service = self._founded(cycle)
            before = len(self.tally.faults)
            if strike_ == "beside" and self.service.process and not self.service.beside():
                self._restart(self.service)
            try:
                self._cycle(self.service, cycle, strike_, start, random)
            except (AssertionError, OSError) as error:
                self.tally.faults.append(f"{error}")
            for number in range(before, len(self.tally.faults)):
                self.tally.faults[number] = f"cycle {cycle} ({strike_}): {self.tally.faults[number]}"
                click.echo(self.tally.faults[number], err=True)
            if len(self.tally.faults) > before or (cycle + 1) % RENEWED_AFTER == 0:
                self._abandon(keep=len(self.tally.faults) > before)

    def _restart(self, service: Service) -> None:
        service.end()
        service.options = ()
        service.begin(self.warm)
        service.await_ready()

    def close(self) -> None:
        self._abandon(keep=False)
        self.warm.close()

    def _founded(self, cycle: int) -> Service:
        """Return the service on a new ledger, a copy of the first."""
        service = Service(self.folder / f"{self.seed}-{cycle}.db", settings={"CREDENCE_LOG_LEVEL": "warning"})
        if self.first is None:
            service.make_key()
            service.begin(self.warm)
            service.await_ready()
            prepare(service, N_WRITERS)
            service.end()
            self.first = self.folder / "first", service.key
            shutil.copy(service.database, self.first[0])
        shutil.copy(self.first[0], service.database)
        service.key = self.first[1]
        service.begin(self.warm)
        service.await_ready()
        self.written = []
        return service

    def _abandon(self, *, keep: bool) -> None:
        if self.service is None:
            return
        if self.service.process:
            self.service.kill()
        if not keep:
            for file in self.folder.glob(f"{self.service.database.name}*"):
                file.unlink()
        self.service = None

    def _cycle(self, service: Service, cycle: int, what: str, start: Start, random: Random) -> None:
        writers = [Writer(f"{cycle}-{number}", self.seed) for number in range(N_WRITERS)]
        stop = threading.Event()
        threads = [threading.Thread(target=writer.write_until, args=(stop, service)) for writer in writers]
        for thread in threads:
            thread.start()
        self._await_moment(writers, random)
        if what in LETHAL:
            stop.set()
            service.kill() if what != "group" else kill_group(service)
            if what == "start":
                service.begin(start)
                time.sleep(random.uniform(0, START_S))
                service.kill()
        elif what == "end":
            stop.set()
            code = service.end()
            if code:
                self.tally.faults.append(f"the service ended with {code}")
        else:
            self._wound(service, what, random)
            time.sleep(AFTER_S)
            stop.set()
        for thread in threads:
            thread.join()
        self.tally.kills[what] += 1
        if service.process is None:
            service.begin(start)
        service.await_ready()
        service.await_scores()
        self._look(service, what, writers)

    def _await_moment(self, writers: list[Writer], random: Random) -> None:
        began, wanted = time.monotonic(), random.randrange(ANSWERS_BEFORE)
        while (n_answers := sum(len(writer.sent) for writer in writers) - len(writers)) < wanted:
            if time.monotonic() - began > PATIENCE_S:
                return
            time.sleep(0.001)
        # Before the first answer nothing is known of how long one takes.
        each = len(writers) * (time.monotonic() - began) / n_answers if n_answers > 0 else START_S
        time.sleep(random.uniform(0, MOMENTS_OF_A_WRITE * each))

    def _wound(self, service: Service, what: str, random: Random) -> None:
        """Strike what the service has to survive."""
        if what == "reload":
            strike(service.master, signal.SIGHUP)
            return
        pids = service.workers() if what == "worker" else service.beside()
        if pids:
            strike(random.choice(pids), signal.SIGKILL)

    def _look(self, service: Service, what: str, writers: list[Writer]) -> None:
        """Compare, send again what nobody answered for, and compare again."""
        sent = [write for writer in writers for write in writer.sent]
        fresh = list(events(sent))
        states = Counter(event.state for event in fresh)
        self.written += fresh
        found = balance(service.database, self.written)
        n_found = sum(1 for event in fresh if event.state == "in doubt" and event.mark in found.doubtful)
        self.tally.written += states + Counter({"in doubt, found": n_found})
        moments = self.tally.moments.setdefault(moment(what, states["in doubt"], n_found), Counter())
        moments += states + Counter({"strikes": 1, "in doubt, found": n_found})
        faults = found.faults + [surprise for writer in writers for surprise in writer.surprises]
        if what == "reload" and (states["in doubt"] or states["unsent"]):
            faults.append(f"a reload left {states['in doubt']} in doubt and {states['unsent']} unsent")
        if what == "end" and n_found:
            faults.append(f"an end left {n_found} written and not answered")
        for write in sent:
            if write.is_doubtful:
                answer = next(filter(None, (write.send(service) for _ in range(TRIES))), None)
                if answer is None or answer.status not in (200, 201, 409):
                    faults.append(f"{write.kind}, sent again, answered {answer or write.silence}")
        service.await_scores()
        faults += balance(service.database, self.written).faults
        faults += self.check_scores(service.database)
        self.tally.faults += faults


def kill_group(service: Service) -> None:
    """Kill the server and its workers; what runs beside them has to see for itself that they are gone."""
    assert service.process
    for pid in (service.master, *service.workers()):
        strike(pid, signal.SIGKILL)
    service.process.wait()
    service.process = None


def moment(what: str, n_doubtful: int, n_found: int) -> str:
    """Say how the moment of a strike fell, by what became of the writes under way."""
    if what == "start":
        return "while starting"
    if n_doubtful == 0:
        return "between writes"
    if n_found == 0:
        return "before a write was durable"
    return "after a write was durable, before it was answered"


@click.command()
@click.option("--kills", default=1000, show_default=True, help="Cycles in all.")
@click.option("--start", default=0, show_default=True, help="The cycle to begin with, to go on after a stop.")
@click.option("--seed", default=20250131, show_default=True)
@click.option("--lanes", default=2, show_default=True, help="How many go on at once.")
def main(kills: int, start: int, seed: int, lanes: int) -> None:
    """Kill the service again and again; print a JSON line a lane."""
    if lanes > 1:
        share = -(-kills // lanes)
        asked = ["--kills", str(share), "--start", str(start), "--lanes", "1"]
        processes = [
            subprocess.Popen([sys.executable, "-m", "faults.kills", *asked, "--seed", str(seed + lane)])
            for lane in range(lanes)
        ]
        signal.signal(signal.SIGTERM, lambda *_: [process.terminate() for process in processes] and None)
        sys.exit(max(process.wait() for process in processes))
    # Told to stop, a lane ends its cycle and says what it has done.
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    lane = Lane(folder, seed)
    began, n_done = time.monotonic(), 0
    try:
        while n_done < kills and not told.is_set():
            lane.run(range(start + n_done, start + n_done + 1))
            n_done += 1
            if n_done % RENEWED_AFTER == 0:
                click.echo(f"seed {seed}: {n_done} of {kills}, {len(lane.tally.faults)} faults", err=True)
    finally:
        lane.close()
        seconds = round(time.monotonic() - began, 1)
        done = {"seed": seed, "start": start, "next": start + n_done, "seconds": seconds}
        click.echo(json.dumps({**done, **lane.tally.document()}))
    if not lane.tally.faults:
        shutil.rmtree(folder)
    sys.exit(bool(lane.tally.faults))


if __name__ == "__main__":
    main()
