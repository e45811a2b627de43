# make run            serve on http://localhost:8000 with demo streaks, a login and an API key (PORT=, BIND=)
# make test           the whole suite, on SQLite and on PostgreSQL
# make lint           style, types, migrations and import arrows
# make requirements   write the lock files anew from the .in files

PYTHON ?= python3
VENV := .venv
WORKERS ?= 2

RUN_STAMP := $(VENV)/requirements.stamp
DEV_STAMP := $(VENV)/requirements-dev.stamp
PIP_INSTALL := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes
PYTEST := $(VENV)/bin/python -m pytest --quiet --numprocesses $(WORKERS)
LOCK := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

.PHONY: help run test lint requirements

help:
	@sed -n 's/^# //p' Makefile

run: $(RUN_STAMP)
	@PYTHONPATH=. $(VENV)/bin/python scripts/run.py

test: $(DEV_STAMP)
	@failed=; \
	echo "== On SQLite"; \
	env -u TEST_DATABASE_URL $(PYTEST) || failed="$$failed SQLite"; \
	echo "== On PostgreSQL"; \
	$(VENV)/bin/python scripts/with_postgres.py $(PYTEST) || failed="$$failed PostgreSQL"; \
	if [ -n "$$failed" ]; then echo "== Failed on:$$failed"; exit 1; fi; \
	echo "== Passed on SQLite and on PostgreSQL"

lint: $(DEV_STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	DEBUG=1 $(VENV)/bin/python manage.py makemigrations --check --dry-run

requirements: $(DEV_STAMP)
	$(LOCK) requirements.in --output-file requirements.txt
	$(LOCK) requirements-dev.in --output-file requirements-dev.txt

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; make PYTHON=python3.11 $(MAKECMDGOALS) names another one."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "Python cannot make virtual environments here: on Debian, install python3-venv."; exit 1; }

$(RUN_STAMP): requirements.txt | $(VENV)/bin/python
	@echo "Installing what the server needs ..."
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(DEV_STAMP): requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing what the tests need ..."
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@
