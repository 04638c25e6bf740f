# `make run` serves the Kursk record; `make test` checks everything. Both set up what they need.

PYTHON ?= python3
PORT = 8000
DATABASE = credence.db

BIN = .venv/bin
INSTALLED = .venv/.installed

SECONDS_A_PEER = 60
PEERS_INSTALLED = .venv-peers/.installed
DATASETTE_INSTALLED = .venv-datasette/.installed

KILLS = 1000
CASES = 20000
ROUNDS = 20

GENERATOR_INSTALLED = .venv-clients/.installed
# What the clients are made from, and beside what they are made.
CLIENT_SOURCES = openapi.yaml $(wildcard clients/*/*.md clients/*/*.toml clients/*/*.json clients/typescript/src/index.ts)
CLIENTS_MADE = dist/.clients
TYPESCRIPT_INSTALLED = clients/typescript/node_modules/.package-lock.json
AXE_INSTALLED = tests/browser/node_modules/.package-lock.json

.PHONY: run test browser clients pictures test-faults test-hostile test-properties audit lint format openapi \
	install constraints clean bench-accuracy bench-matching bench-copying bench-disputes bench-http bench-ledger bench-reach bench-speed benchmarks \
	figures peers datasette

run: install  ## serve on this machine: make run [PORT=8000] [DATABASE=credence.db]
	@$(BIN)/credence trial --database '$(DATABASE)' --port '$(PORT)'

# Files go to as many processes as there are processors, in their order: what takes long is not left for the
# end. The tests start hundreds of processes, so what is compiled is kept, whatever the shell says.
test: export PYTHONDONTWRITEBYTECODE =
test: lint browser clients  ## every check and every test
	$(BIN)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder -m 'not alone'
	$(BIN)/pytest -m alone

browser: install $(AXE_INSTALLED)  ## what the tests need besides Python: Debian's Chromium without windows, curl, jq, nginx and openssl, where they are missing, and axe
	@for program in "$${CHROMIUM:-chromium-headless-shell}" curl jq nginx openssl; do command -v "$$program" >/dev/null || missing="$$missing $$program"; done; \
	[ -z "$$missing" ] || { echo "Installing$$missing from Debian's packages, once." >&2; apt-get update -qq && apt-get install -qq -y $$missing; } || \
		{ echo "The tests need$$missing: install them; CHROMIUM= may name another Chromium." >&2; exit 1; }

$(AXE_INSTALLED): tests/browser/package.json tests/browser/package-lock.json
	@command -v npm >/dev/null || { echo "The tests in a browser need npm, from Node.js 20 or later." >&2; exit 1; }
	@npm ci --prefix tests/browser --silent --no-audit --no-fund
	@touch $@

test-hostile: install  ## attack a service from its OpenAPI document, and go on where it was broken off: [CASES=20000]
	@PYTHONPATH=.:tests $(BIN)/python -m hostile.campaign --cases $(CASES)

test-properties: install  ## try what holds for every ledger on other examples: make test-properties [ROUNDS=20]
	@for round in $$(seq $(ROUNDS)); do \
		$(BIN)/pytest --quiet --numprocesses auto -m hypothesis --hypothesis-profile others || exit 1; \
	done

pictures: browser  ## take the pictures in the documents anew, into docs/
	@PYTHONPATH=tests:. $(BIN)/python -m browser.pictures docs

clients: $(CLIENTS_MADE)  ## a Python and a TypeScript client from openapi.yaml, into dist/

$(CLIENTS_MADE): $(CLIENT_SOURCES) $(GENERATOR_INSTALLED) $(TYPESCRIPT_INSTALLED) | $(INSTALLED)
	@rm -rf clients/python/credence_client
	@PATH="$(CURDIR)/.venv-clients/bin:$$PATH" .venv-clients/bin/openapi-python-client generate --path openapi.yaml --meta none \
		--output-path clients/python/credence_client > .venv-clients/generated.log 2>&1 || { cat .venv-clients/generated.log >&2; exit 1; }
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist clients/python > .venv-clients/wheel.log 2>&1
	@.venv-clients/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall dist/credence_client-*.whl
	@npm run --silent --prefix clients/typescript build > .venv-clients/built.log
	@npm pack --silent --pack-destination "$(CURDIR)/dist" ./clients/typescript > .venv-clients/packed.log
	@touch $@

$(GENERATOR_INSTALLED): clients/python/generator.txt
	@echo "Installing the generator of the Python client into .venv-clients, once." >&2
	@$(PYTHON) -m venv .venv-clients
	@.venv-clients/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(TYPESCRIPT_INSTALLED): clients/typescript/package.json clients/typescript/package-lock.json
	@npm ci --prefix clients/typescript --silent --no-audit --no-fund
	@touch $@

audit: install  ## look the pinned packages up among the known vulnerabilities
	@$(BIN)/python .ci/audit.py

test-faults: install  ## kill the service again and again: make test-faults [KILLS=1000] [START=0]
	@PYTHONPATH=tests $(BIN)/python -m faults.kills --kills '$(KILLS)' --start '$(or $(START),0)'

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

# --no-deps, then --no-index: what anything asks for and constraints.txt does not pin stops the install.
$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Credence needs Python 3.11 or later, and $(PYTHON) is none: name one with PYTHON=." >&2; exit 1; }
	@echo "Installing into .venv: a minute or two, once." >&2
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r constraints.txt
	@$(BIN)/python -m pip install --quiet --no-index --no-build-isolation --editable '.[dev,tracing]'
	@touch $@

constraints: install  ## pin again, to the newest versions that pyproject.toml allows
	$(BIN)/pip-compile --quiet --upgrade --extra dev --extra tracing --all-build-deps --strip-extras --allow-unsafe \
		--unsafe-package none --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --no-emit-options --output-file constraints.txt pyproject.toml

bench-disputes: install  ## disputes with an outcome: make bench-disputes FOLDER=DIR [STAKES=DIR]
	@$(BIN)/python -m benchmarks.disputes '$(FOLDER)' $(if $(STAKES),--stakes '$(STAKES)')

bench-matching: install  ## texts and the questions that they are about: make bench-matching DATASETS=DIR
	@$(BIN)/python -m benchmarks.matching '$(DATASETS)'

bench-copying: install  ## undeclared copying on made records: make bench-copying [SIZES="10000 100000"]
	@$(BIN)/python -m benchmarks.copying $(or $(SIZES),10000 100000)

bench-http: install datasette  ## requests a second beside bare Flask views and Datasette: make bench-http [ROUNDS=7]
	@$(BIN)/python -m benchmarks.http $(if $(ROUNDS),--rounds $(ROUNDS))

bench-ledger: install  ## load, read, write and refit ledgers: make bench-ledger [SIZES="10000 100000"]
	@$(BIN)/python -m benchmarks.ledger $(or $(SIZES),10000 100000 1000000)

bench-reach: install  ## how many modules a write and a score run through, and how many calls lead between them
	@$(BIN)/python -m benchmarks.reach

# One thread each: what is compared is the work, not the machine.
bench-accuracy bench-speed benchmarks: export OMP_NUM_THREADS = 1

# $(if $(PEERS),peers): peers are installed only where they are asked for.
bench-accuracy: install $(if $(PEERS),peers)  ## make bench-accuracy DATASETS=DIR [PEERS=1] [PREQUENTIAL=1]
	@$(BIN)/python -m benchmarks.accuracy '$(DATASETS)' \
		$(if $(PEERS),--peers --seconds-a-peer $(SECONDS_A_PEER)) $(if $(PREQUENTIAL),--prequential)

bench-speed: install peers  ## make bench-speed [SIZES="10000 1000000"] [SKIP_PEERS_ABOVE=N]
	@$(BIN)/python -m benchmarks.speed $(or $(SIZES),10000 100000 1000000 10000000) $(if $(SKIP_PEERS_ABOVE),--skip-peers-above $(SKIP_PEERS_ABOVE))

benchmarks: install peers datasette  ## measure anew into benchmarks/results: make benchmarks DATASETS=DIR [FOLDER=DIR]
	@mkdir -p benchmarks/results
	$(BIN)/python -m benchmarks.accuracy '$(DATASETS)' --peers --seconds-a-peer $(SECONDS_A_PEER) \
		> .venv/results.jsonl
	mv .venv/results.jsonl benchmarks/results/accuracy.jsonl
	$(BIN)/python -m benchmarks.accuracy '$(DATASETS)' --prequential > .venv/results.jsonl
	mv .venv/results.jsonl benchmarks/results/prequential.jsonl
	$(if $(FOLDER),$(BIN)/python -m benchmarks.disputes '$(FOLDER)' --stakes benchmarks/stakes > .venv/results.jsonl)
	$(if $(FOLDER),mv .venv/results.jsonl benchmarks/results/disputes.jsonl)
	$(BIN)/python -m benchmarks.speed $(or $(SIZES),10000 100000 1000000 10000000) > .venv/results.jsonl
	mv .venv/results.jsonl benchmarks/results/speed.jsonl
	$(BIN)/python -m benchmarks.ledger > .venv/results.jsonl
	mv .venv/results.jsonl benchmarks/results/ledger.jsonl
	$(BIN)/python -m benchmarks.http > .venv/results.jsonl
	mv .venv/results.jsonl benchmarks/results/http.jsonl

figures: install  ## draw docs/benchmarks.md and docs/reliability.svg from benchmarks/results
	$(BIN)/python -m benchmarks.figures

peers: $(PEERS_INSTALLED)  ## make .venv-peers, in which other people's aggregators run

# --no-deps: every package is pinned there, since the pins of truthdiscovery itself do not build.
$(PEERS_INSTALLED): benchmarks/peers.txt
	@echo "Installing the peers into .venv-peers, once." >&2
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $<
	@touch $@

datasette: $(DATASETTE_INSTALLED)  ## make .venv-datasette, in which Datasette serves beside the service

$(DATASETTE_INSTALLED): benchmarks/datasette.txt
	@echo "Installing Datasette into .venv-datasette, once." >&2
	@$(PYTHON) -m venv .venv-datasette
	@.venv-datasette/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $<
	@touch $@

clean:  ## remove all but the databases
	rm -rf .venv .venv-peers .venv-datasette .venv-clients tests/browser/node_modules \
		clients/python/credence_client clients/typescript/node_modules clients/typescript/dist clients/typescript/src/contract.ts \
		.mypy_cache .pytest_cache .ruff_cache .hypothesis .schemathesis .import_linter_cache build dist
	find api benchmarks data models tests -name __pycache__ -type d -prune -exec rm -r {} +
