// A YAML text as a tree in which every node knows its bytes.
//
// The tree is small and flat: nodes in document order, a node's descendants directly behind it.
// It holds all documents of a file. It says how the text was written (style, spans), because
// editing needs that, and what it means (values, aliases), because deciding needs that.
// It is not a YAML object model: nothing is converted, merged or expanded.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/result.h"
#include "text/source_text.h"

namespace kaudit::yaml {

using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = 0xFFFFFFFFU;

enum class Kind : std::uint8_t { Scalar, Sequence, Mapping, Alias };

// How a node is written. Empty is a null of no characters: `key:` with nothing behind it.
enum class Style : std::uint8_t {
  Empty,
  Plain,
  SingleQuoted,
  DoubleQuoted,
  Literal,
  Folded,
  Block,   // of a collection
  Flow,    // of a collection
  Compact  // a mapping of one pair without braces inside a flow sequence: [a: b]
};

// Offsets count bytes of the whole text, a byte order mark included.
struct Node {
  std::uint32_t begin = 0;  // first byte of the node, its anchor and tag included
  std::uint32_t content =
      0;                  // first byte behind anchor and tag; of an Empty one: where it would be
  std::uint32_t end = 0;  // behind the last byte; a block scalar's last line break is outside
  std::uint32_t value_begin = 0;  // into the text or the decoded values, see Document::value
  std::uint32_t value_size = 0;
  NodeId parent = kNoNode;
  NodeId past = 0;          // the first node that is not a descendant
  std::uint32_t count = 0;  // items of a sequence, entries of a mapping; an alias: its target
  Kind kind = Kind::Scalar;
  Style style = Style::Plain;
  bool decoded = false;  // the value differs from its text and lies in the decoded values
  bool has_properties = false;
};

// Anchor and tag as written, without "&", with "!"; empty when absent.
struct Properties {
  std::string_view anchor;
  std::string_view tag;
  bool operator==(const Properties&) const = default;
};

struct Entry {
  NodeId key = kNoNode;
  NodeId value = kNoNode;
};

class Document {
 public:
  const text::SourceText& source() const { return *source_; }
  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& node(NodeId id) const { return nodes_[id]; }
  const std::vector<NodeId>& roots() const { return roots_; }

  // The scalar's meaning: escapes decoded, lines folded. Of an alias: the anchor's name.
  std::string_view value(NodeId id) const;
  Properties properties(NodeId id) const;
  text::Span span(NodeId id) const { return {node(id).begin, node(id).end}; }
  text::Span content_span(NodeId id) const { return {node(id).content, node(id).end}; }
  // Of a quoted scalar what stands between the quotes, of any other node its content. The caret of
  // a message belongs there.
  text::Span text_span(NodeId id) const;

  // An alias gives the node it names, everything else itself.
  NodeId resolve(NodeId id) const;
  bool is_null(NodeId id) const;

  std::vector<NodeId> items(NodeId sequence) const;
  std::vector<Entry> entries(NodeId mapping) const;
  // The entry with this key; with a duplicate the last one, as the kubelet reads it (go-yaml v2,
  // non-strict). Keys compare by value, so a quoted key is found too. Does not follow merge keys.
  std::optional<Entry> find(NodeId mapping, std::string_view key) const;

  // Whether the whole text is JSON: the kubelet then reads it as JSON and as nothing else.
  bool is_json() const { return is_json_; }
  // Offset of the first byte behind a byte order mark.
  std::size_t text_begin() const { return text_begin_; }
  // The byte column (from 0) of an offset, a byte order mark not counted.
  std::size_t column(std::size_t offset) const;

 private:
  friend class DocumentBuilder;
  friend class EventReader;
  friend class Accountant;
  friend text::Result<Document> parse(std::shared_ptr<const text::SourceText> source);
  std::shared_ptr<const text::SourceText> source_;
  std::vector<Node> nodes_;
  std::vector<NodeId> roots_;
  std::string decoded_;
  std::unordered_map<NodeId, Properties> properties_;
  bool is_json_ = false;
  std::size_t text_begin_ = 0;
};

// Where a node stands, in the words of Kubernetes: spec.containers[0].command[3].
std::string path_of(const Document& document, NodeId id);

// The innermost node that holds all of `span`; kNoNode where none does.
NodeId node_at(const Document& document, text::Span span);

}  // namespace kaudit::yaml
