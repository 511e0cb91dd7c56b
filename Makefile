# Every target works from a plain checkout: `setup` runs first and is a no-op while the lock is unchanged.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

# Without byte code each of the hundreds of processes of a test run compiles all of this anew.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PRODUCT := ledger bot scheduler storage
CHECKED := $(PRODUCT) sandbox bench tests

# The first Python that is new enough; `make setup PYTHON=…` overrides the search.
PYTHON ?= $(firstword $(foreach name,python3.13 python3.12 python3.11 python3,$(shell \
	command -v $(name) >/dev/null 2>&1 && $(name) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))

# Parallel test processes.
WORKERS ?= auto
# The fault run: kills and lost replies drawn from SEED.
RUNS ?= 120
SEED ?= 1
ERP ?= all
DATABASE ?= both
# So many real processes push at the same time in every run, on Postgres.
PROCESSES ?= 0

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(STAMP): requirements-dev.lock
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer (with venv) was not found." >&2; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: setup
setup: $(STAMP) ## Create .venv and install the locked dependencies (only when the lock changed)

.PHONY: demo
demo: setup ## Run the bot with a local Slack and local ERPs; nothing leaves this machine
	@$(BIN)/integral demo

.PHONY: demo-reset
demo-reset: setup ## Forget everything that the demo keeps
	@$(BIN)/integral demo --reset

.PHONY: test
test: setup ## Run every test (REQUIRE_ALL=1: a missing Postgres or Chromium is a failure)
	@$(BIN)/python -m pytest -n $(WORKERS)

.PHONY: check
check: setup ## Lint, check formatting, types and import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(CHECKED)
	@$(BIN)/lint-imports

CLIENTS := xero quickbooks netsuite

# Each client of an ERP that others wrote has an environment of its own; what builds it is locked too.
.venv-clients/%/.installed: tests/clients/requirements-%.lock | setup
	@echo "Installing other people's client of $*…"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-clients/$*
	@$(BIN)/uv pip install --quiet --python .venv-clients/$*/bin/python --require-hashes --build-constraints $< -r $<
	@touch $@

.PHONY: clients
clients: $(CLIENTS:%=.venv-clients/%/.installed) ## Build the environments of the clients in tests/clients

.PHONY: faults
faults: setup ## Kill processes and lose replies at random (RUNS, SEED, ERP, DATABASE=sqlite|postgres|both, PROCESSES)
	@$(BIN)/python -m tests.faults --runs $(RUNS) --seed $(SEED) --erp $(ERP) --database $(DATABASE) \
		--processes $(PROCESSES)

.PHONY: bench
bench: setup ## Measure what the documents claim
	@$(BIN)/python -m bench

.PHONY: format
format: setup ## Format and apply safe fixes
	@$(BIN)/ruff check --fix --exit-zero .
	@$(BIN)/ruff format .

# The locks hold versions and hashes only: no header, no address, no origin of a package.
LOCK := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header

.PHONY: lock
lock: setup ## Resolve pyproject.toml again into both locks (UPGRADE=1: to the newest versions)
	@$(BIN)/$(LOCK) $(if $(UPGRADE),--upgrade) -o requirements.lock >/dev/null
	@$(BIN)/$(LOCK) $(if $(UPGRADE),--upgrade) --group dev -c requirements.lock -o requirements-dev.lock >/dev/null
	@for client in $(CLIENTS); do $(BIN)/$(subst pyproject.toml,tests/clients/requirements-$$client.in,$(LOCK)) $(if $(UPGRADE),--upgrade) \
		-o tests/clients/requirements-$$client.lock >/dev/null; done

.PHONY: clean
clean: ## Remove .venv, caches and built files (keeps .data/)
	@rm -rf $(VENV) .venv-clients .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
