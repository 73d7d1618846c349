#include "kube/configuration_validation.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "kube/cluster_configuration.h"
#include "kube/document_reader.h"
#include "kube/node_paths.h"
#include "text/nearest.h"
#include "yaml/scalar.h"

namespace kaudit::kube {
namespace {

using yaml::Document;
using yaml::Entry;
using yaml::Kind;
using yaml::NodeId;
using FaultKind = ConfigurationFault::Kind;
using Names = std::vector<std::string_view>;

// Where kubeadm's own Volume of that name leads (phases/controlplane/volumes.go).
std::string kubeadms_path(std::string_view name, std::string_view certificates) {
  if (name == "k8s-certs") return std::string(certificates);
  if (name == "ca-certs") return "/etc/ssl/certs";
  if (name == "etc-ca-certificates") return "/etc/ca-certificates";
  if (name == "etc-pki") return "/etc/pki";
  if (name == "etc-pki-ca-trust") return "/etc/pki/ca-trust";
  if (name == "etc-pki-tls-certs") return "/etc/pki/tls/certs";
  if (name == "usr-share-ca-certificates") return "/usr/share/ca-certificates";
  if (name == "usr-local-share-ca-certificates") return "/usr/local/share/ca-certificates";
  return {};
}

class ConfigurationValidator {
 public:
  ConfigurationValidator(const Document& document, NodeId root)
      : document_(document), root_(document.resolve(root)) {}

  std::vector<ConfigurationFault> run() {
    const auto version = document_.find(root_, "apiVersion");
    version_ = document_.value(document_.resolve(version->value));
    const auto known = kubeadm_api_version(version_);
    const auto server = document_.find(root_, "apiServer");
    if (!known || !server || is_null(server->value)) return {};
    if (kind_of(server->value) != Kind::Mapping) {
      add_undecodable(server->value, "apiServer", "is not a mapping");
      return std::move(found_);
    }
    form_ = known->form;
    check_fields(server->value, "apiServer", api_server_fields());
    if (const auto args = entry_of(server->value, "extraArgs"); args && !is_null(args->value))
      check_extra_args(*args);
    if (const auto volumes = value_of(server->value, "extraVolumes"); volumes && !is_null(*volumes))
      check_extra_volumes(*volumes);
    return std::move(found_);
  }

 private:
  // apis/kubeadm/VERSION/types.go, APIServer.
  Names api_server_fields() const {
    if (form_ == ExtraArgsForm::List) return {"extraArgs", "extraVolumes", "extraEnvs", "certSANs"};
    return {"extraArgs", "extraVolumes", "certSANs", "timeoutForControlPlane"};
  }

  // ---- nodes; an alias is placed where it is used ----

  Kind kind_of(NodeId id) const { return document_.node(document_.resolve(id)).kind; }
  bool is_null(NodeId id) const {
    const NodeId target = document_.resolve(id);
    return document_.node(target).kind == Kind::Scalar && document_.is_null(target);
  }
  std::string_view text_of(NodeId id) const { return document_.value(document_.resolve(id)); }
  std::optional<Entry> entry_of(NodeId mapping, std::string_view key) const {
    return document_.find(document_.resolve(mapping), key);
  }
  std::optional<NodeId> value_of(NodeId mapping, std::string_view key) const {
    const auto entry = entry_of(mapping, key);
    return entry ? std::optional(entry->value) : std::nullopt;
  }

  // Paths are passed down: finding out where a node stands costs a walk.
  ConfigurationFault& add(FaultKind kind, text::Span place, std::string path, std::string message,
                          std::string fix) {
    return found_.emplace_back(
        ConfigurationFault{kind, place, std::move(path), std::move(message), std::move(fix)});
  }
  void add_undecodable(NodeId at, const std::string& path, std::string_view what) {
    add(FaultKind::Undecodable, document_.text_span(at), path, fmt::format("{} {}", path, what),
        "write it as kubeadm reads it");
  }

  void check_fields(NodeId mapping, const std::string& path, const Names& known) {
    for (const Entry& entry : document_.entries(document_.resolve(mapping))) {
      const std::string_view key = text_of(entry.key);
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      const auto guess = text::nearest(key, known);
      add(FaultKind::UnknownField, document_.text_span(entry.key), fmt::format("{}.{}", path, key),
          fmt::format("{} has no field '{}'", version_, key),
          guess ? fmt::format("write {}", *guess) : "remove it");
    }
  }

  // A value that must be a string. What a number or a boolean means is clear, and yet no string.
  void check_string(NodeId value, const std::string& path, bool is_argument) {
    if (is_string(document_, document_.resolve(value)) || is_null(value)) return;
    if (kind_of(value) != Kind::Scalar) return add_undecodable(value, path, "is not a string");
    if (!is_argument) return add_undecodable(value, path, "is not a string; quote it");
    add(FaultKind::Unquoted, document_.text_span(value), path,
        fmt::format("{} is {}, and not a string", path, text_of(value)),
        fmt::format("quote it: \"{}\"", text_of(value)));
  }

  // ---- extraArgs ----

  void check_extra_args(const Entry& entry) {
    const std::string path = "apiServer.extraArgs";
    const Kind kind = kind_of(entry.value);
    const bool wants_map = form_ == ExtraArgsForm::Map;
    if (kind == Kind::Scalar)
      return add_undecodable(entry.value, path, wants_map ? "is not a mapping" : "is not a list");
    const bool is_map = kind == Kind::Mapping;
    if (is_map != wants_map) {
      add(FaultKind::WrongForm, document_.text_span(entry.key), path,
          fmt::format("{} is a {}, and {} has a {}", path, is_map ? "map" : "list", version_,
                      is_map ? "list of name and value" : "map of strings"),
          is_map ? "write '- name: NAME' and 'value: \"VALUE\"' for each"
                 : "write 'NAME: \"VALUE\"' for each");
    }
    if (is_map)
      check_map(document_.resolve(entry.value), path);
    else
      check_list(document_.resolve(entry.value), path);
  }

  void check_map(NodeId map, const std::string& path) {
    for (const Entry& entry : document_.entries(map)) {
      const std::string own = fmt::format("{}.{}", path, text_of(entry.key));
      check_name(text_of(entry.key), document_.text_span(entry.key), own);
      check_string(entry.value, own, true);
    }
  }

  void check_list(NodeId list, const std::string& path) {
    std::size_t index = 0;
    for (const NodeId item : document_.items(list)) {
      const std::string own = fmt::format("{}[{}]", path, index++);
      if (kind_of(item) != Kind::Mapping) {
        add_undecodable(item, own, "is no mapping of name and value");
        continue;
      }
      check_fields(item, own, {"name", "value"});
      const auto name = value_of(item, "name");
      if (name) check_string(*name, own + ".name", true);
      if (!name || text_of(*name).empty())
        add_undecodable(name.value_or(item), own, "has no name");
      else
        check_name(text_of(*name), document_.text_span(*name), own + ".name");
      if (const auto value = value_of(item, "value")) check_string(*value, own + ".value", true);
    }
  }

  // util/arguments.go, BuildArgumentListFromMap: "--" goes in front, whatever the name is.
  void check_name(std::string_view name, text::Span place, const std::string& path) {
    const std::size_t dashes = std::min(name.find_first_not_of('-'), name.size());
    if (dashes == 0 && !name.empty()) return;
    add(FaultKind::BadName, place, path,
        name.empty() ? "the name of an argument is empty"
                     : fmt::format("the name '{}' begins with a dash", name),
        name.empty() ? "give it a name, or remove it"
                     : fmt::format("write {}", name.substr(dashes)));
  }

  // ---- extraVolumes ----

  void check_extra_volumes(NodeId volumes) {
    const std::string path = "apiServer.extraVolumes";
    if (kind_of(volumes) != Kind::Sequence) return add_undecodable(volumes, path, "is not a list");
    std::map<std::string_view, text::Span> last;
    const std::vector<NodeId> items = document_.items(document_.resolve(volumes));
    for (std::size_t i = items.size(); i-- > 0;) {
      const std::string own = fmt::format("{}[{}]", path, i);
      if (kind_of(items[i]) != Kind::Mapping)
        add_undecodable(items[i], own, "is no volume");
      else
        check_volume(items[i], own, last);
    }
  }

  // From the last to the first: the last of a name counts.
  void check_volume(NodeId item, const std::string& path,
                    std::map<std::string_view, text::Span>& last) {
    check_fields(item, path, {"name", "hostPath", "mountPath", "readOnly", "pathType"});
    for (const std::string_view key : {"name", "hostPath", "mountPath", "pathType"}) {
      if (const auto value = value_of(item, key))
        check_string(*value, fmt::format("{}.{}", path, key), false);
    }
    check_bool(item, path);
    const auto name = value_of(item, "name");
    if (!name || text_of(*name).empty()) return;  // an invalid name of a Volume, said elsewhere
    const text::Span place = document_.text_span(*name);
    const auto [counts, is_last] = last.emplace(text_of(*name), place);
    if (!is_last) {
      add(FaultKind::DuplicateVolume, place, path + ".name",
          fmt::format("two extraVolumes are named '{}'", text_of(*name)), "rename one of them")
          .related = counts->second;
    } else {
      check_kubeadms(item, text_of(*name), place, path + ".name");
    }
  }

  void check_bool(NodeId item, const std::string& path) {
    const auto value = value_of(item, "readOnly");
    if (!value || is_null(*value)) return;
    const NodeId id = document_.resolve(*value);
    const yaml::Node& n = document_.node(id);
    const bool is_bool = n.kind == Kind::Scalar && n.style == yaml::Style::Plain &&
                         yaml::resolve_plain(document_.value(id)) == yaml::Resolved::Bool;
    if (!is_bool) add_undecodable(*value, path + ".readOnly", "is neither true nor false");
  }

  void check_kubeadms(NodeId item, std::string_view name, text::Span place,
                      const std::string& where) {
    if (!is_kubeadms_volume(name)) return;
    const auto given = value_of(root_, "certificatesDir");
    const std::string path = kubeadms_path(
        name, given && !text_of(*given).empty() ? text_of(*given) : "/etc/kubernetes/pki");
    const auto leads_there = [&](std::string_view key) {
      const auto value = value_of(item, key);
      return value && !path.empty() && clean_path(text_of(*value)) == clean_path(path);
    };
    if (leads_there("hostPath") && leads_there("mountPath")) {
      add(FaultKind::RepeatsKubeadms, place, where,
          fmt::format("the extraVolume '{}' repeats kubeadm's own", name), "remove it");
      return;
    }
    add(FaultKind::ReplacesKubeadms, place, where,
        fmt::format("the extraVolume '{}' takes the place of kubeadm's own{}", name,
                    path.empty() ? "" : " for " + path),
        "give it another name");
  }

  const Document& document_;
  NodeId root_;
  std::string_view version_;
  ExtraArgsForm form_ = ExtraArgsForm::Map;
  std::vector<ConfigurationFault> found_;
};

}  // namespace

std::vector<ConfigurationFault> validate_configuration(const Document& document, NodeId root) {
  return ConfigurationValidator(document, root).run();
}

}  // namespace kaudit::kube
