#include "text/unified_diff.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

namespace kaudit::text {
namespace {

const DiffOptions kPlain{"old", "new", 3, false};

std::string diff(const std::string& before, std::vector<TextEdit> edits,
                 const DiffOptions& options = kPlain) {
  return unified_diff(SourceText("x", before), std::move(edits), options);
}

TEST(UnifiedDiff, PrintsWhatDiffPrints) {
  struct Row {
    std::string_view what;
    std::string before;
    std::vector<TextEdit> edits;
    std::string_view hunks;  // behind the two header lines
  };
  for (const Row& row : std::initializer_list<Row>{
           {"a line inserted in the middle",
            "a\nb\nc\n",
            {{{2, 2}, "x\n"}},
            "@@ -1,3 +1,4 @@\n a\n+x\n b\n c\n"},
           {"a line inserted at the beginning",
            "a\n",
            {{{0, 0}, "x\n"}},
            "@@ -1 +1,2 @@\n+x\n a\n"},
           {"a line added at the end", "a\n", {{{2, 2}, "x\n"}}, "@@ -1 +1,2 @@\n a\n+x\n"},
           {"a line removed", "a\nb\n", {{{0, 2}, ""}}, "@@ -1,2 +1 @@\n-a\n b\n"},
           {"the only line removed", "a\n", {{{0, 2}, ""}}, "@@ -1 +0,0 @@\n-a\n"},
           {"a line in an empty text", "", {{{0, 0}, "a\n"}}, "@@ -0,0 +1 @@\n+a\n"},
           {"a word replaced", "a: b\n", {{{3, 4}, "c"}}, "@@ -1 +1 @@\n-a: b\n+a: c\n"},
           {"two edits on one line",
            "a: b\n",
            {{{0, 1}, "x"}, {{3, 4}, "y"}},
            "@@ -1 +1 @@\n-a: b\n+x: y\n"},
           {"an edit over two lines",
            "a\nb\nc\n",
            {{{1, 3}, "+"}},
            "@@ -1,3 +1,2 @@\n-a\n-b\n+a+\n c\n"},
           {"no final newline stays so",
            "a\nb",
            {{{0, 1}, "x"}},
            "@@ -1,2 +1,2 @@\n-a\n+x\n b\n\\ No newline at end of file\n"},
           {"a line behind one without a final newline",
            "a",
            {{{1, 1}, "\nb"}},
            "@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n\\ No newline at end of "
            "file\n"},
           {"a final newline added",
            "a",
            {{{1, 1}, "\n"}},
            "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"},
           {"CRLF is part of the line",
            "a\r\nb\r\n",
            {{{3, 3}, "x\r\n"}},
            "@@ -1,2 +1,3 @@\n a\r\n+x\r\n b\r\n"},
           {"neighbours: first what goes, then what comes",
            "a\nb\n",
            {{{0, 1}, "A"}, {{2, 3}, "B"}},
            "@@ -1,2 +1,2 @@\n-a\n-b\n+A\n+B\n"},
           {"six lines between two changes are one hunk",
            "1\n2\n3\n4\n5\n6\n7\n8\n",
            {{{0, 1}, "x"}, {{14, 15}, "y"}},
            "@@ -1,8 +1,8 @@\n-1\n+x\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+y\n"},
           {"seven lines between them are two",
            "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
            {{{0, 1}, "x\nz"}, {{16, 17}, "y"}},
            "@@ -1,4 +1,5 @@\n-1\n+x\n+z\n 2\n 3\n 4\n@@ -6,4 +7,4 @@\n 6\n 7\n 8\n-9\n+y\n"},
           {"three lines before and behind",
            "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
            {{{8, 9}, "x"}},
            "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n"},
       }) {
    EXPECT_EQ(diff(row.before, row.edits), "--- old\n+++ new\n" + std::string(row.hunks))
        << row.what;
  }
}

TEST(UnifiedDiff, IsEmptyWhereNothingChanges) {
  EXPECT_EQ(diff("a\nb\n", {}), "");
  EXPECT_EQ(diff("a\nb\n", {{{0, 1}, "a"}}), "");
  EXPECT_EQ(diff("a\nb\n", {{{2, 2}, ""}}), "");
}

// Where `diff` would slide the insertion over an equal line, the item stays the item.
TEST(UnifiedDiff, ShowsTheItemThatWasInserted) {
  EXPECT_EQ(diff("- n: a\n  m: x\n- n: b\n  m: x\n", {{{14, 14}, "- n: c\n  m: x\n"}},
                 {"o", "n", 1, false}),
            "--- o\n+++ n\n@@ -2,2 +2,4 @@\n   m: x\n+- n: c\n+  m: x\n - n: b\n");
}

TEST(UnifiedDiff, TakesTheContextThatIsAskedFor) {
  EXPECT_EQ(diff("1\n2\n3\n", {{{2, 3}, "x"}}, {"o", "n", 0, false}),
            "--- o\n+++ n\n@@ -2 +2 @@\n-2\n+x\n");
  EXPECT_EQ(diff("1\n2\n", {{{2, 2}, "x\n"}}, {"o", "n", 0, false}),
            "--- o\n+++ n\n@@ -1,0 +2 @@\n+x\n");
}

TEST(UnifiedDiff, ColoursLinesAsWholes) {
  EXPECT_EQ(diff("a\nb\n", {{{0, 1}, "x"}}, {"o", "n", 3, true}),
            "\x1b[1m--- o\x1b[0m\n\x1b[1m+++ n\x1b[0m\n\x1b[36m@@ -1,2 +1,2 @@\x1b[0m\n"
            "\x1b[31m-a\x1b[0m\n\x1b[32m+x\x1b[0m\n b\n");
}

// ---- the referees: diff and patch -----------------------------------------------------------

class Directory {
 public:
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "unified-diff-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }
  std::string read(const std::string& name) const {
    std::ostringstream out;
    out << std::ifstream(path_ / name, std::ios::binary).rdbuf();
    return out.str();
  }
  // The exit code of a shell command that runs in the directory.
  int run(const std::string& command) const {
    const int status = std::system(("cd '" + path_.string() + "' && " + command).c_str());
    return WEXITSTATUS(status);
  }

 private:
  std::filesystem::path path_;
};

// Lines that are all different, so that diff has only one way to see a change.
std::string distinct_lines(std::mt19937& random, std::size_t count, bool ended) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "line " + std::to_string(random()) + "\n";
  if (!ended && !text.empty()) text.pop_back();
  return text;
}

// Insertions at line starts, removals of lines, and words replaced; never two at one line.
std::vector<TextEdit> random_edits(std::mt19937& random, const SourceText& text) {
  std::vector<TextEdit> edits;
  for (std::size_t line = 0; line < text.line_count(); ++line) {
    const Span whole = text.line_span(line);
    const Span content = text.line_content(line);
    switch (random() % 8) {
      case 0:
        edits.push_back({{whole.begin, whole.begin}, "new " + std::to_string(random()) + "\n"});
        break;
      case 1:
        edits.push_back({whole, ""});
        break;
      case 2:
        edits.push_back({{content.end - 1, content.end}, "!"});
        break;
      default:
        break;
    }
  }
  return edits;
}

TEST(UnifiedDiff, AgreesWithDiffAndPleasesPatch) {
  const Directory directory;
  if (directory.run("command -v diff >/dev/null && command -v patch >/dev/null") != 0)
    GTEST_SKIP() << "diff or patch is not installed";
  std::mt19937 random(11);
  for (int round = 0; round < 40; ++round) {
    const SourceText before("x", distinct_lines(random, 1 + random() % 40, random() % 3 != 0));
    const std::vector<TextEdit> edits = random_edits(random, before);
    const auto after = apply(before.bytes(), edits);
    ASSERT_TRUE(after);
    const std::string ours = unified_diff(before, edits, {"old", "new", 3, false});
    directory.write("old.txt", std::string(before.bytes()));
    directory.write("new.txt", *after);
    directory.write("ours.diff", ours);
    directory.run("diff -u --label old --label new old.txt new.txt > theirs.diff");
    ASSERT_EQ(ours, directory.read("theirs.diff"));
    if (ours.empty()) continue;
    ASSERT_EQ(directory.run("patch --quiet --fuzz=0 old.txt ours.diff"), 0) << ours;
    ASSERT_EQ(directory.read("old.txt"), *after) << ours;
  }
}

}  // namespace
}  // namespace kaudit::text
