// SPDX-License-Identifier: MIT
// C++ only because SystemC's static initialisers want a C++ main; everything else is doorbell.c.
#include "cli/verbs.h"

int main(int argc, char **argv)
{
	return doorbell_main(argc, argv);
}
