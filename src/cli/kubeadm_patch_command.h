// `kaudit kubeadm patch`.
#pragma once

#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/output.h"

namespace kaudit::cli {

ExitCode run_kubeadm_patch(const Options& options, Output& output);

}  // namespace kaudit::cli
