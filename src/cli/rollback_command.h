// `kaudit rollback`: the manifest as it was before kaudit's last change.
#pragma once

#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/output.h"

namespace kaudit::cli {

ExitCode run_rollback(const Options& options, Output& output);

}  // namespace kaudit::cli
