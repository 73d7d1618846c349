#include "kube/cluster_configuration.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>

#include "kube/document_reader.h"
#include "kube/pod_manifest.h"

namespace kaudit::kube {
namespace {

using text::ErrorKind;
using text::Result;
using yaml::Document;
using yaml::Entry;
using yaml::Kind;
using yaml::kNoNode;
using yaml::NodeId;

constexpr ReaderWords kWords{"kubeadm", "configuration",
                             "kubeadm cannot read this configuration either"};

constexpr std::array<KubeadmApiVersion, 4> kApiVersions{
    {{"kubeadm.k8s.io/v1beta1", ExtraArgsForm::Map, KubernetesVersion{1, 21, {}}},
     {"kubeadm.k8s.io/v1beta2", ExtraArgsForm::Map, KubernetesVersion{1, 26, {}}},
     {"kubeadm.k8s.io/v1beta3", ExtraArgsForm::Map, {}},
     {"kubeadm.k8s.io/v1beta4", ExtraArgsForm::List, {}}}};

// kubeadm 1.13, the first that reads any of them, refuses what is older than this (kubeadm,
// constants/constants.go, MinimumControlPlaneVersion).
constexpr KubernetesVersion kOldestDeployed{1, 12, {}};

// A scalar of a root mapping, "" if there is none.
std::string_view word_of(const Document& document, std::size_t index, std::string_view key) {
  const NodeId root = document.roots()[index];
  if (document.node(root).kind != Kind::Mapping) return {};
  const auto entry = document.find(root, key);
  if (!entry) return {};
  const NodeId id = document.resolve(entry->value);
  return document.node(id).kind == Kind::Scalar ? document.value(id) : std::string_view();
}

// "v1.30.2"; of a label that kubeadm resolves itself ("stable-1.30") the release
// (util/version.go, KubernetesReleaseVersion).
std::optional<KubernetesVersion> release_of(std::string_view text) {
  for (const std::string_view label : {"stable-", "latest-"}) {
    if (text.starts_with(label)) text.remove_prefix(label.size());
  }
  return parse_kubernetes_version(text);
}

// One argument in the making, with where it stands.
struct Found {
  std::string name;
  Argument argument;
  std::size_t index;
  NodeId node;
};

class ConfigurationReader : private DocumentReader {
 public:
  ConfigurationReader(const Document& document, std::size_t index, FlagArityOf arity_of,
                      Purpose purpose)
      : DocumentReader(document, purpose, kWords), arity_of_(arity_of), index_(index) {
    config_.root = document.roots()[index];
  }

  Result<ClusterConfiguration> run() {
    if (is_the_only_one() && read_version() && is_rendered(config_.root) && read_api_server() &&
        read_extra_args() && read_extra_volumes()) {
      read_rest();
      return std::move(config_);
    }
    return std::unexpected(*error_);
  }

 private:
  // util/marshal.go, SplitYAMLDocuments: a kind that comes twice is an error.
  bool is_the_only_one() {
    for (std::size_t i = index_ + 1; edits_ && i < document_.roots().size(); ++i) {
      if (!is_cluster_configuration(document_, i)) continue;
      return refuse(ErrorKind::Unsupported,
                    "the file has two ClusterConfigurations, and kubeadm refuses it",
                    "remove one of them", document_.roots()[i]);
    }
    return true;
  }

  bool read_version() {
    if (!edited_mapping(config_.root, "the ClusterConfiguration",
                        {"apiVersion", "kind", "apiServer", "kubernetesVersion"}))
      return false;
    const std::string_view name = word_of(document_, index_, "apiVersion");
    const auto known = kubeadm_api_version(name);
    if (!known) {
      return refuse(ErrorKind::Unsupported,
                    fmt::format("kaudit does not know the API version {}; it knows v1beta1 to "
                                "v1beta4",
                                name),
                    "kubeadm config migrate writes an older one in a form of today",
                    document_.find(config_.root, "apiVersion")->value);
    }
    config_.form = known->form;
    ApiServer& server = config_.api_server;
    server.version = release_of(word_of(document_, index_, "kubernetesVersion"));
    // A kubeadm deploys no release that is newer than itself, and none that is older than the one
    // before.
    if (!server.version || *server.version < kOldestDeployed) server.version = known->until;
    return true;
  }

  bool read_api_server() {
    const auto entry = document_.find(config_.root, "apiServer");
    if (!entry) return true;
    config_.api_server_node = entry->value;
    if (document_.is_null(document_.resolve(entry->value))) return true;
    if (!edited_mapping(config_.api_server_node, "apiServer", {"extraArgs", "extraVolumes"}))
      return edits_ ? false : is_forgiven(config_.api_server_node);
    return true;
  }

  // To be judged, what is no mapping holds nothing; that it is none is somebody else's to say.
  bool is_forgiven(NodeId& id) {
    if (error_->kind != ErrorKind::NotAnApiServer) return false;
    error_.reset();
    id = kNoNode;
    return true;
  }

  bool has_api_server() const {
    return config_.api_server_node != kNoNode &&
           document_.node(document_.resolve(config_.api_server_node)).kind == Kind::Mapping;
  }

  // ---- extraArgs ----

  bool read_extra_args() {
    const auto entry =
        has_api_server() ? document_.find(config_.api_server_node, "extraArgs") : std::nullopt;
    if (entry) {
      config_.extra_args = edits_ ? entry->value : document_.resolve(entry->value);
      if (!has_its_form() || !read_arguments()) return false;
    }
    keep_arguments();
    return true;
  }

  bool has_its_form() {
    const NodeId id = config_.extra_args;
    const yaml::Node& n = document_.node(id);
    if (!edits_ || document_.is_null(id)) return true;
    const bool is_map = n.kind == Kind::Mapping;
    const bool is_list = n.kind == Kind::Sequence;
    const std::string_view version = word_of(document_, index_, "apiVersion");
    if (config_.form == ExtraArgsForm::Map && is_list) {
      return refuse(ErrorKind::NotAnApiServer,
                    fmt::format("apiServer.extraArgs is a list, and {} has a map", version),
                    "write 'name: \"value\"' entries; " + std::string(words_.unreadable), id);
    }
    if (config_.form == ExtraArgsForm::List && is_map) {
      return refuse(ErrorKind::NotAnApiServer,
                    fmt::format("apiServer.extraArgs is a map, and {} has a list", version),
                    "write a list of name and value, or let kubeadm config migrate do it", id);
    }
    if (config_.form == ExtraArgsForm::Map)
      return edited_mapping(config_.extra_args, "apiServer.extraArgs", {});
    NodeId list = kNoNode;
    return edited_list(config_.api_server_node, "extraArgs", "apiServer.extraArgs", list);
  }

  bool read_arguments() {
    const yaml::Node& n = document_.node(config_.extra_args);
    if (n.kind == Kind::Mapping) return read_map();
    if (n.kind == Kind::Sequence) return read_list();
    return true;
  }

  bool read_map() {
    const std::vector<Entry> entries = document_.entries(config_.extra_args);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const NodeId key = document_.resolve(entries[i].key);
      if (document_.node(key).kind != Kind::Scalar) continue;
      if (!is_good_string(entries[i].value)) return false;
      const std::string name(document_.value(key));
      add_argument(name, document_.text_span(entries[i].key), entries[i].value,
                   {document_.node(entries[i].key).begin, document_.node(entries[i].value).end}, i,
                   entries[i].value);
    }
    // kubeadm sorts a map by its names: of audit-log-path and audit_log_path the latter wins.
    const auto by_name = [](const Found& a, const Found& b) { return a.name < b.name; };
    const bool sorted = std::is_sorted(found_.begin(), found_.end(), by_name);
    config_.api_server.flag_order = sorted ? FlagOrder::Sorted : FlagOrder::Appended;
    std::stable_sort(found_.begin(), found_.end(), by_name);
    return true;
  }

  bool read_list() {
    config_.api_server.flag_order = FlagOrder::Appended;
    const std::vector<NodeId> items = document_.items(config_.extra_args);
    for (std::size_t i = 0; i < items.size(); ++i) {
      NodeId mapping = kNoNode;
      if (!item_mapping(items[i], "argument", mapping)) return false;
      if (mapping == kNoNode) continue;
      const auto name = document_.find(mapping, "name");
      const auto value = document_.find(mapping, "value");
      if ((name && !is_good_string(name->value)) || (value && !is_good_string(value->value)))
        return false;
      add_argument(string_of(name), value_span(name, items[i]),
                   value ? std::optional(value->value) : std::nullopt, document_.span(items[i]), i,
                   items[i]);
    }
    return true;
  }

  // In extraArgs everything is a string (bootstrapping of a map[string]string, or of Arg).
  bool is_good_string(NodeId value) {
    const NodeId id = document_.resolve(value);
    if (!edits_ || is_string(document_, id)) return true;
    const bool empty = document_.node(id).kind == Kind::Scalar && document_.is_null(id);
    const std::string path = yaml::path_of(document_, value);
    if (empty)
      return refuse(ErrorKind::Unsupported, fmt::format("{} is null", path),
                    "give it a value, or remove it", value);
    return refuse(ErrorKind::NotAnApiServer, fmt::format("{} is not a string", path),
                  "quote it; " + std::string(words_.unreadable), value);
  }

  void add_argument(const std::string& name, text::Span name_span, std::optional<NodeId> value_node,
                    text::Span whole, std::size_t index, NodeId node) {
    const NodeId value = value_node ? document_.resolve(*value_node) : kNoNode;
    const bool has_text =
        value != kNoNode && document_.node(value).kind == Kind::Scalar && !document_.is_null(value);
    Argument argument;
    argument.value =
        fmt::format("--{}={}", name, has_text ? document_.value(value) : std::string_view());
    argument.span = whole;
    argument.behind_equals = value_node ? document_.text_span(*value_node) : whole;
    argument.text = {std::min(name_span.begin, argument.behind_equals.begin),
                     std::max(name_span.end, argument.behind_equals.end)};
    argument.name = name_span;
    found_.push_back({name, std::move(argument), index, node});
  }

  void keep_arguments() {
    std::vector<Argument> arguments;
    for (Found& found : found_) {
      arguments.push_back(std::move(found.argument));
      config_.argument_indices.push_back(found.index);
      config_.argument_nodes.push_back(found.node);
    }
    config_.api_server.arguments = Arguments(std::move(arguments));
    if (config_.extra_args == kNoNode || document_.node(config_.extra_args).count == 0) {
      config_.api_server.flag_order =
          config_.form == ExtraArgsForm::Map ? FlagOrder::Sorted : FlagOrder::Appended;
    }
  }

  // ---- extraVolumes ----

  bool read_extra_volumes() {
    if (!has_api_server()) return true;
    if (!edited_list(config_.api_server_node, "extraVolumes", "apiServer.extraVolumes",
                     config_.extra_volumes))
      return edits_ ? false : is_forgiven(config_.extra_volumes);
    const NodeId list = config_.extra_volumes;
    if (list == kNoNode || document_.is_null(list)) return true;
    for (const NodeId item : document_.items(list)) {
      NodeId mapping = kNoNode;
      if (!item_mapping(item, "extra volume", mapping)) return false;
      if (mapping != kNoNode && !read_volume(item, mapping)) return false;
    }
    drop_lost_volumes();
    return true;
  }

  // Of two with one name the last counts.
  void drop_lost_volumes() {
    ApiServer& server = config_.api_server;
    const auto without = [&](auto& all) {
      std::size_t index = 0;
      std::erase_if(all, [&](const auto&) { return lost_.contains(index++); });
    };
    without(server.volumes);
    without(server.mounts);
    without(config_.volume_nodes);
  }

  bool read_volume(NodeId item, NodeId mapping) {
    ApiServer& server = config_.api_server;
    const auto name = document_.find(mapping, "name");
    Volume volume;
    volume.name = string_of(name);
    volume.source = "hostPath";
    volume.span = document_.span(item);
    volume.name_span = value_span(name, item);
    volume.host_path = read_host_path(item, mapping);
    const auto [before, is_new] = volume_names_.emplace(volume.name, config_.volume_nodes.size());
    if (!is_new) {
      if (edits_) {
        return refuse(
            ErrorKind::Unsupported,
            fmt::format("two extraVolumes are named '{}', and kubeadm takes the last", volume.name),
            "rename or remove one of them", item);
      }
      lost_.insert(before->second);
      before->second = config_.volume_nodes.size();
    }
    server.mounts.push_back(read_mount(item, mapping, volume));
    server.volumes.push_back(std::move(volume));
    config_.volume_nodes.push_back(item);
    return true;
  }

  HostPath read_host_path(NodeId item, NodeId mapping) const {
    HostPath host;
    const auto path = document_.find(mapping, "hostPath");
    const auto type = document_.find(mapping, "pathType");
    host.path = string_of(path);
    host.path_span = value_span(path, item);
    host.type_span = value_span(type, item);
    if (!type || document_.is_null(document_.resolve(type->value))) return host;
    const std::string_view word = document_.value(document_.resolve(type->value));
    host.type = host_path_type(word);
    if (host.type == HostPathType::Invalid) host.unknown_type = word;
    return host;
  }

  VolumeMount read_mount(NodeId item, NodeId mapping, const Volume& volume) const {
    const auto path = document_.find(mapping, "mountPath");
    const auto read_only = document_.find(mapping, "readOnly");
    VolumeMount mount;
    mount.name = volume.name;
    mount.mount_path = string_of(path);
    mount.read_only = read_only && is_true(document_, document_.resolve(read_only->value));
    mount.span = volume.span;
    mount.name_span = volume.name_span;
    mount.path_span = value_span(path, item);
    mount.read_only_span = value_span(read_only, item);
    mount.sub_path_span = volume.span;
    return mount;
  }

  // ---- what kubeadm adds, and what is only read ----

  void add_implied() {
    const std::string given(word_of(document_, index_, "certificatesDir"));
    const auto entry = document_.find(config_.root, "certificatesDir");
    const text::Span kind = document_.text_span(document_.find(config_.root, "kind")->value);
    add_kubeadms_volumes(config_.api_server, given.empty() ? "/etc/kubernetes/pki" : given, kind,
                         given.empty() ? kind : document_.text_span(entry->value));
  }

  void read_rest() {
    ApiServer& server = config_.api_server;
    server.kind = DocumentKind::ClusterConfiguration;
    server.image = "kube-apiserver";
    server.pod_namespace = "kube-system";
    server.pod_name = "kube-apiserver";
    add_implied();
    read_env();
    std::vector<std::string_view> all;
    for (const Argument& argument : server.arguments) all.push_back(argument.value);
    server.command_line = parse_command_line(all, 0, arity_of_);
    if (!edits_) return;
    for (const DuplicateKey& duplicate : duplicate_keys(document_, config_.root)) {
      config_.warnings.push_back(
          {ErrorKind::Unsupported,
           fmt::format("duplicate key '{}'; kubeadm reads the last one", duplicate.key), "",
           duplicate.place});
    }
  }

  // extraEnvs of v1beta4.
  void read_env() {
    const auto list =
        has_api_server() ? document_.find(config_.api_server_node, "extraEnvs") : std::nullopt;
    if (!list || document_.node(document_.resolve(list->value)).kind != Kind::Sequence) return;
    for (const NodeId item : document_.items(document_.resolve(list->value))) {
      const NodeId mapping = document_.resolve(item);
      if (document_.node(mapping).kind != Kind::Mapping || !document_.find(mapping, "value"))
        continue;
      config_.api_server.env[string_or_empty(document_, document_.find(mapping, "name"))] =
          string_or_empty(document_, document_.find(mapping, "value"));
    }
  }

  FlagArityOf arity_of_;
  std::size_t index_;
  ClusterConfiguration config_;
  std::vector<Found> found_;
  std::map<std::string, std::size_t, std::less<>> volume_names_;  // which one has the name
  std::set<std::size_t> lost_;
};

}  // namespace

bool is_cluster_configuration(const Document& document, std::size_t index) {
  return word_of(document, index, "kind") == "ClusterConfiguration" &&
         word_of(document, index, "apiVersion").starts_with("kubeadm.k8s.io/");
}

std::optional<std::size_t> find_cluster_configuration(const Document& document) {
  for (std::size_t i = 0; i < document.roots().size(); ++i) {
    if (i == 0 && word_of(document, i, "kind") == "Pod") return {};
    if (is_cluster_configuration(document, i)) return i;
  }
  return {};
}

bool is_kubeadm_config_map(const Document& document) {
  if (document.roots().empty() || word_of(document, 0, "kind") != "ConfigMap") return false;
  const auto data = document.find(document.roots().front(), "data");
  const NodeId map = data ? document.resolve(data->value) : kNoNode;
  return map != kNoNode && document.node(map).kind == Kind::Mapping &&
         document.find(map, "ClusterConfiguration").has_value();
}

std::optional<KubeadmApiVersion> kubeadm_api_version(std::string_view name) {
  const auto* const found =
      std::find_if(kApiVersions.begin(), kApiVersions.end(),
                   [&](const KubeadmApiVersion& version) { return version.name == name; });
  return found == kApiVersions.end() ? std::nullopt : std::optional(*found);
}

Result<ClusterConfiguration> read_cluster_configuration(const Document& document,
                                                        FlagArityOf arity_of) {
  const auto index = find_cluster_configuration(document);
  if (!index) {
    return text::fail(ErrorKind::NotAnApiServer, "the file has no ClusterConfiguration",
                      "add a document of that kind, or give the file that has one");
  }
  return ConfigurationReader(document, *index, arity_of, Purpose::Edit).run();
}

Result<ApiServer> judge_cluster_configuration(const Document& document, std::size_t index,
                                              FlagArityOf arity_of) {
  auto config = ConfigurationReader(document, index, arity_of, Purpose::Judge).run();
  if (!config) return std::unexpected(config.error());
  return std::move(config->api_server);
}

}  // namespace kaudit::kube
