// What the commands that find something share: which findings are wanted, how they are printed,
// and what the exit code is.
#pragma once

#include <vector>

#include "check/finding.h"
#include "cli/check_report.h"
#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/output.h"

namespace kaudit::cli {

// Drops what --disable and --quiet leave out.
void keep_wanted(const Options& options, std::vector<check::Finding>& findings);

// In the form of --format and --summary.
void print_findings(const Options& options, const CheckReport& report, Output& output);

// --list-rules and --explain: says so if one of them is asked for.
bool print_rules(const Options& options, Output& output);

// Refused if a file could not be judged; Findings if there is one as bad as --fail-on says.
ExitCode exit_code_of(const Options& options, const CheckReport& report);

}  // namespace kaudit::cli
