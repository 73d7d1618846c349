// The proof takes the right result, in any layout, and no other.

#include "yaml/proof.h"

#include <gtest/gtest.h>

#include "support/dump.h"
#include "yaml/parse.h"

namespace kaudit::yaml {
namespace {

using support::source;

// "" if `result` is what the edits make of `original`, else what the proof complains of.
std::string complaint(const std::string& original, const std::vector<TreeEdit>& edits,
                      const std::string& result) {
  const auto before = parse(source(original));
  const auto after = parse(source(result));
  if (!before || !after) return "unreadable";
  const auto proven = prove_edits(*before, edits, *after);
  if (proven) return "";
  EXPECT_EQ(proven.error().kind, text::ErrorKind::Proof);
  const std::string_view head = "kaudit's own result did not pass its proof (";
  const std::string_view tail = " is not what was planned); nothing was written";
  const std::string& message = proven.error().message;
  EXPECT_TRUE(message.starts_with(head) && message.ends_with(tail)) << message;
  return message.substr(head.size(), message.size() - head.size() - tail.size());
}

const std::string kOriginal = "k: [a, 'b', \"c\"]\nm: &x !t {n: yes}\no: *x\np: |\n  lit\nq:\n";

TEST(Proof, TakesTheOriginalItself) {
  EXPECT_EQ(complaint(kOriginal, {}, kOriginal), "");
}

TEST(Proof, DoesNotLookAtLayout) {
  EXPECT_EQ(complaint(kOriginal, {},
                      "# c\nk: [\n  a, 'b',\n  \"c\",\n]\n\nm: &x !t { n:  yes }\no:    *x\np: |\n "
                      "     lit\nq: # d\n"),
            "");
}

TEST(Proof, SeesEveryDeviation) {
  struct Row {
    std::string_view what;
    std::string result;
    std::string_view complaint;
  };
  const auto with = [](std::string_view old_text, std::string_view new_text) {
    std::string text = kOriginal;
    return text.replace(text.find(old_text), old_text.size(), new_text);
  };
  for (const Row& row : std::initializer_list<Row>{
           {"a value", with("a,", "A,"), "the value of k[0]"},
           {"a quoted value", with("'b'", "'B'"), "the value of k[1]"},
           {"a key", with("q:", "Q:"), "the value of Q"},
           {"quotes dropped", with("'b'", "b"), "the form of k[1]"},
           {"quotes changed", with("\"c\"", "'c'"), "the form of k[2]"},
           {"quotes added", with("a,", "'a',"), "the form of k[0]"},
           {"an order", with("a, 'b'", "'b', a"), "the form of k[0]"},
           {"a missing item", with("a, ", ""), "the form of k[0]"},
           {"a missing last item", with(", \"c\"", ""), "the form of m"},
           {"an extra item", with("\"c\"", "\"c\", d"), "the length of k"},
           {"an extra entry", with("yes", "yes, z: w"), "the length of m"},
           {"a missing entry", with("q:\n", ""), "the end of the document"},
           {"an extra entry at the end", kOriginal + "r: s\n", "the length of "},
           {"an anchor's name", "k: [a, 'b', \"c\"]\nm: &y !t {n: yes}\no: *y\np: |\n  lit\nq:\n",
            "the form of m"},
           {"a tag", with("!t", "!u"), "the form of m"},
           {"a tag dropped", with("!t ", ""), "the form of m"},
           {"an alias written out", with("*x", "x"), "the form of o"},
           {"the style of a collection", with("k: [a, 'b', \"c\"]", "k:\n- a\n- 'b'\n- \"c\""),
            "the form of k"},
           {"a literal's text", with("lit", "lit2"), "the value of p"},
           {"a literal's chomping", with("|\n", "|-\n"), "the value of p"},
           {"a folded instead", with("|\n", ">\n"), "the form of p"},
           {"an explicit null", with("q:", "q: null"), "the form of q"},
           {"another document", kOriginal + "---\na\n", "the number of documents"},
       }) {
    EXPECT_EQ(complaint(kOriginal, {}, row.result), row.complaint) << row.what << "\n"
                                                                   << row.result;
  }
}

TEST(Proof, OfInsertedItems) {
  const std::vector<TreeEdit> edits = {InsertItem{0, 1, Value::string("x")},
                                       InsertItem{0, 1, Value::string("12")}};
  const auto says = [&](const std::string& result) {
    return complaint("- a\n- b\n", edits, result);
  };
  EXPECT_EQ(says("- a\n- x\n- \"12\"\n- b\n"), "");
  EXPECT_EQ(says("- a\n- 'x'\n- '12'\n- b\n"), "");
  EXPECT_EQ(says("- a\n- x\n- 12\n- b\n"), "the new value of [2]");  // a number
  EXPECT_EQ(says("- a\n- x \n- \"12 \"\n- b\n"), "the new value of [2]");
  EXPECT_EQ(says("- a\n- \"12\"\n- x\n- b\n"), "the new value of [1]");
  EXPECT_EQ(says("- x\n- \"12\"\n- a\n- b\n"), "the value of [0]");
  EXPECT_EQ(says("- a\n- b\n- x\n- \"12\"\n"), "the new value of [1]");
  EXPECT_EQ(says("- a\n- x\n- b\n"), "the new value of [2]");
  EXPECT_EQ(says("- a\n- x\n- \"12\"\n- b\n- b\n"), "the length of ");
  EXPECT_EQ(says("- a\n  x\n- \"12\"\n- b\n"), "the value of [0]");
  EXPECT_EQ(says("- a\n- x\n  \n- \"12\"\n"), "the end of the document");
}

TEST(Proof, OfTheTypesOfNewScalars) {
  const auto inserted = [](Value value, const std::string& text) {
    return complaint("- a\n", {InsertItem{0, 1, std::move(value)}}, "- a\n- " + text + "\n");
  };
  const std::string wrong = "the new value of [1]";
  EXPECT_EQ(inserted(Value::string("yes"), "'yes'"), "");
  EXPECT_EQ(inserted(Value::string("yes"), "yes"), wrong);
  EXPECT_EQ(inserted(Value::string("1e3"), "1e3"), wrong);
  EXPECT_EQ(inserted(Value::string("~"), "~"), wrong);
  EXPECT_EQ(inserted(Value::string(""), "''"), "");
  EXPECT_EQ(inserted(Value::string(""), ""), wrong);
  EXPECT_EQ(inserted(Value::string("12:30"), "12:30"), "");
  EXPECT_EQ(inserted(Value::boolean(true), "true"), "");
  EXPECT_EQ(inserted(Value::boolean(true), "\"true\""), wrong);
  EXPECT_EQ(inserted(Value::boolean(true), "yes"), wrong);
  EXPECT_EQ(inserted(Value::boolean(true), "false"), wrong);
  EXPECT_EQ(inserted(Value::string("x"), "[x]"), wrong);
  EXPECT_EQ(inserted(Value::quoted("x"), "\"x\""), "");
  EXPECT_EQ(inserted(Value::quoted("12"), "12"), wrong);
  // An anchor or a tag was never planned.
  EXPECT_NE(inserted(Value::string("x"), "!t x"), "");
  EXPECT_NE(inserted(Value::string("x"), "&x x"), "");
}

TEST(Proof, OfNewCollections) {
  const Value mapping =
      Value::mapping({{"a", Value::string("b")}, {"c", Value::sequence({Value::boolean(true)})}});
  const auto says = [&](const std::string& text) {
    return complaint("k: 1\n", {InsertEntry{0, "new", mapping}}, "k: 1\n" + text);
  };
  EXPECT_EQ(says("new: {a: b, c: [true]}\n"), "");
  EXPECT_EQ(says("new:\n  a: b\n  c:\n  - true\n"), "");
  EXPECT_EQ(says("'new': {a: b, c: [true]}\n"), "");
  EXPECT_EQ(says("new: {c: [true], a: b}\n"), "the new value of new.c");
  EXPECT_EQ(says("new: {a: b}\n"), "the new value of new");
  EXPECT_EQ(says("new: {a: b, c: [true], d: e}\n"), "the new value of new");
  EXPECT_EQ(says("new: {a: b, c: [true, true]}\n"), "the new value of new.c");
  EXPECT_EQ(says("new: {a: b, c: true}\n"), "the new value of new.c");
  EXPECT_EQ(says("m: {a: b, c: [true]}\n"), "the new value of m");
  EXPECT_EQ(says(""), "the end of the document");
  EXPECT_EQ(complaint("k: 1\n", {InsertEntry{0, "new", mapping}}, "new: {a: b, c: [true]}\nk: 1\n"),
            "the value of new");
}

TEST(Proof, OfNewEntriesAtTheirPlace) {
  const std::vector<TreeEdit> edits = {InsertEntry{0, "new", Value::string("x"), 1}};
  EXPECT_EQ(complaint("a: b\nc: d\n", edits, "a: b\nnew: x\nc: d\n"), "");
  EXPECT_EQ(complaint("a: b\nc: d\n", edits, "a: b\nc: d\nnew: x\n"), "the new value of c");
  EXPECT_EQ(complaint("a: b\nc: d\n", edits, "new: x\na: b\nc: d\n"), "the value of new");
  EXPECT_EQ(complaint("a: b\nc: d\n", edits, "a: b\nnew: y\nc: d\n"), "the new value of new");
}

TEST(Proof, OfChangedScalars) {
  const std::vector<TreeEdit> edits = {SetScalar{2, Value::string("new")}};
  EXPECT_EQ(complaint("k: old\nl: m\n", edits, "k: new\nl: m\n"), "");
  EXPECT_EQ(complaint("k: old\nl: m\n", edits, "k: \"new\"\nl: m\n"), "");
  EXPECT_EQ(complaint("k: old\nl: m\n", edits, "k: old\nl: m\n"), "the new value of k");
  EXPECT_EQ(complaint("k: old\nl: m\n", edits, "k: new\nl: n\n"), "the value of l");
  EXPECT_EQ(complaint("k: &a old\nl: m\n", edits, "k: new\nl: m\n"), "an anchor or a tag");
  EXPECT_EQ(complaint("k: old\nl: m\n", edits, "k: !t new\nl: m\n"), "an anchor or a tag");
}

TEST(Proof, OfWhatIsFilled) {
  const std::vector<TreeEdit> edits = {Fill{2, Value::sequence({Value::string("x")})}};
  EXPECT_EQ(complaint("k:\nl: m\n", edits, "k: [x]\nl: m\n"), "");
  EXPECT_EQ(complaint("k: null\nl: m\n", edits, "k:\n- x\nl: m\n"), "");
  EXPECT_EQ(complaint("k:\nl: m\n", edits, "k:\nl: m\n"), "the new value of k");
  EXPECT_EQ(complaint("k:\nl: m\n", edits, "k: []\nl: m\n"), "the new value of k");
  EXPECT_EQ(complaint("k:\nl: m\n", edits, "k: [x, x]\nl: m\n"), "the new value of k");
}

TEST(Proof, OfRemovals) {
  const std::vector<TreeEdit> item = {RemoveItem{0, 1}};
  EXPECT_EQ(complaint("- a\n- b\n- c\n", item, "- a\n- c\n"), "");
  EXPECT_EQ(complaint("- a\n- b\n- c\n", item, "- a\n- b\n"), "the value of [1]");
  EXPECT_EQ(complaint("- a\n- b\n- c\n", item, "- a\n"), "the end of the document");
  EXPECT_EQ(complaint("- a\n- b\n- c\n", item, "- a\n- b\n- c\n"), "the value of [1]");
  const std::vector<TreeEdit> entry = {RemoveEntry{0, 0}};
  EXPECT_EQ(complaint("a: b\nc: d\n", entry, "c: d\n"), "");
  EXPECT_EQ(complaint("a: b\nc: d\n", entry, "a: b\n"), "the value of a");
  EXPECT_EQ(complaint("a: b\nc: d\n", entry, "a: b\nc: d\n"), "the value of a");
}

}  // namespace
}  // namespace kaudit::yaml
