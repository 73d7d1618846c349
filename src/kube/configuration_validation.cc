#include "kube/configuration_validation.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string_view>

#include "kube/cluster_configuration.h"
#include "kube/configuration_schema.h"
#include "kube/decoded.h"
#include "kube/kubeadm_parts.h"
#include "kube/kubeadm_volumes.h"
#include "kube/node_paths.h"
#include "text/nearest.h"
#include "yaml/parse.h"
#include "yaml/scalar.h"

namespace kaudit::kube {
namespace {

using yaml::Document;
using yaml::Entry;
using yaml::Kind;
using yaml::kNoNode;
using yaml::NodeId;
using FaultKind = ConfigurationFault::Kind;

// Go, time.ParseDuration: a sign, then numbers with units, or a bare 0.
bool is_duration(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  if (text == "0") return true;
  bool good = !text.empty();
  while (good && !text.empty()) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
    const std::string_view number = text.substr(0, end);
    text.remove_prefix(end);
    const std::string_view unit = text.substr(0, text.find_first_of("0123456789."));
    text.remove_prefix(unit.size());
    static constexpr std::array<std::string_view, 8> kUnits{"ns", "us", "\u00B5s", "\u03BCs",
                                                            "ms", "s",  "m",       "h"};
    good = number.find_first_of("0123456789") != std::string_view::npos &&
           std::ranges::count(number, '.') <= 1 && std::ranges::find(kUnits, unit) != kUnits.end();
  }
  return good;
}

class ConfigurationValidator {
 public:
  ConfigurationValidator(const Document& document, NodeId root)
      : document_(document), decoded_(document), root_(document.resolve(root)) {}

  std::vector<ConfigurationFault> run() {
    check_documents();
    check_keys();
    version_ = decoded_.text(value_of(root_, "apiVersion"));
    if (const auto known = kubeadm_api_version(version_)) {
      form_ = known->form;
      beta_ = known->beta;
      check_struct(root_, {}, cluster_configuration_fields());
    }
    std::ranges::stable_sort(found_, {}, [](const ConfigurationFault& f) { return f.place.begin; });
    return std::move(found_);
  }

 private:
  // ---- nodes; an alias is placed where it is used ----

  bool is(NodeId id, Json type) const { return decoded_.type(id) == type; }
  std::string_view text_of(NodeId id) const { return decoded_.text(id); }

  // The entries that count: of equal keys the last.
  std::vector<Entry> entries_of(NodeId mapping) const {
    std::vector<Entry> entries = decoded_.entries(mapping);
    std::map<std::string_view, NodeId> last;
    for (const Entry& entry : entries) last[decoded_.key(entry)] = entry.key;
    std::erase_if(entries,
                  [&](const Entry& entry) { return last.at(decoded_.key(entry)) != entry.key; });
    return entries;
  }

  NodeId value_of(NodeId mapping, std::string_view key) const {
    NodeId value = kNoNode;
    for (const Entry& entry : decoded_.entries(mapping))
      if (decoded_.key(entry) == key) value = entry.value;
    return value;
  }

  // Paths are passed down: finding out where a node stands costs a walk.
  ConfigurationFault& add(FaultKind kind, text::Span place, std::string path, std::string message,
                          std::string fix) {
    return found_.emplace_back(
        ConfigurationFault{kind, place, std::move(path), std::move(message), std::move(fix)});
  }
  void add_undecodable(NodeId at, const std::string& path, std::string_view what,
                       std::string fix = "write it as kubeadm reads it") {
    add(FaultKind::Undecodable, document_.text_span(at), path, fmt::format("{} {}", path, what),
        std::move(fix));
  }

  // ---- the documents of the file ----

  // util/marshal.go, SplitYAMLDocuments: the first document of each part counts, and needs a group
  // and a kind that no other has.
  void check_documents() {
    const std::vector<text::Span> parts = kubeadm_parts(document_.source().bytes());
    std::set<std::string_view> kinds;
    std::size_t index = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::size_t past =
          i + 1 < parts.size() ? parts[i + 1].begin : document_.source().size();
      const bool is_read = parts.size() == 1 || check_part(parts[i], past);
      bool is_first = true;
      for (; index < document_.roots().size(); ++index) {
        const NodeId root = document_.roots()[index];
        if (document_.node(root).content >= past && i + 1 < parts.size()) break;
        if (!is_read || !decoded_.is_given(root)) continue;
        if (is_first)
          check_head(index, kinds);
        else
          add_unread(index);
        is_first = false;
      }
    }
  }

  // Each part is read by itself. Whether it holds a document.
  bool check_part(text::Span part, std::size_t past) {
    const std::string_view bytes = document_.source().slice(part);
    const auto read = yaml::parse(std::make_shared<text::SourceText>("", std::string(bytes)));
    if (!read) {
      const text::Span at = read.error().place.value_or(text::Span{});
      const text::Span place{part.begin + at.begin, part.begin + at.end};
      if (bytes.substr(at.begin).starts_with('%')) {
        add(FaultKind::Undecodable, place, {},
            "the line '---' below this directive parts it from its document",
            "remove the directive");
      } else {
        add(FaultKind::Undecodable, place, {},
            is_json_part(bytes)
                ? "a document that begins with '{' is read as JSON, and this is not JSON"
                : read.error().message,
            read.error().hint);
      }
      return false;
    }
    if (!read->roots().empty() && !read->is_null(read->resolve(read->roots().front()))) return true;
    add_without_document(part, past);
    return false;
  }

  // It has no kind either; only what has no bytes is skipped.
  void add_without_document(text::Span part, std::size_t past) {
    const text::SourceText& source = document_.source();
    const bool is_last = past == source.size();
    for (std::size_t at = part.begin; at < part.end;
         at = source.line_span(source.line_of(at)).end) {
      const text::Span line = source.line_content(source.line_of(at));
      const std::string_view text = source.slice(line);
      const std::size_t blanks = text.find_first_not_of(" \t");
      if (blanks == std::string_view::npos || text.starts_with("---")) continue;
      const text::Span place{line.begin + blanks, line.begin + blanks + 1};
      if (text[blanks] == '#') {
        add(FaultKind::Undecodable, place, {}, "a part of the file holds nothing but comments",
            is_last ? "remove the line '---' above it" : "remove the line '---' below it");
      } else {
        add(FaultKind::Undecodable, place, {}, "a part of the file holds nothing but null",
            "remove this line");
      }
      return;
    }
    // The nearest line '---': the part's own, the one above it, or the one below it.
    const std::size_t own = source.slice(part).starts_with("---") ? part.begin
                            : part.begin > 0 ? source.line_start(part.begin - 1)
                                             : part.end;
    add(FaultKind::Undecodable, {own, std::min(own + 3, source.size())}, {},
        "a part of the file holds nothing but blank lines", "remove this line '---'");
  }

  void check_head(std::size_t index, std::set<std::string_view>& kinds) {
    const NodeId root = document_.roots()[index];
    const std::string name = fmt::format("document {}", index + 1);
    const std::string_view kind = text_of(value_of(root, "kind"));
    const std::string_view version = text_of(value_of(root, "apiVersion"));
    if (kind.empty() || version.find('/') == std::string_view::npos) {
      add(FaultKind::Undecodable, first_byte_of(root), name,
          fmt::format("{} of the file has no {}", name,
                      kind.empty() ? "kind" : "apiVersion with a group"),
          "move it to a file of its own");
    } else if (!kinds.insert(kind).second) {
      add(FaultKind::Undecodable, document_.text_span(value_of(root, "kind")), name,
          fmt::format("two documents of the file are of kind {}", kind), "remove one of them");
    }
  }

  // Later releases of kubeadm divide at '--- # comment', too, and stop at '---' with anything else.
  void add_unread(std::size_t index) {
    add(FaultKind::Unread, first_byte_of(document_.roots()[index]),
        fmt::format("document {}", index + 1),
        "older releases of kubeadm do not read this document: they divide a file only at lines of "
        "nothing but '---'",
        "write '---' on a line of its own above it");
  }

  text::Span first_byte_of(NodeId root) const {
    const text::Span whole = document_.content_span(root);
    return {whole.begin, std::min(whole.begin + 1, whole.end)};
  }

  // sigs.k8s.io/yaml, convertToJSONableObject: JSON has no other keys than strings.
  void check_keys() {
    for (NodeId id = 0; id < document_.nodes().size(); ++id) {
      if (document_.node(id).kind != Kind::Mapping) continue;
      for (const Entry& entry : document_.entries(id)) {
        if (document_.node(document_.resolve(entry.key)).kind == Kind::Scalar) continue;
        add(FaultKind::Undecodable, document_.text_span(entry.key), yaml::path_of(document_, id),
            "a key is a mapping or a list", "write a word");
      }
    }
  }

  // ---- fields ----

  // What kubeadm ignores is worth a word only where the API server is concerned.
  static bool concerns_api_server(std::string_view path) {
    return path.empty() || path.starts_with("apiServer");
  }

  void check_struct(NodeId mapping, const std::string& path,
                    std::span<const ConfigurationField> fields) {
    for (const Entry& entry : entries_of(mapping)) {
      const std::string_view key = decoded_.key(entry);
      const std::string own = path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
      const auto field = std::ranges::find_if(
          fields, [&](const ConfigurationField& f) { return f.name == key && f.is_in(beta_); });
      if (field != fields.end())
        check_value(*field, entry, own);
      else if (concerns_api_server(path))
        add_unknown(entry, own, fields);
    }
  }

  void add_unknown(const Entry& entry, const std::string& path,
                   std::span<const ConfigurationField> fields) {
    std::vector<std::string_view> known;
    for (const ConfigurationField& field : fields)
      if (field.is_in(beta_)) known.push_back(field.name);
    const auto guess = text::nearest(decoded_.key(entry), known);
    add(FaultKind::UnknownField, document_.text_span(entry.key), path,
        fmt::format("{} has no field '{}'", version_, decoded_.key(entry)),
        guess ? fmt::format("write {}", *guess) : "remove it");
  }

  void check_value(const ConfigurationField& field, const Entry& entry, const std::string& path) {
    const NodeId value = entry.value;
    if (!decoded_.is_given(value)) return;
    switch (field.type) {
      case ConfigurationType::Text:
        return check_string(value, path, FaultKind::Undecodable);
      case ConfigurationType::Bool:
        return check_bool(value, path);
      case ConfigurationType::Duration:
        if (decoded_.is_string(value) && !is_duration(text_of(value)))
          return add_undecodable(value, path, "is no duration such as 4m0s");
        return check_string(value, path, FaultKind::Undecodable);
      case ConfigurationType::TextList:
        return check_texts(value, path);
      case ConfigurationType::BoolMap:
        return check_bools(value, path);
      case ConfigurationType::ExtraArgs:
        return check_extra_args(entry, path);
      case ConfigurationType::ExtraVolumes:
        return check_extra_volumes(value, path);
      case ConfigurationType::ExtraEnvs:
        return check_envs(value, path);
      case ConfigurationType::Struct:
        if (!is(value, Json::Mapping)) return add_undecodable(value, path, "is not a mapping");
        return check_struct(value, path, field.fields);
    }
  }

  // What a number or a boolean means is clear, and yet it is no string.
  void check_string(NodeId value, const std::string& path, FaultKind kind) {
    if (!decoded_.is_given(value) || decoded_.is_string(value)) return;
    if (is(value, Json::List) || is(value, Json::Mapping))
      return add_undecodable(value, path, "is not a string");
    const bool is_tagged = !document_.properties(document_.resolve(value)).tag.empty();
    const std::string meant = kind == FaultKind::Unquoted ? argument_of(value) : "";
    add(kind, document_.text_span(value), path,
        fmt::format("{} is {}, and not a string", path, text_of(value)),
        is_tagged        ? "remove its tag"
        : !meant.empty() ? fmt::format("write \"{}\"", meant)
                         : fmt::format("quote it: \"{}\"", text_of(value)));
  }

  // A boolean or number in the form in which a flag takes it, where that is not the one in which it
  // stands: strconv.ParseBool knows no yes, and strconv.ParseInt no 1e2, but 0x10 and 010 it reads
  // as YAML does.
  std::string argument_of(NodeId value) const {
    if (is(value, Json::Bool)) {
      const std::string_view word = decoded_.is_true(value) ? "true" : "false";
      return word == text_of(value) ? "" : std::string(word);
    }
    constexpr double kExact = 1e15;
    const bool is_float = yaml::resolve_plain(text_of(value)) == yaml::Resolved::Float;
    const std::optional<Number> number = is_float ? decoded_.number(value) : std::nullopt;
    if (!number || !number->is_whole || std::abs(number->value) > kExact) return "";
    return fmt::format("{:.0f}", number->value);
  }

  void check_bool(NodeId value, const std::string& path) {
    if (decoded_.is_given(value) && !is(value, Json::Bool))
      add_undecodable(value, path, "is neither true nor false");
  }

  void check_texts(NodeId list, const std::string& path) {
    if (!is(list, Json::List)) return add_undecodable(list, path, "is not a list");
    std::size_t index = 0;
    for (const NodeId item : decoded_.items(list))
      check_string(item, fmt::format("{}[{}]", path, index++), FaultKind::Undecodable);
  }

  void check_bools(NodeId map, const std::string& path) {
    if (!is(map, Json::Mapping)) return add_undecodable(map, path, "is not a mapping");
    for (const Entry& entry : entries_of(map))
      check_bool(entry.value, fmt::format("{}.{}", path, decoded_.key(entry)));
  }

  void check_envs(NodeId list, const std::string& path) {
    if (!is(list, Json::List)) return add_undecodable(list, path, "is not a list");
    std::size_t index = 0;
    for (const NodeId item : decoded_.items(list)) {
      const std::string own = fmt::format("{}[{}]", path, index++);
      if (!decoded_.is_given(item)) continue;
      if (!is(item, Json::Mapping)) {
        add_undecodable(item, own, "is no mapping of name and value");
        continue;
      }
      for (const std::string_view key : {"name", "value"})
        check_string(value_of(item, key), fmt::format("{}.{}", own, key), FaultKind::Undecodable);
    }
  }

  // ---- extraArgs ----

  void check_extra_args(const Entry& entry, const std::string& path) {
    const bool wants_map = form_ == ExtraArgsForm::Map;
    const bool is_map = is(entry.value, Json::Mapping);
    if (!is_map && !is(entry.value, Json::List))
      return add_undecodable(entry.value, path, wants_map ? "is not a mapping" : "is not a list");
    if (is_map != wants_map) {
      add(FaultKind::WrongForm, document_.text_span(entry.key), path,
          fmt::format("{} is a {}, and {} has a {}", path, is_map ? "map" : "list", version_,
                      is_map ? "list of name and value" : "map of strings"),
          is_map ? "write '- name: NAME' and 'value: \"VALUE\"' for each"
                 : "write 'NAME: \"VALUE\"' for each");
    }
    if (is_map)
      check_map(entry.value, path);
    else
      check_list(entry.value, path);
  }

  void check_map(NodeId map, const std::string& path) {
    for (const Entry& entry : entries_of(map)) {
      const std::string own = fmt::format("{}.{}", path, decoded_.key(entry));
      check_name(decoded_.key(entry), document_.text_span(entry.key), own);
      check_argument(entry, own);
    }
  }

  void check_list(NodeId list, const std::string& path) {
    static constexpr std::array kFields{ConfigurationField{"name"}, ConfigurationField{"value"}};
    std::size_t index = 0;
    for (const NodeId item : decoded_.items(list)) {
      const std::string own = fmt::format("{}[{}]", path, index++);
      if (!is(item, Json::Mapping)) {
        add_undecodable(item, own, "is no mapping of name and value");
        continue;
      }
      for (const Entry& entry : entries_of(item)) {
        const std::string field = fmt::format("{}.{}", own, decoded_.key(entry));
        if (std::ranges::find(kFields, decoded_.key(entry), &ConfigurationField::name) !=
            kFields.end())
          check_argument(entry, field);
        else if (concerns_api_server(path))
          add_unknown(entry, field, kFields);
      }
      // apis/kubeadm/validation/validation.go, ValidateExtraArgs.
      const NodeId name = value_of(item, "name");
      if (text_of(name).empty())
        add_undecodable(name == kNoNode ? item : name, own, "has no name",
                        "give it a name, or remove it");
      else
        check_name(text_of(name), document_.text_span(name), own + ".name");
    }
  }

  // Go leaves a string empty for which null is given. Of a name that is a fault of its own.
  void check_argument(const Entry& entry, const std::string& path) {
    check_string(entry.value, path, FaultKind::Unquoted);
    if (decoded_.is_given(entry.value) || !concerns_api_server(path) || path.ends_with("].name"))
      return;
    add(FaultKind::NullArgument, document_.text_span(entry.key), path,
        fmt::format("{} is null", path), "write \"\" if that is meant, or remove it");
  }

  // util/arguments.go, BuildArgumentListFromMap: "--" goes in front, whatever the name is.
  void check_name(std::string_view name, text::Span place, const std::string& path) {
    const std::size_t dashes = std::min(name.find_first_not_of('-'), name.size());
    if (!concerns_api_server(path) || (dashes == 0 && !name.empty())) return;
    add(FaultKind::BadName, place, path,
        name.empty() ? "the name of an argument is empty"
                     : fmt::format("the name '{}' begins with a dash", name),
        name.empty() || dashes == name.size() ? "give it a name, or remove it"
                                              : fmt::format("write {}", name.substr(dashes)));
  }

  // ---- extraVolumes ----

  // From the last to the first: the last of a name counts. A null is a volume without a name.
  void check_extra_volumes(NodeId volumes, const std::string& path) {
    if (!is(volumes, Json::List)) return add_undecodable(volumes, path, "is not a list");
    std::map<std::string_view, text::Span> last;
    const std::vector<NodeId> items = decoded_.items(volumes);
    for (std::size_t i = items.size(); i-- > 0;) {
      const std::string own = fmt::format("{}[{}]", path, i);
      if (!decoded_.is_given(items[i])) continue;
      if (!is(items[i], Json::Mapping)) {
        add_undecodable(items[i], own, "is no volume");
        continue;
      }
      check_struct(items[i], own, extra_volume_fields());
      if (concerns_api_server(path)) check_volume_name(items[i], own + ".name", last);
    }
  }

  void check_volume_name(NodeId item, const std::string& path,
                         std::map<std::string_view, text::Span>& last) {
    const NodeId name = value_of(item, "name");
    if (text_of(name).empty()) return;  // an invalid name of a Volume, said elsewhere
    const text::Span place = document_.text_span(name);
    const auto [counts, is_last] = last.emplace(text_of(name), place);
    if (!is_last) {
      add(FaultKind::DuplicateVolume, place, path,
          fmt::format("two extraVolumes are named '{}'", text_of(name)), "rename one of them")
          .related = counts->second;
    } else {
      check_kubeadms(item, text_of(name), place, path);
    }
  }

  CertificateDirectories certificate_directories() const {
    const std::string_view given = text_of(value_of(root_, "certificatesDir"));
    const std::string kubernetes(given.empty() ? "/etc/kubernetes/pki" : given);
    const NodeId external = value_of(value_of(root_, "etcd"), "external");
    const std::array files{text_of(value_of(external, "caFile")),
                           text_of(value_of(external, "certFile")),
                           text_of(value_of(external, "keyFile"))};
    return {kubernetes, etcd_directories(files, kubernetes)};
  }

  void check_kubeadms(NodeId item, std::string_view name, text::Span place,
                      const std::string& where) {
    const auto own = kubeadms_volume(name, certificate_directories());
    if (!own) return;
    const auto leads_there = [&](std::string_view key) {
      const NodeId value = value_of(item, key);
      return value != kNoNode && clean_path(text_of(value)) == clean_path(own->path);
    };
    const bool repeats = leads_there("hostPath") && leads_there("mountPath");
    if (!repeats) {
      add(own->is_on_every_host ? FaultKind::ReplacesKubeadms : FaultKind::MayReplaceKubeadms,
          place, where,
          fmt::format("the extraVolume '{}' takes the place of kubeadm's own for {}", name,
                      own->path),
          "give it another name");
    } else if (own->is_on_every_host) {
      add(FaultKind::RepeatsKubeadms, place, where,
          fmt::format("the extraVolume '{}' repeats kubeadm's own", name), "remove it");
    }
  }

  const Document& document_;
  Decoded decoded_;
  NodeId root_;
  std::string_view version_;
  ExtraArgsForm form_ = ExtraArgsForm::Map;
  int beta_ = 0;
  std::vector<ConfigurationFault> found_;
};

}  // namespace

std::vector<ConfigurationFault> validate_configuration(const Document& document, NodeId root) {
  return ConfigurationValidator(document, root).run();
}

}  // namespace kaudit::kube
