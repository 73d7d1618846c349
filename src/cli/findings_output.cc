#include "cli/findings_output.h"

#include <algorithm>

namespace kaudit::cli {
namespace {

using check::CheckedFile;
using check::Finding;

bool has_anything(const CheckReport& report) {
  return std::ranges::any_of(
      report.files, [](const CheckedFile& file) { return file.error || !file.findings.empty(); });
}

std::string rules_in(ReportFormat format) {
  if (format == ReportFormat::Json) return rules_json();
  return format == ReportFormat::Markdown ? rules_markdown() : rules_text();
}

}  // namespace

void keep_wanted(const Options& options, std::vector<Finding>& findings) {
  std::erase_if(findings, [&](const Finding& finding) {
    return std::ranges::find(options.disabled_rules, finding.rule) !=
               options.disabled_rules.end() ||
           (options.quiet && finding.severity > options.fail_on);
  });
}

void print_findings(const Options& options, const CheckReport& report, Output& output) {
  switch (options.format) {
    case ReportFormat::Json:
      output.out = to_json(report);
      break;
    case ReportFormat::Sarif:
      output.out = to_sarif(report);
      break;
    case ReportFormat::Github:
      output.out = to_github(report);
      break;
    case ReportFormat::Text:
    case ReportFormat::Markdown:
    case ReportFormat::Html:
      if (options.quiet && !has_anything(report)) break;
      output.out = options.summary ? to_summary(report, output.color_out)
                                   : to_text(report, output.color_out);
  }
}

bool print_rules(const Options& options, Output& output) {
  if (options.list_rules)
    output.out = rules_in(options.format);
  else if (!options.explained_rule.empty())
    output.out = explanation(check::rule(options.explained_rule), output.color_out);
  else
    return false;
  return true;
}

ExitCode exit_code_of(const Options& options, const CheckReport& report) {
  bool found = false;
  for (const CheckedFile& file : report.files) {
    if (file.error) return ExitCode::Refused;
    found = found || std::ranges::any_of(file.findings, [&](const Finding& finding) {
              return finding.severity <= options.fail_on;
            });
  }
  return found ? ExitCode::Findings : ExitCode::Done;
}

}  // namespace kaudit::cli
