// Gathers what the checks want to know about the host.
#pragma once

#include <string>
#include <vector>

#include "check/finding.h"
#include "check/host_facts.h"
#include "cli/node.h"
#include "edit/patch.h"

namespace kaudit::cli {

// Whether the host's files are to be looked at, as --host-checks says.
bool checks_host(const Options& options, const Liveness& liveness);

// What an API server meets on the host.
struct HostView {
  std::vector<audit::ReferredFile> webhook_files;  // that the webhook's kubeconfig names
  check::HostFacts facts;
};

// Looks at everything that the host checks of `server` ask for, and at `further` clean paths of the
// node: files, the webhook's kubeconfig where it lies on the host, and for a live manifest the
// siblings that define the same Pod.
HostView look_at_host(const Node& node, const Liveness& liveness, const kube::ApiServer& server,
                      const std::vector<std::string>& further = {});

// Looks at what only `kaudit check` asks for: the manifest's own mode and owner, the space for the
// logs, the policy's text, and since when the API server runs.
void look_closer(const Node& node, const Liveness& liveness, const kube::ApiServer& server,
                 check::HostFacts& facts);

// The first error among findings of the host, as a refusal that --force lifts; nothing if there is
// none.
std::optional<text::Error> objection(const std::vector<check::Finding>& findings);

// What speaks on this host against running a manifest with these bytes. Nothing if it is no API
// server's manifest.
std::optional<text::Error> objection_to(const Node& node, const Liveness& liveness,
                                        const std::string& bytes);

// Rotated logs on the host that the limits of `after` would delete and those of `before` would not.
check::LogDeletionFact log_deletion(const Node& node, const kube::ApiServer& after,
                                    const kube::KubernetesVersion& version,
                                    const audit::AuditSettings& before);

}  // namespace kaudit::cli
