"""The operations page, the alarms and the dashboard say what the service does."""

import configparser
import getpass
import json
import os
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import click
import pytest
import yaml

from api.body import LARGEST_BODY
from api.connections import WAITED_S
from api.docs import METHODS
from api.request_context import Call
from api.server import REQUEST_TIMEOUT_S
from api.settings import NAMES
from data.database import BUSY_TIMEOUT_S

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/operations.md").read_text()
ALERTS = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())
DASHBOARD = json.loads((ROOT / "deploy/grafana/credence.json").read_text())
UNIT = (ROOT / "deploy/credence.service").read_text()
PROXY = (ROOT / "deploy/nginx.conf").read_text()
COMMAND = (sys.executable, "-c", "from api.cli import main; main()")
ADDRESS = "http://127.0.0.1:8000"
WITHIN_S = 90
# A histogram is one metric with three sorts of sample.
SUFFIX = re.compile(r"_(bucket|count|sum)$")


class Service:
    """A running server with an empty ledger in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.folder, self.log = folder, folder / "log"
        self.environment = {
            **os.environ,
            "CREDENCE_DATABASE": str(folder / "credence.db"),
            "PYTHONPATH": str(ROOT),
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "serve", "--port", self.address.rpartition(":")[2], "--workers", "2"],
                env=self.environment,
                stderr=log,
                cwd=folder,
            )

    def get(self, path: str) -> str:
        with urlopen(f"{self.address}{path}", timeout=30) as answer:  # noqa: S310 - our own
            return str(answer.read().decode())

    def workers(self) -> set[str]:
        return set(re.findall(r'resident_bytes\{pid="(\d+)",process="worker"\}', self.get("/metrics")))

    def until(self, holds: Any) -> None:
        deadline = time.monotonic() + WITHIN_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if holds():
                    return
            except URLError:
                pass
            time.sleep(0.1)
        raise AssertionError(self.log.read_text())


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    running = Service(tmp_path_factory.mktemp("operations"))
    try:
        running.until(lambda: len(running.workers()) == 2)
        yield running
    finally:
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(WITHIN_S) == 0


def blocks(language: str) -> str:
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)).replace("\\\n", " ")


def metrics_in(text: str) -> set[str]:
    """Return the metrics that are named, a histogram's without the sort of sample."""
    return {SUFFIX.sub("", name) for name in re.findall(r"\bcredence_[a-z_]+[a-z]\b", text)}


def exposed(service: Service) -> set[str]:
    """Return the metrics that there are, a counter with its ending."""
    types = re.findall(r"^# TYPE (credence_\w+) (\w+)", service.get("/metrics"), re.MULTILINE)
    return {name for name, _ in types}


def expressions() -> list[str]:
    """Return what the alarms and the dashboard ask Prometheus for."""
    rules = [rule["expr"] for group in ALERTS["groups"] for rule in group["rules"]]
    return rules + [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]


def test_every_metric_is_on_the_page_and_every_one_on_it_exists(service: Service) -> None:
    service.get("/livez")
    listed = re.findall(r"^\| `(credence_\w+)` \|", PAGE, re.MULTILINE)
    assert sorted(set(listed)) == sorted(listed)
    assert exposed(service) == set(listed)
    assert metrics_in(PAGE) <= set(listed)


def test_alarms_and_dashboard_ask_for_metrics_that_exist(service: Service) -> None:
    asked = metrics_in("\n".join(expressions()))
    assert asked <= exposed(service)
    assert exposed(service) - asked == set(), "shown nowhere"


def test_every_alarm_is_explained_and_every_one_explained_exists() -> None:
    rules = [rule for group in ALERTS["groups"] for rule in group["rules"]]
    explained = re.findall(r"^\| `(Credence\w+)` (page|ticket) \| .+ \| .+ \|$", PAGE, re.MULTILINE)
    assert explained == [(rule["alert"], rule["labels"]["severity"]) for rule in rules]
    assert all(rule["annotations"]["summary"] for rule in rules)


def test_what_counts_as_a_failure_is_the_same_in_the_log_the_alarms_and_the_dashboard() -> None:
    documented = yaml.safe_load((ROOT / "openapi.yaml").read_text())["paths"].values()
    statuses = {
        int(status)
        for path in documented
        for method in METHODS
        for status in path.get(method, {}).get("responses", ())
    }
    assert {500, 501, 503, 507} <= statuses
    failed = {status for status in statuses if Call("try-1", "GET", "/", status=status).has_failed}
    asked = [each for each in expressions() if 'status=~"5' in each]
    assert len(asked) == 2
    for each in asked:
        matchers = re.findall(r'status(=~|!=)"([^"]+)"', each)
        counted = {
            status
            for status in statuses
            if all((re.fullmatch(value, str(status)) is None) == (sign == "!=") for sign, value in matchers)
        }
        assert counted == failed == {500, 503, 507}


def test_the_dashboard_takes_its_datasource_from_a_variable_and_its_panels_do_not_overlap() -> None:
    variables = [each["name"] for each in DASHBOARD["templating"]["list"]]
    assert variables == ["datasource", "job", "instance"]
    assert DASHBOARD["schemaVersion"] >= 42
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "${datasource}"
            assert all('job="$job"' in target["expr"] for target in panel["targets"]), panel["title"]
    cells = [
        (x, y)
        for at in (panel["gridPos"] for panel in panels)
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


@pytest.mark.parametrize("line", re.findall(r"^\$ (.+)$", blocks("console"), re.MULTILINE))
def test_every_command_that_is_shown_runs(service: Service, line: str) -> None:
    words = shlex.split(line)
    if words[0] == "curl":
        assert service.get(words[-1].removeprefix(ADDRESS))
        return
    assert words[0] == "credence"
    ended = subprocess.run(
        [*COMMAND, *words[1:]],
        env=service.environment,
        cwd=service.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def test_every_command_and_setting_that_is_named_exists() -> None:
    from api.cli import credence  # noqa: PLC0415  the metrics look for their folder when imported

    shown = [shlex.split(line) for line in (blocks("sh") + blocks("console")).splitlines()]
    lines = [
        words[i + 1 :]
        for words in shown
        for i, word in enumerate(words)
        if word in ("credence", "/opt/credence/bin/credence")
    ]
    told = [words.split()[1:] for words in re.findall(r"`(credence [a-z ]+)`", PAGE)]
    unit = [line.split() for line in re.findall(r"^ExecStart=\S+/credence (.+)$", UNIT, re.MULTILINE)]
    n_checked = 0
    for words in filter(None, [*told, *unit, *lines]):
        command: Any = credence.commands[words[0]]
        if isinstance(command, click.Group):
            command = command.commands[words[1]]
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, words
        n_checked += 1
    assert n_checked > 5
    assert set(re.findall(r"\bCREDENCE_[A-Z_]+", PAGE + UNIT)) <= set(NAMES)


def test_the_memory_of_the_server_its_workers_and_what_runs_beside_is_told(service: Service) -> None:
    roles = re.findall(r'resident_bytes\{pid="(\d+)",process="(\w+)"\}', service.get("/metrics"))
    assert (str(service.process.pid), "server") in roles
    assert [role for _, role in roles].count("worker") == 2
    assert "beside" in {role for _, role in roles}


def test_a_reload_replaces_the_workers_and_fails_nobody(service: Service) -> None:
    before = service.workers()
    service.process.send_signal(signal.SIGHUP)
    service.until(lambda: len(service.workers()) == 2 and not service.workers() & before)


def test_every_event_that_the_service_logs_is_explained() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "api").rglob("*.py"))
    logged = re.findall(r"(?:get_logger\(\)|\blog)\.(?:warning|error)\(\s*\"([^\"%:]+)", code)
    assert len(logged) > 3
    assert [event for event in logged if f"`{event}" not in PAGE] == []


def test_the_sentences_about_the_database_are_the_services() -> None:
    code = (ROOT / "data/database.py").read_text().replace("{BUSY_TIMEOUT_S:g}", f"{BUSY_TIMEOUT_S:g}")
    (section,) = re.findall(r"^## Trouble with the database\n(.*?)^## ", PAGE, re.DOTALL | re.MULTILINE)
    rows = re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
    sentences = [sentence for row in rows for sentence in re.findall(r"`([^`]+)`", row)]
    assert len(sentences) > 6
    assert [sentence for sentence in sentences if sentence not in code] == []


def test_the_limits_on_the_page_are_the_services() -> None:
    assert BUSY_TIMEOUT_S == 20
    assert "of 20 s at most" in PAGE
    assert REQUEST_TIMEOUT_S == 300
    assert "took longer than five minutes" in PAGE
    assert f"proxy_read_timeout {REQUEST_TIMEOUT_S + 10}s" in PROXY
    (kept_s,) = re.findall(r"keepalive_timeout (\d+)s;", PROXY)
    assert int(kept_s) < WAITED_S == 10


def test_every_link_of_the_page_leads_somewhere() -> None:
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        path, _, anchor = target.partition("#")
        assert not path or (ROOT / "docs" / path).exists(), target
        assert not anchor or anchor in anchors, target


def test_the_unit_writes_nowhere_but_its_own_folders_and_is_told_when_the_server_is_ready() -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(UNIT)
    service = unit["Service"]
    assert service["Type"] == "notify"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    # What numba compiles has to be written and then run.
    assert "MemoryDenyWriteExecute" not in service


@contextmanager
def proxied(service: Service, folder: Path) -> Iterator[tuple[int, ssl.SSLContext]]:
    """Run nginx with the configuration in front of a service; give its port, and whom to trust."""
    certificate, key = folder / "credence.pem", folder / "credence.key"
    make = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=credence.example")
    names = ("-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate))
    subprocess.run([*make, *names], check=True, capture_output=True)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    site = PROXY
    for said, here in {
        "127.0.0.1:8000": service.address.removeprefix("http://"),
        "listen 443": f"listen 127.0.0.1:{port}",
        "/etc/ssl/credence.pem": str(certificate),
        "/etc/ssl/credence.key": str(key),
    }.items():
        assert site.count(said) == 1, said
        site = site.replace(said, here)
    (folder / "credence.conf").write_text(site)
    kept = "\n".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"user {getpass.getuser()}; daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off;\n{kept}\ninclude {folder}/credence.conf; }}\n"
    )
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    process = subprocess.Popen([nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        service.until(lambda: is_open(port))
        yield port, ssl.create_default_context(cafile=str(certificate))
    finally:
        process.terminate()
        assert process.wait(WITHIN_S) == 0


def is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def test_the_proxy_in_front_passes_on_what_it_should_and_nothing_else(
    service: Service, tmp_path: Path
) -> None:
    make_key = [*COMMAND, "keys", "create", "--scope", "write", "--name", "proxied"]
    key = subprocess.check_output(make_key, env=service.environment, text=True).strip()
    sent = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with proxied(service, tmp_path) as (port, trusted):

        def ask(method: str, path: str, body: bytes | None = None) -> tuple[int, bytes, Any]:
            asked = HTTPSConnection("localhost", port, context=trusted, timeout=30)
            with closing(asked):
                asked.request(method, path, body, sent)
                answer = asked.getresponse()
                return answer.status, answer.read(), answer.headers

        status, _, headers = ask("GET", "/livez")
        assert (status, headers["Strict-Transport-Security"]) == (200, "max-age=31536000")
        assert re.fullmatch("[0-9a-f]{32}", headers["X-Request-Id"])
        assert ask("GET", "/metrics")[0] == 403
        body = json.dumps({"name": "CNN", "kind": "outlet"}).encode()
        assert ask("PUT", "/v1/sources/proxied", body)[0] == 201
        status, problem, headers = ask("PUT", "/v1/sources/proxied", b"a" * (LARGEST_BODY + 1))
        assert (status, headers["Content-Type"]) == (413, "application/problem+json")
        assert json.loads(problem)["status"] == 413
        stream = HTTPSConnection("localhost", port, context=trusted, timeout=10)
        with closing(stream):
            stream.request("GET", "/v1/events/stream", headers=sent)
            answer = stream.getresponse()
            # It is still open, and what was told so far is here.
            assert answer.readline() == b"retry: 1000\n"
            answer.close()
