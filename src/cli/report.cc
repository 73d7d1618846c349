#include "cli/report.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/exit_code.h"
#include "cli/report_parts.h"
#include "cli/wait_report.h"
#include "text/excerpt.h"

namespace kaudit::cli {
namespace {

using nlohmann::ordered_json;

struct ActionWords {
  std::string_view mark;
  std::string_view color;
  std::string_view word;
};

ActionWords words_of(edit::Step::Action action) {
  switch (action) {
    case edit::Step::Action::Added:
      return {"+", "32", "added"};
    case edit::Step::Action::Changed:
      return {"~", "33", "changed"};
    case edit::Step::Action::Removed:
      return {"-", "31", "removed"};
    case edit::Step::Action::Kept:
      return {"=", "2", "kept"};
    case edit::Step::Action::LeftAlone:
      return {"?", "35", "left alone"};
  }
  return {};
}

std::string finding_text(const check::Finding& finding, const text::SourceText* source,
                         bool color) {
  const bool placed = source != nullptr && finding.place.has_value();
  const std::string prefix = placed ? text::place_prefix(*source, finding.place) : "kaudit: ";
  std::string out = fmt::format("{}{} {}; {} [{}]\n", painted(prefix, "1", color),
                                painted(fmt::format("{}:", check::to_string(finding.severity)),
                                        color_of(finding.severity), color),
                                finding.message, finding.consequence, finding.rule);
  if (placed) out += text::excerpt(*source, *finding.place);
  out += fmt::format("  {} {}\n", painted("fix:", "1;36", color), finding.fix);
  return out;
}

ordered_json place_json(const text::SourceText* source, const std::optional<text::Span>& place) {
  if (source == nullptr || !place) return {{"line", nullptr}, {"column", nullptr}};
  const text::Position at = source->position(place->begin);
  return {{"line", at.line}, {"column", at.column}};
}

ordered_json finding_json(const check::Finding& finding, const text::SourceText* source) {
  ordered_json json{{"id", finding.rule}, {"severity", check::to_string(finding.severity)}};
  json.update(place_json(source, finding.place));
  json["message"] = finding.message;
  json["consequence"] = finding.consequence;
  json["fix"] = finding.fix;
  return json;
}

ordered_json error_json(const text::Error& error, const text::SourceText* source) {
  ordered_json json = place_json(source, error.place);
  json["message"] = error.message;
  json["hint"] = error.hint;
  return json;
}

ordered_json policy_json(const PolicyReport& policy) {
  ordered_json json{{"path", policy.path}, {"action", policy.action}};
  json["backup"] = policy.backup ? ordered_json(*policy.backup) : ordered_json(nullptr);
  json["diff"] = policy.diff;
  json["findings"] = ordered_json::array();
  for (const check::Finding& finding : policy.findings)
    json["findings"].push_back(finding_json(finding, policy.source));
  return json;
}

}  // namespace

void print_text(const ChangeReport& report, Output& output) {
  if (!output.quiet) {
    for (const edit::Step& step : report.steps) {
      const ActionWords words = words_of(step.action);
      output.err +=
          fmt::format("  {} {}  {}\n", painted(words.mark, words.color, output.color_err),
                      step.what, painted(fmt::format("({})", step.why), "2", output.color_err));
    }
  }
  for (const text::Error& warning : report.warnings)
    output.err += warning_text(warning, report.warning_source, output.color_err);
  for (const check::Finding& finding : report.findings)
    output.err += finding_text(finding, report.source, output.color_err);
  if (report.policy) {
    for (const check::Finding& finding : report.policy->findings)
      output.err += finding_text(finding, report.policy->source, output.color_err);
  }
  for (const std::string& line : report.advice) output.say(line);
}

std::string to_json(const ChangeReport& report) {
  ordered_json json{
      {"schemaVersion", kSchemaVersion}, {"command", report.command},
      {"manifest", report.manifest},     {"changed", report.changed},
      {"dryRun", report.dry_run},        {"restartExpected", report.restart_expected}};
  json["backup"] = report.backup ? ordered_json(*report.backup) : ordered_json(nullptr);
  json["diff"] = report.diff;
  if (report.policy) json["policy"] = policy_json(*report.policy);
  json["steps"] = ordered_json::array();
  for (const edit::Step& step : report.steps) {
    json["steps"].push_back(
        {{"action", words_of(step.action).word}, {"what", step.what}, {"why", step.why}});
  }
  json["findings"] = ordered_json::array();
  for (const check::Finding& finding : report.findings)
    json["findings"].push_back(finding_json(finding, report.source));
  json["warnings"] = ordered_json::array();
  for (const text::Error& warning : report.warnings)
    json["warnings"].push_back(error_json(warning, report.warning_source));
  json["advice"] = report.advice;
  return dump(json);
}

std::string refusal_to_json(const Options& options, const text::Error& error,
                            const text::SourceText* source, std::string_view diff) {
  ordered_json json{
      {"schemaVersion", kSchemaVersion}, {"command", name_of(options.command)}, {"changed", false}};
  json["restartExpected"] = false;
  json["backup"] = nullptr;
  json["diff"] = diff;
  json["error"] = error_json(error, source);
  if (source != nullptr && error.place) json["error"]["file"] = source->name();
  if (!options.wait) return dump(json);
  // The last line of a stream of events.
  json["event"] = "result";
  json["exitCode"] = to_int(ExitCode::Refused);
  json["outcome"] = "refused";
  return json_line(json);
}

}  // namespace kaudit::cli
