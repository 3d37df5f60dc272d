// SPDX-License-Identifier: MIT
/* Namespaces (6.1) and Format NVM (5.23). */
#include "devices/nvme/nvme_internal.h"

#define ALIGN          4096u     /* so that a block of any format lies in one chunk of the store */
#define SHIFTS         2u
#define SES_NONE       0u
#define SES_CRYPTO     2u        /* 001b: user data erase */

/* LBA formats, in the order Identify shows them. */
static const unsigned shifts[SHIFTS] = { 9, 12 };

static unsigned count(const struct nvme_cfg *cfg)
{
	return cfg->namespaces ? cfg->namespaces : 1;
}

static uint64_t size_of(const struct nvme_cfg *cfg, unsigned index)
{
	uint64_t given = 0;
	unsigned without = 0;

	if (cfg->namespace_bytes[index])
		return cfg->namespace_bytes[index];
	/* One alone has all, though it be no whole number of 4 KiB. */
	if (count(cfg) == 1)
		return cfg->capacity_bytes;
	for (unsigned i = 0; i < count(cfg); i++) {
		given += cfg->namespace_bytes[i];
		without += !cfg->namespace_bytes[i];
	}
	if (given >= cfg->capacity_bytes)
		return 0;
	return (cfg->capacity_bytes - given) / without / ALIGN * ALIGN;
}

bool nvme_namespace_place(const struct nvme_cfg *cfg, unsigned nsid, uint64_t *first,
			  uint64_t *bytes)
{
	uint64_t end = 0;

	if (!nsid || nsid > count(cfg) || count(cfg) > NVME_NAMESPACES_MAX)
		return false;
	for (unsigned i = 0; i < count(cfg); i++) {
		uint64_t size = size_of(cfg, i);

		if (size < ALIGN || (count(cfg) > 1 && size % ALIGN) ||
		    size > cfg->capacity_bytes - end)
			return false;
		if (i == nsid - 1) {
			*first = end;
			*bytes = size;
		}
		end += size;
	}
	return true;
}

void nvme_namespace_set_shift(struct nvme_namespace *ns, unsigned shift)
{
	ns->shift = shift;
	ns->blocks = ns->bytes >> shift;
}

int nvme_namespaces_init(struct nvme *nvme)
{
	unsigned shift = nvme->cfg.block_bytes == 4096 ? 12 : 9;

	nvme->namespaces = count(&nvme->cfg);
	for (unsigned i = 0; i < nvme->namespaces; i++) {
		struct nvme_namespace *ns = &nvme->ns[i];

		ns->nsid = i + 1;
		if (!nvme_namespace_place(&nvme->cfg, i + 1, &ns->first, &ns->bytes))
			return sim_fail(nvme->sim, SIM_ERR_CONFIG,
					"%s: the namespaces do not fit the capacity",
					nvme->cfg.name);
		nvme_namespace_set_shift(ns, shift);
	}
	return SIM_OK;
}

/* NULL: there is none of that number. Every possible identifier is active. */
struct nvme_namespace *nvme_namespace(struct nvme *nvme, uint32_t nsid)
{
	return nsid && nsid <= nvme->namespaces ? &nvme->ns[nsid - 1] : NULL;
}

/* ---- Format NVM ---- */

static bool is_target(const struct nvme_cmd *cmd, const struct nvme_namespace *ns)
{
	uint32_t nsid = get32(cmd->sqe + 4);

	return nsid == NVME_NSID_ALL || nsid == ns->nsid;
}

static bool in_use(const struct nvme_cmd *format)
{
	const struct nvme *nvme = format->nvme;

	for (unsigned i = 0; i < nvme->cfg.outstanding; i++) {
		const struct nvme_cmd *cmd = &nvme->cmds[i];

		if (cmd->phase > NVME_PHASE_DECODE && cmd->phase < NVME_PHASE_CQ_WAIT &&
		    cmd->sqid && (!cmd->ns || is_target(format, cmd->ns)))
			return true;
	}
	return false;
}

static uint16_t check_format(const struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	uint32_t dw10 = sqe_dword(cmd->sqe, 10), nsid = get32(cmd->sqe + 4);

	if (nsid != NVME_NSID_ALL && !nvme_namespace(nvme, nsid))
		return NVME_ERR_NAMESPACE;
	/* PI and SES have reserved values; LBAF and PI may be right and yet not to be had. There is
	 * no metadata, so that MSET and PIL mean nothing. */
	if ((dw10 >> 5 & 7) > 3 || (dw10 >> 9 & 7) > SES_CRYPTO)
		return NVME_ERR_FIELD;
	if ((dw10 & 15) >= SHIFTS || dw10 >> 5 & 7)
		return NVME_ERR_FORMAT;
	for (unsigned i = 0; i < nvme->namespaces; i++)
		if (is_target(cmd, &nvme->ns[i]) && nvme->ns[i].formatting)
			return NVME_ERR_FORMAT_RUNNING;
	/* 5.23: with I/O under way the command may be aborted. */
	return in_use(cmd) ? NVME_ERR_SEQUENCE : NVME_OK;
}

void nvme_format(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	uint16_t status = check_format(cmd);

	if (status) {
		nvme_cmd_complete(cmd, status);
		return;
	}
	for (unsigned i = 0; i < nvme->namespaces; i++) {
		struct nvme_namespace *ns = &nvme->ns[i];

		if (!is_target(cmd, ns))
			continue;
		ns->formatting = true;
		cmd->place = cmd->length ? cmd->place : ns->first;
		cmd->length += ns->bytes;
	}
	cmd->work = NVME_IO_WRITE_ZEROES;
	nvme_media_submit(cmd);
}

/* The namespaces of a command that ends early are as they were. */
void nvme_format_forget(struct nvme_cmd *cmd)
{
	for (unsigned i = 0; i < cmd->nvme->namespaces; i++)
		if (is_target(cmd, &cmd->nvme->ns[i]))
			cmd->nvme->ns[i].formatting = false;
}

/* Whatever SES says, blocks read as zeroes afterwards: that is allowed for 000b, and what 001b and
 * 010b ask for. */
void nvme_format_done(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	unsigned shift = shifts[sqe_dword(cmd->sqe, 10) & 15];
	uint16_t status = NVME_OK;
	bool changed = false;

	for (unsigned i = 0; i < nvme->namespaces && !status; i++) {
		struct nvme_namespace *ns = &nvme->ns[i];

		if (!is_target(cmd, ns))
			continue;
		status = nvme_zero(nvme, ns->first, ns->bytes);
		ns->formatting = false;
		if (ns->shift == shift)
			continue;
		nvme_namespace_set_shift(ns, shift);
		ns->changed = true;
		changed = true;
	}
	nvme_format_forget(cmd);
	nvme_cmd_complete(cmd, status);
	/* 5.21.1.11, bit 8. */
	if (changed && nvme->features.async_events & 1u << 8)
		nvme_event_raise(nvme, NVME_EVENT_NOTICE, NVME_EVENT_NOTICE_NAMESPACE,
				 NVME_LOG_CHANGED_NAMESPACES);
}
