// What is wrong with an audit policy: what kube-apiserver refuses, what it silently ignores, what
// never matches, what leaks, and what is only noise.
#pragma once

#include <memory>
#include <vector>

#include "audit/policy_load.h"
#include "check/checked_file.h"
#include "kube/kubernetes_version.h"

namespace kaudit::check {

// In the order of the file. `version` is the one that the policy was loaded for.
std::vector<Finding> check_policy(const audit::LoadedPolicy& loaded,
                                  const kube::KubernetesVersion& version);

// The same with the text that it was loaded from. Has an error where kaudit cannot read what
// kube-apiserver perhaps can.
CheckedFile check_policy_file(std::shared_ptr<const text::SourceText> source,
                              const audit::LoadedPolicy& loaded,
                              const kube::KubernetesVersion& version);

}  // namespace kaudit::check
