// Which requests a rule of a policy decides, by reasoning over the sets that the rules describe.
//
// A rule is a union of boxes: products of a set of users, of groups, of verbs, of namespaces, of
// resources (or paths), of names. A rule decides about some request if one of its boxes is not
// filled by the boxes of the rules before it. Words are compared with finite lists only, so that a
// value that no rule mentions stands for all others, and the search is over finitely many values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/api_resources.h"
#include "audit/policy_match.h"

namespace kaudit::audit {

struct ResourceId {
  std::string group;
  std::string resource;
  std::string subresource;

  bool operator==(const ResourceId&) const = default;
};

// Refers to the policy, which must outlive it. Rules that are not whole hold for nothing here.
class PolicyReach {
 public:
  explicit PolicyReach(const AuditPolicy& policy);
  // A policy that would vanish at once.
  explicit PolicyReach(AuditPolicy&&) = delete;

  // False only if no request whatsoever is decided by the rule, because those before it take all
  // that it holds for. What requests cannot be (a verb that does not exist, a user without groups,
  // a create that has a name) is not used, so a rule may be true that no real request reaches. True
  // also where the policy is too large to tell.
  bool is_reachable(std::size_t rule) const;

  // For a rule that is not reachable: rules before it that are enough for that, in order.
  std::vector<std::size_t> takers_of(std::size_t rule) const;

  // A real request that the rule decides: for the resource, with the first of the verbs that gives
  // one, by an authenticated user. For rule_count() one that no rule decides.
  std::optional<RequestAttributes> request(std::size_t rule, const ResourceId& resource,
                                           const std::vector<Verb>& verbs) const;
  // The same for a GET of the path.
  std::optional<RequestAttributes> request(std::size_t rule, std::string_view path) const;

  std::size_t rule_count() const { return policy_.rules.size(); }
  // A word that the policy does not contain, and no other name begins with.
  const std::string& other() const { return other_; }

 private:
  enum class Target : std::uint8_t { Everything, Resources, Urls };

  // The lists are those of the policy; null or empty ones hold for anything.
  struct Box {
    std::size_t rule = 0;
    Target target = Target::Everything;
    const Words* users = nullptr;
    const Words* groups = nullptr;
    const Words* verbs = nullptr;
    const Words* namespaces = nullptr;
    const GroupResources* resources = nullptr;  // null: all resources
    const Words* urls = nullptr;
  };
  using Boxes = std::vector<const Box*>;
  struct Candidate;
  using Candidates = std::vector<Candidate>;
  class Search;

  void add_boxes(std::size_t index);
  Boxes boxes_before(std::size_t rule) const;
  bool is_filled(std::size_t rule, const Boxes& before) const;
  bool has_room(const Box& box, const Boxes& before) const;
  bool has_room_for_resource(const Box& box, const Boxes& before) const;
  bool has_room_for_url(const Box& box, const Boxes& before) const;
  std::optional<RequestAttributes> real_request(const Box& box, const Boxes& before,
                                                const ResourceId& resource, Verb verb) const;
  std::optional<RequestAttributes> real_request(const Box& box, const Boxes& before,
                                                std::string_view path) const;

  const AuditPolicy& policy_;
  std::vector<Box> boxes_;
  std::vector<Box> of_no_rule_;  // one that holds for everything
  std::string other_;
  bool is_too_large_ = false;
};

}  // namespace kaudit::audit
