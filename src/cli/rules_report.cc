// The table of rules, for a terminal and as docs/rules.md. Its JSON is in check_json.cc.
#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "cli/check_report.h"
#include "cli/output.h"
#include "cli/report_parts.h"

namespace kaudit::cli {
namespace {

using check::Rule;

std::string severity_text(const Rule& rule) {
  const std::string usual(check::to_string(rule.severity));
  return rule.severity_in.empty() ? usual : fmt::format("{}; {}", usual, rule.severity_in);
}

std::string rule_line(const Rule& rule) {
  constexpr std::size_t kSummaryColumn = 45;
  std::string line = fmt::format("  {:<31} {:<7} {}", rule.id, check::to_string(rule.severity),
                                 rule.repaired_by_enable ? "*" : "");
  line.erase(line.find_last_not_of(' ') + 1);
  append_wrapped(line, rule.summary, line.size(), kSummaryColumn);
  return line;
}

bool is_word_character(std::string_view text, std::size_t at) {
  return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at])) != 0;
}

// The words as Markdown shows them unchanged; what stands in backquotes is meant as code. An
// underscore inside a word is no mark in CommonMark.
std::string markdown(std::string_view words) {
  constexpr std::string_view kMarks = "\\*<[_";
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool inside_word = words[i] == '_' && i > 0 && is_word_character(words, i - 1) &&
                             is_word_character(words, i + 1);
    if (!inside_word && kMarks.find(words[i]) != std::string_view::npos) out += '\\';
    out += words[i];
  }
  return out;
}

std::string rule_markdown(const Rule& rule) {
  return fmt::format(
      "\n### {}\n\n{}\n\n{}\n\n- Severity: {}\n- Repaired by `kaudit enable`: {}\n- Source: {}\n",
      rule.id, markdown(rule.summary), markdown(rule.why), markdown(severity_text(rule)),
      rule.repaired_by_enable ? "yes" : "no", markdown(rule.source));
}

}  // namespace

std::string rules_text() {
  std::string out;
  std::string_view group;
  for (const Rule& rule : check::all_rules()) {
    if (check::group_title(rule.group) != group) {
      out += group.empty() ? "" : "\n";
      group = check::group_title(rule.group);
      out += fmt::format("{}\n", group);
    }
    out += rule_line(rule);
  }
  return out +
         "\n* repaired by kaudit enable\n"
         "'kaudit check --explain ID' tells more, and where the severity is another one.\n";
}

std::string rules_markdown() {
  std::string out =
      "# Rules\n\n"
      "What `kaudit check` looks for. This page is generated from the table of rules by\n"
      "`kaudit check --list-rules --format=markdown`.\n\n"
      "- error: the API server will not start, the kubelet rejects the Pod, nothing is recorded, "
      "or events get lost.\n"
      "- warning: it works, but is unsafe or against the benchmarks.\n"
      "- note: worth knowing.\n";
  std::string_view group;
  for (const Rule& rule : check::all_rules()) {
    if (check::group_title(rule.group) != group) {
      group = check::group_title(rule.group);
      out += fmt::format("\n## {}\n", group);
    }
    out += rule_markdown(rule);
  }
  return out;
}

std::string explanation(const Rule& rule, bool color) {
  constexpr std::size_t kIndent = 13;
  std::string out = painted(rule.id, "1", color) + "\n";
  append_wrapped(out, rule.summary, 0, 2);
  out += "\n";
  const auto add = [&](std::string_view label, std::string_view words) {
    const std::string head = fmt::format("  {}:", label);
    out += "  " + painted(head.substr(2), "1;36", color);
    append_wrapped(out, words, head.size(), kIndent);
  };
  add("severity", severity_text(rule));
  add("why", rule.why);
  add("repaired", rule.repaired_by_enable ? "by kaudit enable" : "not by kaudit enable");
  add("source", rule.source);
  return out;
}

}  // namespace kaudit::cli
