# `make run` and `make test` need only Rust with cargo, Node 20 and Python 3.11.

# Outside the checkout, so that a fresh clone finds the build again.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/auterity/target

LOCAL := python3 -B infra/local

BENCH ?= all

.PHONY: run test setup lint advisories fmt bench faults dev-services logs reset help

run: ## set up, build and start everything with a demo group in it; Ctrl-C stops it
	@$(LOCAL) run

test: ## set up and run every check: Rust, web, browser
	@$(LOCAL) test

setup: ## install and build what is missing, start nothing
	@$(LOCAL) setup

lint: ## formats, lints, types, licences, direction of dependencies, advisories
	@$(LOCAL) lint

advisories: ## fetch the advisories of the day and check both lock files; for a nightly job
	@$(LOCAL) advisories

fmt: ## format the code
	cargo fmt --all
	npm --prefix web run format --if-present

bench: ## measure a release build in an environment of its own; BENCH=s1,s2 for some of it
	@BENCH="$(BENCH)" $(LOCAL) bench

faults: ## kill workers, crash Postgres and Redis under load, count; writes docs/faults.md
	@$(LOCAL) faults --report

dev-services: ## only Postgres, Redis, mail catcher and AI simulator, in the foreground
	@$(LOCAL) dev-services

logs: ## follow the logs of `make run`
	@tail -n 20 -F .local/logs/*.log

reset: ## delete the local data; keeps what was installed
	@$(LOCAL) reset

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16
