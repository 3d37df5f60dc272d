/* SPDX-License-Identifier: MIT */
/* Faults that come by themselves: at `at`, and then every `every`. */
#include "model/machine/internal.h"

#define PERCENT 100u
/* A slow core stands still for its share of each such piece of time: short beside what software
 * waits for, long beside a basic block. */
#define SLOW_PIECE_US 10

static void stand_still(const struct fault *fault, struct dur time)
{
	struct cores *cores = fault->machine->cores;

	core_stand_still(&cores->core[fault->core], cores_ticks(cores, time));
}

/* Each piece ends later than it would by what the core stood still. */
static void slow_piece(struct fault *fault)
{
	struct machine *machine = fault->machine;
	struct dur piece = dur_us(SLOW_PIECE_US);
	struct dur still = dur_ps(piece.ps * (PERCENT - fault->value) / PERCENT);

	if (!at_before(sim_now(&machine->sim), fault->until))
		return;
	stand_still(fault, still);
	engine_schedule_in(machine->sim.engine, &fault->end, piece);
}

/* Who has failed for good has left that state for no other (pci_dev_set_io_state): its driver is told
 * nothing more. */
static bool given_up(const struct machine *machine, unsigned device)
{
	for (unsigned i = 0; i < machine->faults; i++) {
		const struct fault *fault = &machine->fault[i];

		if (fault->kind == FAULT_ERROR_PERMANENT && fault->device == device &&
		    fault->reported)
			return true;
	}
	return false;
}

/* The platform has contained the error: the link went down, which resets the function (PCIe 6.6.1),
 * and is up again. What the kernel is told then is the same for a driver test's rig_pci_error. */
static void report(struct fault *fault)
{
	struct machine *machine = fault->machine;

	if (fault->kind == FAULT_ERROR_FATAL) {
		pcie_remove(machine->device[fault->device].pcie);
		pcie_replace(machine->device[fault->device].pcie);
	}
	if (given_up(machine, fault->device))
		return;
	fault->reported = true;
	fault->reports++;
	intc_raise(machine->intc, 0, PLAT_VEC_USER, dur_ps(0));
}

static void happen(struct fault *fault)
{
	struct machine *machine = fault->machine;
	struct machine_device_slot *slot = &machine->device[fault->device];

	switch (fault->kind) {
	case FAULT_IRQ_SPURIOUS:
		pcie_msix(slot->pcie, (unsigned)fault->value);
		break;
	case FAULT_RESET:
		pcie_reset_inside(slot->pcie);
		break;
	case FAULT_FATAL:
		nvme_fail(slot->ssd.nvme);
		break;
	case FAULT_LINK_DOWN:
		nic82599_partner(slot->nic.nic, false);
		engine_reschedule(machine->sim.engine, &fault->end,
				  at_add(sim_now(&machine->sim), fault->delay));
		break;
	case FAULT_CORE_STALL:
		stand_still(fault, fault->delay);
		break;
	case FAULT_CORE_SLOW:
		fault->until = at_add(sim_now(&machine->sim), fault->delay);
		if (!event_pending(&fault->end))
			slow_piece(fault);
		break;
	default:
		report(fault);
	}
}

static void begin(void *ctx)
{
	struct fault *fault = ctx;
	struct machine *machine = fault->machine;

	if (fault_happens(machine, fault))
		happen(fault);
	if (!fault->count || fault->happened < fault->count)
		engine_schedule_in(machine->sim.engine, &fault->begin, fault->every);
}

static void end(void *ctx)
{
	struct fault *fault = ctx;

	if (fault->kind == FAULT_LINK_DOWN)
		nic82599_partner(fault->machine->device[fault->device].nic.nic, true);
	else
		slow_piece(fault);
}

void fault_timed_init(struct machine *machine, struct fault *fault)
{
	event_init(&fault->begin, "fault", PHASE_CONTROL, begin, fault);
	event_init(&fault->end, "fault's end", PHASE_CONTROL, end, fault);
}

void fault_timed_begin(struct fault *fault)
{
	struct machine *machine = fault->machine;
	struct at from = at_add(machine->run.zero, fault->at);

	engine_schedule(machine->sim.engine, &fault->begin, at_max(from, sim_now(&machine->sim)));
}

/* For whichever of the user's threads is free. The states are enum pci_channel_state of
 * include/linux/pci.h. */
bool fault_user_next(struct machine *machine, struct plat_user *user)
{
	static const unsigned long state[] = { [FAULT_ERROR_NONFATAL] = 1, [FAULT_ERROR_FATAL] = 2,
					       [FAULT_ERROR_PERMANENT] = 3 };

	for (unsigned i = 0; i < machine->faults; i++) {
		struct fault *fault = &machine->fault[i];

		if (!fault->reports)
			continue;
		fault->reports--;
		*user = (struct plat_user){ .op = PLAT_USER_PCI_ERROR, .devfn = fault->devfn,
					    .arg = { state[fault->kind] }, .path = "",
					    .text = "" };
		return true;
	}
	return false;
}
