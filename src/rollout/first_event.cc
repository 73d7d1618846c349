#include "rollout/first_event.h"

#include <algorithm>
#include <array>

namespace kaudit::rollout {
namespace {

constexpr std::chrono::milliseconds kPause{200};
constexpr std::chrono::milliseconds kShortPause{20};  // an event is there within milliseconds
// Batches come at once, unless batch-max-size or batch-max-wait is set; then within no short time.
constexpr std::chrono::milliseconds kBatchWait{200};
constexpr std::size_t kAtMost = std::size_t{16} << 20;

// What stands between `before` and the next quote.
std::optional<std::string> quoted(std::string_view line, std::string_view before) {
  const std::size_t at = line.find(before);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = line.substr(at + before.size());
  const std::size_t end = rest.find('"');
  if (end == std::string_view::npos) return {};
  return std::string(rest.substr(0, end));
}

// What is appended to a log from now on, line by line.
class AppendedLines {
 public:
  AppendedLines(const host::FileSystem& files, const std::string& log) : files_(files), log_(log) {
    if (const auto status = look()) at_ = status->size;
  }

  // The level of the event with that requestURI among the lines since the last look.
  std::optional<std::string> level_of(std::string_view uri) {
    const auto now = look();
    if (!now) return {};
    const std::size_t more =
        static_cast<std::size_t>(std::min(now->size - at_, std::uint64_t{kAtMost}));
    if (more == 0) return {};
    const auto lines = files_.read_range(log_, at_, more);
    is_readable_ = lines.has_value();
    if (!lines) return {};
    // The line that is just being written is looked at again.
    const std::size_t end = lines->rfind('\n');
    at_ += end != std::string::npos ? end + 1 : lines->size() == kAtMost ? kAtMost : 0;
    return level_of_event(*lines, uri);
  }

  // Nothing was appended that was not seen.
  bool is_everything() const { return is_readable_ && !was_put_aside_; }

 private:
  // A log that was put aside has a successor, which is read from its beginning.
  std::optional<host::FileStatus> look() {
    const auto status = files_.status(log_);
    is_readable_ = status || status.error().kind == text::ErrorKind::NotFound;
    if (!status) return {};
    if (status->size < at_ || (identity_ && *identity_ != status->identity)) {
      at_ = 0;
      was_put_aside_ = true;
    }
    identity_ = status->identity;
    return *status;
  }

  const host::FileSystem& files_;
  const std::string& log_;
  std::uint64_t at_ = 0;
  std::optional<host::FileIdentity> identity_;
  bool is_readable_ = true;
  bool was_put_aside_ = false;
};

// The answers of one that has passed the filter of auditing, or of a failed authentication, which
// is recorded, too; 500 is what blocking-strict gives when the event cannot be written. An API
// server that is overloaded or ends answers 429 or 503 before that (apiserver,
// pkg/server/config.go, DefaultBuildHandlerChain).
bool is_of_audited(int status) {
  constexpr std::array kAnswers{200, 401, 403, 404, 500};
  return std::ranges::find(kAnswers, status) != kAnswers.end();
}

}  // namespace

std::optional<std::string> level_of_event(std::string_view lines, std::string_view uri) {
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    // The JSON of Go's encoder has no blanks; the legacy format has uri="…".
    const bool is_json = line.find("\"requestURI\":\"" + std::string(uri) + "\"") != line.npos;
    if (!is_json && line.find("uri=\"" + std::string(uri) + "\"") == line.npos) continue;
    return quoted(line, "\"level\":\"").value_or(std::string(kUnknownLevel));
  }
  return {};
}

EventSearch search_event(const LiveHost& host, const FirstEvent& event,
                         const host::ProbeRequest& probe) {
  AppendedLines appended(host.files, event.log);
  host::ProbeRequest request = probe;
  request.path = event.uri;
  // Whatever it answers: a request is recorded also if it is refused.
  [[maybe_unused]] const auto answer = host.probe.get(request);
  const auto give_up = host.clock.monotonic() + kEventWait;
  for (;; host.clock.sleep_for(kPause)) {
    if (auto level = appended.level_of(event.uri)) return {std::move(level), false};
    if (host.stops.count() > 0) return {{}, true};
    if (host.clock.monotonic() >= give_up) return {};
  }
}

std::optional<bool> is_request_recorded(const host::FileSystem& files, host::Clock& clock,
                                        host::ApiServerProbe& api_server, const FirstEvent& event,
                                        host::ProbeRequest probe) {
  // With a level it is only batches that make one unsure.
  if (event.log.empty() || event.level.empty()) return {};
  const bool in_batches = !event.why_unsure.empty();
  AppendedLines appended(files, event.log);
  probe.path = event.uri;
  probe.timeout = kShortWait;
  const auto answer = api_server.get(probe);
  const bool must_come = answer && is_of_audited(*answer);
  const std::chrono::nanoseconds wait = !must_come   ? std::chrono::nanoseconds(0)
                                        : in_batches ? kBatchWait
                                                     : std::chrono::nanoseconds(kShortWait);
  const auto give_up = clock.monotonic() + wait;
  for (;; clock.sleep_for(kShortPause)) {
    if (appended.level_of(event.uri)) return true;
    if (clock.monotonic() >= give_up) break;
  }
  return must_come && !in_batches && appended.is_everything() ? std::optional(false) : std::nullopt;
}

}  // namespace kaudit::rollout
