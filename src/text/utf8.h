// The shape of UTF-8, as far as counting and checking need it.
#pragma once

#include <cstddef>

namespace kaudit::text {

// The length of a character whose first byte this is; 0 for a byte that begins none (RFC 3629).
constexpr std::size_t utf8_size(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;
  if (first < 0xE0) return 2;
  if (first < 0xF0) return 3;
  return first < 0xF5 ? 4 : 0;
}

constexpr bool is_utf8_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

}  // namespace kaudit::text
