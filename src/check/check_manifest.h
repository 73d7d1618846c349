// A manifest, read to be judged and not to be edited: whatever the kubelet can read is read, and
// all that is wrong is said at once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/webhook_config.h"
#include "check/checked_file.h"
#include "kube/api_server.h"
#include "kube/kubernetes_version.h"
#include "text/result.h"
#include "yaml/document.h"

namespace kaudit::check {

// Has an error, and then nothing else, if it is not YAML, no API server's manifest, or one whose
// command line is hidden in a script.
struct CheckedManifest : CheckedFile {
  std::shared_ptr<const yaml::Document> document;
  kube::ApiServer api_server;
  // Of a configuration that `kaudit enable` refuses to edit: what to do before, "…, then ".
  std::string mend_first;
};

// `version`: instead of the image's. `webhook_files`: what the webhook's kubeconfig names, if
// somebody could read it.
CheckedManifest check_manifest(std::shared_ptr<const text::SourceText> source,
                               const std::optional<kube::KubernetesVersion>& version,
                               const std::vector<audit::ReferredFile>& webhook_files = {});

// Adds findings of the host, in the order of the file; those without a place come first.
void add_findings(CheckedManifest& manifest, std::vector<Finding> findings);

}  // namespace kaudit::check
