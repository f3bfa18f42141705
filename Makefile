# What there is to do with netd. `make` alone lists it.
#
# Everything sets itself up on a bare Debian 12 with git and make, as root or with sudo: missing Debian
# packages are installed by .ci/packages, Python's by .ci/venv from the lock files.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check bench install uninstall .venv clean lint packages-run packages-guests packages-test

# A root shell opened with plain `su` has no sbin in its PATH.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL := C.UTF-8

# Where `make install` puts netd; DESTDIR stages it all below another directory.
PREFIX  ?= /usr/local
HOMEDIR ?= /opt/netd
DESTDIR ?=

# Handed on to pytest, the demo and the benchmarks: make test ARGS='-k hubport -x'
ARGS ?=

# What a lab host needs.
RUN_PACKAGES := dnsmasq-base iproute2 nftables
# What boots the guests of the demo and the tests.
GUEST_PACKAGES := busybox-static cpio ipxe-qemu iputils-ping kmod qemu-system-x86 seabios
# What else the tests and the benchmarks use.
TEST_PACKAGES := bash ethtool iperf3 procps qemu-utils socat systemd tcpdump tshark vde2 zsh

# What the targets below make in this directory.
MADE = .venv .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis build $(shell find netd netctl tests -name __pycache__)

PYTHON_BIN := .venv/bin/python
LOCKS := requirements.lock requirements-dev.lock
AS_ROOT := $(if $(filter-out 0,$(shell id -u)),sudo env PATH="$$PATH" LC_ALL=$(LC_ALL) CI="$$CI")
# The cache of a run as root would be in the way of the next run as yourself.
PYTEST := $(PYTHON_BIN) -m pytest -p no:cacheprovider

help: ## list what there is to do
	@awk -F ':.*## ' '/^[.a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: packages-run packages-guests .venv ## a lab of three guests on one hub, shown and ended (root or sudo)
	$(AS_ROOT) $(PYTHON_BIN) -m tests.demo $(ARGS)

test: packages-run packages-guests packages-test .venv lint ## everything: check, kernel, guests, QEMU (root or sudo)
	$(AS_ROOT) $(PYTEST) --alone --hypothesis-profile=ci $(ARGS)

check: .venv lint ## lint, types and unit tests; needs no root, takes under a minute
	$(PYTEST) -m "not kernel and not guests and not qemu" $(ARGS)

bench: packages-run packages-guests packages-test .venv ## speed and size, each beside what it is compared with (root or sudo)
	$(AS_ROOT) $(PYTHON_BIN) -m tests.bench $(ARGS)

install: $(if $(DESTDIR),,packages-run) ## make this machine a lab host (root or sudo)
	$(if $(DESTDIR),,$(AS_ROOT)) env DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' HOMEDIR='$(HOMEDIR)' systemd/host install

uninstall: ## take away what install brought (root or sudo)
	$(if $(DESTDIR),,$(AS_ROOT)) env DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' HOMEDIR='$(HOMEDIR)' systemd/host uninstall

.venv: .venv/made ## the virtual environment, with exactly what the lock files name

.venv/made: pyproject.toml $(LOCKS) .ci/venv
	.ci/venv .venv $(LOCKS)
	$(PYTHON_BIN) -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --editable .
	touch $@

clean: ## remove all that was made here
	@rm -rf $(MADE) 2>/dev/null || $(AS_ROOT) rm -rf $(MADE)  # what ran as root left files of root's

lint: .venv
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

packages-run:
	@.ci/packages $(RUN_PACKAGES)

packages-guests:
	@.ci/packages $(GUEST_PACKAGES)
	@# The guests' kernel is downloaded by the tests, once: apt must know which is today's.
	@ls -d .cache/guests/kernel-* >/dev/null 2>&1 || .ci/packages --lists

packages-test:
	@.ci/packages $(TEST_PACKAGES)
