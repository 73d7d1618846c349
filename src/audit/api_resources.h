// The resources that Kubernetes itself serves, as rules of an audit policy name them. Custom
// resources and aggregated servers add groups of any name, so what is not in here may still exist.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

namespace kaudit::audit {

// The verbs that requests for resources have (apiserver, pkg/endpoints/request/requestinfo.go,
// NewRequestInfo). "proxy" and "watch" as old path prefixes are left out: no release that reads
// audit.k8s.io/v1 needs them.
enum class Verb : std::uint8_t {
  Get,
  List,
  Watch,
  Create,
  Update,
  Patch,
  Delete,
  DeleteCollection
};

inline constexpr std::array kVerbs{Verb::Get,    Verb::List,  Verb::Watch,  Verb::Create,
                                   Verb::Update, Verb::Patch, Verb::Delete, Verb::DeleteCollection};

// "deletecollection": as it stands in a policy.
std::string_view to_string(Verb verb);
std::optional<Verb> parse_verb(std::string_view name);

class VerbSet {
 public:
  constexpr VerbSet() = default;
  constexpr VerbSet(std::initializer_list<Verb> verbs) {
    for (const Verb verb : verbs) bits_ = static_cast<std::uint8_t>(bits_ | bit(verb));
  }

  constexpr bool contains(Verb verb) const { return (bits_ & bit(verb)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool operator==(const VerbSet&) const = default;

 private:
  static constexpr std::uint8_t bit(Verb verb) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(verb));
  }

  std::uint8_t bits_ = 0;
};

enum class ResourceScope : std::uint8_t { Namespaced, Cluster };

// Minor releases of Kubernetes 1.x that serve something. A beginning before 1.21 is 0; where only
// a range is known for it, it is the earliest. Something that is there still ends at 0. An alpha or
// beta version that must be switched on counts as served.
struct Lifetime {
  int since = 0;
  int until = 0;

  constexpr bool covers(int minor) const {
    return minor >= since && (until == 0 || minor <= until);
  }
  bool operator==(const Lifetime&) const = default;
};

struct ApiSubresource {
  std::string_view name;
  VerbSet verbs;
  int since = 0;
};

struct ApiResource {
  std::string_view group;  // "" is the core group
  std::string_view name;   // plural: "pods"
  std::string_view kind;
  // What kubectl takes instead of the name, parted by blanks, and a policy does not.
  std::string_view short_names;
  ResourceScope scope = ResourceScope::Namespaced;
  VerbSet verbs;
  std::span<const ApiSubresource> subresources = {};
  Lifetime lifetime = {};

  const ApiSubresource* subresource(std::string_view subresource_name) const;
};

// By group, then by name; the core group first. Among them metrics.k8s.io, which an aggregated
// server adds to nearly every cluster.
std::span<const ApiResource> api_resources();

// Null if there is none of that name in the group.
const ApiResource* find_api_resource(std::string_view group, std::string_view name);

// The groups of api_resources(), each once, and those of the metrics adapters, whose resources may
// have any name.
std::span<const std::string_view> api_groups();
bool is_api_group(std::string_view group);
// Whether all resources of the group are in the table.
bool is_closed_api_group(std::string_view group);

}  // namespace kaudit::audit
