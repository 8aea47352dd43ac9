# `make demo` and `make test` set up everything they need: a virtual environment in .venv, nothing outside the checkout.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.ready
PYTEST_ARGS ?=

.PHONY: setup demo test check format bench constraints clean
setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev --constraint constraints.txt
	@touch $(READY)

# A fresh environment with the newest versions that pyproject.toml allows; run the tests before committing what it writes.
constraints:
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	{ echo "# The versions that the tests of this commit passed with; \`make constraints\` writes them anew."; $(BIN)/python -m pip freeze --exclude-editable; } > constraints.txt
	@touch $(READY)

demo: $(READY)
	$(BIN)/callwright demo

test: $(READY)
	@$(BIN)/python -m tests.servers.install || test "$$CI" != true
	$(BIN)/python -m pytest -n auto --dist loadgroup $(PYTEST_ARGS)

check: $(READY)
	$(BIN)/python tests/checks.py

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/black --quiet .

bench: $(READY)
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build
