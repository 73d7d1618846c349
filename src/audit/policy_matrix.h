// What a policy records of every kind of request: the rows and cells behind `kaudit policy table`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/api_resources.h"
#include "audit/audit_policy.h"
#include "kube/kubernetes_version.h"

namespace kaudit::audit {

// Whose requests a table is about, and where. What is absent is a user whom no rule names, or the
// namespace "default".
struct TableIdentity {
  std::optional<std::string> user = {};
  std::vector<std::string> groups = {};
  std::optional<std::string> namespace_name = {};

  bool operator==(const TableIdentity&) const = default;
};

inline constexpr std::string_view kDefaultNamespace = "default";

// `groups` and those in which every user of the name is: what the API server adds after
// authentication (apiserver, pkg/authentication/group; pkg/authentication/serviceaccount), and the
// group that makes a node of a user named system:node:… (pkg/auth/nodeidentifier).
std::vector<std::string> with_implied_groups(std::string_view user,
                                             std::vector<std::string> groups);

struct TableCell {
  Level level = Level::None;
  std::optional<std::size_t> rule;  // the index of the deciding one
  bool is_served = false;           // there are such requests
  // A rule that gives another level to another user, namespace or object, as far as the table
  // leaves them open. Some request reaches it; that there is none is not proved without it.
  struct Exception {
    Level level = Level::None;
    std::optional<std::size_t> rule;

    bool operator==(const Exception&) const = default;
  };
  std::optional<Exception> exception;
  // The rules name too many to try them all, and among those that were tried is no exception.
  bool is_unsearched = false;

  bool operator==(const TableCell&) const = default;
};

struct TableRow {
  enum class Part : std::uint8_t {
    BuiltIn,
    Custom,  // groups that Kubernetes does not have; `name` is for people
    Url      // `name` is the path; of the cells only the one of get is served
  };
  Part part = Part::BuiltIn;
  std::string group;  // "" is the core group
  std::string name;   // "pods", "pods/exec"
  std::array<TableCell, kVerbs.size()> cells;

  bool operator==(const TableRow&) const = default;
};

struct PolicyTable {
  TableIdentity identity;
  std::vector<TableRow> rows;  // of a part and group together

  // The served cells of which is_unsearched holds.
  std::size_t unsearched() const;
};

// What `policy` says to every resource and subresource of the release, to the custom resources that
// it names and any other, and to well-known URLs and those that it names. What `other` names comes
// in as well, so that the tables of both have the same rows. `steps` bounds the search for
// exceptions; a step takes some nanoseconds.
inline constexpr std::size_t kTableSteps = 20'000'000;
PolicyTable make_table(const AuditPolicy& policy, const kube::KubernetesVersion& version,
                       const TableIdentity& identity, const AuditPolicy* other = nullptr,
                       std::size_t steps = kTableSteps);

}  // namespace kaudit::audit
