// The command line, from arguments to an exit code.
#pragma once

namespace kaudit::cli {

// Runs one command; prints to standard output and standard error. Gives an exit code of
// cli/exit_code.h. Never throws.
int run(int argc, char** argv);

}  // namespace kaudit::cli
