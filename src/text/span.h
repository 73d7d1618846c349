// Where something stands in a text. Everything inside kaudit counts bytes from 0; everything a
// person sees counts lines and columns from 1. The conversion happens in SourceText and nowhere
// else.
#pragma once

#include <cstddef>

namespace kaudit::text {

// The half-open byte range [begin, end). An empty span is a place between two bytes.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;

  std::size_t size() const { return end - begin; }
  bool empty() const { return begin == end; }
  bool operator==(const Span&) const = default;
};

// Line and column, both from 1. A column counts characters (Unicode code points), not bytes, as
// an editor shows them; a byte that is not UTF-8 counts as one.
struct Position {
  std::size_t line = 1;
  std::size_t column = 1;

  bool operator==(const Position&) const = default;
};

}  // namespace kaudit::text
