# `make run` serves the Kursk record; `make test` checks everything. Both set up what they need.

PYTHON ?= python3
PORT = 8000
DATABASE = credence.db

BIN = .venv/bin
INSTALLED = .venv/.installed

SIZES = 10000 100000 1000000

.PHONY: run test lint format openapi install constraints clean bench-disputes bench-ledger

run: install  ## serve on this machine: make run [PORT=8000] [DATABASE=credence.db]
	@$(BIN)/credence trial --database '$(DATABASE)' --port '$(PORT)'

test: lint  ## every check and every test
	$(BIN)/pytest

lint: install  ## formatter, linter, types, import contracts, openapi.yaml
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/credence openapi | cmp -s - openapi.yaml || \
		{ echo "openapi.yaml is not what the service says: run 'make openapi'." >&2; exit 1; }

format: install  ## put the code in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

openapi: install  ## write openapi.yaml from the service
	$(BIN)/credence openapi > .venv/openapi.yaml
	mv .venv/openapi.yaml openapi.yaml

install: $(INSTALLED)  ## make .venv, everything in it pinned

# --no-index: what pyproject.toml asks for and constraints.txt does not pin stops the install.
$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Credence needs Python 3.11 or later, and $(PYTHON) is none: name one with PYTHON=." >&2; exit 1; }
	@echo "Installing into .venv: a minute or two, once."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r constraints.txt
	@$(BIN)/python -m pip install --quiet --no-index --no-build-isolation --editable '.[dev]'
	@touch $@

constraints: install  ## pin again, to the newest versions that pyproject.toml allows
	$(BIN)/pip-compile --quiet --upgrade --extra dev --all-build-deps --strip-extras --allow-unsafe \
		--unsafe-package none --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --no-emit-options --output-file constraints.txt pyproject.toml

bench-disputes: install  ## disputes with an outcome: make bench-disputes FOLDER=DIR [STAKES=DIR]
	@$(BIN)/python -m benchmarks.disputes '$(FOLDER)' $(if $(STAKES),--stakes '$(STAKES)')

bench-ledger: install  ## load, read, write and refit ledgers: make bench-ledger [SIZES="10000 100000"]
	@$(BIN)/python -m benchmarks.ledger $(SIZES)

clean:  ## remove all but the databases
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .schemathesis .import_linter_cache build dist
	find api data models tests -name __pycache__ -type d -prune -exec rm -r {} +
