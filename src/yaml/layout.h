// TreeEdits to TextEdits: where new bytes go, and how they look.
//
// The text around decides: columns, dashes, quotes, line ends, one line or several. Nothing is
// ever written again that was there before.
#pragma once

#include <vector>

#include "text/result.h"
#include "text/text_edit.h"
#include "yaml/document.h"
#include "yaml/tree_edit.h"

namespace kaudit::yaml {

// All edits refer to `document`, and so do the TextEdits. An Error of kind Unsupported says which
// form cannot be edited. Whether the result means what was wanted is not known here; see proof.h.
text::Result<std::vector<text::TextEdit>> layout(const Document& document,
                                                 const std::vector<TreeEdit>& edits);

// False where the first item or entry of a block collection shares its line with something else
// (`- - x`, `- a: x`): a new one cannot go before it.
bool can_insert_before_first(const Document& document, NodeId collection);

}  // namespace kaudit::yaml
