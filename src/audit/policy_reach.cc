#include "audit/policy_reach.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace kaudit::audit {
namespace {

// Far above every policy that people write; the work grows with the square.
constexpr std::size_t kMostBoxes = 500;
constexpr std::size_t kMostWords = 5000;
// Of one search. Lists multiply; where they do so beyond this, requests are tried.
constexpr std::size_t kMostSteps = 5000;
// Requests that are tried for one question, and rules that all of them may be compared with.
constexpr std::size_t kMostTries = 64;
constexpr std::size_t kMostComparisons = 50'000'000;

constexpr std::string_view kAuthenticated = "system:authenticated";
constexpr std::string_view kUnauthenticated = "system:unauthenticated";

bool holds(const Words* words, std::string_view word) {
  return words == nullptr || words->empty() || words->contains(word);
}

bool is_limited(const Words* words) {
  return words != nullptr && !words->empty();
}

bool holds_for(const GroupResources& of, const ResourceId& id) {
  if (of.group.value != "*" && of.group.value != id.group) return false;
  return of.resources.empty() || std::ranges::any_of(of.resources.items, [&](const Word& word) {
           return matches_resource(word.value, id.resource, id.subresource);
         });
}

bool hold_for_path(const Words& urls, std::string_view path) {
  return std::ranges::any_of(urls.items,
                             [&](const Word& url) { return matches_path(url.value, path); });
}

// A word of which it is not clear at once which request it is for: none, in fact.
bool is_odd(std::string_view word) {
  const auto slashes = std::ranges::count(word, '/');
  return slashes > 1 || word == "*/*" || word.starts_with('/') || word.ends_with('/');
}

// The one request among those of the word that the fewest other words hold for.
ResourceId rarest(const std::string& group, std::string_view word, const std::string& other) {
  const std::size_t slash = word.find('/');
  const std::string resource(word.substr(0, slash));
  const std::string sub(slash == std::string_view::npos ? "" : word.substr(slash + 1));
  return {group == "*" ? other : group, resource == "*" ? other : resource,
          sub == "*" ? other : sub};
}

bool names_nothing(Verb verb, const ResourceId& resource) {
  if (!resource.subresource.empty()) return false;
  return verb == Verb::Create || verb == Verb::List || verb == Verb::Watch ||
         verb == Verb::DeleteCollection;
}

bool is_cluster_scoped(const ResourceId& id) {
  const ApiResource* const known = find_api_resource(id.group, id.resource);
  return known != nullptr && known->scope == ResourceScope::Cluster && id.resource != "namespaces";
}

}  // namespace

// A value of one attribute, and which of the boxes before hold for it.
struct PolicyReach::Candidate {
  std::string value;
  std::vector<std::uint64_t> held;  // a bit for each box
};

// Looks for one value of each attribute such that no box holds for all of them.
class PolicyReach::Search {
 public:
  using Holds = std::function<bool(const Box&, const std::string&)>;

  explicit Search(const Boxes& before) : before_(before) {}

  // The values that an attribute may have. Without values there is no request.
  void attribute(const std::vector<std::string>& values, const Holds& holds_for) {
    Candidates candidates;
    for (const std::string& value : values) {
      Candidate candidate{value, Bits(word_count())};
      for (std::size_t i = 0; i < before_.size(); ++i)
        if (holds_for(*before_[i], value)) candidate.held[i / 64] |= std::uint64_t{1} << i % 64;
      // A value that is held wherever another one is, too, cannot do better.
      const auto is_better = [&](const Candidate& than) {
        return is_subset(than.held, candidate.held);
      };
      if (std::ranges::none_of(candidates, is_better)) candidates.push_back(std::move(candidate));
    }
    attributes_.push_back(std::move(candidates));
  }

  // One value for each attribute, or nothing. `gave_up`: it would take too long to tell.
  std::optional<std::vector<std::string>> find(bool& gave_up) {
    steps_ = 0;
    std::vector<std::string> values;
    const bool found = descend(0, Bits(word_count(), ~std::uint64_t{0}), values);
    gave_up = !found && steps_ > kMostSteps;
    if (!found) return {};
    return values;
  }

 private:
  using Bits = std::vector<std::uint64_t>;

  std::size_t word_count() const { return (before_.size() + 63) / 64; }

  static bool is_subset(const Bits& small, const Bits& large) {
    for (std::size_t i = 0; i < small.size(); ++i)
      if ((small[i] & ~large[i]) != 0) return false;
    return true;
  }

  bool descend(std::size_t depth, const Bits& held, std::vector<std::string>& values) {
    if (depth == attributes_.size())
      return std::ranges::all_of(held, [](std::uint64_t word) { return word == 0; });
    for (const Candidate& candidate : attributes_[depth]) {
      if (++steps_ > kMostSteps) return false;
      Bits still(held.size());
      for (std::size_t i = 0; i < held.size(); ++i) still[i] = held[i] & candidate.held[i];
      values.push_back(candidate.value);
      if (descend(depth + 1, still, values)) return true;
      values.pop_back();
    }
    return false;
  }

  const Boxes& before_;
  std::vector<Candidates> attributes_;
  std::size_t steps_ = 0;
};

namespace {

std::vector<std::string> values_of(const Words* words, const std::string& other) {
  if (!is_limited(words)) return {other};
  std::vector<std::string> values;
  values.reserve(words->items.size());
  for (const Word& word : words->items) values.push_back(word.value);
  return values;
}

std::vector<std::string> verbs_of(AskedVerbs asked) {
  std::vector<std::string> verbs;
  for (const Verb verb : kVerbs) verbs.emplace_back(to_string(verb));
  if (asked == AskedVerbs::Possible) verbs.insert(verbs.end(), {"proxy", ""});
  return verbs;
}

// Those of `wanted` that the list holds for.
std::vector<std::string> values_among(const Words* words, const std::vector<std::string>& wanted) {
  std::vector<std::string> values;
  for (const std::string& value : wanted)
    if (holds(words, value)) values.push_back(value);
  return values;
}

void collect(const Words& words, std::vector<std::string_view>& out) {
  for (const Word& word : words.items) out.emplace_back(word.value);
}

std::vector<std::string_view> all_words(const AuditPolicy& policy) {
  std::vector<std::string_view> words;
  for (const PolicyRule& rule : policy.rules) {
    for (const Words* list :
         {&rule.users, &rule.user_groups, &rule.verbs, &rule.namespaces, &rule.non_resource_urls})
      collect(*list, words);
    for (const GroupResources& of : rule.resources) {
      words.emplace_back(of.group.value);
      collect(of.resources, words);
      collect(of.resource_names, words);
    }
  }
  return words;
}

std::string word_of_none(const std::vector<std::string_view>& words) {
  std::string word = "other";
  const auto contains = [&](std::string_view in) {
    return in.find(word) != std::string_view::npos;
  };
  while (std::ranges::any_of(words, contains)) word += "-other";
  return word;
}

bool takes_everything(const PolicyRule& rule) {
  return rule.is_whole && rule.users.empty() && rule.user_groups.empty() && rule.verbs.empty() &&
         !rule.is_for_resources() && !rule.is_for_urls();
}

}  // namespace

PolicyReach::PolicyReach(const AuditPolicy& policy) : policy_(policy), matcher_(policy) {
  const std::vector<std::string_view> words = all_words(policy);
  other_ = word_of_none(words);
  for (std::size_t i = 0; i < policy.rules.size(); ++i) add_boxes(i);
  of_no_rule_.push_back({.rule = policy.rules.size()});
  is_too_large_ = words.size() > kMostWords || boxes_.size() > kMostBoxes;
  const auto all = std::ranges::find_if(policy.rules, takes_everything);
  takes_all_ = static_cast<std::size_t>(all - policy.rules.begin());
}

void PolicyReach::add_boxes(std::size_t index) {
  const PolicyRule& rule = policy_.rules[index];
  if (!rule.is_whole) return;
  Box box{.rule = index,
          .users = &rule.users,
          .groups = &rule.user_groups,
          .verbs = &rule.verbs,
          .namespaces = &rule.namespaces,
          .urls = &rule.non_resource_urls};
  if (rule.is_for_urls()) box.target = Target::Urls;
  if (rule.is_for_resources()) box.target = Target::Resources;
  if (rule.resources.empty()) boxes_.push_back(box);
  for (const GroupResources& of : rule.resources) {
    box.resources = &of;
    boxes_.push_back(box);
  }
}

std::span<const PolicyReach::Box> PolicyReach::boxes_of(std::size_t rule) const {
  if (rule == rule_count()) return of_no_rule_;
  const auto found = std::ranges::equal_range(boxes_, rule, {}, &Box::rule);
  return {found.begin(), found.end()};
}

PolicyReach::Boxes PolicyReach::boxes_before(std::size_t rule) const {
  Boxes before;
  for (const Box& box : boxes_)
    if (box.rule < rule) before.push_back(&box);
  return before;
}

// ---- any request --------------------------------------------------------------------------------

// Also where it takes too long to tell.
bool PolicyReach::is_found(Search& search) const {
  bool gave_up = false;
  const bool found = search.find(gave_up).has_value();
  gave_up_ = gave_up_ || gave_up;
  return found || gave_up;
}

bool PolicyReach::has_room_for_resource(const Box& box, const Boxes& before,
                                        AskedVerbs asked) const {
  std::vector<ResourceId> ids;
  if (box.resources == nullptr) {
    ids.push_back({other_, other_, ""});
  } else if (box.resources->resources.empty()) {
    ids.push_back(rarest(box.resources->group.value, "*", other_));
  } else {
    for (const Word& word : box.resources->resources.items) {
      if (is_odd(word.value)) return true;
      ids.push_back(rarest(box.resources->group.value, word.value, other_));
    }
  }
  Search search(before);
  const auto list = [&](const Words* Box::*words) {
    search.attribute(values_of(box.*words, other_),
                     [words](const Box& of, const std::string& v) { return holds(of.*words, v); });
  };
  list(&Box::users);
  list(&Box::groups);
  search.attribute(is_limited(box.verbs) ? values_of(box.verbs, other_) : verbs_of(asked),
                   [](const Box& of, const std::string& verb) { return holds(of.verbs, verb); });
  list(&Box::namespaces);
  std::vector<std::string> numbers;
  for (std::size_t i = 0; i < ids.size(); ++i) numbers.push_back(std::to_string(i));
  search.attribute(numbers, [&](const Box& of, const std::string& number) {
    if (of.target == Target::Urls) return false;
    return of.resources == nullptr || holds_for(*of.resources, ids[std::stoul(number)]);
  });
  const Words* const names = box.resources == nullptr ? nullptr : &box.resources->resource_names;
  search.attribute(values_of(names, other_), [](const Box& of, const std::string& name) {
    return of.resources == nullptr || holds(&of.resources->resource_names, name);
  });
  return is_found(search);
}

bool PolicyReach::has_room_for_url(const Box& box, const Boxes& before) const {
  std::vector<std::string> paths;
  if (!is_limited(box.urls)) paths.push_back("/" + other_);
  for (const Word& url : is_limited(box.urls) ? box.urls->items : std::vector<Word>()) {
    const bool is_prefix = url.value.ends_with('*');
    const std::string prefix = url.value.substr(0, url.value.size() - (is_prefix ? 1 : 0));
    paths.push_back(!is_prefix ? url.value : (prefix.empty() ? "/" : prefix) + other_);
  }
  Search search(before);
  const auto list = [&](const Words* Box::*words) {
    search.attribute(values_of(box.*words, other_),
                     [words](const Box& of, const std::string& v) { return holds(of.*words, v); });
  };
  list(&Box::users);
  list(&Box::groups);
  list(&Box::verbs);
  search.attribute(paths, [](const Box& of, const std::string& path) {
    if (of.target != Target::Urls) return of.target == Target::Everything;
    return hold_for_path(*of.urls, path);
  });
  return is_found(search);
}

bool PolicyReach::has_room(const Box& box, const Boxes& before, AskedVerbs asked) const {
  if (box.target != Target::Urls && has_room_for_resource(box, before, asked)) return true;
  return box.target != Target::Resources && has_room_for_url(box, before);
}

bool PolicyReach::is_filled(std::size_t rule, const Boxes& before, AskedVerbs asked) const {
  return std::ranges::none_of(boxes_of(rule),
                              [&](const Box& box) { return has_room(box, before, asked); });
}

bool PolicyReach::is_reachable(std::size_t rule, AskedVerbs asked) const {
  if (!policy_.rules[rule].is_whole) return true;
  if (is_too_large_) return rule <= takes_all_;
  return !is_filled(rule, boxes_before(rule), asked);
}

std::vector<std::size_t> PolicyReach::takers_of(std::size_t rule, AskedVerbs asked) const {
  if (is_too_large_) return {takes_all_};
  Boxes before = boxes_before(rule);
  std::vector<std::size_t> takers;
  // From the last one up, so that the broad rules that come first stay.
  for (std::size_t i = rule; i-- > 0;) {
    Boxes without;
    std::ranges::copy_if(before, std::back_inserter(without),
                         [&](const Box* box) { return box->rule != i; });
    if (without.size() == before.size()) continue;
    if (is_filled(rule, without, asked))
      before = std::move(without);
    else
      takers.insert(takers.begin(), i);
  }
  return takers;
}

// ---- real requests ------------------------------------------------------------------------------

namespace {

// Every user who has been authenticated is in the group of these.
std::vector<std::string> real_groups(const Words* groups) {
  if (!is_limited(groups)) return {std::string(kAuthenticated)};
  return values_of(groups, {});
}

bool holds_for_member(const Words* groups, const std::string& group) {
  if (holds(groups, group)) return true;
  return group != kUnauthenticated && holds(groups, kAuthenticated);
}

void set_groups(RequestAttributes& request, const std::string& group) {
  request.groups = {group};
  if (group != kAuthenticated && group != kUnauthenticated)
    request.groups.emplace_back(kAuthenticated);
}

}  // namespace

std::optional<RequestAttributes> PolicyReach::real_request(const Box& box, const Boxes& before,
                                                           const ResourceId& resource,
                                                           Verb verb) const {
  const std::string verb_name(to_string(verb));
  if (box.target == Target::Urls || !holds(box.verbs, verb_name)) return {};
  if (box.resources != nullptr && !holds_for(*box.resources, resource)) return {};
  const Words* const names = box.resources == nullptr ? nullptr : &box.resources->resource_names;
  const std::vector<std::string> own_names =
      names_nothing(verb, resource) ? values_among(names, {""}) : values_of(names, other_);
  const std::vector<std::string> namespaces = is_cluster_scoped(resource)
                                                  ? values_among(box.namespaces, {""})
                                                  : values_of(box.namespaces, other_);
  RequestAttributes request;
  request.verb = verb_name;
  request.api_group = resource.group;
  request.resource = resource.resource;
  request.subresource = resource.subresource;
  if (is_too_large_) return tried(box, std::move(request), namespaces, own_names);
  Search search(before);
  search.attribute(values_of(box.users, other_),
                   [](const Box& of, const std::string& user) { return holds(of.users, user); });
  search.attribute(real_groups(box.groups), [](const Box& of, const std::string& group) {
    return holds_for_member(of.groups, group);
  });
  search.attribute(namespaces, [](const Box& of, const std::string& name) {
    return holds(of.namespaces, name);
  });
  search.attribute(own_names, [&](const Box& of, const std::string& name) {
    if (of.target == Target::Urls || !holds(of.verbs, verb_name)) return false;
    return of.resources == nullptr ||
           (holds_for(*of.resources, resource) && holds(&of.resources->resource_names, name));
  });
  bool gave_up = false;
  const auto values = search.find(gave_up);
  if (gave_up) return tried(box, std::move(request), namespaces, own_names);
  if (!values) return {};
  request.user = (*values)[0];
  set_groups(request, (*values)[1]);
  request.namespace_name = (*values)[2];
  request.name = (*values)[3];
  return request;
}

std::optional<RequestAttributes> PolicyReach::real_request(const Box& box, const Boxes& before,
                                                           std::string_view path) const {
  const auto holds_for_path = [&](const Box& of) {
    if (of.target != Target::Urls) return of.target == Target::Everything;
    return hold_for_path(*of.urls, path);
  };
  if (!holds_for_path(box) || !holds(box.verbs, "get")) return {};
  RequestAttributes request;
  request.verb = "get";
  request.is_resource = false;
  request.path = path;
  if (is_too_large_) return tried(box, std::move(request), {""}, {""});
  Search search(before);
  search.attribute(values_of(box.users, other_),
                   [](const Box& of, const std::string& user) { return holds(of.users, user); });
  search.attribute(real_groups(box.groups), [&](const Box& of, const std::string& group) {
    return holds_for_path(of) && holds(of.verbs, "get") && holds_for_member(of.groups, group);
  });
  bool gave_up = false;
  const auto values = search.find(gave_up);
  if (gave_up) return tried(box, std::move(request), {""}, {""});
  if (!values) return {};
  request.user = (*values)[0];
  set_groups(request, (*values)[1]);
  return request;
}

// Some of the requests that the box holds for, until the rule decides one: all lists are gone
// through side by side. A rule that is for everybody is tried however many comparisons there were;
// it is the one that matters most.
std::optional<RequestAttributes> PolicyReach::tried(const Box& box, RequestAttributes request,
                                                    const std::vector<std::string>& namespaces,
                                                    const std::vector<std::string>& names) const {
  const std::vector<std::string> users = values_of(box.users, other_);
  const std::vector<std::string> groups = real_groups(box.groups);
  if (namespaces.empty() || names.empty()) return {};
  const std::size_t longest =
      std::max({users.size(), groups.size(), namespaces.size(), names.size()});
  const bool is_for_all = !is_limited(box.users) && !is_limited(box.groups);
  for (std::size_t i = 0; i < std::min(longest, kMostTries); ++i) {
    if (!is_for_all && tries_ * rule_count() > kMostComparisons) break;
    ++tries_;
    request.user = users[i % users.size()];
    set_groups(request, groups[i % groups.size()]);
    request.namespace_name = namespaces[i % namespaces.size()];
    request.name = names[i % names.size()];
    if (matcher_.evaluate(request).rule.value_or(rule_count()) == box.rule) return request;
  }
  gave_up_ = true;
  return {};
}

std::optional<RequestAttributes> PolicyReach::request(std::size_t rule, const ResourceId& resource,
                                                      const std::vector<Verb>& verbs) const {
  const Boxes before = is_too_large_ ? Boxes() : boxes_before(rule);
  for (const Verb verb : verbs)
    for (const Box& box : boxes_of(rule))
      if (auto found = real_request(box, before, resource, verb)) return found;
  return {};
}

std::optional<RequestAttributes> PolicyReach::request(std::size_t rule,
                                                      std::string_view path) const {
  const Boxes before = is_too_large_ ? Boxes() : boxes_before(rule);
  for (const Box& box : boxes_of(rule))
    if (auto found = real_request(box, before, path)) return found;
  return {};
}

bool records_nothing(const AuditPolicy& policy) {
  if (!std::ranges::all_of(policy.rules, &PolicyRule::is_whole)) return false;
  const PolicyReach reach(policy);
  for (std::size_t i = 0; i < policy.rules.size(); ++i)
    if (policy.rules[i].level.value != Level::None && reach.is_reachable(i)) return false;
  return true;
}

}  // namespace kaudit::audit
