// What there is on the host, as values that the checks can judge without a disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/file_system.h"

namespace kaudit::rollout {

// A path on the host: what it leads to, or why one cannot tell. Neither: it does not exist.
struct PathFact {
  std::string path;
  std::optional<host::FileStatus> status;
  std::optional<text::Error> unknown;
  bool parent_exists = false;  // the directory that would hold it

  bool exists() const { return status.has_value(); }
};

PathFact look_at(const host::FileSystem& files, const std::string& path);

// A log that the API server has put aside: its name without ".gz", and the moment in the name.
struct RotatedLog {
  std::string name;
  host::UtcTime time;

  bool operator==(const RotatedLog&) const = default;
};

// Which of these names are rotated logs of the log called `log_name` ("audit.log"): exactly
// "audit-2006-01-02T15-04-05.000.log", with or without ".gz"; both count once. Newest first.
// lumberjack.go, prefixAndExt, timeFromName and oldLogFiles.
std::vector<RotatedLog> rotated_logs(std::string_view log_name,
                                     const std::vector<std::string>& names);

// The limits that the API server will have; 0 is no limit.
struct RotationLimits {
  std::int64_t maxage_days = 0;
  std::int64_t maxbackup = 0;
};

struct LogDeletion {
  std::size_t count = 0;                // rotated logs that would go
  std::optional<host::UtcTime> oldest;  // the moment in the oldest one's name
};

// What the API server deletes at its first write with these limits: all but the newest maxbackup,
// then what is older than maxage days by its name. `rotated` newest first. lumberjack.go,
// millRunOnce, with its 64-bit arithmetic: a maxage over 106751 days overflows there.
LogDeletion logs_to_be_deleted(const std::vector<RotatedLog>& rotated, const RotationLimits& limits,
                               const host::UtcTime& now);

// The audit log on the host.
struct LogFacts {
  PathFact file;
  PathFact directory;
  std::vector<RotatedLog> rotated;
  std::uint64_t used_bytes = 0;  // the sizes of the log and all its rotated files, ".gz" too
};

// `host_path` is where the log lies on the host. A directory that cannot be read has no rotated
// logs and says so in directory.unknown.
LogFacts log_facts(const host::FileSystem& files, const std::string& host_path);

// Another file that the kubelet reads as a manifest.
struct SiblingFile {
  std::string path;
  host::Result<std::string> bytes;  // or why they could not be read
};

// The other regular files in the directory whose names do not start with a dot, sorted by name,
// symlinks followed; those over the kubelet's 10 MiB have an error instead of bytes
// (pkg/kubelet/config/file.go, extractFromDir and extractFromFile).
host::Result<std::vector<SiblingFile>> sibling_files(const host::FileSystem& files,
                                                     const std::string& directory,
                                                     const std::string& manifest_name);

}  // namespace kaudit::rollout
