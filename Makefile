# make test   installs what the tests need and runs all of them
# make run    the bot with a simulated workspace, to chat with in a browser
# make check  what CI runs
# make bench  how fast the queue is, against the bare commands of go-redis, what
#             matching costs with 10 triggers and with 10,000, what replies cost, how
#             the bot answers a burst, the gateway against bare net/http servers, a
#             socket against HTTP, how long a form's verdict takes, and the consumer
#             against that of an earlier commit
# make fuzz   each fuzz target for a minute
# make release-check RELEASE=1.1   whether the tree could be tagged
# make samples RELEASE=1.1   what a release leaves in Redis, before it is tagged

.PHONY: release-check test run check bench fuzz screenshot samples

test:
	./scripts/install-test-tools
	GOPHER_TEST_ALL=1 go test -race -timeout 20m ./...

run:
	go run ./cmd/gopherbot

check:
	.ci/run

# Each fuzz target for as long as FUZZTIME says.
FUZZTIME ?= 1m
fuzz:
	./scripts/fuzz $(FUZZTIME)

bench:
	go test ./workqueue -run '^$$' -bench 'Publish|Consume' -benchtime 200000x
	go test ./workqueue -run '^$$' -bench Wait -benchtime 5000x
	go test ./internal/await -run '^$$' -bench Verdict -benchtime 500x
	go test ./workqueue -run '^$$' -bench 'Memory|Backlog|Types' -benchtime 1x
	go test ./handler ./handler/markup ./internal/slack/text -run '^$$' -bench .
	go test ./internal/test/e2e -run '^$$' -bench 'Burst|Gateway|Socket$$' -benchtime 1x
	go test ./internal/test/e2e -run '^$$' -bench 'Form$$' -benchtime 1000x
	go test ./internal/test/e2e -run '^$$' -bench 'Consumer$$' -benchtime 5x

# Writes what this release leaves in Redis, for later ones to be held to: see
# CONTRIBUTING.md.
samples:
	@test -n "$(RELEASE)" || { echo "which release? make samples RELEASE=1.1"; exit 2; }
	GOPHER_RELEASE=$(RELEASE) go test ./... -count=1 -run '_ReadsEarlierReleases$$'

# Draws docs/page*.png and docs/ops*.png anew. A font with emoji makes them prettier.
screenshot:
	GOPHER_SCREENSHOTS=$(CURDIR)/docs go test ./internal/demo ./gateway/ops -count=1 -run TestScreenshots

# Names everything that a release still lacks.
release-check:
	./scripts/release-check $(RELEASE)
