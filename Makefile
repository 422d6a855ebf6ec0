# studypath: `make run` starts the app, `make test` runs the tests.
# Both first set up .venv and do nothing there when it is already right.
#
#   PYTHON=/usr/bin/python3.12   the Python that .venv is made with (3.11 or newer; looked for by default)
#   PORT=7861  HOST=127.0.0.1    where `make run` listens
#   ARGS="-k curriculum"         further arguments of `make test` (pytest's)
#   JOBS=1                       how many tests run side by side (one for each core, 4 at most)
#   TORCH_INDEX=URL              where torch comes from, read when it is first installed. On Linux
#                                without a GPU this saves several GB:
#                                make TORCH_INDEX=https://download.pytorch.org/whl/cpu run

VENV        := .venv
BIN         := $(VENV)/bin
LOG         := $(VENV)/install.log
HOST        ?= 127.0.0.1
PORT        ?= 7860
ARGS        ?=
JOBS        ?= auto
PYTHON      ?=
TORCH_INDEX ?=

# What was installed is remembered by stamps named after everything that decides it: the two files,
# and this folder, whose path stands in .venv/bin/studypath. (So do other scripts there: a moved
# folder is why tools are called with `python -m`.)
KEY := $(shell { printf '%s\n' '$(CURDIR)'; cat pyproject.toml constraints.txt; } | cksum | cut -d ' ' -f 1)
APP := $(VENV)/.ready-app-$(KEY)
DEV := $(VENV)/.ready-dev-$(KEY)

# The tests of a file share what they stand on, so a file stays with one process.
SIDE_BY_SIDE := -n $(JOBS) --maxprocesses 4 --dist loadfile

.PHONY: help run test lint setup vectors
# A stamp is worth nothing when the Python of .venv is gone.
ifneq ($(shell { $(BIN)/python -c ''; } 2>/dev/null && echo works),works)
.PHONY: $(APP) $(DEV)
endif

help:
	@echo "make run      set up .venv and start the app at http://$(HOST):$(PORT)"
	@echo "make test     set up .venv and run the tests"
	@echo "make lint     check formatting, lint and types"
	@echo "make vectors  embed the path and the notes anew, after a change of them"
	@echo "make setup    set up .venv for development, run nothing"

run: $(APP)
	@echo "studypath: starting at http://$(HOST):$(PORT) (Ctrl-C stops it)"
	@exec $(BIN)/studypath serve --host $(HOST) --port $(PORT)

test: $(DEV)
	@echo "studypath: running the tests"
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(ARGS)

lint: $(DEV)
	@echo "studypath: checking formatting, lint and types"
	@$(BIN)/python -m ruff format --check
	@$(BIN)/python -m ruff check
	@$(BIN)/python -m mypy

vectors: $(DEV)
	@$(BIN)/python -m ingest.shipped

setup: $(DEV)

$(APP):
	@$(make_venv)
	@$(call install,.,the app)
	@rm -f $(VENV)/.ready-app-* && touch $@

$(DEV):
	@$(make_venv)
	@$(call install,.[dev],the app and its test tools)
	@rm -f $(VENV)/.ready-* && touch $(APP) $@

# Shell text of one line each (old makes know no .ONESHELL). `fail` says one line and stops.
fail = { echo "studypath: $(1)" >&2; exit 1; }

define make_venv
$(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && exit 0; \
found=; \
for name in $(or $(PYTHON),python3.11 python3.12 python3.13 python3.14 python3 python); do \
  if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
  then found=$$name; break; fi; \
done; \
[ -n "$$found" ] || $(call fail,no Python 3.11 or newer $(if $(PYTHON),at $(PYTHON),was found); install one$(comma) or name it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)); \
"$$found" -c 'import ensurepip, venv' >/dev/null 2>&1 || $(call fail,$$found has no venv module; install it (on Debian or Ubuntu: apt-get install python3-venv) and run make again); \
echo "studypath: making $(VENV) with $$("$$found" --version)"; \
"$$found" -m venv --clear $(VENV) || $(call fail,$$found could not make $(VENV))
endef

# hatchling first and without build isolation: an isolated build would fetch an unpinned one. Being
# small, it also shows at once whether the package index answers.
define install
echo "studypath: installing $(2) (minutes the first time; details in $(LOG))"; \
pip="$(BIN)/python -m pip --disable-pip-version-check install --constraint constraints.txt"; \
$$pip hatchling editables >$(LOG) 2>&1 \
  || $(call fail,nothing came from the package index; check network and proxy$(comma) then run make again ($(LOG))); \
[ -z "$(TORCH_INDEX)" ] || $$pip --no-deps --index-url "$(TORCH_INDEX)" torch >>$(LOG) 2>&1 \
  || $(call fail,no torch came from $(TORCH_INDEX); check the address and the network ($(LOG))); \
$$pip --no-build-isolation --editable '$(1)' >>$(LOG) 2>&1 \
  || $(call fail,installing failed: $$(grep -i '^error' $(LOG) | head -n 1 | cut -c 8-) ($(LOG)))
endef

comma := ,
