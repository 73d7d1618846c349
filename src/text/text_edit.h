// The whole vocabulary of changing a text: replace these bytes by those.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/result.h"
#include "text/span.h"

namespace kaudit::text {

// Replace the bytes of `span` by `replacement`. An empty span inserts, an empty replacement
// removes. All edits of a change refer to the same, original text.
struct TextEdit {
  Span span;
  std::string replacement;

  bool operator==(const TextEdit&) const = default;
};

// Sorts by place. Insertions at one place keep the order in which they were given and stand before
// a replacement that begins there.
void sort_edits(std::vector<TextEdit>& edits);

// The new text. Edits may come in any order; overlapping ones, or ones outside the text, are an
// Error of kind Proof, because only a mistake of ours makes them.
Result<std::string> apply(std::string_view original, std::vector<TextEdit> edits);

// Where in the original text stands what is at `after` in the result of the edits, which are
// sorted. For replaced text it is what was replaced; nothing for text that is new.
std::optional<Span> place_before(const std::vector<TextEdit>& edits, Span after);

}  // namespace kaudit::text
