// SARIF 2.1.0 (OASIS standard, with errata 01), for code scanning and for viewers. The section
// signs in this file are the standard's.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/check_report.h"
#include "cli/report_parts.h"
#include "text/sha256.h"

namespace kaudit::cli {
namespace {

using check::CheckedFile;
using check::Finding;
using check::Rule;
using nlohmann::ordered_json;

constexpr std::string_view kSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

// A message object. Braces would be placeholders (§3.11.5), and "[…](…)" a link (§3.11.6), which a
// value in somebody's manifest must not make.
ordered_json message(std::string_view words) {
  const bool may_link = words.find("](") != std::string_view::npos;
  std::string text;
  for (const char c : words) {
    if (c == '{' || c == '}') text += c;
    if (may_link && (c == '[' || c == ']')) text += '\\';
    text += c;
  }
  return {{"text", std::move(text)}};
}

std::string percent_encoded(std::string_view segment) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";  // RFC 3986 §2.3
  std::string out;
  for (const char c : segment) {
    if (kUnreserved.find(c) != std::string_view::npos)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

// Of a file: absolute, or relative to wherever kaudit was started. Normalised where that needs no
// look at the disk ("." and "//", but not "..", which may lie behind a symlink).
std::string uri_of(std::string_view name) {
  std::string path;
  for (std::string_view rest = name; !rest.empty();) {
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(segment.size() + 1, rest.size()));
    if (segment.empty() || segment == ".") continue;
    path += (path.empty() ? "" : "/") + percent_encoded(segment);
  }
  return name.starts_with('/') ? "file:///" + path : path;
}

ordered_json region(const text::SourceText& source, text::Span place) {
  const text::Position begin = source.position(place.begin);
  const text::Position end = end_of(source, place);
  return {{"startLine", begin.line},
          {"startColumn", begin.column},
          {"endLine", end.line},
          {"endColumn", end.column}};
}

ordered_json location(const text::SourceText& source, const std::optional<text::Span>& place) {
  ordered_json physical{{"artifactLocation", {{"uri", uri_of(source.name())}}}};
  if (place) physical["region"] = region(source, *place);
  return {{"physicalLocation", std::move(physical)}};
}

// The rules that have a finding, in the order of the table; the value is the index in the run.
using RuleIndex = std::map<std::string_view, std::size_t>;

RuleIndex index_rules(const CheckReport& report) {
  RuleIndex index;
  for (const CheckedFile& file : report.files) {
    for (const Finding& finding : file.findings) index[finding.rule] = 0;
  }
  std::size_t next = 0;
  for (const Rule& rule : check::all_rules()) {
    if (const auto found = index.find(rule.id); found != index.end()) found->second = next++;
  }
  return index;
}

std::string_view tag_of(check::RuleGroup group) {
  switch (group) {
    case check::RuleGroup::Flags:
      return "flags";
    case check::RuleGroup::Mounts:
      return "mounts";
    case check::RuleGroup::Pod:
      return "pod";
    case check::RuleGroup::Kubeadm:
      return "kubeadm";
    case check::RuleGroup::Host:
      return "host";
    case check::RuleGroup::Policy:
      return "policy";
  }
  return "";
}

ordered_json rule_json(const Rule& rule) {
  std::string help = fmt::format("{} Source: {}.", rule.why, rule.source);
  if (!rule.severity_in.empty()) {
    help += fmt::format(" Severity: {}; {}.", check::to_string(rule.severity), rule.severity_in);
  }
  return {{"id", rule.id},
          {"shortDescription", message(rule.summary)},
          {"fullDescription", message(rule.why)},
          {"help", message(help)},
          {"defaultConfiguration", {{"level", check::to_string(rule.severity)}}},
          {"properties", {{"tags", {"kubernetes", "auditing", tag_of(rule.group)}}}}};
}

ordered_json rules_of(const RuleIndex& index) {
  ordered_json rules = ordered_json::array();
  for (const Rule& rule : check::all_rules()) {
    if (index.contains(rule.id)) rules.push_back(rule_json(rule));
  }
  return rules;
}

// What stays the same while lines are added above (§3.27.17): the rule, what it is about, and its
// number among the findings of the file that share both.
class Fingerprints {
 public:
  ordered_json next(const Finding& finding) {
    const std::string about = fmt::format("{}\n{}", finding.rule, finding.subject);
    const std::size_t ordinal = ++seen_[about];
    return {{"ruleSubjectOrdinal/v1", text::sha256_hex(fmt::format("{}\n{}", about, ordinal))}};
  }

 private:
  std::map<std::string, std::size_t> seen_;
};

ordered_json result_json(const Finding& finding, const CheckedFile& file, const RuleIndex& index,
                         Fingerprints& fingerprints) {
  const text::SourceText& source = *file.source;
  const std::string fix = finding.fix.empty() ? "" : ". Fix: " + finding.fix;
  ordered_json at = location(source, finding.place);
  if (!finding.path.empty())
    at["logicalLocations"] = ordered_json::array({{{"fullyQualifiedName", finding.path}}});
  ordered_json result{{"ruleId", finding.rule},
                      {"ruleIndex", index.at(finding.rule)},
                      {"level", check::to_string(finding.severity)},
                      {"message", message(sentence(finding) + fix)},
                      {"locations", ordered_json::array({std::move(at)})}};
  if (!finding.related.empty()) {
    ordered_json& related = result["relatedLocations"] = ordered_json::array();
    for (const check::RelatedPlace& place : finding.related) {
      ordered_json entry{{"id", related.size() + 1}};
      entry.update(location(source, place.place));
      entry["message"] = message(place.message);
      related.push_back(std::move(entry));
    }
  }
  result["partialFingerprints"] = fingerprints.next(finding);
  result["properties"]["controls"] =
      check::controls_of(finding.rule, finding.subject, file.version);
  return result;
}

ordered_json results_of(const CheckReport& report, const RuleIndex& index) {
  ordered_json results = ordered_json::array();
  for (const CheckedFile& file : report.files) {
    Fingerprints fingerprints;
    for (const Finding& finding : file.findings)
      results.push_back(result_json(finding, file, index, fingerprints));
  }
  return results;
}

ordered_json invocation_of(const CheckReport& report) {
  ordered_json notifications = ordered_json::array();
  for (const CheckedFile& file : report.files) {
    if (!file.error) continue;
    const std::string hint = file.error->hint.empty() ? "" : ". Hint: " + file.error->hint;
    notifications.push_back(
        {{"level", "error"},
         {"message", message(file.error->message + hint)},
         {"locations", ordered_json::array({location(*file.source, file.error->place)})}});
  }
  const bool successful = notifications.empty();
  return {{"executionSuccessful", successful},
          {"toolExecutionNotifications", std::move(notifications)}};
}

}  // namespace

std::string to_sarif(const CheckReport& report) {
  const RuleIndex index = index_rules(report);
  ordered_json run;
  run["tool"]["driver"] = {
      {"name", "kaudit"}, {"version", KAUDIT_VERSION}, {"rules", rules_of(index)}};
  run["invocations"] = ordered_json::array({invocation_of(report)});
  run["columnKind"] = "unicodeCodePoints";  // as text::Position counts
  run["results"] = results_of(report, index);
  ordered_json log{{"$schema", kSchema}, {"version", "2.1.0"}};
  log["runs"] = ordered_json::array({std::move(run)});
  return dump(log);
}

}  // namespace kaudit::cli
