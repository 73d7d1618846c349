#include "text/line_diff.h"

#include <algorithm>
#include <optional>

namespace kaudit::text {
namespace {

struct Lines {
  explicit Lines(const SourceText& text) {
    for (std::size_t i = 0; text.size() > 0 && i < text.line_count(); ++i)
      spans.push_back(text.line_span(i));
    bytes = text.bytes();
  }
  std::string_view line(std::size_t i) const {
    return bytes.substr(spans[i].begin, spans[i].size());
  }
  // Where line `i` begins; the end of the text for the one behind the last.
  std::size_t begin(std::size_t i) const {
    return i < spans.size() ? spans[i].begin : bytes.size();
  }

  std::vector<Span> spans;
  std::string_view bytes;
};

// A run of lines [old_begin, old_end) that becomes [new_begin, new_end).
struct Run {
  std::size_t old_begin, old_end, new_begin, new_end;
};

// The middle part of both texts, between what is common at both ends.
struct Middle {
  std::size_t begin = 0;
  std::size_t old_end = 0;
  std::size_t new_end = 0;
};

Middle trim(const Lines& before, const Lines& after) {
  Middle m{0, before.spans.size(), after.spans.size()};
  while (m.begin < m.old_end && m.begin < m.new_end && before.line(m.begin) == after.line(m.begin))
    ++m.begin;
  while (m.old_end > m.begin && m.new_end > m.begin &&
         before.line(m.old_end - 1) == after.line(m.new_end - 1)) {
    --m.old_end;
    --m.new_end;
  }
  return m;
}

// Furthest old line reached on each diagonal, one row for each number of differences.
using Trace = std::vector<std::vector<std::ptrdiff_t>>;

template <typename V>
auto& at(V& row, std::ptrdiff_t index) {
  return row[static_cast<std::size_t>(index)];
}

class Myers {
 public:
  Myers(const Lines& before, const Lines& after, const Middle& m)
      : before_(before),
        after_(after),
        base_(m.begin),
        n_(static_cast<std::ptrdiff_t>(m.old_end - m.begin)),
        m_(static_cast<std::ptrdiff_t>(m.new_end - m.begin)) {}

  std::optional<std::vector<Run>> run(std::size_t limit) {
    const auto most =
        static_cast<std::ptrdiff_t>(std::min(limit, static_cast<std::size_t>(n_ + m_)));
    std::vector<std::ptrdiff_t> reach(static_cast<std::size_t>(2 * most + 3), 0);
    const std::ptrdiff_t zero = most + 1;
    for (std::ptrdiff_t d = 0; d <= most; ++d) {
      trace_.push_back(reach);
      for (std::ptrdiff_t k = -d; k <= d; k += 2) {
        const bool down = k == -d || (k != d && at(reach, zero + k - 1) < at(reach, zero + k + 1));
        std::ptrdiff_t x = down ? at(reach, zero + k + 1) : at(reach, zero + k - 1) + 1;
        while (x < n_ && x - k < m_ && equal(x, x - k)) ++x;
        at(reach, zero + k) = x;
        if (x >= n_ && x - k >= m_) return backtrack(d, zero);
      }
    }
    return {};
  }

 private:
  bool equal(std::ptrdiff_t x, std::ptrdiff_t y) const {
    return before_.line(base_ + static_cast<std::size_t>(x)) ==
           after_.line(base_ + static_cast<std::size_t>(y));
  }

  std::vector<Run> backtrack(std::ptrdiff_t d, std::ptrdiff_t zero) const {
    std::vector<Run> runs;
    std::ptrdiff_t x = n_;
    std::ptrdiff_t y = m_;
    for (; d > 0; --d) {
      const auto& reach = at(trace_, d);
      const std::ptrdiff_t k = x - y;
      const bool down = k == -d || (k != d && at(reach, zero + k - 1) < at(reach, zero + k + 1));
      const std::ptrdiff_t old_k = down ? k + 1 : k - 1;
      const std::ptrdiff_t from_x = at(reach, zero + old_k);
      const std::ptrdiff_t from_y = from_x - old_k;
      prepend(runs, from_x, down ? from_x : from_x + 1, from_y, down ? from_y + 1 : from_y);
      x = from_x;
      y = from_y;
    }
    return runs;
  }

  void prepend(std::vector<Run>& runs, std::ptrdiff_t old_begin, std::ptrdiff_t old_end,
               std::ptrdiff_t new_begin, std::ptrdiff_t new_end) const {
    const auto line = [&](std::ptrdiff_t i) { return base_ + static_cast<std::size_t>(i); };
    const Run run{line(old_begin), line(old_end), line(new_begin), line(new_end)};
    if (!runs.empty() && runs.front().old_begin == run.old_end &&
        runs.front().new_begin == run.new_end) {
      runs.front().old_begin = run.old_begin;
      runs.front().new_begin = run.new_begin;
    } else {
      runs.insert(runs.begin(), run);
    }
  }

  const Lines& before_;
  const Lines& after_;
  std::size_t base_;
  std::ptrdiff_t n_;
  std::ptrdiff_t m_;
  Trace trace_;
};

}  // namespace

std::vector<TextEdit> line_diff(const SourceText& before, const SourceText& after,
                                std::size_t limit) {
  const Lines old_lines(before);
  const Lines new_lines(after);
  const Middle middle = trim(old_lines, new_lines);
  if (middle.old_end == middle.begin && middle.new_end == middle.begin) return {};
  const auto runs =
      Myers(old_lines, new_lines, middle)
          .run(limit)
          .value_or(std::vector<Run>{{middle.begin, middle.old_end, middle.begin, middle.new_end}});
  std::vector<TextEdit> edits;
  for (const Run& run : runs) {
    const std::size_t from = new_lines.begin(run.new_begin);
    edits.push_back({{old_lines.begin(run.old_begin), old_lines.begin(run.old_end)},
                     std::string(after.bytes().substr(from, new_lines.begin(run.new_end) - from))});
  }
  return edits;
}

}  // namespace kaudit::text
