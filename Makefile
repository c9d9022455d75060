# What to type. Missing packages are installed through apt-get, with sudo when you are not root (Scripts/setup);
# nothing else here asks for root by itself. Sandboxes do need it: see `assay doctor`.

SHELL := /bin/bash

# Sandboxes are made by root.
AS_ROOT := $(if $(filter-out 0,$(shell id -u)),sudo)

.PHONY: help run build bench test test-browser fuzz lint setup

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Install what is missing, build, and start the service as root (ARGS="--listen 127.0.0.1:9000" passes flags on)
	Scripts/setup --run
	$(MAKE) --no-print-directory build
	exec $(AS_ROOT) .build/release/assay serve $(ARGS)

build: ## Build the service and its launcher, optimised, into .build/release
	swift build -c release --product assay-launcher
	swift build -c release --product assay-experiments
	swift build -c release --product assay-hello
	swift build -c release --product assay-java-agent
	swift build -c release --product assay

bench: build ## Measure every backend that works here, as root (ARGS="--quick" is faster)
	exec $(AS_ROOT) Scripts/with-engines .build/release/assay bench backends $(ARGS)

test: ## Install what is missing, lint, and run every test
	Scripts/setup
	$(MAKE) --no-print-directory lint
	$(MAKE) --no-print-directory fuzz
	$(MAKE) --no-print-directory test-browser
	swift test --disable-xctest --no-parallel --skip '^EndToEndTests\.'
	Scripts/test-cgroup-v2
	Scripts/fuzz-launcher 10
	swift test --disable-xctest --no-parallel --filter '^EndToEndTests\.'

test-browser: ## Build the service and try its web page in Chromium; pictures go to .build/screenshots
	swift build --product assay-launcher
	swift build --product assay
	.venv/bin/python -m pytest -q Tests/Browser

fuzz: ## Fuzz the HTTP and JSON parsers for a minute
	Scripts/fuzz-http 60

lint: ## Check the formatting of the Swift sources
	swift format lint --strict --parallel --recursive Sources Tests Package.swift

setup: ## Install what the tests and all languages need
	Scripts/setup
