#include "cli/cli.h"

#include <fmt/core.h>

#include <csignal>
#include <cstring>
#include <exception>
#include <string_view>
#include <vector>

#include "cli/change_command.h"
#include "cli/check_command.h"
#include "cli/exit_code.h"
#include "cli/help.h"
#include "cli/kubeadm_patch_command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/policy_commands.h"
#include "cli/rollback_command.h"
#include "cli/status_command.h"

namespace kaudit::cli {
namespace {

std::string help_of(const Options& options) {
  if (options.help_for) return command_help(*options.help_for);
  return options.help_group.empty() ? help() : group_help(options.help_group);
}

ExitCode run_command(const Options& options, Output& output) {
  switch (options.command) {
    case Command::Enable:
    case Command::Disable:
    case Command::PolicyInstall:
      return run_change(options, output);
    case Command::Status:
      return run_status(options, output);
    case Command::Check:
      return run_check(options, output);
    case Command::PolicyInit:
      return run_policy_init(options, output);
    case Command::PolicyLint:
      return run_policy_lint(options, output);
    case Command::PolicyExplain:
      return run_policy_explain(options, output);
    case Command::PolicyTable:
      return run_policy_table(options, output);
    case Command::Rollback:
      return run_rollback(options, output);
    case Command::KubeadmPatch:
      return run_kubeadm_patch(options, output);
    case Command::Help:
      output.out = help_of(options);
      break;
    case Command::HelpAll:
      output.out = help_all();
      break;
    case Command::Version:
      output.out = version_text();
      break;
  }
  return ExitCode::Done;
}

ExitCode run_words(const std::vector<std::string_view>& words, Output& output) {
  const text::Result<Options> options = parse_options(words);
  if (!options) {
    output = make_output({});
    output.err = error_text(options.error(), nullptr, output.color_err);
    return ExitCode::Refused;
  }
  output = make_output(*options);
  return run_command(*options, output);
}

}  // namespace

int run(int argc, char** argv) {
  // A reader that went away must not end the process between writing a file and saying so.
  std::signal(SIGPIPE, SIG_IGN);
  Output output;
  ExitCode code = ExitCode::Refused;
  // The last wall: out of memory, and whatever a library may still throw.
  try {
    const std::vector<std::string_view> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    code = run_words(words, output);
  } catch (const std::exception& error) {
    output = {};
    output.err =
        std::string("kaudit: error: ") + error.what() +
        "; no file is half written, and kaudit rollback --dry-run tells what was changed\n";
  }
  const int failed = flush(output);
  if (failed == 0 || !output.must_deliver) return to_int(code);
  // A diff or a manifest that nobody got is no success.
  Output complaint;
  complaint.err =
      fmt::format("kaudit: error: cannot write to standard output: {}\n", std::strerror(failed));
  flush(complaint);
  return to_int(ExitCode::Refused);
}

}  // namespace kaudit::cli
