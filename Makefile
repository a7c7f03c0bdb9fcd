# From a fresh clone: `make demo` shows a month of a shop, `make test` proves it. Needs Python 3.11 or newer, nothing else.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
BIN := .venv/bin
STAMP := .venv/installed
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
WORKERS ?= 3
COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras --no-header -q
CODE := aftermile chassis services gateway tests bench

.PHONY: setup demo up test check bench contracts fmt lock clean

setup: $(STAMP)

$(STAMP): requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (python3 is older or missing)"; exit 1; }
	@test -x $(BIN)/python || "$(PYTHON)" -m venv .venv || { \
		rm -rf .venv; echo "this Python makes no virtual environments (Debian: apt install python3-venv)"; exit 1; }
	@echo "installing into .venv (once, a minute or two)"
	@$(PIP) install -q --require-hashes -r requirements-dev.lock
	@$(PIP) install -q --no-build-isolation --no-deps -e .
	@touch $@

demo: $(STAMP)
	@$(BIN)/aftermile demo $(DEMO)

up: $(STAMP)
	@$(BIN)/aftermile up $(UP)

test: $(STAMP)
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST)

check: $(STAMP)
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/contract

bench: $(STAMP)
	$(BIN)/python -m bench $(BENCH)

contracts: $(STAMP)
	$(BIN)/python -m aftermile.contracts

fmt: $(STAMP)
	$(BIN)/ruff check --fix-only -q $(CODE)
	$(BIN)/ruff format $(CODE)

lock:
	$(COMPILE) -o requirements.lock
	$(COMPILE) --extra dev -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
