// `kaudit enable` and `kaudit disable`: read, plan, prove, show or write.
#pragma once

#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/output.h"

namespace kaudit::cli {

ExitCode run_change(const Options& options, Output& output);

}  // namespace kaudit::cli
