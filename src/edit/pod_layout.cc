#include "edit/pod_layout.h"

#include <fmt/core.h>

#include <algorithm>

#include "edit/tree_editor.h"

namespace kaudit::edit {
namespace {

using text::Result;
using yaml::Document;
using yaml::Entry;
using yaml::Kind;
using yaml::kNoNode;
using yaml::NodeId;
using yaml::TreeEdit;
using yaml::Value;

class PodLayouter : private TreeEditor {
 public:
  PodLayouter(const Document& document, const kube::PodManifest& pod)
      : TreeEditor(document), pod_(pod) {
    command_ = {pod.command, pod.container, "command"};
    args_ = {pod.args, pod.container, "args"};
    mounts_ = {pod.volume_mounts, pod.container, "volumeMounts"};
    volumes_ = {pod.volumes, pod.spec, "volumes"};
  }

  Result<std::vector<TreeEdit>> run(const Plan& plan) {
    for (const Change& change : plan.changes) std::visit([this](const auto& c) { add(c); }, change);
    for (const ListChange* list : {&command_, &args_, &mounts_, &volumes_}) finish(*list);
    return take();
  }

 private:
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
      return add_edit(
          yaml::InsertEntry{pod_.pod, "metadata", Value::mapping({{"annotations", map}})});
    if (!is_collection_to_edit(pod_.metadata)) return;
    if (is_empty(pod_.metadata))
      return add_edit(yaml::Fill{pod_.metadata, Value::mapping({{"annotations", map}})});
    if (pod_.annotations == kNoNode)
      return add_edit(yaml::InsertEntry{pod_.metadata, "annotations", map});
    if (!is_collection_to_edit(pod_.annotations)) return;
    if (is_empty(pod_.annotations)) return add_edit(yaml::Fill{pod_.annotations, map});
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
    add_edit(yaml::RemoveEntry{pod_.annotations, static_cast<std::size_t>(ours - entries.begin())});
  }

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
    return good && !refused();
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

  const kube::PodManifest& pod_;
  ListChange command_;
  ListChange args_;
  ListChange mounts_;
  ListChange volumes_;
};

}  // namespace

Result<std::vector<TreeEdit>> pod_layout(const Document& document, const kube::PodManifest& pod,
                                         const Plan& plan) {
  return PodLayouter(document, pod).run(plan);
}

}  // namespace kaudit::edit
