// From a Plan to edits of a ClusterConfiguration's tree: a Volume and its VolumeMount are one entry
// of extraVolumes, and a flag is an entry of a map or an item of a list.
#pragma once

#include <vector>

#include "edit/plan.h"
#include "kube/cluster_configuration.h"
#include "text/result.h"
#include "yaml/tree_edit.h"

namespace kaudit::edit {

// The TreeEdits that carry out `plan` in `config`, which was read from `document`. apiServer,
// extraArgs and extraVolumes that are absent, empty or null are made; one that loses all it has
// goes with its key, except for an apiServer that is not the last key: it stays, as {}. Errors:
// Unsupported (an aliased or shared item would have to change).
text::Result<std::vector<yaml::TreeEdit>> configuration_layout(
    const yaml::Document& document, const kube::ClusterConfiguration& config, const Plan& plan);

}  // namespace kaudit::edit
