PYTHON ?= python3
BIN := .venv/bin
export PIP_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

WORKERS := $$(($$(getconf _NPROCESSORS_ONLN) + 1))
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder

.PHONY: help demo test long every lint bench docs sample soak clean

help:  ## what can be made here
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

demo: .venv/run  ## the main job on the shipped sample, through the real flow, without a network
	@$(BIN)/entrepot --demo refresh --flow

test: .venv/dev  ## every test but the long ones; browser tests need Debian's chromium and say so when they skip
	$(PYTEST) -m "not long"

long: .venv/dev  ## the long tests: kills, random histories, a month of nights, old homes, fresh environments, the outgrown form
	$(PYTEST) -m long

every: .venv/dev  ## both of these in one, as CI runs them
	$(PYTEST)

soak: .venv/dev  ## kills at every boundary of every command and at random, turns on one lock, damage, plans of days, hostile texts, pages, options (hours)
	ENTREPOT_SOAK_KILLS=500 ENTREPOT_SOAK_TURNS=1000 ENTREPOT_SOAK_COMMANDS=100000 ENTREPOT_SOAK_DAMAGE=1000 ENTREPOT_SOAK_HUMAN=100 \
	  ENTREPOT_HISTORY_EXAMPLES=200 ENTREPOT_HISTORY_STEPS=20 ENTREPOT_SOAK_TEXTS=10000 ENTREPOT_SOAK_PLAN=1500 \
	  ENTREPOT_SOAK_WALK=1 ENTREPOT_SOAK_SQL=1 $(BIN)/python -m pytest tests/warehouse/test_soak.py tests/flows/test_plans.py \
	  tests/warehouse/test_kill_commands.py tests/warehouse/test_damage.py tests/warehouse/test_decisions_random.py \
	  tests/warehouse/test_locks.py tests/warehouse/test_history_property.py tests/e2e/test_claims_hostile.py \
	  tests/connectors/test_pages_hostile.py tests/e2e/test_walk.py tests/e2e/test_sql_reads_only.py

lint: .venv/dev  ## style, types, import walls
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/dev  ## rows per second from bytes to commit, as ratios in one run
	$(BIN)/python -m benchmarks

docs: .venv/run  ## the data dictionary from the contracts
	$(BIN)/python -m warehouse.schema.dictionary > docs/data-dictionary.md

sample: .venv/run  ## the sample archive from its sourced figures
	$(BIN)/python sample/compose.py

clean:  ## remove the environment and caches (never a home)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache artifacts

.venv/run: pyproject.toml constraints.txt
	@echo "Setting up .venv (a minute or two, once) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install -q -e . && $(BIN)/python -m compileall -q connectors flows warehouse && touch $@

.venv/dev: .venv/run
	@$(BIN)/pip install -q -e '.[dev]' && touch $@
