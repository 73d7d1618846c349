// `kaudit policy table`: what a policy records of every kind of request. Values in, strings out.
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
#include "audit/policy_match.h"
#include "kube/kubernetes_version.h"
#include "text/source_text.h"

namespace kaudit::cli {

// Whose requests a table is about, and where. What is absent is a user whom no rule names, or the
// namespace "default".
struct TableIdentity {
  std::optional<std::string> user = {};
  std::vector<std::string> groups = {};
  std::optional<std::string> namespace_name = {};

  bool operator==(const TableIdentity&) const = default;
};

// `groups` and those in which every user of the name is: what the API server adds after
// authentication (apiserver, pkg/authentication/group; pkg/authentication/serviceaccount), and the
// group that makes a node of a user named system:node:… (pkg/auth/nodeidentifier).
std::vector<std::string> with_implied_groups(std::string_view user,
                                             std::vector<std::string> groups);

struct TableCell {
  audit::Level level = audit::Level::None;
  std::optional<std::size_t> rule;  // the index of the deciding one
  bool is_served = false;           // there are such requests
  // A rule that gives another level to another user, namespace or object, as far as the table
  // leaves them open. Some request reaches it; that there is none is not proved without it.
  struct Exception {
    audit::Level level = audit::Level::None;
    std::optional<std::size_t> rule;

    bool operator==(const Exception&) const = default;
  };
  std::optional<Exception> exception;

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
  std::array<TableCell, audit::kVerbs.size()> cells;

  bool operator==(const TableRow&) const = default;
};

struct PolicyTable {
  TableIdentity identity;
  std::vector<TableRow> rows;  // of a part and group together
};

// What `policy` says to every resource and subresource of the release, to the custom resources that
// it names and any other, and to well-known URLs and those that it names. What `other` names comes
// in as well, so that the tables of both have the same rows.
PolicyTable make_table(const audit::AuditPolicy& policy, const kube::KubernetesVersion& version,
                       const TableIdentity& identity, const audit::AuditPolicy* other = nullptr);

// A matrix of at most 80 columns (but for long names). Rows that look alike are one.
std::string table_text(const PolicyTable& table, bool color);

// One page without scripts and without anything from elsewhere: every row as a heat map, and the
// rules, as `source` has them, that its cells lead to.
std::string table_html(const PolicyTable& table, const audit::AuditPolicy& policy,
                       const text::SourceText& source);

// One JSON object: {schemaVersion, command, file, identity, rows: [{kind, group, name, verbs}]},
// where `verbs` has for every verb that there is {level, rule, ruleLine, forOthers}. Rules count
// from 0, as in kube-apiserver's messages.
std::string table_json(const PolicyTable& table, const audit::AuditPolicy& policy,
                       const text::SourceText& source);

// The cells with different levels. Both tables have the same rows; names are of the policies.
struct NamedTable {
  std::string_view name;
  const PolicyTable& table;
};
std::string table_diff(const NamedTable& before, const NamedTable& after, bool color);
// Whether it would show any.
bool differ(const PolicyTable& before, const PolicyTable& after);

// The words that both forms use: "a user that no rule names (group system:authenticated), namespace
// default".
std::string described(const TableIdentity& identity);

}  // namespace kaudit::cli
