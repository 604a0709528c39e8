# `make demo` shows the main job, `make test` runs all tests. Both install what they need.

SWIFT ?= swift
PREFIX ?= /usr/local
DESTDIR ?=

BUILD := .build/release
RELEASE := $(SWIFT) build -c release
PROGRAM_TESTS := ^(ProgramTests|CommandTests|ShimTests|OracleTests)\.

.PHONY: all build build-packages test test-packages fuzz bench bench-packages demo demo-packages models oracle heaps faults sanitize soak soak-moves lint install uninstall clean help

all: build

help:
	@echo 'make build           the command and the library, in $(BUILD)'
	@echo 'make demo            records a camera of ours with ffmpeg, v4l2-ctl and GStreamer: demo.mp4, demo.png'
	@echo 'make test            all tests'
	@echo 'make bench           measures, and prints one table of ratios (docs/benchmarks.md)'
	@echo 'make models          searches the models of the protocols exhaustively (spin)'
	@echo 'make oracle          asks a real kernel anew (qemu), and compares ours with it'
	@echo 'make heaps           our checks of dma-bufs, in a real kernel that has heaps (qemu)'
	@echo 'make soak            programs that come and go for half an hour, 10,000 kills, hostile clients (an hour)'
	@echo 'make soak-moves      10^6 pages that leave memory and come back, compared (some ten minutes)'
	@echo 'make faults          the tests of the queue once more for each system call that they make, which fails'
	@echo 'make sanitize        tests under AddressSanitizer with leaks, and under ThreadSanitizer'
	@echo 'make fuzz            runs the fuzzers, FUZZ_SECONDS each (300); see docs/security.md'
	@echo 'make lint            the format, as CI checks it'
	@echo 'make install         into PREFIX ($(PREFIX)): bin/vb2, lib/libvb2.so, a unit for systemd --user'
	@echo 'make uninstall       removes them'
	@echo 'make clean           removes all that was built'

build: build-packages
	$(RELEASE) --product vb2
	$(RELEASE) --product VideoShim

build-packages:
	@Scripts/install-packages.sh build

test-packages:
	@Scripts/install-packages.sh test

demo-packages:
	@Scripts/install-packages.sh demo

# The command's and the programs' tests run the release build, as users do, and one at a time: a live camera
# waits for nobody, and needs its share of the CPUs.
test: test-packages build
	@Scripts/check-models.sh
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --skip '$(PROGRAM_TESTS)'
	$(SWIFT) test --skip-build --no-parallel --filter '$(PROGRAM_TESTS)'

# Each test of the queue, and then again for each system call that it makes: that one fails, and nothing may trap or be
# left behind. One test at a time, since all that the process holds is counted. The test that tries each input in each
# state makes no call.
faults:
	$(SWIFT) build --build-tests
	VB2_FAULT_RUN=1 VB2_TEST_DIVISOR=400 $(SWIFT) test --skip-build --disable-xctest --no-parallel \
		--filter '^BufferQueueTests\.' --skip everyInputInEveryState

sanitize: test-packages
	@Scripts/sanitize.sh address
	@Scripts/sanitize.sh thread

# Ratios, each with its reference measured beside it: a busy machine makes the numbers larger, not the ratios.
bench: bench-packages build
	$(RELEASE) --package-path Benchmarks
	@Benchmarks/.build/release/Benchmarks

bench-packages:
	@Scripts/install-packages.sh bench

demo: demo-packages build
	@Scripts/demo.sh

# The answers are in Tests/Oracle/transcripts; 'make test' compares with those.
oracle: build
	@Scripts/kernel-oracle record
	@Scripts/kernel-oracle compare

heaps: build-packages
	$(SWIFT) build --product KernelBufferProbe
	@Scripts/kernel-oracle heaps

# An exhaustive search of the protocols in Models/, and of each without one of its guards.
models: test-packages
	@Scripts/check-models.sh

# 10^6 pages compared that were pushed out to swap, of programs that read, write, fork, map twice, map read-only,
# write(2); and 10^6 that left guarded mappings. The other means have theirs in 'make test'.
soak-moves: test-packages build
	$(SWIFT) build --build-tests
	VB2_SOAK_PAGES=167000 $(SWIFT) test --skip-build --no-parallel --filter 'EvictionTests|GuardedContentTests'

# Sixteen programs at a time for half an hour, 10,000 kills of programs, children and servers, 5,000 hostile clients. Its
# figures are in README.md.
soak: test-packages build
	$(SWIFT) build --build-tests
	VB2_SOAK_MINUTES=30 VB2_SOAK_KILLS=10000 VB2_SOAK_SEEDS=5000 $(SWIFT) test --skip-build --no-parallel \
		--filter 'SoakTests|KillTests'

# Their corpora and 200 inputs by chance run in 'make test', without the fuzzers' own build.
fuzz: build-packages
	@Scripts/fuzz.sh

lint:
	$(SWIFT) format lint --strict -r Sources Tests Benchmarks/Sources Benchmarks/Package.swift Fuzz/Sources \
		Fuzz/Package.swift Package.swift

# What is installed doesn't need the toolchain: its runtime is linked in.
install: build
	$(RELEASE) --static-swift-stdlib --product vb2 --scratch-path .build-install
	install -D -m 755 .build-install/release/vb2 $(DESTDIR)$(PREFIX)/bin/vb2
	install -D -m 755 $(BUILD)/libVideoShim.so $(DESTDIR)$(PREFIX)/lib/libvb2.so
	install -d -m 755 $(DESTDIR)$(PREFIX)/lib/systemd/user
	sed 's|/usr/local/bin/|$(PREFIX)/bin/|' Support/vb2.service > $(DESTDIR)$(PREFIX)/lib/systemd/user/vb2.service
	chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/user/vb2.service

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/vb2 $(DESTDIR)$(PREFIX)/lib/libvb2.so
	rm -f $(DESTDIR)$(PREFIX)/lib/systemd/user/vb2.service

clean:
	$(SWIFT) package clean
	rm -rf .build-venv .build-install .build-asan .build-tsan demo.mp4 demo.png
