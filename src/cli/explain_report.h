// `kaudit policy explain` of one request: what is recorded of it, and which rule says so. Values
// in, strings out.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/policy_load.h"
#include "audit/policy_match.h"
#include "kube/kubernetes_version.h"
#include "text/source_text.h"

namespace kaudit::cli {

// What to explain.
struct ExplainReport {
  const audit::LoadedPolicy& loaded;               // is_loaded()
  std::shared_ptr<const text::SourceText> source;  // that it was loaded from
  const audit::RequestAttributes& request;
  kube::KubernetesVersion version;
};

// What makes the request doubtful; the level; the deciding rule with its source line; what will be
// in the events; for each rule before it what does not hold; and what makes the answer doubtful. At
// most 80 columns, but for long names.
std::string explain_text(const ExplainReport& report, bool color);

// One JSON object: {schemaVersion, command, file, request, level, omitStages, rule, ruleLine,
// record: {stages, metadata, requestObject, responseObject, managedFields}, misses: [{rule,
// ruleLine, level, predicate, message}], notes}. `rule` counts from 0, as in kube-apiserver's
// messages; without a rule it is null, and so is `ruleLine`. `request` is one that --requests
// reads.
std::string explain_json(const ExplainReport& report);

// In the order in which a request passes them.
std::vector<std::string_view> names_of(audit::StageSet stages);

}  // namespace kaudit::cli
