# `make run` and `make test` are all a newcomer needs; both install what is missing.

SHELL := /bin/bash
CARGO ?= cargo
DATA_DIR ?= data
TARGET := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)

.PHONY: run build web test check fmt lint unit e2e demo bench matrix docs deps deps-test clean

run: build
	$(TARGET)/release/cloudseat serve --demo --data-dir $(DATA_DIR)

build: deps web
	$(CARGO) build --release --bin cloudseat

deps:
	@.ci/deps build

deps-test:
	@.ci/deps test

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(shell find web/src web/public web/index.html web/vite.config.ts -type f 2>/dev/null)
	cd web && npm run build
	@touch $@

web: web/dist/index.html

# Format, lint, types, licences.
check: deps web/node_modules/.package-lock.json web
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	.ci/purity
	.ci/licences
	cd web && npm run check

fmt:
	$(CARGO) fmt --all
	cd web && npm run format

lint: check

test: deps-test web
	.ci/test

unit: web
	$(CARGO) test --workspace

demo: build
	.ci/demo $(TARGET)/release/cloudseat

bench: deps-test build
	$(CARGO) run --release -p cloudseat-bench -- --binary $(TARGET)/release/cloudseat

# What takes longer than a change should wait for.
matrix: deps-test
	$(CARGO) test --release -p cloudseat-verify -- --ignored
	docker/check

docs:
	$(CARGO) doc --workspace --no-deps

clean:
	$(CARGO) clean
	rm -rf web/dist web/node_modules
