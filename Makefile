# Baton: `make run` plays it, `make test` proves it. `make` lists the rest.
.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PY := .venv/bin/python
# Settings may be given to make as well: make run DESK_PORT=9000

define python_there
	@test -n "$(PYTHON)" || { echo "Baton needs Python 3.11: install Debian's python3." >&2; exit 1; }
endef

.PHONY: help setup setup-dev train run test check evaluate bench audit lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv and install what Baton runs on
	$(python_there)
	@$(PYTHON) -m ops.environment

setup-dev: ## the same, with the tools for tests and checks
	$(python_there)
	@$(PYTHON) -m ops.environment --dev

train: setup ## train the assistant, if anything it is taught from has changed
	@$(PY) -m ops.train

run: train ## everything on this machine, until Ctrl-C
	@exec $(PY) -m ops.run

check: setup-dev ## the quick loop: lint, types, import rules, unit tests
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	BATON_STATEFUL_EXAMPLES=20 $(PY) -m pytest -q -n auto --ignore=tests/faults \
	    -m "not browser and not rasa and not slow and not faults"

test: ## everything, real Rasa and a real browser included
	$(python_there)
	@$(PYTHON) -m ops.environment --dev --browser
	@$(PY) -m ops.train
	@$(PY) -m pytest

evaluate: train setup-dev ## how well it understands, in numbers
	@$(PY) -m benchmarks.evaluate

bench: train setup-dev ## how fast it is, in ratios
	@$(PY) -m benchmarks.bench

audit: ## while Baton runs: is every promise kept on every conversation?
	@$(PY) -m ops.desk audit

lock: ## resolve the dependencies of pyproject.toml again (needs uv)
	@sh requirements/lock.sh

clean: ## remove what training and running made; conversations in var/redis stay
	rm -rf models/* models/.encoder models/.trained .rasa .mypy_cache .ruff_cache .pytest_cache .hypothesis var/log var/run
