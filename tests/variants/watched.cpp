/* SPDX-License-Identifier: MIT */
/* A foreign module that only watches, every microsecond and at odd times, beside every machine of
 * this executable: linked with --wrap=systemc_run. */
#include <cstdio>
#include <memory>
#include <systemc>

#include "model/systemc/systemc_host.h"

extern "C" {
int __real_systemc_run(const struct systemc_guest *guest, void (*foreign)(void *), void *ctx);
int __wrap_systemc_run(const struct systemc_guest *guest, void (*foreign)(void *), void *ctx);
}

namespace {

class Watcher : public sc_core::sc_module {
public:
	SC_HAS_PROCESS(Watcher);

	explicit Watcher(const sc_core::sc_module_name &name) : sc_module(name)
	{
		SC_METHOD(on_time);
		SC_METHOD(at_odd_times);
		SC_METHOD(behind);
		sensitive << delta_;
		dont_initialize();
	}

	unsigned long activations = 0;

private:
	void on_time()
	{
		activations++;
		delta_.notify(sc_core::SC_ZERO_TIME);
		next_trigger(sc_core::sc_time(1, sc_core::SC_US));
	}

	/* A prime number of picoseconds. */
	void at_odd_times()
	{
		activations++;
		next_trigger(sc_core::sc_time::from_value(1618033));
	}

	void behind()
	{
		activations++;
	}

	sc_core::sc_event delta_;
};

std::unique_ptr<Watcher> watcher;

void make_watcher(void *)
{
	watcher = std::make_unique<Watcher>("watcher");
}

} // namespace

int __wrap_systemc_run(const struct systemc_guest *guest, void (*)(void *), void *)
{
	int err = __real_systemc_run(guest, make_watcher, nullptr);

	/* Without it the comparison would prove nothing. */
	if (watcher && watcher->activations < 1000) {
		std::fprintf(stderr, "the foreign module was activated %lu times\n",
			     watcher->activations);
		err = -1;
	}
	watcher.reset();
	return err;
}
