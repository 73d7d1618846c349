// kaudit policy init, lint, explain and table.
#pragma once

#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/output.h"

namespace kaudit::cli {

ExitCode run_policy_init(const Options& options, Output& output);
ExitCode run_policy_lint(const Options& options, Output& output);
ExitCode run_policy_explain(const Options& options, Output& output);
ExitCode run_policy_table(const Options& options, Output& output);

}  // namespace kaudit::cli
