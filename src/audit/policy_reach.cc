#include "audit/policy_reach.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace kaudit::audit {
namespace {

// Far above every policy that people write; the work grows with the square.
constexpr std::size_t kMostBoxes = 500;
constexpr std::size_t kMostWords = 5000;
// Of one search. Lists multiply; where they do so beyond this, nothing is said.
constexpr std::size_t kMostSteps = 5000;

constexpr std::string_view kAuthenticated = "system:authenticated";
constexpr std::string_view kUnauthenticated = "system:unauthenticated";

bool holds(const Words* words, std::string_view word) {
  return words == nullptr || words->empty() || words->contains(word);
}

bool is_limited(const Words* words) {
  return words != nullptr && !words->empty();
}

// policy_match.h, Matcher: the four forms of a word.
bool matches_resource(std::string_view word, const ResourceId& id) {
  if (word == "*") return true;
  const std::string_view sub = id.subresource;
  if (word.ends_with("/*") && word.substr(0, word.size() - 2) == id.resource) return true;
  if (word.starts_with("*/") && !sub.empty() && word.substr(2) == sub) return true;
  if (sub.empty()) return word == id.resource;
  return word.size() == id.resource.size() + 1 + sub.size() && word.starts_with(id.resource) &&
         word[id.resource.size()] == '/' && word.ends_with(sub);
}

bool matches_resource(const GroupResources& of, const ResourceId& id) {
  if (of.group.value != "*" && of.group.value != id.group) return false;
  return of.resources.empty() || std::ranges::any_of(of.resources.items, [&](const Word& word) {
           return matches_resource(word.value, id);
         });
}

bool matches_path(std::string_view spec, std::string_view path) {
  if (spec == "*" || spec == path) return true;
  return spec.ends_with('*') && path.starts_with(spec.substr(0, spec.size() - 1));
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

}  // namespace

PolicyReach::PolicyReach(const AuditPolicy& policy) : policy_(policy) {
  const std::vector<std::string_view> words = all_words(policy);
  is_too_large_ = words.size() > kMostWords || policy.rules.size() > kMostBoxes;
  if (is_too_large_) return;
  other_ = word_of_none(words);
  for (std::size_t i = 0; i < policy.rules.size(); ++i) add_boxes(i);
  of_no_rule_.push_back({.rule = policy.rules.size()});
  is_too_large_ = boxes_.size() > kMostBoxes;
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

PolicyReach::Boxes PolicyReach::boxes_before(std::size_t rule) const {
  Boxes before;
  for (const Box& box : boxes_)
    if (box.rule < rule) before.push_back(&box);
  return before;
}

// ---- any request --------------------------------------------------------------------------------

bool PolicyReach::has_room_for_resource(const Box& box, const Boxes& before) const {
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
  list(&Box::verbs);
  list(&Box::namespaces);
  std::vector<std::string> numbers;
  for (std::size_t i = 0; i < ids.size(); ++i) numbers.push_back(std::to_string(i));
  search.attribute(numbers, [&](const Box& of, const std::string& number) {
    if (of.target == Target::Urls) return false;
    return of.resources == nullptr || matches_resource(*of.resources, ids[std::stoul(number)]);
  });
  const Words* const names = box.resources == nullptr ? nullptr : &box.resources->resource_names;
  search.attribute(values_of(names, other_), [](const Box& of, const std::string& name) {
    return of.resources == nullptr || holds(&of.resources->resource_names, name);
  });
  bool gave_up = false;
  return search.find(gave_up).has_value() || gave_up;
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
    return std::ranges::any_of(of.urls->items,
                               [&](const Word& url) { return matches_path(url.value, path); });
  });
  bool gave_up = false;
  return search.find(gave_up).has_value() || gave_up;
}

bool PolicyReach::has_room(const Box& box, const Boxes& before) const {
  if (box.target != Target::Urls && has_room_for_resource(box, before)) return true;
  return box.target != Target::Resources && has_room_for_url(box, before);
}

bool PolicyReach::is_filled(std::size_t rule, const Boxes& before) const {
  return std::ranges::none_of(
      boxes_, [&](const Box& box) { return box.rule == rule && has_room(box, before); });
}

bool PolicyReach::is_reachable(std::size_t rule) const {
  if (is_too_large_ || !policy_.rules[rule].is_whole) return true;
  return !is_filled(rule, boxes_before(rule));
}

std::vector<std::size_t> PolicyReach::takers_of(std::size_t rule) const {
  Boxes before = boxes_before(rule);
  std::vector<std::size_t> takers;
  // From the last one up, so that the broad rules that come first stay.
  for (std::size_t i = rule; i-- > 0;) {
    Boxes without;
    std::ranges::copy_if(before, std::back_inserter(without),
                         [&](const Box* box) { return box->rule != i; });
    if (without.size() == before.size()) continue;
    if (is_filled(rule, without))
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
  if (box.resources != nullptr && !matches_resource(*box.resources, resource)) return {};
  const Words* const names = box.resources == nullptr ? nullptr : &box.resources->resource_names;
  const bool is_nameless = names_nothing(verb, resource);
  Search search(before);
  search.attribute(values_of(box.users, other_),
                   [](const Box& of, const std::string& user) { return holds(of.users, user); });
  search.attribute(real_groups(box.groups), [](const Box& of, const std::string& group) {
    return holds_for_member(of.groups, group);
  });
  search.attribute(
      is_cluster_scoped(resource) ? values_among(box.namespaces, {""})
                                  : values_of(box.namespaces, other_),
      [](const Box& of, const std::string& name) { return holds(of.namespaces, name); });
  search.attribute(is_nameless ? values_among(names, {""}) : values_of(names, other_),
                   [&](const Box& of, const std::string& name) {
                     if (of.target == Target::Urls || !holds(of.verbs, verb_name)) return false;
                     return of.resources == nullptr || (matches_resource(*of.resources, resource) &&
                                                        holds(&of.resources->resource_names, name));
                   });
  bool gave_up = false;
  const auto values = search.find(gave_up);
  if (!values) return {};
  RequestAttributes request;
  request.user = (*values)[0];
  set_groups(request, (*values)[1]);
  request.verb = verb_name;
  request.api_group = resource.group;
  request.resource = resource.resource;
  request.subresource = resource.subresource;
  request.namespace_name = (*values)[2];
  request.name = (*values)[3];
  return request;
}

std::optional<RequestAttributes> PolicyReach::real_request(const Box& box, const Boxes& before,
                                                           std::string_view path) const {
  const auto holds_for_path = [&](const Box& of) {
    if (of.target != Target::Urls) return of.target == Target::Everything;
    return std::ranges::any_of(of.urls->items,
                               [&](const Word& url) { return matches_path(url.value, path); });
  };
  if (!holds_for_path(box) || !holds(box.verbs, "get")) return {};
  Search search(before);
  search.attribute(values_of(box.users, other_),
                   [](const Box& of, const std::string& user) { return holds(of.users, user); });
  search.attribute(real_groups(box.groups), [&](const Box& of, const std::string& group) {
    return holds_for_path(of) && holds(of.verbs, "get") && holds_for_member(of.groups, group);
  });
  bool gave_up = false;
  const auto values = search.find(gave_up);
  if (!values) return {};
  RequestAttributes request;
  request.user = (*values)[0];
  set_groups(request, (*values)[1]);
  request.verb = "get";
  request.is_resource = false;
  request.path = path;
  return request;
}

std::optional<RequestAttributes> PolicyReach::request(std::size_t rule, const ResourceId& resource,
                                                      const std::vector<Verb>& verbs) const {
  if (is_too_large_) return {};
  const Boxes before = boxes_before(rule);
  for (const Verb verb : verbs) {
    for (const Box& box : rule < rule_count() ? boxes_ : of_no_rule_) {
      if (box.rule != rule) continue;
      if (auto found = real_request(box, before, resource, verb)) return found;
    }
  }
  return {};
}

std::optional<RequestAttributes> PolicyReach::request(std::size_t rule,
                                                      std::string_view path) const {
  if (is_too_large_) return {};
  const Boxes before = boxes_before(rule);
  for (const Box& box : rule < rule_count() ? boxes_ : of_no_rule_) {
    if (box.rule != rule) continue;
    if (auto found = real_request(box, before, path)) return found;
  }
  return {};
}

}  // namespace kaudit::audit
