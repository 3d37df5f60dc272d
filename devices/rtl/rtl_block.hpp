/* SPDX-License-Identifier: MIT */
/* What every Verilated block shares: its context, its clock, its waveform. Only the shims
 * include this; who uses a block sees a C interface.
 *
 * The clock runs only when the shim says so: one rising edge an operation. The time that the
 * block sees is a count of ticks that goes on all the while, as a counter outside of its gated
 * clock. */
#ifndef DOORBELL_RTL_RTL_BLOCK_HPP
#define DOORBELL_RTL_RTL_BLOCK_HPP

#include <memory>
#include <new>

#include <verilated.h>
#include <verilated_fst_c.h>
#ifdef RTL_COVERAGE
#include <verilated_cov.h>
#endif

extern "C" {
#include "model/core/assert.h"
#include "model/core/sim.h"
}
#include "devices/rtl/rtl.h"

namespace rtl {

constexpr unsigned time_bits = 56;   /* TIME_W, DUR_W of the modules */
constexpr unsigned dur_bits = 40;

/* Ticks of a clock whose period need not be whole picoseconds. */
class Ticks {
public:
	explicit Ticks(uint64_t hz) : hz_(hz), period_(PS_PER_S % hz ? 0 : PS_PER_S / hz) {}

	/* The first edge at or behind an instant; a length rounded up. */
	uint64_t of_ps(uint64_t ps) const
	{
		if (period_)
			return (ps + period_ - 1) / period_;
		return static_cast<uint64_t>((wide(ps) * hz_ + PS_PER_S - 1) / PS_PER_S);
	}

	uint64_t to_ps(uint64_t ticks) const
	{
		if (period_)
			return ticks * period_;
		return static_cast<uint64_t>(wide(ticks) * PS_PER_S / hz_);
	}

private:
	using wide = unsigned __int128;
	const uint64_t hz_, period_;
};

template <class Model> class Block {
public:
	Block(const struct sim *sim, const struct rtl_cfg &cfg)
		: model(new Model(single_threaded(), cfg.name)), sim_(sim), ticks_(cfg.clock_hz),
		  coverage_(cfg.coverage)
	{
		if (cfg.wave)
			open_wave(cfg.wave);
		model->clk = 0;
		model->rst_n = 0;
		model->op_valid = 0;
		model->eval();
		clock();
		model->rst_n = 1;
		clock();   /* an idle one */
		model->op_valid = 1;
		Verilated::threadContextp(Verilated::defaultContextp());
	}

	/* The model takes itself off what Verilator calls the thread's context. */
	~Block()
	{
		Verilated::threadContextp(&context_);
		model->final();
		if (wave_)
			wave_->close();
#ifdef RTL_COVERAGE
		if (coverage_)
			context_.coveragep()->write(coverage_);
#endif
		wave_.reset();
		model.reset();
		Verilated::threadContextp(Verilated::defaultContextp());
	}

	bool wave_failed() const
	{
		return wave_ && !wave_->isOpen();
	}

	/* One rising edge. The inputs are set, op_valid stays 1. */
	void clock()
	{
		model->clk = 1;
		model->eval();
		if (wave_)
			dump();
		model->clk = 0;
		model->eval();
		if (wave_)
			dump();
		clocks_++;
	}

	uint64_t now() const
	{
		const uint64_t ticks = ticks_.of_ps(sim_now(sim_).ps);

		ASSERT(ticks >> time_bits == 0);
		return ticks;
	}

	uint64_t length(struct dur dur) const
	{
		const uint64_t ticks = ticks_.of_ps(dur.ps);

		ASSERT(ticks >> dur_bits == 0);
		return ticks;
	}

	struct at time(uint64_t ticks) const
	{
		return { ticks_.to_ps(ticks) };
	}

	uint64_t clocks() const
	{
		return clocks_;
	}

private:
	/* Left to itself a context starts a thread for every other processor. */
	VerilatedContext *single_threaded()
	{
		context_.threads(1);
		return &context_;
	}

	void open_wave(const char *path)
	{
		context_.traceEverOn(true);
		context_.timeunit(-12);
		context_.timeprecision(-12);
		wave_.reset(new VerilatedFstC);
		model->trace(wave_.get(), 99);
		wave_->open(path);
	}

	/* Operations of one instant are drawn a picosecond apart: times in the file only grow. */
	void dump()
	{
		drawn_ = sim_now(sim_).ps > drawn_ ? sim_now(sim_).ps : drawn_ + 1;
		wave_->dump(drawn_);
	}

	VerilatedContext context_;

public:
	std::unique_ptr<Model> model;

private:
	const struct sim *const sim_;
	const Ticks ticks_;
	const char *const coverage_;
	std::unique_ptr<VerilatedFstC> wave_;
	uint64_t clocks_ = 0;
	uint64_t drawn_ = 0;
};

/* Makes a block behind a C interface; `B` has a member `block`. */
template <class B, class... Args>
int create(B **out, struct sim *sim, const struct rtl_cfg *cfg, const Args &...args)
{
	*out = nullptr;
	if (!cfg->clock_hz || cfg->clock_hz > PS_PER_S)
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: a clock of 1 Hz to 1 THz is due",
				cfg->name);
	try {
		std::unique_ptr<B> b(new B(sim, *cfg, args...));

		if (b->block.wave_failed())
			return sim_fail(sim, SIM_ERR_HOST, "%s: cannot be written", cfg->wave);
		*out = b.release();
	} catch (const std::bad_alloc &) {
		return sim_fail(sim, SIM_ERR_MEMORY, "%s: out of host memory", cfg->name);
	}
	return SIM_OK;
}

} // namespace rtl
#endif
