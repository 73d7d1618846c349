#include "audit/policy_match.h"

#include <algorithm>

namespace kaudit::audit {
namespace {

std::vector<std::string_view> views_of(const Words& words) {
  std::vector<std::string_view> views;
  views.reserve(words.items.size());
  for (const Word& word : words.items) views.emplace_back(word.value);
  return views;
}

// "pods/log" of "pods" and "log", without putting them together.
bool is_combined(std::string_view word, std::string_view resource, std::string_view subresource) {
  if (subresource.empty()) return word == resource;
  return word.size() == resource.size() + 1 + subresource.size() && word.starts_with(resource) &&
         word[resource.size()] == '/' && word.ends_with(subresource);
}

// checker.go, isOmitManagedFields: what a rule says, else what the policy says.
bool omits_managed_fields(const AuditPolicy& policy, const std::optional<Placed<bool>>& of_rule) {
  if (of_rule) return of_rule->value;
  return policy.omit_managed_fields && policy.omit_managed_fields->value;
}

}  // namespace

// "*/*" is both of the forms with a star, and holds for no request that exists.
bool matches_resource(std::string_view word, std::string_view resource,
                      std::string_view subresource) {
  if (word == "*" || is_combined(word, resource, subresource)) return true;
  if (word.ends_with("/*") && word.substr(0, word.size() - 2) == resource) return true;
  return word.starts_with("*/") && !subresource.empty() && word.substr(2) == subresource;
}

// All stars at the end go (strings.TrimRight).
bool matches_path(std::string_view spec, std::string_view path) {
  if (spec == path) return true;
  if (!spec.ends_with('*')) return false;
  while (spec.ends_with('*')) spec.remove_suffix(1);
  return path.starts_with(spec);
}

Matcher::Matcher(const AuditPolicy& policy) {
  rules_.reserve(policy.rules.size());
  for (std::size_t i = 0; i < policy.rules.size(); ++i) rules_.push_back(compiled(policy, i));
  without_rule_.omit_stages = policy.omit_stages.set();
  without_rule_.omit_managed_fields = omits_managed_fields(policy, {});
}

Matcher::Rule Matcher::compiled(const AuditPolicy& policy, std::size_t index) {
  const PolicyRule& of = policy.rules[index];
  Rule rule;
  rule.users = views_of(of.users);
  rule.groups = views_of(of.user_groups);
  rule.verbs = views_of(of.verbs);
  rule.namespaces = views_of(of.namespaces);
  for (const GroupResources& resources : of.resources)
    rule.resources.push_back(compiled(resources));
  rule.urls = views_of(of.non_resource_urls);
  rule.decision.level = of.level.value;
  rule.decision.omit_stages = policy.omit_stages.set() | of.omit_stages.set();
  rule.decision.omit_managed_fields = omits_managed_fields(policy, of.omit_managed_fields);
  rule.decision.rule = index;
  return rule;
}

Matcher::Resources Matcher::compiled(const GroupResources& of) {
  Resources resources;
  resources.group = of.group.value;
  // Before 1.36 the API server refuses the "*", and no request has it for its group.
  resources.any_group = of.group.value == "*";
  resources.words = views_of(of.resources);
  resources.names = views_of(of.resource_names);
  return resources;
}

bool Matcher::holds(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::optional<Predicate> Matcher::mismatch(const Resources& of, const RequestAttributes& request) {
  if (!of.any_group && of.group != request.api_group) return Predicate::ApiGroup;
  if (of.words.empty()) return {};
  const bool found = std::ranges::any_of(of.words, [&](std::string_view word) {
    return matches_resource(word, request.resource, request.subresource);
  });
  if (!found) return Predicate::Resource;
  if (of.names.empty() || holds(of.names, request.name)) return {};
  return Predicate::ResourceName;
}

// checker.go, ruleMatchesResource.
std::optional<Predicate> Matcher::resource_mismatch(const Rule& rule,
                                                    const RequestAttributes& request) {
  if (!request.is_resource) return Predicate::IsResource;
  if (!rule.namespaces.empty() && !holds(rule.namespaces, request.namespace_name))
    return Predicate::Namespaces;
  std::optional<Predicate> nearest;
  for (const Resources& resources : rule.resources) {
    const std::optional<Predicate> miss = mismatch(resources, request);
    if (!miss) return {};
    nearest = std::max(nearest.value_or(*miss), *miss);
  }
  return nearest;
}

// checker.go, ruleMatches.
std::optional<Predicate> Matcher::mismatch(const Rule& rule, const RequestAttributes& request) {
  if (!rule.users.empty() && !(request.has_user && holds(rule.users, request.user)))
    return Predicate::Users;
  const auto in_groups = [&](const std::string& group) { return holds(rule.groups, group); };
  if (!rule.groups.empty() && !(request.has_user && std::ranges::any_of(request.groups, in_groups)))
    return Predicate::UserGroups;
  if (!rule.verbs.empty() && !holds(rule.verbs, request.verb)) return Predicate::Verbs;
  if (!rule.namespaces.empty() || !rule.resources.empty()) return resource_mismatch(rule, request);
  if (rule.urls.empty()) return {};
  if (request.is_resource) return Predicate::IsNoResource;
  const bool found = std::ranges::any_of(
      rule.urls, [&](std::string_view spec) { return matches_path(spec, request.path); });
  if (!found) return Predicate::NonResourceUrl;
  return {};
}

Decision Matcher::evaluate(const RequestAttributes& request) const {
  for (const Rule& rule : rules_)
    if (!mismatch(rule, request)) return rule.decision;
  return without_rule_;
}

std::optional<Predicate> Matcher::mismatch(std::size_t rule,
                                           const RequestAttributes& request) const {
  return mismatch(rules_[rule], request);
}

Decision evaluate(const AuditPolicy& policy, const RequestAttributes& request) {
  return Matcher(policy).evaluate(request);
}

Explanation explain(const AuditPolicy& policy, const RequestAttributes& request) {
  const Matcher matcher(policy);
  Explanation explanation;
  for (std::size_t i = 0; i < matcher.rule_count(); ++i) {
    const auto predicate = matcher.mismatch(i, request);
    if (!predicate) {
      explanation.decision = matcher.decision_of(i);
      return explanation;
    }
    explanation.misses.push_back({i, *predicate});
  }
  explanation.decision = matcher.decision_without_rule();
  return explanation;
}

}  // namespace kaudit::audit
