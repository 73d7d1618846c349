// As much of an audit policy as the checks of a manifest depend on. The policy itself is judged
// where policies are linted.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "text/source_text.h"

namespace kaudit::audit {

struct PolicyOutline {
  // Why kube-apiserver would refuse the file whatever its rules say: not YAML, another kind or
  // apiVersion, no rules (apiserver, pkg/audit/policy/reader.go, LoadPolicyFromBytes). Absent: it
  // was not found out.
  std::optional<std::string> problem;
  bool omits_request_received = false;  // for every request: omitStages of the policy itself
  bool records_bodies = false;          // a rule has the level Request or RequestResponse

  bool operator==(const PolicyOutline&) const = default;
};

PolicyOutline outline_policy(std::shared_ptr<const text::SourceText> source);

}  // namespace kaudit::audit
