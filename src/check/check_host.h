// What would go wrong on this very host: files that are missing, of the wrong kind, or in the way.
#pragma once

#include <string>
#include <vector>

#include "audit/webhook_config.h"
#include "check/finding.h"
#include "check/host_facts.h"
#include "kube/api_server.h"
#include "kube/kubernetes_version.h"

namespace kaudit::check {

// The clean host paths whose facts the checks here want to know, for the API server as it is or as
// it is planned: all its hostPaths, where the files lie that its flags name, and where the mount
// points of nested mounts lie.
std::vector<std::string> host_paths_to_look_at(
    const kube::ApiServer& server, const std::vector<audit::ReferredFile>& webhook_files);

// Where a path of the container lies on the host; nothing if it is not from the host.
std::optional<std::string> on_host(const kube::ApiServer& server, std::string_view path);

// The findings about sibling manifests alone.
std::vector<Finding> check_siblings(const HostFacts& facts);

// All findings of the host that keep an API server from running as it is meant: kaudit enable
// refuses what they say, too. Paths whose facts are unknown give none.
std::vector<Finding> check_host(const kube::ApiServer& server,
                                const std::vector<audit::ReferredFile>& webhook_files,
                                const HostFacts& facts);

// What works on this host and should not stay so: for kaudit check alone.
std::vector<Finding> audit_host(const kube::ApiServer& server,
                                const kube::KubernetesVersion& version,
                                const std::vector<audit::ReferredFile>& webhook_files,
                                const HostFacts& facts);

// Settles the findings mount-below-read-only-parent, which without the host are only a suspicion:
// where the host has the mount point they go, where it lacks it they become errors.
void settle_nested_mounts(const kube::ApiServer& server, const HostFacts& facts,
                          std::vector<Finding>& findings);

// The findings of a manifest that only suspect what the host's files show: those that are settled
// go, or become errors.
void settle_by_host(std::vector<Finding>& findings, const kube::ApiServer& server,
                    const HostFacts& facts);

// The finding that says which rotated logs the limits would delete; nothing for none.
std::optional<Finding> check_log_deletion(const kube::ApiServer& server,
                                          const LogDeletionFact& fact);

}  // namespace kaudit::check
