#include "rollout/host_facts.h"

#include <algorithm>

#include "host/node_path.h"
#include "rollout/manifest_lock.h"

namespace kaudit::rollout {
namespace {

using host::FileKind;
using host::FileSystem;
using host::Result;
using host::UtcTime;
using text::ErrorKind;

constexpr std::string_view kCompressed = ".gz";
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

// The number in text[at, at+size), or -1.
int digits(std::string_view text, std::size_t at, std::size_t size) {
  int value = 0;
  for (const char c : text.substr(at, size)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

// Go's layout "2006-01-02T15-04-05.000".
std::optional<UtcTime> stamp(std::string_view text) {
  constexpr std::string_view kLayout = "2006-01-02T15-04-05.000";
  if (text.size() != kLayout.size()) return std::nullopt;
  for (const std::size_t at : {4, 7, 10, 13, 16, 19}) {
    if (text[at] != kLayout[at]) return std::nullopt;
  }
  const int milliseconds = digits(text, 20, 3);
  if (milliseconds < 0) return std::nullopt;
  return host::utc_time({digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2),
                         digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2)},
                        milliseconds * 1'000'000);
}

std::optional<UtcTime> time_in(std::string_view name, std::string_view prefix,
                               std::string_view suffix) {
  if (name.size() < prefix.size() + suffix.size() || !name.starts_with(prefix) ||
      !name.ends_with(suffix)) {
    return std::nullopt;
  }
  return stamp(name.substr(prefix.size(), name.size() - prefix.size() - suffix.size()));
}

std::optional<RotatedLog> rotated_log(std::string_view log_name, std::string_view name) {
  const std::size_t dot = std::min(log_name.rfind('.'), log_name.size());
  const std::string prefix = std::string(log_name.substr(0, dot)) + "-";
  const std::string_view extension = log_name.substr(dot);
  auto time = time_in(name, prefix, extension);
  if (!time && name.ends_with(kCompressed)) {
    name.remove_suffix(kCompressed.size());
    time = time_in(name, prefix, extension);
  }
  if (!time) return std::nullopt;
  return RotatedLog{std::string(name), *time};
}

// The sum over the log and each of its rotated files; one that is being deleted counts nothing.
std::uint64_t bytes_of_logs(const FileSystem& files, const std::string& directory,
                            const std::string& log_name, const std::vector<std::string>& names) {
  std::uint64_t sum = 0;
  for (const std::string& name : names) {
    if (name != log_name && !rotated_log(log_name, name)) continue;
    const auto status = files.status(host::join(directory, name));
    if (status && status->kind == FileKind::Regular) sum += status->size;
  }
  return sum;
}

// The moment before which lumberjack deletes, in nanoseconds: the product wraps as in Go.
bool older_than(const UtcTime& time, std::int64_t days, const UtcTime& now) {
  constexpr std::uint64_t kDay = 86'400ULL * kNanosecondsPerSecond;
  const auto age = static_cast<std::int64_t>(kDay * static_cast<std::uint64_t>(days));
  std::int64_t seconds = now.seconds - age / kNanosecondsPerSecond;
  std::int64_t nanoseconds = now.nanoseconds - age % kNanosecondsPerSecond;
  if (nanoseconds < 0) --seconds, nanoseconds += kNanosecondsPerSecond;
  if (nanoseconds >= kNanosecondsPerSecond) ++seconds, nanoseconds -= kNanosecondsPerSecond;
  return time < UtcTime{seconds, static_cast<std::int32_t>(nanoseconds)};
}

}  // namespace

PathFact look_at(const FileSystem& files, const std::string& path) {
  PathFact fact{path, {}, {}, false};
  const auto status = files.status(path);
  if (status) {
    fact.status = *status;
  } else if (status.error().kind != ErrorKind::NotFound) {
    fact.unknown = status.error();
  }
  const auto parent = files.status(host::parent_path(path));
  fact.parent_exists = parent && parent->kind == FileKind::Directory;
  return fact;
}

std::vector<RotatedLog> rotated_logs(std::string_view log_name,
                                     const std::vector<std::string>& names) {
  std::vector<RotatedLog> found;
  for (const std::string& name : names) {
    if (auto log = rotated_log(log_name, name)) found.push_back(std::move(*log));
  }
  std::ranges::sort(found, std::greater<>(), &RotatedLog::time);
  found.erase(std::ranges::unique(found).begin(), found.end());
  return found;
}

LogDeletion logs_to_be_deleted(const std::vector<RotatedLog>& rotated, const RotationLimits& limits,
                               const UtcTime& now) {
  LogDeletion deletion;
  for (std::size_t i = 0; i < rotated.size(); ++i) {
    const bool too_many = limits.maxbackup > 0 && i >= static_cast<std::uint64_t>(limits.maxbackup);
    const bool too_old =
        limits.maxage_days > 0 && older_than(rotated[i].time, limits.maxage_days, now);
    if (!too_many && !too_old) continue;
    ++deletion.count;
    deletion.oldest = rotated[i].time;  // they come newest first
  }
  return deletion;
}

LogFacts log_facts(const FileSystem& files, const std::string& host_path) {
  LogFacts facts;
  const std::string directory = host::parent_path(host_path);
  facts.file = look_at(files, host_path);
  facts.directory = look_at(files, directory);
  if (!facts.directory.exists()) return facts;
  const auto names = files.list_directory(directory);
  if (names) {
    const std::string log_name = host::base_name(host_path);
    facts.rotated = rotated_logs(log_name, *names);
    facts.used_bytes = bytes_of_logs(files, directory, log_name, *names);
  } else {
    facts.directory.unknown = names.error();
  }
  return facts;
}

Result<std::vector<SiblingFile>> sibling_files(const FileSystem& files,
                                               const std::string& directory,
                                               const std::string& manifest_name) {
  const auto names = files.list_directory(directory);
  if (!names) return std::unexpected(names.error());
  std::vector<SiblingFile> siblings;
  for (const std::string& name : *names) {
    if (name.starts_with('.') || name == manifest_name) continue;
    const std::string path = host::join(directory, name);
    const auto status = files.status(path);
    if (!status || status->kind != FileKind::Regular) continue;
    siblings.push_back({path, files.read_file(path, kManifestLimit)});
  }
  return siblings;
}

}  // namespace kaudit::rollout
