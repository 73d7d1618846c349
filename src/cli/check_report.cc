// The forms for people: every finding with its source line, a table of files, a benchmark.
#include "cli/check_report.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>

#include "cli/output.h"
#include "cli/report_parts.h"
#include "text/excerpt.h"
#include "text/utf8.h"

namespace kaudit::cli {
namespace {

using check::CheckedFile;
using check::ControlResult;
using check::ControlState;
using check::Finding;
using check::Severity;

constexpr std::size_t kWidth = 80;

std::string plural(std::size_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

// "3 errors, 1 warning and 2 notes".
std::string findings_counted(const Tally& all) {
  std::vector<std::string> parts;
  if (all.errors > 0) parts.push_back(plural(all.errors, "error"));
  if (all.warnings > 0) parts.push_back(plural(all.warnings, "warning"));
  if (all.notes > 0) parts.push_back(plural(all.notes, "note"));
  if (parts.empty()) return "no findings";
  std::string words = parts[0];
  for (std::size_t i = 1; i < parts.size(); ++i)
    words += (i + 1 == parts.size() ? " and " : ", ") + parts[i];
  return words;
}

std::string finding_text(const Finding& finding, const text::SourceText& source, bool color) {
  std::string out =
      fmt::format("{}{} {} [{}]\n", painted(text::place_prefix(source, finding.place), "1", color),
                  painted(fmt::format("{}:", check::to_string(finding.severity)),
                          color_of(finding.severity), color),
                  sentence(finding), finding.rule);
  if (finding.place) out += text::excerpt(source, *finding.place);
  for (const check::RelatedPlace& related : finding.related) {
    out += fmt::format("{}{} {}\n", painted(text::place_prefix(source, related.place), "1", color),
                       painted("note:", color_of(Severity::Note), color), related.message);
    out += text::excerpt(source, related.place);
  }
  if (!finding.fix.empty())
    out += fmt::format("  {} {}\n", painted("fix:", "1;36", color), finding.fix);
  return out;
}

// Parts with an empty line between them; those without text are left out.
void append_part(std::string& out, std::string_view part) {
  if (!out.empty() && !part.empty()) out += "\n";
  out += part;
}

// ---- the table of files -------------------------------------------------------------------------

// Where the last `count` characters of `name` begin.
std::size_t start_of_last(std::string_view name, std::size_t count) {
  std::size_t at = name.size();
  while (at > 0 && count > 0) {
    if (!text::is_utf8_continuation(name[--at])) --count;
  }
  return at;
}

std::size_t common_end(std::string_view a, std::string_view b) {
  const auto [in_a, in_b] = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  return static_cast<std::size_t>(in_a - a.rbegin());
}

// For each name how many bytes of its end tell it from all others.
std::map<std::string_view, std::size_t> telling_ends(const std::vector<std::string>& names) {
  std::vector<std::string_view> sorted(names.begin(), names.end());
  std::sort(sorted.begin(), sorted.end(), [](std::string_view a, std::string_view b) {
    return std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  });
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  // Read backwards and sorted, a name has most in common with one of its neighbours.
  std::map<std::string_view, std::size_t> ends;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const std::size_t before = i == 0 ? 0 : common_end(sorted[i - 1], sorted[i]);
    const std::size_t after = i + 1 == sorted.size() ? 0 : common_end(sorted[i], sorted[i + 1]);
    ends[sorted[i]] = std::min(sorted[i].size(), std::max(before, after) + 1);
  }
  return ends;
}

// The names, those of more than `width` characters cut from the left, but never so far that two
// files look alike.
std::vector<std::string> shortened(const std::vector<std::string>& names, std::size_t width) {
  const std::map<std::string_view, std::size_t> ends = telling_ends(names);
  std::vector<std::string> out;
  for (const std::string& name : names) {
    if (text::count_characters(name) <= width) {
      out.push_back(name);
      continue;
    }
    std::size_t at = std::min(start_of_last(name, width - 1), name.size() - ends.at(name));
    while (at > 0 && text::is_utf8_continuation(name[at])) --at;
    out.push_back(at == 0 ? name : "…" + name.substr(at));
  }
  return out;
}

struct Cell {
  std::string text;
  std::string_view color;  // "": none
};

struct Row {
  std::string name;
  std::array<Cell, 3> counts;
  Cell last;
};

std::string padding(std::string_view words, std::size_t width) {
  const std::size_t has = text::count_characters(words);
  return std::string(width > has ? width - has : 0, ' ');
}

Row row_of(const CheckedFile& file) {
  Row row{.name = text::one_line(file.source->name()), .counts = {}, .last = {"-", ""}};
  constexpr std::array kColumns = {Severity::Error, Severity::Warning, Severity::Note};
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    const auto count =
        std::count_if(file.findings.begin(), file.findings.end(),
                      [&](const Finding& finding) { return finding.severity == kColumns.at(i); });
    row.counts.at(i) = {std::to_string(count), count > 0 ? color_of(kColumns.at(i)) : ""};
  }
  if (file.error) {
    if (file.findings.empty()) row.counts.fill({"-", ""});
    row.last = {"could not be checked", color_of(Severity::Error)};
  } else if (!file.findings.empty()) {
    const auto worst = std::min_element(
        file.findings.begin(), file.findings.end(),
        [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
    row.last = {std::string(worst->rule), color_of(worst->severity)};
  }
  return row;
}

// The rows as lines, the first one bold. All columns but the last are as wide as their widest cell.
std::string table(std::vector<Row> rows, bool color) {
  constexpr std::size_t kGap = 2;
  constexpr std::size_t kLeastName = 20;
  std::array<std::size_t, 3> widths{};
  std::size_t rest = 0;
  std::vector<std::string> names;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths.at(i) = std::max(widths.at(i), row.counts.at(i).text.size());
    rest = std::max(rest, kGap + row.last.text.size());
    names.push_back(row.name);
  }
  for (const std::size_t width : widths) rest += kGap + width;
  names = shortened(names, std::max(kLeastName, kWidth - std::min(rest, kWidth)));
  std::size_t widest = 0;
  for (const std::string& name : names) widest = std::max(widest, text::count_characters(name));

  std::string out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::string line = names[i] + padding(names[i], widest);
    for (std::size_t j = 0; j < widths.size(); ++j) {
      const Cell& cell = rows[i].counts.at(j);
      line.append(kGap, ' ').append(padding(cell.text, widths.at(j)));
      line += painted(cell.text, cell.color, color && !cell.color.empty());
    }
    line.append(kGap, ' ');
    line += painted(rows[i].last.text, rows[i].last.color, color && !rows[i].last.color.empty());
    out += painted(line, "1", color && i == 0) + "\n";
  }
  return out;
}

struct RuleTotal {
  std::size_t count = 0;
  Severity severity = Severity::Note;
  std::string_view rule;
};

// The severest first, of these the most frequent.
std::vector<RuleTotal> totals_of(const CheckReport& report) {
  std::map<std::pair<Severity, std::string_view>, std::size_t> counts;
  for (const CheckedFile& file : report.files) {
    for (const Finding& finding : file.findings) ++counts[{finding.severity, finding.rule}];
  }
  std::vector<RuleTotal> totals;
  for (const auto& [key, count] : counts) totals.push_back({count, key.first, key.second});
  std::stable_sort(totals.begin(), totals.end(), [](const RuleTotal& a, const RuleTotal& b) {
    return a.severity != b.severity ? a.severity < b.severity : a.count > b.count;
  });
  return totals;
}

std::string totals_text(const CheckReport& report, bool color) {
  constexpr std::size_t kWidestRule = 31;  // a longer one has its summary on the next line
  const std::vector<RuleTotal> totals = totals_of(report);
  if (totals.empty()) return "";
  std::size_t width = 0;
  for (const RuleTotal& total : totals) width = std::max(width, total.rule.size());
  const std::string head = fmt::format("{:>5}  {:<8}  ", "COUNT", "SEVERITY");
  const std::size_t indent = head.size() + std::min(width, kWidestRule) + 2;

  std::string out = painted(head + "RULE", "1", color) + "\n";
  for (const RuleTotal& total : totals) {
    const std::string count = fmt::format("{:>5}  ", total.count);
    const std::string severity = fmt::format("{:<8}", check::to_string(total.severity));
    out += fmt::format("{}{}  {}", count, painted(severity, color_of(total.severity), color),
                       total.rule);
    const check::Rule* rule = check::find_rule(total.rule);
    append_wrapped(out, rule == nullptr ? "" : rule->summary,
                   count.size() + severity.size() + 2 + total.rule.size(), indent);
  }
  return out;
}

// ---- benchmarks ---------------------------------------------------------------------------------

std::string_view control_color(ControlState state) {
  return state == ControlState::Pass ? "32" : state == ControlState::Fail ? "1;31" : "1;33";
}

struct ControlColumns {
  std::size_t number = 0;
  std::size_t title = 0;
};

constexpr std::size_t kStateWidth = 6;  // "manual"

std::string control_text(const ControlResult& result, const ControlColumns& columns, bool color) {
  const std::string state = fmt::format("{:<{}}", check::to_string(result.state), kStateWidth);
  const std::size_t indent = 2 + kStateWidth + 2 + columns.number + 2;
  std::string out =
      fmt::format("  {}  {}{}  {}", painted(state, control_color(result.state), color),
                  result.number, padding(result.number, columns.number), result.title);
  if (!result.value.empty())
    out += padding(result.title, columns.title) + "  " + text::one_line(result.value);
  out += "\n";
  if (!result.remark.empty()) append_wrapped(out, text::one_line(result.remark), 0, indent);
  return out;
}

}  // namespace

std::string to_text(const CheckReport& report, bool color) {
  std::string out;
  for (const CheckedFile& file : report.files) {
    const auto source = with_printable_name(file.source);
    std::string part;
    if (file.error) part += error_text(*file.error, source.get(), color);
    for (const Finding& finding : file.findings) part += finding_text(finding, *source, color);
    append_part(out, part);
  }
  append_part(out, closing_line(findings_counted(tally(report)), report));
  return out;
}

std::string to_summary(const CheckReport& report, bool color) {
  std::string out;
  if (!report.files.empty()) {
    std::vector<Row> rows = {Row{.name = "FILE",
                                 .counts = {{{"E", ""}, {"W", ""}, {"N", ""}}},
                                 .last = {"WORST FINDING", ""}}};
    for (const CheckedFile& file : report.files) rows.push_back(row_of(file));
    out = table(std::move(rows), color);
  }
  append_part(out, totals_text(report, color));
  append_part(out, closing_line(findings_counted(tally(report)), report));
  return out;
}

std::string controls_text(const CheckReport& report, check::Benchmark benchmark,
                          const std::vector<std::vector<ControlResult>>& results, bool color) {
  constexpr std::size_t kWidestTitle = 44;  // values of longer ones are not aligned
  ControlColumns columns;
  std::map<ControlState, std::size_t> counts;
  for (const auto& controls : results) {
    for (const ControlResult& control : controls) {
      ++counts[control.state];
      const std::size_t title = text::count_characters(control.title);
      columns.number = std::max(columns.number, control.number.size());
      if (title <= kWidestTitle) columns.title = std::max(columns.title, title);
    }
  }
  std::string out;
  for (std::size_t i = 0; i < report.files.size(); ++i) {
    const CheckedFile& file = report.files[i];
    const auto source = with_printable_name(file.source);
    if (file.error) {
      append_part(out, error_text(*file.error, source.get(), color));
      continue;
    }
    std::string part = fmt::format("{} {}\n", painted(source->name() + ":", "1", color),
                                   check::edition(benchmark, file.version));
    for (const ControlResult& control : results[i]) part += control_text(control, columns, color);
    append_part(out, part);
  }
  append_part(out,
              closing_line(fmt::format("{} pass, {} fail and {} manual", counts[ControlState::Pass],
                                       counts[ControlState::Fail], counts[ControlState::Manual]),
                           report));
  return out;
}

}  // namespace kaudit::cli
