// A static Pod that runs kube-apiserver: reads the ApiServer out of it, and keeps the handles that
// an edit needs.
//
// What is read follows the kubelet (pkg/kubelet/config/common.go, tryDecodeSinglePod, non-strict):
// the first document only, unknown fields ignored, of duplicate keys the last. Anything that makes
// an edit ambiguous is refused here, with its place.
#pragma once

#include <string>
#include <vector>

#include "kube/api_server.h"
#include "text/result.h"
#include "yaml/document.h"

namespace kaudit::kube {

// The handles. kNoNode where a list is absent; an empty or null one has a handle.
struct PodManifest {
  yaml::NodeId pod = yaml::kNoNode;
  yaml::NodeId metadata = yaml::kNoNode;
  yaml::NodeId annotations = yaml::kNoNode;
  yaml::NodeId spec = yaml::kNoNode;
  yaml::NodeId container = yaml::kNoNode;
  yaml::NodeId command = yaml::kNoNode;
  yaml::NodeId args = yaml::kNoNode;
  yaml::NodeId volume_mounts = yaml::kNoNode;
  yaml::NodeId volumes = yaml::kNoNode;
  std::vector<yaml::NodeId> argument_nodes;  // parallel to ApiServer::arguments
  std::vector<yaml::NodeId> volume_nodes;    // parallel to ApiServer::volumes
  std::vector<yaml::NodeId> mount_nodes;     // parallel to ApiServer::mounts
  ApiServer api_server;
  // Worth saying, never a reason to refuse: duplicate keys outside the edited paths, further
  // documents.
  std::vector<text::Error> warnings;
};

// Errors: NotAnApiServer (another kind, no such container), Unsupported (shell wrapper, several
// candidates, aliases, merge keys or duplicates on the edited path), NotYaml (what the kubelet
// would not decode). `arity_of` knows which of the flags in question take values.
text::Result<PodManifest> read_pod_manifest(const yaml::Document& document, FlagArityOf arity_of);

// The API server of the Pod that is document number `index` of the file, read to be judged:
// aliases, duplicate keys and values that the kubelet would reject are read as well as they can be.
// Errors: NotAnApiServer; Unsupported for what hides the settings (shell wrapper, merge key,
// template, several candidates).
text::Result<ApiServer> judge_pod(const yaml::Document& document, std::size_t index,
                                  FlagArityOf arity_of);

// A key that its mapping has had before, in the order of the file.
struct DuplicateKey {
  std::string_view key;
  text::Span place;
  text::Span first;  // where the mapping has it first

  bool operator==(const DuplicateKey&) const = default;
};
std::vector<DuplicateKey> duplicate_keys(const yaml::Document& document, yaml::NodeId root);

// The namespace and name of the Pod that the kubelet would make of a file, for finding siblings
// that define the same one. Nothing if the file is no Pod.
struct PodName {
  std::string pod_namespace;
  std::string name;
  bool operator==(const PodName&) const = default;
};
std::optional<PodName> pod_name_of(const yaml::Document& document);

}  // namespace kaudit::kube
