#include "edit/tree_editor.h"

#include <fmt/core.h>

#include <algorithm>

#include "yaml/layout.h"

namespace kaudit::edit {

using text::ErrorKind;
using yaml::Entry;
using yaml::Kind;
using yaml::kNoNode;
using yaml::NodeId;
using yaml::Value;

Fields in_order(const Fields& fields, const std::vector<std::string>& model) {
  Fields out = fields;
  const auto rank = [&](const std::string& key) {
    return std::find(model.begin(), model.end(), key) - model.begin();
  };
  std::stable_sort(out.begin(), out.end(),
                   [&](const auto& a, const auto& b) { return rank(a.key) < rank(b.key); });
  return out;
}

text::Result<std::vector<yaml::TreeEdit>> TreeEditor::take() {
  if (error_) return std::unexpected(*error_);
  return std::move(edits_);
}

void TreeEditor::refuse(std::string message, std::string hint, NodeId at) {
  if (!error_)
    error_ = text::Error{ErrorKind::Unsupported, std::move(message), std::move(hint),
                         document_.span(at)};
}

bool TreeEditor::is_empty(NodeId id) const {
  return document_.is_null(id) || document_.node(id).count == 0;
}

bool TreeEditor::is_editable(NodeId id) {
  if (document_.node(id).kind == Kind::Alias) {
    refuse(fmt::format("{} is an alias, and an edit would change its other uses",
                       yaml::path_of(document_, id)),
           "write the value out", id);
    return false;
  }
  return is_removable(id);
}

bool TreeEditor::is_removable(NodeId id) {
  for (NodeId at = id; at < document_.node(id).past; ++at) {
    if (!document_.node(at).has_properties) continue;
    for (NodeId other = at; other < document_.nodes().size(); ++other) {
      if (document_.node(other).kind != Kind::Alias || document_.node(other).count != at) continue;
      refuse(fmt::format("{} has an anchor that an alias uses", yaml::path_of(document_, id)),
             "write the value out where the alias stands", id);
      return false;
    }
  }
  return true;
}

void TreeEditor::set(NodeId scalar, Value value) {
  if (is_editable(scalar)) edits_.push_back(yaml::SetScalar{scalar, std::move(value)});
}

void TreeEditor::set_field(NodeId mapping, const std::string& key, Value value) {
  const auto entry = document_.find(mapping, key);
  if (!entry) return edits_.push_back(yaml::InsertEntry{mapping, key, std::move(value)});
  if (document_.is_null(document_.resolve(entry->value)))
    return edits_.push_back(yaml::Fill{entry->value, std::move(value)});
  set(entry->value, std::move(value));
}

void TreeEditor::remove_key(NodeId mapping, std::string_view key) {
  const std::vector<Entry> entries = document_.entries(mapping);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (document_.value(document_.resolve(entries[i].key)) == key)
      return edits_.push_back(yaml::RemoveEntry{mapping, i});
  }
}

void TreeEditor::remove_or_empty(NodeId mapping, std::string_view key) {
  const std::vector<Entry> entries = document_.entries(mapping);
  const auto last = document_.value(document_.resolve(entries.back().key));
  const auto entry = document_.find(mapping, key);
  if (last == key || document_.node(entry->value).has_properties) return remove_key(mapping, key);
  edits_.push_back(yaml::Empty{entry->value});
}

std::vector<std::string> TreeEditor::keys_of(NodeId mapping) const {
  std::vector<std::string> keys;
  for (const Entry& entry : document_.entries(mapping))
    keys.emplace_back(document_.value(document_.resolve(entry.key)));
  return keys;
}

Value TreeEditor::in_neighbours_order(const Fields& fields,
                                      const std::vector<NodeId>& items) const {
  for (NodeId item : items) {
    const NodeId mapping = document_.resolve(item);
    if (document_.node(mapping).kind != Kind::Mapping) continue;
    const bool knows =
        document_.find(mapping, fields[0].key) && document_.find(mapping, fields[1].key);
    if (knows) return Value::mapping(in_order(fields, keys_of(mapping)));
  }
  return Value::mapping(fields);
}

void TreeEditor::finish(const ListChange& change) {
  if (change.inserted.empty() && change.removed.empty()) return;
  if (change.list == kNoNode || is_empty(change.list)) return make_list(change);
  const std::size_t count = document_.node(change.list).count;
  if (change.removed.size() == count && change.inserted.empty())
    return remove_key(change.owner, change.key);
  for (const auto& [index, value] : change.inserted) {
    const bool possible = index > 0 || yaml::can_insert_before_first(document_, change.list);
    edits_.push_back(yaml::InsertItem{change.list, possible ? index : count, value});
  }
  for (std::size_t index : change.removed) edits_.push_back(yaml::RemoveItem{change.list, index});
}

void TreeEditor::make_list(const ListChange& change) {
  std::vector<Value> items;
  for (const auto& [index, value] : change.inserted) items.push_back(value);
  if (change.list == kNoNode)
    edits_.push_back(
        yaml::InsertEntry{change.owner, change.key, Value::sequence(std::move(items))});
  else
    edits_.push_back(yaml::Fill{change.list, Value::sequence(std::move(items))});
}

}  // namespace kaudit::edit
