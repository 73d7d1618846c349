// The first document of a policy's text as values, with all that kube-apiserver finds wrong in it.
#pragma once

#include "audit/policy_load.h"
#include "yaml/document.h"

namespace kaudit::audit {

inline constexpr const char* kIsTemplate = "this is a template, not a policy";
inline constexpr const char* kRenderFirst = "render it first, then run kaudit on the result";

// Adds the problems in the order in which they are met, and sets the policy. `minor` is of the
// release.
void read_policy(const yaml::Document& document, yaml::NodeId root, int minor, LoadedPolicy& out);

}  // namespace kaudit::audit
