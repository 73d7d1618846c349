#include "cli/policy_change.h"

#include <fmt/core.h>

#include <algorithm>

#include "audit/policy_reach.h"
#include "host/posix_process_table.h"
#include "rollout/api_server_process.h"
#include "rollout/backup_store.h"
#include "text/line_diff.h"
#include "text/sha256.h"
#include "text/shell_word.h"
#include "text/unified_diff.h"

namespace kaudit::cli {
namespace {

using rollout::PolicyAction;
using text::ErrorKind;
using text::fail;
using text::Result;
using text::SourceText;

// What gets the policy there instead of --policy-from.
std::string way_without(const Node& node, const edit::Patch& patch) {
  const auto& path = patch.plan.policy_on_host;
  if (!path) return "leave it out";
  if (patch.api_server.kind == kube::DocumentKind::ClusterConfiguration) {
    return fmt::format("leave it out, and run kaudit policy init -o {} on every control-plane node",
                       text::shell_word(*path));
  }
  return fmt::format("leave it out, and put the policy at {} on the node yourself",
                     node.node_files->shown(*path));
}

Result<std::string> place_on_node(const Options& options, const Node& node,
                                  const Liveness& liveness, const edit::Patch& patch) {
  const bool is_install = options.command == Command::PolicyInstall;
  const auto& path = patch.plan.policy_on_host;
  if (!liveness.live) {
    return fail(
        ErrorKind::Usage,
        fmt::format("{} writes a policy only for a manifest that the kubelet "
                    "runs, and {} is none",
                    is_install ? "kaudit policy install" : "'--policy-from'", node.shown_manifest),
        is_install ? "name the manifest that it runs with --manifest" : way_without(node, patch));
  }
  if (!path) {
    return fail(ErrorKind::Usage,
                "'--policy-from' has nowhere to write to, because the manifest names no policy "
                "file of the host",
                "leave it out");
  }
  return *path;
}

// The kubelet takes 0 to 2147483647 (apimachinery, validation.IsValidUserID).
std::uint32_t id_of(long number) {
  return static_cast<std::uint32_t>(number);
}

std::string_view word_of(PolicyAction action) {
  switch (action) {
    case PolicyAction::Unchanged:
      return "unchanged";
    case PolicyAction::Installed:
      return "installed";
    case PolicyAction::Replaced:
      return "replaced";
  }
  return "";
}

// Longer than the kubelet takes to list its directory (20 s) and to end a Pod (30 s).
constexpr std::chrono::seconds kRestartsWithin{60};

// Of an ASCII letter; the locale has no say.
char upper_case(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// Where no release is told, a policy must suit old ones, too: 1.24 no longer reads the old API
// versions, and only 1.36 reads the group "*".
constexpr kube::KubernetesVersion kStrictest{1, 24, {}};

Result<void> check_policy(const Options& options, const PolicyText& policy,
                          const edit::Patch& patch) {
  std::shared_ptr<const SourceText> read;
  const auto usable = use_policy(PolicyText{policy.source, patch.version}, read);
  if (!usable) return std::unexpected(usable.error());
  if (audit::records_nothing(usable->policy())) {
    return fail(ErrorKind::Unsafe, "with this policy nothing would be recorded",
                "give a rule a level above None; --force writes it all the same");
  }
  if (options.kubernetes_version || patch.api_server.version) return {};
  const auto anywhere = use_policy(PolicyText{policy.source, kStrictest}, read);
  if (anywhere) return {};
  text::Error error = anywhere.error();
  error.hint =
      "the image tells no release; if it is one that reads this, name it with "
      "--kubernetes-version";
  return std::unexpected(std::move(error));
}

}  // namespace

Result<rollout::PolicyPlan> plan_policy_change(const Options& options, Node& node,
                                               const Liveness& liveness, const PolicyText& policy,
                                               const edit::Patch& patch,
                                               const std::optional<std::string>& backups,
                                               std::shared_ptr<const SourceText>& source) {
  const Result<std::string> path = place_on_node(options, node, liveness, patch);
  if (!path) return std::unexpected(path.error());
  rollout::PolicyRequest request;
  request.path = *path;
  request.bytes = policy.source->bytes();
  if (!options.force) {
    if (const auto good = check_policy(options, policy, patch); !good) {
      source = policy.source;
      return std::unexpected(good.error());
    }
  }
  request.uid = id_of(patch.api_server.run_as_user);
  request.gid = id_of(patch.api_server.run_as_group);
  for (const long group : patch.api_server.supplemental_groups)
    request.groups.push_back(id_of(group));
  request.replace = options.replace_policy;
  request.static_pod_directory = liveness.static_pods;
  request.manifest_sha256 = text::sha256_hex(patch.original->bytes());
  if (backups) {
    if (auto list = rollout::BackupStore(*node.node_files, *backups).list(liveness.canonical))
      request.earlier = std::move(list->records);
  }
  return rollout::plan_policy(*node.node_files, request);
}

std::string policy_mark(const rollout::PolicyPlan& plan,
                        const std::optional<std::string>& present) {
  std::string mark = text::sha256_hex(plan.after);
  if (present == mark) std::ranges::transform(mark, mark.begin(), upper_case);
  return mark;
}

bool is_mark_of(std::string_view annotation, std::string_view sha256) {
  return std::ranges::equal(annotation, sha256, {}, upper_case, upper_case);
}

bool is_unread(const Node& node, const Liveness& liveness, const rollout::PolicyPlan& plan,
               const host::UtcTime& now) {
  if (!node.at_root) return false;
  const auto policy = node.node_files->status(plan.path);
  const auto manifest = node.node_files->status(liveness.canonical);
  const auto processes = host::PosixProcessTable().processes();
  if (!policy || !manifest || !processes) return false;
  const std::optional<std::int64_t> started = rollout::api_server_started(*processes);
  if (!started || *started >= policy->modified.seconds) return false;
  const bool is_restarting = manifest->modified.seconds >= policy->modified.seconds &&
                             now.seconds - manifest->modified.seconds < kRestartsWithin.count();
  return !is_restarting;
}

PolicyReport report_of(const Node& node, const rollout::PolicyPlan& plan, bool color) {
  PolicyReport report;
  report.path = node.node_files->shown(plan.path);
  report.action = word_of(plan.action);
  if (plan.action != PolicyAction::Replaced) return report;
  const SourceText before(report.path, plan.before);
  const SourceText after(report.path, plan.after);
  report.diff = text::unified_diff(before, text::line_diff(before, after),
                                   {report.path, report.path, 3, color});
  return report;
}

std::string policy_line(const Node& node, const rollout::PolicyPlan& plan, std::string_view from,
                        bool planned) {
  const std::string path = node.node_files->shown(plan.path);
  switch (plan.action) {
    case PolicyAction::Unchanged:
      return fmt::format("the audit policy {} is that of {} already", path, from);
    case PolicyAction::Installed:
      return planned ? fmt::format("the audit policy {} would be written from {}", path, from)
                     : fmt::format("wrote the audit policy {} from {}", path, from);
    case PolicyAction::Replaced:
      return planned ? fmt::format("the audit policy {} would be replaced by {}", path, from)
                     : fmt::format("replaced the audit policy {} by {}", path, from);
  }
  return {};
}

text::Error policy_not_read() {
  return {ErrorKind::Conflict,
          "the manifest stays as it is, so the kubelet does not restart the API server, and one "
          "that runs keeps the policy that it started with",
          "kaudit policy install with the path of that policy restarts it",
          {}};
}

}  // namespace kaudit::cli
