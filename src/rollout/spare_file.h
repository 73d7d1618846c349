// The old bytes, ready beside the file that is about to change: a disk that fills up meanwhile,
// with an audit log for instance, must not keep them away from it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/file_system.h"

namespace kaudit::rollout {

// Files that wait to take the places of others. They go with this object, unless they were taken.
class SpareFiles {
 public:
  SpareFiles() = default;
  SpareFiles(SpareFiles&& other) noexcept : laid_(std::exchange(other.laid_, {})) {}
  SpareFiles& operator=(SpareFiles&& other) noexcept;
  ~SpareFiles() { drop(); }

  // Writes `bytes` to the disk beside the file `path`, with its mode, owner and extended
  // attributes. What an earlier kaudit left there goes first. The caller holds the lock of the
  // change, and `files` outlives this object. On failure nothing is left behind.
  host::Result<void> lay(host::FileSystem& files, const std::string& path, std::string_view bytes);

  // Removes them now. What cannot be removed has a name that the kubelet does not read.
  void drop();

 private:
  std::vector<std::pair<host::FileSystem*, std::string>> laid_;
};

// Gives the spare file of `path` the name `as`, if there is one that holds exactly `bytes`.
bool take_spare(host::FileSystem& files, const std::string& path, std::string_view bytes,
                const std::string& as);

}  // namespace kaudit::rollout
