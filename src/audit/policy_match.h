// Which rule of a policy decides about a request, and what it decides (apiserver,
// pkg/audit/policy/checker.go, EvaluatePolicyRule).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit_policy.h"

namespace kaudit::audit {

// A request as rules see it. Whoever reads many keeps one and fills it again, so that its strings
// keep their memory.
struct RequestAttributes {
  bool has_user = true;  // false: authentication failed; no rule with users or groups matches then
  std::string user;      // the authenticated one: auditing begins before impersonation
  std::vector<std::string> groups;
  std::string verb;
  bool is_resource = true;
  std::string api_group;  // "" is the core group
  std::string resource;
  std::string subresource;
  // Of the namespace object itself, too; "" of cluster-scoped objects and of lists of all
  // namespaces.
  std::string namespace_name;
  std::string name;  // "" of create, deletecollection, and list or watch of all
  std::string path;  // without the query; rules look at it if the request is for no resource

  bool operator==(const RequestAttributes&) const = default;
};

// What in a rule does not hold for a request: the first one, in the order of the checker. Of
// several GroupResources the one that comes nearest counts.
enum class Predicate : std::uint8_t {
  Users,
  UserGroups,
  Verbs,
  IsResource,     // the rule is for resources, and the request for a URL
  Namespaces,     //
  ApiGroup,       // resources: none of the groups
  Resource,       // resources: a group, but none of its resources
  ResourceName,   // resources: a resource, but none of the names
  IsNoResource,   // the rule is for URLs, and the request for a resource
  NonResourceUrl  //
};

struct Miss {
  std::size_t rule = 0;
  Predicate predicate = Predicate::Users;

  bool operator==(const Miss&) const = default;
};

struct Decision {
  Level level = Level::None;  // None also where no rule matches
  StageSet omit_stages;       // of the policy and the rule together
  bool omit_managed_fields = false;
  std::optional<std::size_t> rule;  // the index of the deciding one

  bool operator==(const Decision&) const = default;
};

// Whether a word of `resources` holds for a resource or subresource (checker.go,
// ruleMatchesResource): "*", "pods/log", "*/log", and "pods/*", which is for pods itself, too,
// though the comment in types.go denies it.
bool matches_resource(std::string_view word, std::string_view resource,
                      std::string_view subresource);

// Whether a word of `nonResourceURLs` holds for a path (checker.go, pathMatches).
bool matches_path(std::string_view spec, std::string_view path);

// A policy made ready for many requests. Refers to the words of the policy, which must outlive it.
// Neither function allocates.
class Matcher {
 public:
  explicit Matcher(const AuditPolicy& policy);
  // A policy that would vanish at once.
  explicit Matcher(AuditPolicy&&) = delete;

  Decision evaluate(const RequestAttributes& request) const;
  // Nothing if the rule matches. A rule may match that never decides.
  std::optional<Predicate> mismatch(std::size_t rule, const RequestAttributes& request) const;
  std::size_t rule_count() const { return rules_.size(); }
  // Of the requests about which the rule decides, and of those about which none does.
  const Decision& decision_of(std::size_t rule) const { return rules_[rule].decision; }
  const Decision& decision_without_rule() const { return without_rule_; }

 private:
  using Names = std::vector<std::string_view>;

  struct Resources {
    std::string_view group;
    bool any_group = false;
    Names words;
    Names names;
  };
  struct Rule {
    Names users;
    Names groups;
    Names verbs;
    Names namespaces;
    std::vector<Resources> resources;
    Names urls;
    Decision decision;
  };

  static Rule compiled(const AuditPolicy& policy, std::size_t index);
  static Resources compiled(const GroupResources& of);
  static bool holds(const Names& names, std::string_view name);
  static std::optional<Predicate> mismatch(const Resources& of, const RequestAttributes& request);
  static std::optional<Predicate> resource_mismatch(const Rule& rule,
                                                    const RequestAttributes& request);
  static std::optional<Predicate> mismatch(const Rule& rule, const RequestAttributes& request);

  std::vector<Rule> rules_;
  Decision without_rule_;
};

// For one request; who has many keeps a Matcher.
Decision evaluate(const AuditPolicy& policy, const RequestAttributes& request);

// And why: for every rule before the deciding one what did not hold, in order.
struct Explanation {
  Decision decision;
  std::vector<Miss> misses;

  bool operator==(const Explanation&) const = default;
};
Explanation explain(const AuditPolicy& policy, const RequestAttributes& request);

}  // namespace kaudit::audit
