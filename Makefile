# make run            serve on http://localhost:8000 with demo streaks, a login and an API key (PORT=, BIND=)
# make test           the whole suite, on SQLite and on PostgreSQL
# make strangers      the tools of integrators, pointed at the API; needs Node and PHP
# make fuzz           schemathesis for as long as it takes: every phase, 10,000 calls and more
# make pgbouncer      all tests of the API on PostgreSQL through PgBouncer in transaction mode; needs PgBouncer
# make drill          the database, the disk and the server fail in turn, some minutes (all of it needs root)
# make upgrade        a rolling upgrade under load from the state before the newest migration (FROM=another commit);
#                     needs nginx and the history of the repository
# make mutants        change the core, recording, rewards and authentication at random, and see whether a test notices
#                     (SAMPLE=, SEED=)
# make bench          how fast it is, against floors in the same run (QUICK=1: less of it, within minutes)
# make packaging      what deploys the product, checked by the tools of its makers; the image's steps in an empty folder,
#                     and the services of compose.yaml with it; needs nginx, promtool, systemd-analyze and PgBouncer
# make lint           style, types, migrations and import arrows
# make widget         bundle static/widget/src into the script that pages load (CHECK=1: only say whether it is current);
#                     needs Node
# make requirements   write the lock files anew from the .in files

PYTHON ?= python3
VENV := .venv
WORKERS ?= 2
SAMPLE ?= 100
SEED ?= 1

RUN_STAMP := $(VENV)/requirements.stamp
DEV_STAMP := $(VENV)/requirements-dev.stamp
PIP_INSTALL := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes
# A worker that has nothing left takes tests from another.
PYTEST := $(VENV)/bin/python -m pytest --quiet --numprocesses $(WORKERS) --dist worksteal
LOCK := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

NODE_FOLDER := gamopanda/tests/strangers/node
NODE_STAMP := $(NODE_FOLDER)/node_modules/.package-lock.json
WIDGET_FOLDER := scripts/widget
WIDGET_STAMP := $(WIDGET_FOLDER)/node_modules/.package-lock.json

.PHONY: help run test strangers fuzz pgbouncer drill upgrade mutants bench packaging lint widget requirements

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

strangers: $(DEV_STAMP) $(NODE_STAMP)
	$(PYTEST) -m strangers gamopanda

fuzz: $(DEV_STAMP)
	FUZZING=long $(PYTEST) -m strangers --numprocesses 0 --capture=no gamopanda/tests/test_strangers_fuzzing.py

pgbouncer: $(DEV_STAMP)
	$(VENV)/bin/python -m scripts.with_pgbouncer $(PYTEST) --reuse-db $(wildcard */tests/test_api_*.py)

drill: $(DEV_STAMP)
	$(VENV)/bin/python -m scripts.drill

upgrade: $(DEV_STAMP)
	$(VENV)/bin/python -m scripts.drill.upgrade $(FROM)

mutants: $(DEV_STAMP)
	SAMPLE=$(SAMPLE) SEED=$(SEED) $(VENV)/bin/python scripts/with_postgres.py $(VENV)/bin/python -m scripts.mutants

bench: $(DEV_STAMP)
	$(VENV)/bin/python -m benchmarks

packaging: $(DEV_STAMP)
	$(VENV)/bin/python -m scripts.packaging

lint: $(DEV_STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	DEBUG=1 $(VENV)/bin/python manage.py makemigrations --check --dry-run

widget: $(WIDGET_STAMP)
	@node $(WIDGET_FOLDER)/build.mjs $(if $(CHECK),--check)

requirements: $(DEV_STAMP)
	$(LOCK) requirements.in --output-file requirements.txt
	$(LOCK) requirements-dev.in --output-file requirements-dev.txt
	$(LOCK) requirements-s3.in --output-file requirements-s3.txt

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

%/node_modules/.package-lock.json: %/package-lock.json
	@command -v npm > /dev/null || { echo "npm is needed: on Debian, install nodejs and npm."; exit 1; }
	@echo "Installing npm packages ..."
	@cd $* && npm ci --silent
	@touch $@
