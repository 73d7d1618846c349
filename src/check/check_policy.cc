#include "check/check_policy.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <span>

#include "check/policy_lint.h"
#include "kube/decoded.h"
#include "text/nearest.h"

namespace kaudit::check {
namespace {

using audit::AuditPolicy;
using audit::Level;
using audit::LoadedPolicy;
using audit::PolicyPart;
using audit::PolicyProblem;
using audit::PolicyRule;
using audit::Stage;
using audit::StageSet;
using audit::UnknownField;
using kube::shortened;

// ---- what kube-apiserver refuses ----------------------------------------------------------------

std::string_view rule_of(PolicyProblem::Kind kind) {
  using enum PolicyProblem::Kind;
  switch (kind) {
    case Syntax:
      return "policy-syntax";
    case Template:
      return "policy-template";
    case Heredoc:
      return "policy-heredoc-mark";
    case Empty:
      return "policy-empty";
    case Type:
      return "policy-type";
    case ApiVersion:
      return "policy-api-version";
    case PolicyKind:
      return "policy-kind";
    case NoRules:
      return "policy-no-rules";
    case Level:
      return "policy-level";
    case Stage:
      return "policy-stage";
    case NonResourceUrl:
      return "policy-url";
    case Group:
      return "policy-group";
    case ResourceNames:
      return "policy-resource-names";
    case MixedRule:
      return "policy-mixed-rule";
  }
  return "policy-type";
}

void add_problems(const LoadedPolicy& loaded, FindingList& out) {
  for (const PolicyProblem& problem : loaded.problems) {
    out.add(rule_of(problem.kind), problem.place, problem.path, problem.message,
            "the API server will not start", problem.hint)
        .path = problem.path;
  }
}

// ---- what it ignores ----------------------------------------------------------------------------

// A field of a rule or of an item of resources, and what the rule holds for without it.
struct Field {
  std::string_view name;
  std::string_view without;
};

constexpr std::array kFieldsOfRule{
    Field{"level", ""},
    Field{"users", "the rule holds for every user"},
    Field{"userGroups", "the rule holds for users of every group"},
    Field{"verbs", "the rule holds for every verb"},
    Field{"namespaces", "the rule holds for every namespace"},
    Field{"resources", "the rule holds for every resource"},
    Field{"nonResourceURLs", "the rule holds for every URL, and for resources, too"},
    Field{"omitStages", "the stages are recorded"},
    Field{"omitManagedFields", "the managed fields are recorded"},
};
constexpr std::array kFieldsOfResources{
    Field{"group", "the core group is meant"},
    Field{"resources", "the rule holds for all resources of the group"},
    Field{"resourceNames", "the rule holds for every name"},
};
constexpr std::array kFieldsOfPolicy{
    Field{"rules", ""},
    Field{"omitStages", "the stages are recorded"},
    Field{"omitManagedFields", "the managed fields are recorded"},
};

std::span<const Field> fields_of(PolicyPart part) {
  switch (part) {
    case PolicyPart::Policy:
      return kFieldsOfPolicy;
    case PolicyPart::Rule:
      return kFieldsOfRule;
    case PolicyPart::GroupResources:
      return kFieldsOfResources;
  }
  return {};
}

const Field* find_field(PolicyPart part, std::string_view name) {
  for (const Field& field : fields_of(part))
    if (field.name == name) return &field;
  return nullptr;
}

// "user" for "users", "resource", "nonResourceUrls".
const Field* misspelt_field(PolicyPart part, std::string_view name) {
  std::vector<std::string_view> names;
  for (const Field& field : fields_of(part)) names.push_back(field.name);
  const auto meant = text::nearest(name, names);
  const bool is_near = meant && text::edit_distance(name, *meant) <= 2;
  return is_near ? find_field(part, *meant) : nullptr;
}

const audit::Words* words_of(const PolicyRule& rule, std::string_view field) {
  if (field == "users") return &rule.users;
  if (field == "userGroups") return &rule.user_groups;
  if (field == "verbs") return &rule.verbs;
  if (field == "namespaces") return &rule.namespaces;
  if (field == "nonResourceURLs") return &rule.non_resource_urls;
  return nullptr;
}

// The rule has the field where it belongs, too, so that it is not broader than it seems.
bool has_field(const PolicyRule& rule, const Field& field) {
  if (const audit::Words* const words = words_of(rule, field.name)) return !words->empty();
  if (field.name == "omitStages") return rule.omit_stages.is_given();
  if (field.name == "resources") return !rule.resources.empty();
  return field.name == "omitManagedFields" && rule.omit_managed_fields.has_value();
}

std::string ignored(std::string_view without) {
  if (without.empty()) return "kube-apiserver ignores it";
  return fmt::format("kube-apiserver ignores it, and {}", without);
}

constexpr std::string_view name_of(PolicyPart part) {
  switch (part) {
    case PolicyPart::Policy:
      return "a policy";
    case PolicyPart::Rule:
      return "a rule";
    case PolicyPart::GroupResources:
      return "an item of resources";
  }
  return "";
}

struct Advice {
  std::string consequence;
  std::string fix;
};

// Up to 1.22 a field that is right from 1.23 on.
Advice advice_for_managed_fields() {
  return {ignored("the managed fields are recorded"), "remove it; it is known from 1.23 on"};
}

Advice advice_for(const UnknownField& field, const AuditPolicy* policy) {
  if (field.parent != PolicyPart::GroupResources && field.name == "omitManagedFields")
    return advice_for_managed_fields();
  const PolicyRule* const rule =
      policy != nullptr && field.rule && *field.rule < policy->rules.size()
          ? &policy->rules[*field.rule]
          : nullptr;
  // A field of the rule that stands one level too deep.
  if (field.parent == PolicyPart::GroupResources) {
    if (const Field* const of_rule = find_field(PolicyPart::Rule, field.name)) {
      const bool is_there = rule != nullptr && has_field(*rule, *of_rule);
      return {ignored(is_there ? "" : of_rule->without), "move it out of resources, beside level"};
    }
  }
  // A field of an item of resources, or of a rule, that stands too far out.
  if (field.parent == PolicyPart::Rule &&
      find_field(PolicyPart::GroupResources, field.name) != nullptr) {
    return {ignored("the rule is not limited by it"), "move it into an item of resources"};
  }
  if (field.parent == PolicyPart::Policy && find_field(PolicyPart::Rule, field.name) != nullptr)
    return {ignored("no rule has it"), "move it into the rules"};
  if (const Field* const meant = misspelt_field(field.parent, field.name)) {
    const bool is_there =
        field.parent == PolicyPart::Rule && rule != nullptr && has_field(*rule, *meant);
    return {ignored(is_there ? "" : meant->without), fmt::format("write {}", meant->name)};
  }
  return {ignored(""), "remove it"};
}

void add_unknown_fields(const LoadedPolicy& loaded, FindingList& out) {
  const AuditPolicy* const policy = loaded.policy ? &*loaded.policy : nullptr;
  for (const UnknownField& field : loaded.unknown_fields) {
    Advice advice = advice_for(field, policy);
    out.add("policy-unknown-field", field.key, field.path,
            fmt::format("'{}' is no field of {}", shortened(field.name), name_of(field.parent)),
            std::move(advice.consequence), std::move(advice.fix))
        .path = field.path;
  }
}

void add_ignored(const LoadedPolicy& loaded, FindingList& out) {
  add_unknown_fields(loaded, out);
  for (const audit::DuplicateKey& key : loaded.duplicate_keys) {
    Finding& finding = out.add("policy-duplicate-key", key.ignored, key.path,
                               fmt::format("'{}' is given more than once", shortened(key.name)),
                               "kube-apiserver reads the last one only", "remove one of them");
    finding.path = key.path;
    finding.related = {{key.counts, "the one that counts"}};
  }
  if (loaded.further_documents) {
    const std::size_t begin = loaded.further_documents->begin;
    out.add("policy-further-documents", text::Span{begin, begin + 1}, "",
            "the file has more than one YAML document",
            "kube-apiserver reads the first one only, and no rule of the others",
            "put all rules into the first document");
  }
}

// ---- releases and stages ------------------------------------------------------------------------

// reader.go took them up to 1.23.
void add_old_version(const AuditPolicy& policy, FindingList& out) {
  const std::string& name = policy.api_version.value;
  if (!name.starts_with("audit.k8s.io/") || name == "audit.k8s.io/v1") return;
  Finding& finding =
      out.add("policy-api-version", policy.api_version.place, "apiVersion",
              fmt::format("apiVersion is '{}', which 1.24 removed", shortened(name)),
              "an upgraded API server will not start", "write apiVersion: audit.k8s.io/v1");
  finding.severity = Severity::Warning;
  finding.path = "apiVersion";
}

// A request that does not run long has two stages.
bool omits_all(StageSet stages) {
  return stages.contains(Stage::RequestReceived) && stages.contains(Stage::ResponseComplete);
}

void add_omitted(const audit::Stages& stages, StageSet all, const std::string& owner,
                 FindingList& out) {
  const std::string path = owner.empty() ? "omitStages" : owner + ".omitStages";
  const bool even_long = all.contains(Stage::ResponseStarted);
  out.add("stages-all-omitted", stages.key, path,
          fmt::format("{} leaves no stage of an ordinary request", path),
          even_long ? "nothing is recorded but panics"
                    : "nothing is recorded but panics and the start of watches",
          "do not omit ResponseComplete")
      .path = path;
}

void add_stages(const AuditPolicy& policy, FindingList& out) {
  const StageSet of_all = policy.omit_stages.set();
  if (omits_all(of_all)) {
    add_omitted(policy.omit_stages, of_all, "", out);
    return;
  }
  for (std::size_t i = 0; i < policy.rules.size(); ++i) {
    const PolicyRule& rule = policy.rules[i];
    const StageSet of_rule = rule.omit_stages.set();
    if (!rule.is_whole || of_rule.empty()) continue;
    const std::string path = path_of_rule(i) + ".omitStages";
    const bool is_none = rule.level.value == Level::None;
    if (!is_none && omits_all(of_all | of_rule)) {
      add_omitted(rule.omit_stages, of_all | of_rule, path_of_rule(i), out);
    } else if (is_none || (of_all | of_rule) == of_all) {
      out.add("stages-omitted-twice", rule.omit_stages.key, path,
              is_none ? fmt::format("{} has the level None, which records no stage anyway",
                                    path_of_rule(i))
                      : fmt::format("the policy omits the stages of {} already", path),
              "it changes nothing", "remove it")
          .path = path;
    }
  }
}

bool refuses_version(const LoadedPolicy& loaded) {
  return std::ranges::any_of(loaded.problems, [](const PolicyProblem& problem) {
    return problem.kind == PolicyProblem::Kind::ApiVersion;
  });
}

// What is wrong elsewhere, an old apiVersion for instance, changes nothing about the rules.
bool has_all_rules(const AuditPolicy& policy) {
  return !policy.rules.empty() && std::ranges::all_of(policy.rules, &PolicyRule::is_whole);
}

}  // namespace

std::string joined(const std::vector<std::string>& words, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? last : ", ";
    out += words[i];
  }
  return out;
}

std::vector<Finding> check_policy(const LoadedPolicy& loaded,
                                  const kube::KubernetesVersion& version) {
  FindingList out;
  add_problems(loaded, out);
  add_ignored(loaded, out);
  if (loaded.policy) {
    if (!refuses_version(loaded)) add_old_version(*loaded.policy, out);
    add_stages(*loaded.policy, out);
    check_policy_words(*loaded.policy, version.minor, out);
    check_policy_effects(*loaded.policy, has_all_rules(*loaded.policy), out);
  }
  return out.take();
}

CheckedFile check_policy_file(std::shared_ptr<const text::SourceText> source,
                              const LoadedPolicy& loaded, const kube::KubernetesVersion& version) {
  CheckedFile file{
      .source = std::move(source), .error = loaded.unreadable, .version = version, .findings = {}};
  if (!file.error) file.findings = check_policy(loaded, version);
  return file;
}

}  // namespace kaudit::check
