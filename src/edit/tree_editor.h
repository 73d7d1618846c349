// What the layouts of all kinds of documents share: TreeEdits in the making. Internal to edit/.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/result.h"
#include "yaml/document.h"
#include "yaml/tree_edit.h"

namespace kaudit::edit {

using Fields = std::vector<yaml::Member>;

// One list of the document, as far as the plan changes it.
struct ListChange {
  yaml::NodeId list = yaml::kNoNode;   // kNoNode: the key is missing
  yaml::NodeId owner = yaml::kNoNode;  // the mapping that has, or gets, the key
  std::string key;
  std::vector<std::pair<std::size_t, yaml::Value>> inserted = {};  // before the item of that index
  std::set<std::size_t> removed = {};

  bool empty() const { return inserted.empty() && removed.empty(); }
};

// `fields` in the order in which `model` has them; what it does not have stays behind.
Fields in_order(const Fields& fields, const std::vector<std::string>& model);

class TreeEditor {
 public:
  explicit TreeEditor(const yaml::Document& document) : document_(document) {}

  text::Result<std::vector<yaml::TreeEdit>> take();

 protected:
  void refuse(std::string message, std::string hint, yaml::NodeId at);
  bool refused() const { return error_.has_value(); }
  void add_edit(yaml::TreeEdit edit) { edits_.push_back(std::move(edit)); }

  bool is_empty(yaml::NodeId id) const;
  // An alias, or something that an alias repeats, would change in other places too.
  bool is_editable(yaml::NodeId id);
  // To go as a whole: of what an alias stands for nothing changes.
  bool is_removable(yaml::NodeId id);

  void set(yaml::NodeId scalar, yaml::Value value);
  void set_field(yaml::NodeId mapping, const std::string& key, yaml::Value value);
  void remove_key(yaml::NodeId mapping, std::string_view key);
  // A key whose mapping loses all it has. InsertEntry makes a missing key the last one, so the last
  // one goes; any other was there before, and stays with an empty mapping.
  void remove_or_empty(yaml::NodeId mapping, std::string_view key);

  std::vector<std::string> keys_of(yaml::NodeId mapping) const;
  // The order of a neighbour that has the first two keys, else the order in which they are given.
  yaml::Value in_neighbours_order(const Fields& fields,
                                  const std::vector<yaml::NodeId>& items) const;

  // A list as a whole: made where it is missing, gone with its key where nothing is left.
  void finish(const ListChange& change);

  const yaml::Document& document_;

 private:
  void make_list(const ListChange& change);

  std::vector<yaml::TreeEdit> edits_;
  std::optional<text::Error> error_;
};

}  // namespace kaudit::edit
