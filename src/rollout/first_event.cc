#include "rollout/first_event.h"

#include <algorithm>

namespace kaudit::rollout {
namespace {

constexpr std::chrono::milliseconds kPause{200};
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
  const auto status = host.files.status(event.log);
  std::uint64_t begin = status ? status->size : 0;
  host::ProbeRequest request = probe;
  request.path = event.uri;
  // Whatever it answers: a request is recorded also if it is refused.
  [[maybe_unused]] const auto answer = host.probe.get(request);
  const auto give_up = host.clock.monotonic() + kEventWait;
  for (;; host.clock.sleep_for(kPause)) {
    const auto now = host.files.status(event.log);
    if (now && now->size < begin) begin = 0;  // rotated meanwhile
    const std::size_t more = now ? std::min(now->size - begin, std::uint64_t{kAtMost}) : 0;
    if (const auto lines = host.files.read_range(event.log, begin, more); lines && more > 0) {
      if (auto level = level_of_event(*lines, event.uri)) return {std::move(level), false};
    }
    if (host.stops.count() > 0) return {{}, true};
    if (host.clock.monotonic() >= give_up) return {};
  }
}

}  // namespace kaudit::rollout
