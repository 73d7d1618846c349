// The same as Matcher in policy_match.cc says of groups, resources and URLs, the other way round:
// from what is asked for to the rules.
#include "audit/matrix_index.h"

#include <algorithm>
#include <iterator>

namespace kaudit::audit {
namespace {

std::bitset<kVerbs.size()> verbs_of(const PolicyRule& rule) {
  std::bitset<kVerbs.size()> verbs;
  for (const Verb verb : kVerbs)
    verbs.set(static_cast<std::size_t>(verb),
              rule.verbs.empty() || rule.verbs.contains(to_string(verb)));
  return verbs;
}

template <typename Map, typename Found>
void append(const Map& map, std::string_view key, Found& found) {
  if (const auto it = map.find(key); it != map.end())
    found.insert(found.end(), it->second.begin(), it->second.end());
}

std::vector<Candidate> candidates_of(std::vector<std::uint32_t> rules) {
  std::ranges::sort(rules);
  rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
  std::vector<Candidate> candidates;
  candidates.reserve(rules.size());
  for (const std::uint32_t rule : rules) candidates.push_back({rule, Candidate::kAnyName});
  return candidates;
}

}  // namespace

MatrixIndex::MatrixIndex(const AuditPolicy& policy) : policy_(policy), names_(1) {
  for (std::size_t i = 0; i < policy.rules.size(); ++i) add(static_cast<std::uint32_t>(i));
  std::ranges::sort(prefix_sizes_);
  prefix_sizes_.erase(std::unique(prefix_sizes_.begin(), prefix_sizes_.end()), prefix_sizes_.end());
}

void MatrixIndex::add(std::uint32_t rule) {
  const PolicyRule& of = policy_.rules[rule];
  verbs_.push_back(verbs_of(of));
  if (of.is_for_resources()) {
    add_resources(rule);
  } else if (of.is_for_urls()) {
    add_urls(rule);
  } else {
    any_resource_.push_back({rule, kNoItem});
    any_url_.push_back(rule);
  }
}

void MatrixIndex::add_resources(std::uint32_t rule) {
  const PolicyRule& of = policy_.rules[rule];
  if (of.resources.empty()) any_resource_.push_back({rule, kNoItem});
  for (std::size_t i = 0; i < of.resources.size(); ++i) {
    const GroupResources& item = of.resources[i];
    const Place place{rule, static_cast<std::uint32_t>(i)};
    if (item.group.value == "*" && item.resources.empty() && item.resource_names.empty()) {
      any_resource_.push_back({rule, kNoItem});
      continue;
    }
    OfGroup& group = groups_[item.group.value];
    if (item.resources.empty()) group.whole.push_back(place);
    for (const Word& word : item.resources.items)
      (word.value == "*" ? group.whole : group.words[word.value]).push_back(place);
  }
}

void MatrixIndex::add_urls(std::uint32_t rule) {
  for (const Word& word : policy_.rules[rule].non_resource_urls.items) {
    std::string_view prefix = word.value;
    urls_[prefix].push_back(rule);
    if (!prefix.ends_with('*')) continue;
    while (prefix.ends_with('*')) prefix.remove_suffix(1);
    prefixes_[prefix].push_back(rule);
    prefix_sizes_.push_back(prefix.size());
  }
}

void MatrixIndex::collect(const OfGroup& group, std::string_view resource,
                          std::string_view subresource, std::vector<Place>& found) {
  found.insert(found.end(), group.whole.begin(), group.whole.end());
  if (group.words.empty()) return;
  std::string word(resource);
  if (!subresource.empty()) {
    word.append("/").append(subresource);
    append(group.words, "*/" + std::string(subresource), found);
  }
  append(group.words, word, found);
  append(group.words, std::string(resource) + "/*", found);
}

// Of one rule: what begins at `begin`.
Candidate MatrixIndex::candidate(const Place* begin, const Place* end) {
  std::vector<std::uint32_t> key{begin->rule};
  const PolicyRule& rule = policy_.rules[begin->rule];
  for (const Place* place = begin; place != end; ++place) {
    if (place->item == kNoItem || rule.resources[place->item].resource_names.empty())
      return {begin->rule, Candidate::kAnyName};
    key.push_back(place->item);
  }
  const auto [known, is_new] =
      known_names_.emplace(std::move(key), static_cast<std::uint32_t>(names_.size()));
  if (is_new) {
    std::vector<std::string_view>& names = names_.emplace_back();
    for (const Place* place = begin; place != end; ++place)
      for (const Word& name : rule.resources[place->item].resource_names.items)
        names.emplace_back(name.value);
  }
  return {begin->rule, known->second};
}

std::vector<Candidate> MatrixIndex::of_resource(std::string_view group, std::string_view resource,
                                                std::string_view subresource) {
  std::vector<Place> named;
  for (const std::string_view of : {group, std::string_view("*")})
    if (const auto found = groups_.find(of); found != groups_.end())
      collect(found->second, resource, subresource, named);
  std::ranges::sort(named);
  named.erase(std::unique(named.begin(), named.end()), named.end());
  std::vector<Place> places;
  places.reserve(named.size() + any_resource_.size());
  std::ranges::merge(named, any_resource_, std::back_inserter(places));

  std::vector<Candidate> candidates;
  candidates.reserve(places.size());
  const Place* const end = places.data() + places.size();
  for (const Place* begin = places.data(); begin != end;) {
    const Place* const next =
        std::find_if(begin, end, [&](const Place& place) { return place.rule != begin->rule; });
    candidates.push_back(candidate(begin, next));
    begin = next;
  }
  return candidates;
}

std::vector<Candidate> MatrixIndex::of_url(std::string_view path) const {
  std::vector<std::uint32_t> rules = any_url_;
  append(urls_, path, rules);
  for (const std::size_t size : prefix_sizes_) {
    if (size > path.size()) break;
    append(prefixes_, path.substr(0, size), rules);
  }
  return candidates_of(std::move(rules));
}

}  // namespace kaudit::audit
