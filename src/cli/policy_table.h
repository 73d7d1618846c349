// `kaudit policy table`: how audit/policy_matrix.h is written. Values in, strings out.
#pragma once

#include <string>
#include <string_view>

#include "audit/audit_policy.h"
#include "audit/policy_matrix.h"
#include "text/source_text.h"

namespace kaudit::cli {

using audit::make_table;
using audit::PolicyTable;
using audit::TableCell;
using audit::TableIdentity;
using audit::TableRow;
using audit::with_implied_groups;

// A matrix of at most 80 columns (but for long names). Rows that look alike are one.
std::string table_text(const PolicyTable& table, bool color);

// One page without scripts and without anything from elsewhere: every row as a heat map, and the
// rules, as `source` has them, that its cells lead to.
std::string table_html(const PolicyTable& table, const audit::AuditPolicy& policy,
                       const text::SourceText& source);

// One JSON object: {schemaVersion, command, file, identity, rows: [{kind, group, name, verbs}]},
// where `verbs` has for every verb that there is {level, rule, ruleLine, forOthers}, and instead of
// forOthers {forOthersUnknown: true} where they were too many to try them all. Rules count from 0,
// as in kube-apiserver's messages.
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
