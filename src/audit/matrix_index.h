// Which rules of a policy can match a kind of request at all, found without asking every rule about
// every kind: policies may have ten thousand rules, and name as many resources and URLs.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "audit/api_resources.h"
#include "audit/audit_policy.h"

namespace kaudit::audit {

// A rule that may match, and the object names that it then wants: an index for names().
struct Candidate {
  static constexpr std::uint32_t kAnyName = 0;
  std::uint32_t rule = 0;
  std::uint32_t names = kAnyName;

  bool operator==(const Candidate&) const = default;
};

// Refers to the words of the policy, which must outlive it.
class MatrixIndex {
 public:
  explicit MatrixIndex(const AuditPolicy& policy);
  explicit MatrixIndex(AuditPolicy&&) = delete;

  // In the order of the rules. Verbs, users, namespaces and names may still forbid.
  std::vector<Candidate> of_resource(std::string_view group, std::string_view resource,
                                     std::string_view subresource);
  std::vector<Candidate> of_url(std::string_view path) const;

  bool allows(std::uint32_t rule, Verb verb) const {
    return verbs_[rule].test(static_cast<std::size_t>(verb));
  }
  // As the rule lists them; empty for kAnyName.
  const std::vector<std::string_view>& names(std::uint32_t index) const { return names_[index]; }

 private:
  // One GroupResources of a rule, or none where the rule is for every resource.
  struct Place {
    std::uint32_t rule = 0;
    std::uint32_t item = kNoItem;

    auto operator<=>(const Place&) const = default;
  };
  static constexpr std::uint32_t kNoItem = 0xFFFFFFFF;

  struct OfGroup {
    std::vector<Place> whole;
    std::unordered_map<std::string_view, std::vector<Place>> words;
  };

  void add(std::uint32_t rule);
  void add_resources(std::uint32_t rule);
  void add_urls(std::uint32_t rule);
  static void collect(const OfGroup& group, std::string_view resource, std::string_view subresource,
                      std::vector<Place>& found);
  Candidate candidate(const Place* begin, const Place* end);

  const AuditPolicy& policy_;
  std::vector<std::bitset<kVerbs.size()>> verbs_;
  std::vector<Place> any_resource_;
  std::vector<std::uint32_t> any_url_;
  std::unordered_map<std::string_view, OfGroup> groups_;
  std::unordered_map<std::string_view, std::vector<std::uint32_t>> urls_;
  std::unordered_map<std::string_view, std::vector<std::uint32_t>> prefixes_;
  std::vector<std::size_t> prefix_sizes_;  // ascending, each once
  std::vector<std::vector<std::string_view>> names_;
  // A rule and its items that match, to the index of their names.
  std::map<std::vector<std::uint32_t>, std::uint32_t> known_names_;
};

}  // namespace kaudit::audit
