#include "edit/pod_layout.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "yaml/layout.h"

namespace kaudit::edit {
namespace {

using text::ErrorKind;
using text::Result;
using yaml::Document;
using yaml::Entry;
using yaml::Kind;
using yaml::kNoNode;
using yaml::NodeId;
using yaml::TreeEdit;
using yaml::Value;
using Fields = std::vector<yaml::Member>;

// One of the Pod's lists, as far as the plan changes it.
struct ListChange {
  NodeId list = kNoNode;   // kNoNode: the key is missing
  NodeId owner = kNoNode;  // the mapping that has, or gets, the key
  std::string key;
  std::vector<std::pair<std::size_t, Value>> inserted;  // before the item of that index
  std::set<std::size_t> removed;
};

class PodLayouter {
 public:
  PodLayouter(const Document& document, const kube::PodManifest& pod)
      : document_(document), pod_(pod) {
    command_ = {pod.command, pod.container, "command", {}, {}};
    args_ = {pod.args, pod.container, "args", {}, {}};
    mounts_ = {pod.volume_mounts, pod.container, "volumeMounts", {}, {}};
    volumes_ = {pod.volumes, pod.spec, "volumes", {}, {}};
  }

  Result<std::vector<TreeEdit>> run(const Plan& plan) {
    for (const Change& change : plan.changes) std::visit([this](const auto& c) { add(c); }, change);
    for (const ListChange* list : {&command_, &args_, &mounts_, &volumes_}) finish(*list);
    if (error_) return std::unexpected(*error_);
    return std::move(edits_);
  }

 private:
  void refuse(std::string message, std::string hint, NodeId at) {
    if (!error_)
      error_ = text::Error{ErrorKind::Unsupported, std::move(message), std::move(hint),
                           document_.span(at)};
  }

  // ---- arguments ----

  std::size_t command_size() const {
    const auto& all = pod_.api_server.arguments;
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](const kube::Argument& a) { return !a.in_args; }));
  }

  void add(const InsertArgument& c) {
    if (c.in_args)
      args_.inserted.emplace_back(c.before - std::min(c.before, command_size()),
                                  Value::string(c.text));
    else
      command_.inserted.emplace_back(std::min(c.before, command_size()), Value::string(c.text));
  }
  void add(const SetArgument& c) { set(pod_.argument_nodes[c.argument], Value::string(c.text)); }
  void add(const RemoveArgument& c) {
    if (!is_editable(pod_.argument_nodes[c.argument])) return;
    if (pod_.api_server.arguments[c.argument].in_args)
      args_.removed.insert(c.argument - command_size());
    else
      command_.removed.insert(c.argument);
  }

  // ---- volumes and mounts ----

  void add(const InsertVolume& c) {
    const Fields host{{"path", Value::string(c.host_path)},
                      {"type", Value::string(std::string(kube::to_string(c.type)))}};
    volumes_.inserted.emplace_back(
        c.before,
        in_neighbours_order({{"hostPath", Value::mapping(in_order(host, host_path_order()))},
                             {"name", Value::string(c.name)}},
                            pod_.volume_nodes));
  }
  void add(const InsertMount& c) {
    Fields fields{{"mountPath", Value::string(c.mount_path)}, {"name", Value::string(c.name)}};
    if (c.read_only) fields.emplace_back("readOnly", Value::boolean(true));
    mounts_.inserted.emplace_back(c.before, in_neighbours_order(fields, pod_.mount_nodes));
  }
  void add(const RemoveVolume& c) {
    if (is_editable(pod_.volume_nodes[c.volume])) volumes_.removed.insert(c.volume);
  }
  void add(const RemoveMount& c) {
    if (is_editable(pod_.mount_nodes[c.mount])) mounts_.removed.insert(c.mount);
  }

  void add(const SetVolume& c) {
    const NodeId item = pod_.volume_nodes[c.volume];
    const auto host = document_.find(item, "hostPath");
    if (!is_editable(item) || !host || !is_editable(host->value)) return;
    if (c.host_path) set_field(host->value, "path", Value::string(*c.host_path));
    if (c.type)
      set_field(host->value, "type", Value::string(std::string(kube::to_string(*c.type))));
  }
  void add(const SetMount& c) {
    const NodeId item = pod_.mount_nodes[c.mount];
    if (!is_editable(item)) return;
    if (c.mount_path) set_field(item, "mountPath", Value::string(*c.mount_path));
    if (c.name) set_field(item, "name", Value::string(*c.name));
    if (c.read_only) set_field(item, "readOnly", Value::boolean(*c.read_only));
  }

  // ---- the annotation ----

  void add(const SetAnnotation& c) {
    const std::string key(kube::kPolicyAnnotation);
    const Value value =
        Value::quoted(c.value);  // a bare number would make the kubelet drop the Pod
    const Value map = Value::mapping({{key, value}});
    if (pod_.metadata == kNoNode)
      return edits_.push_back(
          yaml::InsertEntry{pod_.pod, "metadata", Value::mapping({{"annotations", map}})});
    if (!is_collection_to_edit(pod_.metadata)) return;
    if (is_empty(pod_.metadata))
      return edits_.push_back(yaml::Fill{pod_.metadata, Value::mapping({{"annotations", map}})});
    if (pod_.annotations == kNoNode)
      return edits_.push_back(yaml::InsertEntry{pod_.metadata, "annotations", map});
    if (!is_collection_to_edit(pod_.annotations)) return;
    if (is_empty(pod_.annotations)) return edits_.push_back(yaml::Fill{pod_.annotations, map});
    set_field(pod_.annotations, key, value);
  }

  void add(const RemoveAnnotation&) {
    if (!is_collection_to_edit(pod_.annotations)) return;
    const std::vector<Entry> entries = document_.entries(pod_.annotations);
    const auto ours = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) {
      return document_.value(document_.resolve(e.key)) == kube::kPolicyAnnotation;
    });
    if (entries.size() == 1 && document_.node(pod_.metadata).count == 1) {
      return remove_key(pod_.pod, "metadata");
    }
    if (entries.size() == 1) return remove_key(pod_.metadata, "annotations");
    edits_.push_back(
        yaml::RemoveEntry{pod_.annotations, static_cast<std::size_t>(ours - entries.begin())});
  }

  bool is_empty(NodeId id) const { return document_.is_null(id) || document_.node(id).count == 0; }

  bool is_collection_to_edit(NodeId id) {
    const bool good =
        is_editable(id) && (document_.is_null(id) || document_.node(id).kind == Kind::Mapping);
    if (!good)
      refuse(fmt::format("{} cannot be edited", yaml::path_of(document_, id)),
             "write it as a mapping of its own", id);
    for (const Entry& entry : good&& document_.node(id).kind == Kind::Mapping
                                  ? document_.entries(id)
                                  : std::vector<Entry>()) {
      if (document_.value(document_.resolve(entry.key)) == "<<")
        refuse("a merge key hides what this mapping holds", "write the merged values out",
               entry.key);
    }
    return good && !error_;
  }

  // ---- helpers ----

  // An alias, or something that an alias repeats, would change in other places too.
  bool is_editable(NodeId id) {
    if (document_.node(id).kind == Kind::Alias) {
      refuse(fmt::format("{} is an alias, and an edit would change its other uses",
                         yaml::path_of(document_, id)),
             "write the value out", id);
      return false;
    }
    for (NodeId at = id; at < document_.node(id).past; ++at) {
      if (!document_.node(at).has_properties) continue;
      for (NodeId other = at; other < document_.nodes().size(); ++other) {
        if (document_.node(other).kind != Kind::Alias || document_.node(other).count != at)
          continue;
        refuse(fmt::format("{} has an anchor that an alias uses", yaml::path_of(document_, id)),
               "write the value out where the alias stands", id);
        return false;
      }
    }
    return true;
  }

  void set(NodeId scalar, Value value) {
    if (is_editable(scalar)) edits_.push_back(yaml::SetScalar{scalar, std::move(value)});
  }

  void set_field(NodeId mapping, const std::string& key, Value value) {
    const auto entry = document_.find(mapping, key);
    if (!entry) return edits_.push_back(yaml::InsertEntry{mapping, key, std::move(value)});
    if (document_.is_null(document_.resolve(entry->value)))
      return edits_.push_back(yaml::Fill{entry->value, std::move(value)});
    set(entry->value, std::move(value));
  }

  void remove_key(NodeId mapping, std::string_view key) {
    const std::vector<Entry> entries = document_.entries(mapping);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (document_.value(document_.resolve(entries[i].key)) == key)
        return edits_.push_back(yaml::RemoveEntry{mapping, i});
    }
  }

  std::vector<std::string> keys_of(NodeId mapping) const {
    std::vector<std::string> keys;
    for (const Entry& entry : document_.entries(mapping))
      keys.emplace_back(document_.value(document_.resolve(entry.key)));
    return keys;
  }

  // `fields` in the order in which `model` has them; what it does not have stays behind.
  static Fields in_order(const Fields& fields, const std::vector<std::string>& model) {
    Fields out = fields;
    const auto rank = [&](const std::string& key) {
      return std::find(model.begin(), model.end(), key) - model.begin();
    };
    std::stable_sort(out.begin(), out.end(),
                     [&](const auto& a, const auto& b) { return rank(a.key) < rank(b.key); });
    return out;
  }

  // The order of a neighbour that has all the keys that matter, else kubeadm's, which is
  // alphabetical.
  Value in_neighbours_order(const Fields& fields, const std::vector<NodeId>& items) const {
    for (NodeId item : items) {
      const NodeId mapping = document_.resolve(item);
      const bool knows =
          document_.find(mapping, fields[0].key) && document_.find(mapping, fields[1].key);
      if (knows) return Value::mapping(in_order(fields, keys_of(mapping)));
    }
    return Value::mapping(fields);
  }

  std::vector<std::string> host_path_order() const {
    for (NodeId item : pod_.volume_nodes) {
      const auto host = document_.find(document_.resolve(item), "hostPath");
      if (!host) continue;
      const NodeId mapping = document_.resolve(host->value);
      if (document_.node(mapping).kind == Kind::Mapping && document_.find(mapping, "path") &&
          document_.find(mapping, "type"))
        return keys_of(mapping);
    }
    return {"path", "type"};
  }

  // ---- a list as a whole ----

  void finish(const ListChange& change) {
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

  void make_list(const ListChange& change) {
    std::vector<Value> items;
    for (const auto& [index, value] : change.inserted) items.push_back(value);
    if (change.list == kNoNode)
      edits_.push_back(
          yaml::InsertEntry{change.owner, change.key, Value::sequence(std::move(items))});
    else
      edits_.push_back(yaml::Fill{change.list, Value::sequence(std::move(items))});
  }

  const Document& document_;
  const kube::PodManifest& pod_;
  ListChange command_;
  ListChange args_;
  ListChange mounts_;
  ListChange volumes_;
  std::vector<TreeEdit> edits_;
  std::optional<text::Error> error_;
};

}  // namespace

Result<std::vector<TreeEdit>> pod_layout(const Document& document, const kube::PodManifest& pod,
                                         const Plan& plan) {
  return PodLayouter(document, pod).run(plan);
}

}  // namespace kaudit::edit
