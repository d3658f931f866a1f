# The front door. `make help` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
CARGO_FLAGS := --release --locked

.PHONY: help prepare build demo dev test check bench bless clean

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

test: prepare ## Run every test: Rust, contracts, end to end
	@scripts/test.sh

check: prepare ## Formatting, lints, the repository's own rules
	cargo fmt --all --check
	contracts/script-tools/forge.sh fmt --check
	cargo clippy $(CARGO_FLAGS) --workspace --all-targets -- -D warnings
	cargo test $(CARGO_FLAGS) -p assay-tidy

bench: build ## Measure the proof stages and write bench/results/wrap.json
	@scripts/run.sh assay bench --out bench/results/wrap.json

bless: prepare ## Refresh every generated file: vectors, ABI, verifier, OpenAPI, snapshots
	BLESS=1 cargo test $(CARGO_FLAGS) -p assay-statement
	BLESS=1 cargo test $(CARGO_FLAGS) -p assay-wrap
	BLESS=1 cargo test $(CARGO_FLAGS) -p assay-market
	BLESS=1 cargo test $(CARGO_FLAGS) -p assay-api
	@scripts/run.sh assay setup --export contracts
	node contracts/script-tools/export-abi.js

clean: ## Remove build results (keys in the user's cache stay)
	cargo clean
	rm -rf contracts/out contracts/cache
