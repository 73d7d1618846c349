// Gathers what the checks want to know about the host.
#pragma once

#include <string>
#include <vector>

#include "check/finding.h"
#include "check/host_facts.h"
#include "cli/node.h"
#include "edit/patch.h"

namespace kaudit::cli {

// Facts about `paths`, and the names of the manifest's siblings that define the same Pod.
check::HostFacts gather_facts(const Node& node, const Liveness& liveness,
                              const kube::ApiServer& server, const std::vector<std::string>& paths);

// The files that the webhook's kubeconfig names, read where it lies on the host. Empty if there is
// no webhook, or no such file; `problem` says why one that is there cannot be loaded.
std::vector<audit::ReferredFile> webhook_files(const Node& node, const kube::ApiServer& server,
                                               std::optional<std::string>& problem);

// What speaks on this host against running a manifest with these bytes: the first error of the host
// checks. Nothing if it is no API server's manifest.
std::optional<text::Error> host_objection(const Node& node, const Liveness& liveness,
                                          const std::string& bytes);

// Rotated logs on the host that the limits of `after` would delete and those of `before` would not.
check::LogDeletionFact log_deletion(const Node& node, const kube::ApiServer& after,
                                    const kube::KubernetesVersion& version,
                                    const audit::AuditSettings& before);

}  // namespace kaudit::cli
