# What to type. Missing packages are installed through apt-get, with sudo when you are not root (Scripts/setup);
# nothing else here asks for root by itself. Sandboxes do need it: see `assay doctor`.

SHELL := /bin/bash

.PHONY: help run build test lint setup

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Install what is missing, build, and start the service (ARGS="--port 9000" passes flags on)
	Scripts/setup --run
	$(MAKE) --no-print-directory build
	exec .build/release/assay serve $(ARGS)

build: ## Build the service and its launcher, optimised, into .build/release
	swift build -c release --product assay-launcher
	swift build -c release --product assay

test: ## Install what is missing, lint, and run every test
	Scripts/setup
	$(MAKE) --no-print-directory lint
	swift test --disable-xctest

lint: ## Check the formatting of the Swift sources
	swift format lint --strict --parallel --recursive Sources Tests Package.swift

setup: ## Install what the tests and all languages need
	Scripts/setup
