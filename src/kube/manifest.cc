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
std::unexpected<text::Error> refuse_config_map(const Document& document, std::size_t index,
                                               std::string_view next) {
  const yaml::NodeId root = document.roots()[index];
  const auto kind = document.find(root, "kind");
  return fail(ErrorKind::Unsupported,
              "this is the ConfigMap in which kubeadm keeps its configuration, not the "
              "configuration itself",
              fmt::format("{} && {}", kUnwrapConfigMap, next), document.span(kind->value));
}

template <typename T>
Result<Manifest> widened(Result<T> read) {
  if (!read) return std::unexpected(std::move(read.error()));
  return Manifest(std::move(*read));
}

}  // namespace

Result<Manifest> read_manifest(const Document& document, FlagArityOf arity_of,
                               std::string_view next) {
  if (const auto map = find_kubeadm_config_map(document))
    return refuse_config_map(document, *map, next);
  if (is_file_of_kubeadm(document)) return widened(read_cluster_configuration(document, arity_of));
  return widened(read_pod_manifest(document, arity_of));
}

Result<ApiServer> read_api_server(const Document& document, std::size_t index,
                                  FlagArityOf arity_of) {
  if (index < document.roots().size() && is_cluster_configuration(document, index))
    return judge_cluster_configuration(document, index, arity_of);
  if (find_kubeadm_config_map(document) == index)
    return refuse_config_map(document, index, "kaudit check kubeadm.yaml");
  if (index == 0 && is_file_of_kubeadm(document) && !find_cluster_configuration(document))
    return std::unexpected(without_cluster_configuration(document));
  return judge_pod(document, index, arity_of);
}

}  // namespace kaudit::kube
