// A patch for `kubeadm --patches DIR` that turns auditing on in the manifest that kubeadm writes.
//
// The file is kaudit's own and is written as a whole; what it holds is planned as for a manifest,
// and proven by reading it back.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "check/finding.h"
#include "edit/plan.h"
#include "text/result.h"
#include "text/source_text.h"

namespace kaudit::edit {

struct KubeadmPatchRequest {
  PlanRequest plan;
  std::shared_ptr<const text::SourceText> present;  // the file as it is; null if there is none
  // The other patches of the folder, in the order of their names: all files for the API server.
  std::vector<std::shared_ptr<const text::SourceText>> others;
};

struct KubeadmPatch {
  std::string bytes;
  Plan plan;
  std::vector<check::Finding> findings;  // places are in `bytes`
  kube::ApiServer api_server;            // what the patch adds, and what kubeadm itself mounts
  kube::KubernetesVersion version;
};

// Errors: those of plan_enable; Unsupported (the present file holds something of somebody else's);
// Conflict (another patch touches the same paths; no place, the message names file and line).
text::Result<KubeadmPatch> kubeadm_patch(const KubeadmPatchRequest& request);

}  // namespace kaudit::edit
