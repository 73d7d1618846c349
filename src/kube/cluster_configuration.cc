#include "kube/cluster_configuration.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include "kube/configuration_validation.h"
#include "kube/document_reader.h"
#include "kube/kubeadm_parts.h"
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
    {{"kubeadm.k8s.io/v1beta1", 1, ExtraArgsForm::Map, KubernetesVersion{1, 21, {}}},
     {"kubeadm.k8s.io/v1beta2", 2, ExtraArgsForm::Map, KubernetesVersion{1, 26, {}}},
     {"kubeadm.k8s.io/v1beta3", 3, ExtraArgsForm::Map, {}},
     {"kubeadm.k8s.io/v1beta4", 4, ExtraArgsForm::List, {}}}};
constexpr std::string_view kGroup = "kubeadm.k8s.io/";

// kubeadm 1.13, the first that reads any of them, refuses what is older than this (kubeadm,
// constants/constants.go, MinimumControlPlaneVersion).
constexpr KubernetesVersion kOldestDeployed{1, 12, {}};

std::optional<Entry> entry_of(const Document& document, std::size_t index, std::string_view key) {
  const NodeId root = document.roots()[index];
  if (document.node(root).kind != Kind::Mapping) return {};
  return document.find(root, key);
}

// A scalar of a root mapping, "" if there is none.
std::string_view word_of(const Document& document, std::size_t index, std::string_view key) {
  const auto entry = entry_of(document, index, key);
  if (!entry) return {};
  const NodeId id = document.resolve(entry->value);
  return document.node(id).kind == Kind::Scalar ? document.value(id) : std::string_view();
}

// Whether kaudit is too old for "kubeadm.k8s.io/v1beta5" or "…/v1": only alphas and betas came
// before the known ones.
bool is_newer(std::string_view name) {
  if (!name.starts_with(kGroup)) return false;
  const std::string_view version = name.substr(kGroup.size());
  if (version.find("alpha") != std::string_view::npos) return false;
  constexpr std::string_view kBeta = "v1beta";
  if (!version.starts_with(kBeta)) return version.starts_with('v');
  int beta = 0;
  const std::string_view digits = version.substr(kBeta.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), beta);
  return beta > kApiVersions.back().beta;
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
    if (read_version() && are_rendered() && is_readable() && read_api_server() &&
        read_extra_args() && read_extra_volumes()) {
      read_rest();
      return std::move(config_);
    }
    return std::unexpected(*error_);
  }

 private:
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
                    is_newer(name)
                        ? "use a kaudit that knows it, or write kubeadm.k8s.io/v1beta4"
                        : "kubeadm config migrate writes an older one in a form of today",
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

  // kubeadm decodes all documents of the file.
  bool are_rendered() {
    return is_rendered(config_.root) && std::ranges::all_of(document_.roots(), [this](NodeId root) {
             return has_no_template_key(root);
           });
  }

  // What kubeadm could not read is not edited: nobody knows what was meant.
  bool is_readable() {
    if (!edits_) return true;
    for (const ConfigurationFault& fault : validate_configuration(document_, config_.root)) {
      if (!fault.is_fatal()) continue;
      refuse(ErrorKind::NotAnApiServer, fault.message, way_out_of(fault), kNoNode);
      error_->place = fault.place;
      return false;
    }
    return is_yaml();
  }
  std::string way_out_of(const ConfigurationFault& fault) const {
    if (fault.kind == ConfigurationFault::Kind::Unread) return fault.fix;
    const bool is_bad_name = fault.kind == ConfigurationFault::Kind::BadName;
    return fmt::format("{}; {}", fault.fix,
                       is_bad_name ? "kube-apiserver does not start with it" : words_.unreadable);
  }

  // What is added to a part in JSON must be JSON; kaudit writes that where the whole file is JSON.
  bool is_yaml() {
    if (document_.is_json()) return true;
    const text::SourceText& source = document_.source();
    const std::size_t begin = document_.node(config_.root).content;
    const bool is_json = std::ranges::any_of(kubeadm_parts(source.bytes()), [&](text::Span part) {
      return part.begin <= begin && begin < part.end && is_json_part(source.slice(part));
    });
    if (!is_json) return true;
    refuse(
        ErrorKind::Unsupported,
        "kubeadm reads a document that begins with '{' as JSON, and kaudit edits JSON only where "
        "it is the whole file",
        "write a line '#' above it, and kubeadm reads it as YAML", kNoNode);
    error_->place = text::Span{begin, begin + 1};
    return false;
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
      if (!is_readable_form() || !read_arguments()) return false;
    }
    keep_arguments();
    return true;
  }

  // To be edited, it has the form of its API version by now. What a merge key brings nobody judges.
  bool is_readable_form() {
    if (document_.is_null(config_.extra_args)) return true;
    const bool is_map = document_.node(config_.extra_args).kind == Kind::Mapping;
    if (is_map || (edits_ && config_.form == ExtraArgsForm::Map))
      return edited_mapping(config_.extra_args, "apiServer.extraArgs", {});
    NodeId list = kNoNode;
    return !edits_ ||
           edited_list(config_.api_server_node, "extraArgs", "apiServer.extraArgs", list);
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
      if (!is_given(entries[i].value)) return false;
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
    config_.api_server.may_be_sorted = true;
    assume_release(config_.api_server, config_.api_server.version);
    const std::vector<NodeId> items = document_.items(config_.extra_args);
    for (std::size_t i = 0; i < items.size(); ++i) {
      NodeId mapping = kNoNode;
      if (!item_mapping(items[i], "argument", mapping)) return false;
      if (mapping == kNoNode) continue;
      const auto name = document_.find(mapping, "name");
      const auto value = document_.find(mapping, "value");
      if ((name && !is_given(name->value)) || (value && !is_given(value->value))) return false;
      add_argument(string_of(name), value_span(name, items[i]),
                   value ? std::optional(value->value) : std::nullopt, document_.span(items[i]), i,
                   items[i]);
    }
    return true;
  }

  // kubeadm reads a null as an empty text, which nobody means.
  bool is_given(NodeId value) {
    const NodeId id = document_.resolve(value);
    if (!edits_ || document_.node(id).kind != Kind::Scalar || !document_.is_null(id)) return true;
    return refuse(ErrorKind::Unsupported,
                  fmt::format("{} is null", yaml::path_of(document_, value)),
                  "give it a value, or remove it", value);
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
      const bool is_null = document_.is_null(document_.resolve(item));
      if (!is_null && !item_mapping(item, "extra volume", mapping)) return false;
      if ((is_null || mapping != kNoNode) && !read_volume(item, mapping)) return false;
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

  // A null is a volume without a name or a path.
  std::optional<Entry> field(NodeId mapping, std::string_view key) const {
    return mapping == kNoNode ? std::nullopt : document_.find(mapping, key);
  }

  bool read_volume(NodeId item, NodeId mapping) {
    ApiServer& server = config_.api_server;
    const auto name = field(mapping, "name");
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
    const auto path = field(mapping, "hostPath");
    const auto type = field(mapping, "pathType");
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
    const auto path = field(mapping, "mountPath");
    const auto read_only = field(mapping, "readOnly");
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
         word_of(document, index, "apiVersion").starts_with(kGroup);
}

bool is_file_of_kubeadm(const Document& document) {
  for (std::size_t i = 0; i < document.roots().size(); ++i) {
    const std::string_view kind = word_of(document, i, "kind");
    if (i == 0 && kind == "Pod") return false;
    if (kind == "ClusterConfiguration" || word_of(document, i, "apiVersion").starts_with(kGroup))
      return true;
  }
  return false;
}

std::optional<std::size_t> find_cluster_configuration(const Document& document) {
  for (std::size_t i = 0; i < document.roots().size(); ++i) {
    if (i == 0 && word_of(document, i, "kind") == "Pod") return {};
    if (is_cluster_configuration(document, i)) return i;
  }
  return {};
}

namespace {

bool is_config_map(const Document& document, NodeId object) {
  const NodeId id = document.resolve(object);
  if (document.node(id).kind != Kind::Mapping) return false;
  const auto kind = document.find(id, "kind");
  const auto data = document.find(id, "data");
  if (!kind || !data || document.value(document.resolve(kind->value)) != "ConfigMap") return false;
  const NodeId map = document.resolve(data->value);
  return document.node(map).kind == Kind::Mapping &&
         document.find(map, "ClusterConfiguration").has_value();
}

bool is_or_lists_config_map(const Document& document, std::size_t index) {
  if (word_of(document, index, "kind") != "List")
    return is_config_map(document, document.roots()[index]);
  const auto items = entry_of(document, index, "items");
  const NodeId list = items ? document.resolve(items->value) : kNoNode;
  if (list == kNoNode || document.node(list).kind != Kind::Sequence) return false;
  return std::ranges::any_of(document.items(list),
                             [&](NodeId item) { return is_config_map(document, item); });
}

}  // namespace

std::optional<std::size_t> find_kubeadm_config_map(const Document& document) {
  if (find_cluster_configuration(document)) return {};
  for (std::size_t i = 0; i < document.roots().size(); ++i) {
    if (i == 0 && word_of(document, i, "kind") == "Pod") return {};
    if (is_or_lists_config_map(document, i)) return i;
  }
  return {};
}

std::optional<KubeadmApiVersion> kubeadm_api_version(std::string_view name) {
  const auto* const found =
      std::find_if(kApiVersions.begin(), kApiVersions.end(),
                   [&](const KubeadmApiVersion& version) { return version.name == name; });
  return found == kApiVersions.end() ? std::nullopt : std::optional(*found);
}

namespace {

// Of a ClusterConfiguration that is not kubeadm's, or does not say so.
text::Error without_its_group(const Document& document, std::size_t index) {
  const auto kind = entry_of(document, index, "kind");
  const auto version = entry_of(document, index, "apiVersion");
  const std::string_view name = word_of(document, index, "apiVersion");
  if (name.empty()) {
    return {ErrorKind::NotAnApiServer, "the ClusterConfiguration has no apiVersion",
            "write the one that your kubeadm reads, such as apiVersion: kubeadm.k8s.io/v1beta4",
            document.text_span(version ? version->value : kind->value)};
  }
  const std::string whole = std::string(kGroup) + std::string(name);
  return {ErrorKind::NotAnApiServer,
          fmt::format("this ClusterConfiguration is of the API version {}, which is not kubeadm's",
                      name),
          kubeadm_api_version(whole)
              ? fmt::format("write apiVersion: {}", whole)
              : "give kubeadm's, whose apiVersion begins with kubeadm.k8s.io/",
          document.text_span(version->value)};
}

}  // namespace

text::Error without_cluster_configuration(const Document& document) {
  std::optional<std::size_t> other;
  const bool is_pods = !document.roots().empty() && word_of(document, 0, "kind") == "Pod";
  for (std::size_t i = is_pods ? 0 : document.roots().size(); i-- > 0;) {
    if (word_of(document, i, "kind") == "ClusterConfiguration")
      return without_its_group(document, i);
    if (word_of(document, i, "apiVersion").starts_with(kGroup)) other = i;
  }
  if (!other) {
    return {ErrorKind::NotAnApiServer,
            "the file has no ClusterConfiguration",
            "add a document of that kind, or give the file that has one",
            {}};
  }
  const auto kind = entry_of(document, *other, "kind");
  return {
      ErrorKind::NotAnApiServer,
      fmt::format("the file has a document of kind {}, and no ClusterConfiguration, which alone "
                  "says how the API server runs",
                  word_of(document, *other, "kind")),
      fmt::format("give the file that has one, or add it behind a line '---': 'apiVersion: {}' "
                  "and 'kind: ClusterConfiguration'",
                  word_of(document, *other, "apiVersion")),
      kind ? std::optional(document.text_span(kind->value)) : std::nullopt};
}

Result<ClusterConfiguration> read_cluster_configuration(const Document& document,
                                                        FlagArityOf arity_of) {
  const auto index = find_cluster_configuration(document);
  if (!index) return std::unexpected(without_cluster_configuration(document));
  return ConfigurationReader(document, *index, arity_of, Purpose::Edit).run();
}

Result<ApiServer> judge_cluster_configuration(const Document& document, std::size_t index,
                                              FlagArityOf arity_of) {
  auto config = ConfigurationReader(document, index, arity_of, Purpose::Judge).run();
  if (!config) return std::unexpected(config.error());
  return std::move(config->api_server);
}

}  // namespace kaudit::kube
