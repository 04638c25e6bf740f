"""The commands of the benchmarks, without a process of their own, which would take seconds to import."""

import io
import subprocess
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path


def ran(main: Callable[[list[str]], int], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Return what a command comes to, as if it had run in a process of its own."""
    given, out, errors = [str(argument) for argument in arguments], io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        code = main(given)
    return subprocess.CompletedProcess(given, code, out.getvalue(), errors.getvalue())
