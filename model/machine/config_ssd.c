/* SPDX-License-Identifier: MIT */
/* NVMe devices of a scenario point: the controller and its medium. */
#include "model/machine/config_internal.h"

#include "model/core/random.h"
#include "model/scenario/profile.h"

#define SSD_QUEUE_ENTRIES 1024u   /* MQES + 1; the kernel's nvme asks for at most 1024 */

static void read_servers(const struct reading *r, struct nvme_media_cfg *media,
			 const struct profile *profile)
{
	media->kind = NVME_MEDIA_SERVERS;
	media->read = profile_dur(profile, "read", r->hz);
	media->write = profile_dur(profile, "write", r->hz);
	media->flush = profile_dur(profile, "flush", r->hz);
	media->parallelism = (unsigned)profile_u64(profile, "parallelism");
	media->by_address = profile_u64(profile, "by_address");
	media->jitter = profile_dur(profile, "jitter", r->hz);
	media->read_bytes_per_second = profile_u64(profile, "bandwidth.read");
	media->write_bytes_per_second = profile_u64(profile, "bandwidth.write");
}

/* What the flash is made of; what its operations take is below. */
static void read_structure(const struct profile *profile, struct flash_cfg *flash)
{
	flash->channels = (unsigned)profile_u64(profile, "channels");
	flash->packages = (unsigned)profile_u64(profile, "packages");
	flash->dies = (unsigned)profile_u64(profile, "dies");
	flash->planes = (unsigned)profile_u64(profile, "planes");
	flash->dies_at_once = (unsigned)profile_u64(profile, "dies_at_once");
	flash->pages = (unsigned)profile_u64(profile, "block.pages");
	flash->page_bytes = (uint32_t)profile_u64(profile, "page.bytes");
	flash->unit_bytes = (uint32_t)profile_u64(profile, "page.unit");
	flash->cell_bits = (unsigned)profile_u64(profile, "cell.bits");
	flash->one_shot = profile_u64(profile, "program.one_shot");
	flash->spare_percent = (unsigned)profile_u64(profile, "spare");
	flash->reads_first = (unsigned)profile_u64(profile, "reads_first");
	flash->gc_blocks = (unsigned)profile_u64(profile, "gc.blocks");
	flash->buffer_bytes = profile_u64(profile, "buffer.bytes");
	flash->buffer_protected = profile_u64(profile, "buffer.protected");
	flash->map_cache_bytes = profile_u64(profile, "map.cache");
	flash->link_payload = (uint32_t)profile_u64(profile, "interface.payload");
	flash->link_overhead = (uint32_t)profile_u64(profile, "interface.overhead");
}

static void read_flash_times(const struct reading *r, const struct profile *profile,
			     struct flash_cfg *flash)
{
	static const char *const reads[] = { "read.lsb", "read.csb", "read.msb" };
	static const char *const programs[] = { "program.lsb", "program.csb", "program.msb" };

	for (unsigned i = 0; i < FLASH_CELL_BITS_MAX; i++) {
		flash->read[i] = profile_dur(profile, reads[i], r->hz);
		flash->program[i] = profile_dur(profile, programs[i], r->hz);
	}
	flash->erase = profile_dur(profile, "erase", r->hz);
	flash->channel_bits_per_second = 8 * profile_u64(profile, "channel.rate");
	flash->command_read = profile_dur(profile, "channel.read_command", r->hz);
	flash->command_program = profile_dur(profile, "channel.program_command", r->hz);
	flash->command_erase = profile_dur(profile, "channel.erase_command", r->hz);
	flash->suspend_program = profile_dur(profile, "suspend.program", r->hz);
	flash->suspend_program_least = profile_dur(profile, "suspend.program_least", r->hz);
	flash->suspend_erase = profile_dur(profile, "suspend.erase", r->hz);
	flash->suspend_erase_least = profile_dur(profile, "suspend.erase_least", r->hz);
	flash->buffer_access = profile_dur(profile, "buffer.access", r->hz);
	flash->controller_read = profile_dur(profile, "controller.read", r->hz);
	flash->controller_write = profile_dur(profile, "controller.write", r->hz);
	flash->link_bits_per_second = 8 * profile_u64(profile, "interface.rate");
}

static void read_flash(struct reading *r, struct machine_device *device,
		       const struct profile *profile)
{
	static const enum flash_precondition conditions[] = {
		[SCN_FRESH] = FLASH_FRESH,
		[SCN_SEQUENTIAL] = FLASH_SEQUENTIAL,
		[SCN_RANDOM] = FLASH_RANDOM,
	};
	struct flash_cfg *flash = &device->nvme.media.flash;
	char key[96];

	device->nvme.media.kind = NVME_MEDIA_FLASH;
	read_structure(profile, flash);
	read_flash_times(r, profile, flash);
	flash->precondition = conditions[scn_word(
		r->point, config_device_key(key, device->name, "precondition"))];
	flash->seed = device->media_seed;
	device->nvme.volatile_cache = !flash->buffer_protected;
}

/* Queueing stations in place of a real medium; a controller of theory takes no time either. */
static void read_stations(struct reading *r, struct machine_device *device)
{
	struct nvme_media_cfg *media = &device->nvme.media;
	const char *name = device->name;
	char key[96];

	media->name = "stations";
	media->kind = NVME_MEDIA_SERVERS;
	media->by_address = true;
	media->exponential = scn_word(r->point, config_device_key(key, name, "stations.kind")) ==
			     SCN_EXPONENTIAL;
	media->parallelism = config_optional_u32(r, name, "stations.dies");
	media->read = config_optional_dur(r, name, "stations.service");
	media->write = media->read;
	media->transfer = config_optional_dur(r, name, "stations.transfer");
}

static void read_media(struct reading *r, struct machine_device *device)
{
	struct nvme_media_cfg *media = &device->nvme.media;
	struct profile *profile;
	char key[96];

	if (scn_has(r->point, config_device_key(key, device->name, "stations.kind"))) {
		read_stations(r, device);
		return;
	}
	media->name = scn_text(r->point, config_device_key(key, device->name, "media"));
	if (profile_load(&profile, r->data_dir, PROFILE_MEDIA, media->name, r->diag)) {
		r->failed = true;
		return;
	}
	if (profile_variant(profile) == PROFILE_FLASH)
		read_flash(r, device, profile);
	else
		read_servers(r, media, profile);
	device->nvme.command_fetch = profile_dur(profile, "controller.fetch", r->hz);
	device->nvme.command_decode = profile_dur(profile, "controller.decode", r->hz);
	profile_free(profile);
}

void config_ssd(struct reading *r, struct machine_device *device)
{
	const struct scn_point *p = r->point;
	struct nvme_cfg *nvme = &device->nvme;
	struct random random;
	char key[96];

	nvme->queue_entries = SSD_QUEUE_ENTRIES;
	nvme->name = device->name;
	nvme->capacity_bytes = scn_u64(p, config_device_key(key, device->name, "capacity"));
	nvme->namespaces = (unsigned)scn_u64(p, config_device_key(key, device->name, "namespaces"));
	nvme->transfer_max =
		(uint32_t)scn_u64(p, config_device_key(key, device->name, "max_transfer"));
	nvme->sgl = scn_bool(p, config_device_key(key, device->name, "sgl"));
	nvme->block_bytes =
		scn_word(p, config_device_key(key, device->name, "block")) ? 4096 : NVME_BLOCK_BYTES;
	nvme->power_saving = scn_has(p, config_device_key(key, device->name, "power.entry")) ||
			     scn_has(p, config_device_key(key, device->name, "power.exit"));
	nvme->power_entry = config_optional_dur(r, device->name, "power.entry");
	nvme->power_exit = config_optional_dur(r, device->name, "power.exit");
	config_device_key(key, device->name, "block");
	if (nvme->block_bytes != NVME_BLOCK_BYTES && r->cfg->software == MACHINE_IDEAL)
		config_refuse(r, key, "the ideal host has blocks of 512B");
	/* Poll queues have no vector of their own. */
	nvme->io_queues = device->queues +
			  (unsigned)scn_u64(p, config_device_key(key, device->name, "poll_queues"));
	nvme->vectors = device->queues + 1;
	nvme->ideal = device->link.ideal;
	if (scn_has(r->point, config_device_key(key, device->name, "moderation.kind")))
		config_refuse(r, key, "kinds of moderation are for network devices; NVMe has "
			      "coalesce_time");
	nvme->coalesce_time = scn_dur(p, config_device_key(key, device->name, "coalesce_time"));
	nvme->coalesce_threshold =
		(unsigned)scn_u64(p, config_device_key(key, device->name, "coalesce_threshold"));
	nvme->coalesce_rearm = scn_bool(p, config_device_key(key, device->name, "coalesce_rearm"));
	nvme->cache_off = !scn_bool(p, config_device_key(key, device->name, "write_cache"));
	device->power_cut = config_optional_dur(r, device->name, "power_cut");
	nvme->power_cuts = device->power_cut.ps;
	if (device->power_cut.ps && device->power_cut.ps <= scn_dur(p, "run.warmup").ps)
		config_refuse(r, config_device_key(key, device->name, "power_cut"),
			      "power is lost in the measuring window, behind the warm-up");
	random_init(&random, r->cfg->seed, device->name);
	device->media_seed = random_u64(&random);
	read_media(r, device);
}
