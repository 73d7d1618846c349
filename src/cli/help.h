// The help texts, made from the tables of commands, options, flags and exit codes. Lines fit into
// 80 columns. All end with a newline and go to standard output.
#pragma once

#include <string>
#include <string_view>

#include "cli/arguments.h"

namespace kaudit::cli {

// `kaudit --help`.
std::string help();
// `kaudit COMMAND --help`; `command` is one of all_commands().
std::string command_help(Command command);
// `kaudit policy --help`: the commands of the group.
std::string group_help(std::string_view group);
// `kaudit --help-all`: every audit flag, grouped, with type, default of the newest release and the
// releases that know it.
std::string help_all();
// `kaudit --version`: "kaudit 0.1.0".
std::string version_text();

// A closing table "code  meaning", as it stands in help() and in the README.
std::string exit_code_table();

}  // namespace kaudit::cli
