#include "text/unified_diff.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace kaudit::text {
namespace {

// Lines [first, last) of the old text give way to `lines`, each with its line end.
struct Change {
  std::size_t first = 0;
  std::size_t last = 0;
  std::vector<std::string> lines;
};

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    const std::size_t size = newline == std::string_view::npos ? text.size() : newline + 1;
    lines.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

// The first line that is wholly behind `offset`: where an insertion at a line's start belongs.
std::size_t line_at_or_after(const SourceText& source, std::size_t offset) {
  if (offset == source.size()) {
    const bool ended = source.size() == 0 || source.bytes().back() == '\n';
    return ended && source.size() != 0 ? source.line_count() : source.line_of(offset);
  }
  return source.line_of(offset);
}

void trim_common_lines(const SourceText& source, Change& change) {
  auto old_line = [&](std::size_t line) { return source.slice(source.line_span(line)); };
  while (change.first < change.last && !change.lines.empty() &&
         old_line(change.first) == change.lines.front()) {
    ++change.first;
    change.lines.erase(change.lines.begin());
  }
  while (change.first < change.last && !change.lines.empty() &&
         old_line(change.last - 1) == change.lines.back()) {
    --change.last;
    change.lines.pop_back();
  }
}

// Edits that share a line become one change of whole lines.
std::vector<Change> changes_of(const SourceText& source, const std::vector<TextEdit>& edits) {
  std::vector<Change> changes;
  for (std::size_t i = 0; i < edits.size();) {
    const std::size_t first = line_at_or_after(source, edits[i].span.begin);
    const std::size_t start =
        first < source.line_count() ? source.line_span(first).begin : source.size();
    std::string text;
    std::size_t from = start;
    std::size_t last;
    bool whole;  // so far the new text consists of whole lines
    do {
      const TextEdit& edit = edits[i++];
      text.append(source.slice({from, edit.span.begin})).append(edit.replacement);
      from = edit.span.end;
      last = line_at_or_after(source, from);
      const bool at_start = last == source.line_count() || source.line_span(last).begin == from;
      whole = at_start && (text.empty() || text.back() == '\n');
      if (!whole && last < source.line_count()) ++last;
    } while (i < edits.size() && line_at_or_after(source, edits[i].span.begin) < last);
    if (!whole) {
      const std::size_t end =
          last < source.line_count() ? source.line_span(last).begin : source.size();
      text.append(source.slice({from, end}));
    }
    Change change{first, last, split_lines(text)};
    trim_common_lines(source, change);
    if (change.first == change.last && change.lines.empty()) continue;
    if (!changes.empty() && changes.back().last == change.first) {
      // As diff prints neighbours: all removed lines, then all added ones.
      changes.back().last = change.last;
      std::move(change.lines.begin(), change.lines.end(), std::back_inserter(changes.back().lines));
    } else {
      changes.push_back(std::move(change));
    }
  }
  return changes;
}

struct Printer {
  const DiffOptions& options;
  std::string out;

  void line(char mark, std::string_view text) {
    const char* color = mark == '+' ? "\x1b[32m" : mark == '-' ? "\x1b[31m" : nullptr;
    const bool ended = !text.empty() && text.back() == '\n';
    if (ended) text.remove_suffix(1);
    if (options.color && color != nullptr) {
      out += fmt::format("{}{}{}\x1b[0m\n", color, mark, text);
    } else {
      out += fmt::format("{}{}\n", mark, text);
    }
    if (!ended) out += "\\ No newline at end of file\n";
  }

  void header(std::string_view text, const char* color) {
    out += options.color ? fmt::format("{}{}\x1b[0m\n", color, text) : fmt::format("{}\n", text);
  }
};

// As GNU diff writes a range: an empty one names the line before it, a single one has no count.
std::string range(std::size_t first, std::size_t count) {
  if (count == 0) return fmt::format("{},0", first);
  return count == 1 ? fmt::format("{}", first + 1) : fmt::format("{},{}", first + 1, count);
}

}  // namespace

std::string unified_diff(const SourceText& source, std::vector<TextEdit> edits,
                         const DiffOptions& options) {
  sort_edits(edits);
  const std::vector<Change> changes = changes_of(source, edits);
  if (changes.empty()) return {};
  const std::size_t old_count = source.size() == 0 ? 0 : source.line_count();
  Printer printer{options, {}};
  printer.header("--- " + options.old_name, "\x1b[1m");
  printer.header("+++ " + options.new_name, "\x1b[1m");
  std::ptrdiff_t shift = 0;  // new line number minus old line number
  for (std::size_t i = 0; i < changes.size();) {
    std::size_t end = i + 1;
    while (end < changes.size() &&
           changes[end].first - changes[end - 1].last <= 2 * options.context) {
      ++end;
    }
    const std::size_t first = changes[i].first - std::min(changes[i].first, options.context);
    const std::size_t last = std::min(old_count, changes[end - 1].last + options.context);
    std::size_t new_count = last - first;
    for (std::size_t c = i; c < end; ++c) {
      new_count = new_count + changes[c].lines.size() - (changes[c].last - changes[c].first);
    }
    const auto new_first = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(first) + shift);
    printer.header(
        fmt::format("@@ -{} +{} @@", range(first, last - first), range(new_first, new_count)),
        "\x1b[36m");
    std::size_t at = first;
    auto context_to = [&](std::size_t stop) {
      for (; at < stop; ++at) printer.line(' ', source.slice(source.line_span(at)));
    };
    for (; i < end; ++i) {
      context_to(changes[i].first);
      for (; at < changes[i].last; ++at) printer.line('-', source.slice(source.line_span(at)));
      for (const std::string& added : changes[i].lines) printer.line('+', added);
      shift += static_cast<std::ptrdiff_t>(changes[i].lines.size()) -
               static_cast<std::ptrdiff_t>(changes[i].last - changes[i].first);
    }
    context_to(last);
  }
  return std::move(printer.out);
}

}  // namespace kaudit::text
