#include "kube/pod_validation.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "kube/api_values.h"
#include "kube/decoded.h"
#include "kube/node_paths.h"
#include "kube/pod_schema.h"
#include "yaml/scalar.h"

// Left to the rules about volumes and mounts: a volume's name that is no label or is taken, a mount
// that names no volume or repeats a mountPath, and everything about the values of a hostPath. No
// fault for the kubelet, and so none here: unknown fields, duplicate keys, a volume without a
// source (it becomes an emptyDir: pkg/apis/core/v1/defaults.go, SetDefaults_Volume).

namespace kaudit::kube {
namespace {

using yaml::Document;
using yaml::Entry;
using yaml::Kind;
using yaml::kNoNode;
using yaml::Node;
using yaml::NodeId;

// More than anybody reads; the rest would only cost time.
constexpr std::size_t kMostFaults = 100;

// "|a|b" holds "", "a" and "b".
bool holds_word(std::string_view words, std::string_view word) {
  for (;;) {
    const std::string_view first = words.substr(0, words.find('|'));
    if (first == word) return true;
    if (first.size() == words.size()) return false;
    words.remove_prefix(first.size() + 1);
  }
}

// "a, b or c".
std::string listed(std::string_view words) {
  std::string out;
  if (words.starts_with('|')) words.remove_prefix(1);
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find('|'));
    words.remove_prefix(std::min(word.size() + 1, words.size()));
    if (!out.empty()) out += words.empty() ? " or " : ", ";
    out += word;
  }
  return out;
}

std::string_view wanted(FieldType type) {
  switch (type) {
    case FieldType::String:
      return "a string";
    case FieldType::Bool:
      return "true or false";
    case FieldType::Int32:
    case FieldType::Int64:
      return "a whole number";
    case FieldType::Quantity:
      return "a quantity such as 250m or 1Gi";
    case FieldType::IntOrString:
      return "a whole number or a string";
    case FieldType::Time:
      return "a time such as 2024-01-31T12:00:00Z";
    case FieldType::Struct:
    case FieldType::Any:
      break;
  }
  return "a mapping";
}

// A line break counts as a blank, as for strings.TrimSpace.
bool has_blank_at_an_end(std::string_view value) {
  static constexpr std::string_view kBlanks = " \t\n\v\f\r";
  return !value.empty() && (kBlanks.find(value.front()) != std::string_view::npos ||
                            kBlanks.find(value.back()) != std::string_view::npos);
}

// Whether a string has the form, and how to write it if not.
struct FormCheck {
  bool fits = true;
  std::string_view hint = {};
};

FormCheck check_string(StringForm form, std::string_view word, int minor) {
  switch (form) {
    case StringForm::Any:
    case StringForm::Annotation:
      return {};
    case StringForm::DnsLabel:
      return {is_dns1123_label(word),
              "use at most 63 of a-z, 0-9 and '-', with a letter or digit at both ends"};
    case StringForm::DnsSubdomain:
      return {is_dns1123_subdomain(word),
              "use a-z, 0-9, '-' and '.', with a letter or digit at both ends"};
    case StringForm::PodName:
      // The kubelet appends '-' and the node's name (pkg/kubelet/config/common.go, applyDefaults).
      return {is_dns1123_subdomain(std::string(word) + "-n"),
              "use a-z, 0-9, '-' and '.', and begin with a letter or digit"};
    case StringForm::Image:
      return {!has_blank_at_an_end(word), "remove the blanks and line breaks around it"};
    case StringForm::LocalPath:
      return {is_local_path(word),
              "write a path below the volume, without '/' in front and without '..'"};
    case StringForm::Port:
      return {is_port_name(word),
              "write the number of the port without quotes, or the name of one"};
    case StringForm::PortName:
      return {is_port_name(word),
              "use at most 15 of a-z, 0-9 and single '-', and at least one letter"};
    case StringForm::EnvName: {
      constexpr int kRelaxed = 32;  // gate RelaxedEnvironmentVariableValidation
      const bool relaxed = minor >= kRelaxed;
      return {is_env_name(word, relaxed),
              relaxed ? "use printable ASCII characters other than '='"
                      : "use letters, digits, '_', '-' and '.', and no digit in front"};
    }
    case StringForm::FieldPath:
      return {is_field_path(word),
              "name a field such as status.hostIP, metadata.name or metadata.labels['KEY']"};
    case StringForm::Label:
      return {is_label_word(word),
              "use at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both "
              "ends"};
  }
  return {};
}

// The numbers that a field takes.
struct Range {
  std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::int64_t most = std::numeric_limits<std::int64_t>::max();

  bool holds(double value) const {
    return value >= static_cast<double>(least) && value <= static_cast<double>(most);
  }
};

Range range_of(const Field& field) {
  if (field.form == StringForm::Port) return {1, 65535};
  if (field.least < field.most) return {field.least, field.most};
  if (field.type == FieldType::Int64) return {};
  return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
}

// Where a value stands, link by link up to the Pod; put into words only for a fault.
struct Step {
  const Step* above = nullptr;
  std::string_view key = {};  // "" for an item
  std::size_t index = 0;
};

std::string path_of(const Step& step) {
  if (step.above == nullptr) return {};
  std::string path = path_of(*step.above);
  if (step.key.empty()) return path + fmt::format("[{}]", step.index);
  if (!path.empty()) path += '.';
  return path + std::string(step.key);
}

// The fields of a struct in the document: one value for each row of its type, kNoNode where it is
// absent or where the release does not know the field.
struct View {
  const StructType& type;
  NodeId node;
  const Step& at;
  std::vector<NodeId> values;

  NodeId operator[](std::string_view name) const { return values[index_of(name)]; }
  const StructType& type_of(std::string_view name) const { return *type.fields[index_of(name)].of; }

 private:
  std::size_t index_of(std::string_view name) const {
    const auto found = std::ranges::find(type.fields, name, &Field::name);
    return static_cast<std::size_t>(found - type.fields.begin());
  }
};

// One walk along the table of fields; the demands on several fields are checked on the way.
class PodValidator {
 public:
  PodValidator(const Document& document, int minor)
      : document_(document), decoded_(document), minor_(minor) {}

  std::vector<PodFault> run(NodeId pod) {
    visit_struct(pod_type(), pod, Step{});
    visit_unconvertible(pod);
    std::ranges::stable_sort(faults_, {}, [](const PodFault& f) { return f.place.begin; });
    const auto rest = std::ranges::unique(faults_, [](const PodFault& a, const PodFault& b) {
      return a.place == b.place && a.path == b.path;
    });
    faults_.erase(rest.begin(), rest.end());
    return std::move(faults_);
  }

 private:
  // ---- faults -----------------------------------------------------------------------------

  // `what` follows the path in the message.
  void fault(NodeId at, std::string path, std::string_view what, std::string_view hint) {
    if (faults_.size() == kMostFaults) return;
    std::string message = fmt::format("{} {}", path.empty() ? "the Pod" : path, what);
    faults_.push_back({document_.span(at), std::move(path), std::move(message), std::string(hint)});
  }

  void fault(NodeId at, const Step& step, std::string_view what, std::string_view hint) {
    if (faults_.size() < kMostFaults) fault(at, path_of(step), what, hint);
  }

  void missing(NodeId at, const Step& step) { fault(at, step, "is missing", "add it"); }

  void empty(NodeId at, const Step& step) { fault(at, step, "is empty", "give it a value"); }

  void wrong_type(NodeId id, const Step& step, FieldType type) {
    fault(id, step, fmt::format("is {}, and {} is needed", described(decoded_, id), wanted(type)),
          way_out(id, type));
  }

  std::string way_out(NodeId id, FieldType type) const {
    const Json found = decoded_.type(id);
    const std::string_view word = decoded_.text(id);
    if (type == FieldType::String) {
      if (found == Json::Number || found == Json::Bool)
        return "quote it: " + yaml::double_quoted(word);
      if (found == Json::Mapping) {
        const bool braces = document_.node(document_.resolve(id)).style == yaml::Style::Flow;
        return fmt::format("if it is one text, quote it: {} a mapping",
                           braces ? "braces make" : "a colon with a blank behind it makes");
      }
    }
    const yaml::Resolved plain = yaml::resolve_plain(word);
    const bool is_integer = type == FieldType::Int32 || type == FieldType::Int64;
    if (found == Json::String && ((is_integer && plain == yaml::Resolved::Int) ||
                                  (type == FieldType::Bool && plain == yaml::Resolved::Bool)))
      return "remove the quotes";
    return fmt::format("write {}", wanted(type));
  }

  // ---- the walk ---------------------------------------------------------------------------

  View view_of(const StructType& type, NodeId node, const Step& at) const {
    View view{type, node, at, std::vector<NodeId>(type.fields.size(), kNoNode)};
    for (const Entry& entry : decoded_.entries(node)) {
      const auto found = std::ranges::find(type.fields, decoded_.key(entry), &Field::name);
      if (found != type.fields.end() && found->since <= minor_)
        view.values[static_cast<std::size_t>(found - type.fields.begin())] = entry.value;
    }
    return view;
  }

  // A null item of a list is a struct without fields.
  void visit_struct(const StructType& type, NodeId node, const Step& at) {
    if (decoded_.is_given(node) && decoded_.type(node) != Json::Mapping)
      return wrong_type(node, at, FieldType::Struct);
    const View view = view_of(type, node, at);
    for (std::size_t i = 0; i < type.fields.size(); ++i)
      if (type.fields[i].since <= minor_) visit_field(type.fields[i], view, view.values[i]);
    check(view);
  }

  void visit_field(const Field& field, const View& owner, NodeId id) {
    const Step step{&owner.at, field.name};
    if (!decoded_.is_given(id)) {
      if (field.is_required) missing(id == kNoNode ? owner.node : id, step);
      return;
    }
    switch (field.shape) {
      case FieldShape::One:
        visit_value(field, id, step);
        break;
      case FieldShape::List:
        visit_list(field, id, step);
        break;
      case FieldShape::Map:
        visit_map(field, id, step);
        break;
    }
    check_reference(field, id, step);
  }

  void visit_list(const Field& field, NodeId id, const Step& step) {
    if (decoded_.type(id) != Json::List) {
      return fault(id, step, fmt::format("is {}, and a list is needed", described(decoded_, id)),
                   "write each item behind a dash");
    }
    const std::vector<NodeId> items = decoded_.items(id);
    if (items.empty() && field.is_required)
      fault(id, step, "is empty", "give it at least one item");
    for (std::size_t i = 0; i < items.size(); ++i) visit_value(field, items[i], {&step, {}, i});
  }

  void visit_map(const Field& field, NodeId id, const Step& step) {
    if (decoded_.type(id) != Json::Mapping) return wrong_type(id, step, FieldType::Struct);
    const std::vector<Entry> entries = decoded_.entries(id);
    for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
      const std::string_view key = decoded_.key(*entry);
      const std::size_t before = faults_.size();
      check_key(field, *entry, step);
      visit_value(field, entry->value, {&step, key});
      if (faults_.size() == before) continue;
      // What a later entry replaces is never decoded. Seldom looked for: only for a fault.
      const auto replaces = [&](const Entry& other) { return decoded_.key(other) == key; };
      if (std::any_of(entry + 1, entries.end(), replaces)) faults_.resize(before);
    }
  }

  void visit_value(const Field& field, NodeId id, const Step& step) {
    if (field.type == FieldType::Struct) return visit_struct(*field.of, id, step);
    if (!decoded_.is_given(id)) return;
    switch (field.type) {
      case FieldType::String:
        return visit_string(field, id, step);
      case FieldType::Bool:
        if (decoded_.type(id) != Json::Bool) wrong_type(id, step, field.type);
        return;
      case FieldType::Int32:
      case FieldType::Int64:
        return visit_integer(field, id, step);
      case FieldType::IntOrString:
        return decoded_.is_string(id) ? check_form(field, id, step)
                                      : visit_integer(field, id, step);
      case FieldType::Quantity:
        return visit_quantity(id, step);
      case FieldType::Time:
        if (!decoded_.is_string(id) || !is_time(decoded_.text(id)))
          wrong_type(id, step, field.type);
        return;
      case FieldType::Struct:
      case FieldType::Any:
        break;
    }
  }

  void visit_string(const Field& field, NodeId id, const Step& step) {
    if (!decoded_.is_string(id)) return wrong_type(id, step, field.type);
    const std::string_view word = decoded_.text(id);
    if (word.empty() && field.is_required) return empty(id, step);
    if (!field.words.empty() && !holds_word(field.words, word)) {
      return fault(id, step, fmt::format("is '{}', which is not allowed", shortened(word)),
                   fmt::format("write {}", listed(field.words)));
    }
    if (!word.empty()) check_form(field, id, step);
  }

  void check_form(const Field& field, NodeId id, const Step& step) {
    const std::string_view word = decoded_.text(id);
    const FormCheck form = check_string(field.form, word, minor_);
    if (form.fits) return;
    fault(id, step, fmt::format("is '{}', which is not allowed", shortened(word)), form.hint);
  }

  void visit_integer(const Field& field, NodeId id, const Step& step) {
    const std::optional<Number> found = decoded_.number(id);
    if (!found || !found->is_whole) return wrong_type(id, step, field.type);
    const Range range = range_of(field);
    if (range.holds(found->value)) return;
    fault(id, step, fmt::format("is {}, which is out of range", shortened(decoded_.text(id))),
          fmt::format("write a number from {} to {}", range.least, range.most));
  }

  void visit_quantity(NodeId id, const Step& step) {
    const std::optional<double> found = decoded_.quantity(id);
    if (!found) return wrong_type(id, step, FieldType::Quantity);
    if (*found >= 0) return;
    fault(id, step, fmt::format("is {}, which is below zero", shortened(decoded_.text(id))),
          "write a quantity of 0 or more");
  }

  // What makes the whole document unreadable, in a known field or not: what YAML can say and JSON
  // cannot (sigs.k8s.io/yaml, yaml.go, convertToJSONableObject), and merge keys without a mapping
  // (go-yaml v2, decode.go, failWantMap).
  void visit_unconvertible(NodeId pod) {
    const NodeId past = document_.node(pod).past;
    for (NodeId id = pod; id < past; ++id) {
      const Node& node = document_.node(id);
      if (node.kind != Kind::Mapping && node.kind != Kind::Sequence) continue;
      if (node.kind == Kind::Mapping) {
        for (const Entry& entry : document_.entries(id)) visit_entry(id, entry);
      } else {
        for (const NodeId item : document_.items(id)) visit_number(item);
      }
    }
  }

  void visit_entry(NodeId mapping, const Entry& entry) {
    visit_number(entry.value);
    const Json key = decoded_.type(entry.key);
    if (key == Json::Null || key == Json::List || key == Json::Mapping) {
      fault(entry.key, yaml::path_of(document_, mapping), "has a key that is no string",
            "write a string before the colon");
    } else if (decoded_.is_merge_key(entry.key) && !decoded_.can_merge(entry.value)) {
      fault(entry.value, yaml::path_of(document_, mapping), "has a merge key that names no mapping",
            "write '<<: *NAME', where NAME is the anchor of a mapping");
    }
  }

  void visit_number(NodeId id) {
    const Node& node = document_.node(id);
    constexpr std::size_t kLongest = 5;  // "-.inf"
    if (node.kind != Kind::Scalar || node.value_size > kLongest ||
        decoded_.type(id) != Json::Number || decoded_.number(id))
      return;
    fault(id, yaml::path_of(document_, id),
          fmt::format("is {}, a number that JSON does not have", decoded_.text(id)),
          "quote it, or write another number");
  }

  // ---- demands of the table ---------------------------------------------------------------

  void check_key(const Field& field, const Entry& entry, const Step& map) {
    const std::string_view key = decoded_.key(entry);
    const bool fits = field.form == StringForm::Label        ? is_label_key(key)
                      : field.form == StringForm::Annotation ? is_annotation_key(key)
                                                             : true;
    if (fits) return;
    fault(entry.key, map, fmt::format("has the key '{}', which is not allowed", shortened(key)),
          "use letters, digits, '-', '_' and '.', if need be behind a domain and '/'");
  }

  void check_reference(const Field& field, NodeId id, const Step& step) {
    if (field.object.empty() || minor_ < field.object_forbidden_since) return;
    const bool is_empty =
        decoded_.type(id) == Json::List ? decoded_.items(id).empty() : decoded_.string(id) == "";
    if (is_empty) return;
    fault(id, step,
          fmt::format("refers to {}, which from Kubernetes 1.{} on no static Pod may", field.object,
                      field.object_forbidden_since),
          "remove it; take files from the host with a hostPath, and write values out");
  }

  // ---- demands on several fields ----------------------------------------------------------
  // All from pkg/apis/core/validation/validation.go.

  void check(const View& view) {
    switch (view.type.rule) {
      case StructRule::None:
        return;
      case StructRule::PodSpec:
        return check_spec(view);
      case StructRule::Container:
        return check_container(view);
      case StructRule::Volume:
        return check_sources(view, "name", false, "source");
      case StructRule::VolumeMount:
        return check_mount(view);
      case StructRule::EnvVar:
        return check_env(view);
      case StructRule::EnvVarSource:
        return check_sources(view, "", true, "source");
      case StructRule::Probe:
        return check_sources(view,
                             "failureThreshold|initialDelaySeconds|periodSeconds|successThreshold|"
                             "terminationGracePeriodSeconds|timeoutSeconds",
                             true, "handler");
      case StructRule::LifecycleHandler:
        return check_sources(view, "", true, "handler");
      case StructRule::SecurityContext:
        return check_security(view);
      case StructRule::Profile:
        return check_profile(view);
      case StructRule::Resources:
        return check_resources(view);
      case StructRule::Toleration:
        return check_toleration(view);
    }
  }

  // Of the fields that are not among `others` at most one is given, or exactly one
  // (validateVolumeSource, validateEnvVarValueFrom, validateHandler).
  void check_sources(const View& view, std::string_view others, bool needs_one,
                     std::string_view what) {
    std::string_view first;
    for (std::size_t i = 0; i < view.values.size(); ++i) {
      const std::string_view name = view.type.fields[i].name;
      if (!decoded_.is_given(view.values[i]) || holds_word(others, name)) continue;
      if (!first.empty()) {
        return fault(view.values[i], view.at,
                     fmt::format("has more than one {}: {} and {}", what, first, name),
                     "keep one of them");
      }
      first = name;
    }
    if (first.empty() && needs_one)
      fault(view.node, view.at, fmt::format("has no {}", what), "give it exactly one");
  }

  // ValidatePodSpec, ValidatePodCreate, validatePodDNSConfig.
  void check_spec(const View& spec) {
    check_names_and_ports(spec);
    const Step list{&spec.at, "initContainers"};
    const std::vector<NodeId> items = decoded_.items(spec["initContainers"]);
    for (std::size_t i = 0; i < items.size(); ++i) check_init_container(items[i], {&list, {}, i});
    if (const NodeId later = spec["ephemeralContainers"]; !decoded_.items(later).empty())
      fault(later, Step{&spec.at, "ephemeralContainers"}, "is set, and no new Pod may have it",
            "remove it");
    if (const NodeId policy = spec["dnsPolicy"];
        decoded_.string(policy) == "None" && !has_name_server(spec))
      fault(policy, Step{&spec.at, "dnsPolicy"}, "is None, and there is no name server",
            "name one in dnsConfig.nameservers, or choose another policy");
    if (const NodeId shared = spec["shareProcessNamespace"];
        decoded_.is_true(shared) && decoded_.is_true(spec["hostPID"]))
      fault(shared, Step{&spec.at, "shareProcessNamespace"}, "is true, and so is hostPID",
            "keep one of them");
  }

  bool has_name_server(const View& spec) const {
    const View config = view_of(spec.type_of("dnsConfig"), spec["dnsConfig"], spec.at);
    return !decoded_.items(config["nameservers"]).empty();
  }

  // Names are unique in both lists together, ports of the host in the list of those that stay
  // (validateContainers, validateInitContainers, checkHostPortConflicts).
  void check_names_and_ports(const View& spec) {
    std::set<std::string_view> names;
    std::set<std::string> ports;
    for (const std::string_view key : {"containers", "initContainers"}) {
      const Step list{&spec.at, key};
      const std::vector<NodeId> items = decoded_.items(spec[key]);
      for (std::size_t i = 0; i < items.size(); ++i) {
        const Step item{&list, {}, i};
        const View container = view_of(spec.type_of(key), items[i], item);
        check_unique(container, names, "container");
        if (key == "containers")
          check_ports(container, decoded_.is_true(spec["hostNetwork"]), ports);
      }
    }
  }

  void check_unique(const View& view, std::set<std::string_view>& names, std::string_view what) {
    const NodeId name = view["name"];
    const std::string_view word = decoded_.text(name);
    if (!decoded_.is_string(name) || word.empty() || names.insert(word).second) return;
    fault(name, Step{&view.at, "name"},
          fmt::format("is '{}', the name of another {}", shortened(word), what),
          "choose another name");
  }

  // validateContainerPorts, validateHostNetwork.
  void check_ports(const View& container, bool on_host, std::set<std::string>& taken) {
    const Step list{&container.at, "ports"};
    const std::vector<NodeId> items = decoded_.items(container["ports"]);
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Step item{&list, {}, i};
      const View port = view_of(container.type_of("ports"), items[i], item);
      check_unique(port, names, "port");
      check_host_port(port, on_host, taken);
    }
  }

  // With the host's network a port's hostPort is its containerPort (pkg/apis/core/v1/defaults.go,
  // defaultHostNetworkPorts).
  void check_host_port(const View& port, bool on_host, std::set<std::string>& taken) {
    const double inner = decoded_.number(port["containerPort"]).value_or(Number{}).value;
    double outer = decoded_.number(port["hostPort"]).value_or(Number{}).value;
    if (on_host && outer != 0 && outer != inner) {
      fault(port["hostPort"], Step{&port.at, "hostPort"},
            fmt::format("is {}, and containerPort is {}", outer, inner),
            "leave hostPort out: with hostNetwork both are the same");
    }
    if (on_host && outer == 0) outer = inner;
    if (outer == 0) return;
    const std::string_view protocol = decoded_.string(port["protocol"]).value_or("");
    std::string key = fmt::format("{}/{} {}", outer, protocol.empty() ? "TCP" : protocol,
                                  decoded_.string(port["hostIP"]).value_or(""));
    if (taken.insert(std::move(key)).second) return;
    fault(port.node, port.at, fmt::format("takes port {} of the host a second time", outer),
          "remove it, or choose another port");
  }

  // validateInitContainers: only one that stays may be probed.
  void check_init_container(NodeId node, const Step& at) {
    const View container = view_of(container_type(), node, at);
    if (decoded_.string(container["restartPolicy"]) == "Always") return;
    for (const std::string_view key :
         {"lifecycle", "livenessProbe", "readinessProbe", "startupProbe"}) {
      if (decoded_.is_given(container[key]))
        fault(container[key], Step{&at, key}, "is set, and no init container may have it",
              "remove it");
    }
  }

  // validateMountPropagation, validateLivenessProbe, validateStartupProbe.
  void check_container(const View& container) {
    const View context =
        view_of(container.type_of("securityContext"), container["securityContext"], container.at);
    const Step list{&container.at, "volumeMounts"};
    const std::vector<NodeId> items = decoded_.items(container["volumeMounts"]);
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Step item{&list, {}, i};
      const NodeId word =
          view_of(container.type_of("volumeMounts"), items[i], item)["mountPropagation"];
      if (decoded_.string(word) == "Bidirectional" && !decoded_.is_true(context["privileged"]))
        fault(word, Step{&item, "mountPropagation"},
              "is Bidirectional, and the container is not privileged", "write HostToContainer");
    }
    for (const std::string_view key : {"livenessProbe", "startupProbe"}) {
      const Step probe{&container.at, key};
      const NodeId count =
          view_of(container.type_of(key), container[key], probe)["successThreshold"];
      if (decoded_.number(count).value_or(Number{}).value > 1)
        fault(count, Step{&probe, "successThreshold"},
              fmt::format("is {}, which is not allowed", shortened(decoded_.text(count))),
              "write 1, or leave it out");
    }
  }

  // ValidateVolumeMounts, validateMountRecursiveReadOnly.
  void check_mount(const View& mount) {
    if (!decoded_.string(mount["subPath"]).value_or("").empty() &&
        !decoded_.string(mount["subPathExpr"]).value_or("").empty()) {
      fault(mount["subPathExpr"], Step{&mount.at, "subPathExpr"}, "is given, and so is subPath",
            "keep one of them");
    }
    const NodeId recursive = mount["recursiveReadOnly"];
    if (!decoded_.is_string(recursive) ||
        !holds_word("IfPossible|Enabled", decoded_.text(recursive)))
      return;
    const NodeId propagation = mount["mountPropagation"];
    if (decoded_.is_true(mount["readOnly"]) &&
        (!decoded_.is_given(propagation) || decoded_.string(propagation) == "None"))
      return;
    fault(recursive, Step{&mount.at, "recursiveReadOnly"},
          fmt::format("is {}, and the mount is writable or has a mountPropagation",
                      decoded_.text(recursive)),
          "write readOnly: true, and leave mountPropagation out");
  }

  // validateEnvVarValueFrom.
  void check_env(const View& variable) {
    if (!decoded_.is_given(variable["valueFrom"]) ||
        decoded_.string(variable["value"]).value_or("").empty())
      return;
    fault(variable["valueFrom"], Step{&variable.at, "valueFrom"}, "is given, and so is value",
          "keep one of them");
  }

  // ValidateSecurityContext.
  void check_security(const View& context) {
    const NodeId escalation = context["allowPrivilegeEscalation"];
    if (decoded_.type(escalation) != Json::Bool || decoded_.is_true(escalation) ||
        !decoded_.is_true(context["privileged"]))
      return;
    fault(escalation, Step{&context.at, "allowPrivilegeEscalation"},
          "is false, and privileged is true", "keep one of them");
  }

  // validateSeccompProfileField, ValidateAppArmorProfileField.
  void check_profile(const View& profile) {
    const auto type = decoded_.string(profile["type"]);
    const NodeId file = profile["localhostProfile"];
    if (type == "Localhost" && decoded_.string(file) == "") {
      fault(profile.node, profile.at, "has the type Localhost, and no localhostProfile",
            "name the profile in localhostProfile");
    } else if (type && type != "Localhost" && decoded_.is_given(file)) {
      fault(file, Step{&profile.at, "localhostProfile"},
            fmt::format("is given, and the type is '{}'", shortened(*type)),
            "remove it, or write type: Localhost");
    }
  }

  // ValidateContainerResourceRequirements.
  void check_resources(const View& resources) {
    std::map<std::string_view, NodeId> limits;
    for (const std::string_view key : {"limits", "requests"}) {
      const Step map{&resources.at, key};
      for (const Entry& entry : decoded_.entries(resources[key])) {
        check_resource_name(entry, map);
        if (key == "limits")
          limits[decoded_.key(entry)] = entry.value;
        else
          check_request(entry, limits, map);
      }
    }
  }

  void check_resource_name(const Entry& entry, const Step& map) {
    const std::string_view name = decoded_.key(entry);
    const bool has_domain = name.find('/') != std::string_view::npos && is_label_key(name);
    if (has_domain || holds_word("cpu|memory|ephemeral-storage", name) ||
        name.starts_with("hugepages-"))
      return;
    fault(entry.key, map,
          fmt::format("names '{}', which is no resource of a container", shortened(name)),
          "write cpu, memory or ephemeral-storage, or put a domain and '/' in front");
  }

  void check_request(const Entry& entry, const std::map<std::string_view, NodeId>& limits,
                     const Step& map) {
    const auto limit = limits.find(decoded_.key(entry));
    if (limit == limits.end()) return;
    const std::optional<double> asked = decoded_.quantity(entry.value);
    const std::optional<double> most = decoded_.quantity(limit->second);
    // Doubles of equal quantities may differ by a little.
    constexpr double kLittle = 1e-12;
    if (!asked || !most || *asked <= *most * (1 + kLittle) + kLittle) return;
    fault(entry.value, Step{&map, decoded_.key(entry)},
          fmt::format("is {}, and the limit is {}", shortened(decoded_.text(entry.value)),
                      shortened(decoded_.text(limit->second))),
          "ask for no more than the limit");
  }

  // ValidateTolerations.
  void check_toleration(const View& toleration) {
    const auto key = decoded_.string(toleration["key"]);
    const auto comparison = decoded_.string(toleration["operator"]);
    const auto effect = decoded_.string(toleration["effect"]);
    if (key == "" && comparison && comparison != "Exists") {
      fault(toleration.node, toleration.at, "has no key, and its operator is not Exists",
            "name a key, or write operator: Exists");
    }
    if (comparison == "Exists" && !decoded_.string(toleration["value"]).value_or("").empty()) {
      fault(toleration["value"], Step{&toleration.at, "value"},
            "is given, and the operator is Exists", "remove it, or write operator: Equal");
    }
    if (decoded_.is_given(toleration["tolerationSeconds"]) && effect && effect != "NoExecute") {
      fault(toleration["tolerationSeconds"], Step{&toleration.at, "tolerationSeconds"},
            "is given, and the effect is not NoExecute", "remove it, or write effect: NoExecute");
    }
  }

  const Document& document_;
  Decoded decoded_;
  int minor_;
  std::vector<PodFault> faults_;
};

}  // namespace

std::vector<PodFault> validate_pod(const Document& document, NodeId pod,
                                   const KubernetesVersion& version) {
  return PodValidator(document, version.minor).run(pod);
}

}  // namespace kaudit::kube
