"""Services on ledgers of their own, started quickly, and small disks to put them on."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.service import Service
from faults.warm import Warm
from faults.writes import Writer, prepare


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    warm = Warm()
    yield warm
    warm.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service that was not started yet."""
    service = Service(tmp_path / "credence.db")
    service.make_key()
    yield service
    if service.process:
        service.kill()


@pytest.fixture
def serving(service: Service, warm: Warm) -> Service:
    """A service that is written to."""
    service.begin(warm)
    service.await_ready()
    prepare(service, 1)
    return service


@pytest.fixture
def writer() -> Writer:
    return Writer("desk-0")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes, in memory; only root can mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]
    if os.geteuid() != 0 or subprocess.run(mounted, capture_output=True, check=False).returncode != 0:
        pytest.skip("this user cannot mount a disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)
