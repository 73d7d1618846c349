// The forms for programs that are kaudit's own: JSON, and the workflow commands of GitHub.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/check_report.h"
#include "cli/report.h"
#include "cli/report_parts.h"

namespace kaudit::cli {
namespace {

using check::CheckedFile;
using check::Finding;
using nlohmann::ordered_json;

ordered_json text_or_null(std::string_view text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

void add_place(ordered_json& json, const text::SourceText& source,
               const std::optional<text::Span>& place) {
  const auto at = place ? std::optional(source.position(place->begin)) : std::nullopt;
  json["line"] = at ? ordered_json(at->line) : ordered_json(nullptr);
  json["column"] = at ? ordered_json(at->column) : ordered_json(nullptr);
}

ordered_json finding_json(const Finding& finding, const CheckedFile& file) {
  ordered_json json{{"id", finding.rule},
                    {"severity", check::to_string(finding.severity)},
                    {"file", file.source->name()}};
  add_place(json, *file.source, finding.place);
  json["path"] = text_or_null(finding.path);
  json["message"] = finding.message;
  json["consequence"] = finding.consequence;
  json["fix"] = finding.fix;
  json["controls"] = check::controls_of(finding.rule, finding.subject, file.version);
  json["related"] = ordered_json::array();
  for (const check::RelatedPlace& related : finding.related) {
    ordered_json place = ordered_json::object();
    add_place(place, *file.source, related.place);
    place["message"] = related.message;
    json["related"].push_back(std::move(place));
  }
  return json;
}

ordered_json errors_json(const CheckReport& report) {
  ordered_json errors = ordered_json::array();
  for (const CheckedFile& file : report.files) {
    if (!file.error) continue;
    ordered_json error{{"file", file.source->name()}};
    add_place(error, *file.source, file.error->place);
    error["message"] = file.error->message;
    error["hint"] = file.error->hint;
    errors.push_back(std::move(error));
  }
  return errors;
}

std::string_view name_of(check::Benchmark benchmark) {
  return benchmark == check::Benchmark::Cis ? "cis" : "stig";
}

// Of a workflow command, as the @actions/core toolkit escapes it (command.ts, escapeData and
// escapeProperty).
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) == std::string_view::npos)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}
std::string escaped_data(std::string_view text) {
  return escaped(text, "%\r\n");
}
std::string escaped_property(std::string_view text) {
  return escaped(text, "%\r\n:,");
}

// ",line=…" of a place. GitHub has no columns for a place of several lines.
std::string place_properties(const text::SourceText& source,
                             const std::optional<text::Span>& place) {
  if (!place) return "";
  const text::Position begin = source.position(place->begin);
  const text::Position end = end_of(source, *place);
  if (begin.line != end.line) return fmt::format(",line={},endLine={}", begin.line, end.line);
  return fmt::format(",line={},col={},endColumn={}", begin.line, begin.column, end.column);
}

std::string_view command_of(check::Severity severity) {
  return severity == check::Severity::Note ? "notice" : check::to_string(severity);
}

std::string error_command(const text::Error& error, const text::SourceText& source) {
  const std::string hint = error.hint.empty() ? "" : "\nhint: " + error.hint;
  return fmt::format("::error file={}{},title=kaudit::{}\n", escaped_property(source.name()),
                     place_properties(source, error.place), escaped_data(error.message + hint));
}

std::string finding_command(const Finding& finding, const text::SourceText& source) {
  const std::string fix = finding.fix.empty() ? "" : "\nfix: " + finding.fix;
  return fmt::format("::{} file={}{},title={}::{}\n", command_of(finding.severity),
                     escaped_property(source.name()), place_properties(source, finding.place),
                     escaped_property(fmt::format("kaudit {}", finding.rule)),
                     escaped_data(sentence(finding) + fix));
}

}  // namespace

std::string to_json(const CheckReport& report) {
  const Tally all = tally(report);
  ordered_json json{{"schemaVersion", kSchemaVersion}, {"command", report.command}};
  json["findings"] = ordered_json::array();
  for (const CheckedFile& file : report.files) {
    for (const Finding& finding : file.findings)
      json["findings"].push_back(finding_json(finding, file));
  }
  json["errors"] = errors_json(report);
  json["summary"] = {{"files", report.files.size()}, {"checked", all.checked},
                     {"skipped", report.skipped},    {"errors", all.errors},
                     {"warnings", all.warnings},     {"notes", all.notes}};
  return dump(json);
}

std::string to_github(const CheckReport& report) {
  std::string out;
  for (const CheckedFile& file : report.files) {
    if (file.error) out += error_command(*file.error, *file.source);
    for (const Finding& finding : file.findings) out += finding_command(finding, *file.source);
  }
  return out;
}

std::string controls_json(const CheckReport& report, check::Benchmark benchmark,
                          const std::vector<std::vector<check::ControlResult>>& results) {
  ordered_json json{
      {"schemaVersion", kSchemaVersion}, {"command", "check"},
      {"profile", name_of(benchmark)},   {"files", ordered_json::array()},
      {"errors", errors_json(report)},   {"summary", {{"pass", 0}, {"fail", 0}, {"manual", 0}}}};
  for (std::size_t i = 0; i < report.files.size(); ++i) {
    const CheckedFile& file = report.files[i];
    if (file.error) continue;
    ordered_json controls = ordered_json::array();
    for (const check::ControlResult& control : results[i]) {
      const std::string state(check::to_string(control.state));
      controls.push_back({{"number", control.number},
                          {"title", control.title},
                          {"state", state},
                          {"value", control.value},
                          {"remark", control.remark}});
      json["summary"][state] = json["summary"][state].get<std::size_t>() + 1;
    }
    json["files"].push_back({{"file", file.source->name()},
                             {"edition", check::edition(benchmark, file.version)},
                             {"version", file.version.text()},
                             {"controls", std::move(controls)}});
  }
  return dump(json);
}

std::string rules_json() {
  ordered_json json{
      {"schemaVersion", kSchemaVersion}, {"command", "check"}, {"rules", ordered_json::array()}};
  for (const check::Rule& rule : check::all_rules()) {
    json["rules"].push_back({{"id", rule.id},
                             {"group", check::group_title(rule.group)},
                             {"severity", check::to_string(rule.severity)},
                             {"severityIn", text_or_null(rule.severity_in)},
                             {"repairedByEnable", rule.repaired_by_enable},
                             {"summary", rule.summary},
                             {"why", rule.why},
                             {"source", rule.source}});
  }
  return dump(json);
}

}  // namespace kaudit::cli
