// Gathers what the checks want to know about the host.
#pragma once

#include <string>
#include <vector>

#include "check/finding.h"
#include "check/host_facts.h"
#include "cli/node.h"
#include "edit/patch.h"
#include "rollout/policy_file.h"

namespace kaudit::cli {

// Whether the host's files are to be looked at, as --host-checks says.
bool checks_host(const Options& options, const Liveness& liveness);

// Where a path that a flag names lies on the host; nothing if it is not from the host.
std::optional<std::string> host_of(const kube::ApiServer& server, std::string_view value);

// The webhook's kubeconfig.
std::optional<std::string> webhook_on_host(const kube::ApiServer& server);

// What an API server meets on the host.
struct HostView {
  std::vector<audit::ReferredFile> webhook_files;  // that the webhook's kubeconfig names
  check::HostFacts facts;
};

// Looks at everything that the host checks of `server` ask for, and at `further` clean paths of the
// node: files, the policy and the webhook's kubeconfig where they lie on the host, and for a live
// manifest the siblings that define the same Pod. The policy is read as a kube-apiserver of
// `version` reads it.
HostView look_at_host(const Node& node, const Liveness& liveness, const kube::ApiServer& server,
                      const kube::KubernetesVersion& version,
                      const std::vector<std::string>& further = {});

// Looks at what only `kaudit check` asks for: the manifest's own mode and owner, the space for the
// logs, and since when the API server runs.
void look_closer(const Node& node, const Liveness& liveness, const kube::ApiServer& server,
                 check::HostFacts& facts);

// The first error among findings of the host, as a refusal that --force lifts; nothing if there is
// none.
std::optional<text::Error> objection(const std::vector<check::Finding>& findings);

// What speaks on this host against running a manifest with these bytes, once the policy is written
// that is written before it. Nothing if it is no API server's manifest.
std::optional<text::Error> objection_to(const Node& node, const Liveness& liveness,
                                        const std::string& bytes,
                                        const std::optional<rollout::PolicyPlan>& policy = {});

// Makes of facts about `server` what they will be when the policy is written.
void expect_policy(const Node& node, const kube::ApiServer& server,
                   const kube::KubernetesVersion& version, const rollout::PolicyPlan& policy,
                   check::HostFacts& facts);

// Rotated logs on the host that the limits of `after` would delete and those of `before` would not.
check::LogDeletionFact log_deletion(const Node& node, const kube::ApiServer& after,
                                    const kube::KubernetesVersion& version,
                                    const audit::AuditSettings& before);

}  // namespace kaudit::cli
