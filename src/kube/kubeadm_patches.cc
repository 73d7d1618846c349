#include "kube/kubeadm_patches.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>

#include "kube/document_reader.h"
#include "kube/node_paths.h"

namespace kaudit::kube {
namespace {

using text::ErrorKind;
using text::Result;
using yaml::Document;
using yaml::Entry;
using yaml::Kind;
using yaml::kNoNode;
using yaml::NodeId;

constexpr std::string_view kTarget = "kube-apiserver";

// One operation of a JSON patch (RFC 6902).
struct Operation {
  std::string_view op;
  std::string_view path;
  NodeId value = kNoNode;
};

class PatchDocument {
 public:
  explicit PatchDocument(const Document& document) : document_(document) {}

  NodeId value_of(NodeId mapping, std::string_view key) const {
    if (mapping == kNoNode || document_.node(mapping).kind != Kind::Mapping) return kNoNode;
    const auto entry = document_.find(mapping, key);
    return entry ? document_.resolve(entry->value) : kNoNode;
  }
  std::vector<NodeId> items(NodeId list) const {
    std::vector<NodeId> out;
    if (list == kNoNode || document_.node(list).kind != Kind::Sequence) return out;
    for (const NodeId item : document_.items(list)) out.push_back(document_.resolve(item));
    return out;
  }
  std::string_view text_of(NodeId id) const {
    const bool scalar = id != kNoNode && document_.node(id).kind == Kind::Scalar;
    return scalar ? document_.value(id) : std::string_view();
  }
  std::string_view text_of(NodeId mapping, std::string_view key) const {
    return text_of(value_of(mapping, key));
  }
  Operation operation(NodeId item) const {
    return {text_of(item, "op"), text_of(item, "path"), value_of(item, "value")};
  }

 protected:
  const Document& document_;
};

// ---- kaudit's own file ------------------------------------------------------------------------

class OwnPatch : private PatchDocument {
 public:
  using PatchDocument::PatchDocument;

  Result<ApiServer> run(FlagArityOf arity_of) {
    if (document_.roots().size() != 1 ||
        document_.node(document_.roots().front()).kind != Kind::Sequence) {
      return stranger(document_.roots().empty() ? std::nullopt
                                                : std::optional(document_.roots().front()));
    }
    for (const NodeId item : document_.items(document_.roots().front())) {
      if (!take(document_.resolve(item))) return stranger(item);
    }
    if (!are_pairs()) return stranger(document_.roots().front());
    ApiServer server = std::move(server_);
    server.arguments = Arguments(std::move(arguments_));
    std::vector<std::string_view> all;
    for (const Argument& argument : server.arguments) all.push_back(argument.value);
    server.command_line = parse_command_line(all, 0, arity_of);
    ApiServer implied = empty_patch();
    std::move(implied.volumes.begin(), implied.volumes.end(), std::back_inserter(server.volumes));
    std::move(implied.mounts.begin(), implied.mounts.end(), std::back_inserter(server.mounts));
    server.flag_order = implied.flag_order;
    return server;
  }

 private:
  std::unexpected<text::Error> stranger(std::optional<NodeId> at) const {
    return text::fail(ErrorKind::Unsupported,
                      fmt::format("{} holds something that kaudit did not write", kKauditPatchName),
                      "move what is yours into a file of another name, and remove this one",
                      at ? std::optional(document_.span(*at)) : std::nullopt);
  }

  // kaudit writes a volume for each mount, and no two of one name.
  bool are_pairs() const {
    std::set<std::string_view> names;
    for (const Volume& volume : server_.volumes) {
      if (volume.name.empty() || volume.host_path->path.empty() ||
          !names.insert(volume.name).second)
        return false;
    }
    std::set<std::string_view> mounted;
    for (const VolumeMount& mount : server_.mounts) {
      if (!mounted.insert(mount.name).second) return false;
    }
    return names == mounted;
  }

  // Nothing that writing the file anew would lose.
  bool has_only(NodeId mapping, std::initializer_list<std::string_view> keys) const {
    if (document_.node(mapping).kind != Kind::Mapping) return false;
    const std::vector<Entry> entries = document_.entries(mapping);
    return std::all_of(entries.begin(), entries.end(), [&](const Entry& entry) {
      return std::find(keys.begin(), keys.end(), document_.value(document_.resolve(entry.key))) !=
             keys.end();
    });
  }

  bool take(NodeId item) {
    if (!has_only(item, {"op", "path", "value"})) return false;
    const Operation o = operation(item);
    if (o.op != "add" || o.value == kNoNode) return false;
    if (o.path == kCommandEnd) return take_argument(o.value);
    if (o.path == kMountsEnd) return take_mount(o.value);
    return o.path == kVolumesEnd && take_volume(o.value);
  }

  bool take_argument(NodeId value) {
    if (!is_string(document_, value)) return false;
    const text::Span text = document_.text_span(value);
    const std::size_t equals = std::min(document_.source().slice(text).find('='), text.size());
    arguments_.push_back({std::string(document_.value(value)),
                          document_.content_span(value),
                          text,
                          {text.begin + std::min(equals + 1, text.size()), text.end},
                          false,
                          {text.begin, text.begin + equals}});
    return document_.value(value).starts_with("--");
  }

  bool take_mount(NodeId value) {
    if (!has_only(value, {"mountPath", "name", "readOnly"})) return false;
    VolumeMount mount;
    mount.name = text_of(value, "name");
    mount.mount_path = text_of(value, "mountPath");
    const NodeId read_only = value_of(value, "readOnly");
    mount.read_only = read_only != kNoNode && is_true(document_, read_only);
    mount.span = mount.name_span = mount.path_span = document_.span(value);
    mount.read_only_span = mount.sub_path_span = mount.span;
    server_.mounts.push_back(mount);
    return !mount.mount_path.empty();
  }

  bool take_volume(NodeId value) {
    const NodeId host = value_of(value, "hostPath");
    if (!has_only(value, {"hostPath", "name"}) || host == kNoNode ||
        !has_only(host, {"path", "type"}))
      return false;
    Volume volume;
    volume.name = text_of(value, "name");
    volume.source = "hostPath";
    volume.span = volume.name_span = document_.span(value);
    volume.host_path = HostPath{std::string(text_of(host, "path")),
                                host_path_type(text_of(host, "type")),
                                {},
                                volume.span,
                                volume.span};
    const bool known = volume.host_path->type != HostPathType::Invalid;
    server_.volumes.push_back(std::move(volume));
    return known;
  }

  ApiServer server_;
  std::vector<Argument> arguments_;
};

// ---- other files ------------------------------------------------------------------------------

class ConflictFinder : private PatchDocument {
 public:
  ConflictFinder(const Document& document, const ApiServer& ours, IsAuditFlag is_audit_flag)
      : PatchDocument(document), ours_(ours), is_audit_flag_(is_audit_flag) {}

  std::optional<PatchConflict> run(PatchType type) {
    for (const NodeId root : document_.roots()) {
      const NodeId top = document_.resolve(root);
      if (type == PatchType::Json)
        check_json(top);
      else if (type == PatchType::Merge)
        check_merge(top);
      else
        check_strategic(top);
    }
    return found_;
  }

 private:
  void add(NodeId at, std::string message) {
    if (!found_) found_ = PatchConflict{document_.span(at), std::move(message)};
  }

  bool has_volume(std::string_view name) const {
    return std::any_of(ours_.volumes.begin(), ours_.volumes.end(),
                       [&](const Volume& v) { return !v.implied && v.name == name; });
  }
  bool has_mount(std::string_view path) const {
    return std::any_of(ours_.mounts.begin(), ours_.mounts.end(), [&](const VolumeMount& m) {
      return !m.implied && clean_path(m.mount_path) == clean_path(path);
    });
  }

  void check_volume(NodeId volume) {
    if (const std::string_view name = text_of(volume, "name"); has_volume(name))
      add(volume, fmt::format("it has a volume '{}', too", name));
  }
  void check_mount(NodeId mount) {
    if (const std::string_view path = text_of(mount, "mountPath"); !path.empty() && has_mount(path))
      add(mount, fmt::format("it mounts {}, too", path));
  }
  void check_argument(NodeId value) {
    std::string name(text_of(value));
    if (!name.starts_with("--")) return;
    name = name.substr(2, name.find('=') == std::string::npos ? name.size() : name.find('=') - 2);
    std::replace(name.begin(), name.end(), '_', '-');
    if (is_audit_flag_(name)) add(value, fmt::format("it sets --{}, too", name));
  }

  void check_json(NodeId list) {
    static constexpr std::array<std::string_view, 7> kWhole{"",
                                                            "/spec",
                                                            "/spec/containers",
                                                            "/spec/containers/0",
                                                            "/spec/containers/0/command",
                                                            "/spec/containers/0/volumeMounts",
                                                            "/spec/volumes"};
    for (const NodeId item : items(list)) {
      const Operation o = operation(item);
      if (o.op == "test" || o.op.empty()) continue;
      if (std::find(kWhole.begin(), kWhole.end(), o.path) != kWhole.end()) {
        add(item, fmt::format("it replaces {} as a whole", o.path.empty() ? "the Pod" : o.path));
      } else if (o.path.starts_with("/spec/containers/0/command/")) {
        check_argument(o.value);
      } else if (o.path.starts_with("/spec/containers/0/volumeMounts/")) {
        check_mount(o.value);
      } else if (o.path.starts_with("/spec/volumes/")) {
        check_volume(o.value);
      }
    }
  }

  // RFC 7386: a list replaces a list.
  void check_merge(NodeId pod) {
    const NodeId spec = value_of(pod, "spec");
    for (const std::string_view key : {"containers", "volumes"}) {
      if (const NodeId list = value_of(spec, key); list != kNoNode)
        add(list, fmt::format("it replaces spec.{} as a whole", key));
    }
  }

  // Plain lists are replaced; volumes merge by name and mounts by mountPath.
  void check_strategic(NodeId pod) {
    const NodeId spec = value_of(pod, "spec");
    for (const NodeId volume : items(value_of(spec, "volumes"))) {
      check_directive(volume);
      check_volume(volume);
    }
    for (const NodeId container : items(value_of(spec, "containers"))) {
      check_directive(container);
      if (const NodeId command = value_of(container, "command"); command != kNoNode)
        add(command, "it replaces the command as a whole");
      for (const NodeId mount : items(value_of(container, "volumeMounts"))) {
        check_directive(mount);
        check_mount(mount);
      }
    }
  }

  void check_directive(NodeId item) {
    if (const NodeId patch = value_of(item, "$patch"); patch != kNoNode)
      add(patch, fmt::format("its '$patch: {}' can take away what kaudit adds", text_of(patch)));
  }

  const ApiServer& ours_;
  IsAuditFlag is_audit_flag_;
  std::optional<PatchConflict> found_;
};

}  // namespace

PatchName parse_patch_name(std::string_view name) {
  using Verdict = PatchName::Verdict;
  if (!name.starts_with(kTarget)) return {};
  if (!name.ends_with(".yaml") && !name.ends_with(".json")) return {Verdict::NotRead};
  const std::string_view rest = name.substr(kTarget.size());
  const std::size_t end = rest.find_first_of(".+");
  if (rest[end] != '+') return {Verdict::Patch};
  const std::string_view type = rest.substr(end + 1);
  // The pattern has no end: "+mergefoo.yaml" counts as merge.
  if (type.starts_with("strategic")) return {Verdict::Patch, PatchType::Strategic};
  if (type.starts_with("merge")) return {Verdict::Patch, PatchType::Merge};
  if (type.starts_with("json")) return {Verdict::Patch, PatchType::Json};
  return {Verdict::StopsKubeadm};
}

std::optional<std::string_view> patches_flag(const KubernetesVersion& version) {
  if (version < KubernetesVersion{1, 19, {}}) return {};
  return version < KubernetesVersion{1, 22, {}} ? "--experimental-patches" : "--patches";
}

ApiServer empty_patch() {
  ApiServer server;
  server.flag_order = FlagOrder::Sorted;
  server.image = kTarget;
  server.pod_namespace = "kube-system";
  server.pod_name = kTarget;
  add_kubeadms_volumes(server, "/etc/kubernetes/pki", {}, {});
  return server;
}

Result<ApiServer> read_kaudit_patch(const Document& document, FlagArityOf arity_of) {
  return OwnPatch(document).run(arity_of);
}

std::optional<PatchConflict> find_conflict(const Document& document, PatchType type,
                                           const ApiServer& ours, IsAuditFlag is_audit_flag) {
  return ConflictFinder(document, ours, is_audit_flag).run(type);
}

}  // namespace kaudit::kube
