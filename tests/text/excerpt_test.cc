#include "text/excerpt.h"

#include <gtest/gtest.h>

namespace kaudit::text {
namespace {

std::string shown(std::string bytes, Span span) {
  return excerpt(SourceText("x", std::move(bytes)), span, "");
}

TEST(Excerpt, ShowsTheLineAndMarksThePlace) {
  struct Row {
    std::string_view what;
    std::string bytes;
    Span span;
    std::string_view shown;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"a word", "one: two\nb\n", {5, 8}, "one: two\n     ^~~\n"},
           {"a single byte", "one: two\n", {0, 1}, "one: two\n^\n"},
           {"an empty span", "one: two\n", {5, 5}, "one: two\n     ^\n"},
           {"the end of a line", "one\ntwo\n", {3, 4}, "one\n   ^\n"},
           {"the end of the text", "one", {3, 3}, "one\n   ^\n"},
           {"a second line", "one\ntwo\n", {5, 7}, "two\n ^~\n"},
           {"only the part on the first line", "one\ntwo\n", {1, 7}, "one\n ^~\n"},
           {"not the line end", "one\r\ntwo", {1, 5}, "one\n ^~\n"},
           {"columns, not bytes", "\xC3\xA4\xC3\xA4: x\n", {6, 7}, "\xC3\xA4\xC3\xA4: x\n    ^\n"},
           {"tildes count columns too",
            "a: \xC3\xA4\xC3\xA4\n",
            {3, 7},
            "a: \xC3\xA4\xC3\xA4\n   ^~\n"},
           {"a tab shows as one blank", "\ta: b\n", {1, 2}, " a: b\n ^\n"},
           {"an empty text", "", {0, 0}, "\n^\n"},
       }) {
    EXPECT_EQ(shown(row.bytes, row.span), row.shown) << row.what;
  }
}

TEST(Excerpt, LetsNothingReachTheTerminal) {
  EXPECT_EQ(shown("a\x1b[31mb\n", {1, 2}), "a [31mb\n ^\n");
  EXPECT_EQ(shown("a\x7f"
                  "b\n",
                  {2, 3}),
            "a b\n  ^\n");
  EXPECT_EQ(shown("a\xC2\x9B"
                  "b\n",
                  {3, 4}),
            "a  b\n   ^\n");  // a C1 control, written in UTF-8
  EXPECT_EQ(shown("a\xFF"
                  "b\n",
                  {2, 3}),
            "a?b\n  ^\n");
}

// U+202E turns what follows around, up to the end of the line.
TEST(Excerpt, LetsNothingTurnTheTextAround) {
  EXPECT_EQ(shown("a\u202Eb: c\n", {4, 5}), "a???b: c\n    ^\n");
  EXPECT_EQ(shown("a\u061Cb: c\n", {3, 4}), "a??b: c\n   ^\n");
}

TEST(OneLine, WritesControlCharactersAsEscapes) {
  EXPECT_EQ(one_line("a 'b' \xC3\xA4"), "a 'b' \xC3\xA4");
  EXPECT_EQ(one_line("a\n\t\r"), "a\\n\\t\\r");
  EXPECT_EQ(one_line("\x1b[31m\x7f"), "\\x1b[31m\\x7f");
  EXPECT_EQ(one_line("\xC2\x9B"), "\\u009b");
  EXPECT_EQ(one_line("a\xC3"), "a\\xc3");
}

TEST(OneLine, WritesWhatTurnsTheTextAroundAsEscapes) {
  EXPECT_EQ(one_line("a\u202Eb"), "a\\u202eb");
  EXPECT_EQ(one_line("\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E"),
            "\\u061c\\u200e\\u200f\\u202a\\u202b\\u202c\\u202d\\u202e");
  EXPECT_EQ(one_line("\u2066\u2067\u2068\u2069"), "\\u2066\\u2067\\u2068\\u2069");
  // Their neighbours do not: a joiner, a dash, a line separator, an arabic comma, a word joiner.
  EXPECT_EQ(one_line("\u200D\u2010\u2029\u202F\u060C\u2065\u206A"),
            "\u200D\u2010\u2029\u202F\u060C\u2065\u206A");
}

TEST(Excerpt, CutsALongLineAroundTheCaret) {
  const std::string line = std::string(100, 'a') + "X" + std::string(100, 'b') + "\n";
  EXPECT_EQ(shown(line, {100, 101}), "..." + std::string(48, 'a') + "X" + std::string(23, 'b') +
                                         "...\n" + std::string(51, ' ') + "^\n");
  EXPECT_EQ(shown(line, {0, 1}), std::string(72, 'a') + "...\n^\n");
  EXPECT_EQ(shown(line, {100, 201}), "..." + std::string(48, 'a') + "X" + std::string(23, 'b') +
                                         "...\n" + std::string(51, ' ') + "^" +
                                         std::string(23, '~') + "\n");
  EXPECT_EQ(shown(std::string(72, 'c') + "\n", {71, 72}),
            "..." + std::string(49, 'c') + "\n" + std::string(51, ' ') + "^\n");
}

TEST(Excerpt, RendersAnError) {
  const SourceText source("pod.yaml", "a: 1\nb: [\n");
  EXPECT_EQ(render({ErrorKind::NotYaml, "no end", "close it", Span{8, 9}}, source),
            "pod.yaml:2:4: error: no end\n    b: [\n       ^\n  hint: close it\n");
  EXPECT_EQ(render({ErrorKind::NotYaml, "no end", "", Span{8, 9}}, source),
            "pod.yaml:2:4: error: no end\n    b: [\n       ^\n");
  EXPECT_EQ(render({ErrorKind::Usage, "no", "go", {}}, source),
            "pod.yaml: error: no\n  hint: go\n");
  EXPECT_EQ(place_prefix(source, Span{5, 6}), "pod.yaml:2:1: ");
  EXPECT_EQ(place_prefix(source, {}), "pod.yaml: ");
}

}  // namespace
}  // namespace kaudit::text
