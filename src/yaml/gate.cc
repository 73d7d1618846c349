#include "yaml/gate.h"

#include <fmt/core.h>

#include <cstdint>

#include "text/utf8.h"

namespace kaudit::yaml {
namespace {

using text::ErrorKind;
using text::fail;
using text::Span;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct Character {
  std::uint32_t code = 0;
  std::size_t size = 0;  // 0: not UTF-8
};

// Shortest forms only, no surrogates, at most U+10FFFF (RFC 3629).
Character decode(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const std::uint32_t first = at(0);
  const std::size_t size = text::utf8_size(static_cast<unsigned char>(first));
  if (size == 0 || size > bytes.size()) return {};
  if (size == 1) return {first, 1};
  std::uint32_t code = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((at(i) & 0xC0U) != 0x80U) return {};
    code = (code << 6U) | (at(i) & 0x3FU);
  }
  const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return overlong || surrogate || code > 0x10FFFF ? Character{} : Character{code, size};
}

bool looks_like_utf16(std::string_view bytes) {
  if (bytes.starts_with("\xFE\xFF") || bytes.starts_with("\xFF\xFE")) return true;
  return bytes.size() >= 2 && ((bytes[0] == '\0') != (bytes[1] == '\0'));
}

bool is_foreign_line_break(std::uint32_t code) {
  return code == 0x85 || code == 0x2028 || code == 0x2029;
}

bool is_allowed(std::uint32_t code) {
  return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0x7E) ||
         (code >= 0xA0 && code <= 0xFFFD && code != 0xFEFF) || code >= 0x10000;
}

}  // namespace

text::Result<void> check_bytes(const text::SourceText& source) {
  const std::string_view bytes = source.bytes();
  if (looks_like_utf16(bytes)) {
    return fail(ErrorKind::Unsupported, "the file is UTF-16 or UTF-32, and kaudit edits UTF-8 only",
                "convert it first, for instance with iconv -f UTF-16 -t UTF-8", Span{0, 0});
  }
  std::size_t at = bytes.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  while (at < bytes.size()) {
    const auto byte = static_cast<unsigned char>(bytes[at]);
    if ((byte >= 0x20 && byte < 0x7F) || byte == '\n') {
      ++at;
      continue;
    }
    const Character c = decode(bytes.substr(at));
    const Span place{at, at + std::max<std::size_t>(1, c.size)};
    if (c.size == 0) {
      return fail(ErrorKind::NotYaml,
                  fmt::format("byte 0x{:02X} at offset {} is not UTF-8", byte, at),
                  "save the file as UTF-8; Kubernetes' parser rejects it as it is", place);
    }
    if (is_foreign_line_break(c.code)) {
      return fail(ErrorKind::Unsupported,
                  fmt::format("character U+{:04X} at offset {} is a line break for the kubelet's "
                              "parser but not for every reader",
                              c.code, at),
                  "replace it by an ordinary line end or remove it", place);
    }
    if (c.code == '\r' && !bytes.substr(at).starts_with("\r\n")) {
      return fail(ErrorKind::Unsupported,
                  fmt::format("a carriage return without a line feed at offset {}", at),
                  "end lines with LF or CRLF", place);
    }
    if (!is_allowed(c.code)) {
      return fail(
          ErrorKind::NotYaml,
          fmt::format("control character U+{:04X} at offset {} is not allowed in YAML", c.code, at),
          "remove it; Kubernetes' parser rejects the file as it is", place);
    }
    at += c.size;
  }
  return {};
}

}  // namespace kaudit::yaml
