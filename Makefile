# Two commands do everything on a fresh Debian or Ubuntu machine with Python 3.11+: make run, make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: venv venv-dev run test test-servers format check bench chaos soak requirements supply bundle clean

venv: $(VENV)/.installed

venv-dev: $(VENV)/.installed-dev

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "install the venv module first: apt-get install python3-venv"; exit 1; }

$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

run: venv
	exec $(BIN)/python ioc.py run

# With compiled modules kept: hundreds of processes are started, each of which would compile what it imports.
test: venv-dev test-servers
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder --durations 15

# Everything goes wrong for MINUTES, then every figure is held against the truth; and the tests that take minutes.
MINUTES ?= 10
chaos: venv-dev test-servers
	$(BIN)/python -m bench.chaos --minutes $(MINUTES)
	$(BIN)/python -m pytest -m chaos --durations=0

# Nine screens for HOURS (a fraction will do), with faults; then the web server is killed KILLS times.
HOURS ?= 1
KILLS ?= 100
soak: venv-dev test-servers
	$(BIN)/python -m bench.soak --hours $(HOURS) --kills $(KILLS)

# Chromium, PostgreSQL, Janus and HAProxy come from the machine's package manager; as another user than root it says what to install.
test-servers:
	@bash deploy/test-servers.sh

format: venv-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: venv-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive .
	$(BIN)/python -m deploy.supply.reports check
	$(MAKE) test

bench: venv-dev test-servers
	$(BIN)/python -m bench

# The hashes are those of what PyPI gives, whatever else this machine's pip would ask.
COMPILE := PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= $(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe \
  --no-emit-index-url --no-emit-find-links
requirements: venv-dev
	$(COMPILE) requirements.in
	$(COMPILE) requirements-dev.in

# Asks for advisories and writes docs/supply/: audit.json, licences.md, sbom.cdx.json, each with its date.
supply: venv-dev
	$(BIN)/python -m deploy.supply.reports store

# One archive that installs on the same platform without a network.
bundle: venv-dev
	$(BIN)/python -m deploy.supply.bundle

clean:
	rm -rf $(VENV) var tests/oidc/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
