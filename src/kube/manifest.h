// A file that decides how kube-apiserver runs: a static Pod's manifest, or kubeadm's configuration.
// Which of the two it is, its documents say.
#pragma once

#include <variant>

#include "kube/cluster_configuration.h"
#include "kube/pod_manifest.h"

namespace kaudit::kube {

using Manifest = std::variant<PodManifest, ClusterConfiguration>;

// Writes the configuration that the ConfigMap of a running cluster holds into a file of its own.
inline constexpr std::string_view kUnwrapConfigMap =
    "kubectl -n kube-system get cm kubeadm-config -o "
    "jsonpath='{.data.ClusterConfiguration}' > kubeadm.yaml";

// To be edited. Errors: of read_pod_manifest and read_cluster_configuration; Unsupported for the
// ConfigMap in which kubeadm keeps its configuration, whose hint ends with `next`, the command for
// the file that kUnwrapConfigMap writes.
text::Result<Manifest> read_manifest(
    const yaml::Document& document, FlagArityOf arity_of,
    std::string_view next = "kaudit enable --manifest kubeadm.yaml");

inline ApiServer& api_server_of(Manifest& manifest) {
  return std::visit([](auto& m) -> ApiServer& { return m.api_server; }, manifest);
}
inline std::vector<text::Error>& warnings_of(Manifest& manifest) {
  return std::visit([](auto& m) -> std::vector<text::Error>& { return m.warnings; }, manifest);
}

// The API server of document number `index` of the file, read to be judged: what kubelet or kubeadm
// would reject is read as well as it can be. Errors: NotAnApiServer; Unsupported for what hides the
// settings (shell wrapper, merge key, template, several candidates).
text::Result<ApiServer> read_api_server(const yaml::Document& document, std::size_t index,
                                        FlagArityOf arity_of);

}  // namespace kaudit::kube
