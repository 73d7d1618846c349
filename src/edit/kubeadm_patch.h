// A patch for `kubeadm --patches DIR` that turns auditing on in the manifest that kubeadm writes.
//
// The file is kaudit's own and is written as a whole; what it holds is planned as for a manifest,
// and proven by reading it back.
#pragma once

#include <expected>
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
  // The other patches of the API server in the folder, in kubeadm's order: those that it applies
  // before kaudit's, and those that it applies after it.
  std::vector<std::shared_ptr<const text::SourceText>> before;
  std::vector<std::shared_ptr<const text::SourceText>> after;
};

struct KubeadmPatch {
  std::string bytes;  // those of the present file where nothing changes but comments between lines
  bool drops_handwork = false;  // comments or a layout of the present file are not in `bytes`
  Plan plan;
  std::vector<check::Finding> findings;  // places are in `bytes`
  kube::ApiServer api_server;            // what the patch adds, and what kubeadm itself mounts
  kube::KubernetesVersion version;
};

struct KubeadmPatchRefusal {
  text::Error error;
  std::shared_ptr<const text::SourceText> source;  // that the place is in; null without a place
};

// Errors: those of plan_enable; Unsupported (the present file holds something of somebody else's);
// Conflict (another patch of the folder is in the way, or cannot be judged).
std::expected<KubeadmPatch, KubeadmPatchRefusal> kubeadm_patch(const KubeadmPatchRequest& request);

}  // namespace kaudit::edit
