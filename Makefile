# `make demo` and `make test` set up everything they need: a virtual environment in .venv, nothing outside the checkout.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.ready
PYTEST_ARGS ?=

.PHONY: help setup demo test check format bench constraints clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## install everything into .venv

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev --constraint constraints.txt
	@touch $(READY)

# Run the tests before committing what this writes.
constraints: ## renew constraints.txt with the newest versions that pyproject.toml allows
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	{ echo "# The versions that the tests of this commit passed with; \`make constraints\` writes them anew."; $(BIN)/python -m pip freeze --exclude-editable; } > constraints.txt
	@touch $(READY)

demo: $(READY) ## the whole path against a small provider on this machine
	$(BIN)/callwright demo

test: $(READY) ## all tests; PYTEST_ARGS="tests/infer -k maps" runs some of them
	@$(BIN)/python -m tests.servers.install || test "$$CI" != true
	$(BIN)/python -m pytest -n auto --dist loadgroup $(PYTEST_ARGS)

check: $(READY) ## ruff, black, mypy, pyright, import-linter, and the generated packages
	$(BIN)/python tests/checks.py

format: $(READY) ## ruff's fixes and black
	$(BIN)/ruff check --fix .
	$(BIN)/black --quiet .

bench: $(READY) ## the benchmarks, as ratios within one run
	$(BIN)/python -m benchmarks

clean: ## remove .venv, caches and builds
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build
