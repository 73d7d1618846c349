// The edits between two texts of which nobody knows how one became the other.
#pragma once

#include <vector>

#include "text/source_text.h"
#include "text/text_edit.h"

namespace kaudit::text {

// Whole-line edits that turn `before` into `after`, as few lines as possible (Myers, "An O(ND)
// Difference Algorithm", 1986). Texts that differ in more than `limit` lines give one edit for
// everything between their common beginning and end.
std::vector<TextEdit> line_diff(const SourceText& before, const SourceText& after,
                                std::size_t limit = 500);

}  // namespace kaudit::text
