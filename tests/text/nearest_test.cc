#include "text/nearest.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace kaudit::text {
namespace {

TEST(EditDistance, CountsEditsByKind) {
  struct Row {
    std::string_view a;
    std::string_view b;
    std::size_t distance;
  };
  for (const Row& row : std::initializer_list<Row>{{"", "", 0},
                                                   {"", "abc", 3},
                                                   {"abc", "", 3},
                                                   {"abc", "abc", 0},
                                                   {"abc", "ab", 1},
                                                   {"abc", "xabc", 1},
                                                   {"abc", "axc", 1},
                                                   {"abc", "acb", 1},
                                                   {"abcd", "badc", 2},
                                                   {"ca", "abc", 3},  // no byte is touched twice
                                                   {"kitten", "sitting", 3},
                                                   {"Enable", "eNABLE", 0},
                                                   {"a@", "a`", 1}}) {
    EXPECT_EQ(edit_distance(row.a, row.b), row.distance) << row.a << " " << row.b;
    EXPECT_EQ(edit_distance(row.b, row.a), row.distance) << row.b << " " << row.a;
  }
}

TEST(Nearest, GivesTheNearestWithinAThirdOfTheWord) {
  constexpr std::array<std::string_view, 3> kWords = {"enable", "disable", "rollback"};
  EXPECT_EQ(nearest("enabel", kWords), "enable");
  EXPECT_EQ(nearest("enbl", kWords), "enable");  // 2 edits, ceil(4/3) = 2 allowed
  EXPECT_EQ(nearest("roll-back", kWords), "rollback");
  EXPECT_EQ(nearest("disable", kWords), "disable");
  EXPECT_EQ(nearest("dsable", kWords), "disable");
  EXPECT_EQ(nearest("patch", kWords), std::nullopt);
  EXPECT_EQ(nearest("ena", kWords), std::nullopt);  // 3 edits, 1 allowed
  EXPECT_EQ(nearest("", kWords), std::nullopt);
}

TEST(Nearest, TakesTheFirstOfEquals) {
  constexpr std::array<std::string_view, 2> kWords = {"cat", "car"};
  EXPECT_EQ(nearest("cab", kWords), "cat");
}

TEST(Nearest, DoesNotGuessForVeryLongWords) {
  const std::string word(101, 'a');
  const std::array<std::string_view, 1> words = {word};
  EXPECT_EQ(nearest(word, words), std::nullopt);
  const std::string shorter(100, 'a');
  EXPECT_EQ(nearest(shorter, words), word);
}

}  // namespace
}  // namespace kaudit::text
