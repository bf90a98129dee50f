# Each target does its own set-up; nothing has to be called first.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= $(shell sh scripts/find-python)
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
TESTS ?=

.PHONY: help run test verify check bench format schema diagrams messages lock engines setup setup-dev clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

run: setup ## the whole product with demo data; PORT, MAIL_PORT, DATA_DIR, DATABASE_URL, REDIS_URL
	@exec $(MANAGE) up --demo

test: setup-dev ## unit, integration and browser tests; TESTS="tests/tickets -k reply" for some
	@$(BIN)/python scripts/test.py $(TESTS)

verify: setup-dev ## kill and fault runs, and every page in every language, theme and width
	@$(BIN)/python scripts/test.py --verify $(TESTS)

check: setup-dev ## style, types, import contracts, migrations, OpenAPI, templates, catalogues
	@$(BIN)/python scripts/check.py

bench: setup-dev ## measure speed at 10 k, 100 k and 1 M tickets (long); SIZES="10000"
	@$(BIN)/python -m benchmarks.recognition
	@$(BIN)/python -m benchmarks $(if $(SIZES),--sizes $(SIZES))

format: setup-dev ## rewrite the sources in the house style
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

schema: setup-dev ## write docs/openapi.yaml anew
	@SECRET_KEY=of-the-sources-only $(MANAGE) spectacular --validate --fail-on-warn --file docs/openapi.yaml

diagrams: setup-dev ## draw the lives of claims into docs/developer/claim-machines.md
	@SECRET_KEY=of-the-sources-only $(MANAGE) claim_diagrams

messages: setup-dev ## collect the texts of the sources and compile the catalogues
	@$(BIN)/python scripts/catalogues.py update
	@$(BIN)/python scripts/catalogues.py compile

lock: setup-dev ## resolve the dependencies anew into both locks
	@$(BIN)/python scripts/lock.py

engines: setup ## PostgreSQL and Valkey alone, in the foreground
	@exec $(BIN)/python -m helpdesk.embedded.engines

setup: ## .venv with the run-time dependencies
	@$(PYTHON) scripts/setup.py

setup-dev: ## .venv with the development dependencies as well
	@$(PYTHON) scripts/setup.py --dev

clean: ## remove caches (never data)
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache var/cache
