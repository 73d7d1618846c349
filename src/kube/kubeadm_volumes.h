// The Volumes that kubeadm itself writes into the API server's Pod
// (phases/controlplane/volumes.go).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kaudit::kube {

// Where a configuration says that certificates lie.
struct CertificateDirectories {
  std::string kubernetes;         // certificatesDir
  std::vector<std::string> etcd;  // as etcd_directories says; none without etcd.external
};

// kubeadm mounts the directories of the external etcd's files, but none that another mount has.
std::vector<std::string> etcd_directories(std::span<const std::string_view> files,
                                          std::string_view kubernetes);

struct KubeadmVolume {
  std::string path;
  bool is_on_every_host = true;  // else only where the host has the directory, by release
};

// kubeadm's own Volume of that name, if it writes one.
std::optional<KubeadmVolume> kubeadms_volume(std::string_view name,
                                             const CertificateDirectories& directories);

}  // namespace kaudit::kube
