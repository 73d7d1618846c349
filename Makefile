# The entry points. What they do is in CMakePresets.json, scripts/ and tests/.
# `make demo` and `make test` need nothing but a bare Debian 12 machine and root.

PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= $(shell nproc)
RELEASE := build/release
SUITES := core host cli property
DEPS := scripts/install-build-deps
# $(call build,PRESET,DIRECTORY,TARGETS): configures quietly, builds.
build = mkdir -p $(2) && { cmake --preset $(1) >$(2)/configure.log 2>&1 || \
  { cat $(2)/configure.log; exit 1; }; } && cmake --build $(2) -j $(JOBS) --target $(3)

.PHONY: release demo test asan fuzz tidy bench node-test node-check kubeadm-test format install clean
.NOTPARALLEL:

release:
	@$(DEPS) build
	@$(call build,release,$(RELEASE),kaudit)

demo: release
	@echo '$$ kaudit enable --dry-run --manifest testdata/kubeadm/1.31/plain.yaml'
	@$(RELEASE)/kaudit enable --dry-run --color=always --manifest testdata/kubeadm/1.31/plain.yaml

# With KAUDIT_CORPUS=DIR the property suite reads the manifests in DIR as well.
test:
	@$(DEPS) build test
	@$(call build,test,$(RELEASE),all)
	@scripts/run-suites $(RELEASE) $(SUITES) tests/cli/run.py

asan:
	@$(DEPS) build test
	@$(call build,asan,build/asan,all)
	@scripts/run-suites build/asan $(SUITES)

fuzz:
	@$(DEPS) build clang
	@tests/fuzz/run.sh

# The sources that a release is made of; every finding is an error. TIDY_FLAGS go to clang-tidy.
tidy:
	@$(DEPS) build clang
	@mkdir -p build/tidy
	@cmake --preset tidy >build/tidy/configure.log 2>&1 || { cat build/tidy/configure.log; exit 1; }
	@find src -name '*.cc' -print0 | xargs -0 -n 1 -P $(JOBS) clang-tidy-19 -p build/tidy --quiet $(TIDY_FLAGS) \
	  >build/tidy/findings 2>build/tidy/counts || { cat build/tidy/findings; exit 1; }
	@echo 'tidy: no findings'

# Prints ratios with goals; slowness is never an error.
bench:
	@$(DEPS) build bench
	@$(call build,release,$(RELEASE),bench)

# kaudit with the real kubeadm, and on a real control plane. Kubernetes is built once, into a cache
# outside this directory; packages for that are installed only where it can run.
node-test: node-check release
	@scripts/run-suites $(RELEASE) tests/node/kubeadm_tests.py tests/node/run.py

# Says at once if no control plane can run here.
node-check:
	@$(DEPS) python
	@python3 tests/node/run.py --check

kubeadm-test: release
	@$(DEPS) python
	@python3 tests/node/kubeadm_tests.py $(RELEASE)/kaudit

format:
	@$(DEPS) format
	@find src tests \( -name '*.h' -o -name '*.cc' \) -print0 | xargs -0 clang-format --dry-run --Werror
	@echo 'format: as .clang-format says'

install: release
	@DESTDIR='$(DESTDIR)' cmake --install $(RELEASE) --prefix '$(PREFIX)' --strip

clean:
	rm -rf build
