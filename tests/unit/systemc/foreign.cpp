/* SPDX-License-Identifier: MIT */
#include "tests/unit/systemc/foreign.h"

#include <memory>
#include <systemc>

extern "C" {
#include "model/core/random.h"
}
#include "model/systemc/systemc_host.h"
#include "tests/unit/systemc/guest.h"

namespace {

constexpr unsigned delta_chain = 3;

/* Acts at odd picoseconds, at whole nanoseconds (where the guest acts, too), and by chains of delta
 * cycles behind both. */
class Foreign : public sc_core::sc_module {
public:
	SC_HAS_PROCESS(Foreign);

	Foreign(const sc_core::sc_module_name &name, struct order *order, bool pokes)
		: sc_module(name), order_(order), pokes_(pokes)
	{
		random_init(&random_, 1, "foreign");
		SC_METHOD(odd);
		SC_METHOD(grid);
		SC_METHOD(chain);
		sensitive << delta_;
		dont_initialize();
		SC_METHOD(at_once);
		sensitive << immediate_;
		dont_initialize();
	}

private:
	void note()
	{
		order_note(order_, ACTOR_FOREIGN, systemc_now().ps);
	}

	void again(std::uint64_t ps)
	{
		next_trigger(sc_core::sc_time::from_value(ps));
	}

	void start_chain()
	{
		left_ = delta_chain;
		delta_.notify(sc_core::SC_ZERO_TIME);
	}

	void poke(std::uint64_t delay_ps)
	{
		if (pokes_ && guest_poke(at_ps(systemc_now().ps + delay_ps)))
			systemc_wake();
	}

	void odd()
	{
		note();
		/* Now, soon, or while cores are in the middle of long charges and waits. */
		switch (random_below(&random_, 64)) {
		case 0:
			poke(0);
			break;
		case 1:
			poke(1 + random_below(&random_, 100));
			break;
		case 2:
			poke(random_below(&random_, 2 * PS_PER_US));
			break;
		case 3:
			start_chain();
			break;
		}
		again(1 + random_below(&random_, 40000));
	}

	void grid()
	{
		note();
		if (random_chance(&random_, 1, 4))
			start_chain();
		if (random_chance(&random_, 1, 4))
			immediate_.notify();
		again(PS_PER_NS * (1 + random_below(&random_, 60)));
	}

	void chain()
	{
		note();
		if (left_ && --left_)
			delta_.notify(sc_core::SC_ZERO_TIME);
		else if (random_chance(&random_, 1, 32))
			poke(0);
	}

	void at_once()
	{
		note();
	}

	struct order *order_;
	const bool pokes_;
	struct random random_;
	sc_core::sc_event delta_, immediate_;
	unsigned left_ = 0;
};

class EndsEarly : public sc_core::sc_module {
public:
	SC_HAS_PROCESS(EndsEarly);

	EndsEarly(const sc_core::sc_module_name &name, struct order *order)
		: sc_module(name), order_(order)
	{
		SC_METHOD(act);
	}

private:
	void act()
	{
		order_note(order_, ACTOR_FOREIGN, systemc_now().ps);
		if (systemc_now().ps < PS_PER_US)
			next_trigger(sc_core::sc_time(100, sc_core::SC_NS));
	}

	struct order *order_;
};

std::unique_ptr<sc_core::sc_module> module_;

struct order *as_order(void *order)
{
	return static_cast<struct order *>(order);
}

} // namespace

void foreign_watches(void *order)
{
	module_ = std::make_unique<Foreign>("foreign", as_order(order), false);
}

void foreign_pokes(void *order)
{
	module_ = std::make_unique<Foreign>("foreign", as_order(order), true);
}

void foreign_ends_early(void *order)
{
	module_ = std::make_unique<EndsEarly>("foreign", as_order(order));
}

void foreign_coarse_time(void *)
{
	sc_core::sc_set_time_resolution(1, sc_core::SC_NS);
}

void foreign_destroy(void)
{
	module_.reset();
}
