#include "rollout/last_event.h"

#include <algorithm>

namespace kaudit::rollout {
namespace {

// Behind the timestamps come only annotations, so that this is enough also of a line that is
// longer.
constexpr std::uint64_t kEnd = std::uint64_t{64} << 10;

// The last one counts: those of the objects that an event holds stand before its own (apiserver,
// pkg/apis/audit/v1/types.go).
std::optional<host::UtcTime> time_at(std::string_view line, std::string_view key) {
  const std::size_t at = line.rfind(key);
  if (at == std::string_view::npos) return {};
  const std::string_view value = line.substr(at + key.size());
  return host::from_go_time(value.substr(0, value.find('"')));
}

}  // namespace

std::optional<host::UtcTime> time_of_event(std::string_view line) {
  // apiserver, pkg/audit/format.go, EventString
  if (const std::size_t at = line.find(" AUDIT: id=\""); at < line.find('"'))
    return host::from_go_time(line.substr(0, at));
  if (!line.ends_with('}')) return {};
  const auto stage = time_at(line, "\"stageTimestamp\":\"");
  return stage ? stage : time_at(line, "\"requestReceivedTimestamp\":\"");
}

std::optional<host::UtcTime> last_event_time(const host::FileSystem& files, const std::string& log,
                                             std::uint64_t size) {
  const std::uint64_t begin = size - std::min(size, kEnd);
  const auto bytes = files.read_range(log, begin, static_cast<std::size_t>(size - begin));
  if (!bytes) return {};
  std::string_view lines = *bytes;
  const std::size_t end = lines.rfind('\n');
  if (end == std::string_view::npos) return {};
  lines = lines.substr(0, end);
  return time_of_event(lines.substr(lines.rfind('\n') + 1));  // npos + 1 is 0
}

}  // namespace kaudit::rollout
