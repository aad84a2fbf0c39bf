# There is no other set-up: `make demo` and `make test` create the virtual environment first.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Python compiles the modules that finews imports when it first imports them. pip would compile all, which takes longer
# and a quarter more space.
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-compile

.PHONY: help demo mirror test torture bench lint audit lock format docs messages package clean

help:
	@echo "make demo     run finews twice against a sample upstream on this machine"
	@echo "make test     run all tests except the long ones"
	@echo "make mirror   run finews once against the live channels: the store in data/, the posts in mirror/"
	@echo "make torture  run the long tests"
	@echo "make bench    measure finews beside a reference, and write the results into docs/performance.md"
	@echo "make audit    look for known vulnerabilities in the installed packages (needs the internet)"
	@echo "make lock     write the newest versions into deploy/requirements.txt (needs the internet)"
	@echo "make lint     run ruff, mypy and import-linter, and check that docs/ is up to date"
	@echo "make format   format the code with ruff"
	@echo "make docs     write the pages of docs/ that are generated from the code"
	@echo "make messages update the catalogue of messages from the code, compile it, and name what isn't translated"
	@echo "make package  build wheel and source distribution into dist/, and run the wheel's demo in an empty environment"
	@echo "make clean    remove the virtual environment, the demo and the caches"

$(BIN)/finews: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "finews needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "No virtual environment: on Debian, apt install python3-venv"; exit 1; }
	@echo "Installing finews and what it needs into $(VENV): some 45 MB to download, which takes a minute or two"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(BIN)/finews
	@echo "Installing what the tests need into $(VENV), which takes some minutes"
	@$(PIP) --editable '.[dev]'
	@touch $@

demo: $(BIN)/finews
	$(BIN)/finews demo

mirror: $(BIN)/finews
	$(BIN)/finews run

# Some 340 processes import finews, so Python keeps the compiled modules even if the environment says otherwise.
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
	$(BIN)/python -m tools.messages --check

# pip-audit has its own environment, so that it doesn't check itself. --strict: a package that it can't look up is a failure.
audit: $(VENV)/.dev
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/pip install --quiet --disable-pip-version-check 'pip-audit>=2.10,<3'
	$(BIN)/python -m pip list --exclude-editable --format freeze > $(VENV)/audit/installed.txt
	$(VENV)/audit/bin/pip-audit --strict --no-deps --disable-pip --requirement $(VENV)/audit/installed.txt
	$(VENV)/audit/bin/pip-audit --strict --require-hashes --disable-pip --requirement deploy/requirements.txt

# The lock is for every Python and system. It includes setuptools, which builds finews, because an installation from hashes
# fetches nothing else.
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

messages: $(VENV)/.dev
	$(BIN)/python -m tools.messages

# `finews demo` makes its folder where it is run.
package: $(VENV)/.dev
	rm -rf dist $(VENV)/package
	$(BIN)/python -m build --outdir dist
	$(PYTHON) -m venv $(VENV)/package
	$(VENV)/package/bin/pip install --quiet --disable-pip-version-check dist/*.whl
	cd $(VENV)/package && bin/finews demo

clean:
	rm -rf $(VENV) demo build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
