// kubeadm's ClusterConfiguration: what the next `kubeadm init`, `join` or `upgrade` will write into
// the static Pod manifest. Reads the ApiServer out of it, and keeps the handles that an edit needs.
//
// What is read follows kubeadm: cmd/kubeadm/app/util/config (documents of a file in any order, of
// duplicate keys the last), util/arguments.go (flags), phases/controlplane/volumes.go (an
// extraVolume is a Volume and a VolumeMount, and its name is the key of both: of two with one name
// the last counts, and one with the name of kubeadm's own replaces it).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "kube/api_server.h"
#include "kube/kubernetes_version.h"
#include "text/result.h"
#include "yaml/document.h"

namespace kaudit::kube {

// The API version decides the form of extraArgs: a map of strings up to v1beta3, a list of name and
// value in v1beta4.
enum class ExtraArgsForm : std::uint8_t { Map, List };

// The handles. kNoNode where a key is absent; an empty or null value has a handle.
struct ClusterConfiguration {
  yaml::NodeId root = yaml::kNoNode;
  yaml::NodeId api_server_node = yaml::kNoNode;
  yaml::NodeId extra_args = yaml::kNoNode;
  yaml::NodeId extra_volumes = yaml::kNoNode;
  ExtraArgsForm form = ExtraArgsForm::Map;
  // Parallel to ApiServer::arguments: which entry or item of extraArgs it is, and that entry's
  // value, or the item.
  std::vector<std::size_t> argument_indices;
  std::vector<yaml::NodeId> argument_nodes;
  // The items of extraVolumes: parallel to ApiServer::volumes and to its mounts, as far as these
  // are not implied.
  std::vector<yaml::NodeId> volume_nodes;
  ApiServer api_server;
  std::vector<text::Error> warnings;  // worth saying, never a reason to refuse
};

// Which document of the file is a ClusterConfiguration of kubeadm, whatever its version; nothing if
// none is, or if the first is a Pod, which then is what the file is for.
std::optional<std::size_t> find_cluster_configuration(const yaml::Document& document);
bool is_cluster_configuration(const yaml::Document& document, std::size_t index);

// Whether a document of the file is kubeadm's, or of kind ClusterConfiguration, and the first is no
// Pod.
bool is_file_of_kubeadm(const yaml::Document& document);

// Why nothing in such a file is a ClusterConfiguration of kubeadm's.
text::Error without_cluster_configuration(const yaml::Document& document);

// Which document is a dump of the ConfigMap in which kubeadm keeps the text of its configuration,
// or a List that has it; nothing if there is none, or the file is for another document.
std::optional<std::size_t> find_kubeadm_config_map(const yaml::Document& document);

// What an API version of kubeadm.k8s.io reads, and who reads it (util/config/common.go,
// validateSupportedVersion).
struct KubeadmApiVersion {
  std::string_view name;  // "kubeadm.k8s.io/v1beta3"
  int beta;               // 3
  ExtraArgsForm form;
  std::optional<KubernetesVersion> until;  // the last release whose kubeadm reads it
};
// Nothing for an API version that kaudit does not know.
std::optional<KubeadmApiVersion> kubeadm_api_version(std::string_view name);

// Errors: NotAnApiServer (what kubeadm could not read, with the place of the first fault; an
// argument's name with which kube-apiserver does not start), Unsupported (another API version,
// templates, aliases, merge keys or duplicates on the edited path).
text::Result<ClusterConfiguration> read_cluster_configuration(const yaml::Document& document,
                                                              FlagArityOf arity_of);

// The API server of document number `index`, read to be judged: aliases, duplicates, and values
// that kubeadm would reject are read as well as they can be.
text::Result<ApiServer> judge_cluster_configuration(const yaml::Document& document,
                                                    std::size_t index, FlagArityOf arity_of);

}  // namespace kaudit::kube
