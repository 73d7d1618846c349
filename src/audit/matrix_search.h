// The level of one kind of request, and whether others than those whom the table is about get
// another one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/audit_policy.h"
#include "audit/matrix_index.h"
#include "audit/policy_matrix.h"

namespace kaudit::audit {

// No object, resource or group can have this name, so no useful rule names it.
inline constexpr std::string_view kNobody = "-";

// What requests of a kind say of the object that they are for.
struct RequestShape {
  bool takes_namespace = false;
  bool needs_namespace = false;  // lists of all namespaces are the only ones without
  bool takes_name = false;
  // The namespace of a namespace is itself (requestinfo.go, NewRequestInfo).
  bool is_for_namespace = false;
};

// Who asks, where and for which object.
struct Subject {
  std::string user;
  std::vector<std::string> groups;
  std::string namespace_name;
  std::string name;
};

// Everything refers to the policy and the index, which must outlive it.
class MatrixSearch {
 public:
  MatrixSearch(const AuditPolicy& policy, const MatrixIndex& index, const TableIdentity& identity,
               std::size_t steps);

  // `candidates` are the rules whose verbs and resources or URLs match. Kinds that differ in
  // nothing else are searched once. Nothing where there is no such request: in a namespace for what
  // is in none, for instance.
  std::optional<TableCell> cell(std::span<const Candidate> candidates, const RequestShape& shape);

 private:
  std::vector<std::uint32_t> key_of(std::span<const Candidate> candidates,
                                    const RequestShape& shape) const;
  bool is_for_all(const Candidate& candidate) const;
  bool takes_own(const Candidate& candidate, std::string_view space, std::string_view name) const;
  TableCell searched(std::span<const Candidate> candidates, const RequestShape& shape,
                     std::string_view space, std::string_view name);

  const AuditPolicy& policy_;
  const MatrixIndex& index_;
  const TableIdentity& identity_;
  Subject own_;
  std::vector<bool> takes_own_user_;   // by each rule
  std::vector<bool> takes_own_space_;  // and whether it takes requests in no namespace
  std::vector<bool> takes_no_space_;
  std::map<std::vector<std::uint32_t>, TableCell> known_;
  std::size_t known_size_ = 0;  // of all keys
  std::size_t steps_left_;
};

}  // namespace kaudit::audit
