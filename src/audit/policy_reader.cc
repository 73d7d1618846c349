#include "audit/policy_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <span>
#include <unordered_map>
#include <utility>

#include "kube/api_values.h"
#include "kube/decoded.h"
#include "kube/pod_schema.h"
#include "text/nearest.h"
#include "yaml/scalar.h"

namespace kaudit::audit {
namespace {

using kube::Decoded;
using kube::described;
using kube::Json;
using kube::shortened;
using text::Span;
using yaml::Document;
using yaml::Entry;
using yaml::Kind;
using yaml::kNoNode;
using yaml::NodeId;
using ProblemKind = PolicyProblem::Kind;

// ---- messages ----------------------------------------------------------------------------------

std::string listed(std::span<const std::string_view> words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

std::string way_out(std::string_view word, std::span<const std::string_view> allowed) {
  const auto meant = text::nearest(word, allowed);
  return meant ? fmt::format("write {}", *meant) : fmt::format("write {}", listed(allowed));
}

constexpr std::array<std::string_view, 4> kLevelNames{"None", "Metadata", "Request",
                                                      "RequestResponse"};
constexpr std::array<std::string_view, 4> kStageNames{"RequestReceived", "ResponseStarted",
                                                      "ResponseComplete", "Panic"};

std::string group_hint(std::string_view group) {
  if (group == "*") {
    return "write an item for each group, or leave out resources, which then are those of all "
           "groups";
  }
  if (const std::size_t slash = group.find('/'); slash != std::string_view::npos)
    return fmt::format("write the group without its version: {}", group.substr(0, slash));
  return "write the group as in apiVersion, such as apps or rbac.authorization.k8s.io, or \"\" for "
         "the core group";
}

// ---- the versions ------------------------------------------------------------------------------

constexpr std::string_view kNewestVersion = "audit.k8s.io/v1";

struct ApiVersion {
  std::string_view name;
  int since = 0;  // minor releases
  int until = 0;  // 0: still there
};

// apiserver, pkg/audit/policy/reader.go, apiGroupVersions.
constexpr std::array<ApiVersion, 3> kApiVersions{
    {{kNewestVersion, 12, 0}, {"audit.k8s.io/v1beta1", 8, 23}, {"audit.k8s.io/v1alpha1", 7, 23}}};

// "" if the release reads it.
std::string version_fault(std::string_view name, int minor) {
  const auto known = std::ranges::find(kApiVersions, name, &ApiVersion::name);
  if (known == kApiVersions.end())
    return fmt::format("apiVersion is '{}', not {}", shortened(name), kNewestVersion);
  if (minor < known->since)
    return fmt::format("apiVersion is '{}', which is known from 1.{} on", name, known->since);
  if (known->until != 0 && minor > known->until)
    return fmt::format("apiVersion is '{}', which was removed in 1.{}", name, known->until + 1);
  return {};
}

// ---- the document ------------------------------------------------------------------------------

// Where the reader is: the path in the words of Kubernetes, and the rule.
struct At {
  std::string path;
  std::optional<std::size_t> rule = {};

  At field(std::string_view name) const {
    return {path.empty() ? std::string(name) : fmt::format("{}.{}", path, name), rule};
  }
  At item(std::size_t index) const { return {fmt::format("{}[{}]", path, index), rule}; }
};

// The fields of a mapping that a type knows.
class Fields {
 public:
  Fields(const Decoded& decoded, std::vector<Entry> entries)
      : decoded_(&decoded), entries_(std::move(entries)) {}

  // Of equal keys the last one; an entry of kNoNode if there is none.
  Entry operator[](std::string_view name) const {
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry)
      if (decoded_->key(*entry) == name) return *entry;
    return {};
  }

 private:
  const Decoded* decoded_;
  std::vector<Entry> entries_;
};

constexpr std::array<std::string_view, 6> kPolicyFields{
    "apiVersion", "kind", "metadata", "omitManagedFields", "omitStages", "rules"};
constexpr std::array<std::string_view, 9> kRuleFields{
    "level",      "namespaces", "nonResourceURLs", "omitManagedFields",
    "omitStages", "resources",  "userGroups",      "users",
    "verbs"};
constexpr std::array<std::string_view, 3> kGroupResourcesFields{"group", "resourceNames",
                                                                "resources"};

std::span<const std::string_view> fields_of(PolicyPart part) {
  switch (part) {
    case PolicyPart::Policy:
      return kPolicyFields;
    case PolicyPart::Rule:
      return kRuleFields;
    case PolicyPart::GroupResources:
      return kGroupResourcesFields;
  }
  return {};
}

// pkg/apis/audit/v1/types.go: of Policy and PolicyRule.
constexpr int kManagedFieldsSince = 23;
// The release whose validation.go lets "*" pass as a group.
constexpr int kAnyGroupSince = 36;
// meta/v1, types.go: ObjectMeta.ClusterName.
constexpr int kClusterNameUntil = 23;

class PolicyReader {
 public:
  PolicyReader(const Document& document, int minor, LoadedPolicy& out)
      : document_(document), decoded_(document), minor_(minor), out_(out) {}

  void read(NodeId root) {
    if (decoded_.type(root) != Json::Mapping) {
      problem(ProblemKind::Type, root, {},
              decoded_.type(root) == Json::List ? "the policy is a list, not a mapping"
                                                : "the policy is a single value, not a mapping",
              "write a mapping with apiVersion, kind and rules");
      return;
    }
    if (!check_convertible(root)) return;
    const Fields fields = open(root, PolicyPart::Policy, {});
    const bool is_of_group = check_version(root, fields["apiVersion"]);
    const bool is_policy = check_kind(fields["kind"]);
    const bool says_so = is_of_group || decoded_.is_given(fields["kind"].value);
    if (is_policy && says_so) out_.policy = read_policy(root, fields);
  }

 private:
  // ---- problems ----

  Span place_of(NodeId id) const {
    id = document_.resolve(id);
    return document_.text_span(id);
  }

  void problem_at(ProblemKind kind, Span place, const At& at, std::string message,
                  std::string hint) {
    out_.problems.push_back({kind, place, at.path, std::move(message), std::move(hint), at.rule});
  }

  void problem(ProblemKind kind, NodeId id, const At& at, std::string message, std::string hint) {
    problem_at(kind, place_of(id), at, std::move(message), std::move(hint));
  }

  void wrong_type(NodeId id, const At& at, std::string_view wanted, std::string hint) {
    problem(ProblemKind::Type, id, at,
            fmt::format("{} is {}, and {} is needed", at.path, described(decoded_, id), wanted),
            std::move(hint));
  }

  // ---- the whole ----

  // What YAML can say and JSON cannot makes the document unreadable, in a known field or not
  // (sigs.k8s.io/yaml, yaml.go, convertToJSONableObject; go-yaml v2, decode.go, failWantMap).
  // False if that leaves nothing to read.
  bool check_convertible(NodeId root) {
    for (NodeId id = root; id < document_.node(root).past; ++id) {
      if (document_.node(id).kind == Kind::Scalar) check_number(id);
      if (document_.node(id).kind != Kind::Mapping) continue;
      if (document_.source().slice(document_.content_span(id)).starts_with("{{")) {
        problem(ProblemKind::Template, id, {}, kIsTemplate, kRenderFirst);
        return false;
      }
      for (const Entry& entry : document_.entries(id)) check_entry(id, entry);
    }
    return true;
  }

  void check_number(NodeId id) {
    if (decoded_.type(id) != Json::Number || decoded_.number(id)) return;
    const At at = place_in_tree(id);
    problem(ProblemKind::Type, id, at,
            fmt::format("{} is {}, a number that JSON does not have", at.path, decoded_.text(id)),
            "quote it");
  }

  void check_entry(NodeId mapping, const Entry& entry) {
    const Json key = decoded_.type(entry.key);
    const auto fault = [&](NodeId id, std::string_view what, std::string hint) {
      const At at = place_in_tree(mapping);
      const std::string_view path = at.path.empty() ? "the policy" : std::string_view(at.path);
      problem(ProblemKind::Type, id, at, fmt::format("{} has {}", path, what), std::move(hint));
    };
    if (key == Json::Null || key == Json::List || key == Json::Mapping) {
      fault(entry.key, "a key that is no string", "write a string before the colon");
    } else if (decoded_.is_merge_key(entry.key) && !decoded_.can_merge(entry.value)) {
      fault(entry.value, "a merge key that names no mapping",
            "write '<<: *NAME', where NAME is the anchor of a mapping");
    }
  }

  At place_in_tree(NodeId id) const { return {yaml::path_of(document_, id)}; }

  // ---- mappings ----

  // The fields that count. Reports those that do not.
  Fields open(NodeId mapping, PolicyPart part, const At& at) {
    const NodeId node = document_.resolve(mapping);
    report_duplicates(node, at);
    Fields fields(decoded_, decoded_.entries(node));
    const std::span<const std::string_view> known = fields_of(part);
    for (const Entry& entry : decoded_.entries(node)) {
      const std::string_view name = decoded_.key(entry);
      const bool is_known = std::ranges::find(known, name) != known.end() &&
                            (name != "omitManagedFields" || minor_ >= kManagedFieldsSince);
      if (is_known) continue;
      out_.unknown_fields.push_back({std::string(name), document_.text_span(entry.key),
                                     place_of(entry.value), part, document_.content_span(node),
                                     at.field(name).path, at.rule,
                                     std::string(decoded_.text(entry.value))});
    }
    return fields;
  }

  void report_duplicates(NodeId mapping, const At& at) {
    const std::vector<Entry> entries = document_.entries(mapping);
    std::unordered_map<std::string_view, const Entry*> last;
    for (const Entry& entry : entries) last[decoded_.key(entry)] = &entry;
    for (const Entry& entry : entries) {
      const std::string_view name = decoded_.key(entry);
      const Entry* const counts = last[name];
      if (counts == &entry || decoded_.is_merge_key(entry.key)) continue;
      out_.duplicate_keys.push_back({std::string(name), document_.text_span(entry.key),
                                     document_.text_span(counts->key), at.field(name).path,
                                     at.rule});
    }
  }

  // ---- apiVersion, kind, metadata ----

  // False if it is of another group of the API.
  bool check_version(NodeId root, const Entry& entry) {
    const At at{"apiVersion"};
    const std::string hint = fmt::format("write apiVersion: {}", kNewestVersion);
    const auto name = decoded_.string(entry.value);
    if (!name) {
      wrong_type(entry.value, at, "a string", hint);
    } else if (name->empty()) {
      problem(ProblemKind::ApiVersion, entry.value == kNoNode ? root : entry.value, at,
              "the policy has no apiVersion", hint);
    } else if (std::string fault = version_fault(*name, minor_); !fault.empty()) {
      problem(ProblemKind::ApiVersion, entry.value, at, std::move(fault), hint);
      return name->starts_with("audit.k8s.io/");
    }
    return true;
  }

  // A missing one is taken from what is expected (apimachinery, serializer/json, Decode with into).
  // False if it is another kind altogether, whose rules are not ours.
  bool check_kind(const Entry& entry) {
    const auto kind = decoded_.string(entry.value);
    if (!kind) {
      wrong_type(entry.value, {"kind"}, "a string", "write kind: Policy");
    } else if (!kind->empty() && *kind != "Policy") {
      problem(ProblemKind::PolicyKind, entry.value, {"kind"},
              fmt::format("kind is '{}', not Policy", shortened(*kind)), "write kind: Policy");
      return text::edit_distance(*kind, "Policy") < 2;  // a slip
    }
    return true;
  }

  // Nothing of it is used, but it is decoded (apimachinery, meta/v1, types.go, ObjectMeta).
  void check_metadata(NodeId metadata, const At& at) {
    check_struct(kube::object_meta_type(), metadata, at);
    if (minor_ > kClusterNameUntil || decoded_.type(metadata) != Json::Mapping) return;
    read_string(Fields(decoded_, decoded_.entries(metadata))["clusterName"].value,
                at.field("clusterName"));
  }

  // Types alone: what else static Pods demand of their metadata is no matter of decoding.
  void check_struct(const kube::StructType& type, NodeId node, const At& at) {
    if (!decoded_.is_given(node)) return;
    if (decoded_.type(node) != Json::Mapping) return needs_mapping(node, at);
    const Fields fields(decoded_, decoded_.entries(node));
    for (const kube::Field& field : type.fields)
      if (field.since <= minor_) check_field(field, fields[field.name].value, at.field(field.name));
  }

  void check_field(const kube::Field& field, NodeId id, const At& at) {
    switch (field.shape) {
      case kube::FieldShape::One:
        return check_value(field, id, at);
      case kube::FieldShape::List: {
        const auto items = read_list(id, at, field.type == kube::FieldType::String ? "string" : "");
        for (std::size_t i = 0; items && i < items->size(); ++i)
          check_value(field, (*items)[i], at.item(i));
        return;
      }
      case kube::FieldShape::Map:
        return check_map(field, id, at);
    }
  }

  void check_map(const kube::Field& field, NodeId id, const At& at) {
    if (!decoded_.is_given(id)) return;
    if (decoded_.type(id) != Json::Mapping) return needs_mapping(id, at);
    const std::vector<Entry> entries = decoded_.entries(id);
    std::unordered_map<std::string_view, NodeId> counting;
    for (const Entry& entry : entries) counting[decoded_.key(entry)] = entry.value;
    for (const Entry& entry : entries)
      if (counting[decoded_.key(entry)] == entry.value)
        check_value(field, entry.value, at.field(decoded_.key(entry)));
  }

  void check_value(const kube::Field& field, NodeId id, const At& at) {
    if (!decoded_.is_given(id)) return;
    switch (field.type) {
      case kube::FieldType::Struct:
        return check_struct(*field.of, id, at);
      case kube::FieldType::String:
        read_string(id, at);
        return;
      case kube::FieldType::Bool:
        if (decoded_.type(id) != Json::Bool)
          wrong_type(id, at, "true or false", "write true or false, without quotes");
        return;
      case kube::FieldType::Int64:
        return check_int64(id, at);
      case kube::FieldType::Time:
        if (!decoded_.is_string(id) || !kube::is_time(decoded_.text(id)))
          wrong_type(id, at, "a time such as 2024-01-31T12:00:00Z", "remove it, or write null");
        return;
      case kube::FieldType::Int32:
      case kube::FieldType::Quantity:
      case kube::FieldType::IntOrString:
      case kube::FieldType::Any:
        return;  // not in metadata
    }
  }

  void check_int64(NodeId id, const At& at) {
    constexpr double kEnd = 9223372036854775808.0;
    const std::optional<kube::Number> found = decoded_.number(id);
    if (!found || !found->is_whole)
      wrong_type(id, at, "a whole number", "remove it, or write a whole number");
    else if (found->value < -kEnd || found->value >= kEnd)
      wrong_type(id, at, "a whole number of 64 bits", "remove it, or write a smaller number");
  }

  void needs_mapping(NodeId id, const At& at) {
    wrong_type(id, at, "a mapping", "write a mapping");
  }

  // ---- values ----

  // An absent one or null is the empty string.
  std::optional<Word> read_string(NodeId id, const At& at) {
    if (const auto text = decoded_.string(id))
      return Word{std::string(*text), id == kNoNode ? Span{} : place_of(id)};
    const Json type = decoded_.type(id);
    const bool is_scalar = type == Json::Number || type == Json::Bool;
    wrong_type(id, at, "a string",
               is_scalar ? "quote it: " + yaml::double_quoted(decoded_.text(id))
                         : std::string("write a string"));
    return {};
  }

  // Nothing if it is no list.
  std::optional<std::vector<NodeId>> read_list(NodeId id, const At& at, std::string_view of) {
    if (!decoded_.is_given(id)) return std::vector<NodeId>();
    if (decoded_.type(id) == Json::List) return decoded_.items(id);
    const bool is_scalar = decoded_.type(id) != Json::Mapping;
    wrong_type(id, at, "a list",
               is_scalar && of == "string"
                   ? fmt::format("write [{}]", yaml::double_quoted(shortened(decoded_.text(id))))
                   : std::string("write each item behind a dash"));
    return {};
  }

  Words read_words(const Fields& fields, std::string_view name, const At& owner) {
    const Entry entry = fields[name];
    const At at = owner.field(name);
    Words words;
    place_list(entry, words);
    const auto items = read_list(entry.value, at, "string");
    for (std::size_t i = 0; items && i < items->size(); ++i)
      if (auto word = read_string((*items)[i], at.item(i))) words.items.push_back(std::move(*word));
    return words;
  }

  template <typename List>
  void place_list(const Entry& entry, List& list) const {
    if (entry.key == kNoNode) return;
    list.key = document_.text_span(entry.key);
    list.place = place_of(entry.value);
  }

  // validation.go, validateOmitStages.
  Stages read_stages(const Fields& fields, const At& owner) {
    const Entry entry = fields["omitStages"];
    const At at = owner.field("omitStages");
    Stages stages;
    place_list(entry, stages);
    for (const Word& word : read_words(fields, "omitStages", owner).items) {
      if (const auto stage = parse_stage(word.value)) {
        stages.items.push_back({*stage, word.place});
      } else {
        problem_at(ProblemKind::Stage, word.place, at,
                   fmt::format("{} holds '{}', which is no stage", at.path, shortened(word.value)),
                   way_out(word.value, kStageNames));
      }
    }
    return stages;
  }

  std::optional<Placed<bool>> read_managed_fields(const Fields& fields, const At& owner,
                                                  Span& key) {
    const Entry entry = fields["omitManagedFields"];
    if (minor_ < kManagedFieldsSince || !decoded_.is_given(entry.value)) return {};
    key = document_.text_span(entry.key);
    if (decoded_.type(entry.value) == Json::Bool)
      return Placed<bool>{decoded_.is_true(entry.value), place_of(entry.value)};
    wrong_type(entry.value, owner.field("omitManagedFields"), "true or false",
               "write true or false, without quotes");
    return {};
  }

  // ---- rules ----

  AuditPolicy read_policy(NodeId root, const Fields& fields) {
    AuditPolicy policy;
    policy.place = document_.content_span(root);
    if (decoded_.is_string(fields["apiVersion"].value))
      policy.api_version = *read_string(fields["apiVersion"].value, {});
    if (decoded_.is_string(fields["kind"].value))
      policy.kind = *read_string(fields["kind"].value, {});
    check_metadata(fields["metadata"].value, {"metadata"});
    policy.omit_stages = read_stages(fields, {});
    policy.omit_managed_fields = read_managed_fields(fields, {}, policy.omit_managed_fields_key);
    const Entry rules = fields["rules"];
    if (rules.key != kNoNode) policy.rules_key = document_.text_span(rules.key);
    const auto items = read_list(rules.value, {"rules"}, "rule");
    for (std::size_t i = 0; items && i < items->size(); ++i)
      policy.rules.push_back(read_rule((*items)[i], {fmt::format("rules[{}]", i), i}));
    if (items && items->empty()) {
      problem(ProblemKind::NoRules, rules.key == kNoNode ? root : rules.key, {"rules"},
              "the policy has no rules",
              "write at least one rule, for instance '- level: Metadata'");
    }
    return policy;
  }

  PolicyRule read_rule(NodeId node, const At& at) {
    const std::size_t problems_before = out_.problems.size();
    PolicyRule rule;
    rule.place = document_.span(node);
    if (!decoded_.is_given(node) || decoded_.type(node) == Json::Mapping) {
      read_rule_fields(node, at, rule);
      check_rule(at, rule);
    } else {
      wrong_type(node, at, "a mapping", "write '- level: Metadata', or another level");
    }
    rule.is_whole = out_.problems.size() == problems_before && !holds_problem(rule.place);
    return rule;
  }

  // One that was found before rules were read.
  bool holds_problem(Span rule) const {
    return std::ranges::any_of(out_.problems, [&](const PolicyProblem& problem) {
      return rule.begin <= problem.place.begin && problem.place.end <= rule.end;
    });
  }

  // A null is a rule without fields.
  void read_rule_fields(NodeId node, const At& at, PolicyRule& rule) {
    const Fields fields = open(node, PolicyPart::Rule, at);
    read_level(fields["level"], at, rule);
    rule.users = read_words(fields, "users", at);
    rule.user_groups = read_words(fields, "userGroups", at);
    rule.verbs = read_words(fields, "verbs", at);
    rule.namespaces = read_words(fields, "namespaces", at);
    rule.non_resource_urls = read_words(fields, "nonResourceURLs", at);
    rule.omit_stages = read_stages(fields, at);
    rule.omit_managed_fields = read_managed_fields(fields, at, rule.omit_managed_fields_key);
    const Entry resources = fields["resources"];
    if (resources.key != kNoNode) rule.resources_key = document_.text_span(resources.key);
    const At list = at.field("resources");
    const auto items = read_list(resources.value, list, "mapping");
    for (std::size_t i = 0; items && i < items->size(); ++i)
      rule.resources.push_back(read_group_resources((*items)[i], list.item(i)));
  }

  // validation.go, validateLevel.
  void read_level(const Entry& entry, const At& owner, PolicyRule& rule) {
    const At at = owner.field("level");
    if (entry.key != kNoNode) rule.level_key = document_.text_span(entry.key);
    const auto word = read_string(entry.value, at);
    if (!word) return;
    rule.level.place = word->place;
    if (const auto level = parse_level(word->value)) {
      rule.level.value = *level;
    } else if (word->value.empty()) {
      problem_at(ProblemKind::Level, entry.key == kNoNode ? rule.place : rule.level_key, at,
                 fmt::format("{} is missing", at.path),
                 fmt::format("write level: {}", listed(kLevelNames)));
    } else {
      problem_at(ProblemKind::Level, word->place, at,
                 fmt::format("{} is '{}', which is no level", at.path, shortened(word->value)),
                 way_out(word->value, kLevelNames));
    }
  }

  GroupResources read_group_resources(NodeId node, const At& at) {
    GroupResources found;
    found.place = document_.span(node);
    if (decoded_.is_given(node) && decoded_.type(node) != Json::Mapping) {
      const bool is_name = decoded_.is_string(node);
      wrong_type(node, at, "a mapping",
                 fmt::format("write '- group: \"\"' and below it 'resources: [{}]'",
                             is_name ? shortened(decoded_.text(node)) : "…"));
      return found;
    }
    const Fields fields = open(node, PolicyPart::GroupResources, at);
    const Entry group = fields["group"];
    if (group.key != kNoNode) found.group_key = document_.text_span(group.key);
    if (auto word = read_string(group.value, at.field("group"))) found.group = std::move(*word);
    found.resources = read_words(fields, "resources", at);
    found.resource_names = read_words(fields, "resourceNames", at);
    check_group_resources(at, found);
    return found;
  }

  // validation.go, validateResources.
  void check_group_resources(const At& at, const GroupResources& of) {
    const std::string& group = of.group.value;
    const bool is_star = group == "*";
    if (is_star ? minor_ < kAnyGroupSince : !group.empty() && !kube::is_dns1123_subdomain(group)) {
      const std::string fault =
          is_star ? fmt::format("which is allowed from 1.{} on only", kAnyGroupSince)
                  : std::string("which is no name of an API group");
      problem_at(ProblemKind::Group, of.group.place, at.field("group"),
                 fmt::format("{}.group is '{}', {}", at.path, shortened(group), fault),
                 group_hint(group));
    }
    if (of.resource_names.empty() || !of.resources.empty()) return;
    problem_at(ProblemKind::ResourceNames, of.resource_names.key, at.field("resourceNames"),
               fmt::format("{} has resourceNames and no resources", at.path),
               "name the resources that are called so");
  }

  // validation.go, validateNonResourceURLs and validatePolicyRule.
  void check_rule(const At& at, const PolicyRule& rule) {
    const At urls = at.field("nonResourceURLs");
    for (const Word& url : rule.non_resource_urls.items) {
      if (url.value == "*") continue;
      const std::string shown = fmt::format("{} holds '{}'", urls.path, shortened(url.value));
      if (!url.value.starts_with('/')) {
        problem_at(ProblemKind::NonResourceUrl, url.place, urls,
                   shown + ", which does not begin with '/'",
                   fmt::format("write /{}", shortened(url.value)));
      }
      const std::size_t star = url.value.find('*');
      if (star != std::string::npos && star + 1 < url.value.size()) {
        problem_at(ProblemKind::NonResourceUrl, url.place, urls,
                   shown + ", where '*' is not the last character",
                   fmt::format("write {}*", shortened(url.value.substr(0, star))));
      }
    }
    if (rule.non_resource_urls.empty() || !rule.is_for_resources()) return;
    problem_at(ProblemKind::MixedRule, rule.non_resource_urls.key, urls,
               fmt::format("{} has nonResourceURLs and {}", at.path,
                           rule.resources.empty() ? "namespaces" : "resources"),
               "make two rules of it");
  }

  const Document& document_;
  const Decoded decoded_;
  const int minor_;
  LoadedPolicy& out_;
};

}  // namespace

void read_policy(const Document& document, NodeId root, int minor, LoadedPolicy& out) {
  PolicyReader(document, minor, out).read(root);
}

}  // namespace kaudit::audit
