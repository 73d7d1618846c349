// What the text around a place looks like. Internal to yaml/; layout.cc asks, this answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "yaml/document.h"
#include "yaml/tree_edit.h"

namespace kaudit::yaml {

// How flow collections are written here.
struct FlowStyle {
  std::string colon = ": ";
  std::string comma = ", ";
  std::string pad;          // inside braces of one line: "{ a: b }" has " "
  std::string step = "  ";  // further indentation of the entries of a collection of several lines
  bool quote_keys = false;
  bool quote_values = false;
  bool multi_line = false;
  bool nested_multi_line = false;
};

class Surroundings {
 public:
  explicit Surroundings(const Document& document)
      : document_(document), source_(document.source()), text_(document.source().bytes()) {}

  // The next byte that is neither white space nor comment.
  std::size_t skip_trivia(std::size_t at) const;
  std::size_t line_of(std::size_t at) const { return source_.line_of(at); }
  // The line on which a node ends.
  std::size_t last_line(NodeId id) const { return source_.line_of(document_.node(id).end); }
  // The line end to give to a new line that follows `line`.
  std::string line_end(std::size_t line) const;
  bool has_line_end(std::size_t line) const;
  bool is_comment_line(std::size_t line) const;
  // Only blanks stand before `at` on its line.
  bool begins_line(std::size_t at) const;
  std::string_view indentation(std::size_t at) const;  // the blanks at the start of its line

  bool in_flow(NodeId id) const;  // some ancestor is a flow collection
  std::size_t depth(NodeId id) const;
  // The dash of item `index` of a block sequence; the first byte of entry `index` of a mapping.
  std::size_t dash(NodeId sequence, std::size_t index) const;
  std::size_t entry_begin(NodeId mapping, std::size_t index) const;
  // Blanks between a dash and its item.
  std::size_t dash_gap(NodeId sequence, std::size_t index) const;

  // Columns by which lists stand right of their key in this mapping, or in the document; 0 is
  // kubeadm's.
  std::size_t list_offset(NodeId mapping) const;
  // Columns by which a nested mapping stands right of its key.
  std::size_t indent_step(NodeId near) const;
  // The one quoting that all string scalars among the children of a collection share, if any.
  std::optional<Style> common_quotes(NodeId collection) const;

  // The style of a flow mapping, or of a new one in the place of `near`.
  FlowStyle flow_style(NodeId mapping) const;
  FlowStyle flow_style_for_new(NodeId parent) const;
  // The separator between items of a flow collection that share a line.
  std::string item_separator(NodeId collection) const;

 private:
  bool only(std::size_t begin, std::size_t end, std::string_view set) const;

  const Document& document_;
  const text::SourceText& source_;
  std::string_view text_;
};

}  // namespace kaudit::yaml
