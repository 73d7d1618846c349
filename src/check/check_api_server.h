// Everything that is inconsistent, unsafe or lossy in how an API server audits, without a disk.
#pragma once

#include <vector>

#include "audit/audit_settings.h"
#include "audit/webhook_config.h"
#include "check/finding.h"
#include "kube/api_server.h"
#include "kube/kubernetes_version.h"

namespace kaudit::check {

// The audit settings that are effective: of several equal flags the last.
audit::AuditSettings effective_settings(const kube::ApiServer& server);
audit::AuditSettings settings_of(const kube::CommandLine& line);

// All findings, in the order of the file. `webhook_files` are what the webhook's kubeconfig names,
// if somebody could read it.
std::vector<Finding> check_api_server(const kube::ApiServer& server,
                                      const kube::KubernetesVersion& version,
                                      const std::vector<audit::ReferredFile>& webhook_files);

}  // namespace kaudit::check
