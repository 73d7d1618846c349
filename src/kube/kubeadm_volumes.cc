#include "kube/kubeadm_volumes.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>

#include "kube/node_paths.h"

namespace kaudit::kube {
namespace {

constexpr std::string_view kOfTheSystem = "/etc/ssl/certs";

// Of different releases; all that any of them mounts.
struct Bundle {
  std::string_view name;
  std::string_view path;
};
constexpr std::array<Bundle, 6> kBundles{
    {{"etc-ca-certificates", "/etc/ca-certificates"},
     {"etc-pki", "/etc/pki"},
     {"etc-pki-ca-trust", "/etc/pki/ca-trust"},
     {"etc-pki-tls-certs", "/etc/pki/tls/certs"},
     {"usr-local-share-ca-certificates", "/usr/local/share/ca-certificates"},
     {"usr-share-ca-certificates", "/usr/share/ca-certificates"}}};

// By the letters, as kubeadm compares them.
bool is_mounted_already(std::string_view directory, std::string_view kubernetes) {
  return directory.starts_with(kOfTheSystem) || directory.starts_with(kubernetes) ||
         std::ranges::any_of(
             kBundles, [&](const Bundle& bundle) { return directory.starts_with(bundle.path); });
}

}  // namespace

std::vector<std::string> etcd_directories(std::span<const std::string_view> files,
                                          std::string_view kubernetes) {
  std::set<std::string> directories;
  for (const std::string_view file : files) {
    const auto path = clean_path(file);
    if (!path) continue;
    const std::string directory(parent_path(*path));
    const auto holds_it = [&](const std::string& other) { return directory.starts_with(other); };
    if (is_mounted_already(directory, kubernetes) || std::ranges::any_of(directories, holds_it))
      continue;
    std::erase_if(directories,
                  [&](const std::string& other) { return other.starts_with(directory); });
    directories.insert(directory);
  }
  return {directories.begin(), directories.end()};
}

std::optional<KubeadmVolume> kubeadms_volume(std::string_view name,
                                             const CertificateDirectories& directories) {
  if (name == "k8s-certs") return KubeadmVolume{directories.kubernetes};
  if (name == "ca-certs") return KubeadmVolume{std::string(kOfTheSystem)};
  for (std::size_t i = 0; i < directories.etcd.size(); ++i)
    if (name == fmt::format("etcd-certs-{}", i)) return KubeadmVolume{directories.etcd[i]};
  const auto* const bundle = std::ranges::find(kBundles, name, &Bundle::name);
  if (bundle == kBundles.end()) return {};
  return KubeadmVolume{std::string(bundle->path), false};
}

}  // namespace kaudit::kube
