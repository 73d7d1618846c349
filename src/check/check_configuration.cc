#include "check/check_configuration.h"

#include <fmt/core.h>

#include "audit/flag_table.h"
#include "audit/mount_need.h"
#include "check/check_api_server.h"
#include "kube/configuration_validation.h"

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
    case FaultKind::WrongForm:
      return {"extra-args-form", kStops};
    case FaultKind::Unquoted:
      return {"extra-arg-unquoted", kStops};
    case FaultKind::BadName:
      return {"extra-arg-name", "kubeadm puts two dashes in front of it, and kube-apiserver exits"};
    case FaultKind::UnknownField:
      return {"kubeadm-unknown-field", "kubeadm warns, and ignores what stands there"};
    case FaultKind::DuplicateVolume:
      return {"extra-volume-duplicate", "kubeadm writes the last one, and this one is lost"};
    case FaultKind::ReplacesKubeadms:
      return {"extra-volume-replaces-kubeadms",
              "the API server does not find its certificates there"};
    case FaultKind::RepeatsKubeadms:
      return {"extra-volume-replaces-kubeadms", "it takes that one's place, and changes nothing"};
  }
  return {};
}

class UpgradeChecker {
 public:
  UpgradeChecker(const ApiServer& now, const kube::KubernetesVersion& version,
                 const KubeadmConfiguration& configuration)
      : now_(now),
        version_(version),
        next_(*configuration.api_server),
        source_(*configuration.source),
        settings_(effective_settings(now)),
        next_settings_(effective_settings(next_)) {}

  std::vector<Finding> run() {
    for (const audit::FlagInfo& info : audit::all_flags()) {
      const auto value = settings_.value(info.flag);
      const auto next = next_settings_.value(info.flag);
      if (audit::same_value(info.flag, settings_.effective(info.flag, version_),
                            next_settings_.effective(info.flag, version_)))
        continue;
      if (value && !next)
        add_lost(info, *value, fmt::format("is not in {}", source_.name()));
      else if (value && next)
        add_lost(info, *value,
                 fmt::format("is {} in {}", next->empty() ? "empty" : *next, place_of(info)));
      else if (next && !value)
        add_new(info, *next);
    }
    for (const audit::MountNeed& need : audit::mount_needs(settings_, {})) check_mount(need);
    return found_.take();
  }

 private:
  // "kubeadm.yaml:12"
  std::string place_of(const audit::FlagInfo& info) const {
    return place_of(next_.value_span(info.name).value_or(text::Span{}));
  }
  std::string place_of(text::Span span) const {
    return fmt::format("{}:{}", source_.name(), source_.position(span.begin).line);
  }

  void add_lost(const audit::FlagInfo& info, std::string_view value, const std::string& how) {
    found_.add(
        "lost-on-upgrade", now_.value_span(info.name), std::string(info.name),
        fmt::format("--{}={} {}", info.name, value, how),
        "kubeadm upgrade writes the manifest anew, and the setting is lost",
        fmt::format("run kaudit enable --manifest={} --{}={}", source_.name(), info.name, value));
  }

  void add_new(const audit::FlagInfo& info, std::string_view value) {
    found_.add(
        "added-on-upgrade", {}, std::string(info.name),
        fmt::format("--{}={} is in {}, and not in the manifest", info.name, value, place_of(info)),
        "the API server runs without it until kubeadm writes the manifest anew",
        fmt::format("run kaudit enable --{}={} on the manifest", info.name, value));
  }

  // A setting that stays, and whose file would come from elsewhere.
  void check_mount(const audit::MountNeed& need) {
    const auto value = settings_.value(need.flag);
    const auto next = next_settings_.value(need.flag);
    if (!next || !audit::same_value(need.flag, *value, *next)) return;
    const auto covering = kube::coverage(need.path, now_.mounts, now_.volumes);
    const auto then = kube::coverage(need.path, next_.mounts, next_.volumes);
    if (!covering || !covering->host) return;
    if (then && then->host == covering->host) return;
    const std::string what(audit::describe(need.purpose));
    found_.add("lost-on-upgrade", now_.mounts[covering->mount].path_span, need.path,
               then && then->host ? fmt::format("{} {} comes from the host's {}, and from {} in {}",
                                                what, need.path, *covering->host, *then->host,
                                                place_of(next_.mounts[then->mount].path_span))
                                  : fmt::format("no extraVolume of {} mounts {} {}", source_.name(),
                                                what, need.path),
               "kubeadm upgrade writes the manifest anew, and the mount is lost",
               fmt::format("run kaudit enable --manifest={}", source_.name()) +
                   (*covering->host == need.path
                        ? ""
                        : fmt::format(" --host-path={}={}", need.path, *covering->host)));
  }

  const ApiServer& now_;
  const kube::KubernetesVersion& version_;
  const ApiServer& next_;
  const text::SourceText& source_;
  audit::AuditSettings settings_;
  audit::AuditSettings next_settings_;
  FindingList found_;
};

}  // namespace

void check_configuration(const yaml::Document& document, yaml::NodeId root, FindingList& found) {
  for (kube::ConfigurationFault& fault : kube::validate_configuration(document, root)) {
    const Verdict verdict = verdict_of(fault.kind);
    Finding& finding = found.add(verdict.rule, fault.place, fault.path, fault.message,
                                 verdict.consequence, fault.fix);
    finding.path = std::move(fault.path);
    if (fault.related) finding.related.push_back({*fault.related, "this one counts"});
    if (fault.kind == FaultKind::RepeatsKubeadms) finding.severity = Severity::Warning;
  }
}

std::vector<Finding> check_upgrade(const ApiServer& server, const kube::KubernetesVersion& version,
                                   const KubeadmConfiguration& configuration) {
  return UpgradeChecker(server, version, configuration).run();
}

}  // namespace kaudit::check
