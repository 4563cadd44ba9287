PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
CODE   := boss_perf tests docs

.PHONY: help lowest bench test slow check format prove docs clean

help:            ## Show what can be made
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --group dev --group docs --editable '.[all]'
	@touch $@

lowest:   ## Make the virtual environment with the lowest versions that pyproject.toml allows
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1" uv
	$(BIN)/uv pip compile --quiet --resolution lowest-direct --all-extras pyproject.toml --output-file $(VENV)/lowest.txt
	$(BIN)/python -m pip install --quiet --requirement $(VENV)/lowest.txt --group dev --editable '.[all]'
	@touch $(VENV)/.ready

bench: $(VENV)/.ready   ## Measure every target on this machine and write reports/performance_tracker.md
	$(BIN)/boss-perf bench
	$(BIN)/boss-perf load --workers 2
	$(BIN)/boss-perf explain --memory mastery-history-memory-harder
	$(BIN)/boss-perf dashboard
	$(BIN)/boss-perf report

test: $(VENV)/.ready   ## Run the tests; `make slow` has the long ones
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile -m "not slow"

slow: $(VENV)/.ready   ## Run the simulations and the long end-to-end tests
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile -m slow

check: $(VENV)/.ready   ## Format, lint, strict types; the action and the workflows
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/boss-perf check
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/zizmor --offline --no-progress action.yml .github/workflows

format: $(VENV)/.ready   ## Format the code
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

prove: $(VENV)/.ready   ## Examine the gate on this machine and write reports/gate_evidence.md
	$(BIN)/boss-perf prove --minutes 15 --pairs 13

docs: $(VENV)/.ready   ## Build the documentation, strictly, into build/site
	$(BIN)/python docs/pictures.py docs/pictures
	$(BIN)/mkdocs build --quiet --strict

clean:   ## Remove the virtual environment and caches
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
