// What kaudit's exit code means. --help, the README and one test read this table.
#pragma once

#include <array>
#include <string_view>

namespace kaudit::cli {

enum class ExitCode : int {
  Done = 0,
  Findings = 1,
  Refused = 2,
  TakenBack = 3,
  Unhealthy = 4,
};

struct ExitCodeMeaning {
  ExitCode code;
  std::string_view meaning;  // a clause, no final full stop
  bool in_use;               // false: kept for a command or option that this version does not have
};

inline constexpr std::array<ExitCodeMeaning, 5> kExitCodes = {{
    {ExitCode::Done, "done, or there was nothing to do", true},
    {ExitCode::Findings,
     "check, policy lint: findings at or above --fail-on; with --exit-code: there would be a "
     "change, or the policies differ; status: no events are being recorded",
     true},
    {ExitCode::Refused,
     "refused: bad usage, unreadable or unsupported input, unsafe request; nothing was changed",
     true},
    {ExitCode::TakenBack,
     "--wait: the change was taken back, and the API server is healthy as before", true},
    {ExitCode::Unhealthy, "--wait: the API server is not healthy, or its state is unknown", true},
}};

constexpr int to_int(ExitCode code) {
  return static_cast<int>(code);
}

}  // namespace kaudit::cli
