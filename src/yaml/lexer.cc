#include "yaml/lexer.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>

namespace kaudit::yaml {
namespace {

using text::ErrorKind;
using text::fail;
using text::Result;
using text::Span;

bool is_blank(std::string_view text, std::size_t at) {
  return at < text.size() && (text[at] == ' ' || text[at] == '\t');
}

bool any_of(std::string_view set, std::string_view text, std::size_t at) {
  return at < text.size() && set.find(text[at]) != std::string_view::npos;
}

bool is_any_document_mark(std::string_view text, std::size_t at) {
  return is_document_mark(text, at, "---") || is_document_mark(text, at, "...");
}

// The white space between two words of a flow scalar (plain or quoted), line breaks included.
struct Gap {
  std::size_t end = 0;
  std::size_t line_begin = 0;  // of the line that holds `end`, valid if breaks > 0
  std::size_t breaks = 0;
  std::string_view blanks;  // the blanks, when there is no break
};

Gap skip_gap(std::string_view text, std::size_t at) {
  Gap gap{at, at, 0, {}};
  while (is_blank(text, gap.end)) ++gap.end;
  gap.blanks = text.substr(at, gap.end - at);
  while (const std::size_t size = break_size(text, gap.end)) {
    gap.end += size;
    gap.line_begin = gap.end;
    ++gap.breaks;
    while (is_blank(text, gap.end)) ++gap.end;
  }
  return gap;
}

// The first tab of a gap's lines, the first of them left out, that stands where indentation must:
// libyaml and go-yaml refuse it behind a plain scalar, in flow collections and before their ends
// too (scanner.c, yaml_parser_scan_plain_scalar).
std::optional<std::size_t> tab_as_indentation(std::string_view text, std::size_t begin,
                                              const Gap& gap, const ScalarContext& context) {
  std::size_t line = gap.end;
  for (std::size_t at = begin; at < gap.end; ++at) {
    if (const std::size_t size = break_size(text, at)) {
      at += size - 1;
      line = at + 1;
    } else if (text[at] == '\t' && line <= at &&
               static_cast<int>(at - line) <= context.parent_indent) {
      return at;
    }
  }
  return {};
}

// Line folding: one break is a blank, each further one a line feed.
void append_folded(std::string& value, const Gap& gap) {
  if (gap.breaks == 0)
    value += gap.blanks;
  else if (gap.breaks == 1)
    value += ' ';
  else
    value.append(gap.breaks - 1, '\n');
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | (code >> 6U));
  } else {
    if (code < 0x10000) {
      put(0xE0 | (code >> 12U));
    } else {
      put(0xF0 | (code >> 18U));
      put(0x80 | ((code >> 12U) & 0x3FU));
    }
    put(0x80 | ((code >> 6U) & 0x3FU));
  }
  put(0x80 | (code & 0x3FU));
}

std::optional<std::uint32_t> hex_digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return {};
  std::uint32_t code = 0;
  for (char c : text.substr(at, count)) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return {};
    code = code * 16 + static_cast<std::uint32_t>(digit);
  }
  return code;
}

// JSON's two escapes of a character beyond U+FFFF; yaml-cpp refuses them where the text is not
// JSON.
std::optional<std::uint32_t> surrogate_pair(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) != "\\u" || text.substr(std::min(at + 6, text.size()), 2) != "\\u")
    return {};
  const auto high = hex_digits(text, at + 2, 4);
  const auto low = hex_digits(text, at + 8, 4);
  if (!high || !low || *high >> 10U != 0x36 || *low >> 10U != 0x37) return {};
  return 0x10000 + ((*high & 0x3FFU) << 10U) + (*low & 0x3FFU);
}

// Decodes the escape whose backslash stands at `at`. Gives its length, 0 for an unknown one.
std::size_t append_escape(std::string_view text, std::size_t at, std::string& value) {
  static constexpr std::string_view kNames = "0abt\tnvfre \"/\\";
  static constexpr std::string_view kCodes{"\0\a\b\t\t\n\v\f\r\x1b \"/\\", 14};
  if (at + 1 >= text.size()) return 0;
  const char name = text[at + 1];
  if (const std::size_t i = kNames.find(name); i != std::string_view::npos) {
    value += kCodes[i];
    return 2;
  }
  if (name == 'N' || name == '_' || name == 'L' || name == 'P') {
    append_utf8(value, name == 'N' ? 0x85 : name == '_' ? 0xA0 : name == 'L' ? 0x2028 : 0x2029);
    return 2;
  }
  if (const auto pair = surrogate_pair(text, at)) {
    append_utf8(value, *pair);
    return 12;
  }
  const std::size_t count = name == 'x' ? 2 : name == 'u' ? 4 : name == 'U' ? 8 : 0;
  const auto code = count == 0 ? std::nullopt : hex_digits(text, at + 2, count);
  if (!code || *code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF)) return 0;
  append_utf8(value, *code);
  return 2 + count;
}

std::unexpected<text::Error> unterminated(std::size_t begin) {
  return fail(ErrorKind::NotYaml, "this quote is never closed",
              "close it; the file may have been cut off", Span{begin, begin + 1});
}

std::unexpected<text::Error> mark_inside_quotes(std::size_t at) {
  return fail(ErrorKind::NotYaml, "a document mark stands inside a quoted scalar",
              "close the quote before it", Span{at, at + 3});
}

// White space inside quotes, folded into the value. Gives the place behind it.
Result<std::size_t> fold_gap(std::string_view text, std::size_t at, std::string& value) {
  const Gap gap = skip_gap(text, at);
  if (gap.breaks > 0 && gap.end == gap.line_begin && is_any_document_mark(text, gap.end)) {
    return mark_inside_quotes(gap.end);
  }
  append_folded(value, gap);
  return gap.end;
}

}  // namespace

bool is_break(std::string_view text, std::size_t at) {
  return break_size(text, at) != 0;
}

std::size_t break_size(std::string_view text, std::size_t at) {
  if (at >= text.size()) return 0;
  if (text[at] == '\n') return 1;
  return text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 0;
}

bool is_blank_or_end(std::string_view text, std::size_t at) {
  return at >= text.size() || is_blank(text, at) || is_break(text, at);
}

bool is_document_mark(std::string_view text, std::size_t at, std::string_view mark) {
  return text.substr(std::min(at, text.size())).starts_with(mark) && is_blank_or_end(text, at + 3);
}

Result<Lexed> lex_plain(std::string_view text, std::size_t begin, const ScalarContext& context) {
  Lexed lexed{begin, std::string()};
  std::size_t at = begin;
  for (;;) {
    const std::size_t word = at;
    while (!is_blank_or_end(text, at)) {
      if (text[at] == ':' && is_blank_or_end(text, at + 1)) break;
      if (context.in_flow && text[at] == ':' && any_of(",?[]{}", text, at + 1)) {
        return fail(ErrorKind::NotYaml, "a ':' that readers of YAML understand differently",
                    "put the value in double quotes", Span{at, at + 1});
      }
      if (context.in_flow && any_of(",[]{}", text, at)) break;
      ++at;
    }
    if (at == word) break;
    lexed.value->append(text.substr(word, at - word));
    lexed.end = at;
    const Gap gap = skip_gap(text, at);
    if (const auto tab = tab_as_indentation(text, at, gap, context)) {
      return fail(ErrorKind::NotYaml, "a tab is used as indentation", "indent with spaces",
                  Span{*tab, *tab + 1});
    }
    if (gap.end == at || gap.end == text.size() || text[gap.end] == '#') break;
    if (gap.breaks > 0) {
      const std::size_t column = gap.end - gap.line_begin;
      if (column == 0 && is_any_document_mark(text, gap.end)) break;
      if (!context.in_flow && static_cast<int>(column) <= context.parent_indent) break;
      const std::string_view lead = text.substr(gap.line_begin, column);
      if (!context.in_flow && lead.find('\t') != std::string_view::npos) {
        return fail(ErrorKind::NotYaml, "a tab is used as indentation", "indent with spaces",
                    Span{gap.line_begin + lead.find('\t'), gap.line_begin + lead.find('\t') + 1});
      }
    }
    // Only a word that follows belongs to the scalar, and with it the gap before it.
    const bool ends = (text[gap.end] == ':' && is_blank_or_end(text, gap.end + 1)) ||
                      (context.in_flow && any_of(",[]{}", text, gap.end));
    if (ends) break;
    append_folded(*lexed.value, gap);
    at = gap.end;
  }
  return lexed;
}

Result<Lexed> lex_single_quoted(std::string_view text, std::size_t begin) {
  Lexed lexed{begin, std::string()};
  for (std::size_t at = begin + 1; at < text.size();) {
    if (text[at] == '\'') {
      if (at + 1 >= text.size() || text[at + 1] != '\'') {
        lexed.end = at + 1;
        return lexed;
      }
      *lexed.value += '\'';
      at += 2;
    } else if (is_blank_or_end(text, at)) {
      const Result<std::size_t> next = fold_gap(text, at, *lexed.value);
      if (!next) return std::unexpected(next.error());
      at = *next;
    } else {
      *lexed.value += text[at++];
    }
  }
  return unterminated(begin);
}

Result<Lexed> lex_double_quoted(std::string_view text, std::size_t begin) {
  Lexed lexed{begin, std::string()};
  for (std::size_t at = begin + 1; at < text.size();) {
    if (text[at] == '"') {
      lexed.end = at + 1;
      return lexed;
    }
    if (text[at] == '\\' && is_break(text, at + 1)) {
      const Gap gap = skip_gap(text, at + 1);
      lexed.value->append(gap.breaks - 1, '\n');
      at = gap.end;
    } else if (text[at] == '\\') {
      const std::size_t size = append_escape(text, at, *lexed.value);
      if (size == 0) {
        return fail(ErrorKind::NotYaml, "an escape that YAML does not know",
                    "write a literal backslash as \\\\", Span{at, std::min(at + 2, text.size())});
      }
      at += size;
    } else if (is_blank_or_end(text, at)) {
      const Result<std::size_t> next = fold_gap(text, at, *lexed.value);
      if (!next) return std::unexpected(next.error());
      at = *next;
    } else {
      *lexed.value += text[at++];
    }
  }
  return unterminated(begin);
}

namespace {

struct BlockHeader {
  std::size_t end = 0;   // behind the last character of the header itself
  std::size_t body = 0;  // where the first line below it begins
  char chomping = 0;     // '+', '-' or 0
  int increment = 0;     // 1 to 9, 0 when the content tells
};

Result<BlockHeader> lex_block_header(std::string_view text, std::size_t begin) {
  BlockHeader header{begin + 1, 0, 0, 0};
  for (; header.end < text.size(); ++header.end) {
    const char c = text[header.end];
    if ((c == '+' || c == '-') && header.chomping == 0)
      header.chomping = c;
    else if (c >= '1' && c <= '9' && header.increment == 0)
      header.increment = c - '0';
    else
      break;
  }
  std::size_t at = header.end;
  while (is_blank(text, at)) ++at;
  if (at < text.size() && text[at] == '#') {
    while (at < text.size() && !is_break(text, at)) ++at;
  }
  if (at < text.size() && !is_break(text, at)) {
    return fail(ErrorKind::NotYaml, "unexpected text behind a block scalar's indicator",
                "begin the text on the next line", Span{at, at + 1});
  }
  header.body = at + break_size(text, at);
  return header;
}

// Libyaml's detection: the first line with content, or the deepest blank line before it.
std::size_t content_indent(std::string_view text, std::size_t body, int parent_indent) {
  std::size_t indent = 0;
  for (std::size_t at = body; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && text[end] == ' ') ++end;
    indent = std::max(indent, end - at);
    if (!is_break(text, end)) break;
    at = end + break_size(text, end);
  }
  return std::max(indent, static_cast<std::size_t>(std::max(parent_indent + 1, 1)));
}

}  // namespace

Result<Lexed> lex_block_scalar(std::string_view text, std::size_t begin,
                               const ScalarContext& context) {
  const Result<BlockHeader> header = lex_block_header(text, begin);
  if (!header) return std::unexpected(header.error());
  const std::size_t indent =
      header->increment > 0
          ? static_cast<std::size_t>(std::max(context.parent_indent, 0) + header->increment)
          : content_indent(text, header->body, context.parent_indent);
  Lexed lexed{header->end, std::string()};
  std::string breaks;  // of lines that are blank so far, or the break behind the last line
  bool has_content = false;
  for (std::size_t at = header->body; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && text[end] == ' ' && end - at < indent) ++end;
    const bool blank = is_break(text, end) || end == text.size();
    if (!blank && end - at < indent) {
      if (text[end] == '\t') {
        return fail(ErrorKind::NotYaml, "a tab is used as indentation", "indent with spaces",
                    Span{end, end + 1});
      }
      break;
    }
    std::size_t stop = end;
    while (stop < text.size() && !is_break(text, stop)) ++stop;
    if (!blank) {
      lexed.value->append(breaks).append(text.substr(end, stop - end));
      breaks.clear();
      has_content = true;
    }
    if (!blank || (header->chomping == '+' && is_break(text, stop))) lexed.end = stop;
    const std::size_t size = break_size(text, stop);
    if (size != 0) breaks += '\n';
    at = stop + size;
  }
  if (header->chomping == '+') lexed.kept_breaks = breaks.size();
  if (header->chomping == '+')
    lexed.value->append(breaks);
  else if (header->chomping == 0 && has_content && !breaks.empty())
    *lexed.value += '\n';
  if (text[begin] == '>') lexed.value.reset();
  return lexed;
}

}  // namespace kaudit::yaml
