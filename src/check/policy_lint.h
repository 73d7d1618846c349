// The parts of check_policy: what the words of a rule say, and what the rules do together.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <vector>

#include "audit/audit_policy.h"
#include "check/finding_list.h"

namespace kaudit::check {

// rules[3], rules[3].verbs[0]: as Kubernetes writes places in a policy.
inline std::string path_of_rule(std::size_t rule) {
  return fmt::format("rules[{}]", rule);
}

// Where a finding about a whole rule points: at its first character.
inline text::Span mark_of(const audit::PolicyRule& rule) {
  return {rule.place.begin, rule.place.begin + 1};
}

// "get, list and watch".
std::string joined(const std::vector<std::string>& words, std::string_view last = " and ");

// Verbs, users, groups, resources, names and URLs that no request has, or that mean something else
// than they seem to.
void check_policy_words(const audit::AuditPolicy& policy, int minor, FindingList& out);

// Rules that no request reaches, requests that no rule holds for, bodies that should not be
// recorded, and what is recorded by halves. `is_whole`: kube-apiserver refuses none of the rules,
// so that it is known what all of them do.
void check_policy_effects(const audit::AuditPolicy& policy, bool is_whole, FindingList& out);

}  // namespace kaudit::check
