// The audit policy of kube-apiserver as values (apiserver, pkg/apis/audit/v1/types.go, Policy).
//
// Every value knows where it stands, so that whoever judges a policy can point at it. Names are
// spelt as Kubernetes spells them; what a rule matches is said in policy_match.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/span.h"

namespace kaudit::audit {

// How much of a request is recorded. Each level holds what the one before it holds, so they
// compare.
enum class Level : std::uint8_t { None, Metadata, Request, RequestResponse };

enum class Stage : std::uint8_t { RequestReceived, ResponseStarted, ResponseComplete, Panic };

inline constexpr std::array kLevels{Level::None, Level::Metadata, Level::Request,
                                    Level::RequestResponse};
inline constexpr std::array kStages{Stage::RequestReceived, Stage::ResponseStarted,
                                    Stage::ResponseComplete, Stage::Panic};

std::string_view to_string(Level level);
std::string_view to_string(Stage stage);
// Exactly, with capital letters as they are.
std::optional<Level> parse_level(std::string_view name);
std::optional<Stage> parse_stage(std::string_view name);

class StageSet {
 public:
  constexpr StageSet() = default;

  constexpr bool contains(Stage stage) const { return (bits_ & bit(stage)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool full() const { return bits_ == 0xF; }
  constexpr StageSet& insert(Stage stage) {
    bits_ = static_cast<std::uint8_t>(bits_ | bit(stage));
    return *this;
  }
  constexpr StageSet operator|(StageSet other) const {
    StageSet both;
    both.bits_ = static_cast<std::uint8_t>(bits_ | other.bits_);
    return both;
  }
  constexpr bool operator==(const StageSet&) const = default;

 private:
  static constexpr std::uint8_t bit(Stage stage) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(stage));
  }

  std::uint8_t bits_ = 0;
};

// A value and the text that says it, without quotes. What an alias brings stands where its anchor
// is.
template <typename T>
struct Placed {
  T value{};
  text::Span place;

  bool operator==(const Placed&) const = default;
};

using Word = Placed<std::string>;

// A list of a rule. An absent one, null and an empty one mean the same: anything.
template <typename T>
struct PlacedList {
  std::vector<Placed<T>> items;
  text::Span key;    // empty where the list is absent
  text::Span place;  // of the whole list

  bool is_given() const { return !key.empty(); }
  bool empty() const { return items.empty(); }
  bool contains(const auto& value) const {
    for (const Placed<T>& item : items)
      if (item.value == value) return true;
    return false;
  }
  bool operator==(const PlacedList&) const = default;
};

using Words = PlacedList<std::string>;

struct Stages : PlacedList<Stage> {
  StageSet set() const {
    StageSet found;
    for (const Placed<Stage>& item : items) found.insert(item.value);
    return found;
  }
};

struct GroupResources {
  text::Span place;      // of the mapping
  text::Span group_key;  // empty where the group is not given, which means the core group
  Word group;            // "" is the core group
  Words resources;       // "pods", "pods/log", "pods/*", "*/status", "*"; empty: all of the group
  Words resource_names;

  bool operator==(const GroupResources&) const = default;
};

struct PolicyRule {
  text::Span place;  // of the mapping: its begin is the rule's line
  text::Span level_key;
  Placed<Level> level;
  Words users;
  Words user_groups;
  Words verbs;
  std::vector<GroupResources> resources;
  text::Span resources_key;  // empty where there is none
  Words namespaces;
  Words non_resource_urls;
  Stages omit_stages;
  std::optional<Placed<bool>> omit_managed_fields;
  text::Span omit_managed_fields_key;
  // False where kube-apiserver refuses something in the rule. What it then holds is only what could
  // be read, and nothing may be concluded from what it does not hold.
  bool is_whole = true;

  // Which of the three kinds of rule it is; of everything, if it is neither.
  bool is_for_resources() const { return !resources.empty() || !namespaces.empty(); }
  bool is_for_urls() const { return !is_for_resources() && !non_resource_urls.empty(); }
  bool operator==(const PolicyRule&) const = default;
};

struct AuditPolicy {
  text::Span place;
  Word api_version;
  Word kind;  // may be absent: value and place are empty
  Stages omit_stages;
  std::optional<Placed<bool>> omit_managed_fields;
  text::Span omit_managed_fields_key;
  std::vector<PolicyRule> rules;
  text::Span rules_key;

  // Of every request: what the policy itself omits.
  bool omits_request_received() const { return omit_stages.contains(Stage::RequestReceived); }
  // A rule has the level Request or RequestResponse.
  bool records_bodies() const;
  bool operator==(const AuditPolicy&) const = default;
};

}  // namespace kaudit::audit
