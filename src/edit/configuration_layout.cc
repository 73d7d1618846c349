#include "edit/configuration_layout.h"

#include <fmt/core.h>

#include <algorithm>

#include "edit/tree_editor.h"
#include "yaml/layout.h"

namespace kaudit::edit {
namespace {

using kube::ExtraArgsForm;
using text::Result;
using yaml::Document;
using yaml::kNoNode;
using yaml::NodeId;
using yaml::TreeEdit;
using yaml::Value;

// "--audit-log-maxage=30" as kubeadm has it: no dashes, and the value apart.
yaml::Member split(std::string_view argument) {
  argument.remove_prefix(2);
  const std::size_t equals = std::min(argument.find('='), argument.size());
  const std::string_view value = argument.substr(std::min(equals + 1, argument.size()));
  return {std::string(argument.substr(0, equals)), Value::string(std::string(value))};
}

class ConfigurationLayouter : private TreeEditor {
 public:
  ConfigurationLayouter(const Document& document, const kube::ClusterConfiguration& config)
      : TreeEditor(document), config_(config) {}

  Result<std::vector<TreeEdit>> run(const Plan& plan) {
    for (const Change& change : plan.changes) std::visit([this](const auto& c) { add(c); }, change);
    join_volumes();
    finish_args();
    finish_volumes();
    finish_api_server();
    return take();
  }

 private:
  bool is_map() const { return config_.form == ExtraArgsForm::Map; }

  // ---- arguments ----

  // Where the argument stands in extraArgs: a map's arguments are read in kubeadm's order.
  std::size_t place_of(std::size_t argument) const {
    const std::size_t count =
        config_.extra_args == kNoNode ? 0 : document_.node(config_.extra_args).count;
    const std::size_t index =
        argument < config_.argument_indices.size() ? config_.argument_indices[argument] : count;
    const bool possible =
        index > 0 || count == 0 || yaml::can_insert_before_first(document_, config_.extra_args);
    return possible ? index : count;
  }

  void add(const InsertArgument& c) {
    inserted_args_.emplace_back(place_of(c.before), split(c.text));
  }
  void add(const SetArgument& c) {
    const NodeId node = config_.argument_nodes[c.argument];
    const Value value = split(c.text).value;
    if (is_map()) return set(node, value);
    if (is_editable(node)) set_field(node, "value", value);
  }
  void add(const RemoveArgument& c) {
    const std::size_t index = config_.argument_indices[c.argument];
    const bool good = is_removable(config_.argument_nodes[c.argument]) &&
                      (!is_map() || is_removable(document_.entries(config_.extra_args)[index].key));
    if (good) removed_args_.insert(index);
  }

  void finish_args() {
    const NodeId node = config_.extra_args;
    if (inserted_args_.empty() && removed_args_.empty()) return;
    if (node == kNoNode || is_empty(node)) return make("extraArgs", node, all_new_args());
    if (inserted_args_.empty() && removed_args_.size() == document_.node(node).count) {
      gone_.emplace_back("extraArgs");
      return;
    }
    for (auto& [index, member] : inserted_args_) {
      if (is_map())
        add_edit(yaml::InsertEntry{node, member.key, std::move(member.value), index});
      else
        add_edit(yaml::InsertItem{node, index, list_item(member)});
    }
    for (const std::size_t index : removed_args_) {
      if (is_map())
        add_edit(yaml::RemoveEntry{node, index});
      else
        add_edit(yaml::RemoveItem{node, index});
    }
  }

  Value list_item(const yaml::Member& member) const {
    return in_neighbours_order({{"name", Value::string(member.key)}, {"value", member.value}},
                               config_.argument_nodes);
  }

  Value all_new_args() const {
    Fields entries;
    std::vector<Value> items;
    for (const auto& [index, member] : inserted_args_) {
      entries.push_back(member);
      items.push_back(list_item(member));
    }
    return is_map() ? Value::mapping(std::move(entries)) : Value::sequence(std::move(items));
  }

  // ---- volumes and mounts ----

  void add(const InsertVolume& c) { new_volumes_.push_back(c); }
  void add(const InsertMount& c) { new_mounts_.push_back(c); }

  void join_volumes() {
    for (const InsertVolume& volume : new_volumes_) {
      const auto mount = std::find_if(new_mounts_.begin(), new_mounts_.end(),
                                      [&](const InsertMount& m) { return m.name == volume.name; });
      if (mount == new_mounts_.end()) return refuse_half();
      Fields fields{{"name", Value::string(volume.name)},
                    {"hostPath", Value::string(volume.host_path)},
                    {"mountPath", Value::string(mount->mount_path)}};
      if (mount->read_only) fields.push_back({"readOnly", Value::boolean(true)});
      fields.push_back({"pathType", Value::string(std::string(kube::to_string(volume.type)))});
      volumes_.inserted.emplace_back(volume.before,
                                     in_neighbours_order(fields, config_.volume_nodes));
    }
    if (new_mounts_.size() != new_volumes_.size() || removed_mounts_ != volumes_.removed)
      refuse_half();
  }

  void refuse_half() {
    refuse("an extraVolume has one mount, and this change needs another number of them",
           "mend extraVolumes by hand", config_.root);
  }

  void add(const RemoveVolume& c) {
    if (goes(c.volume)) volumes_.removed.insert(c.volume);
  }
  void add(const RemoveMount& c) {
    if (goes(c.mount)) removed_mounts_.insert(c.mount);
  }
  void add(const SetVolume& c) {
    const NodeId item = item_of(c.volume);
    if (item == kNoNode) return;
    if (c.host_path) set_field(item, "hostPath", Value::string(*c.host_path));
    if (c.type) set_field(item, "pathType", Value::string(std::string(kube::to_string(*c.type))));
  }
  void add(const SetMount& c) {
    const NodeId item = item_of(c.mount);
    if (item == kNoNode) return;
    if (c.name) return refuse_half();
    if (c.mount_path) set_field(item, "mountPath", Value::string(*c.mount_path));
    if (c.read_only) set_field(item, "readOnly", Value::boolean(*c.read_only));
  }

  // The item of extraVolumes, if it can be edited.
  NodeId item_of(std::size_t volume) {
    if (volume < config_.volume_nodes.size()) {
      const NodeId item = config_.volume_nodes[volume];
      return is_editable(item) ? item : kNoNode;
    }
    refuse_half();
    return kNoNode;
  }
  bool goes(std::size_t volume) {
    if (volume < config_.volume_nodes.size()) return is_removable(config_.volume_nodes[volume]);
    refuse_half();
    return false;
  }

  void finish_volumes() {
    const NodeId node = config_.extra_volumes;
    if (volumes_.empty()) return;
    if (node == kNoNode || is_empty(node)) {
      std::vector<Value> items;
      for (auto& [index, value] : volumes_.inserted) items.push_back(std::move(value));
      return make("extraVolumes", node, Value::sequence(std::move(items)));
    }
    if (volumes_.inserted.empty() && volumes_.removed.size() == document_.node(node).count) {
      gone_.emplace_back("extraVolumes");
      return;
    }
    volumes_.list = node;
    finish(volumes_);
  }

  // ---- what holds the lists ----

  void make(std::string key, NodeId empty, Value value) {
    if (empty == kNoNode)
      made_.push_back({std::move(key), std::move(value)});
    else
      add_edit(yaml::Fill{empty, std::move(value)});
  }

  void finish_api_server() {
    const NodeId node = config_.api_server_node;
    if (node == kNoNode) {
      if (!made_.empty())
        add_edit(yaml::InsertEntry{config_.root, "apiServer", Value::mapping(std::move(made_))});
      return;
    }
    if (is_empty(node)) {
      if (!made_.empty()) add_edit(yaml::Fill{node, Value::mapping(std::move(made_))});
      return;
    }
    if (made_.empty() && !gone_.empty() && gone_.size() == document_.node(node).count)
      return remove_or_empty(config_.root, "apiServer");
    for (const std::string& key : gone_) remove_key(node, key);
    for (yaml::Member& member : made_)
      add_edit(
          yaml::InsertEntry{node, member.key, std::move(member.value), sorted_place(member.key)});
  }

  // kubeadm prints its keys sorted; where they are, a new one goes to its place.
  std::size_t sorted_place(const std::string& key) const {
    const std::vector<std::string> keys = keys_of(config_.api_server_node);
    if (!std::is_sorted(keys.begin(), keys.end())) return keys.size();
    const auto place =
        static_cast<std::size_t>(std::upper_bound(keys.begin(), keys.end(), key) - keys.begin());
    const bool possible =
        place > 0 || yaml::can_insert_before_first(document_, config_.api_server_node);
    return possible ? place : keys.size();
  }

  // Only a Pod has annotations, and only there are they planned.
  void add(const SetAnnotation&) {}
  void add(const RemoveAnnotation&) {}

  const kube::ClusterConfiguration& config_;
  std::vector<std::pair<std::size_t, yaml::Member>> inserted_args_;
  std::set<std::size_t> removed_args_;
  std::vector<InsertVolume> new_volumes_;
  std::vector<InsertMount> new_mounts_;
  std::set<std::size_t> removed_mounts_;
  ListChange volumes_;
  Fields made_;                    // keys that apiServer gets
  std::vector<std::string> gone_;  // and those that it loses
};

}  // namespace

Result<std::vector<TreeEdit>> configuration_layout(const Document& document,
                                                   const kube::ClusterConfiguration& config,
                                                   const Plan& plan) {
  return ConfigurationLayouter(document, config).run(plan);
}

}  // namespace kaudit::edit
