"""The clients that `make clients` makes: each does what its own README shows, against a real service."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from service import Server, make_kursk, serving

ROOT = Path(__file__).parents[1]
PYTHON, TYPESCRIPT = ROOT / "clients" / "python", ROOT / "clients" / "typescript"
PRINTED = r"0\.57 narrowed\n404 id: there is no claim 'nobody-said-so'\n(?P<id>claim-\w+)\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(make_kursk(tmp_path_factory.mktemp("clients"))) as server:
        yield server


def example(readme: Path, language: str, server: Server) -> str:
    (code,) = re.findall(rf"```{language}\n(.*?)```", readme.read_text(), re.DOTALL)
    assert "http://127.0.0.1:8000" in code
    return code.replace("http://127.0.0.1:8000", f"http://127.0.0.1:{server.port}")


def output(server: Server, *command: object, folder: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, "KEY": server.key},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def assert_printed(printed: str, server: Server) -> None:
    found = re.fullmatch(PRINTED, printed)
    assert found, printed
    status, body, _ = server.call("GET", f"/v1/claims/{found['id']}")
    assert (status, json.loads(body)["answer"]) == (200, "reduced")


def test_the_python_client_reads_is_refused_and_writes(server: Server, tmp_path: Path) -> None:
    (tmp_path / "call.py").write_text(example(PYTHON / "README.md", "python", server))
    python = ROOT / ".venv-clients" / "bin" / "python"
    assert python.exists(), "The client is not made: 'make clients' makes it."
    assert_printed(output(server, python, "-W", "error", "call.py", folder=tmp_path), server)


def typescript(tmp_path: Path, code: str) -> Path:
    """Return a folder in which the packed client is installed and `call.ts` stands."""
    package = tmp_path / "node_modules" / "credence-client"
    package.mkdir(parents=True)
    shutil.unpack_archive(ROOT / "dist" / "credence-client-1.0.0.tgz", tmp_path / "packed", filter="data")
    for file in (tmp_path / "packed" / "package").iterdir():
        shutil.move(file, package)
    for name in ("openapi-fetch", "openapi-typescript-helpers"):
        shutil.copytree(TYPESCRIPT / "node_modules" / name, tmp_path / "node_modules" / name)
    settings = json.loads((TYPESCRIPT / "tsconfig.json").read_text())["compilerOptions"]
    del settings["rootDir"], settings["outDir"]
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "tsconfig.json").write_text(json.dumps({"compilerOptions": settings, "include": ["*.ts"]}))
    (tmp_path / "process.d.ts").write_text(
        "declare const process: {env: Record<string, string | undefined>};"
    )
    (tmp_path / "call.ts").write_text(code)
    return tmp_path


COMPILER = TYPESCRIPT / "node_modules" / ".bin" / "tsc"


def test_the_typescript_client_reads_is_refused_and_writes(server: Server, tmp_path: Path) -> None:
    folder = typescript(tmp_path, example(TYPESCRIPT / "README.md", "ts", server))
    output(server, COMPILER, folder=folder)
    assert_printed(output(server, "node", "call.js", folder=folder), server)


def test_the_typescript_client_knows_the_contract_before_anything_runs(
    server: Server, tmp_path: Path
) -> None:
    code = example(TYPESCRIPT / "README.md", "ts", server)
    wrong = code.replace("as_of:", "as_off:").replace("stated_at:", "said_at:")
    folder = typescript(tmp_path, wrong)
    done = subprocess.run([COMPILER, "--noEmit"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "as_off" in done.stdout
    assert "said_at" in done.stdout


def test_both_clients_have_the_version_of_the_contract() -> None:
    version = yaml.safe_load((ROOT / "openapi.yaml").read_text())["info"]["version"]
    assert json.loads((TYPESCRIPT / "package.json").read_text())["version"] == version
    assert (ROOT / "dist" / f"credence_client-{version}-py3-none-any.whl").exists()
