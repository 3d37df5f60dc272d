/* SPDX-License-Identifier: MIT */
#include "model/systemc/systemc_host.h"

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <systemc>

namespace {

/* Times are exchanged as integers: the resolution is SystemC's default, one picosecond. */
constexpr std::uint64_t never = UINT64_MAX;

class EngineHost : public sc_core::sc_module {
public:
	SC_HAS_PROCESS(EngineHost);

	EngineHost(const sc_core::sc_module_name &name, const systemc_guest &guest)
		: sc_module(name), guest_(guest)
	{
		SC_METHOD(activate);
	}

	sc_core::sc_event wake;
	std::uint64_t activations = 0;

private:
	/* Others that are runnable now may still schedule something earlier than all that is known:
	 * every delta cycle of this time is let through before the guest runs ahead. */
	bool others_first()
	{
		if (settled_ && !sc_core::sc_pending_activity_at_current_time())
			return false;
		settled_ = true;
		next_trigger(sc_core::SC_ZERO_TIME);
		return true;
	}

	void activate()
	{
		activations++;
		if (others_first())
			return;
		settled_ = false;
		const std::uint64_t now = sc_core::sc_time_stamp().value();
		const struct at next = guest_.step(guest_.ctx, limit(now));
		if (next.ps == never) {
			sc_core::sc_stop();
			return;
		}
		const std::uint64_t delay = next.ps > now ? next.ps - now : 0;
		next_trigger(sc_core::sc_time::from_value(delay), wake);
	}

	/* The last picosecond before the next foreign activity. */
	static struct at limit(std::uint64_t now)
	{
		if (!sc_core::sc_pending_activity_at_future_time())
			return { never };
		return { now + sc_core::sc_time_to_pending_activity().value() - 1 };
	}

	const systemc_guest guest_;
	bool settled_ = false;
};

EngineHost *host;
std::uint64_t activations;

void simulate(const systemc_guest &guest, void (*foreign)(void *ctx), void *foreign_ctx)
{
	sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
	if (foreign)
		foreign(foreign_ctx);
	if (sc_core::sc_time(1, sc_core::SC_NS).value() != PS_PER_NS)
		throw std::runtime_error("the time resolution must stay one picosecond");
	EngineHost module("doorbell", guest);
	host = &module;
	sc_core::sc_start();
	activations = module.activations;
}

} // namespace

int systemc_run(const struct systemc_guest *guest, void (*foreign)(void *ctx), void *foreign_ctx)
{
	int err = 0;

	try {
		simulate(*guest, foreign, foreign_ctx);
	} catch (const std::exception &error) {
		std::fprintf(stderr, "SystemC: %s\n", error.what());
		err = -1;
	}
	host = nullptr;
	return err;
}

void systemc_wake(void)
{
	if (host)
		host->wake.notify(sc_core::SC_ZERO_TIME);
}

struct at systemc_now(void)
{
	return { sc_core::sc_time_stamp().value() };
}

std::uint64_t systemc_activations(void)
{
	return activations;
}

/* libsystemc's own main would call this; our main does not go through it. */
extern "C" int sc_main(int, char **)
{
	return 0;
}
