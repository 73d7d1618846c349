#include "rollout/static_pod_path.h"

#include <algorithm>

#include "host/node_path.h"

namespace kaudit::rollout {
namespace {

using host::FileKind;
using host::FileSystem;
using host::Process;

constexpr const char* kKubeadmConfig = "/var/lib/kubelet/config.yaml";
constexpr const char* kKubeadmManifests = "/etc/kubernetes/manifests";
constexpr std::size_t kConfigLimit = std::size_t{10} << 20;

// The value of "--name=value" or "--name value"; the last one wins, as in spf13/pflag, and "_" is
// "-" there (component-base/cli/flag, WordSepNormalizeFunc).
std::optional<std::string> flag_value(const Process& process, std::string_view name) {
  std::optional<std::string> value;
  for (std::size_t i = 1; i < process.argv.size(); ++i) {
    const std::string& word = process.argv[i];
    const std::size_t equals = word.find('=');
    std::string flag = word.substr(0, equals);
    std::ranges::replace(flag, '_', '-');
    if (flag != name) continue;
    if (equals != std::string::npos) value = word.substr(equals + 1);
    if (equals == std::string::npos && i + 1 < process.argv.size()) value = process.argv[i + 1];
  }
  return value;
}

// A relative path would count from the kubelet's working directory, which nobody should guess.
std::optional<std::string> if_absolute(std::optional<std::string> path) {
  if (path && !path->starts_with('/')) path.reset();
  return path;
}

std::optional<StaticPodPath> from_config(const FileSystem& files, const std::string& config,
                                         const ReadStaticPodPath& static_pod_path_of) {
  const auto bytes = files.read_file(config, kConfigLimit);
  if (!bytes) return std::nullopt;
  const auto path = if_absolute(static_pod_path_of(*bytes));
  if (!path) return std::nullopt;
  return StaticPodPath{*path, config};
}

std::optional<StaticPodPath> from_running_kubelet(const FileSystem& files,
                                                  const host::ProcessTable& processes,
                                                  const ReadStaticPodPath& static_pod_path_of) {
  const auto running = processes.processes();
  if (!running) return std::nullopt;
  for (const Process& process : *running) {
    if (!is_kubelet(process)) continue;
    if (const auto path = if_absolute(flag_value(process, "--pod-manifest-path"))) {
      return StaticPodPath{*path, "--pod-manifest-path of the running kubelet"};
    }
    const auto config = if_absolute(flag_value(process, "--config"));
    if (!config) continue;
    if (auto found = from_config(files, *config, static_pod_path_of)) return found;
  }
  return std::nullopt;
}

}  // namespace

bool is_kubelet(const Process& process) {
  const std::string name = host::base_name(process.argv.front());
  if (name == "kubelet") return true;
  return name == "hyperkube" && process.argv.size() > 1 && process.argv[1] == "kubelet";
}

StaticPodPath find_static_pod_path(const FileSystem& files, const host::ProcessTable* processes,
                                   const ReadStaticPodPath& static_pod_path_of) {
  std::optional<StaticPodPath> found;
  if (processes != nullptr) found = from_running_kubelet(files, *processes, static_pod_path_of);
  if (!found) found = from_config(files, kKubeadmConfig, static_pod_path_of);
  return found ? *found : StaticPodPath{kKubeadmManifests, "kubeadm's default"};
}

bool is_live(const FileSystem& files, const StaticPodPath& static_pods,
             const std::string& canonical_manifest) {
  const auto canonical = files.canonical_path(static_pods.path);
  if (!canonical) return false;
  const auto status = files.status(*canonical);
  if (!status) return false;
  if (status->kind != FileKind::Directory) return *canonical == canonical_manifest;
  const std::string name = host::base_name(canonical_manifest);
  if (host::parent_path(canonical_manifest) == *canonical && !name.starts_with('.')) return true;
  const auto names = files.list_directory(*canonical);
  if (!names) return false;
  return std::ranges::any_of(*names, [&](const std::string& entry) {
    if (entry.starts_with('.')) return false;
    const auto target = files.canonical_path(host::join(*canonical, entry));
    return target && *target == canonical_manifest;
  });
}

}  // namespace kaudit::rollout
