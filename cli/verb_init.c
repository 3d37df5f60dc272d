/* SPDX-License-Identifier: MIT */
/* A scenario to start from. */
#include <stdio.h>

#include "cli/run_point.h"
#include "cli/verbs.h"

static const char scenario[] =
"# How does the interrupt throttle trade latency for CPU time at 1 million frames a second?\n"
"#\n"
"# Run it:        doorbell run FILE\n"
"# Every key:     doorbell list keys;  one of them: doorbell doc device.NAME.itr\n"
"# Another value: doorbell run FILE --set cpu.cores=2\n"
"format = 1\n"
"seed = 42                       # same seed, same run, to the last bit\n"
"run = { warmup = \"2ms\", measure = \"10ms\" }\n"
"\n"
"[cpu]\n"
"profile = \"xeon-skx\"            # what interrupts, copies and system calls cost\n"
"cores = 2\n"
"\n"
"[host]\n"
"software = \"linux\"              # the unmodified kernel and its drivers\n"
"\n"
"[iommu]\n"
"mode = \"off\"\n"
"\n"
"# A device: its name is the first part of its stats.\n"
"[device.eth0]\n"
"model = \"82599\"\n"
"driver = \"ixgbe\"\n"
"link = \"10Gbps\"\n"
"queues = 2\n"
"ring = 512\n"
"itr = \"20us\"                    # least time between two interrupts; \"adaptive\"; \"off\"\n"
"\n"
"# Frames that arrive on its wire. Values with a unit stand in quotes.\n"
"[[traffic]]\n"
"to = \"eth0\"\n"
"frame = \"64B\"\n"
"rate = \"1Mpps\"\n"
"arrival = \"poisson\"             # constant | poisson | burst | pcap\n"
"flows = 64\n"
"sink = \"udp\"                    # udp: to a socket | drop | echo\n"
"\n"
"# Every combination of the values is a point of its own.\n"
"[sweep]\n"
"\"device.eth0.itr\" = [\"off\", \"20us\", \"100us\"]\n"
"\n"
"# What must hold; otherwise the exit code is 1.\n"
"[[expect]]\n"
"stat = \"eth0.rx.dropped\"\n"
"max = 0\n"
"where = { \"device.eth0.itr\" = \"20us\" }\n";

int verb_init(int argc, char **argv)
{
	if (argc != 1)
		return cli_usage_error("init", "init takes no argument, not \"%s\"", argv[1]);
	fputs(scenario, stdout);
	return RUN_GOOD;
}
