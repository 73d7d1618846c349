#include "kube/decoded.h"

#include <algorithm>
#include <array>

#include "text/utf8.h"
#include "yaml/scalar.h"

namespace kaudit::kube {
namespace {

using yaml::Entry;
using yaml::Kind;
using yaml::kNoNode;
using yaml::Node;
using yaml::NodeId;

// Merge keys in merge keys; a manifest has one or two.
constexpr int kMostMerges = 100;

// go-yaml v2 knows the tags of YAML 1.1 (resolve.go, resolve) and takes any other for a string.
Json type_of_tag(std::string_view tag) {
  for (const std::string_view prefix : {"!!", "!<tag:yaml.org,2002:"}) {
    if (!tag.starts_with(prefix)) continue;
    std::string_view name = tag.substr(prefix.size());
    if (name.ends_with('>')) name.remove_suffix(1);
    if (name == "int" || name == "float") return Json::Number;
    if (name == "bool") return Json::Bool;
    if (name == "null") return Json::Null;
  }
  return Json::String;
}

Json type_of_plain(std::string_view text) {
  switch (yaml::resolve_plain(text)) {
    case yaml::Resolved::Null:
      return Json::Null;
    case yaml::Resolved::Bool:
      return Json::Bool;
    case yaml::Resolved::Int:
    case yaml::Resolved::Float:
      return Json::Number;
    case yaml::Resolved::String:
    case yaml::Resolved::Merge:
      break;
  }
  return Json::String;
}

}  // namespace

Json Decoded::type(NodeId id) const {
  if (id == kNoNode) return Json::Null;
  id = document_.resolve(id);
  const Node& node = document_.node(id);
  if (node.kind == Kind::Sequence) return Json::List;
  if (node.kind == Kind::Mapping) return Json::Mapping;
  const std::string_view tag = document_.properties(id).tag;
  if (!tag.empty()) return type_of_tag(tag);
  if (node.style == yaml::Style::Empty) return Json::Null;
  return node.style == yaml::Style::Plain ? type_of_plain(document_.value(id)) : Json::String;
}

bool Decoded::is_true(NodeId id) const {
  static constexpr std::array<std::string_view, 11> kWords{
      "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"};
  return type(id) == Json::Bool && std::ranges::find(kWords, text(id)) != kWords.end();
}

std::string_view Decoded::text(NodeId id) const {
  if (id == kNoNode) return "";
  id = document_.resolve(id);
  return document_.node(id).kind == Kind::Scalar ? document_.value(id) : std::string_view();
}

std::optional<std::string_view> Decoded::string(NodeId id) const {
  if (!is_given(id)) return "";
  if (!is_string(id)) return {};
  return text(id);
}

std::optional<Number> Decoded::number(NodeId id) const {
  if (type(id) != Json::Number) return {};
  return read_number(text(id), document_.is_json());
}

std::optional<double> Decoded::quantity(NodeId id) const {
  if (is_string(id)) return read_quantity(text(id));
  const std::optional<Number> found = number(id);
  return found ? std::optional(found->value) : std::nullopt;
}

std::vector<NodeId> Decoded::items(NodeId list) const {
  return type(list) == Json::List ? document_.items(document_.resolve(list))
                                  : std::vector<NodeId>();
}

std::vector<Entry> Decoded::entries(NodeId mapping) const {
  std::vector<Entry> entries;
  if (type(mapping) == Json::Mapping) collect(document_.resolve(mapping), 0, entries);
  return entries;
}

bool Decoded::is_merge_key(NodeId key) const {
  const Node& node = document_.node(key);
  return node.kind == Kind::Scalar && node.style == yaml::Style::Plain &&
         document_.value(key) == "<<";
}

void Decoded::collect(NodeId mapping, int depth, std::vector<Entry>& entries) const {
  for (const Entry& entry : document_.entries(mapping)) {
    if (!is_merge_key(entry.key)) {
      entries.push_back(entry);
      continue;
    }
    if (depth == kMostMerges) continue;
    if (type(entry.value) == Json::Mapping)
      collect(document_.resolve(entry.value), depth + 1, entries);
    std::vector<NodeId> list = items(entry.value);
    // Of a list the first mapping counts most.
    std::ranges::reverse(list);
    for (NodeId item : list)
      if (type(item) == Json::Mapping) collect(document_.resolve(item), depth + 1, entries);
  }
}

bool Decoded::can_merge(NodeId value) const {
  if (type(value) == Json::Mapping) return true;
  return document_.node(value).kind == Kind::Sequence &&
         std::ranges::all_of(items(value),
                             [&](NodeId item) { return type(item) == Json::Mapping; });
}

std::string described(const Decoded& decoded, NodeId id) {
  const std::string value = shortened(decoded.text(id));
  switch (decoded.type(id)) {
    case Json::Null:
      return "null";
    case Json::Bool:
      return value == "true" || value == "false" ? "the boolean " + value
                                                 : value + ", which YAML reads as a boolean";
    case Json::Number:
      return "the number " + value;
    case Json::String:
      return "the string '" + value + "'";
    case Json::List:
      return "a list";
    case Json::Mapping:
      return "a mapping";
  }
  return {};
}

std::string shortened(std::string_view value) {
  constexpr std::size_t kMost = 60;
  const auto control = std::ranges::find_if(
      value, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; });
  auto end = static_cast<std::size_t>(control - value.begin());
  if (end == value.size() && end <= kMost) return std::string(value);
  end = std::min(end, kMost);
  while (end > 0 && text::is_utf8_continuation(value[end])) --end;
  return std::string(value.substr(0, end)) + "…";
}

}  // namespace kaudit::kube
