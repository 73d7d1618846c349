#include "audit/matrix_search.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

namespace kaudit::audit {
namespace {

constexpr std::string_view kAnonymous = "system:anonymous";
constexpr std::string_view kUnauthenticated = "system:unauthenticated";

constexpr std::size_t kMostKnown = 10'000'000;

using Names = std::vector<std::string_view>;

// What of the object a request says; nothing where there is no such request.
struct Object {
  std::string_view space;
  std::string_view name;
};

std::optional<Object> object_of(const RequestShape& shape, std::string_view space,
                                std::string_view name) {
  const std::string_view said = shape.takes_name ? name : "";
  if (shape.takes_namespace) {
    if (space.empty() && shape.needs_namespace) return {};
    return Object{space, said};
  }
  if (!shape.is_for_namespace) return Object{{}, said};
  if (space.empty()) return {};
  return Object{space, space};
}

bool is_user_open(const TableIdentity& identity) {
  return !identity.user && identity.groups.empty();
}

Subject subject_of(const TableIdentity& identity) {
  const std::string user = identity.user.value_or("");
  return {user, with_implied_groups(user, identity.groups),
          identity.namespace_name.value_or(std::string(kDefaultNamespace)), std::string(kNobody)};
}

// ---- exceptions ---------------------------------------------------------------------------------

// Subjects are told apart only by the candidates that they satisfy: of a user, of groups, of a
// namespace and of a name counts which candidates list it. Such a set of candidates has a number,
// and of all subjects with the same four numbers one is tried.
class ExceptionSearch {
 public:
  ExceptionSearch(const AuditPolicy& policy, const MatrixIndex& index,
                  const TableIdentity& identity, const Subject& own,
                  std::span<const Candidate> candidates, const RequestShape& shape,
                  std::size_t steps)
      : policy_(policy),
        index_(index),
        identity_(identity),
        own_(own),
        candidates_(candidates),
        shape_(shape),
        steps_left_(steps) {}

  // Whom the rules name, rule by rule, and those whom rules that take the others let fall.
  void find(TableCell& cell) {
    if (!is_any_other(cell.level)) return;
    level_ = cell.level;
    note_mentions();
    for (std::size_t i = 0; i < candidates_.size() && !is_done(); ++i) try_named(i);
    if (!is_done()) try_strangers();
    cell.exception = found_;
    cell.is_unsearched = is_over_ && !found_;
  }

  std::size_t steps_left() const { return steps_left_; }

 private:
  // A set of candidates; the first is that of none.
  using SetId = std::uint32_t;
  static constexpr SetId kNone = 0;
  static constexpr SetId kNotYet = 0xFFFFFFFF;

  // What a candidate asks for: the dimensions, as bits of its need.
  enum Dimension : std::uint8_t { Users, Groups, Spaces, Objects };
  static constexpr std::size_t kDimensions = 4;
  static constexpr std::uint32_t kNeedShift = 28;

  // Of a name: the candidates that list it, as need and index in one number, so that those with the
  // same need stand together.
  struct Mention {
    std::vector<std::uint32_t> places;
    SetId id = kNotYet;
  };
  using Mentions = std::unordered_map<std::string_view, Mention>;

  struct Person {
    SetId user = kNone;
    SetId groups = kNone;

    auto operator<=>(const Person&) const = default;
  };
  struct Where {
    SetId space = kNone;
    SetId name = kNone;

    auto operator<=>(const Where&) const = default;
  };
  using Sets = std::array<SetId, kDimensions>;

  const PolicyRule& rule(std::size_t i) const { return policy_.rules[candidates_[i].rule]; }
  const Names& names(std::size_t i) const { return index_.names(candidates_[i].names); }

  bool is_done() const { return is_over_ || found_.has_value(); }
  void spend(std::size_t steps) {
    is_over_ = is_over_ || steps > steps_left_;
    steps_left_ -= std::min(steps, steps_left_);
  }

  bool is_any_other(Level level) const {
    // Whom no rule takes gets None.
    const bool has_rest = candidates_.empty() || need_of(candidates_.size() - 1) != 0;
    return (has_rest && level != Level::None) ||
           std::ranges::any_of(candidates_, [&](const Candidate& candidate) {
             return policy_.rules[candidate.rule].level.value != level;
           });
  }

  std::uint32_t need_of(std::size_t i) const {
    return (rule(i).users.empty() ? 0U : 1U << Users) |
           (rule(i).user_groups.empty() ? 0U : 1U << Groups) |
           (rule(i).namespaces.empty() ? 0U : 1U << Spaces) |
           (candidates_[i].names == Candidate::kAnyName ? 0U : 1U << Objects);
  }

  void note_mentions() {
    const auto note = [&](Mentions& mentions, const Words& words, std::uint32_t place) {
      spend(words.items.size());
      for (const Word& word : words.items) mentions[word.value].places.push_back(place);
    };
    for (std::size_t i = 0; i < candidates_.size() && !is_over_; ++i) {
      spend(1);
      const std::uint32_t need = need_of(i);
      has_need_.at(need) = true;
      const std::uint32_t place = (need << kNeedShift) | static_cast<std::uint32_t>(i);
      note(mentions_[Users], rule(i).users, place);
      note(mentions_[Groups], rule(i).user_groups, place);
      note(mentions_[Spaces], rule(i).namespaces, place);
      spend(names(i).size());
      for (const std::string_view name : names(i)) mentions_[Objects][name].places.push_back(place);
    }
  }

  SetId numbered(std::vector<std::uint32_t> places) {
    std::ranges::sort(places);
    places.erase(std::unique(places.begin(), places.end()), places.end());
    spend(places.size());
    const auto [known, is_new] = set_ids_.emplace(std::move(places), sets_.size());
    if (is_new) sets_.push_back(&known->first);
    return known->second;
  }

  SetId set_of(Dimension dimension, std::string_view name) {
    const auto found = mentions_.at(dimension).find(name);
    if (found == mentions_.at(dimension).end()) return kNone;
    if (found->second.id == kNotYet) found->second.id = numbered(found->second.places);
    return found->second.id;
  }

  SetId either(SetId a, SetId b) {
    if (a == kNone || a == b) return b;
    if (b == kNone) return a;
    const auto [known, is_new] = unions_.emplace(std::pair{a, b}, kNone);
    if (is_new) {
      std::vector<std::uint32_t> places = *sets_[a];
      places.insert(places.end(), sets_[b]->begin(), sets_[b]->end());
      known->second = numbered(std::move(places));
    }
    return known->second;
  }

  SetId set_of_groups(const std::vector<std::string>& groups) {
    SetId all = kNone;
    for (const std::string& group : groups) all = either(all, set_of(Groups, group));
    return all;
  }

  // The groups are those that every user of the name is in.
  Person person_of(std::string_view user) {
    const auto [known, is_new] = persons_.emplace(user, Person{});
    if (is_new) known->second = {set_of(Users, user), set_of_groups(with_implied_groups(user, {}))};
    return known->second;
  }

  // Each user with each group that the rule names, but of those alike only one.
  std::vector<Person> people_of(std::size_t i) {
    if (!is_user_open(identity_)) return {{set_of(Users, own_.user), set_of_groups(own_.groups)}};
    const auto distinct = [&](const Words& words, const auto& number_of) {
      Names all;
      if (words.empty()) all.emplace_back();
      std::set<decltype(number_of(std::string_view()))> seen;
      spend(words.items.size());
      for (const Word& word : words.items)
        if (seen.insert(number_of(word.value)).second) all.emplace_back(word.value);
      return all;
    };
    const Names users = distinct(rule(i).users, [&](std::string_view user) {
      return std::pair(person_of(user), user.empty());
    });
    const Names groups = distinct(rule(i).user_groups, [&](std::string_view group) {
      return std::pair(set_of(Groups, group), group == kUnauthenticated);
    });
    std::vector<Person> people;
    std::set<Person> seen;
    for (const std::string_view user : users) {
      for (const std::string_view group : groups) {
        spend(1);
        if (is_over_) return people;
        Person person = person_of(user.empty() && group == kUnauthenticated ? kAnonymous : user);
        if (!group.empty()) person.groups = either(person.groups, set_of(Groups, group));
        if (seen.insert(person).second) people.push_back(person);
      }
    }
    return people;
  }

  std::optional<Where> where_of(std::string_view space, std::string_view name) {
    const auto object = object_of(shape_, space, name);
    if (!object) return {};
    return Where{set_of(Spaces, object->space), set_of(Objects, object->name)};
  }

  // Each namespace with each name, likewise.
  std::vector<Where> places_of(std::size_t i) {
    Names spaces;
    if (!identity_.namespace_name && (shape_.takes_namespace || shape_.is_for_namespace))
      for (const Word& space : rule(i).namespaces.items) spaces.emplace_back(space.value);
    if (spaces.empty()) spaces.emplace_back(own_.namespace_name);
    Names objects{own_.name};
    if (shape_.takes_name) objects.insert(objects.end(), names(i).begin(), names(i).end());
    thin(spaces, [&](std::string_view space) { return where_of(space, own_.name); });
    thin(objects, [&](std::string_view object) { return set_of(Objects, object); });
    std::vector<Where> places;
    std::set<Where> seen;
    for (const std::string_view space : spaces) {
      for (const std::string_view object : objects) {
        spend(1);
        if (is_over_) return places;
        const auto where = where_of(space, object);
        if (where && seen.insert(*where).second) places.push_back(*where);
      }
    }
    return places;
  }

  // The first of those with the same number stays.
  void thin(Names& all, const auto& number_of) {
    spend(all.size());
    std::set<decltype(number_of(std::string_view()))> seen;
    std::erase_if(all, [&](std::string_view name) { return !seen.insert(number_of(name)).second; });
  }

  void try_named(std::size_t i) {
    spend(1);
    const std::vector<Person> people = people_of(i);
    const std::vector<Where> places = places_of(i);
    for (const Person& person : people) {
      for (const Where& where : places) {
        if (is_done()) return;
        try_one(person, where);
      }
    }
  }

  void try_strangers() {
    const Person own{set_of(Users, own_.user), set_of_groups(own_.groups)};
    if (is_user_open(identity_))
      if (const auto where = where_of(own_.namespace_name, own_.name))
        try_one(person_of(kAnonymous), *where);
    if (!identity_.namespace_name && !is_done())
      if (const auto where = where_of(kNobody, own_.name)) try_one(own, *where);
  }

  void try_one(const Person& person, const Where& where) {
    spend(1);
    if (!tried_.insert({person, where}).second) return;
    const std::size_t decider = decider_of({person.user, person.groups, where.space, where.name});
    if (is_over_) return;
    TableCell::Exception decided;
    if (decider < candidates_.size())
      decided = {rule(decider).level.value, candidates_[decider].rule};
    if (decided.level != level_) found_ = decided;
  }

  // The first candidate that the subject satisfies: of those that need the same, the first that is
  // in all the sets. Looked for in the smallest set.
  std::size_t decider_of(const Sets& sets) {
    std::size_t first = candidates_.size();
    if (has_need_[0]) first = candidates_.size() - 1;  // what stands behind it was cut off
    for (std::uint32_t need = 1; need < has_need_.size(); ++need)
      if (has_need_.at(need)) first = std::min(first, decider_of(sets, need, first));
    return first;
  }

  using Range = std::span<const std::uint32_t>;

  Range range_of(SetId set, std::uint32_t need) const {
    const std::vector<std::uint32_t>& places = *sets_[set];
    const auto begin = std::ranges::lower_bound(places, need << kNeedShift);
    const auto end = std::ranges::upper_bound(places, (need << kNeedShift) | kIndexMask);
    return {begin, end};
  }

  std::size_t decider_of(const Sets& sets, std::uint32_t need, std::size_t before) {
    spend(1);
    std::array<Range, kDimensions> ranges;
    std::size_t count = 0;
    for (std::size_t d = 0; d < kDimensions; ++d)
      if ((need >> d & 1U) != 0) ranges.at(count++) = range_of(sets.at(d), need);
    const std::span<Range> all(ranges.data(), count);
    const auto size = [](Range range) { return range.size(); };
    std::ranges::iter_swap(all.begin(), std::ranges::min_element(all, {}, size));
    for (const std::uint32_t place : all.front()) {
      spend(1);
      if (is_over_ || (place & kIndexMask) >= before) return before;
      if (std::ranges::all_of(all.subspan(1), [&](Range range) {
            return std::ranges::binary_search(range, place);
          }))
        return place & kIndexMask;
    }
    return before;
  }

  static constexpr std::uint32_t kIndexMask = (1U << kNeedShift) - 1;

  const AuditPolicy& policy_;
  const MatrixIndex& index_;
  const TableIdentity& identity_;
  const Subject& own_;
  std::span<const Candidate> candidates_;
  const RequestShape& shape_;
  std::size_t steps_left_;
  bool is_over_ = false;
  Level level_ = Level::None;
  std::optional<TableCell::Exception> found_;
  std::array<bool, std::size_t{1} << kDimensions> has_need_{};
  std::array<Mentions, kDimensions> mentions_;
  std::map<std::vector<std::uint32_t>, SetId> set_ids_{{{}, kNone}};
  std::vector<const std::vector<std::uint32_t>*> sets_{&set_ids_.begin()->first};
  std::map<std::pair<SetId, SetId>, SetId> unions_;
  std::unordered_map<std::string_view, Person> persons_;
  std::set<std::pair<Person, Where>> tried_;
};

}  // namespace

MatrixSearch::MatrixSearch(const AuditPolicy& policy, const MatrixIndex& index,
                           const TableIdentity& identity, std::size_t steps)
    : policy_(policy),
      index_(index),
      identity_(identity),
      own_(subject_of(identity)),
      steps_left_(steps) {
  for (const PolicyRule& rule : policy.rules) {
    const auto in_rule = [&](const std::string& group) { return rule.user_groups.contains(group); };
    takes_own_user_.push_back(
        (rule.users.empty() || rule.users.contains(own_.user)) &&
        (rule.user_groups.empty() || std::ranges::any_of(own_.groups, in_rule)));
    const auto takes = [&](std::string_view space) {
      return rule.namespaces.empty() || rule.namespaces.contains(space);
    };
    takes_own_space_.push_back(takes(own_.namespace_name));
    takes_no_space_.push_back(takes(""));
  }
}

bool MatrixSearch::is_for_all(const Candidate& candidate) const {
  const PolicyRule& rule = policy_.rules[candidate.rule];
  return candidate.names == Candidate::kAnyName && rule.users.empty() && rule.user_groups.empty() &&
         rule.namespaces.empty();
}

bool MatrixSearch::takes_own(const Candidate& candidate, std::string_view space,
                             std::string_view name) const {
  if (!takes_own_user_[candidate.rule]) return false;
  if (!(space.empty() ? takes_no_space_ : takes_own_space_)[candidate.rule]) return false;
  return candidate.names == Candidate::kAnyName ||
         std::ranges::find(index_.names(candidate.names), name) !=
             index_.names(candidate.names).end();
}

std::vector<std::uint32_t> MatrixSearch::key_of(std::span<const Candidate> candidates,
                                                const RequestShape& shape) const {
  std::vector<std::uint32_t> key;
  key.reserve(2 * candidates.size() + 1);
  key.push_back((shape.takes_namespace ? 1U : 0U) | (shape.needs_namespace ? 2U : 0U) |
                (shape.takes_name ? 4U : 0U) | (shape.is_for_namespace ? 8U : 0U));
  for (const Candidate& candidate : candidates) {
    key.push_back(candidate.rule);
    key.push_back(candidate.names);
  }
  return key;
}

std::optional<TableCell> MatrixSearch::cell(std::span<const Candidate> candidates,
                                            const RequestShape& shape) {
  // With --namespace= there are none for a single object in a namespace.
  const auto object = object_of(shape, own_.namespace_name, own_.name);
  if (!object) return {};
  // Nobody comes behind a rule that takes all.
  const auto last =
      std::ranges::find_if(candidates, [&](const Candidate& of) { return is_for_all(of); });
  if (last != candidates.end())
    candidates = candidates.first(static_cast<std::size_t>(last - candidates.begin()) + 1);
  std::vector<std::uint32_t> key = key_of(candidates, shape);
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  const TableCell cell = searched(candidates, shape, object->space, object->name);
  // Of hundreds of rows that share nothing none is worth its memory.
  if (known_size_ > kMostKnown) return cell;
  known_size_ += key.size();
  return known_.emplace(std::move(key), cell).first->second;
}

TableCell MatrixSearch::searched(std::span<const Candidate> candidates, const RequestShape& shape,
                                 std::string_view space, std::string_view name) {
  TableCell cell;
  const auto decider = std::ranges::find_if(
      candidates, [&](const Candidate& of) { return takes_own(of, space, name); });
  if (decider != candidates.end()) {
    cell.level = policy_.rules[decider->rule].level.value;
    cell.rule = decider->rule;
  }
  // One kind of request must not use up what is there for all of them.
  const std::size_t steps = steps_left_ / 2;
  ExceptionSearch search(policy_, index_, identity_, own_, candidates, shape, steps);
  search.find(cell);
  steps_left_ -= steps - search.steps_left();
  return cell;
}

}  // namespace kaudit::audit
