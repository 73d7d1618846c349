// The ends of scalars.
//
// yaml-cpp says where a node begins and never where it ends. These functions start at a known
// beginning, close exactly one scalar, and decode it on the way: a caller believes the end only
// when the decoded value is the one that yaml-cpp read.
// The rules are those of libyaml 0.2.5 (scanner.c, yaml_parser_scan_*_scalar), the family of the
// kubelet's go-yaml; where yaml-cpp reads more generously, the values differ and the text is
// refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "text/result.h"

namespace kaudit::yaml {

struct Lexed {
  std::size_t end = 0;               // behind the scalar's last byte
  std::optional<std::string> value;  // absent where only the end is computed (folded scalars)
  std::size_t kept_breaks = 0;  // line feeds at the end of a block scalar that keeps them ("+")
};

// What a scalar's end depends on besides its own characters.
struct ScalarContext {
  int parent_indent = -1;  // column of the innermost block collection around it, -1 at the root
  bool in_flow = false;
  std::size_t text_begin = 0;  // behind a byte order mark
};

// `begin` is the scalar's first byte: its first character, its quote, or its "|" or ">".
text::Result<Lexed> lex_plain(std::string_view text, std::size_t begin,
                              const ScalarContext& context);
text::Result<Lexed> lex_single_quoted(std::string_view text, std::size_t begin);
text::Result<Lexed> lex_double_quoted(std::string_view text, std::size_t begin);
text::Result<Lexed> lex_block_scalar(std::string_view text, std::size_t begin,
                                     const ScalarContext& context);

// Character classes of YAML 1.1, for the end of the text too.
bool is_blank_or_end(std::string_view text, std::size_t at);
bool is_break(std::string_view text, std::size_t at);
// The length of the line break at `at`: 1, 2, or 0 when there is none.
std::size_t break_size(std::string_view text, std::size_t at);
// "---" or "..." at the start of a line, followed by white space or the end.
bool is_document_mark(std::string_view text, std::size_t at, std::string_view mark);

}  // namespace kaudit::yaml
