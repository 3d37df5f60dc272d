# SPDX-License-Identifier: MIT
# The commands of the README. The build itself is CMake's (CMakeLists.txt); this only calls it.
BUILD ?= build
JOBS  ?= $(shell nproc)
DEMO  := scenarios/net/eitr-rate.toml
# Tests that build (tests/variants) read these.
export CMAKE_BUILD_PARALLEL_LEVEL = $(JOBS)
export CTEST_PARALLEL_LEVEL = $(JOBS)

.PHONY: all setup configure demo test soak bench clean

all: configure
	@ninja -C $(BUILD) -j $(JOBS) doorbell

setup:
	@setup/install.sh

configure: setup
	@cmake -G Ninja -S . -B $(BUILD) > $(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@rm -f $(BUILD).log

demo: all
	$(BUILD)/doorbell run $(DEMO) --out out/demo
	$(BUILD)/doorbell plot out/demo

test: configure
	@ninja -C $(BUILD) -j $(JOBS)
	@ctest --test-dir $(BUILD) -j $(JOBS) --output-on-failure -LE soak

soak: configure
	@ninja -C $(BUILD) -j $(JOBS)
	@ctest --test-dir $(BUILD) --output-on-failure -L soak

bench: all
	@benchmarks/run.sh $(BUILD)/doorbell
	@benchmarks/instrumentation.sh $(BUILD)
	@benchmarks/exploration.sh $(BUILD)

clean:
	rm -rf $(BUILD)
