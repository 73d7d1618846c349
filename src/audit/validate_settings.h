// What kube-apiserver of a release would say to audit settings, without starting one.
//
// The rules are those of spf13/pflag (an unknown flag, a value of the wrong type) and of
// k8s.io/apiserver, pkg/server/options/audit.go: AuditOptions.Validate, which is the same from 1.13
// to 1.36, and the one check of AuditOptions.ApplyTo that runs even for a backend that is off. What
// depends on files (does the policy exist, can the log be written) is not looked at.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit_settings.h"
#include "kube/kubernetes_version.h"

namespace kaudit::audit {

enum class ProblemKind {
  Unknown,       // no release has known this flag
  Removed,       // the release no longer knows it
  NotYet,        // the release does not know it yet
  BadValue,      // the value is not of the flag's type, not an allowed word, or out of range
  Combination,   // the value contradicts that of another flag
  RelativePath,  // a path that depends on the container's working directory
};

struct SettingProblem {
  ProblemKind kind = ProblemKind::BadValue;
  std::string flag;     // name without dashes
  std::string message;  // one sentence, no final full stop
  std::string hint;     // the way out
  // True: kube-apiserver of that release would exit before serving. False: it would start, but the
  // setting does not do what it says (the backend it belongs to is off, or the path is relative).
  bool fatal = true;

  bool operator==(const SettingProblem&) const = default;
};

// All problems of `settings`, in table order and for one flag at most one; empty if kube-apiserver
// of that release takes them as they are. Where Validate stops at the first message of a backend,
// all are given: the verdict is the same. Values that contain "$(" are not judged.
std::vector<SettingProblem> validate(const AuditSettings& settings,
                                     const kube::KubernetesVersion& version);

// A flag by its name alone, without dashes: unknown, removed, not yet, or nothing to say. For
// "--audit-..." flags found in a manifest that are not in the table.
std::optional<SettingProblem> validate_flag_name(std::string_view name,
                                                 const kube::KubernetesVersion& version);

}  // namespace kaudit::audit
