// What is wrong with the audit flags by themselves: names, forms, values, combinations.
#pragma once

#include "audit/audit_settings.h"
#include "check/finding_list.h"
#include "kube/api_server.h"
#include "kube/kubernetes_version.h"

namespace kaudit::check {

void check_flags(const kube::ApiServer& server, const audit::AuditSettings& settings,
                 const kube::KubernetesVersion& version, FindingList& found);

}  // namespace kaudit::check
