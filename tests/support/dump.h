// Documents as text that a person can compare.
#pragma once

#include <fmt/core.h>

#include <memory>
#include <string>

#include "text/result.h"
#include "text/source_text.h"
#include "yaml/document.h"
#include "yaml/parse.h"

namespace kaudit::support {

inline std::shared_ptr<const text::SourceText> source(std::string bytes, std::string name = "in") {
  return std::make_shared<const text::SourceText>(std::move(name), std::move(bytes));
}

// Line breaks and tabs as in C.
inline std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\t')
      out += "\\t";
    else
      out += c;
  }
  return out;
}

inline std::string_view name_of(yaml::Style style) {
  switch (style) {
    case yaml::Style::Empty:
      return "empty";
    case yaml::Style::Plain:
      return "plain";
    case yaml::Style::SingleQuoted:
      return "single";
    case yaml::Style::DoubleQuoted:
      return "double";
    case yaml::Style::Literal:
      return "literal";
    case yaml::Style::Folded:
      return "folded";
    case yaml::Style::Block:
      return "block";
    case yaml::Style::Flow:
      return "flow";
    case yaml::Style::Compact:
      return "compact";
  }
  return "?";
}

// "  scalar plain 12..20 'x'": kind, style, bytes, value, a line a node, indented by depth. A node
// with an anchor or tag shows where its content begins: "4(8)..9 &a". Of a collection the number of
// its items or entries; of an alias its anchor. Documents are parted by "---".
inline std::string dump(const yaml::Document& document) {
  std::string out;
  for (yaml::NodeId id = 0; id < document.nodes().size(); ++id) {
    const yaml::Node& n = document.node(id);
    if (n.parent == yaml::kNoNode && id != 0) out += "---\n";
    for (yaml::NodeId up = n.parent; up != yaml::kNoNode; up = document.node(up).parent)
      out += "  ";
    const std::string place = n.content == n.begin
                                  ? fmt::format("{}..{}", n.begin, n.end)
                                  : fmt::format("{}({})..{}", n.begin, n.content, n.end);
    const yaml::Properties properties = document.properties(id);
    const std::string anchor =
        properties.anchor.empty() ? "" : fmt::format(" &{}", properties.anchor);
    const std::string tag = properties.tag.empty() ? "" : fmt::format(" {}", properties.tag);
    switch (n.kind) {
      case yaml::Kind::Scalar:
        out += fmt::format("scalar {} {}{}{} '{}'\n", name_of(n.style), place, anchor, tag,
                           escaped(document.value(id)));
        break;
      case yaml::Kind::Alias:
        out += fmt::format("alias {} *{}\n", place, document.value(id));
        break;
      default:
        out += fmt::format("{} {} {}{}{} {}\n",
                           n.kind == yaml::Kind::Sequence ? "sequence" : "mapping",
                           name_of(n.style), place, anchor, tag, n.count);
    }
  }
  return out;
}

// "2:5 message (hint)", as an Error is asserted; without a place no "2:5 ".
inline std::string said(const text::Error& error, const text::SourceText& text) {
  std::string out;
  if (error.place) {
    const text::Position at = text.position(error.place->begin);
    out = fmt::format("{}:{} ", at.line, at.column);
  }
  out += error.message;
  return error.hint.empty() ? out : out + " (" + error.hint + ")";
}

}  // namespace kaudit::support
