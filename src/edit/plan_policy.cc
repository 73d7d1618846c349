// The plan that makes the kubelet start the API server anew for a policy, and nothing else.
#include <fmt/core.h>

#include "check/check_api_server.h"
#include "check/check_host.h"
#include "edit/plan.h"
#include "kube/node_paths.h"

namespace kaudit::edit {

using text::ErrorKind;
using text::fail;
using text::Result;

Result<Plan> plan_policy(const kube::ApiServer& server, const PlanRequest& request) {
  if (server.kind != kube::DocumentKind::Pod) {
    return fail(ErrorKind::Unsupported,
                "this is a ClusterConfiguration, which no kubelet runs, so that there is no API "
                "server to read a policy",
                "name the manifest of kube-apiserver on the node");
  }
  if (Result<void> restarts = check_restarts(server, request); !restarts)
    return std::unexpected(restarts.error());
  Plan plan;
  plan.settings_before = check::effective_settings(server);
  const std::string_view file = plan.settings_before.policy_file();
  if (file.empty()) {
    return fail(ErrorKind::Conflict,
                "the API server reads no audit policy: its manifest has no --audit-policy-file",
                "kaudit enable --policy-from=FILE turns auditing on with a policy");
  }
  const auto path = kube::clean_path(file);
  plan.policy_on_host = path ? check::on_host(server, *path) : std::nullopt;
  if (!plan.policy_on_host) {
    return fail(ErrorKind::Conflict,
                fmt::format("the policy {} does not come from the host, so that it cannot be "
                            "replaced there",
                            file),
                "kaudit enable mounts it from the host");
  }
  plan_policy_mark(server, request, plan);
  return plan;
}

void plan_policy_mark(const kube::ApiServer& server, const PlanRequest& request, Plan& plan) {
  if (server.kind != kube::DocumentKind::Pod || !request.policy_sha256 ||
      request.policy_sha256 == server.policy_sha256)
    return;
  plan.changes.push_back(SetAnnotation{*request.policy_sha256});
  plan.steps.push_back({Step::Action::Changed,
                        fmt::format("annotation {}", kube::kPolicyAnnotation),
                        "the kubelet restarts the Pod for it, and the API server reads the policy "
                        "only when it starts"});
}

}  // namespace kaudit::edit
