# The two commands of the README are `make demo` and `make test`; `make help` lists the rest.
SHELL := /bin/bash
PORT ?= 8000
VOTERS ?= 500
KILLS ?= 6
DBCRASH ?= 0
SITE ?= 100000
LARGE ?= 5000
RUNS ?= 60
PY := .venv/bin/python
.DEFAULT_GOAL := help
# Compiled modules are kept, whatever the surroundings say: without them every process starts five times slower.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup bench scale coverage fuzz mutants peers proof translations demo demo-reset test lint browser load crash fsync-trace talk-bench
help:  ## List these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: .venv/installed  ## Prepare .venv with the locked versions

.venv/installed: uv.lock pyproject.toml $(wildcard pb/translations/*/LC_MESSAGES/*.po)
	@test -x .venv/bin/python || python3 -m venv .venv || { echo "Python 3.11 with venv is needed (Debian: apt install python3-venv)"; exit 1; }
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check uv
	@UV_PROJECT_ENVIRONMENT=.venv .venv/bin/uv sync --frozen --quiet --inexact
	@.venv/bin/pybabel -q compile -d pb/translations
	@touch .venv/installed

translations: setup  ## Bring the catalogues up to date with the sentences in the code
	@.venv/bin/pybabel -q extract -F babel.cfg -k _l -k lazy_gettext --no-location --sort-output \
	  --ignore-dirs '.*' -o var/messages.pot .
	@.venv/bin/pybabel -q update -i var/messages.pot -d pb/translations --no-fuzzy-matching --ignore-obsolete --no-wrap
	@.venv/bin/pybabel -q compile -d pb/translations

demo: setup  ## Serve the demonstration council at http://127.0.0.1:8000 (PORT=9000 for another port)
	@PORT=$(PORT) ./bin/demo

demo-reset: setup  ## Start the demonstration over
	@rm -rf var/demo && echo "The demonstration's data is gone; make demo makes it anew."

test: setup browser  ## Run every test, the browser's included, on SQLite and PostgreSQL
	@$(PY) -m pytest -n 3 --dist loadscope

browser:
	@command -v chromium >/dev/null || { echo "Installing Debian's Chromium for the browser tests"; \
	  if [ $$(id -u) = 0 ]; then apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
	  else sudo apt-get update -qq && sudo apt-get install -y -qq chromium >/dev/null; fi; }

lint: setup  ## Check style, types, import directions and templates
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy -p pb && .venv/bin/lint-imports && .venv/bin/djlint --lint --quiet templates

BACK ?= sqlite
MINUTES ?= 1
crash: setup  ## Exactly once under kill -9 (BACK=sqlite|pg VOTERS=500 KILLS=6 DBCRASH=0 BREAK=1)
	@$(PY) benchmarks/crash.py --back $(BACK) --voters $(VOTERS) --kills $(KILLS) --db-crashes $(DBCRASH) $(if $(BREAK),--break)

fsync-trace: setup  ## Every vote is on the disk before it is thanked for (BACK=sqlite|pg VOTERS=50; needs strace)
	@$(PY) benchmarks/fsync_trace.py --back $(BACK) --voters $(if $(filter file,$(origin VOTERS)),50,$(VOTERS))

load: setup  ## Closing night: 50 votes and 300 views a second (BACK=sqlite|pg MINUTES=1 KEEP=1)
	@$(PY) benchmarks/load.py --back $(BACK) --minutes $(MINUTES) $(if $(KEEP),--keep)

talk-bench: setup  ## A talk of 5,000 contributions on a site of 100,000 against a short one: BACK=sqlite|pg SITE=… LARGE=… RUNS=…
	@$(PY) benchmarks/talk.py --back $(BACK) --site $(SITE) --large $(LARGE) --runs $(RUNS)

bench: setup  ## Counts against pabutools, pair by pair; writes docs/benchmarks-counting.md (needs ../shared/data)
	@PYTHONPATH=. $(PY) benchmarks/counting.py

scale: setup  ## Time and memory of counts of up to ten million ballots; writes docs/counting-scale.svg
	@PYTHONPATH=. $(PY) benchmarks/counting_scale.py

coverage: setup  ## Every branch of the counting engine by its own tests; fails under 100 %
	@$(PY) -m pytest tests/counting -m "not slow" --cov=pb.counting --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100

fuzz: setup  ## The .pb reader against random text, about a minute
	@FUZZ=20000 PROOF=2000 $(PY) -m pytest tests/counting/test_pabulib.py -k "parse_error or blocks_are_read"

CAP ?= 60
peers: setup  ## Winners of whole cities against pabutools' exact mode, each at most CAP seconds (needs ../shared/data)
	@PYTHONPATH=. $(PY) benchmarks/counting_peer.py --cap $(CAP)

MOST ?= 40
mutants: setup  ## Break the counting engine in MOST ways a module, and see whether its tests notice (MODULES="ties flow")
	@PYTHONPATH=. $(PY) benchmarks/mutants.py $(MODULES) --most $(MOST)

proof: setup  ## Every variant of every rule on 10,000 random elections, and the reader against random text
	@PROOF=10000 $(PY) -m pytest -n 2 tests/counting/test_every_rule.py
	@PROOF=1000 FUZZ=20000 $(PY) -m pytest -n 2 tests/counting --ignore tests/counting/test_every_rule.py
