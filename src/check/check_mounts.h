// What is wrong with the Volumes and VolumeMounts: whether the files of auditing are on the host,
// and whether the kubelet and the runtime can mount what is asked for.
#pragma once

#include <string_view>
#include <vector>

#include "audit/audit_settings.h"
#include "audit/webhook_config.h"
#include "check/finding_list.h"
#include "kube/api_server.h"
#include "kube/kubernetes_version.h"

namespace kaudit::check {

// What auditing needs of the mounts.
void check_needs(const kube::ApiServer& server, const audit::AuditSettings& settings,
                 const kube::KubernetesVersion& version,
                 const std::vector<audit::ReferredFile>& webhook_files, FindingList& found);

// What happens to an API server that cannot write its log: since 1.22 it opens the file at start
// (audit.go, ensureLogFile).
std::string_view unwritable_log(const kube::KubernetesVersion& version);

// What holds for every Volume and mount.
void check_mount_lists(const kube::ApiServer& server, FindingList& found);

}  // namespace kaudit::check
