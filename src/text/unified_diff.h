// The difference between a text and its edited form, as `diff -u` prints it.
#pragma once

#include <string>
#include <vector>

#include "text/source_text.h"
#include "text/text_edit.h"

namespace kaudit::text {

struct DiffOptions {
  std::string old_name;
  std::string new_name;
  std::size_t context = 3;
  bool color = false;
};

// Computed from the edits, so it needs no search for a longest common subsequence and shows an
// inserted item as the item, where `diff -u` may slide it over equal neighbouring lines. `patch`
// accepts it. Empty when the edits change nothing. `edits` must be applicable to `source`.
std::string unified_diff(const SourceText& source, std::vector<TextEdit> edits,
                         const DiffOptions& options);

}  // namespace kaudit::text
