# Commands of the project; `make` alone lists them. Works with GNU make 3.81 and any POSIX shell.

STACK ?= development
PY := .venv/bin/python
PYTHON_CODE = bench common component_package components config docs harness language_host local lookalikes ops planning policies provider systems tests toolchain

# What Python compiles of this clone is kept, in folders that git ignores. Many containers forbid that, and
# each process would compile all it imports: a fifth of a `make up`.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup ready packages engine python installed up dev test lint unit tests start down reset logs status preview policy bench docs

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## get what is missing: Python and npm packages, the Pulumi engine
	@./toolchain/setup

ready:
	@./toolchain/setup --quiet

packages:
	@./toolchain/setup --quiet --packages

engine:
	@./toolchain/setup --quiet --engine

python:
	@./toolchain/setup --quiet --python

installed:
	@test -x $(PY) || { echo "nothing is set up in this clone (.venv is missing), and this command installs nothing; make setup does" >&2; exit 1; }

up: ready ## start the local Cloudflare, deploy `development`, check every address
	@$(PY) -m ops up development --complete

dev: ready ## serve every saved file of the workers at once, with their logs, until Ctrl-C; WORKER=… chooses
	@$(PY) -m ops dev $(STACK) $(WORKER) || test $$? -eq 130 # Ctrl-C

test: ## every check and every test, side by side
	@$(MAKE) --no-print-directory -j 3 engine lint tests

lint: packages ## style, types and architecture of the code
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy $(PYTHON_CODE)
	$(PY) -m mypy __main__.py
	.venv/bin/lint-imports
	$(PY) -m vulture
	node_modules/.bin/tsc --project .
	node_modules/.bin/tsc --project tsconfig.runtime.json
	node_modules/.bin/eslint workers systems local
	node_modules/.bin/knip

unit: ## the tests without the checks of the code
	@$(MAKE) --no-print-directory -j 2 engine tests

# While the engine is made, which takes minutes where it is built: tests that run it wait for it, the others go first.
tests: packages
	node_modules/.bin/vitest run
	$(PY) -m harness.suite

start: ready ## start the local Cloudflare without deploying anything
	@$(PY) -m ops start

down: installed ## stop the local Cloudflare; its data stays
	@$(PY) -m local stop --dir .local/cloudflare

reset: python ## delete the local Cloudflare and the state of `development`; asks first
	@$(PY) -m ops reset

logs: installed ## console lines and exceptions of the workers, until Ctrl-C
	@$(PY) -m local logs --follow --dir .local/cloudflare || test $$? -eq 130 # Ctrl-C

status: installed ## what runs locally, where it answers, the last error
	@$(PY) -m local status --dir .local/cloudflare

preview: ready ## what an `up` of STACK would change, with every policy checked
	@$(PY) -m ops preview $(STACK)

policy: ready ## what each policy does, its level in each stack, what it saw in the last run
	@$(PY) -m policies.explain

docs: ready ## write what is made from code: schema, references, tables, policy levels
	@$(PY) -m docs.generate

bench: ready ## measure; the figures stand in bench/README.md
	@$(PY) -m bench
