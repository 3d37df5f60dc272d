// SPDX-License-Identifier: MIT
// asmcost [--mode none|cost|loop|all] [--no-checks] [--categories FILE] [--touches FILE]
// [--hooks FILE] [--statistics] IN.s OUT.s
// Rewrites gcc's assembler output (made with -ffixed-r15) so that it counts its time in r15.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include "rewrite.h"

using namespace asmcost;

struct Arguments {
	Options options;
	TouchList touches;
	bool statistics = false;
	const char *in = nullptr;
	const char *out = nullptr;
};

static bool parse_mode(const char *name, Mode &mode)
{
	static const struct {
		const char *name;
		Mode mode;
	} modes[] = {
		{"none", Mode::none},
		{"cost", Mode::cost},
		{"loop", Mode::loop},
		{"all", Mode::all},
	};

	for (const auto &row : modes) {
		if (std::strcmp(row.name, name) == 0) {
			mode = row.mode;
			return true;
		}
	}
	std::fprintf(stderr, "asmcost: no mode \"%s\"\n", name);
	return false;
}

static bool parse_option(char **argv, int argc, int &i, Arguments &arguments)
{
	std::string_view option = argv[i];

	if (option == "--no-checks") {
		arguments.options.checks = false;
		return true;
	}
	if (option == "--statistics") {
		arguments.statistics = true;
		return true;
	}
	if (i + 1 < argc && option == "--mode")
		return parse_mode(argv[++i], arguments.options.mode);
	if (i + 1 < argc && option == "--categories")
		return arguments.options.categories.load(argv[++i]);
	if (i + 1 < argc && option == "--hooks")
		return arguments.options.hooks.load(argv[++i]);
	if (i + 1 < argc && option == "--touches") {
		arguments.options.touches = &arguments.touches;
		return arguments.touches.load(argv[++i]);
	}
	std::fprintf(stderr, "asmcost: bad option \"%s\"\n", argv[i]);
	return false;
}

static bool parse(int argc, char **argv, Arguments &arguments)
{
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-') {
			if (!parse_option(argv, argc, i, arguments))
				return false;
		} else if (!arguments.in) {
			arguments.in = argv[i];
		} else {
			arguments.out = argv[i];
		}
	}
	if (!arguments.out)
		std::fprintf(stderr, "asmcost: input and output files are missing\n");
	return arguments.out != nullptr;
}

static bool read_file(const char *path, std::string &text)
{
	std::ifstream file(path, std::ios::binary);
	std::ostringstream buffer;

	buffer << file.rdbuf();
	text = buffer.str();
	if (!file)
		std::fprintf(stderr, "asmcost: %s cannot be read\n", path);
	return bool(file);
}

static bool write_file(const char *path, const std::string &text)
{
	std::ofstream file(path, std::ios::binary);

	file.write(text.data(), static_cast<std::streamsize>(text.size()));
	file.close();
	if (!file)
		std::fprintf(stderr, "asmcost: %s cannot be written\n", path);
	return bool(file);
}

int main(int argc, char **argv)
{
	Arguments arguments;
	std::string text;

	if (!parse(argc, argv, arguments))
		return 2;
	if (!read_file(arguments.in, text))
		return 1;
	if (arguments.options.mode != Mode::none) {
		Statistics statistics;
		Assembly assembly(text);

		text = rewrite(assembly, arguments.options, statistics);
		if (arguments.statistics)
			std::printf("%s %u %u %u\n", arguments.in, statistics.blocks,
				    statistics.checks, statistics.impossible);
	}
	return write_file(arguments.out, text) ? 0 : 1;
}
