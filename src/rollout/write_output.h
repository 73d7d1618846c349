// Writing the result to a file of the user's choice (-o FILE).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/clock.h"
#include "host/file_system.h"

namespace kaudit::rollout {

struct OutputRequest {
  std::string path;

  // The manifest that was read; absent for standard input. It may be a file of another FileSystem.
  std::optional<host::FileIdentity> manifest;
  std::string manifest_name;  // its base name

  // The directory in which the kubelet looks for manifests; absent when it looks at a single file
  // or the directory is not there.
  std::optional<host::FileIdentity> static_pod_directory;

  std::uint32_t mode_if_new = 0600;  // as kubeadm writes manifests; an existing file keeps its own
};

// Writes the file in one step: a reader sees the old content or the new one. A symlink is followed
// and stays. Conflict when the file is the manifest itself, when it is not a regular file, or when
// the kubelet would run it beside the manifest.
host::Result<void> write_output(host::FileSystem& files, host::Clock& clock,
                                const OutputRequest& request, std::string_view bytes);

// What a path leads to; absent when it leads nowhere.
std::optional<host::FileIdentity> identity_of(const host::FileSystem& files,
                                              const std::string& path);

}  // namespace kaudit::rollout
