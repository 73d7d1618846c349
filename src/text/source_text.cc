#include "text/source_text.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "text/utf8.h"

namespace kaudit::text {

SourceText::SourceText(std::string name, std::string bytes)
    : name_(std::move(name)), bytes_(std::move(bytes)) {
  line_starts_.push_back(0);
  const char* const begin = bytes_.data();
  const char* const end = begin + bytes_.size();
  for (const char* at = begin; at != end;) {
    const void* found = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
    if (found == nullptr) break;
    at = static_cast<const char*>(found) + 1;
    if (at != end) line_starts_.push_back(static_cast<std::uint32_t>(at - begin));
  }
}

Span SourceText::line_span(std::size_t line) const {
  const std::size_t end = line + 1 < line_starts_.size() ? line_starts_[line + 1] : bytes_.size();
  return {line_starts_[line], end};
}

Span SourceText::line_content(std::size_t line) const {
  Span span = line_span(line);
  if (line == 0 && bytes().starts_with("\xEF\xBB\xBF")) span.begin = 3;
  if (span.end > span.begin && bytes_[span.end - 1] == '\n') --span.end;
  if (span.end > span.begin && bytes_[span.end - 1] == '\r') --span.end;
  return span;
}

std::size_t SourceText::line_of(std::size_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  return static_cast<std::size_t>(after - line_starts_.begin()) - 1;
}

Position SourceText::position(std::size_t offset) const {
  const std::size_t line = line_of(offset);
  const std::size_t begin = line_content(line).begin;
  const std::string_view before = slice({begin, std::clamp(offset, begin, bytes_.size())});
  return {line + 1, count_characters(before) + 1};
}

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char byte) { return !is_utf8_continuation(byte); }));
}

}  // namespace kaudit::text
