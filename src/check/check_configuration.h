// What only a ClusterConfiguration can get wrong, and what an upgrade by kubeadm would change.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "check/finding_list.h"
#include "kube/api_server.h"
#include "kube/kubernetes_version.h"
#include "text/source_text.h"
#include "yaml/document.h"

namespace kaudit::check {

// Stands before a command that changes a configuration with fatal faults: these are findings.
inline constexpr std::string_view kMendFirst = "mend the errors of the configuration, then ";

// Of the ClusterConfiguration `root` of `document`. Gives whether a fault of its form is fatal: no
// API server comes of it, and `kaudit enable` refuses to edit it.
bool check_configuration(const yaml::Document& document, yaml::NodeId root, FindingList& found);

// The configuration that a manifest is compared with.
struct KubeadmConfiguration {
  const kube::ApiServer* api_server = nullptr;
  const text::SourceText* source = nullptr;  // that its places refer to
  std::string_view mend_first;               // as of the CheckedManifest
};

// What kubeadm would change about auditing when it writes the manifest anew: names and values
// compare as kube-apiserver of `version` reads them, and a flag that is missing has its default.
// Places are in the manifest that `server` was read from, of the name `manifest`; that is empty for
// the node's own.
std::vector<Finding> check_upgrade(const kube::ApiServer& server,
                                   const kube::KubernetesVersion& version,
                                   std::string_view manifest,
                                   const KubeadmConfiguration& configuration);

}  // namespace kaudit::check
