// What the audit events of one request hold, once it is decided at which level they are written
// (apiserver, pkg/audit/request.go; pkg/endpoints/filters/audit.go).
#pragma once

#include <optional>
#include <string_view>

#include "audit/audit_policy.h"
#include "audit/policy_match.h"

namespace kaudit::audit {

struct RecordedBody {
  bool is_recorded = false;
  // What is recorded, or why nothing is: half a sentence.
  std::string_view what;

  bool operator==(const RecordedBody&) const = default;
};

struct RecordedEvent {
  // An event is written at each; at Panic only if the handler panics, and then none at
  // ResponseComplete.
  StageSet stages;
  RecordedBody request;
  RecordedBody response;
  // Whether metadata.managedFields stays in the bodies. Nothing where no body can have it: what a
  // patch sends is recorded as it is.
  std::optional<bool> managed_fields;

  // Something is written of a request that is answered.
  bool is_written() const;
  bool operator==(const RecordedEvent&) const = default;
};

RecordedEvent recorded_event(const RequestAttributes& request, const Decision& decision);

// Served by another server behind the aggregation layer, whose bodies pass kube-apiserver unread.
bool is_aggregated(std::string_view api_group);

}  // namespace kaudit::audit
