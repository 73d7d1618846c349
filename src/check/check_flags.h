// What is wrong with the audit flags by themselves: names, forms, values, combinations.
#pragma once

#include <optional>

#include "audit/audit_settings.h"
#include "check/finding_list.h"
#include "kube/api_server.h"
#include "kube/kubernetes_version.h"

namespace kaudit::check {

// The argument behind a bare bool flag of the audit table that was meant as its value: an item of
// its own, which kube-apiserver does not read as such.
std::optional<std::size_t> stray_value_of(const kube::ApiServer& server, const kube::Flag& flag);

// A flag of the audit table whose item holds a second flag, or a line break: its value is not what
// anybody meant.
bool is_garbled(const kube::ApiServer& server, const kube::Flag& flag);

// Whether a policy can be given at all: the release knows the flag, and the feature gate
// AdvancedAuditing is on, which it is by default from 1.8. With the gate off the log alone is
// auditing, and kube-apiserver refuses the policy (audit.go, AuditOptions.Validate).
bool takes_policy(const kube::ApiServer& server, const kube::KubernetesVersion& version);

void check_flags(const kube::ApiServer& server, const audit::AuditSettings& settings,
                 const kube::KubernetesVersion& version, FindingList& found);

}  // namespace kaudit::check
