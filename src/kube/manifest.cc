#include "kube/manifest.h"

#include <fmt/core.h>

namespace kaudit::kube {

using text::ErrorKind;
using text::fail;
using text::Result;
using yaml::Document;

namespace {

// The text of the configuration is inside a scalar of the dump. It is not edited there, because
// kubeadm's next steps (init phase upload-config, init phase control-plane) take a file with the
// configuration itself; the ConfigMap alone changes no API server.
std::unexpected<text::Error> refuse_config_map(const Document& document) {
  const yaml::NodeId root = document.roots().front();
  const auto kind = document.find(root, "kind");
  return fail(ErrorKind::Unsupported,
              "this is the ConfigMap in which kubeadm keeps its configuration, not the "
              "configuration itself",
              "kubectl -n kube-system get cm kubeadm-config -o "
              "jsonpath='{.data.ClusterConfiguration}' > kubeadm.yaml && kaudit enable --manifest "
              "kubeadm.yaml",
              document.span(kind->value));
}

// Other documents of kubeadm's, and none that says how the API server runs.
bool is_of_kubeadm(const Document& document) {
  if (document.roots().empty()) return false;
  const yaml::NodeId root = document.roots().front();
  if (document.node(root).kind != yaml::Kind::Mapping) return false;
  const auto version = document.find(root, "apiVersion");
  return version && document.value(document.resolve(version->value)).starts_with("kubeadm.k8s.io/");
}

template <typename T>
Result<Manifest> widened(Result<T> read) {
  if (!read) return std::unexpected(std::move(read.error()));
  return Manifest(std::move(*read));
}

}  // namespace

Result<Manifest> read_manifest(const Document& document, FlagArityOf arity_of) {
  if (find_cluster_configuration(document) || is_of_kubeadm(document))
    return widened(read_cluster_configuration(document, arity_of));
  if (is_kubeadm_config_map(document)) return refuse_config_map(document);
  return widened(read_pod_manifest(document, arity_of));
}

Result<ApiServer> read_api_server(const Document& document, std::size_t index,
                                  FlagArityOf arity_of) {
  if (index < document.roots().size() && is_cluster_configuration(document, index))
    return judge_cluster_configuration(document, index, arity_of);
  if (index == 0 && is_kubeadm_config_map(document)) return refuse_config_map(document);
  return judge_pod(document, index, arity_of);
}

}  // namespace kaudit::kube
