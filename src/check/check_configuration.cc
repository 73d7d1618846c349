#include "check/check_configuration.h"

#include <fmt/core.h>

#include <algorithm>

#include "audit/flag_table.h"
#include "audit/mount_need.h"
#include "check/check_api_server.h"
#include "check/check_flags.h"
#include "check/mount_state.h"
#include "kube/configuration_validation.h"
#include "kube/node_paths.h"
#include "text/shell_word.h"

namespace kaudit::check {
namespace {

using kube::ApiServer;
using FaultKind = kube::ConfigurationFault::Kind;

constexpr std::string_view kStops = "kubeadm cannot decode the configuration, and stops";

struct Verdict {
  std::string_view rule;
  std::string_view consequence;
};

Verdict verdict_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::Undecodable:
      return {"kubeadm-would-reject", kStops};
    case FaultKind::Unread:
      return {"kubeadm-would-reject", "what this document says is lost there"};
    case FaultKind::WrongForm:
      return {"extra-args-form", kStops};
    case FaultKind::Unquoted:
      return {"extra-arg-unquoted", kStops};
    case FaultKind::BadName:
      return {"extra-arg-name", "kubeadm puts two dashes in front of it, and kube-apiserver exits"};
    case FaultKind::NullArgument:
      return {"extra-arg-null", "kubeadm writes the flag with an empty value"};
    case FaultKind::UnknownField:
      return {"kubeadm-unknown-field", "kubeadm warns, and ignores what stands there"};
    case FaultKind::DuplicateVolume:
      return {"extra-volume-duplicate", "kubeadm writes the last one, and this one is lost"};
    case FaultKind::ReplacesKubeadms:
      return {"extra-volume-replaces-kubeadms",
              "the API server does not find its certificates there"};
    case FaultKind::MayReplaceKubeadms:
      return {"extra-volume-replaces-kubeadms",
              "on hosts that have that directory some releases write their own, and there the API "
              "server does not find these certificates"};
    case FaultKind::RepeatsKubeadms:
      return {"extra-volume-replaces-kubeadms", "it takes that one's place, and changes nothing"};
  }
  return {};
}

// "no type", "type File".
std::string in_words(const kube::HostPath& host) {
  if (host.type == kube::HostPathType::Unset) return "no type";
  return fmt::format("type {}", host.type == kube::HostPathType::Invalid
                                    ? std::string_view(host.unknown_type)
                                    : kube::to_string(host.type));
}

class UpgradeChecker {
 public:
  UpgradeChecker(const ApiServer& now, const kube::KubernetesVersion& version,
                 std::string_view manifest, const KubeadmConfiguration& configuration)
      : now_(now),
        version_(version),
        manifest_(manifest),
        mend_first_(configuration.mend_first),
        next_(*configuration.api_server),
        source_(*configuration.source),
        settings_(effective_settings(now)),
        next_settings_(effective_settings(next_)),
        needs_(audit::mount_needs(settings_, {})),
        next_needs_(audit::mount_needs(next_settings_, {})) {}

  std::vector<Finding> run() {
    for (const audit::FlagInfo& info : audit::all_flags()) compare(info);
    for (const audit::MountNeed& need : needs_) compare_mount(need);
    for (const audit::MountNeed& need : next_needs_) note_added_mount(need);
    // What one command puts right has that command for its fix.
    const std::string lost = enable_lost();
    const std::string added = enable_added();
    std::vector<Finding> findings = found_.take();
    for (Finding& finding : findings) {
      if (finding.fix.empty()) finding.fix = finding.rule == "added-on-upgrade" ? added : lost;
    }
    return findings;
  }

 private:
  using Info = audit::FlagInfo;

  // "kubeadm.yaml:12"
  std::string place_of(const Info& info) const {
    return place_of(next_.value_span(info.name).value_or(text::Span{}));
  }
  std::string place_of(text::Span span) const {
    return fmt::format("{}:{}", source_.name(), source_.position(span.begin).line);
  }

  // ---- flags ----

  void compare(const Info& info) {
    const auto value = settings_.value(info.flag);
    const auto next = next_settings_.value(info.flag);
    if (value && next && kube::is_unsettled(next_, info.name)) return add_unsettled(info, *value);
    if (audit::same_value(info.flag, settings_.effective(info.flag, version_),
                          next_settings_.effective(info.flag, version_)))
      return;
    if (value && !next)
      add_lost(info, *value, fmt::format("is not in {}", source_.name()));
    else if (value && next)
      add_lost(info, *value,
               fmt::format("is {} in {}", next->empty() ? "empty" : *next, place_of(info)));
    else if (next && !value)
      add_new(info, *next);
  }

  void add_lost(const Info& info, std::string_view value, const std::string& how) {
    lost_.push_back(&info);
    found_.add("lost-on-upgrade", now_.value_span(info.name), std::string(info.name),
               fmt::format("--{}={} {}", info.name, value, how),
               "kubeadm upgrade writes the manifest anew, and the setting is lost", "");
  }

  void add_unsettled(const Info& info, std::string_view value) {
    found_.add("lost-on-upgrade", now_.value_span(info.name), std::string(info.name),
               fmt::format("--{}={} is more than one value in {}, and which one counts depends on "
                           "kubeadm's release",
                           info.name, value, place_of(info)),
               "kubeadm upgrade writes the manifest anew, and the setting may be lost",
               fmt::format("remove all but one of them from {}", source_.name()));
  }

  void add_new(const Info& info, std::string_view value) {
    added_.push_back(&info);
    found_.add(
        "added-on-upgrade", {}, std::string(info.name),
        fmt::format("--{}={} is in {}, and not in the manifest", info.name, value, place_of(info)),
        "the API server runs without it until kubeadm writes the manifest anew", "");
  }

  // ---- mounts ----

  struct Side {
    const kube::VolumeMount& mount;
    const kube::HostPath& host;
  };
  static Side side_of(const ApiServer& server, const kube::Coverage& coverage) {
    return {server.mounts[coverage.mount], *server.volumes[*coverage.volume].host_path};
  }

  // A setting that stays, and whose file comes from elsewhere, or in another way.
  void compare_mount(const audit::MountNeed& need) {
    const auto now = kube::coverage(need.path, now_.mounts, now_.volumes);
    if (!now || !now->host) return;
    const auto value = settings_.value(need.flag);
    const auto next = next_settings_.value(need.flag);
    if (!next || !audit::same_value(need.flag, *value, *next)) {
      // It comes with the setting.
      return tell_host_path(need, *now->host, for_configuration());
    }
    const auto then = kube::coverage(need.path, next_.mounts, next_.volumes);
    const std::string what = fmt::format("{} {}", audit::describe(need.purpose), need.path);
    if (!then || !then->host) {
      tell_host_path(need, *now->host, for_configuration());
      return add_lost_mount(*now, need,
                            fmt::format("no extraVolume of {} mounts {}", source_.name(), what));
    }
    const Side side = side_of(next_, *then);
    if (then->host != now->host) {
      tell_host_path(need, *now->host, for_configuration());
      return add_lost_mount(*now, need,
                            fmt::format("{} comes from the host's {}, and from {} in {}", what,
                                        *now->host, *then->host, place_of(side.mount.path_span)));
    }
    compare_sides(need, what, *now, side);
  }

  void add_lost_mount(const kube::Coverage& now, const audit::MountNeed& need,
                      std::string_view message) {
    found_.add("lost-on-upgrade", now_.mounts[now.mount].path_span, need.path, message,
               "kubeadm upgrade writes the manifest anew, and the mount is lost", "");
  }

  // Two mounts that bring the same file.
  void compare_sides(const audit::MountNeed& need, const std::string& what,
                     const kube::Coverage& now, const Side& next) {
    constexpr std::string_view kOther =
        "kubeadm upgrade writes the manifest anew, and the mount is another one";
    const Side here = side_of(now_, now);
    const auto add = [&](text::Span place, std::string_view message,
                         const std::string& fix) -> Finding& {
      return found_.add("lost-on-upgrade", place, need.path, message, kOther, fix);
    };
    if (here.mount.read_only != next.mount.read_only) {
      const auto word = [](bool read_only) { return read_only ? "read-only" : "writable"; };
      add(here.mount.read_only_span,
          fmt::format("{} is {}, and {} in {}", what, word(here.mount.read_only),
                      word(next.mount.read_only), place_of(next.mount.read_only_span)),
          fmt::format("write readOnly: {} there", here.mount.read_only));
    }
    const auto at = kube::clean_path(here.mount.mount_path);
    if (at != kube::clean_path(next.mount.mount_path)) {
      add(here.mount.path_span,
          fmt::format("{} is in the mount {}, and in {} in {}", what, here.mount.mount_path,
                      next.mount.mount_path, place_of(next.mount.path_span)),
          "nothing needs to be done if that is meant")
          .severity = Severity::Note;
    } else if (here.host.type != next.host.type) {
      add(here.host.type_span,
          fmt::format("the hostPath of {} has {}, and {} in {}", what, in_words(here.host),
                      in_words(next.host), place_of(next.host.type_span)),
          fmt::format("write pathType: {} there", here.host.type == kube::HostPathType::Unset
                                                      ? std::string_view("\"\"")
                                                      : kube::to_string(here.host.type)));
    }
  }

  void note_added_mount(const audit::MountNeed& need) {
    const auto is_its = [&](const Info* info) { return info->flag == need.flag; };
    if (std::ranges::none_of(added_, is_its)) return;
    const auto then = kube::coverage(need.path, next_.mounts, next_.volumes);
    if (then && then->host) tell_host_path(need, *then->host, for_manifest());
  }

  // ---- the commands that put it right ----

  // What `enable` makes equal to the other file: what it reads there, and what it shall find.
  struct Target {
    const ApiServer& server;
    const audit::AuditSettings& settings;
    const std::vector<audit::MountNeed>& needs;         // of its settings
    const std::vector<audit::MountNeed>& wanted_needs;  // of the other file's
    const audit::AuditSettings& wanted;
    const std::vector<const Info*>& given;  // on its command line
    std::vector<std::pair<std::string, std::string>>& host_paths;
  };
  Target for_configuration() {
    return {next_, next_settings_, next_needs_, needs_, settings_, lost_, host_paths_};
  }
  Target for_manifest() {
    return {now_, settings_, needs_, next_needs_, next_settings_, added_, added_host_paths_};
  }

  // `enable` takes the path itself for the host's, unless a mount is there, or meant for it.
  static void tell_host_path(const audit::MountNeed& need, const std::string& host,
                             const Target& target) {
    std::optional<std::string> abandoned;
    for (const audit::MountNeed& was : target.needs)
      if (was.purpose == need.purpose && was.path != need.path) abandoned = was.path;
    const MountVerdict verdict =
        assess(need, target.server, {target.wanted_needs, host, abandoned}).verdict;
    if (verdict == MountVerdict::Served) return;
    if (host != need.path || verdict != MountVerdict::Missing)
      target.host_paths.emplace_back(need.path, host);
  }

  static std::string option(const Info& info, std::string_view value) {
    return fmt::format(" --{}={}", info.name, text::shell_word(value));
  }

  static std::string enable_in(std::string_view file) {
    return file.empty() ? "run kaudit enable"
                        : fmt::format("run kaudit enable --manifest={}", text::shell_word(file));
  }
  std::string enable_configuration() const {
    return std::string(mend_first_) + enable_in(source_.name());
  }

  std::string enable_lost() {
    if (is_incomplete()) return fmt::format("first {}, then check again", enable_in(manifest_));
    return enable_configuration() + options_for(for_configuration());
  }
  std::string enable_added() {
    if (is_incomplete()) return fmt::format("first {}, then check again", enable_configuration());
    return enable_in(manifest_) + options_for(for_manifest());
  }

  std::string options_for(const Target& target) const {
    std::string options;
    for (const Info* info : target.given)
      options += option(*info, *target.wanted.value(info->flag));
    if (adds_a_log_file(target)) {
      // `enable` adds limits together with a log file, and those of the other file may be others,
      // or none.
      for (const audit::AuditFlag limit :
           {audit::AuditFlag::LogMaxAge, audit::AuditFlag::LogMaxBackup,
            audit::AuditFlag::LogMaxSize}) {
        const Info* info = audit::find_flag(audit::name_of(limit));
        if (std::ranges::find(target.given, info) == target.given.end() &&
            !target.settings.has(limit))
          options += option(*info, target.wanted.effective(limit, version_));
      }
    }
    for (const auto& [container, host] : target.host_paths)
      options += " --host-path=" + text::shell_word(fmt::format("{}={}", container, host));
    return options;
  }

  // `enable` gives a file a policy and a backend. Where neither file has them, they would be new to
  // the other one, and an API server does not start without its policy file.
  bool is_incomplete() const {
    const bool has_policy = !settings_.policy_file().empty() ||
                            !next_settings_.policy_file().empty() || !takes_policy(now_, version_);
    const bool has_backend = settings_.has_log_backend() || settings_.has_webhook_backend() ||
                             next_settings_.has_log_backend() ||
                             next_settings_.has_webhook_backend();
    return !has_policy || !has_backend;
  }

  static bool adds_a_log_file(const Target& target) {
    return target.wanted.has_log_backend() && !target.wanted.logs_to_stdout() &&
           !target.settings.has_log_backend();
  }

  const ApiServer& now_;
  const kube::KubernetesVersion& version_;
  std::string_view manifest_;
  std::string_view mend_first_;
  const ApiServer& next_;
  const text::SourceText& source_;
  audit::AuditSettings settings_;
  audit::AuditSettings next_settings_;
  std::vector<audit::MountNeed> needs_;
  std::vector<audit::MountNeed> next_needs_;
  std::vector<const Info*> lost_;
  std::vector<const Info*> added_;
  std::vector<std::pair<std::string, std::string>> host_paths_;  // container, host
  std::vector<std::pair<std::string, std::string>> added_host_paths_;
  FindingList found_;
};

}  // namespace

bool check_configuration(const yaml::Document& document, yaml::NodeId root, FindingList& found) {
  bool is_broken = false;
  for (kube::ConfigurationFault& fault : kube::validate_configuration(document, root)) {
    const Verdict verdict = verdict_of(fault.kind);
    is_broken = is_broken || fault.is_fatal();
    // An index may change, so it cannot tell whether a finding was there before.
    Finding& finding =
        found.add(verdict.rule, fault.place, fault.is_fatal() ? fault.path : fault.message,
                  fault.message, verdict.consequence, fault.fix);
    finding.path = std::move(fault.path);
    if (fault.related) finding.related.push_back({*fault.related, "this one counts"});
    if (fault.kind == FaultKind::RepeatsKubeadms || fault.kind == FaultKind::MayReplaceKubeadms)
      finding.severity = Severity::Warning;
  }
  return is_broken;
}

std::vector<Finding> check_upgrade(const ApiServer& server, const kube::KubernetesVersion& version,
                                   std::string_view manifest,
                                   const KubeadmConfiguration& configuration) {
  return UpgradeChecker(server, version, manifest, configuration).run();
}

}  // namespace kaudit::check
