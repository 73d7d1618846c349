// The form for a browser. What a policy says comes from anybody, so all of it is escaped; and the
// page may load nothing, which its Content-Security-Policy holds the browser to.
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "cli/policy_parts.h"
#include "cli/policy_table.h"
#include "text/excerpt.h"

namespace kaudit::cli {
namespace {

using audit::Level;
using Part = TableRow::Part;

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
)";

// Levels differ in lightness as well as in hue, for those who do not see the hue and for printers.
constexpr std::string_view kStyle = R"(<style>
:root {
  --page: #ffffff; --text: #1c2126; --soft: #5b6670; --line: #d9dfe4; --head: #f3f5f7;
  --none: #eef0f2; --none-text: #5b6670; --meta: #cfe4f7; --meta-text: #12395c;
  --req: #f9cf6f; --req-text: #4a3300; --full: #c0392b; --full-text: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14181b; --text: #e4e8eb; --soft: #9aa6b0; --line: #343c43; --head: #1e2429;
    --none: #22282d; --none-text: #9aa6b0; --meta: #1d4061; --meta-text: #d5e8fa;
    --req: #8a6410; --req-text: #fff3d6; --full: #d9604f; --full-text: #1a0502;
  }
}
body { background: var(--page); color: var(--text); margin: 2rem auto; max-width: 64rem;
  padding: 0 1rem; font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 0.75rem; }
p { margin: 0.4rem 0; color: var(--soft); }
ul { list-style: none; padding: 0; margin: 1.2rem 0; display: flex; flex-wrap: wrap;
  gap: 0.4rem 1.4rem; }
.key { display: inline-block; min-width: 2.6rem; padding: 0.1rem 0.4rem; border-radius: 3px;
  text-align: center; font-size: 0.85rem; }
table { border-collapse: separate; border-spacing: 2px; width: 100%; font-size: 0.87rem; }
thead th { position: sticky; top: 0; background: var(--page); padding: 0.5rem 0.2rem;
  font-weight: 600; z-index: 1; }
tbody th { text-align: left; font-weight: 400; padding: 0.1rem 0.4rem; min-width: 11rem;
  overflow-wrap: anywhere; }
tbody th.sub { padding-left: 1.6rem; color: var(--soft); }
tbody th.group { font-weight: 600; padding-top: 1rem; border-bottom: 1px solid var(--line); }
td { width: 4.6rem; padding: 0; text-align: center; border-radius: 3px; }
td a, td span { display: block; padding: 0.12rem 0; color: inherit; text-decoration: none;
  border-radius: 3px; }
td a:hover, td a:focus-visible { outline: 2px solid var(--text); outline-offset: -1px; }
.none { background: var(--none); color: var(--none-text); }
.meta { background: var(--meta); color: var(--meta-text); }
.req { background: var(--req); color: var(--req-text); }
.full { background: var(--full); color: var(--full-text); }
.rule { border: 1px solid var(--line); border-radius: 4px; margin: 0.7rem 0; overflow: hidden; }
.rule:target { border-color: var(--text); box-shadow: 0 0 0 2px var(--text); }
.rule p { background: var(--head); margin: 0; padding: 0.35rem 0.7rem; color: var(--text); }
pre { margin: 0; padding: 0.5rem 0.7rem; overflow-x: auto;
  font: 0.82rem/1.4 ui-monospace, monospace; }
@media print { thead th { position: static; } .rule { break-inside: avoid; } }
</style>
)";

struct LevelWords {
  std::string_view cell;  // and its class
  std::string_view meaning;
};
constexpr std::array<LevelWords, audit::kLevels.size()> kLevelWords{
    {{"none", "None: nothing"},
     {"meta", "Metadata: no bodies"},
     {"req", "Request: with its body"},
     {"full", "RequestResponse: both bodies"}}};

const LevelWords& words_of(Level level) {
  return kLevelWords.at(static_cast<std::size_t>(level));
}

std::string escaped(std::string_view words) {
  std::string out;
  for (const char c : words) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// One line of text from anywhere.
std::string escaped_line(std::string_view words) {
  return escaped(text::one_line(std::string(words)));
}

std::string escaped_lines(std::string_view words) {
  std::string out;
  while (!words.empty()) {
    const std::size_t size = std::min(words.find_first_of("\t\r\n"), words.size());
    out += escaped_line(words.substr(0, size)) + std::string(words.substr(size, 1));
    words.remove_prefix(std::min(size + 1, words.size()));
  }
  return out;
}

class Page {
 public:
  Page(const PolicyTable& table, const audit::AuditPolicy& policy, const text::SourceText& source)
      : table_(table), policy_(policy), source_(source), decided_(policy.rules.size(), 0) {
    for (const TableRow& row : table.rows) {
      for (const TableCell& cell : row.cells) {
        if (!cell.is_served) continue;
        ++levels_.at(static_cast<std::size_t>(cell.level));
        has_exceptions_ = has_exceptions_ || cell.exception;
        has_unsearched_ = has_unsearched_ || cell.is_unsearched;
        if (cell.rule) ++decided_.at(*cell.rule);
      }
    }
  }

  std::string html() const {
    const std::string title = fmt::format("Audit policy {}", escaped_line(source_.name()));
    std::string out = fmt::format("{}<title>{}</title>\n{}</head>\n<body>\n", kHead, title, kStyle);
    out += fmt::format("<h1>{}</h1>\n<p>What it records for {}.</p>\n", title,
                       escaped_line(described(table_.identity)));
    return out + legend() + matrix() + rules() + "</body>\n</html>\n";
  }

 private:
  std::string legend() const {
    std::string out = "<ul>\n";
    for (std::size_t i = 0; i < kLevelWords.size(); ++i)
      out += fmt::format("<li><span class=\"key {0}\">{0}</span> {1} ({2} cells)</li>\n",
                         kLevelWords.at(i).cell, kLevelWords.at(i).meaning, levels_.at(i));
    if (has_exceptions_)
      out += "<li>* a rule says otherwise of other users, namespaces or objects</li>\n";
    if (has_unsearched_)
      out +=
          "<li>? a rule may say otherwise of other users, namespaces or objects: they are too many "
          "to try them all</li>\n";
    return out + "</ul>\n";
  }

  std::string decided_by(std::optional<std::size_t> rule) const {
    return rule ? rule_text(policy_, source_, *rule) : "no rule matches";
  }

  std::string cell(const TableRow& row, std::size_t verb) const {
    const TableCell& cell = row.cells.at(verb);
    if (!cell.is_served) return "<td></td>";
    std::string title = fmt::format("{} {}: {}, {}", audit::to_string(audit::kVerbs.at(verb)),
                                    row.name, audit::to_string(cell.level), decided_by(cell.rule));
    if (cell.exception)
      title += fmt::format("; for some others {}, {}", audit::to_string(cell.exception->level),
                           decided_by(cell.exception->rule));
    const std::string_view word = words_of(cell.level).cell;
    const std::string_view mark = cell.exception ? "*" : cell.is_unsearched ? "?" : "";
    const std::string shown =
        cell.rule ? fmt::format("<a href=\"#rule-{}\" title=\"{}\">{}{}</a>", *cell.rule,
                                escaped_line(title), word, mark)
                  : fmt::format("<span title=\"{}\">{}{}</span>", escaped_line(title), word, mark);
    return fmt::format("<td class=\"{}\">{}</td>", word, shown);
  }

  static std::string heading_of(const TableRow& row) {
    if (row.part == Part::Custom) return "custom resources";
    if (row.part == Part::Url) return "other URLs";
    return row.group.empty() ? "core" : row.group;
  }

  std::string matrix() const {
    std::string out = "<table>\n<thead><tr><th scope=\"col\"></th>";
    for (const audit::Verb verb : audit::kVerbs) {
      // The longest has a place where it may be broken.
      const bool is_long = verb == audit::Verb::DeleteCollection;
      out += fmt::format("<th scope=\"col\">{}</th>",
                         is_long ? "delete&shy;collection" : audit::to_string(verb));
    }
    out += "</tr></thead>\n";
    std::string heading;
    for (const TableRow& row : table_.rows) {
      if (heading_of(row) != heading) {
        out += heading.empty() ? "<tbody>\n" : "</tbody>\n<tbody>\n";
        heading = heading_of(row);
        out +=
            fmt::format("<tr><th class=\"group\" colspan=\"{}\" scope=\"colgroup\">{}</th></tr>\n",
                        audit::kVerbs.size() + 1, escaped_line(heading));
      }
      const bool is_sub = row.part == Part::BuiltIn && row.name.find('/') != std::string::npos;
      out += fmt::format("<tr><th scope=\"row\"{}>{}</th>", is_sub ? " class=\"sub\"" : "",
                         escaped_line(row.name));
      for (std::size_t i = 0; i < row.cells.size(); ++i) out += cell(row, i);
      out += "</tr>\n";
    }
    return out + (heading.empty() ? "" : "</tbody>\n") + "</table>\n";
  }

  // The lines of the rule as they stand in the policy.
  std::string text_of(std::size_t rule) const {
    const text::Span place = policy_.rules[rule].place;
    // With its indentation; in JSON and in flow style other things may stand before it.
    const std::size_t start = source_.line_start(place.begin);
    const bool is_first =
        source_.slice({start, place.begin}).find_first_not_of(" \t-") == std::string_view::npos;
    std::string words(source_.slice({is_first ? start : place.begin, place.end}));
    words.erase(words.find_last_not_of(" \t\r\n") + 1);
    return words;
  }

  std::string rules() const {
    std::string out = "<h2>Rules, in the order in which they are asked</h2>\n";
    for (std::size_t i = 0; i < policy_.rules.size(); ++i) {
      const Level level = policy_.rules[i].level.value;
      out += fmt::format(
          "<div class=\"rule\" id=\"rule-{0}\"><p>{1} "
          "<span class=\"key {2}\">{2}</span> decides {3} of the cells above</p>\n"
          "<pre>{4}</pre></div>\n",
          i, rule_text(policy_, source_, i), words_of(level).cell, decided_[i],
          escaped_lines(text_of(i)));
    }
    return out;
  }

  const PolicyTable& table_;
  const audit::AuditPolicy& policy_;
  const text::SourceText& source_;
  std::vector<std::size_t> decided_;
  std::array<std::size_t, kLevelWords.size()> levels_{};
  bool has_exceptions_ = false;
  bool has_unsearched_ = false;
};

}  // namespace

std::string table_html(const PolicyTable& table, const audit::AuditPolicy& policy,
                       const text::SourceText& source) {
  return Page(table, policy, source).html();
}

}  // namespace kaudit::cli
