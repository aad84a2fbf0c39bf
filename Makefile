# `make demo` and `make test` are all the set-up there is: both make the virtual environment first.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: help demo mirror test torture bench lint audit lock format docs clean

help:
	@echo "make demo     two ticks against a sample upstream on this machine"
	@echo "make test     all tests but the long ones"
	@echo "make mirror   one tick against the live channels: the store in data/, the posts in mirror/"
	@echo "make torture  the long tests"
	@echo "make bench    measures, each beside a reference in the same run, into docs/performance.md"
	@echo "make audit    known vulnerabilities of what is installed, which takes the internet"
	@echo "make lock     new versions into deploy/requirements.txt, which takes the internet"
	@echo "make lint     ruff, mypy and import-linter;  make format  ruff's formatter"
	@echo "make docs     the pages of docs/ that follow from the code"

$(BIN)/finews: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "finews needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "No virtual environment: on Debian, apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: $(BIN)/finews
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(BIN)/finews
	$(BIN)/finews demo

mirror: $(BIN)/finews
	$(BIN)/finews run

# With the compiled modules kept, wherever this runs: some 340 processes import finews.
test: $(VENV)/.dev
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n auto --dist loadfile -m "not torture and not benchmark"

torture: $(VENV)/.dev
	$(BIN)/python -m pytest -m torture

bench: $(VENV)/.dev
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -q -s -m benchmark --write tests/benchmarks

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tools.reference --check

# In an environment of its own: what checks isn't checked. Strict: what nobody could look up is no success.
audit: $(VENV)/.dev
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/pip install --quiet --disable-pip-version-check 'pip-audit>=2.10,<3'
	$(BIN)/python -m pip list --exclude-editable --format freeze > $(VENV)/audit/installed.txt
	$(VENV)/audit/bin/pip-audit --strict --no-deps --disable-pip --requirement $(VENV)/audit/installed.txt
	$(VENV)/audit/bin/pip-audit --strict --require-hashes --disable-pip --requirement deploy/requirements.txt

# For every Python and system; with what builds finews, for an installation from hashes fetches nothing besides.
lock: $(VENV)/.dev
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
	echo 'setuptools>=77' | $(VENV)/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--extra notify --custom-compile-command 'make lock' --output-file deploy/requirements.txt pyproject.toml -

format: $(VENV)/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(VENV)/.dev
	$(BIN)/python -m tools.reference

clean:
	rm -rf $(VENV) demo build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
