// One kaudit at a time for each manifest directory, and the one way in which a manifest is
// replaced.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/clock.h"
#include "host/file_system.h"

namespace kaudit::rollout {

inline constexpr std::chrono::milliseconds kLockWait{10'000};
inline constexpr std::size_t kManifestLimit = std::size_t{10}
                                              << 20;  // the kubelet's maxConfigLength

// The manifest, with its directory locked for as long as this object lives.
struct ManifestLock {
  std::string manifest;   // canonical: a symlink to it stays as it is
  std::string directory;  // of the canonical path
  std::unique_ptr<host::DirectoryLock> lock;
};

// Locks the directory of the manifest that `path` leads to, and removes the temporary files that a
// kaudit which died left there. Waits for another holder up to `wait`, then gives Busy and names
// it. NotFound when there is no manifest, Unsupported when it is not a regular file.
host::Result<ManifestLock> lock_manifest(host::FileSystem& files, host::Clock& clock,
                                         const std::string& path,
                                         std::chrono::milliseconds wait = kLockWait);

// The name under which the new manifest is written before it takes its place. It starts with a dot,
// because the kubelet reads every other file in the directory (pkg/kubelet/config/file.go,
// extractFromDir). Under the lock one name is enough.
std::string manifest_temporary_path(const ManifestLock& lock);

// Puts `after` where the bytes `before` stand: temporary file with mode, owner and extended
// attributes of the manifest (or, where that cannot be written, the manifest's spare file), sync, a
// last look whether the manifest is still `before` (else Busy), rename, sync of the directory. An
// error means that the manifest was not touched and the temporary file is gone. A value is success;
// the Error in it says that the new manifest is in place but may not survive a power loss.
host::Result<std::optional<text::Error>> put_in_place(host::FileSystem& files,
                                                      const ManifestLock& lock,
                                                      std::string_view before,
                                                      std::string_view after);

}  // namespace kaudit::rollout
