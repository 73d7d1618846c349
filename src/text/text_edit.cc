#include "text/text_edit.h"

#include <algorithm>

namespace kaudit::text {

void sort_edits(std::vector<TextEdit>& edits) {
  std::stable_sort(edits.begin(), edits.end(), [](const TextEdit& a, const TextEdit& b) {
    if (a.span.begin != b.span.begin) return a.span.begin < b.span.begin;
    return a.span.empty() && !b.span.empty();
  });
}

Result<std::string> apply(std::string_view original, std::vector<TextEdit> edits) {
  sort_edits(edits);
  std::size_t size = original.size();
  std::size_t done = 0;
  for (const TextEdit& edit : edits) {
    if (edit.span.begin < done || edit.span.end < edit.span.begin ||
        edit.span.end > original.size()) {
      return fail(ErrorKind::Proof, "two edits of the plan touch the same bytes", "", edit.span);
    }
    done = edit.span.end;
    size = size - edit.span.size() + edit.replacement.size();
  }
  std::string result;
  result.reserve(size);
  std::size_t from = 0;
  for (const TextEdit& edit : edits) {
    result.append(original.substr(from, edit.span.begin - from)).append(edit.replacement);
    from = edit.span.end;
  }
  return result.append(original.substr(from));
}

}  // namespace kaudit::text
