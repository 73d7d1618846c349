// What would go wrong on this very host: files that are missing, of the wrong kind, or in the way.
#pragma once

#include <string>
#include <vector>

#include "audit/webhook_config.h"
#include "check/finding.h"
#include "check/host_facts.h"
#include "kube/api_server.h"

namespace kaudit::check {

// The clean host paths whose facts check_host wants to know, for the API server as it is or as it
// is planned: all its hostPaths, and where the files lie that its flags name.
std::vector<std::string> host_paths_to_look_at(
    const kube::ApiServer& server, const std::vector<audit::ReferredFile>& webhook_files);

// Where a path of the container lies on the host; nothing if it is not from the host.
std::optional<std::string> on_host(const kube::ApiServer& server, std::string_view path);

// The findings about sibling manifests alone.
std::vector<Finding> check_siblings(const HostFacts& facts);

// All findings of the host. Paths whose facts are unknown give none.
std::vector<Finding> check_host(const kube::ApiServer& server,
                                const std::vector<audit::ReferredFile>& webhook_files,
                                const HostFacts& facts);

// The finding that says which rotated logs the limits would delete; nothing for none.
std::optional<Finding> check_log_deletion(const kube::ApiServer& server,
                                          const LogDeletionFact& fact);

}  // namespace kaudit::check
