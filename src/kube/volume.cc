#include "kube/volume.h"

#include <algorithm>
#include <array>

#include "kube/node_paths.h"

namespace kaudit::kube {
namespace {

constexpr std::array<std::string_view, 8> kTypeNames{
    "",       "DirectoryOrCreate", "Directory",  "FileOrCreate", "File",
    "Socket", "CharDevice",        "BlockDevice"};

std::optional<std::string> location_on_host(const VolumeMount& mount, const Volume& volume,
                                            std::string_view mount_path, std::string_view path) {
  if (!volume.host_path || mount.has_sub_path_expr) return {};
  const auto host = clean_path(volume.host_path->path + "/" + mount.sub_path);
  if (!host) return {};
  const std::string_view below = mount_path == "/" ? path : path.substr(mount_path.size());
  return clean_path(*host + "/" + std::string(below));
}

}  // namespace

std::string_view to_string(HostPathType type) {
  const auto index = static_cast<std::size_t>(type);
  return index < kTypeNames.size() ? kTypeNames[index] : "";
}

HostPathType host_path_type(std::string_view word) {
  const auto found = std::find(kTypeNames.begin(), kTypeNames.end(), word);
  return static_cast<HostPathType>(found - kTypeNames.begin());  // the end is Invalid
}

bool wants_directory(HostPathType type) {
  return type == HostPathType::Directory || type == HostPathType::DirectoryOrCreate;
}

bool wants_file(HostPathType type) {
  return type == HostPathType::File || type == HostPathType::FileOrCreate;
}

std::optional<std::size_t> find_volume(std::span<const Volume> volumes, std::string_view name) {
  const auto found =
      std::find_if(volumes.begin(), volumes.end(), [&](const Volume& v) { return v.name == name; });
  if (found == volumes.end()) return {};
  return static_cast<std::size_t>(found - volumes.begin());
}

std::optional<Coverage> coverage(std::string_view path, std::span<const VolumeMount> mounts,
                                 std::span<const Volume> volumes) {
  std::optional<Coverage> best;
  std::size_t best_size = 0;
  for (std::size_t i = 0; i < mounts.size(); ++i) {
    const auto mount_path = clean_path(mounts[i].mount_path);
    if (!mount_path || !is_at_or_below(path, *mount_path) || mount_path->size() < best_size)
      continue;
    best_size = mount_path->size();
    best = Coverage{i, find_volume(volumes, mounts[i].name), *mount_path == path, {}};
    if (best->volume)
      best->host = location_on_host(mounts[i], volumes[*best->volume], *mount_path, path);
  }
  return best;
}

}  // namespace kaudit::kube
