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
  // A relative path would be taken from wherever the container runtime happens to run.
  if (!volume.host_path || !volume.host_path->path.starts_with('/') || mount.has_sub_path_expr)
    return {};
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

bool is_kubeadms_volume(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kNames{"ca-certs",
                                                          "k8s-certs",
                                                          "etc-ca-certificates",
                                                          "etc-pki",
                                                          "etc-pki-ca-trust",
                                                          "etc-pki-tls-certs",
                                                          "usr-local-share-ca-certificates",
                                                          "usr-share-ca-certificates"};
  if (std::find(kNames.begin(), kNames.end(), name) != kNames.end()) return true;
  constexpr std::string_view kEtcd = "etcd-certs-";
  return name.starts_with(kEtcd) && name.size() > kEtcd.size() &&
         name.find_first_not_of("0123456789", kEtcd.size()) == std::string_view::npos;
}

std::optional<std::size_t> find_volume(std::span<const Volume> volumes, std::string_view name) {
  if (name.empty()) return {};
  const auto found =
      std::find_if(volumes.begin(), volumes.end(), [&](const Volume& v) { return v.name == name; });
  if (found == volumes.end()) return {};
  return static_cast<std::size_t>(found - volumes.begin());
}

std::optional<Coverage> coverage(std::string_view path, std::span<const VolumeMount> mounts,
                                 std::span<const Volume> volumes) {
  std::optional<Coverage> best;
  std::string best_path;
  for (std::size_t i = 0; i < mounts.size(); ++i) {
    std::string cleaned;
    std::string_view mount_path = mounts[i].mount_path;
    if (!is_clean_path(mount_path)) {
      cleaned = clean_path(mount_path).value_or("");
      mount_path = cleaned;
    }
    if (mount_path.empty() || !is_at_or_below(path, mount_path) ||
        mount_path.size() < best_path.size())
      continue;
    best_path = mount_path;
    best = Coverage{i, {}, mount_path == path, {}};
  }
  if (!best) return best;
  best->volume = find_volume(volumes, mounts[best->mount].name);
  if (best->volume)
    best->host = location_on_host(mounts[best->mount], volumes[*best->volume], best_path, path);
  return best;
}

}  // namespace kaudit::kube
