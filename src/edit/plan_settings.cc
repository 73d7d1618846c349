#include "edit/plan_settings.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "audit/go_value.h"
#include "audit/validate_settings.h"
#include "check/check_api_server.h"
#include "check/check_flags.h"
#include "check/mount_state.h"
#include "kube/node_paths.h"
#include "yaml/gate.h"

namespace kaudit::edit {
namespace {

using audit::AuditFlag;
using audit::AuditSettings;
using text::ErrorKind;
using text::fail;
using text::Result;

constexpr std::array<AuditFlag, 3> kLimits{AuditFlag::LogMaxAge, AuditFlag::LogMaxBackup,
                                           AuditFlag::LogMaxSize};
constexpr std::array<AuditFlag, 3> kPaths{AuditFlag::PolicyFile, AuditFlag::LogPath,
                                          AuditFlag::WebhookConfigFile};

// A given path that no mount could serve, or that would not be what it seems.
Result<void> check_given_path(AuditFlag flag, std::string_view value) {
  const std::string name(audit::name_of(flag));
  if (flag == AuditFlag::LogPath && value == "-") return {};
  const auto refuse = [&](std::string_view why, std::string_view hint) {
    return fail(ErrorKind::Usage, fmt::format("--{}={} {}", name, value, why), std::string(hint));
  };
  const text::SourceText as_text("", std::string(value));
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  if (!yaml::check_bytes(as_text) || std::any_of(value.begin(), value.end(), control))
    return refuse("holds a character that a manifest cannot", "give a path of ordinary characters");
  if (value.find("{{") != std::string_view::npos)
    return refuse("holds the mark of a template", "write the path out");
  if (audit::is_unresolved(value))
    return refuse("holds a variable or a doubled dollar, and its mount cannot be proven",
                  "write the path out");
  if (!value.starts_with('/'))
    return refuse("is not an absolute path",
                  "give the path inside the API server's container, beginning with '/'");
  if (!kube::clean_path(value))
    return refuse("has a '..' element, which hostPath volumes may not have", "write the path out");
  if (value.ends_with('/')) return refuse("is a directory", "give the path of a file");
  return {};
}

// Each file has one purpose, and no file is the log's directory.
Result<void> check_paths_differ(const AuditSettings& target) {
  const auto clean = [&](AuditFlag flag) {
    const std::string_view value = target.value(flag).value_or("");
    return value.starts_with('/') ? kube::clean_path(value) : std::nullopt;
  };
  for (AuditFlag one : kPaths) {
    for (AuditFlag other : kPaths) {
      const auto path = clean(one);
      const auto second = clean(other);
      if (one == other || !path || !second) continue;
      const bool is_log_directory =
          other == AuditFlag::LogPath && kube::is_at_or_below(kube::parent_path(*second), *path);
      if (*path != *second && !is_log_directory) continue;
      return fail(ErrorKind::Conflict,
                  fmt::format("--{}={} and --{}={} are in each other's way", audit::name_of(one),
                              *path, audit::name_of(other), *second),
                  "give two different files");
    }
  }
  return {};
}

// The new and the old name of one setting (audit.go, AddFlags: both write one variable, and the
// later on the command line wins).
Result<void> check_backoff_names(const AuditSettings& given, const AuditSettings& present) {
  constexpr std::array<AuditFlag, 2> kNames{AuditFlag::WebhookInitialBackoff,
                                            AuditFlag::WebhookBatchInitialBackoff};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto value = given.value(kNames[i]);
    const auto other = present.value(kNames[1 - i]);
    if (!value || !other || audit::same_value(kNames[i], *value, *other)) continue;
    return fail(ErrorKind::Conflict,
                fmt::format("--{} is another name of --{}, which is already set to {}",
                            audit::name_of(kNames[i]), audit::name_of(kNames[1 - i]), *other),
                fmt::format("give --{}={} to change it", audit::name_of(kNames[1 - i]), *value));
  }
  return {};
}

// The place of the log's path, if it is the manifest's own value.
std::optional<text::Span> place_if_present(const AuditSettings& target,
                                           const kube::ApiServer& server) {
  const kube::Flag* flag = server.command_line.effective("audit-log-path");
  if (flag == nullptr || flag->value != target.log_path()) return {};
  return server.arguments[flag->value_argument].span;
}

// A log that must be mounted, in a directory that cannot be.
Result<void> check_log_directory(const AuditSettings& target, const kube::ApiServer& server) {
  const std::string_view value = target.log_path();
  const auto path = value.starts_with('/') && !audit::is_unresolved(value) ? kube::clean_path(value)
                                                                           : std::nullopt;
  if (path && kube::is_at_or_below(*path, "/etc/kubernetes/manifests")) {
    return fail(ErrorKind::Unsafe,
                fmt::format("the log {} would lie among the static Pod manifests, and the kubelet "
                            "reads every file there",
                            *path),
                "give a --audit-log-path in a directory of its own",
                place_if_present(target, server));
  }
  if (!path || !check::hides_the_image(kube::parent_path(*path), server)) return {};
  const auto covering = kube::coverage(*path, server.mounts, server.volumes);
  if (covering && covering->host && !covering->exact) return {};
  return fail(ErrorKind::Unsafe,
              fmt::format("the log's directory {} cannot be mounted, because the mount would hide "
                          "the container's own files",
                          kube::parent_path(*path)),
              "give a --audit-log-path in a directory of its own, for instance "
              "/var/log/kubernetes/audit/audit.log",
              place_if_present(target, server));
}

bool contains(const std::vector<audit::SettingProblem>& problems,
              const audit::SettingProblem& problem) {
  return std::find(problems.begin(), problems.end(), problem) != problems.end();
}

// Problems that kaudit would bring in are refused; those that were there are reported elsewhere.
Result<void> check_values(const SettingsDecision& decision, const AuditSettings& given,
                          const kube::KubernetesVersion& version) {
  const auto before = audit::validate(decision.present, version);
  for (const audit::SettingProblem& problem : audit::validate(decision.target, version)) {
    const audit::FlagInfo* info = audit::find_flag(problem.flag);
    const bool was_there = contains(before, problem) && (info == nullptr || !given.has(info->flag));
    if (problem.fatal && !was_there) return fail(ErrorKind::Usage, problem.message, problem.hint);
  }
  return {};
}

// What both benchmarks ask of the log's files.
struct ProfileLimit {
  AuditFlag flag;
  std::int64_t minimum;
};
constexpr std::array<ProfileLimit, 3> kProfileLimits{
    {{AuditFlag::LogMaxAge, check::kBenchmarkMaxAge},
     {AuditFlag::LogMaxBackup, check::kBenchmarkMaxBackup},
     {AuditFlag::LogMaxSize, check::kBenchmarkMaxSize}}};

bool keeps_a_log_file(const AuditSettings& settings) {
  return settings.has_log_backend() && !settings.logs_to_stdout();
}

// An operator who asks for a benchmark wants its limits even where lower ones stand; not where
// nobody can tell what stands there. Zero (never, or any number) is too low for the benchmark.
void apply_profile(const PlanRequest& request, SettingsDecision& decision) {
  if (!request.profile || !keeps_a_log_file(decision.target)) return;
  for (const ProfileLimit& limit : kProfileLimits) {
    if (request.given.has(limit.flag)) continue;
    const auto value = decision.target.value(limit.flag);
    const auto number = audit::parse_go_int(value.value_or("0"));  // nothing for a variable, too
    if (!number) {
      decision.unreadable.push_back(limit.flag);
    } else if (*number < limit.minimum) {
      decision.target.set(limit.flag, fmt::format("{}", limit.minimum));
    }
  }
}

// Why the flag gets its value, for one that changes.
std::string reason(AuditFlag flag, const PlanRequest& request) {
  if (request.given.has(flag)) return "given";
  const auto* const limit = std::find_if(kProfileLimits.begin(), kProfileLimits.end(),
                                         [&](const ProfileLimit& l) { return l.flag == flag; });
  if (!request.profile || limit == kProfileLimits.end()) return "kaudit's default";
  return fmt::format("the {} asks for at least {}",
                     *request.profile == check::Benchmark::Cis ? "CIS benchmark" : "DISA STIG",
                     limit->minimum);
}

// What a garbled item means is anybody's guess, and a mount for it would be nonsense.
Result<void> check_items(const kube::ApiServer& server) {
  for (const kube::Flag& flag : server.command_line.flags) {
    if (audit::find_flag(flag.name) == nullptr || !check::is_garbled(server, flag)) continue;
    return fail(
        ErrorKind::Unsupported,
        fmt::format("the item of --{} holds more than one flag and its value", flag.spelling),
        "give each flag one item of its own, on one line", server.arguments[flag.argument].text);
  }
  return {};
}

}  // namespace

Result<SettingsDecision> decide_settings(const kube::ApiServer& server,
                                         const PlanRequest& request) {
  if (Result<void> clear = check_items(server); !clear) return std::unexpected(clear.error());
  SettingsDecision decision;
  decision.present = check::effective_settings(server);
  decision.target = decision.present;
  for (AuditFlag flag : kPaths) {
    // An empty path is the same as none (AuditOptions.ApplyTo), and as such gives way to a default.
    if (decision.target.value(flag) == "") decision.target.erase(flag);
    const auto value = request.given.value(flag);
    if (!value) continue;
    if (Result<void> checked = check_given_path(flag, *value); !checked)
      return std::unexpected(checked.error());
  }
  const bool had_log = decision.target.has_log_backend();
  for (AuditFlag flag : request.given.flags()) {
    const std::string_view value = *request.given.value(flag);
    const auto present = decision.present.value(flag);
    const bool same = present && audit::same_value(flag, *present, value);
    decision.target.set(flag, std::string(same ? *present : value));
  }
  const auto add_default = [&](AuditFlag flag) {
    if (decision.target.has(flag)) return;
    decision.target.set(flag, std::string(audit::info(flag).kaudit_default));
  };
  // Before 1.7, and without the gate AdvancedAuditing, the log alone is auditing.
  const kube::KubernetesVersion version = version_for(server, request);
  const bool takes_policy = check::takes_policy(server, version);
  if (takes_policy) add_default(AuditFlag::PolicyFile);
  if (!takes_policy && request.given.has(AuditFlag::PolicyFile) &&
      audit::info(AuditFlag::PolicyFile).known_in(version)) {
    return fail(ErrorKind::Usage,
                fmt::format("the feature gate AdvancedAuditing is off, and kube-apiserver {} would "
                            "refuse to start with --audit-policy-file",
                            version.release()),
                "leave the policy out, or turn the gate on first");
  }
  if (!decision.target.has_webhook_backend()) add_default(AuditFlag::LogPath);
  apply_profile(request, decision);
  // Limits make the API server delete old logs within seconds, so only a log that is new gets them.
  if (!had_log && keeps_a_log_file(decision.target)) {
    for (AuditFlag limit : kLimits) add_default(limit);
  }
  for (AuditFlag flag : decision.target.flags()) {
    if (decision.target.value(flag) == decision.present.value(flag)) continue;
    decision.changes.push_back(
        {flag, std::string(*decision.target.value(flag)), reason(flag, request)});
  }
  for (const Result<void>& checked :
       {check_values(decision, request.given, version), check_paths_differ(decision.target),
        check_backoff_names(request.given, decision.present),
        check_log_directory(decision.target, server)}) {
    if (!checked) return std::unexpected(checked.error());
  }
  return decision;
}

}  // namespace kaudit::edit
