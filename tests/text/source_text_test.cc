#include "text/source_text.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace kaudit::text {
namespace {

// Every line as "begin..end-of-content..end".
std::string lines_of(const SourceText& text) {
  std::string out;
  for (std::size_t i = 0; i < text.line_count(); ++i) {
    const Span whole = text.line_span(i);
    const Span content = text.line_content(i);
    EXPECT_EQ(content.begin,
              whole.begin == 0 && text.bytes().starts_with("\xEF\xBB\xBF") ? 3U : whole.begin);
    out += fmt::format("{}{}..{}..{}", i == 0 ? "" : " ", whole.begin, content.end, whole.end);
  }
  return out;
}

TEST(SourceText, KnowsItsLines) {
  struct Row {
    std::string bytes;
    std::string_view lines;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"", "0..0..0"},
           {"a", "0..1..1"},
           {"a\n", "0..1..2"},
           {"\n", "0..0..1"},
           {"\n\n", "0..0..1 1..1..2"},
           {"a\nbc", "0..1..2 2..4..4"},
           {"a\r\nbc\r\n", "0..1..3 3..5..7"},
           {"a\r\nb\nc", "0..1..3 3..4..5 5..6..6"},
           {"a\rb\n", "0..3..4"},   // a lone carriage return ends no line
           {"a\r\r\n", "0..2..4"},  // only the one before the line feed belongs to the end
           {"a\r", "0..1..2"},      // nor does it belong to the content of a cut-off line
           {"\xEF\xBB\xBF"
            "a\nb",
            "0..4..5 5..6..6"},
       }) {
    EXPECT_EQ(lines_of(SourceText("x", row.bytes)), row.lines) << testing::PrintToString(row.bytes);
  }
}

TEST(SourceText, FindsTheLineOfAnOffset) {
  const SourceText text("x", "a\nbc\r\nd");
  const std::size_t lines[] = {0, 0, 1, 1, 1, 1, 2, 2};  // the last one is the end of the text
  const std::size_t starts[] = {0, 0, 2, 2, 2, 2, 6, 6};
  for (std::size_t offset = 0; offset <= text.size(); ++offset) {
    EXPECT_EQ(text.line_of(offset), lines[offset]) << offset;
    EXPECT_EQ(text.line_start(offset), starts[offset]) << offset;
  }
  EXPECT_EQ(SourceText("x", "a\n").line_of(2), 0U);  // no empty line behind the last line feed
}

TEST(SourceText, CountsColumnsInCharacters) {
  struct Row {
    std::string bytes;
    std::size_t offset;
    Position position;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"", 0, {1, 1}},
           {"abc", 0, {1, 1}},
           {"abc", 2, {1, 3}},
           {"abc", 3, {1, 4}},
           {"abc", 99, {1, 4}},  // behind the end counts as the end
           {"a\nbc\n", 2, {2, 1}},
           {"a\nbc\n", 4, {2, 3}},
           {"a\nbc\n", 5, {2, 4}},
           {"a\r\nbc", 3, {2, 1}},
           {"\tb", 1, {1, 2}},  // a tab is one character
           {"\xC3\xA4"
            "b",
            2,
            {1, 2}},  // two bytes
           {"\xE2\x82\xAC"
            "b",
            3,
            {1, 2}},  // three
           {"\xF0\x9F\x98\x80"
            "b",
            4,
            {1, 2}},  // four
           {"x\n\xC3\xA4\xC3\xA4"
            "b",
            6,
            {2, 3}},
       }) {
    EXPECT_EQ(SourceText("x", row.bytes).position(row.offset), row.position)
        << testing::PrintToString(row.bytes) << " " << row.offset;
  }
}

// An editor shows neither a byte order mark nor a column for it.
TEST(SourceText, GivesNoColumnToAByteOrderMark) {
  const SourceText text("x",
                        "\xEF\xBB\xBF"
                        "ab\nc");
  EXPECT_EQ(text.position(3), (Position{1, 1}));
  EXPECT_EQ(text.position(4), (Position{1, 2}));
  EXPECT_EQ(text.position(6), (Position{2, 1}));
}

TEST(SourceText, GivesTheBytesBackUntouched) {
  const std::string bytes("a\r\n\0b", 5);
  const SourceText text("name.yaml", bytes);
  EXPECT_EQ(text.name(), "name.yaml");
  EXPECT_EQ(text.bytes(), bytes);
  EXPECT_EQ(text.size(), bytes.size());
  EXPECT_EQ(text.slice({1, 3}), "\r\n");
  EXPECT_EQ(text.slice({3, 3}), "");
}

}  // namespace
}  // namespace kaudit::text
