#include "text/line_diff.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <random>

namespace kaudit::text {
namespace {

std::string edits_between(const std::string& before, const std::string& after,
                          std::size_t limit = 500) {
  std::string out;
  for (const TextEdit& e : line_diff(SourceText("a", before), SourceText("b", after), limit)) {
    out +=
        fmt::format("{}{}..{}={}", out.empty() ? "" : " ", e.span.begin, e.span.end, e.replacement);
  }
  return out;
}

TEST(LineDiff, GivesWholeLines) {
  struct Row {
    std::string before;
    std::string after;
    std::string_view edits;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"", "", ""},
           {"a\nb\n", "a\nb\n", ""},
           {"", "a\n", "0..0=a\n"},
           {"a\n", "", "0..2="},
           {"a\nb\n", "a\nx\nb\n", "2..2=x\n"},
           {"a\nx\nb\n", "a\nb\n", "2..4="},
           {"a\nx\nb\n", "a\ny\nb\n", "2..4=y\n"},
           {"a\nb\nc\nd\n", "a\nB\nc\nD\n", "2..4=B\n 6..8=D\n"},
           {"a\nb", "a\nb\n", "2..3=b\n"},  // a final newline is part of the last line
           {"a\n", "a\nb", "2..2=b"},
           {"a\r\n", "a\n", "0..3=a\n"},
       }) {
    EXPECT_EQ(edits_between(row.before, row.after), row.edits)
        << testing::PrintToString(row.before) << " to " << testing::PrintToString(row.after);
  }
}

TEST(LineDiff, GivesUpBeyondTheLimitWithOneEdit) {
  const std::string before = "a\nb\nc\nd\ne\n";
  const std::string after = "a\nB\nc\nD\ne\n";
  EXPECT_EQ(edits_between(before, after, 4), "2..4=B\n 6..8=D\n");
  EXPECT_EQ(edits_between(before, after, 3), "2..8=B\nc\nD\n");
}

// The length of the longest common subsequence, by the textbook's table.
std::size_t common_lines(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> table(a.size() + 1,
                                              std::vector<std::size_t>(b.size() + 1, 0));
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      table[i][j] = a[i - 1] == b[j - 1] ? table[i - 1][j - 1] + 1
                                         : std::max(table[i - 1][j], table[i][j - 1]);
    }
  }
  return table[a.size()][b.size()];
}

std::string as_lines(const std::string& letters) {
  std::string text;
  for (char c : letters) text += std::string(1, c) + "\n";
  return text;
}

TEST(LineDiff, LeadsToTheOtherTextWithAsFewLinesAsPossible) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string a(random() % 9, ' ');
    std::string b(random() % 9, ' ');
    for (char& c : a) c = static_cast<char>('a' + random() % 3);
    for (char& c : b) c = static_cast<char>('a' + random() % 3);
    const SourceText before("a", as_lines(a));
    const SourceText after("b", as_lines(b));
    const std::vector<TextEdit> edits = line_diff(before, after);
    const auto applied = apply(before.bytes(), edits);
    ASSERT_TRUE(applied) << a << " to " << b;
    ASSERT_EQ(*applied, after.bytes()) << a << " to " << b;
    std::size_t touched = 0;  // each line is two bytes
    for (const TextEdit& e : edits) touched += (e.span.size() + e.replacement.size()) / 2;
    ASSERT_EQ(touched, a.size() + b.size() - 2 * common_lines(a, b)) << a << " to " << b;
  }
}

}  // namespace
}  // namespace kaudit::text
