#include "kube/document_reader.h"

#include <fmt/core.h>

#include <algorithm>

#include "kube/decoded.h"

namespace kaudit::kube {

using text::ErrorKind;
using yaml::Document;
using yaml::Entry;
using yaml::Kind;
using yaml::kNoNode;
using yaml::NodeId;

bool is_string(const Document& document, NodeId id) {
  return Decoded(document).is_string(id);
}

std::string string_or_empty(const Document& document, std::optional<Entry> entry) {
  if (!entry) return {};
  const NodeId id = document.resolve(entry->value);
  return is_string(document, id) ? std::string(document.value(id)) : std::string();
}

bool is_true(const Document& document, NodeId id) {
  const yaml::Node& n = document.node(id);
  if (n.kind != Kind::Scalar || n.style != yaml::Style::Plain) return false;
  std::string word(document.value(id));
  for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return word == "true" || word == "yes" || word == "on" || word == "y";
}

bool DocumentReader::refuse(ErrorKind kind, std::string message, std::string hint, NodeId at) {
  std::optional<text::Span> place;
  if (at != kNoNode) place = document_.span(at);
  error_ = text::Error{kind, std::move(message), std::move(hint), place};
  return false;
}

bool DocumentReader::edited_mapping(NodeId& id, std::string_view name,
                                    std::initializer_list<std::string_view> keys) {
  if (!edits_) id = document_.resolve(id);
  if (document_.node(id).kind == Kind::Alias) {
    return refuse(ErrorKind::Unsupported,
                  fmt::format("{} is an alias, and an edit would change its other uses", name),
                  "write the value out", id);
  }
  if (document_.node(id).kind != Kind::Mapping) {
    return refuse(ErrorKind::NotAnApiServer, fmt::format("{} is not a mapping", name),
                  std::string(words_.unreadable), id);
  }
  if (edits_ && !not_shared(id, name)) return false;
  for (const Entry& entry : document_.entries(id)) {
    const std::string_view key = key_of(entry);
    if (key == "<<") {
      return refuse(ErrorKind::Unsupported,
                    fmt::format("{} has a merge key, and {}", name,
                                edits_ ? "an edit could hide what it brings"
                                       : "kaudit does not judge what it brings"),
                    "write the merged values out", entry.key);
    }
    const bool matters = edits_ && std::find(keys.begin(), keys.end(), key) != keys.end();
    if (matters && seen_before(id, entry.key, key)) {
      return refuse(
          ErrorKind::Unsupported,
          fmt::format("duplicate key '{}' in {}; {} reads the last one", key, name, words_.reader),
          "remove one of them", entry.key);
    }
  }
  return true;
}

bool DocumentReader::seen_before(NodeId mapping, NodeId key_node, std::string_view key) const {
  for (const Entry& entry : document_.entries(mapping)) {
    if (entry.key == key_node) return false;
    if (key_of(entry) == key) return true;
  }
  return false;
}

bool DocumentReader::not_shared(NodeId id, std::string_view name) {
  if (!document_.node(id).has_properties) return true;
  for (NodeId other = id; other < document_.nodes().size(); ++other) {
    const yaml::Node& n = document_.node(other);
    if (n.kind != Kind::Alias || n.count != id) continue;
    return refuse(ErrorKind::Unsupported,
                  fmt::format("{} is shared: the alias '*{}' repeats it elsewhere", name,
                              document_.value(other)),
                  "write the list out where the alias stands", other);
  }
  return true;
}

bool DocumentReader::edited_list(NodeId mapping, std::string_view key, std::string_view name,
                                 NodeId& list) {
  const auto entry = document_.find(mapping, key);
  if (!entry) return true;
  list = edits_ ? entry->value : document_.resolve(entry->value);
  if (document_.node(list).kind == Kind::Alias) {
    return refuse(ErrorKind::Unsupported,
                  fmt::format("{} is an alias, and an edit would change its other uses", name),
                  "write the list out", list);
  }
  if (!document_.is_null(list) && document_.node(list).kind != Kind::Sequence) {
    return refuse(ErrorKind::NotAnApiServer, fmt::format("{} is not a list", name),
                  std::string(words_.unreadable), list);
  }
  return !edits_ || not_shared(list, name);
}

bool DocumentReader::item_mapping(NodeId item, std::string_view what, NodeId& mapping) {
  mapping = document_.resolve(item);
  if (document_.node(mapping).kind != Kind::Mapping) {
    mapping = kNoNode;
    if (!edits_) return true;
    return refuse(ErrorKind::NotAnApiServer,
                  fmt::format("{} is no {}", yaml::path_of(document_, item), what),
                  std::string(words_.unreadable), item);
  }
  for (const Entry& entry : document_.entries(mapping)) {
    if (key_of(entry) == "<<") {
      return refuse(ErrorKind::Unsupported, fmt::format("a merge key hides what this {} is", what),
                    "write the merged values out", entry.key);
    }
  }
  return true;
}

bool DocumentReader::has_no_template_key(NodeId root) {
  const std::string_view bytes = document_.source().bytes();
  if (bytes.find("{{") == std::string_view::npos) return true;
  for (NodeId id = root; id < document_.node(root).past; ++id) {
    const yaml::Node& n = document_.node(id);
    const bool is_flow = n.kind == Kind::Mapping && n.style == yaml::Style::Flow;
    if (is_flow && bytes.substr(n.content, 2) == "{{") return refuse_template(id, n.content);
  }
  return true;
}

bool DocumentReader::refuse_template(NodeId id, std::size_t mark) {
  refuse(ErrorKind::Unsupported, fmt::format("this is a template, not a {}", words_.document),
         "render it first, then run kaudit on the result", id);
  if (mark < document_.node(id).end) error_->place = text::Span{mark, mark + 2};
  return false;
}

bool DocumentReader::is_rendered(NodeId root) {
  const std::string_view bytes = document_.source().bytes();
  if (bytes.find("{{") == std::string_view::npos && bytes.find("{%") == std::string_view::npos)
    return true;
  if (!has_no_template_key(root)) return false;
  for (NodeId id = root; id < document_.node(root).past; ++id) {
    if (document_.node(id).kind != Kind::Scalar) continue;
    const std::string_view value = document_.value(id);
    const std::size_t open = std::min(value.find("{{"), value.find("{%"));
    if (open == std::string_view::npos || (value.find("}}", open) == std::string_view::npos &&
                                           value.find("%}", open) == std::string_view::npos))
      continue;
    return refuse_template(id, bytes.find(value.substr(open, 2), document_.node(id).content));
  }
  return true;
}

std::string DocumentReader::string_of(std::optional<Entry> entry) const {
  if (edits_ || !entry) return string_or_empty(document_, entry);
  const NodeId id = document_.resolve(entry->value);
  const bool is_text = document_.node(id).kind == Kind::Scalar && !document_.is_null(id);
  return is_text ? std::string(document_.value(id)) : std::string();
}

text::Span DocumentReader::value_span(std::optional<Entry> entry, NodeId fallback) const {
  return entry ? document_.text_span(entry->value) : document_.span(fallback);
}

}  // namespace kaudit::kube
