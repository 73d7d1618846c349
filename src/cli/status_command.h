// kaudit status.
#pragma once

#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/output.h"

namespace kaudit::cli {

// Exit code 0 only if events are being recorded.
ExitCode run_status(const Options& options, Output& output);

}  // namespace kaudit::cli
