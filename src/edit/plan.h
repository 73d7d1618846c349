// What should change, as values: nothing here knows a byte of the document's form.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "audit/audit_settings.h"
#include "audit/webhook_config.h"
#include "check/benchmark.h"
#include "check/host_facts.h"
#include "kube/api_server.h"
#include "text/result.h"

namespace kaudit::edit {

// Changes of the command line. Indices count ApiServer::arguments of the original.
struct InsertArgument {
  std::size_t before;  // the original argument that it stands before; their number: at the end
  bool in_args;        // into args, not command
  std::string text;
  bool operator==(const InsertArgument&) const = default;
};
struct SetArgument {
  std::size_t argument;
  std::string text;
  bool operator==(const SetArgument&) const = default;
};
struct RemoveArgument {
  std::size_t argument;
  bool operator==(const RemoveArgument&) const = default;
};

// Changes of the Volumes; indices count ApiServer::volumes of the original.
struct InsertVolume {
  std::size_t before;
  std::string name;
  std::string host_path;
  kube::HostPathType type;
  bool operator==(const InsertVolume&) const = default;
};
struct SetVolume {
  std::size_t volume;
  std::optional<std::string> host_path;
  std::optional<kube::HostPathType> type;
  bool operator==(const SetVolume&) const = default;
};
struct RemoveVolume {
  std::size_t volume;
  bool operator==(const RemoveVolume&) const = default;
};

// Changes of the VolumeMounts; indices count ApiServer::mounts of the original.
struct InsertMount {
  std::size_t before;
  std::string name;
  std::string mount_path;
  bool read_only;
  bool operator==(const InsertMount&) const = default;
};
struct SetMount {
  std::size_t mount;
  std::optional<std::string> mount_path;
  std::optional<std::string> name;
  std::optional<bool> read_only;
  bool operator==(const SetMount&) const = default;
};
struct RemoveMount {
  std::size_t mount;
  bool operator==(const RemoveMount&) const = default;
};

// The annotation kaudit.io/policy-sha256.
struct SetAnnotation {
  std::string value;
  bool operator==(const SetAnnotation&) const = default;
};
struct RemoveAnnotation {
  bool operator==(const RemoveAnnotation&) const = default;
};

using Change =
    std::variant<InsertArgument, SetArgument, RemoveArgument, InsertVolume, SetVolume, RemoveVolume,
                 InsertMount, SetMount, RemoveMount, SetAnnotation, RemoveAnnotation>;

// One line of the report: what happened to one setting or mount, and why.
struct Step {
  enum class Action : std::uint8_t { Added, Changed, Removed, Kept, LeftAlone };
  Action action = Action::Kept;
  std::string what;  // "--audit-log-path=/var/log/a.log", "mount /var/log (volume audit-log)"
  std::string why;   // "kaudit's default", "given", "already there"

  bool operator==(const Step&) const = default;
};

struct Plan {
  std::vector<Change> changes;
  std::vector<Step> steps;
  audit::AuditSettings settings_before;  // that are effective in the document as it is
  // Clean host paths whose facts decided, or would have: with others it could be another plan.
  std::vector<std::string> depends_on;
  // Clean host paths, where known: what must be on the host, and what `disable` leaves there.
  std::optional<std::string> policy_on_host;
  std::optional<std::string> log_directory_on_host;

  bool empty() const { return changes.empty(); }
};

// One line a change, for people and tests: "argument before 5: + --audit-log-maxage=30".
std::string to_string(const Change& change);

// `container`, a path that a setting needs (a file, or the log's directory), lies at `host`.
struct HostPathChoice {
  std::string container;
  std::string host;
};

struct PlanRequest {
  audit::AuditSettings given;
  std::vector<HostPathChoice> host_paths;
  std::optional<kube::KubernetesVersion> version;  // absent: of the image, else the newest known
  std::optional<check::Benchmark> profile;         // raise or add the log's limits as it asks
  bool live = false;                               // the kubelet runs this very file
  std::optional<std::string> policy_sha256;        // set the annotation to this
  std::vector<audit::ReferredFile> webhook_files;  // that the webhook's kubeconfig names
  check::HostFacts facts;                          // empty where nobody looked
};

// Turning auditing on, or changing its settings. Errors: Usage (a given value that kube-apiserver
// of that release would refuse, and the like), Conflict, Unsupported, Unsafe.
text::Result<Plan> plan_enable(const kube::ApiServer& server, const PlanRequest& request);

// Taking auditing out again.
text::Result<Plan> plan_disable(const kube::ApiServer& server, const PlanRequest& request);

// Having the API server read its policy anew: the annotation with PlanRequest::policy_sha256, and
// no setting. Errors: Conflict (it reads no policy, or none of the host), Unsupported, Unsafe.
text::Result<Plan> plan_policy(const kube::ApiServer& server, const PlanRequest& request);

// Adds that annotation to the plan for a Pod, where it is wanted and not there yet.
void plan_policy_mark(const kube::ApiServer& server, const PlanRequest& request, Plan& plan);

// Unsafe if metadata.uid is set in a live manifest: the kubelet then does not restart the container
// for a changed command (pkg/kubelet/kuberuntime/helpers.go, pickFieldsToHash, since 1.31).
text::Result<void> check_restarts(const kube::ApiServer& server, const PlanRequest& request);

// The release whose rules count.
kube::KubernetesVersion version_for(const kube::ApiServer& server, const PlanRequest& request);

}  // namespace kaudit::edit
