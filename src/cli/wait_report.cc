#include "cli/wait_report.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cli/report.h"
#include "text/utf8.h"

namespace kaudit::cli {
namespace {

using nlohmann::ordered_json;
using rollout::Progress;
using rollout::StepKind;

constexpr std::string_view kSpinner = "|/-\\";
constexpr std::string_view kClearLine = "\r\x1b[K";

// Only as much as is taken at once.
void write_if_possible(int descriptor, std::string_view text) {
  pollfd ready{descriptor, POLLOUT, 0};
  if (poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) return;
  // What was not taken is lost, and nobody is there to be told.
  if (::write(descriptor, text.data(), text.size()) < 0) return;
}

// As much as stays on one row, which alone can be cleared again.
std::string one_row(const std::string& line) {
  winsize size{};
  const bool is_known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  const std::size_t columns = is_known ? size.ws_col : 80;
  std::size_t shown = 0;
  std::size_t end = 0;
  // Up to the first byte of the character that has no place.
  for (; end < line.size(); ++end) {
    if (!text::is_utf8_continuation(line[end]) && ++shown == columns) break;
  }
  return line.substr(0, end);
}

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string_view name_of(StepKind kind) {
  switch (kind) {
    case StepKind::Written:
      return "written";
    case StepKind::Waiting:
      return "waiting";
    case StepKind::ProcessFound:
      return "process-started";
    case StepKind::ProcessEnded:
      return "process-ended";
    case StepKind::GoodAnswer:
      return "good-answer";
    case StepKind::Ready:
      return "ready";
    case StepKind::FirstEvent:
      return "first-event";
    case StepKind::NoEvent:
      return "no-event";
    case StepKind::TakingBack:
      return "taking-back";
    case StepKind::PutBack:
      return "put-back";
    case StepKind::StopsLater:
      return "stops-later";
    case StepKind::HealthyAgain:
      return "healthy-again";
  }
  return "";
}

std::string sentence(const Progress& progress, int polls) {
  switch (progress.kind) {
    case StepKind::ProcessFound:
      return fmt::format("API server runs (pid {})", progress.pid);
    case StepKind::ProcessEnded:
      return fmt::format("API server ended ({} so far)", progress.count);
    case StepKind::Ready:
      return fmt::format("ready ({0} of {0} polls)", polls);
    case StepKind::FirstEvent:
      return fmt::format("first audit event seen, level {}", progress.text);
    case StepKind::NoEvent:
    case StepKind::Written:
      return progress.text;
    case StepKind::TakingBack:
      return fmt::format("taking the change back: {}", progress.text);
    case StepKind::PutBack:
      return "old manifest put back";
    case StepKind::StopsLater:
      return "still waiting for the old API server; ask once more to stop, and kaudit gives up";
    case StepKind::HealthyAgain:
      return "API server is healthy as before";
    case StepKind::Waiting:
    case StepKind::GoodAnswer:
      break;
  }
  return {};
}

}  // namespace

std::string json_line(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

WaitReport::WaitReport(const Options& options, const Output& output, const host::Clock& clock)
    : color_(output.color_err), clock_(clock) {
  if (options.format == ReportFormat::Json)
    form_ = Form::Json;
  else if (options.quiet)
    form_ = Form::Silent;
  else if (isatty(STDERR_FILENO) == 1)
    form_ = Form::Terminal;
}

void WaitReport::line(const std::string& text, double elapsed) {
  if (form_ == Form::Terminal) {
    write_if_possible(STDERR_FILENO, fmt::format("{}{} {:5.1f} s  {}\n", kClearLine,
                                                 painted("*", "32", color_), elapsed, text));
    has_spinner_ = false;
  } else if (form_ == Form::Plain) {
    write_if_possible(
        STDERR_FILENO,
        fmt::format("{} {:.1f} s: {}\n", host::to_rfc3339(clock_.utc_now()), elapsed, text));
  }
}

void WaitReport::spin(const Progress& progress) {
  if (form_ != Form::Terminal) return;
  const std::string polls = good_ > 0 ? fmt::format(" ({} of {} polls)", good_, of_) : "";
  const char turn = kSpinner[turns_++ % kSpinner.size()];
  const std::string line =
      fmt::format("{} {:5.1f} s  {}{}", turn, seconds(progress.elapsed), progress.text, polls);
  write_if_possible(STDERR_FILENO, fmt::format("{}{}", kClearLine, one_row(line)));
  has_spinner_ = true;
}

void WaitReport::tell(const Progress& progress) {
  if (progress.kind == StepKind::ProcessFound || progress.kind == StepKind::ProcessEnded) good_ = 0;
  if (progress.kind == StepKind::GoodAnswer) {
    good_ = progress.count;
    of_ = progress.of;
  }
  if (form_ == Form::Json) {
    if (progress.kind == StepKind::Waiting) return;
    ordered_json json{{"schemaVersion", kSchemaVersion},
                      {"event", name_of(progress.kind)},
                      {"time", host::to_rfc3339(clock_.utc_now())},
                      {"elapsedSeconds", seconds(progress.elapsed)}};
    if (progress.pid != 0) json["pid"] = progress.pid;
    if (progress.count != 0) json["count"] = progress.count;
    if (progress.kind == StepKind::GoodAnswer) json["of"] = progress.of;
    if (!progress.text.empty()) json["text"] = progress.text;
    return write_if_possible(STDOUT_FILENO, json_line(json));
  }
  if (progress.kind == StepKind::Waiting) return spin(progress);
  if (progress.kind == StepKind::GoodAnswer) return;
  line(sentence(progress, of_), seconds(progress.elapsed));
}

void WaitReport::end() {
  if (has_spinner_) write_if_possible(STDERR_FILENO, kClearLine);
  has_spinner_ = false;
}

}  // namespace kaudit::cli
