#include "text/text_edit.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace kaudit::text {
namespace {

std::string applied(std::string_view original, std::vector<TextEdit> edits) {
  const Result<std::string> result = apply(original, std::move(edits));
  if (result) return *result;
  EXPECT_EQ(result.error().kind, ErrorKind::Proof);
  return fmt::format("refused: {} at {}..{}", result.error().message, result.error().place->begin,
                     result.error().place->end);
}

TEST(TextEdit, AppliesInOnePass) {
  struct Row {
    std::string_view original;
    std::vector<TextEdit> edits;
    std::string_view result;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"abc", {}, "abc"},
           {"abc", {{{0, 0}, "x"}}, "xabc"},
           {"abc", {{{3, 3}, "x"}}, "abcx"},
           {"abc", {{{1, 2}, "x"}}, "axc"},
           {"abc", {{{0, 3}, ""}}, ""},
           {"", {{{0, 0}, "x"}}, "x"},
           // The order of giving does not matter, ...
           {"abc", {{{2, 3}, "Z"}, {{0, 1}, "X"}}, "XbZ"},
           // ... except among insertions at one place.
           {"abc", {{{1, 1}, "1"}, {{1, 1}, "2"}}, "a12bc"},
           {"abc", {{{1, 1}, "2"}, {{1, 1}, "1"}}, "a21bc"},
           // An insertion stands before a replacement that begins there, ...
           {"abc", {{{1, 2}, "B"}, {{1, 1}, "x"}}, "axBc"},
           // ... and behind one that ends there.
           {"abc", {{{1, 1}, "x"}, {{0, 1}, "A"}}, "Axbc"},
           // Neighbours touch and do not overlap.
           {"abc", {{{0, 1}, "A"}, {{1, 2}, "B"}, {{2, 3}, "C"}}, "ABC"},
       }) {
    EXPECT_EQ(applied(row.original, row.edits), row.result) << row.original;
  }
}

TEST(TextEdit, RefusesWhatOnlyAMistakeMakes) {
  const std::string_view said = "refused: two edits of the plan touch the same bytes at ";
  EXPECT_EQ(applied("abc", {{{0, 2}, "x"}, {{1, 3}, "y"}}), fmt::format("{}1..3", said));
  EXPECT_EQ(applied("abc", {{{0, 2}, "x"}, {{0, 2}, "x"}}), fmt::format("{}0..2", said));
  EXPECT_EQ(applied("abc", {{{0, 2}, "x"}, {{1, 1}, "y"}}), fmt::format("{}1..1", said));
  EXPECT_EQ(applied("abc", {{{2, 4}, "x"}}), fmt::format("{}2..4", said));
  EXPECT_EQ(applied("abc", {{{4, 4}, "x"}}), fmt::format("{}4..4", said));
  EXPECT_EQ(applied("abc", {{{2, 1}, "x"}}), fmt::format("{}2..1", said));
}

TEST(TextEdit, SortsByPlaceAndKeepsTheOrderOfInsertions) {
  std::vector<TextEdit> edits = {{{4, 5}, "r"}, {{4, 4}, "a"}, {{1, 3}, ""}, {{4, 4}, "b"}};
  sort_edits(edits);
  EXPECT_EQ(edits,
            (std::vector<TextEdit>{{{1, 3}, ""}, {{4, 4}, "a"}, {{4, 4}, "b"}, {{4, 5}, "r"}}));
}

// "abcdef" becomes "aXYbfg" by an insertion, a removal and a replacement.
TEST(TextEdit, FindsThePlaceOfBefore) {
  const std::vector<TextEdit> edits = {{{1, 1}, "XY"}, {{2, 4}, ""}, {{4, 6}, "fg"}};
  ASSERT_EQ(applied("abcdef", edits), "aXYbfg");
  const auto before = [&](std::size_t begin, std::size_t end) {
    const auto place = place_before(edits, {begin, end});
    return place ? fmt::format("{}..{}", place->begin, place->end) : "new";
  };
  EXPECT_EQ(before(0, 1), "0..1");
  EXPECT_EQ(before(1, 3), "new");
  EXPECT_EQ(before(3, 4), "1..2");
  EXPECT_EQ(before(4, 5), "4..6");
  EXPECT_EQ(before(5, 6), "4..6");
  EXPECT_EQ(before(0, 4), "0..2");
  EXPECT_EQ(before(0, 2), "0..1");
  EXPECT_EQ(before(3, 3), "1..1");
  EXPECT_EQ(before(6, 7), "6..7");
  EXPECT_EQ(place_before({}, {3, 5}), (Span{3, 5}));
}

}  // namespace
}  // namespace kaudit::text
