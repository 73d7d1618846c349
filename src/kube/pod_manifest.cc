#include "kube/pod_manifest.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <map>

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

constexpr ReaderWords kWords{"the kubelet", "manifest", "the kubelet cannot read this Pod either"};

// Reads one Pod; the first refusal stays in error_.
class PodReader : private DocumentReader {
 public:
  PodReader(const Document& document, std::size_t index, FlagArityOf arity_of, Purpose purpose)
      : DocumentReader(document, purpose, kWords), index_(index), arity_of_(arity_of) {}

  Result<PodManifest> run() {
    if (read_kind() && is_rendered(spec_or_pod()) && read_metadata() && find_container() &&
        read_lists()) {
      read_rest();
      return std::move(pod_);
    }
    return std::unexpected(*error_);
  }

 private:
  // ---- the path to the lists ----------------------------------------------------------------

  bool read_kind() {
    if (index_ >= document_.roots().size()) {
      const bool empty = document_.source().size() == 0;
      return refuse(ErrorKind::NotAnApiServer,
                    empty ? "the file is empty" : "the file holds no document",
                    "give the API server's static Pod manifest", kNoNode);
    }
    pod_.pod = document_.roots()[index_];
    if (document_.node(pod_.pod).kind != Kind::Mapping) {
      return refuse(ErrorKind::NotAnApiServer,
                    "the first document is no Pod, and the kubelet reads only the first",
                    "give the API server's static Pod manifest", pod_.pod);
    }
    if (!edited_mapping(pod_.pod, "the Pod", {"apiVersion", "kind", "metadata", "spec"}))
      return false;
    const auto kind = document_.find(pod_.pod, "kind");
    if (!kind) {
      return refuse(ErrorKind::NotAnApiServer,
                    "the first document has no kind, and the kubelet reads only the first",
                    "give the API server's static Pod manifest", pod_.pod);
    }
    const std::string_view word = document_.value(document_.resolve(kind->value));
    if (word != "Pod") {
      return refuse(
          ErrorKind::NotAnApiServer,
          fmt::format(
              "the first document is of kind {}, not a Pod, and the kubelet reads only the first",
              word),
          "give the API server's static Pod manifest, usually "
          "/etc/kubernetes/manifests/kube-apiserver.yaml",
          kind->value);
    }
    const auto version = document_.find(pod_.pod, "apiVersion");
    if (edits_ && (!version || document_.value(document_.resolve(version->value)) != "v1")) {
      return refuse(ErrorKind::NotAnApiServer, "the Pod's apiVersion is not v1",
                    "the kubelet cannot read this Pod either",
                    version ? version->value : kind->value);
    }
    return true;
  }

  // Annotations may carry a template of their own.
  NodeId spec_or_pod() const {
    const auto spec = document_.find(pod_.pod, "spec");
    return spec ? spec->value : pod_.pod;
  }

  bool read_metadata() {
    ApiServer& server = pod_.api_server;
    server.pod_namespace = "default";
    const auto metadata = document_.find(pod_.pod, "metadata");
    if (!metadata) return true;
    pod_.metadata = metadata->value;
    const NodeId id = document_.resolve(metadata->value);
    if (document_.node(id).kind != Kind::Mapping) return true;
    server.pod_name = string_or_empty(document_, document_.find(id, "name"));
    if (const std::string space = string_or_empty(document_, document_.find(id, "namespace"));
        !space.empty())
      server.pod_namespace = space;
    if (const auto uid = document_.find(id, "uid"); uid && !document_.is_null(uid->value))
      server.uid = document_.span(uid->value);
    if (const auto annotations = document_.find(id, "annotations")) {
      pod_.annotations = annotations->value;
      const NodeId map = document_.resolve(annotations->value);
      if (document_.node(map).kind == Kind::Mapping) {
        const auto sha = document_.find(map, kPolicyAnnotation);
        if (sha) server.policy_sha256 = std::string(document_.value(document_.resolve(sha->value)));
      }
    }
    return true;
  }

  // ---- the container ------------------------------------------------------------------------

  std::vector<std::string_view> words(NodeId container, std::string_view key) const {
    std::vector<std::string_view> out;
    const auto entry = document_.find(container, key);
    if (!entry) return out;
    const NodeId list = document_.resolve(entry->value);
    if (document_.node(list).kind != Kind::Sequence) return out;
    for (NodeId item : document_.items(list))
      out.push_back(document_.value(document_.resolve(item)));
    return out;
  }

  bool has_image_named_api_server(NodeId container) const {
    std::string image = string_or_empty(document_, document_.find(container, "image"));
    image = image.substr(0, image.find('@'));
    const std::string_view name = base_name(image);
    const std::string_view word = name.substr(0, name.find(':'));
    // With the architecture in its name up to 1.11 or so.
    return word == "kube-apiserver" || word.starts_with("kube-apiserver-");
  }

  // command and args, joined as the kubelet joins them; `command_size` is where args begin.
  std::vector<std::string_view> command_line_of(NodeId container, std::size_t& command_size) const {
    std::vector<std::string_view> all = words(container, "command");
    command_size = all.size();
    for (std::string_view word : words(container, "args")) all.push_back(word);
    return all;
  }

  // The item of command or args that is element `index` of both joined.
  NodeId item_of(NodeId container, std::size_t index, std::size_t command_size) const {
    const bool in_command = index < command_size;
    const auto entry = document_.find(container, in_command ? "command" : "args");
    return document_.items(
        document_.resolve(entry->value))[in_command ? index : index - command_size];
  }

  bool find_container() {
    const auto spec = document_.find(pod_.pod, "spec");
    if (!spec || document_.is_null(spec->value)) {
      return refuse(ErrorKind::NotAnApiServer, "the Pod has no spec",
                    "the kubelet cannot run this Pod either", spec ? spec->key : pod_.pod);
    }
    pod_.spec = spec->value;
    if (!edited_mapping(pod_.spec, "spec", {"containers", "volumes"})) return false;
    NodeId containers = kNoNode;
    if (!edited_list(pod_.spec, "containers", "spec.containers", containers)) return false;
    if (containers == kNoNode || document_.node(containers).count == 0) {
      return refuse(ErrorKind::NotAnApiServer, "the Pod has no containers",
                    "the kubelet cannot run this Pod either", spec->key);
    }
    NodeId script = kNoNode;
    for (NodeId item : document_.items(containers)) {
      const NodeId container = document_.resolve(item);
      if (document_.node(container).kind != Kind::Mapping) continue;
      std::size_t command_size = 0;
      const std::vector<std::string_view> line = command_line_of(container, command_size);
      if (const auto index = shell_script(line)) {
        if (script == kNoNode) script = item_of(container, *index, command_size);
        continue;
      }
      const bool by_image = command_size == 0 && has_image_named_api_server(container);
      if (!api_server_words(line) && !by_image) continue;
      if (pod_.container != kNoNode) {
        return refuse(ErrorKind::Unsupported,
                      "several containers of the Pod could be the API server", "keep one of them",
                      item);
      }
      pod_.container = item;
    }
    // A sidecar's script may speak of kube-apiserver; it matters only if nobody else runs it.
    if (pod_.container == kNoNode && script != kNoNode) {
      return refuse(
          ErrorKind::Unsupported,
          edits_ ? "kube-apiserver is started by a shell script, and a new list item would not "
                   "reach it"
                 : "kube-apiserver is started by a shell script, whose flags kaudit does not read",
          "write the command as a list: kube-apiserver first, then one flag an item", script);
    }
    if (pod_.container == kNoNode) {
      return refuse(ErrorKind::NotAnApiServer, "no container of the Pod runs kube-apiserver",
                    "give the API server's static Pod manifest, usually "
                    "/etc/kubernetes/manifests/kube-apiserver.yaml",
                    containers);
    }
    return edited_mapping(pod_.container, "the API server's container",
                          {"command", "args", "image", "volumeMounts", "name"});
  }

  // ---- the lists ----------------------------------------------------------------------------

  bool read_lists() {
    if (!edited_list(pod_.container, "command", "command", pod_.command)) return false;
    if (!edited_list(pod_.container, "args", "args", pod_.args)) return false;
    if (!edited_list(pod_.container, "volumeMounts", "volumeMounts", pod_.volume_mounts))
      return false;
    if (!edited_list(pod_.spec, "volumes", "spec.volumes", pod_.volumes)) return false;
    return read_arguments(pod_.command, false) && read_arguments(pod_.args, true) &&
           read_volumes() && read_mounts();
  }

  bool read_arguments(NodeId list, bool in_args) {
    if (list == kNoNode || document_.is_null(list)) return true;
    for (NodeId item : document_.items(list)) {
      const NodeId id = document_.resolve(item);
      const bool empty = document_.node(id).kind == Kind::Scalar && document_.is_null(id);
      if (edits_ && (empty || !is_string(document_, id))) {
        const std::string_view what = empty ? "is null" : "is not a string";
        return refuse(
            ErrorKind::NotAnApiServer, fmt::format("{} {}", yaml::path_of(document_, item), what),
            empty ? "remove the item" : "quote it; the kubelet cannot read this Pod either", item);
      }
      const text::Span text = document_.text_span(item);
      const std::size_t equals = document_.source().slice(text).find('=');
      const bool has_value = equals != std::string_view::npos;
      const std::size_t behind = has_value ? equals + 1 : 0;
      arguments_.push_back({document_.node(id).kind == Kind::Scalar && !empty
                                ? std::string(document_.value(id))
                                : std::string(),
                            document_.content_span(item),
                            text,
                            {text.begin + behind, text.end},
                            in_args,
                            {text.begin, has_value ? text.begin + equals : text.end}});
      pod_.argument_nodes.push_back(item);
    }
    return true;
  }

  bool read_volumes() {
    if (pod_.volumes == kNoNode || document_.is_null(pod_.volumes)) return true;
    for (NodeId item : document_.items(pod_.volumes)) {
      NodeId mapping = kNoNode;
      if (!item_mapping(item, "volume", mapping)) return false;
      if (mapping == kNoNode) continue;
      Volume volume;
      volume.span = document_.span(item);
      const auto name = document_.find(mapping, "name");
      volume.name = string_of(name);
      volume.name_span = value_span(name, item);
      for (const Entry& entry : document_.entries(mapping)) {
        const std::string_view key = document_.value(document_.resolve(entry.key));
        if (key != "name") volume.source = key;
      }
      if (const auto host = document_.find(mapping, "hostPath"))
        volume.host_path = read_host_path(document_.resolve(host->value));
      pod_.api_server.volumes.push_back(std::move(volume));
      pod_.volume_nodes.push_back(item);
    }
    return true;
  }

  std::optional<HostPath> read_host_path(NodeId mapping) const {
    if (document_.node(mapping).kind != Kind::Mapping) return {};
    HostPath host;
    const auto path = document_.find(mapping, "path");
    const auto type = document_.find(mapping, "type");
    host.path = string_of(path);
    host.path_span = value_span(path, mapping);
    host.type_span = value_span(type, mapping);
    if (type && !document_.is_null(document_.resolve(type->value))) {
      const std::string_view word = document_.value(document_.resolve(type->value));
      host.type = host_path_type(word);
      if (host.type == HostPathType::Invalid) host.unknown_type = word;
    }
    return host;
  }

  VolumeMount read_mount(NodeId item, NodeId mapping) const {
    VolumeMount mount;
    mount.span = document_.span(item);
    const auto name = document_.find(mapping, "name");
    const auto path = document_.find(mapping, "mountPath");
    const auto read_only = document_.find(mapping, "readOnly");
    mount.name = string_of(name);
    mount.mount_path = string_of(path);
    mount.name_span = value_span(name, item);
    mount.path_span = value_span(path, item);
    mount.read_only_span = value_span(read_only, item);
    mount.read_only = read_only && is_true(document_, document_.resolve(read_only->value));
    mount.sub_path = string_or_empty(document_, document_.find(mapping, "subPath"));
    const auto expression = document_.find(mapping, "subPathExpr");
    mount.has_sub_path_expr = !string_or_empty(document_, expression).empty();
    const auto sub_path = document_.find(mapping, "subPath");
    mount.sub_path_span = value_span(sub_path ? sub_path : expression, item);
    return mount;
  }

  bool read_mounts() {
    if (pod_.volume_mounts == kNoNode || document_.is_null(pod_.volume_mounts)) return true;
    for (NodeId item : document_.items(pod_.volume_mounts)) {
      NodeId mapping = kNoNode;
      if (!item_mapping(item, "volumeMount", mapping)) return false;
      if (mapping == kNoNode) continue;
      pod_.api_server.mounts.push_back(read_mount(item, mapping));
      pod_.mount_nodes.push_back(item);
    }
    return true;
  }

  // ---- what is only read --------------------------------------------------------------------

  void read_rest() {
    ApiServer& server = pod_.api_server;
    server.image = string_or_empty(document_, document_.find(pod_.container, "image"));
    server.version = version_of_image(server.image);
    server.arguments = Arguments(std::move(arguments_));
    std::vector<std::string_view> all;
    all.reserve(server.arguments.size());
    for (const Argument& argument : server.arguments) all.push_back(argument.value);
    server.command_line = parse_command_line(all, api_server_words(all).value_or(0), arity_of_);
    read_env();
    read_users();
    for (std::string_view key : {"initContainers", "containers", "ephemeralContainers"})
      read_foreign_mounts(key);
    if (edits_) read_warnings();
  }

  void read_env() {
    const auto env = document_.find(pod_.container, "env");
    if (!env || document_.node(document_.resolve(env->value)).kind != Kind::Sequence) return;
    for (NodeId item : document_.items(document_.resolve(env->value))) {
      const NodeId mapping = document_.resolve(item);
      if (document_.node(mapping).kind != Kind::Mapping || !document_.find(mapping, "value"))
        continue;
      pod_.api_server.env[string_or_empty(document_, document_.find(mapping, "name"))] =
          string_or_empty(document_, document_.find(mapping, "value"));
    }
  }

  // The container's securityContext wins over the Pod's, field by field.
  void read_users() {
    for (NodeId owner : {pod_.spec, pod_.container}) {
      const auto context = document_.find(owner, "securityContext");
      if (!context) continue;
      const NodeId mapping = document_.resolve(context->value);
      if (document_.node(mapping).kind != Kind::Mapping) continue;
      const auto user = document_.find(mapping, "runAsUser");
      read_number(user, pod_.api_server.run_as_user);
      if (user) pod_.api_server.other_user = document_.text_span(user->value);
      const auto read_only = document_.find(mapping, "readOnlyRootFilesystem");
      if (read_only && is_true(document_, document_.resolve(read_only->value)))
        pod_.api_server.read_only_root = document_.text_span(read_only->value);
      read_number(document_.find(mapping, "runAsGroup"), pod_.api_server.run_as_group);
    }
    if (pod_.api_server.run_as_user == 0) pod_.api_server.other_user.reset();
    read_groups();
  }

  // Only the Pod has these.
  void read_groups() {
    const auto context = document_.find(pod_.spec, "securityContext");
    const NodeId mapping = context ? document_.resolve(context->value) : pod_.spec;
    if (!context || document_.node(mapping).kind != Kind::Mapping) return;
    std::vector<NodeId> numbers;
    const auto list = document_.find(mapping, "supplementalGroups");
    if (list && document_.node(document_.resolve(list->value)).kind == Kind::Sequence)
      numbers = document_.items(document_.resolve(list->value));
    if (const auto group = document_.find(mapping, "fsGroup")) numbers.push_back(group->value);
    for (const NodeId id : numbers) {
      long number = -1;
      read_number(Entry{id, id}, number);
      if (number >= 0) pod_.api_server.supplemental_groups.push_back(number);
    }
  }

  void read_number(std::optional<Entry> entry, long& number) const {
    if (!entry) return;
    const std::string_view digits = document_.value(document_.resolve(entry->value));
    long read = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), read);
    if (error == std::errc() && end == digits.data() + digits.size()) number = read;
  }

  void read_foreign_mounts(std::string_view key) {
    const auto list = document_.find(pod_.spec, key);
    if (!list || document_.node(document_.resolve(list->value)).kind != Kind::Sequence) return;
    for (NodeId item : document_.items(document_.resolve(list->value))) {
      const NodeId container = document_.resolve(item);
      if (item == pod_.container || document_.node(container).kind != Kind::Mapping) continue;
      const std::string name = string_or_empty(document_, document_.find(container, "name"));
      const auto mounts = document_.find(container, "volumeMounts");
      if (!mounts || document_.node(document_.resolve(mounts->value)).kind != Kind::Sequence)
        continue;
      for (NodeId mount : document_.items(document_.resolve(mounts->value))) {
        const NodeId mapping = document_.resolve(mount);
        if (document_.node(mapping).kind == Kind::Mapping)
          pod_.api_server.foreign_mounts.push_back({name, read_mount(mount, mapping)});
      }
    }
  }

  void read_warnings() {
    if (document_.roots().size() > 1) {
      pod_.warnings.push_back({ErrorKind::Unsupported,
                               "the kubelet reads only the first document of a static Pod "
                               "manifest; the rest is left alone",
                               "", document_.span(document_.roots()[1])});
    }
    for (const DuplicateKey& duplicate : duplicate_keys(document_, pod_.pod)) {
      pod_.warnings.push_back(
          {ErrorKind::Unsupported,
           fmt::format("duplicate key '{}'; the kubelet reads the last one", duplicate.key), "",
           duplicate.place});
    }
  }

  std::size_t index_;
  FlagArityOf arity_of_;
  PodManifest pod_;
  std::vector<Argument> arguments_;
};

}  // namespace

Result<PodManifest> read_pod_manifest(const Document& document, FlagArityOf arity_of) {
  return PodReader(document, 0, arity_of, Purpose::Edit).run();
}

Result<ApiServer> judge_pod(const Document& document, std::size_t index, FlagArityOf arity_of) {
  Result<PodManifest> pod = PodReader(document, index, arity_of, Purpose::Judge).run();
  if (!pod) return std::unexpected(pod.error());
  return std::move(pod->api_server);
}

std::vector<DuplicateKey> duplicate_keys(const Document& document, NodeId root) {
  std::vector<DuplicateKey> found;
  std::map<std::string_view, NodeId> seen;
  for (NodeId id = root; id < document.node(root).past; ++id) {
    if (document.node(id).kind != Kind::Mapping) continue;
    seen.clear();
    for (const Entry& entry : document.entries(id)) {
      const NodeId key = document.resolve(entry.key);
      if (document.node(key).kind != Kind::Scalar) continue;
      const auto [first, is_new] = seen.emplace(document.value(key), entry.key);
      if (!is_new)
        found.push_back(
            {document.value(key), document.span(entry.key), document.span(first->second)});
    }
  }
  return found;
}

std::optional<PodName> pod_name_of(const Document& document) {
  if (document.roots().empty()) return {};
  const NodeId root = document.roots().front();
  if (document.node(root).kind != Kind::Mapping) return {};
  if (string_or_empty(document, document.find(root, "kind")) != "Pod") return {};
  const auto metadata = document.find(root, "metadata");
  if (!metadata || document.node(document.resolve(metadata->value)).kind != Kind::Mapping)
    return {};
  const NodeId id = document.resolve(metadata->value);
  const std::string space = string_or_empty(document, document.find(id, "namespace"));
  return PodName{space.empty() ? "default" : space,
                 string_or_empty(document, document.find(id, "name"))};
}

}  // namespace kaudit::kube
