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

namespace {

// The original's bytes for one byte of the result.
std::optional<Span> byte_before(const std::vector<TextEdit>& edits, std::size_t after) {
  std::size_t at = 0;   // of the result
  std::size_t was = 0;  // of the original
  for (const TextEdit& edit : edits) {
    const std::size_t begin = at + (edit.span.begin - was);
    if (after < begin) break;
    at = begin + edit.replacement.size();
    was = edit.span.end;
    if (after >= at) continue;
    return edit.span.empty() ? std::nullopt : std::optional(edit.span);
  }
  const std::size_t before = was + (after - at);
  return Span{before, before + 1};
}

}  // namespace

std::optional<Span> place_before(const std::vector<TextEdit>& edits, Span after) {
  const std::optional<Span> first = byte_before(edits, after.begin);
  if (!first || after.empty())
    return first ? std::optional(Span{first->begin, first->begin}) : first;
  const std::optional<Span> last = byte_before(edits, after.end - 1);
  return Span{first->begin, last ? std::max(first->end, last->end) : first->end};
}

}  // namespace kaudit::text
