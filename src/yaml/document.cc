#include "yaml/document.h"

#include <fmt/core.h>

#include <algorithm>

namespace kaudit::yaml {

std::string_view Document::value(NodeId id) const {
  const Node& n = node(id);
  const std::string_view pool = n.decoded ? std::string_view(decoded_) : source_->bytes();
  return pool.substr(n.value_begin, n.value_size);
}

Properties Document::properties(NodeId id) const {
  if (!node(id).has_properties) return {};
  const auto found = properties_.find(id);
  return found == properties_.end() ? Properties{} : found->second;
}

NodeId Document::resolve(NodeId id) const {
  while (node(id).kind == Kind::Alias) id = node(id).count;
  return id;
}

bool Document::is_null(NodeId id) const {
  const Node& n = node(id);
  if (n.kind != Kind::Scalar) return false;
  if (n.style == Style::Empty) return properties(id).tag.empty();
  if (n.style != Style::Plain) return false;
  const std::string_view word = value(id);
  return word == "~" || word == "null" || word == "Null" || word == "NULL";
}

std::vector<NodeId> Document::items(NodeId sequence) const {
  std::vector<NodeId> ids;
  ids.reserve(node(sequence).count);
  for (NodeId id = sequence + 1; id < node(sequence).past; id = node(id).past) ids.push_back(id);
  return ids;
}

std::vector<Entry> Document::entries(NodeId mapping) const {
  std::vector<Entry> found;
  found.reserve(node(mapping).count);
  for (NodeId id = mapping + 1; id < node(mapping).past;) {
    const NodeId value = node(id).past;
    found.push_back({id, value});
    id = node(value).past;
  }
  return found;
}

std::optional<Entry> Document::find(NodeId mapping, std::string_view key) const {
  std::optional<Entry> found;
  for (NodeId id = mapping + 1; id < node(mapping).past;) {
    const NodeId child = node(id).past;
    const NodeId named = resolve(id);
    if (node(named).kind == Kind::Scalar && value(named) == key) found = Entry{id, child};
    id = node(child).past;
  }
  return found;
}

std::size_t Document::column(std::size_t offset) const {
  return offset - std::max(source_->line_start(offset), std::min(text_begin_, offset));
}

text::Span Document::text_span(NodeId id) const {
  const Node& n = node(id);
  if (n.style == Style::Literal || n.style == Style::Folded) {
    const std::string_view text = source_->slice(content_span(id));
    const std::size_t line = std::min(text.find('\n'), text.size());
    const std::size_t first = text.find_first_not_of(" \r\n", line);
    return {n.content + (first == std::string_view::npos ? 0 : first), n.end};
  }
  const bool quoted = n.style == Style::SingleQuoted || n.style == Style::DoubleQuoted;
  if (!quoted || n.end - n.content <= 2) return content_span(id);
  return {n.content + std::size_t{1}, n.end - std::size_t{1}};
}

NodeId node_at(const Document& document, text::Span span) {
  const std::vector<Node>& nodes = document.nodes();
  // Nodes stand in the order of their beginnings, and whoever holds the span is the last one that
  // begins before it, or an ancestor of that one.
  const auto behind = std::partition_point(nodes.begin(), nodes.end(),
                                           [&](const Node& n) { return n.begin <= span.begin; });
  if (behind == nodes.begin()) return kNoNode;
  NodeId id = static_cast<NodeId>(behind - nodes.begin()) - 1;
  while (id != kNoNode && nodes[id].end < span.end) id = nodes[id].parent;
  return id;
}

std::string path_of(const Document& document, NodeId id) {
  std::vector<std::string> parts;
  for (NodeId at = id; document.node(at).parent != kNoNode; at = document.node(at).parent) {
    const NodeId parent = document.node(at).parent;
    if (document.node(parent).kind == Kind::Sequence) {
      std::size_t index = 0;
      for (NodeId item = parent + 1; item != at; item = document.node(item).past) ++index;
      parts.push_back(fmt::format("[{}]", index));
      continue;
    }
    for (NodeId key = parent + 1; key < document.node(parent).past;) {
      const NodeId value = document.node(key).past;
      if (value == at || key == at) parts.emplace_back(document.value(document.resolve(key)));
      key = document.node(value).past;
    }
  }
  std::string path;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (!path.empty() && part->front() != '[') path += '.';
    path += *part;
  }
  return path;
}

}  // namespace kaudit::yaml
