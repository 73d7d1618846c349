// The form for programs.
#include <nlohmann/json.hpp>

#include "cli/policy_parts.h"
#include "cli/policy_table.h"
#include "cli/report.h"
#include "cli/report_parts.h"

namespace kaudit::cli {
namespace {

using nlohmann::ordered_json;

std::string_view to_string(TableRow::Part part) {
  switch (part) {
    case TableRow::Part::BuiltIn:
      return "builtIn";
    case TableRow::Part::Custom:
      return "custom";
    case TableRow::Part::Url:
      return "url";
  }
  return "";
}

// The rule as Kubernetes counts it, from 0, in messages such as "rules[2].level".
template <typename Result>
ordered_json decision_json(const Result& decision, const audit::AuditPolicy& policy,
                           const text::SourceText& source) {
  ordered_json json{{"level", audit::to_string(decision.level)}};
  json["rule"] = decision.rule ? ordered_json(*decision.rule) : ordered_json(nullptr);
  json["ruleLine"] = decision.rule ? ordered_json(line_of_rule(policy, source, *decision.rule))
                                   : ordered_json(nullptr);
  return json;
}

ordered_json identity_json(const TableIdentity& identity) {
  ordered_json json;
  json["user"] = identity.user ? ordered_json(*identity.user) : ordered_json(nullptr);
  json["groups"] = with_implied_groups(identity.user.value_or(""), identity.groups);
  json["namespace"] =
      identity.namespace_name ? ordered_json(*identity.namespace_name) : ordered_json(nullptr);
  return json;
}

}  // namespace

std::string table_json(const PolicyTable& table, const audit::AuditPolicy& policy,
                       const text::SourceText& source) {
  ordered_json rows = ordered_json::array();
  for (const TableRow& row : table.rows) {
    ordered_json cells = ordered_json::object();
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const TableCell& cell = row.cells.at(i);
      if (!cell.is_served) continue;
      ordered_json json = decision_json(cell, policy, source);
      if (cell.exception) json["forOthers"] = decision_json(*cell.exception, policy, source);
      if (cell.is_unsearched) json["forOthersUnknown"] = true;
      cells[std::string(audit::to_string(audit::kVerbs.at(i)))] = std::move(json);
    }
    rows.push_back({{"kind", to_string(row.part)},
                    {"group", row.group},
                    {"name", row.name},
                    {"verbs", std::move(cells)}});
  }
  return dump({{"schemaVersion", kSchemaVersion},
               {"command", "policy table"},
               {"file", source.name()},
               {"identity", identity_json(table.identity)},
               {"rows", std::move(rows)}});
}

}  // namespace kaudit::cli
