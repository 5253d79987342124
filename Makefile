# make help shows what there is to make.
SHELL := /bin/sh
BIN := bin/nightjar
GO ?= go
export CGO_ENABLED := 1

.DEFAULT_GOAL := help

.PHONY: help build run test race lint bench bench-match crash fuzz mutate long clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

build: ## build bin/nightjar
	@mkdir -p bin
	@echo "building $(BIN) (the first build downloads modules and compiles DuckDB's bindings; about a minute)"
	@$(GO) build -trimpath -o $(BIN) ./pipeline/cmd/nightjar

run: build ## write the sample authority into demo/, run one night over it, show the answers
	@$(BIN) sample --out demo
	@$(BIN) run --config demo/nightjar.yaml

test: ## run every test
	$(GO) test ./...

race: ## run every test under the race detector
	$(GO) test -race ./...

lint: ## vet, format and import rules
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these"; exit 1; }
	$(GO) vet ./...
	golangci-lint run ./...

FUZZTIME ?= 10s
# Go's fuzzer now and then reports the end of its own time as an error, with no
# input to show for it: that is no find, and such a target is passed over.
fuzz: ## fuzz whatever parses strangers' bytes, FUZZTIME each
	@for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "fuzz $$pkg $$f"; \
	    if out=$$($(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg 2>&1); then echo "$$out" | tail -n 1; \
	    elif echo "$$out" | grep -q '^ *context deadline exceeded$$' && ! echo "$$out" | grep -q 'Failing input'; then \
	      echo "nothing found; the fuzzer reported the end of its time as an error"; \
	    else echo "$$out"; exit 1; fi; \
	  done; done

mutate: ## make rules of the models wrong and list which tests notice; FIGURES=1 asks the published figures too
	NIGHTJAR_MUTATE_FIGURES=$(FIGURES) $(GO) test -tags mutate -count=1 -timeout 120m -run '^TestMutations$$' -v ./transforms

CRASHES ?= 30
WEEK ?= 50
crash: build ## kill a night CRASHES times and the daemon of a week WEEK times at random, fill the disk under each step, compare
	NIGHTJAR_CRASHES=$(CRASHES) NIGHTJAR_WEEK_KILLS=$(WEEK) $(GO) test -count=1 -timeout 60m -run '^TestCrash' -v ./pipeline/cmd/nightjar

bench: ## speeds: loading, models, a national year
	$(GO) test -run '^$$' -bench . -benchmem ./...

bench-match: ## matching: precision, recall, review and the curve over several seeds; 1.2 million rows
	NIGHTJAR_BENCH_MATCH=1 $(GO) test -count=1 -v -run 'Faults|Curve|Estimate' ./transforms/matching
	NIGHTJAR_BENCH_MATCH=1 $(GO) test -count=1 -v -run 'MatchingOfTheSample' ./pipeline/app
	NIGHTJAR_BENCH_MATCH=1 $(GO) test -run '^$$' -bench Match -benchtime 1x ./transforms/matching

long: ## tests that take minutes of the real clock, every draw of the property tests, every promised day built again; about an hour
	NIGHTJAR_LONG=1 $(GO) test -count=1 -timeout 120m ./...

clean: ## remove what building and running left behind
	rm -rf bin demo
