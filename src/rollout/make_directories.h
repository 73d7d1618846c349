// Directories that kaudit makes on a node: for the log, for its backups.
#pragma once

#include <string>
#include <vector>

#include "host/file_system.h"

namespace kaudit::rollout {

// What was made, outermost first. Empty when everything was there.
struct MadeDirectories {
  std::vector<std::string> made;
};

// Makes `path` with the attributes `last` and its missing parents with `parents`, and waits until
// they are on the disk. What exists is never changed. Conflict when something that is not a
// directory is in the way. On failure what was made is removed again.
host::Result<MadeDirectories> make_directories(host::FileSystem& files, const std::string& path,
                                               const host::Attributes& last,
                                               const host::Attributes& parents);

// Makes the directory of the audit log: 0700, owned by whom the API server runs as, its missing
// parents 0755 root:root. kaudit does so because the kubelet's DirectoryOrCreate would give 0755
// (pkg/volume/hostpath, makeDir) and releases before 1.22 write the log 0644.
host::Result<MadeDirectories> make_log_directory(host::FileSystem& files, const std::string& path,
                                                 std::uint32_t uid, std::uint32_t gid);

// Removes them again, innermost first; one that is no longer empty stays, with those around it.
void remove_made(host::FileSystem& files, const MadeDirectories& directories);

}  // namespace kaudit::rollout
