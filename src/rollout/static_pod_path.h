// Where the kubelet looks for static Pods, and whether it runs a given manifest.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "host/file_system.h"
#include "host/process_table.h"

namespace kaudit::rollout {

// "kubelet …" with any path, or hyperkube as one.
bool is_kubelet(const host::Process& process);

// Reads `staticPodPath` out of the bytes of a KubeletConfiguration; absent when it is not set.
// Comes from cli, because this layer does not know YAML.
using ReadStaticPodPath = std::function<std::optional<std::string>(std::string_view bytes)>;

struct StaticPodPath {
  std::string path;    // as configured; a directory or a single file, which may not exist
  std::string source;  // for messages: "/var/lib/kubelet/config.yaml"
};

// The kubelet's staticPodPath: from the running kubelet's --pod-manifest-path (a flag wins over the
// file, cmd/kubelet/app/server.go, kubeletConfigFlagPrecedence) or the file of its --config; else
// from /var/lib/kubelet/config.yaml; else /etc/kubernetes/manifests, kubeadm's choice. `processes`
// is null when the node's processes are not this machine's (--root other than /). Never fails: what
// cannot be read is passed over.
StaticPodPath find_static_pod_path(const host::FileSystem& files,
                                   const host::ProcessTable* processes,
                                   const ReadStaticPodPath& static_pod_path_of);

// Whether the kubelet runs the manifest with this canonical path: it is the file that `path` names,
// or a file directly in that directory, or what a symlink there leads to. Names that start with a
// dot and subdirectories are not read (pkg/kubelet/config/file.go, extractFromDir).
bool is_live(const host::FileSystem& files, const StaticPodPath& static_pods,
             const std::string& canonical_manifest);

}  // namespace kaudit::rollout
