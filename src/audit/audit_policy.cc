#include "audit/audit_policy.h"

#include <algorithm>

namespace kaudit::audit {

std::string_view to_string(Level level) {
  switch (level) {
    case Level::None:
      return "None";
    case Level::Metadata:
      return "Metadata";
    case Level::Request:
      return "Request";
    case Level::RequestResponse:
      return "RequestResponse";
  }
  return {};
}

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::RequestReceived:
      return "RequestReceived";
    case Stage::ResponseStarted:
      return "ResponseStarted";
    case Stage::ResponseComplete:
      return "ResponseComplete";
    case Stage::Panic:
      return "Panic";
  }
  return {};
}

std::optional<Level> parse_level(std::string_view name) {
  for (const Level level : kLevels)
    if (to_string(level) == name) return level;
  return {};
}

std::optional<Stage> parse_stage(std::string_view name) {
  for (const Stage stage : kStages)
    if (to_string(stage) == name) return stage;
  return {};
}

bool AuditPolicy::records_bodies() const {
  return std::ranges::any_of(
      rules, [](const PolicyRule& rule) { return rule.level.value >= Level::Request; });
}

}  // namespace kaudit::audit
