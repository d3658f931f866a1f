# The front door. `make help` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
CARGO_FLAGS := --release --locked

.PHONY: help prepare build demo dev test differential mutants fuzz check bench bless clean

help: ## List these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

prepare: ## Install what build and tests need (npm packages; Debian packages where this may install them)
	@scripts/prepare.sh

build: prepare ## Build every program
	cargo build $(CARGO_FLAGS) --workspace

demo: build ## Sell real inferences on a local chain, from start to payout; report in target/demo/report.json
	@scripts/run.sh assay demo --out target/demo

dev: build ## Start chain, contracts, API and workers on this machine and leave them running
	@scripts/run.sh assay dev up

test: ## Run every test: Rust, contracts, end to end
	@scripts/prepare.sh test
	@scripts/test.sh

differential: ## Run random operations on the Rust domain and on the contracts (ARGS="--operations 1000000")
	@scripts/differential.sh $(ARGS)

mutants: prepare ## Break contracts, circuits, wrap and prover as their mutants.json say and see a test notice; tables in mutants.md
	@node contracts/script-tools/mutants.js --jobs $${JOBS:-2} $(ARGS)
	@node scripts/mutants.js --jobs $${JOBS:-2} $(ARGS)

fuzz: ## Change ONNX files, cards and model files for ten minutes and read them; a finding is kept in target/fuzz and ends with an error
	cargo run $(CARGO_FLAGS) -p assay-fuzz -- --seconds 600 --seed $${SEED:-1} --jobs $${JOBS:-2}

check: prepare ## Formatting, lints, the repository's own rules
	cargo fmt --all --check
	contracts/script-tools/forge.sh fmt --check
	cargo clippy $(CARGO_FLAGS) --workspace --all-targets -- -D warnings
	cargo test $(CARGO_FLAGS) -p assay-tidy

bench: build ## Measure proofs stage by stage and beside EZKL; results and tables in bench/ (ARGS=... to `assay bench`)
	@scripts/bench.sh $(ARGS)

# In order of who needs what: vectors and the shape of L1, then what is computed over it, then the key made for that.
bless: prepare ## Refresh every generated file: vectors, pins, keys, verifier, ABI, OpenAPI document
	BLESS=1 cargo test $(CARGO_FLAGS) --workspace -- vectors_are_current description_is_current recorded_vectors shape_is_fresh
	BLESS=1 cargo test $(CARGO_FLAGS) --workspace -- --include-ignored bless_outer_vectors matrices_are_the_pinned key_file_is_the_pinned circuits_are_pinned counts_of_the_examples
	cargo build $(CARGO_FLAGS) --workspace
	@scripts/run.sh assay setup --export contracts
	node contracts/script-tools/export-abi.js

clean: ## Remove build results (keys in the user's cache stay)
	cargo clean
	rm -rf contracts/out contracts/cache
