// What `kaudit enable --policy-from` does beside the manifest: planning, and what is said of it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/node.h"
#include "cli/policy_input.h"
#include "cli/report.h"
#include "edit/patch.h"
#include "rollout/policy_file.h"

namespace kaudit::cli {

// What becomes of the policy file that the patched manifest names. Errors: Usage (the kubelet does
// not run the manifest, or it names no policy of the host), Conflict (a kube-apiserver of the
// release refuses the policy; then `source` is set, the text that the Error's place is in; or a
// file on the node is in the way), and what the file system refuses. `backups` is where the
// manifest's changes are recorded, if anywhere.
text::Result<rollout::PolicyPlan> plan_policy_change(
    const Options& options, Node& node, const Liveness& liveness, const PolicyText& policy,
    const edit::Patch& patch, const std::optional<std::string>& backups,
    std::shared_ptr<const text::SourceText>& source);

// What the annotation kaudit.io/policy-sha256 must be for the kubelet to start the API server anew
// with the policy of the plan: its SHA-256. Where the manifest has that already, as after somebody
// edited the policy's file and the older policy is installed again, the same in capitals: the
// kubelet only sees whether the manifest changed. `present` is the manifest's annotation.
std::string policy_mark(const rollout::PolicyPlan& plan, const std::optional<std::string>& present);

// Does the annotation stand for the policy with this SHA-256? Capitals make no difference.
bool is_mark_of(std::string_view annotation, std::string_view sha256);

// The API server that runs was started before the policy's file was last changed, and no restart
// for a newer manifest is on its way.
bool is_unread(const Node& node, const Liveness& liveness, const rollout::PolicyPlan& plan,
               const host::UtcTime& now);

// What a report says of a plan; the difference only where a policy is replaced.
PolicyReport report_of(const Node& node, const rollout::PolicyPlan& plan, bool color);

// One line: "wrote the audit policy PATH from FROM". `planned`: nothing is written.
std::string policy_line(const Node& node, const rollout::PolicyPlan& plan, std::string_view from,
                        bool planned);

// The kubelet restarts the API server only for a manifest that changes.
text::Error policy_not_read();

}  // namespace kaudit::cli
