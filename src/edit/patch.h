// Bytes to bytes: the whole of `enable`, `disable` and `policy install` without a file.
//
// SourceText → Document → Manifest → ApiServer → Plan → TextEdits → new SourceText → proof. Which
// kind of document it is, is known to the reading and to the layout alone.
// The result of a call is either proven or an Error; there is nothing in between.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "check/finding.h"
#include "edit/plan.h"
#include "text/result.h"
#include "text/source_text.h"
#include "text/text_edit.h"

namespace kaudit::edit {

// What to do with a document, and everything that a decision may depend on.
struct PatchRequest {
  enum class Kind : std::uint8_t { Enable, Disable, Policy };
  Kind kind = Kind::Enable;
  PlanRequest plan;
};

struct Patch {
  std::shared_ptr<const text::SourceText> original;
  std::shared_ptr<const text::SourceText> result;  // the original itself if nothing changes
  Plan plan;
  std::vector<text::TextEdit> edits;     // empty if nothing changes
  std::vector<check::Finding> findings;  // of the result, in file order; places are in `result`
  std::vector<text::Error> warnings;     // about the original
  kube::ApiServer api_server;            // and as it is in the result
  kube::KubernetesVersion version;       // whose rules were applied

  bool changed() const { return !edits.empty(); }
};

// Plans, lays out, and proves: the result parses to exactly the planned tree, all other bytes are
// equal, planning on it gives nothing, and no check finds an error that kaudit put there or could
// have repaired. An Error has its place in `original`, except for kind Proof.
text::Result<Patch> patch(std::shared_ptr<const text::SourceText> original,
                          const PatchRequest& request);

}  // namespace kaudit::edit
