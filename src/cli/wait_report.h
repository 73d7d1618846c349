// A wait as it goes on, on the terminal, in a log, or for a program.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "cli/options.h"
#include "cli/output.h"
#include "host/clock.h"
#include "rollout/supervise.h"

namespace kaudit::cli {

// Writes at once, and never waits for a reader: what cannot be written now is dropped, because a
// terminal that went away or stands still must not hold up a change.
class WaitReport {
 public:
  WaitReport(const Options& options, const Output& output, const host::Clock& clock);

  void tell(const rollout::Progress& progress);
  // The line that turns goes; what follows is written by others.
  void end();

 private:
  enum class Form : std::uint8_t { Silent, Terminal, Plain, Json };

  void line(const std::string& text, double elapsed);
  void spin(const rollout::Progress& progress);

  Form form_ = Form::Plain;
  bool color_ = false;
  const host::Clock& clock_;
  std::size_t turns_ = 0;
  bool has_spinner_ = false;
  int good_ = 0;
  int of_ = 0;
};

// One JSON object as one line.
std::string json_line(const nlohmann::ordered_json& json);

}  // namespace kaudit::cli
