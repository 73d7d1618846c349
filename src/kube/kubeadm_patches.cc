#include "kube/kubeadm_patches.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>

#include "kube/document_reader.h"

namespace kaudit::kube {
namespace {

using text::ErrorKind;
using text::Result;
using yaml::Document;
using yaml::Entry;
using yaml::Kind;
using yaml::kNoNode;
using yaml::NodeId;

constexpr std::string_view kServer = "kube-apiserver";

// The component that a file's name begins with, of those that kubeadm of the release patches:
// kubelet from 1.25 on, CoreDNS seen in 1.31.
std::optional<std::string_view> target_of(std::string_view name, const KubernetesVersion& version) {
  struct Target {
    std::string_view name;
    KubernetesVersion since;
  };
  static constexpr std::array<Target, 6> kTargets{{{"etcd", {1, 19, {}}},
                                                   {kServer, {1, 19, {}}},
                                                   {"kube-controller-manager", {1, 19, {}}},
                                                   {"kube-scheduler", {1, 19, {}}},
                                                   {"kubeletconfiguration", {1, 25, {}}},
                                                   {"corednsdeployment", {1, 31, {}}}}};
  for (const Target& target : kTargets) {
    if (name.starts_with(target.name) && version >= target.since) return target.name;
  }
  return {};
}

// Reads kaudit's own file.
class OwnPatch {
 public:
  explicit OwnPatch(const Document& document) : document_(document) {}

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
  NodeId value_of(NodeId mapping, std::string_view key) const {
    if (mapping == kNoNode || document_.node(mapping).kind != Kind::Mapping) return kNoNode;
    const auto entry = document_.find(mapping, key);
    return entry ? document_.resolve(entry->value) : kNoNode;
  }
  std::string_view text_of(NodeId mapping, std::string_view key) const {
    const NodeId id = value_of(mapping, key);
    const bool scalar = id != kNoNode && document_.node(id).kind == Kind::Scalar;
    return scalar ? document_.value(id) : std::string_view();
  }

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
    const NodeId value = value_of(item, "value");
    const std::string_view path = text_of(item, "path");
    if (text_of(item, "op") != "add" || value == kNoNode) return false;
    if (path == kCommandEnd) return take_argument(value);
    if (path == kMountsEnd) return take_mount(value);
    return path == kVolumesEnd && take_volume(value);
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

  const Document& document_;
  ApiServer server_;
  std::vector<Argument> arguments_;
};

}  // namespace

PatchName parse_patch_name(std::string_view name, const KubernetesVersion& version) {
  using Verdict = PatchName::Verdict;
  const std::optional<std::string_view> target = target_of(name, version);
  if (!target) return {};
  if (!name.ends_with(".yaml") && !name.ends_with(".json"))
    return {*target == kServer ? Verdict::NotRead : Verdict::Ignored};
  const Verdict verdict = *target == kServer ? Verdict::Patch : Verdict::OfOthers;
  const std::string_view rest = name.substr(target->size());
  const std::size_t end = rest.find_first_of(".+\n");
  if (rest[end] != '+') return {verdict};
  const std::string_view type = rest.substr(end + 1);
  // The pattern has no end: "+mergefoo.yaml" counts as merge.
  if (type.starts_with("strategic")) return {verdict, PatchType::Strategic};
  if (type.starts_with("merge")) return {verdict, PatchType::Merge};
  if (type.starts_with("json")) return {verdict, PatchType::Json};
  return {Verdict::StopsKubeadm};
}

// 1.22 brought the new name and the field (v1beta3), 1.23 took the old name away and refused the
// flag beside --config (apis/kubeadm/validation, isAllowedFlag), and v1beta4 (1.31) has
// UpgradeConfiguration.
std::optional<PatchesOption> patches_option(const KubernetesVersion& version) {
  if (version < KubernetesVersion{1, 19, {}}) return {};
  if (version < KubernetesVersion{1, 22, {}}) return PatchesOption{"--experimental-patches"};
  if (version < KubernetesVersion{1, 31, {}})
    return PatchesOption{"--patches", "v1beta3", version >= KubernetesVersion{1, 23, {}}, false};
  return PatchesOption{"--patches", "v1beta4", true, true};
}

ApiServer empty_patch() {
  ApiServer server;
  server.flag_order = FlagOrder::Sorted;
  server.image = kServer;
  server.pod_namespace = "kube-system";
  server.pod_name = kServer;
  add_kubeadms_volumes(server, "/etc/kubernetes/pki", {}, {});
  return server;
}

Result<ApiServer> read_kaudit_patch(const Document& document, FlagArityOf arity_of) {
  return OwnPatch(document).run(arity_of);
}

}  // namespace kaudit::kube
