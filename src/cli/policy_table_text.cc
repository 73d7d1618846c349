// The forms for a terminal.
#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "cli/output.h"
#include "cli/policy_parts.h"
#include "cli/policy_table.h"
#include "cli/report_parts.h"
#include "text/excerpt.h"
#include "text/source_text.h"

namespace kaudit::cli {
namespace {

using audit::Level;
using Part = TableRow::Part;

constexpr std::size_t kVerbCount = audit::kVerbs.size();
constexpr std::size_t kNameWidth = 27;
constexpr std::size_t kIndent = 2;

struct Column {
  std::string_view head;
  std::size_t width;
};
// Wide enough for the head and for "meta*".
constexpr std::array<Column, kVerbCount> kColumns{{{"get", 5},
                                                   {"list", 5},
                                                   {"watch", 5},
                                                   {"create", 6},
                                                   {"update", 6},
                                                   {"patch", 5},
                                                   {"delete", 6},
                                                   {"delcoll", 7}}};

// What a cell shows of a level.
constexpr std::array<std::string_view, audit::kLevels.size()> kCellWords{"-", "meta", "req",
                                                                         "full"};

std::string_view word_of(Level level) {
  return kCellWords.at(static_cast<std::size_t>(level));
}

std::string painted_word(Level level, bool color) {
  return painted(word_of(level), color_of(level), color);
}

// ---- rows that look alike -----------------------------------------------------------------------

// What a cell looks like, or how it changed; two rows are one where all of these are equal, served
// or not: that pods/exec has no verb list is no reason to tell it apart from pods.
using Look = std::array<int, kVerbCount>;

struct Line {
  Look look{};
  std::array<bool, kVerbCount> is_served{};
  std::vector<std::string> names;
};

void add_served(Line& line, const TableRow& row) {
  for (std::size_t i = 0; i < kVerbCount; ++i)
    line.is_served.at(i) = line.is_served.at(i) || row.cells.at(i).is_served;
}

// Under one heading.
struct Section {
  Part part = Part::BuiltIn;
  std::string heading;  // the group
  std::size_t row_count = 0;
  std::vector<Line> lines;
};

std::string heading_of(const TableRow& row) {
  switch (row.part) {
    case Part::BuiltIn:
      return row.group.empty() ? "core" : row.group;
    case Part::Custom:
      return "custom resources";
    case Part::Url:
      return "other URLs";
  }
  return "";
}

// In the order of the rows. `look` says nothing for a row that is to be left out.
using LookOf = std::function<std::optional<Look>(std::size_t)>;

std::vector<Section> sections_of(const PolicyTable& table, const LookOf& look_of) {
  std::vector<Section> sections;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const TableRow& row = table.rows[i];
    std::string heading = heading_of(row);
    if (sections.empty() || sections.back().heading != heading)
      sections.push_back({row.part, std::move(heading), 0, {}});
    Section& section = sections.back();
    ++section.row_count;
    const std::optional<Look> look = look_of(i);
    if (!look) continue;
    auto line = std::ranges::find(section.lines, *look, &Line::look);
    if (line == section.lines.end()) line = section.lines.insert(line, {*look, {}, {}});
    line->names.push_back(row.name);
    add_served(*line, row);
  }
  std::erase_if(sections, [](const Section& section) { return section.lines.empty(); });
  return sections;
}

// The longest list of names becomes "all other": nobody reads twenty names for "the rest".
void shorten(std::vector<Line>& lines, std::size_t row_count, std::string_view what) {
  constexpr std::size_t kMany = 6;
  std::size_t shown = 0;
  for (const Line& line : lines) shown += line.names.size();
  if (lines.empty() || shown < row_count) return;
  const auto longest =
      std::ranges::max_element(lines, {}, [](const Line& line) { return line.names.size(); });
  if (longest->names.size() <= kMany) return;
  longest->names = {lines.size() == 1 ? fmt::format("all {}", what)
                                      : fmt::format("all other {}", what)};
  std::rotate(longest, longest + 1, lines.end());
}

bool is_uniform(const Section& section) {
  return section.part == Part::BuiltIn && section.lines.size() == 1 &&
         section.lines[0].names.size() == section.row_count;
}

// Groups in which all resources look alike become lines of one section behind the other groups.
void gather_uniform(std::vector<Section>& sections) {
  const auto count = static_cast<std::size_t>(std::ranges::count_if(
      sections, [](const Section& section) { return section.part == Part::BuiltIn; }));
  Section whole{Part::BuiltIn, "whole groups", 0, {}};
  for (const Section& section : sections) {
    if (!is_uniform(section)) continue;
    ++whole.row_count;
    const Line& only = section.lines[0];
    auto line = std::ranges::find(whole.lines, only.look, &Line::look);
    if (line == whole.lines.end()) line = whole.lines.insert(line, {only.look, {}, {}});
    line->names.push_back(section.heading);
    for (std::size_t i = 0; i < kVerbCount; ++i)
      line->is_served.at(i) = line->is_served.at(i) || only.is_served.at(i);
  }
  if (whole.lines.empty()) return;
  std::erase_if(sections, is_uniform);
  shorten(whole.lines, whole.row_count, whole.row_count == count ? "groups" : "built-in groups");
  const auto behind = std::ranges::find_if(
      sections, [](const Section& section) { return section.part != Part::BuiltIn; });
  sections.insert(behind, std::move(whole));
}

void shorten_all(std::vector<Section>& sections) {
  for (Section& section : sections)
    if (section.part == Part::BuiltIn) shorten(section.lines, section.row_count, "resources");
}

// ---- lines --------------------------------------------------------------------------------------

// "a, b," and "c": lines of at most `width` columns, but for single names that are longer.
std::vector<std::string> wrapped(const std::vector<std::string>& names, std::size_t width) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string name = text::one_line(names[i]) + (i + 1 < names.size() ? "," : "");
    const bool fits =
        !lines.empty() &&
        text::count_characters(lines.back()) + 1 + text::count_characters(name) <= width;
    if (fits)
      lines.back() += " " + name;
    else
      lines.push_back(name);
  }
  return lines;
}

std::string padding(std::string_view words, std::size_t width) {
  const std::size_t has = text::count_characters(words);
  return std::string(width > has ? width - has : 0, ' ');
}

void trim_end(std::string& line) {
  line.erase(line.find_last_not_of(' ') + 1);
}

// The names with `cells` behind the first line of them, or below where that is too long.
std::string beside(const std::vector<std::string>& names, std::string_view cells) {
  const std::vector<std::string> lines = wrapped(names, kNameWidth - kIndent);
  std::string out;
  bool is_written = false;
  for (const std::string& line : lines) {
    std::string words = std::string(kIndent, ' ') + line;
    if (!is_written && text::count_characters(words) <= kNameWidth) {
      words += padding(words, kNameWidth) + std::string(cells);
      is_written = true;
    }
    out += words + "\n";
  }
  if (!is_written) out += std::string(kNameWidth, ' ') + std::string(cells) + "\n";
  return out;
}

// None, "*" and "?".
constexpr int kMarkCount = 3;
constexpr std::array<std::string_view, kMarkCount> kMarks{"", "*", "?"};

Level level_of(int look) {
  return static_cast<Level>(look / kMarkCount);
}

std::size_t mark_of(int look) {
  return static_cast<std::size_t>(look % kMarkCount);
}

int look_of(const TableCell& cell) {
  const int mark = cell.exception ? 1 : cell.is_unsearched ? 2 : 0;
  return kMarkCount * static_cast<int>(cell.level) + mark;
}

std::string cells_text(const Line& line, bool color) {
  std::string out;
  std::size_t blanks = 0;
  for (std::size_t i = 0; i < kVerbCount; ++i) {
    const std::size_t width = kColumns.at(i).width;
    if (!line.is_served.at(i)) {
      blanks += 1 + width;
      continue;
    }
    const Level level = level_of(line.look.at(i));
    const std::string_view mark = kMarks.at(mark_of(line.look.at(i)));
    out.append(blanks + 1, ' ');
    out += painted_word(level, color);
    out += mark;
    blanks = width - word_of(level).size() - mark.size();
  }
  return out;
}

std::string head_line(bool color) {
  std::string out(kNameWidth, ' ');
  for (const Column& column : kColumns) out += fmt::format(" {:<{}}", column.head, column.width);
  trim_end(out);
  return painted(out, "1", color) + "\n";
}

std::string legend(const std::vector<Section>& sections, bool color) {
  std::array<bool, audit::kLevels.size()> is_used{};
  std::array<bool, kMarkCount> has_mark{};
  for (const Section& section : sections) {
    for (const Line& line : section.lines) {
      for (std::size_t i = 0; i < kVerbCount; ++i) {
        if (!line.is_served.at(i)) continue;
        is_used.at(static_cast<std::size_t>(level_of(line.look.at(i)))) = true;
        has_mark.at(mark_of(line.look.at(i))) = true;
      }
    }
  }
  std::string out;
  for (const Level level : audit::kLevels) {
    if (is_used.at(static_cast<std::size_t>(level)))
      out += fmt::format("{}{}{}: {}\n", painted_word(level, color), padding(word_of(level), 6),
                         audit::to_string(level), meaning_of(level));
  }
  if (has_mark[1]) out += "*     a rule says otherwise of other users, namespaces or objects\n";
  if (has_mark[2]) out += "?     a rule may: they are too many to try them all\n";
  return out + "delcoll is deletecollection; without a level there are no such requests\n";
}

// ---- what differs -------------------------------------------------------------------------------

constexpr int kSame = -1;
constexpr int kLevelCount = static_cast<int>(audit::kLevels.size());

int change_of(const TableCell& before, const TableCell& after) {
  if (before.level == after.level) return kSame;
  return static_cast<int>(before.level) * kLevelCount + static_cast<int>(after.level);
}

bool is_served(const TableCell& before, const TableCell& after) {
  return before.is_served && after.is_served;
}

bool differs(const TableRow& before, const TableRow& after) {
  for (std::size_t i = 0; i < kVerbCount; ++i) {
    if (is_served(before.cells.at(i), after.cells.at(i)) &&
        change_of(before.cells.at(i), after.cells.at(i)) != kSame)
      return true;
  }
  return false;
}

std::string change_text(int change, bool color) {
  const auto from = static_cast<Level>(change / kLevelCount);
  const auto to = static_cast<Level>(change % kLevelCount);
  return painted_word(from, color) + padding(word_of(from), 4) + " → " + painted_word(to, color) +
         padding(word_of(to), 4);
}

// "meta → full  get list", a line for each pair of levels.
std::vector<std::string> changes_text(const Line& line, bool color) {
  constexpr std::size_t kChangeWidth = 11;
  std::vector<std::pair<int, std::string>> changes;
  for (std::size_t i = 0; i < kVerbCount; ++i) {
    const int change = line.look.at(i);
    if (change == kSame || !line.is_served.at(i)) continue;
    auto found = std::ranges::find(changes, change, &std::pair<int, std::string>::first);
    if (found == changes.end()) found = changes.insert(found, {change, ""});
    found->second += (found->second.empty() ? "" : " ") + std::string(kColumns.at(i).head);
  }
  std::vector<std::string> out;
  for (const auto& [change, verbs] : changes) {
    std::string words;
    const std::size_t indent = kNameWidth + 1 + kChangeWidth + 2;
    append_wrapped(words, verbs, 0, indent);
    // The first line has the change in its indentation.
    out.push_back(" " + change_text(change, color) + "  " + words.substr(indent));
    out.back().pop_back();
  }
  return out;
}

std::string diff_line(const Line& line, bool color) {
  const std::vector<std::string> changes = changes_text(line, color);
  std::string out;
  std::size_t next = 0;
  for (const std::string& name : wrapped(line.names, kNameWidth - kIndent)) {
    std::string words = std::string(kIndent, ' ') + name;
    if (next < changes.size() && text::count_characters(words) <= kNameWidth)
      words += padding(words, kNameWidth) + changes[next++];
    out += words + "\n";
  }
  for (; next < changes.size(); ++next) out += std::string(kNameWidth, ' ') + changes[next] + "\n";
  return out;
}

std::string plural(std::size_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

struct Difference {
  std::size_t cells = 0;
  std::size_t elsewhere = 0;  // equal cells that may differ for other users, namespaces or objects
};

Difference count_differences(const PolicyTable& before, const PolicyTable& after) {
  Difference count;
  for (std::size_t row = 0; row < before.rows.size(); ++row) {
    for (std::size_t i = 0; i < kVerbCount; ++i) {
      const TableCell& a = before.rows[row].cells.at(i);
      const TableCell& b = after.rows[row].cells.at(i);
      if (!is_served(a, b)) continue;
      if (change_of(a, b) != kSame)
        ++count.cells;
      else if (a.is_unsearched || b.is_unsearched ||
               a.exception.has_value() != b.exception.has_value() ||
               (a.exception && a.exception->level != b.exception->level))
        ++count.elsewhere;
    }
  }
  return count;
}

}  // namespace

std::string table_text(const PolicyTable& table, bool color) {
  std::vector<Section> sections = sections_of(table, [&](std::size_t row) {
    Look look{};
    for (std::size_t i = 0; i < kVerbCount; ++i) look.at(i) = look_of(table.rows[row].cells.at(i));
    // What a URL would be for other verbs is nobody's business.
    if (table.rows[row].part == Part::Url) std::fill(look.begin() + 1, look.end(), 0);
    return std::optional(look);
  });
  gather_uniform(sections);
  shorten_all(sections);
  std::string out;
  append_wrapped(out, "for " + text::one_line(described(table.identity)), 0, 0);
  out += "\n" + head_line(color);
  for (const Section& section : sections) {
    out += painted(section.heading, "1", color) + "\n";
    for (const Line& line : section.lines) out += beside(line.names, cells_text(line, color));
  }
  return out + "\n" + legend(sections, color);
}

bool differ(const PolicyTable& before, const PolicyTable& after) {
  return count_differences(before, after).cells > 0;
}

std::string table_diff(const NamedTable& before, const NamedTable& after, bool color) {
  std::vector<Section> sections =
      sections_of(before.table, [&](std::size_t row) -> std::optional<Look> {
        const TableRow& a = before.table.rows[row];
        const TableRow& b = after.table.rows[row];
        if (!differs(a, b)) return {};
        Look look{};
        for (std::size_t i = 0; i < kVerbCount; ++i)
          look.at(i) = change_of(a.cells.at(i), b.cells.at(i));
        if (a.part == Part::Url) std::fill(look.begin() + 1, look.end(), kSame);
        return look;
      });
  gather_uniform(sections);
  shorten_all(sections);
  const Difference count = count_differences(before.table, after.table);
  std::string out;
  append_wrapped(out,
                 fmt::format("from {} to {}, for {}", text::one_line(std::string(before.name)),
                             text::one_line(std::string(after.name)),
                             text::one_line(described(before.table.identity))),
                 0, 0);
  for (const Section& section : sections) {
    out +=
        (&section == &sections.front() ? "\n" : "") + painted(section.heading, "1", color) + "\n";
    for (const Line& line : section.lines) out += diff_line(line, color);
  }
  out += fmt::format("\n{} differ{}\n", count.cells == 0 ? "no cells" : plural(count.cells, "cell"),
                     count.cells == 1 ? "s" : "");
  if (count.elsewhere > 0)
    append_wrapped(
        out,
        fmt::format("{} more may differ for other users, namespaces or objects", count.elsewhere),
        0, 0);
  return out;
}

}  // namespace kaudit::cli
