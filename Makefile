# `make demo` shows the main job, `make test` runs all tests. Both install what they need.

SWIFT ?= swift
PREFIX ?= /usr/local
DESTDIR ?=

BUILD := .build/release
RELEASE := $(SWIFT) build -c release --static-swift-stdlib

.PHONY: all build build-packages test test-packages demo demo-packages lint install uninstall clean help

all: build

help:
	@echo 'make build           the command and the library, in $(BUILD)'
	@echo 'make demo            records a camera of ours with ffmpeg, v4l2-ctl and GStreamer: demo.mp4, demo.png'
	@echo 'make test            all tests'
	@echo 'make lint            the format, as CI checks it'
	@echo 'make install         into PREFIX ($(PREFIX)): bin/vb2, lib/libvb2.so'
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

# The program tests run the release build, as users do.
test: test-packages build
	$(SWIFT) test

demo: demo-packages build
	@Scripts/demo.sh

lint:
	$(SWIFT) format lint --strict -r Sources Tests Package.swift

install: build
	install -D -m 755 $(BUILD)/vb2 $(DESTDIR)$(PREFIX)/bin/vb2
	install -D -m 755 $(BUILD)/libVideoShim.so $(DESTDIR)$(PREFIX)/lib/libvb2.so

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/vb2 $(DESTDIR)$(PREFIX)/lib/libvb2.so

clean:
	$(SWIFT) package clean
	rm -rf .build-venv demo.mp4 demo.png
