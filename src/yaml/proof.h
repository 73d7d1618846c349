// Does a text mean exactly what was planned?
#pragma once

#include "text/result.h"
#include "yaml/document.h"
#include "yaml/tree_edit.h"

namespace kaudit::yaml {

// Compares `result` with `original` as `edits` change it, node by node: kind, style, value, anchor,
// tag, alias target. Text positions do not count, and the TextEdits are never seen. An Error of
// kind Proof names the first node (a place in `result`) that differs.
text::Result<void> prove_edits(const Document& original, const std::vector<TreeEdit>& edits,
                               const Document& result);

}  // namespace kaudit::yaml
