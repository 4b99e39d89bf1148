# Works with GNU Make from 3.81 on. `make` alone lists the targets.

PYTHON ?= python3
DB ?= postil.db
# Options for the programs that the targets run: make run ARGS="--port 8080"
ARGS ?=
# Browser tests share the cores with the browser, so two workers and no more; and whoever has done
# its own takes from the other, for the browser tests come first and take longest.
PYTEST_ARGS ?= -n 2 --dist worksteal
# The core, the store, the formats, the pages that are used most, and marking in a browser.
QUICK := tests/core tests/store tests/formats tests/browser/test_fragments.py $(addprefix \
  tests/web/test_,article.py codebook.py drawing.py find.py library.py queue.py transfer.py)
# In make test a test that takes minutes hangs, and is ended; the long proofs take as long as they do.
AT_LENGTH := -o faulthandler_timeout=0

VENV := .venv
BIN := $(VENV)/bin
PINS := pyproject.toml constraints.txt hatch_build.py

# Every install, those of build requirements too, takes the versions in constraints.txt.
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
export PYTHONUTF8 := 1
INSTALL := $(BIN)/python -m pip install --quiet -c constraints.txt

# An environment made for another folder does not work here (its scripts name that folder), nor
# does one whose Python has gone; and without the copied htmx the pages don't. Then install again.
HERE := $(shell test -x $(BIN)/python && test -f static/vendor/htmx.min.js && cat $(VENV)/.made-in 2>/dev/null)
ifneq ($(HERE),$(CURDIR))
STALE := stale
endif

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: $(VENV)/.installed ## make .venv with Postil and what it needs, at the pinned versions

.PHONY: run
run: $(VENV)/.installed ## start Postil and print its address (DB=file, ARGS=options of `postil serve`)
	@exec $(BIN)/postil serve --db "$(DB)" $(ARGS)

.PHONY: extras
extras: $(VENV)/.installed-parquet $(VENV)/.installed-spacy ## install what Parquet, Hugging Face and spaCy files need

.PHONY: test
test: $(VENV)/.installed-test browser ## run the tests
	$(BIN)/pytest $(PYTEST_ARGS) $(ARGS)

.PHONY: quick
quick: $(VENV)/.installed-test browser ## run in under a minute what a change most likely breaks
	$(BIN)/pytest $(PYTEST_ARGS) --hypothesis-profile=quick -k "not huge" $(QUICK) $(ARGS)

.PHONY: check
check: $(VENV)/.installed-check node_modules/.installed ## check format, style, types and imports
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	npm run --silent check

.PHONY: format
format: $(VENV)/.installed-check ## put the Python files into the checked format
	$(BIN)/ruff format
	$(BIN)/ruff check --fix-only

.PHONY: dist
dist: $(VENV)/.installed-dist ## build the sdist, and from it the wheel, into dist/
	rm -rf dist
	$(BIN)/python -m build --outdir dist

.PHONY: bench
bench: $(VENV)/.installed-test $(VENV)/.installed-bench browser ## measure speed
	$(BIN)/python -m bench $(ARGS)

.PHONY: crash
crash: $(VENV)/.installed-test ## kill Postil at bad moments and look what is left
	$(BIN)/pytest $(AT_LENGTH) tests/slow -m crash $(ARGS)

.PHONY: fuzz
fuzz: $(VENV)/.installed-test ## long runs on random input, new in every run
	$(BIN)/pytest $(AT_LENGTH) $(PYTEST_ARGS) -m hypothesis --hypothesis-profile=wander $(ARGS)
	$(BIN)/pytest $(AT_LENGTH) tests/slow -m fuzz --hypothesis-profile=wander $(ARGS)

.PHONY: api
api: $(VENV)/.installed-test $(VENV)/.installed-api-test ## hold the HTTP API against its description
	$(BIN)/pytest $(AT_LENGTH) tests/slow/test_api.py -m api $(ARGS)

.PHONY: consumers
consumers: $(VENV)/.installed-test $(VENV)/.installed-consumers ## hand exports to the tools that they are for
	$(BIN)/pytest $(AT_LENGTH) tests/consumers -m consumers $(ARGS)

.PHONY: mutants
mutants: $(VENV)/.installed-test browser ## break central lines one by one, each of which must fail tests
	$(BIN)/python -m tools.mutants $(ARGS)

.PHONY: format-pages
format-pages: $(VENV)/.installed ## write the examples in docs/formats anew
	$(BIN)/python -m tools.format_pages

.PHONY: pictures
pictures: $(VENV)/.installed-test browser ## take the pictures of the pages anew
	$(BIN)/python -m tools.pictures $(ARGS)

.PHONY: messages
messages: $(VENV)/.installed-check ## list the words of the interface anew, for translators
	$(BIN)/pybabel -q extract -F babel.cfg -k _l --no-location --sort-output --project=Postil \
	  --version=0.1 --copyright-holder="The Postil authors" -o reader/translations/messages.pot .

.PHONY: browser
browser: $(VENV)/.installed-test
	@$(BIN)/python -m tools.browser

.PHONY: clean
clean: ## remove what the other targets made, but no database
	rm -rf $(VENV) node_modules dist static/vendor
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-results
	find annotations reader tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# The environment. A pip run takes seconds, so it happens only when the pins have changed.

$(VENV)/.installed: $(PINS) $(STALE)
	@command -v "$(PYTHON)" >/dev/null || { echo "Postil needs Python 3.11 or newer, and there is no '$(PYTHON)' here. Say which to use: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Postil needs Python 3.11 or newer; '$(PYTHON)' is $$("$(PYTHON)" -c 'import platform; print(platform.python_version())'). Say which to use: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Installing Postil into $(VENV) ..."
	@test -x $(BIN)/python && test "$$(cat $(VENV)/.made-in 2>/dev/null)" = "$(CURDIR)" || "$(PYTHON)" -m venv --clear $(VENV)
	$(INSTALL) -e '.[all]'
	@printf '%s' "$(CURDIR)" > $(VENV)/.made-in
	@touch $@

$(VENV)/.installed-%: $(VENV)/.installed
	$(INSTALL) -e '.[$*]'
	@touch $@

.PHONY: stale
stale:

node_modules/.installed: package.json
	@command -v npm >/dev/null || { echo "Checking the JavaScript needs Node.js with npm." >&2; exit 1; }
	npm install --no-package-lock --no-audit --no-fund --silent
	@touch $@
