#include "support/libyaml_referee.h"

#include <fmt/core.h>
#include <yaml.h>

#include <memory>

namespace kaudit::support {

namespace {

using Kind = RefereeNode::Kind;
using Form = RefereeNode::Form;

// libyaml's index counts characters behind a byte order mark.
class ByteMap {
 public:
  explicit ByteMap(std::string_view text) : size_(text.size()) {
    for (std::size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; at < text.size(); ++at) {
      if ((static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U) starts_.push_back(at);
    }
  }
  std::size_t operator()(const yaml_mark_t& mark) const {
    return mark.index < starts_.size() ? starts_[mark.index] : size_;
  }

 private:
  std::vector<std::size_t> starts_;
  std::size_t size_;
};

std::string text_of(const yaml_char_t* chars) {
  return chars == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(chars));
}

Form form_of(yaml_scalar_style_t style) {
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
      return Form::SingleQuoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
      return Form::DoubleQuoted;
    case YAML_LITERAL_SCALAR_STYLE:
      return Form::Literal;
    case YAML_FOLDED_SCALAR_STYLE:
      return Form::Folded;
    default:
      return Form::Plain;
  }
}

class TreeReader {
 public:
  explicit TreeReader(std::string_view text) : bytes_(text) {
    yaml_parser_initialize(&parser_);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  ~TreeReader() { yaml_parser_delete(&parser_); }
  TreeReader(const TreeReader&) = delete;
  TreeReader& operator=(const TreeReader&) = delete;

  RefereeTree read() {
    for (bool more = true; more;) {
      yaml_event_t event;
      if (yaml_parser_parse(&parser_, &event) == 0) {
        tree_.error = fmt::format("{} (line {}, column {})",
                                  parser_.problem == nullptr ? "?" : parser_.problem,
                                  parser_.problem_mark.line + 1, parser_.problem_mark.column + 1);
        return std::move(tree_);
      }
      take(event);
      more = event.type != YAML_STREAM_END_EVENT;
      yaml_event_delete(&event);
    }
    tree_.accepted = true;
    return std::move(tree_);
  }

 private:
  void take(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        tree_.roots.push_back(tree_.nodes.size());
        break;
      case YAML_ALIAS_EVENT: {
        RefereeNode& node = add(event, Kind::Alias, Form::None, nullptr, nullptr);
        node.value = text_of(event.data.alias.anchor);
        break;
      }
      case YAML_SCALAR_EVENT: {
        const auto& scalar = event.data.scalar;
        RefereeNode& node =
            add(event, Kind::Scalar, form_of(scalar.style), scalar.anchor, scalar.tag);
        node.value.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
        break;
      }
      case YAML_SEQUENCE_START_EVENT: {
        const auto& start = event.data.sequence_start;
        open(event, Kind::Sequence, start.style == YAML_FLOW_SEQUENCE_STYLE, start.anchor,
             start.tag);
        break;
      }
      case YAML_MAPPING_START_EVENT: {
        const auto& start = event.data.mapping_start;
        open(event, Kind::Mapping, start.style == YAML_FLOW_MAPPING_STYLE, start.anchor, start.tag);
        break;
      }
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        close(event);
        break;
      default:
        break;
    }
  }

  RefereeNode& add(const yaml_event_t& event, Kind kind, Form form, const yaml_char_t* anchor,
                   const yaml_char_t* tag) {
    if (!open_.empty()) ++tree_.nodes[open_.back()].count;
    RefereeNode node;
    node.kind = kind;
    node.form = form;
    node.begin = bytes_(event.start_mark);
    node.end = bytes_(event.end_mark);
    node.anchor = text_of(anchor);
    node.tag = text_of(tag);
    node.past = tree_.nodes.size() + 1;
    tree_.nodes.push_back(std::move(node));
    return tree_.nodes.back();
  }
  void open(const yaml_event_t& event, Kind kind, bool flow, const yaml_char_t* anchor,
            const yaml_char_t* tag) {
    add(event, kind, flow ? Form::Flow : Form::Block, anchor, tag);
    open_.push_back(tree_.nodes.size() - 1);
  }
  void close(const yaml_event_t& event) {
    RefereeNode& node = tree_.nodes[open_.back()];
    node.past = tree_.nodes.size();
    node.end = bytes_(event.end_mark);
    if (node.kind == Kind::Mapping) node.count /= 2;
    open_.pop_back();
  }

  ByteMap bytes_;
  yaml_parser_t parser_{};
  RefereeTree tree_;
  std::vector<std::size_t> open_;
};

}  // namespace

bool RefereeNode::means_the_same(const RefereeNode& other) const {
  return kind == other.kind && form == other.form && value == other.value &&
         anchor == other.anchor && tag == other.tag && count == other.count;
}

std::size_t RefereeTree::resolve(std::size_t node) const {
  if (nodes[node].kind != Kind::Alias) return node;
  for (std::size_t at = node; at-- > 0;) {
    if (nodes[at].anchor == nodes[node].value) return at;
  }
  return node;
}

std::vector<std::size_t> RefereeTree::children(std::size_t collection) const {
  std::vector<std::size_t> found;
  for (std::size_t at = collection + 1; at < nodes[collection].past; at = nodes[at].past) {
    found.push_back(at);
  }
  return found;
}

std::optional<std::size_t> RefereeTree::find(std::size_t mapping, std::string_view key) const {
  std::optional<std::size_t> found;
  if (nodes[mapping].kind != Kind::Mapping) return found;
  const std::vector<std::size_t> all = children(mapping);
  for (std::size_t i = 0; i + 1 < all.size(); i += 2) {
    if (nodes[resolve(all[i])].value == key) found = all[i + 1];
  }
  return found;
}

RefereeTree read_with_libyaml(std::string_view text) {
  return std::make_unique<TreeReader>(text)->read();
}

namespace {

Kind kind_of(yaml::Kind kind) {
  switch (kind) {
    case yaml::Kind::Scalar:
      return Kind::Scalar;
    case yaml::Kind::Sequence:
      return Kind::Sequence;
    case yaml::Kind::Mapping:
      return Kind::Mapping;
    case yaml::Kind::Alias:
      return Kind::Alias;
  }
  return Kind::Scalar;
}

Form form_of(const yaml::Node& node) {
  if (node.kind == yaml::Kind::Alias) return Form::None;
  switch (node.style) {
    case yaml::Style::Empty:
    case yaml::Style::Plain:
      return Form::Plain;
    case yaml::Style::SingleQuoted:
      return Form::SingleQuoted;
    case yaml::Style::DoubleQuoted:
      return Form::DoubleQuoted;
    case yaml::Style::Literal:
      return Form::Literal;
    case yaml::Style::Folded:
      return Form::Folded;
    case yaml::Style::Block:
      return Form::Block;
    case yaml::Style::Flow:
    case yaml::Style::Compact:
      return Form::Flow;
  }
  return Form::None;
}

// Only blanks, line ends and comments between `begin` and `end`.
bool is_trivia(std::string_view text, std::size_t begin, std::size_t end) {
  if (begin > end) return false;
  for (std::size_t at = begin; at < end; ++at) {
    if (text[at] == '#') {
      at = std::min(text.find('\n', at), end);
    } else if (std::string_view(" \t\r\n").find(text[at]) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

// What libyaml tells about ends, and how far it can be compared.
bool same_end(const yaml::Node& ours, const RefereeNode& theirs, std::string_view text) {
  if (ours.style == yaml::Style::Empty) return ours.begin == ours.end || ours.end <= theirs.end;
  const bool to_next_token = ours.style == yaml::Style::Block || ours.style == yaml::Style::Compact;
  switch (to_next_token ? Form::Block : form_of(ours)) {
    case Form::Block:
      return ours.end <= text.size() && is_trivia(text, ours.end, theirs.end);
    case Form::Literal:
    case Form::Folded: {
      // Ours stops before the last line break that belongs to the value. Where there is no content,
      // theirs holds the header's comment; where there is, a line with a number sign may be
      // content.
      if (theirs.value.empty()) return is_trivia(text, ours.end, theirs.end);
      return ours.end <= theirs.end &&
             text.substr(ours.end, theirs.end - ours.end).find_first_not_of(" \r\n") ==
                 std::string_view::npos;
    }
    default:
      return ours.end == theirs.end;
  }
}

std::string written(std::string_view text, std::size_t begin, std::size_t end) {
  return std::string(text.substr(begin, std::min<std::size_t>(end - begin, 40)));
}

std::optional<std::string> node_difference(const yaml::Document& document, yaml::NodeId id,
                                           const RefereeNode& theirs) {
  const yaml::Node& ours = document.node(id);
  const std::string_view text = document.source().bytes();
  const auto says = [&](std::string_view what, auto us, auto them) {
    return fmt::format("node {} ({}) at {}: {}: kaudit {}, libyaml {}; text [{}]", id,
                       yaml::path_of(document, id), ours.begin, what, us, them,
                       written(text, ours.begin, std::max(ours.begin, ours.end)));
  };
  if (kind_of(ours.kind) != theirs.kind) {
    return says("kind", static_cast<int>(kind_of(ours.kind)), static_cast<int>(theirs.kind));
  }
  if (form_of(ours) != theirs.form) {
    return says("form", static_cast<int>(form_of(ours)), static_cast<int>(theirs.form));
  }
  const bool has_value = ours.kind == yaml::Kind::Scalar || ours.kind == yaml::Kind::Alias;
  if (has_value && document.value(id) != theirs.value) {
    return says("value", document.value(id), theirs.value);
  }
  if (!has_value && ours.count != theirs.count) return says("count", ours.count, theirs.count);
  if (document.properties(id).anchor != theirs.anchor) {
    return says("anchor", document.properties(id).anchor, theirs.anchor);
  }
  if (document.properties(id).tag.empty() != theirs.tag.empty()) {
    return says("tag", document.properties(id).tag, theirs.tag);
  }
  if (ours.past != theirs.past) return says("past", ours.past, theirs.past);
  if (ours.style != yaml::Style::Empty && ours.begin != theirs.begin) {
    return says("begin", ours.begin, theirs.begin);
  }
  if (!same_end(ours, theirs, text)) return says("end", ours.end, theirs.end);
  return {};
}

}  // namespace

std::optional<std::string> difference(const yaml::Document& document, const RefereeTree& referee) {
  if (!referee.accepted) return "libyaml rejects it: " + referee.error;
  if (document.roots().size() != referee.roots.size()) {
    return fmt::format("documents: kaudit {}, libyaml {}", document.roots().size(),
                       referee.roots.size());
  }
  for (std::size_t i = 0; i < referee.roots.size(); ++i) {
    if (document.roots()[i] != referee.roots[i])
      return fmt::format("document {} begins elsewhere", i);
  }
  if (document.nodes().size() != referee.nodes.size()) {
    return fmt::format("nodes: kaudit {}, libyaml {}", document.nodes().size(),
                       referee.nodes.size());
  }
  for (yaml::NodeId id = 0; id < document.nodes().size(); ++id) {
    if (auto found = node_difference(document, id, referee.nodes[id])) return found;
  }
  return {};
}

}  // namespace kaudit::support
