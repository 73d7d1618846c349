#include "text/excerpt.h"

#include <fmt/core.h>

#include <algorithm>

#include "text/utf8.h"

namespace kaudit::text {
namespace {

constexpr std::size_t kWindow = 72;       // characters of the source line that are shown
constexpr std::size_t kBeforeCaret = 48;  // of these, at most so many before the caret

// The size of the UTF-8 character at the start of `bytes`, 0 if there is none.
std::size_t character_size(std::string_view bytes) {
  const std::size_t size = utf8_size(static_cast<unsigned char>(bytes[0]));
  if (size > bytes.size()) return 0;
  const std::string_view rest = bytes.substr(1, size == 0 ? 0 : size - 1);
  return std::all_of(rest.begin(), rest.end(), is_utf8_continuation) ? size : 0;
}

// U+0080 to U+009F, which some terminals obey.
bool is_c1_control(std::string_view bytes) {
  return bytes.size() > 1 && static_cast<unsigned char>(bytes[0]) == 0xC2 &&
         static_cast<unsigned char>(bytes[1]) < 0xA0;
}

// The code of a character that changes the direction in which what follows is shown (UAX #9,
// section 2), so that a line reads as what it does not say: U+061C, U+200E, U+200F, U+202A to
// U+202E, U+2066 to U+2069; else 0.
unsigned direction_control(std::string_view bytes) {
  const auto byte = [&](std::size_t at) -> unsigned {
    return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
  };
  if (byte(0) == 0xD8 && byte(1) == 0x9C) return 0x061C;
  if (byte(0) != 0xE2 || (byte(1) != 0x80 && byte(1) != 0x81)) return 0;
  const unsigned code = 0x2000U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
  const bool is_one = code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
                      (code >= 0x2066 && code <= 0x2069);
  return is_one ? code : 0;
}

// Byte for byte as wide as the line; control characters and broken UTF-8 must not reach a terminal.
std::string printable(std::string_view line) {
  std::string out;
  while (!line.empty()) {
    const std::size_t size = character_size(line);
    const auto value = static_cast<unsigned char>(line[0]);
    if (size == 0)
      out += '?';
    else if (value < 0x20 || value == 0x7F)
      out += ' ';
    else if (is_c1_control(line))
      out += "  ";
    else if (direction_control(line.substr(0, size)) != 0)
      out.append(size, '?');
    else
      out += line.substr(0, size);
    line.remove_prefix(std::max<std::size_t>(1, size));
  }
  return out;
}

// The byte offset of the character with the given index, or the size of `line`.
std::size_t byte_of_character(std::string_view line, std::size_t index) {
  std::size_t at = 0;
  for (; at < line.size(); ++at) {
    if (!is_utf8_continuation(line[at]) && index-- == 0) break;
  }
  return at;
}

}  // namespace

std::string excerpt(const SourceText& source, Span span, std::string_view indent) {
  const Span content = source.line_content(source.line_of(span.begin));
  const std::string line = printable(source.slice(content));
  const std::size_t caret_byte = std::min(span.begin, content.end) - content.begin;
  const std::size_t end_byte =
      std::clamp(span.end, content.begin + caret_byte, content.end) - content.begin;
  const std::size_t caret = count_characters(line.substr(0, caret_byte));
  const std::size_t marked =
      std::max<std::size_t>(1, count_characters(line.substr(caret_byte, end_byte - caret_byte)));

  const std::size_t skipped = caret > kBeforeCaret ? caret - kBeforeCaret : 0;
  const std::size_t from = byte_of_character(line, skipped);
  const std::size_t to = byte_of_character(line, skipped + kWindow);
  const std::string_view head = skipped > 0 ? "..." : "";
  const std::string_view tail = to < line.size() ? "..." : "";
  const std::size_t column = caret - skipped + head.size();
  const std::size_t tildes = std::min(marked, skipped + kWindow - caret) - 1;
  return fmt::format("{}{}{}{}\n{}{}^{}\n", indent, head, line.substr(from, to - from), tail,
                     indent, std::string(column, ' '), std::string(tildes, '~'));
}

std::string one_line(std::string_view words) {
  std::string out;
  for (std::string_view rest = words; !rest.empty();) {
    const std::size_t size = character_size(rest);
    const auto value = static_cast<unsigned char>(rest[0]);
    if (value == '\n')
      out += "\\n";
    else if (value == '\t')
      out += "\\t";
    else if (value == '\r')
      out += "\\r";
    else if (size == 0 || value < 0x20 || value == 0x7F)
      out += fmt::format("\\x{:02x}", value);
    else if (is_c1_control(rest))
      out += fmt::format("\\u00{:02x}", static_cast<unsigned char>(rest[1]));
    else if (const unsigned code = direction_control(rest.substr(0, size)); code != 0)
      out += fmt::format("\\u{:04x}", code);
    else
      out += rest.substr(0, size);
    rest.remove_prefix(std::max<std::size_t>(1, size));
  }
  return out;
}

std::string place_prefix(const SourceText& source, const std::optional<Span>& place) {
  if (!place) return fmt::format("{}: ", source.name());
  const Position at = source.position(place->begin);
  return fmt::format("{}:{}:{}: ", source.name(), at.line, at.column);
}

std::string render(const Error& error, const SourceText& source) {
  std::string out = fmt::format("{}error: {}\n", place_prefix(source, error.place), error.message);
  if (error.place) out += excerpt(source, *error.place);
  if (!error.hint.empty()) out += fmt::format("  hint: {}\n", error.hint);
  return out;
}

}  // namespace kaudit::text
