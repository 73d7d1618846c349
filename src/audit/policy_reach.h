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
#include <span>
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

// Which verbs a rule without verbs is asked about.
enum class AskedVerbs : std::uint8_t {
  Possible,  // all that requestinfo.go gives: the eight, "proxy", and "" for an odd HTTP method
  Usual      // the eight that clients use
};

// Refers to the policy, which must outlive it. Rules that are not whole hold for nothing here.
//
// What is too much to compare is answered as far as trying requests goes, and could_tell() is false
// from then on.
class PolicyReach {
 public:
  explicit PolicyReach(const AuditPolicy& policy);
  // A policy that would vanish at once.
  explicit PolicyReach(AuditPolicy&&) = delete;

  // False only if no request is decided by the rule, because those before it take all that it holds
  // for. What requests cannot be (a user without groups, a create that has a name) is not used, so
  // a rule may be true that no real request reaches. True also where that is too much to tell.
  bool is_reachable(std::size_t rule, AskedVerbs asked = AskedVerbs::Possible) const;

  // For a rule that is not reachable: rules before it that are enough for that, in order.
  std::vector<std::size_t> takers_of(std::size_t rule,
                                     AskedVerbs asked = AskedVerbs::Possible) const;

  // A real request that the rule decides: for the resource, with the first of the verbs that gives
  // one, by an authenticated user. For rule_count() one that no rule decides.
  std::optional<RequestAttributes> request(std::size_t rule, const ResourceId& resource,
                                           const std::vector<Verb>& verbs) const;
  // The same for a GET of the path.
  std::optional<RequestAttributes> request(std::size_t rule, std::string_view path) const;

  // False if some answer was, or would be, only the best that could be found.
  bool could_tell() const { return !is_too_large_ && !gave_up_; }

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
  using BoxList = std::vector<Box>;
  struct Candidate;
  using Candidates = std::vector<Candidate>;
  class Search;

  void add_boxes(std::size_t index);
  std::span<const Box> boxes_of(std::size_t rule) const;
  Boxes boxes_before(std::size_t rule) const;
  bool is_filled(std::size_t rule, const Boxes& before, AskedVerbs asked) const;
  bool has_room(const Box& box, const Boxes& before, AskedVerbs asked) const;
  bool has_room_for_resource(const Box& box, const Boxes& before, AskedVerbs asked) const;
  bool has_room_for_url(const Box& box, const Boxes& before) const;
  bool is_found(Search& search) const;
  std::optional<RequestAttributes> real_request(const Box& box, const Boxes& before,
                                                const ResourceId& resource, Verb verb) const;
  std::optional<RequestAttributes> real_request(const Box& box, const Boxes& before,
                                                std::string_view path) const;
  std::optional<RequestAttributes> tried(const Box& box, RequestAttributes request,
                                         const std::vector<std::string>& namespaces,
                                         const std::vector<std::string>& names) const;

  const AuditPolicy& policy_;
  const Matcher matcher_;
  BoxList boxes_;       // in the order of the rules
  BoxList of_no_rule_;  // one that holds for everything
  std::string other_;
  // The first rule that holds for everything; rule_count() if none does.
  std::size_t takes_all_ = 0;
  bool is_too_large_ = false;
  // About the questions that were asked so far.
  mutable bool gave_up_ = false;
  mutable std::size_t tries_ = 0;
};

// No request is decided by a rule with a level above None. False where a rule is not whole, or
// where it is too much to tell.
bool records_nothing(const AuditPolicy& policy);

}  // namespace kaudit::audit
