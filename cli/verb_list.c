/* SPDX-License-Identifier: MIT */
/* Names of what there is, from the tables, one line each: name, then what it is. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/driver.h"
#include "cli/run_point.h"
#include "cli/verbs.h"
#include "model/scenario/diag.h"
#include "model/scenario/fault_kinds.h"
#include "model/scenario/keys.h"
#include "model/scenario/profile.h"

static int list_models(void)
{
	size_t count;
	const struct scn_known_model *models = scn_known_models(&count);

	for (size_t i = 0; i < count; i++)
		printf("%-8s %s\n", models[i].name, models[i].help);
	return RUN_GOOD;
}

static int list_drivers(void)
{
	size_t count, own;
	const struct scn_known_driver *drivers = scn_known_drivers(&count);
	const struct scn_driver *mine = driver_list(&own);

	for (size_t i = 0; i < count; i++)
		printf("%-8s model %-6s host %-6s %s\n", drivers[i].name, drivers[i].model,
		       drivers[i].software, drivers[i].help);
	for (size_t i = 0; i < own; i++)
		printf("%-8s model any    host linux  built by 'doorbell build'\n", mine[i].name);
	return RUN_GOOD;
}

static int list_keys(void)
{
	size_t count;
	const struct scn_row *rows = scn_rows(&count);

	for (size_t i = 0; i < count; i++) {
		int used = 0;

		for (const char *c = rows[i].path; *c; c++) {
			if (*c == '*')
				used += printf("NAME");
			else
				used += printf("%c", *c == '#' ? 'N' : *c);
		}
		printf("%*s %-13s %s\n", used < 28 ? 28 - used : 0, "", scn_type_name(rows[i].type),
		       rows[i].help);
	}
	return RUN_GOOD;
}

static int list_stats(void)
{
	size_t count;
	const struct scn_known_stat *stats = scn_known_stats(&count);

	for (size_t i = 0; i < count; i++)
		printf("%-28s %-10s %s%s\n", stats[i].name, stats[i].unit, stats[i].help,
		       stats[i].distribution ? " A distribution: count, mean, min, p50, p90, p99, "
					       "p999, p9999, max." : "");
	return RUN_GOOD;
}

struct event {
	const char *name;
	const char *arg[3];
};

/* The X-macro files that the models themselves are compiled with. */
#define TRACE_POINT(id, label, ...) { label, { __VA_ARGS__ } },
static const struct event events[] = {
#include "devices/intc/trace.def"
#include "devices/nic82599/trace.def"
#include "devices/nvme/trace.def"
#include "drivers/linux/host/trace.def"
#include "model/machine/trace.def"
#include "model/pcie/trace.def"
};
#undef TRACE_POINT

static int list_events(void)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		printf("%s", events[i].name);
		for (size_t j = 0; j < 3 && events[i].arg[j]; j++)
			printf(" %s", events[i].arg[j]);
		putchar('\n');
	}
	return RUN_GOOD;
}

static bool list_profiles_of(enum profile_kind kind, const char *what)
{
	bool good = true;
	size_t count;
	char **names = profile_names(cli_data_dir(), kind, &count);

	for (size_t i = 0; i < count; i++) {
		struct diag *diag = diag_new();
		struct profile *profile;

		if (!profile_load(&profile, cli_data_dir(), kind, names[i], diag)) {
			printf("%-5s %-18s %s\n", what, names[i], profile_title(profile));
			profile_free(profile);
		} else {
			diag_print(diag, stderr);
			good = false;
		}
		diag_free(diag);
	}
	profile_names_free(names, count);
	return good;
}

static int list_profiles(void)
{
	bool cpu = list_profiles_of(PROFILE_CPU, "cpu");
	bool media = list_profiles_of(PROFILE_MEDIA, "media");
	bool nic = list_profiles_of(PROFILE_NIC, "nic");

	return cpu && media && nic ? RUN_GOOD : RUN_USAGE;
}

static const char *const fault_keys[] = { "delay", "value", "every", "caller", "register",
					  "access" };

/* With the keys that the kind takes beside those that all take. */
static int list_faults(void)
{
	const struct fault_row *row;

	for (unsigned kind = 0; (row = fault_row(kind)); kind++) {
		printf("%-17s %-16s %s", row->name, fault_on_words(row->on), row->help);
		for (unsigned i = 0; i < sizeof(fault_keys) / sizeof(fault_keys[0]); i++)
			if (row->keys & fault_key(fault_keys[i]) & ~FAULT_VALUE)
				printf(" [%s]", fault_keys[i]);
		if (row->keys & FAULT_VALUE)
			printf(" [value %" PRIu64 "..%" PRIu64 "]", row->least, row->most);
		putchar('\n');
	}
	return RUN_GOOD;
}

static int list_all_scenarios(void)
{
	return list_scenarios() ? RUN_GOOD : RUN_USAGE;
}

int verb_list(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*list)(void);
	} lists[] = {
		{ "models", list_models },     { "keys", list_keys },
		{ "stats", list_stats },       { "events", list_events },
		{ "profiles", list_profiles }, { "drivers", list_drivers },
		{ "faults", list_faults },     { "scenarios", list_all_scenarios },
	};
	const char *names[sizeof(lists) / sizeof(lists[0])], *near;

	if (argc != 2)
		return cli_usage_error("list",
				       "one of models, keys, stats, events, profiles, drivers, "
				       "faults, scenarios");
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		names[i] = lists[i].name;
		if (!strcmp(argv[1], lists[i].name))
			return lists[i].list();
	}
	near = diag_nearest(argv[1], names, sizeof(names) / sizeof(names[0]));
	if (!near)
		return cli_usage_error("list", "no list \"%s\"", argv[1]);
	fprintf(stderr, "doorbell: error: no list \"%s\"\nhelp: did you mean \"%s\"?\n", argv[1],
		near);
	return RUN_USAGE;
}
