#include "yaml/surroundings.h"

#include <algorithm>

namespace kaudit::yaml {

std::size_t Surroundings::skip_trivia(std::size_t at) const {
  while (at < text_.size()) {
    const char c = text_[at];
    if (c == '#') {
      at = std::min(text_.find('\n', at), text_.size());
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      ++at;
    } else {
      break;
    }
  }
  return at;
}

bool Surroundings::has_line_end(std::size_t line) const {
  const text::Span span = source_.line_span(line);
  return !span.empty() && text_[span.end - 1] == '\n';
}

std::string Surroundings::line_end(std::size_t line) const {
  for (std::size_t above = line + 1; above-- > 0;) {
    if (!has_line_end(above)) continue;
    return source_.line_content(above).end + 2 == source_.line_span(above).end ? "\r\n" : "\n";
  }
  return "\n";
}

bool Surroundings::is_comment_line(std::size_t line) const {
  const std::string_view content = source_.slice(source_.line_content(line));
  const std::size_t first = content.find_first_not_of(" \t");
  return first != std::string_view::npos && content[first] == '#';
}

std::string_view Surroundings::indentation(std::size_t at) const {
  const text::Span line = source_.line_span(source_.line_of(at));
  const std::size_t begin = line.begin == 0 ? document_.text_begin() : line.begin;
  std::size_t end = begin;
  while (end < line.end && (text_[end] == ' ' || text_[end] == '\t')) ++end;
  return text_.substr(begin, end - begin);
}

bool Surroundings::begins_line(std::size_t at) const {
  return indentation(at).size() == document_.column(at);
}

bool Surroundings::in_flow(NodeId id) const {
  for (NodeId up = document_.node(id).parent; up != kNoNode; up = document_.node(up).parent) {
    if (document_.node(up).style != Style::Block) return true;
  }
  return false;
}

std::size_t Surroundings::depth(NodeId id) const {
  std::size_t depth = 0;
  for (NodeId up = document_.node(id).parent; up != kNoNode; up = document_.node(up).parent)
    ++depth;
  return depth;
}

std::size_t Surroundings::dash(NodeId sequence, std::size_t index) const {
  if (index == 0) return document_.node(sequence).content;
  return skip_trivia(document_.node(document_.items(sequence)[index - 1]).end);
}

std::size_t Surroundings::entry_begin(NodeId mapping, std::size_t index) const {
  const std::vector<Entry> entries = document_.entries(mapping);
  const Node& n = document_.node(mapping);
  if (n.style == Style::Flow) return document_.node(entries[index].key).begin;
  return index == 0 ? n.content : skip_trivia(document_.node(entries[index - 1].value).end);
}

bool Surroundings::only(std::size_t begin, std::size_t end, std::string_view set) const {
  return text_.substr(begin, end - begin).find_first_not_of(set) == std::string_view::npos;
}

std::size_t Surroundings::dash_gap(NodeId sequence, std::size_t index) const {
  const std::vector<NodeId> items = document_.items(sequence);
  const std::size_t behind = dash(sequence, index) + 1;
  const std::size_t begin = document_.node(items[index]).begin;
  return begin > behind && only(behind, begin, " ") ? begin - behind : 1;
}

namespace {

// How far a block collection of the wanted kind stands right of its key, if it begins a line.
std::optional<std::size_t> offset_in(const Document& document, const Surroundings& here,
                                     NodeId mapping, Kind wanted) {
  if (document.node(mapping).kind != Kind::Mapping || document.node(mapping).style != Style::Block)
    return {};
  for (const Entry& entry : document.entries(mapping)) {
    const Node& value = document.node(entry.value);
    if (value.kind != wanted || value.style != Style::Block || !here.begins_line(value.content))
      continue;
    const std::size_t key = document.column(document.node(entry.key).begin);
    const std::size_t column = document.column(value.content);
    if (column >= key) return column - key;
  }
  return {};
}

}  // namespace

std::size_t Surroundings::list_offset(NodeId mapping) const {
  for (NodeId up = mapping; up != kNoNode; up = document_.node(up).parent) {
    if (const auto offset = offset_in(document_, *this, up, Kind::Sequence)) return *offset;
  }
  for (NodeId id = 0; id < document_.nodes().size(); ++id) {
    if (const auto offset = offset_in(document_, *this, id, Kind::Sequence)) return *offset;
  }
  return 0;
}

std::size_t Surroundings::indent_step(NodeId near) const {
  for (NodeId id = near; id < document_.node(near).past; ++id) {
    if (const auto offset = offset_in(document_, *this, id, Kind::Mapping)) return *offset;
  }
  for (NodeId id = 0; id < document_.nodes().size(); ++id) {
    if (const auto offset = offset_in(document_, *this, id, Kind::Mapping)) return *offset;
  }
  return 2;
}

std::optional<Style> Surroundings::common_quotes(NodeId collection) const {
  std::optional<Style> common;
  const bool mapping = document_.node(collection).kind == Kind::Mapping;
  std::size_t index = 0;
  for (NodeId id = collection + 1; id < document_.node(collection).past;
       id = document_.node(id).past) {
    const bool key = mapping && index++ % 2 == 0;
    const Node& n = document_.node(id);
    if (key || n.kind != Kind::Scalar) continue;
    const std::string_view word = document_.value(id);
    if (n.style == Style::Plain && (word == "true" || word == "false")) continue;
    if (n.style != Style::SingleQuoted && n.style != Style::DoubleQuoted) return {};
    if (common && *common != n.style) return {};
    common = n.style;
  }
  return common;
}

std::string Surroundings::item_separator(NodeId collection) const {
  std::size_t previous_end = 0;
  const Node& n = document_.node(collection);
  for (NodeId id = collection + 1; id < n.past;) {
    const NodeId last = n.kind == Kind::Mapping ? document_.node(id).past : id;
    const std::size_t begin = document_.node(id).begin;
    if (previous_end != 0 && only(previous_end, begin, ", ") && text_[previous_end] == ',') {
      return std::string(text_.substr(previous_end, begin - previous_end));
    }
    previous_end = document_.node(last).end;
    id = document_.node(last).past;
  }
  return flow_style_for_new(collection).comma;
}

FlowStyle Surroundings::flow_style(NodeId mapping) const {
  FlowStyle style;
  const Node& n = document_.node(mapping);
  const std::vector<Entry> entries = document_.entries(mapping);
  if (n.style != Style::Flow || entries.empty()) return flow_style_for_new(n.parent);
  const Node& key = document_.node(entries[0].key);
  for (const Entry& entry : entries) {
    // An entry without a value says nothing about what stands between key and value.
    const std::size_t end = document_.node(entry.key).end;
    const Node& value = document_.node(entry.value);
    if (value.style == Style::Empty || text_[end] != ':' || !only(end + 1, value.begin, " "))
      continue;
    style.colon = text_.substr(end, value.begin - end);
    break;
  }
  style.quote_keys = document_.is_json() || key.style == Style::DoubleQuoted;
  style.multi_line = line_of(n.content) != line_of(key.begin);
  if (style.multi_line) {
    const std::string_view outer = indentation(n.content);
    const std::string_view inner = indentation(key.begin);
    if (inner.starts_with(outer)) style.step = inner.substr(outer.size());
  } else if (only(n.content + 1, key.begin, " ")) {
    style.pad = text_.substr(n.content + 1, key.begin - n.content - 1);
  }
  if (document_.is_json() && style.colon == ":") style.comma = ",";
  if (document_.is_json()) style.quote_values = true;
  for (std::size_t i = 1; i < entries.size(); ++i) {
    const std::size_t end = document_.node(entries[i - 1].value).end;
    const std::size_t begin = document_.node(entries[i].key).begin;
    if (text_[end] == ',' && only(end, begin, ", ")) style.comma = text_.substr(end, begin - end);
  }
  for (const Entry& entry : entries) {
    const Node& v = document_.node(entry.value);
    if (v.kind == Kind::Scalar && v.style == Style::DoubleQuoted) style.quote_values = true;
    if (v.kind == Kind::Mapping && v.style == Style::Flow && v.count > 0) {
      style.nested_multi_line = flow_style(entry.value).multi_line;
    }
  }
  return style;
}

FlowStyle Surroundings::flow_style_for_new(NodeId parent) const {
  NodeId model = parent;
  while (model != kNoNode &&
         !(document_.node(model).kind == Kind::Mapping &&
           document_.node(model).style == Style::Flow && document_.node(model).count > 0)) {
    model = document_.node(model).parent;
  }
  FlowStyle style;
  if (model != kNoNode) style = flow_style(model);
  if (document_.is_json()) style.quote_keys = style.quote_values = true;
  style.nested_multi_line = style.multi_line;
  return style;
}

}  // namespace kaudit::yaml
