// From a Plan to edits of the Pod's tree: the one bridge that knows what a mount is and how a list
// is written.
#pragma once

#include <vector>

#include "edit/plan.h"
#include "kube/pod_manifest.h"
#include "text/result.h"
#include "yaml/tree_edit.h"

namespace kaudit::edit {

// The TreeEdits that carry out `plan` in `pod`, which was read from `document`. Lists that are
// absent, empty or null are made; one that loses all its items goes with its key. Errors:
// Unsupported (an aliased or shared item would have to change).
text::Result<std::vector<yaml::TreeEdit>> pod_layout(const yaml::Document& document,
                                                     const kube::PodManifest& pod,
                                                     const Plan& plan);

}  // namespace kaudit::edit
