#include "check/check_api_server.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "audit/validate_settings.h"
#include "check/mount_state.h"
#include "check/rules.h"
#include "kube/node_paths.h"
#include "text/excerpt.h"

namespace kaudit::check {
namespace {

using audit::AuditFlag;
using audit::MountNeed;
using audit::Purpose;
using kube::ApiServer;
using kube::Flag;

constexpr std::string_view kEnable = "run kaudit enable";

class Checker {
 public:
  Checker(const ApiServer& server, const kube::KubernetesVersion& version,
          const std::vector<audit::ReferredFile>& webhook_files)
      : server_(server),
        version_(version),
        webhook_files_(webhook_files),
        settings_(effective_settings(server)) {}

  std::vector<Finding> run() {
    check_flags();
    check_combination();
    check_needs();
    check_lists();
    if (server_.uid) {
      add("static-pod-uid", server_.uid, "metadata.uid", "metadata.uid is set",
          "the kubelet does not restart the container when its command changes",
          "remove metadata.uid");
    }
    std::stable_sort(found_.begin(), found_.end(), [](const Finding& a, const Finding& b) {
      return a.place.value_or(text::Span{}).begin < b.place.value_or(text::Span{}).begin;
    });
    return std::move(found_);
  }

 private:
  void add(std::string_view id, std::optional<text::Span> place, std::string subject,
           std::string message, std::string consequence, std::string fix) {
    found_.push_back({id, rule(id).severity, place, std::move(subject),
                      text::one_line(std::move(message)), std::move(consequence),
                      text::one_line(std::move(fix))});
  }

  // ---- flags --------------------------------------------------------------------------------

  void check_flags() {
    for (const audit::SettingProblem& problem : audit::validate(settings_, version_))
      add_problem(problem);
    for (const Flag& flag : server_.command_line.flags) {
      if (!flag.name.starts_with("audit-")) continue;
      const audit::FlagInfo* info = audit::find_flag(flag.name);
      if (info == nullptr) {
        if (const auto problem = audit::validate_flag_name(flag.name, version_))
          add_problem(*problem);
        continue;
      }
      check_flag(flag, *info);
    }
    for (const kube::Stray& stray : server_.command_line.strays) {
      if (stray.kind == kube::Stray::Kind::Empty) continue;
      const kube::Argument& argument = server_.arguments[stray.argument];
      add("positional-argument", argument.span, argument.value,
          fmt::format("'{}' is neither a flag nor a flag's value", argument.value),
          "kube-apiserver exits at once", "remove it, or join it to its flag with '='");
    }
  }

  void check_flag(const Flag& flag, const audit::FlagInfo& info) {
    const text::Span place = server_.arguments[flag.argument].span;
    if (flag.form == kube::FlagForm::Bare && info.type != audit::FlagType::Bool) {
      add("flag-value-missing", place, std::string(flag.name),
          fmt::format("--{} has no value", flag.spelling), "kube-apiserver exits at once",
          "give it one with '='");
    }
    if (audit::is_unresolved(flag.value)) {
      add("flag-unresolved-variable", place, std::string(flag.name),
          fmt::format("--{}={} depends on a variable", flag.spelling, flag.value),
          "its paths cannot be checked", "write the value out");
    }
    // One finding says that nothing is recorded at all; each tuning flag need not repeat it.
    if (has_backend() && backend_is_off(info.group)) {
      add("flag-needs-other", place, std::string(flag.name),
          fmt::format("--{} needs {}", flag.spelling, info.needs), "it does nothing",
          "remove it, or turn that backend on");
    }
    const Flag* effective = server_.command_line.effective(flag.name);
    if (effective != &flag) {
      add("flag-duplicate", place, std::string(flag.name),
          fmt::format("--{} is given more than once; '{}' is shadowed by '{}'", flag.spelling,
                      flag.value, effective->value),
          "the last one counts", "remove this one");
    }
  }

  void add_problem(const audit::SettingProblem& problem) {
    std::string_view id = "flag-invalid-value";
    switch (problem.kind) {
      case audit::ProblemKind::Unknown:
        id = "flag-unknown";
        break;
      case audit::ProblemKind::Removed:
        id = "flag-removed";
        break;
      case audit::ProblemKind::NotYet:
        id = "flag-not-yet";
        break;
      case audit::ProblemKind::RelativePath:
        id = "path-not-absolute";
        break;
      case audit::ProblemKind::BadValue:
      case audit::ProblemKind::Combination:
        // A wrong word for a backend that is off stops nobody; it is off, and that is the point.
        if (!problem.fatal) id = "flag-needs-other";
        break;
    }
    if (id == "flag-needs-other") return;  // said by check_flag, with what is needed
    add(id, server_.value_span(problem.flag), problem.flag, problem.message,
        problem.fatal ? "the API server will not start"
                      : "which file that is depends on the image's working directory",
        problem.hint);
  }

  bool backend_is_off(audit::FlagGroup group) const {
    switch (group) {
      case audit::FlagGroup::Log:
      case audit::FlagGroup::LogBatching:
      case audit::FlagGroup::LogTruncation:
        return !settings_.has_log_backend();
      case audit::FlagGroup::Webhook:
      case audit::FlagGroup::WebhookBatching:
      case audit::FlagGroup::WebhookTruncation:
        return !settings_.has_webhook_backend();
      case audit::FlagGroup::Policy:
      case audit::FlagGroup::Removed:
        return false;
    }
    return false;
  }

  bool has_backend() const {
    return settings_.has_log_backend() || settings_.has_webhook_backend();
  }

  void check_combination() {
    const bool policy = !settings_.policy_file().empty();
    if (policy && !has_backend()) {
      add("policy-without-backend", server_.value_span("audit-policy-file"), "audit-policy-file",
          "--audit-policy-file is set, but neither a log nor a webhook", "nothing is recorded",
          std::string(kEnable));
    } else if (!policy && has_backend() && audit::info(AuditFlag::PolicyFile).known_in(version_)) {
      const std::string_view backend =
          settings_.has_log_backend() ? "audit-log-path" : "audit-webhook-config-file";
      add("backend-without-policy", server_.value_span(backend), std::string(backend),
          fmt::format("--{} is set, but no --audit-policy-file", backend), "nothing is recorded",
          std::string(kEnable));
    } else if (!policy && !has_backend() && !settings_.empty()) {
      const std::string name(audit::name_of(settings_.flags().front()));
      add("tuning-without-backend", server_.value_span(name), name,
          fmt::format("--{} is set, but neither a policy nor a log nor a webhook", name),
          "nothing is recorded", std::string(kEnable));
    }
    if (settings_.has_log_backend() && !settings_.logs_to_stdout() &&
        settings_.integer(AuditFlag::LogMaxAge, version_) == 0 &&
        settings_.integer(AuditFlag::LogMaxBackup, version_) == 0) {
      add("rotation-unset", server_.value_span("audit-log-path"), "audit-log-path",
          "neither --audit-log-maxage nor --audit-log-maxbackup limits the rotated logs",
          "they fill the disk in time",
          "give limits; kaudit adds none where a log is already there, because they delete old "
          "logs at once");
    }
  }

  // ---- mounts -------------------------------------------------------------------------------

  void check_needs() {
    const std::vector<MountNeed> needs = audit::mount_needs(settings_, webhook_files_);
    for (const MountNeed& need : needs) {
      const MountState state = assess(need, server_, {needs, {}, {}});
      add_verdict(need, state);
    }
  }

  static std::string_view not_mounted(Purpose purpose) {
    switch (purpose) {
      case Purpose::Policy:
        return "policy-not-mounted";
      case Purpose::Log:
        return "log-not-mounted";
      case Purpose::WebhookConfig:
        return "webhook-config-not-mounted";
      case Purpose::WebhookCredential:
        return "webhook-credentials-not-mounted";
    }
    return "";
  }

  static std::string_view lost(const MountNeed& need) {
    if (need.purpose == Purpose::Log) return "the log stays in the container and is lost with it";
    return "the API server does not find the file and will not start";
  }

  void add_verdict(const MountNeed& need, const MountState& state) {
    const std::string fix(kEnable);
    const auto mount = [&]() -> const kube::VolumeMount& { return server_.mounts[*state.mount]; };
    const auto flag_place = server_.value_span(audit::name_of(need.flag));
    const std::string what(audit::describe(need.purpose));
    switch (state.verdict) {
      case MountVerdict::Served:
        return;
      case MountVerdict::Missing:
        return add(not_mounted(need.purpose), flag_place, need.path,
                   fmt::format("no mount covers {} {}", what, need.path), std::string(lost(need)),
                   fix);
      case MountVerdict::NearMiss:
        return add("mount-near-miss", mount().path_span, need.path,
                   fmt::format("the mount {} misses {} {}", mount().mount_path, what, need.path),
                   std::string(lost(need)), fix);
      case MountVerdict::VolumeMissing:
        return;  // said by check_lists
      case MountVerdict::NotFromHost:
        return add(not_mounted(need.purpose), mount().name_span, need.path,
                   fmt::format("the mount of {} {} is not from the host", what, need.path),
                   std::string(lost(need)), fix);
      case MountVerdict::ReadOnly:
        return add("log-mount-read-only", mount().read_only_span, need.path,
                   fmt::format("the mount {} is read-only", mount().mount_path),
                   "the log cannot be written", fix);
      case MountVerdict::Writable:
        return add("policy-mount-writable", mount().span, need.path,
                   fmt::format("the mount of {} {} is writable", what, mount().mount_path),
                   "a compromised API server could change what is recorded", fix);
      case MountVerdict::MountedAsFile:
        return add("log-mounted-as-file", mount().path_span, need.file,
                   fmt::format("the log file {} is mounted by itself", need.file),
                   "rotation cannot rename it, and events are lost from then on", fix);
      case MountVerdict::TypeUnfit:
        return add_type_verdict(need, state);
      case MountVerdict::OtherHostPath:
        return;  // only against an operator's wish
      case MountVerdict::WiderUnfit:
      case MountVerdict::WiderInTheWay:
        if (need.writable && mount().read_only) {
          return add("log-mount-read-only", mount().span, need.path,
                     fmt::format("{} {} lies in the read-only mount {}", what, need.path,
                                 mount().mount_path),
                     "the log cannot be written", fix);
        }
        return add(not_mounted(need.purpose), mount().name_span, need.path,
                   fmt::format("{} {} lies in the mount {}, which is not from the host", what,
                               need.path, mount().mount_path),
                   std::string(lost(need)), fix);
    }
  }

  void add_type_verdict(const MountNeed& need, const MountState& state) {
    const kube::HostPath& host = *server_.volumes[*state.volume].host_path;
    const std::string_view wanted = kube::to_string(wanted_type(need));
    if (host.type == kube::HostPathType::Unset) {
      return add("host-path-type-unset", host.type_span, host.path,
                 fmt::format("the hostPath {} has no type", host.path),
                 "if the file is missing, the container runtime makes a directory of it",
                 fmt::format("set type: {}", wanted));
    }
    add("host-path-type-unfit", host.type_span, host.path,
        fmt::format("the hostPath {} has type {}", host.path, kube::to_string(host.type)),
        need.directory ? "the kubelet cannot mount the log's directory"
                       : "the API server may start with an empty policy, or not at all",
        fmt::format("set type: {}", wanted));
  }

  // What the kubelet rejects (pkg/apis/core/validation, ValidateVolumes, ValidateVolumeMounts,
  // validateHostPathVolumeSource).
  void check_lists() {
    std::set<std::string_view> names;
    for (const kube::Volume& volume : server_.volumes) {
      if (!kube::is_dns1123_label(volume.name)) {
        add("volume-name-invalid", volume.name_span, volume.name,
            fmt::format("'{}' is no valid volume name", volume.name), "the kubelet rejects the Pod",
            "use lower-case letters, digits and '-'");
      }
      if (!names.insert(volume.name).second) {
        add("volume-name-duplicate", volume.name_span, volume.name,
            fmt::format("two volumes are named '{}'", volume.name), "the kubelet rejects the Pod",
            "rename one of them");
      }
      if (volume.host_path) check_host_path(volume);
    }
    std::set<std::string_view> paths;
    for (const kube::VolumeMount& mount : server_.mounts) {
      if (!names.contains(mount.name)) {
        add("mount-without-volume", mount.name_span, mount.name,
            fmt::format("the mount {} names the volume '{}', which the Pod does not have",
                        mount.mount_path, mount.name),
            "the kubelet rejects the Pod", "add the volume or remove the mount");
      }
      if (!paths.insert(mount.mount_path).second) {
        add("mount-path-duplicate", mount.path_span, mount.mount_path,
            fmt::format("two mounts have the mountPath {}", mount.mount_path),
            "the kubelet rejects the Pod", "remove one of them");
      }
    }
  }

  void check_host_path(const kube::Volume& volume) {
    const kube::HostPath& host = *volume.host_path;
    const auto add_invalid = [&](text::Span place, std::string_view why, std::string_view fix) {
      add("host-path-invalid", place, volume.name,
          fmt::format("the hostPath '{}' of volume '{}' {}", host.path, volume.name, why),
          "the kubelet cannot mount it as it is meant", std::string(fix));
    };
    if (host.type == kube::HostPathType::Invalid) {
      add_invalid(host.type_span, "has an unknown type",
                  "write it as Kubernetes spells it, for instance DirectoryOrCreate");
    }
    if (!host.path.starts_with('/')) {
      add_invalid(host.path_span, "is not an absolute path",
                  "write the path out, beginning with '/'");
    } else if (!kube::clean_path(host.path)) {
      add_invalid(host.path_span, "has a '..' element", "write the path out");
    }
  }

  const ApiServer& server_;
  const kube::KubernetesVersion& version_;
  const std::vector<audit::ReferredFile>& webhook_files_;
  audit::AuditSettings settings_;
  std::vector<Finding> found_;
};

}  // namespace

audit::AuditSettings effective_settings(const ApiServer& server) {
  audit::AuditSettings settings;
  for (const Flag& flag : server.command_line.flags) {
    const audit::FlagInfo* info = audit::find_flag(flag.name);
    if (info == nullptr) continue;
    if (flag.form != kube::FlagForm::Bare)
      settings.set(info->flag, std::string(flag.value));
    else if (info->type == audit::FlagType::Bool)
      settings.set(info->flag, "true");
  }
  return settings;
}

std::vector<Finding> check_api_server(const ApiServer& server,
                                      const kube::KubernetesVersion& version,
                                      const std::vector<audit::ReferredFile>& webhook_files) {
  return Checker(server, version, webhook_files).run();
}

}  // namespace kaudit::check
