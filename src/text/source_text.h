// A text as it was read: a name for people, the exact bytes, and an index of its lines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/span.h"

namespace kaudit::text {

// Immutable. A line ends with "\n"; a "\r" before it belongs to the line's end, not its content.
class SourceText {
 public:
  SourceText(std::string name, std::string bytes);

  const std::string& name() const { return name_; }
  std::string_view bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  std::string_view slice(Span span) const { return bytes().substr(span.begin, span.size()); }

  // At least 1; a text that ends in "\n" has no further, empty line after it.
  std::size_t line_count() const { return line_starts_.size(); }
  // `line` counts from 0. The span with its line end; without it, and without a byte order mark.
  Span line_span(std::size_t line) const;
  Span line_content(std::size_t line) const;
  // The line (from 0) that holds the byte at `offset`; the last line for the end of the text.
  std::size_t line_of(std::size_t offset) const;
  std::size_t line_start(std::size_t offset) const { return line_span(line_of(offset)).begin; }

  Position position(std::size_t offset) const;

 private:
  std::string name_;
  std::string bytes_;
  std::vector<std::uint32_t> line_starts_;
};

// The number of characters in `utf8`: every byte that is not a continuation byte counts.
std::size_t count_characters(std::string_view utf8);

}  // namespace kaudit::text
