// Where new bytes go and how they look; which bytes go.

#include "yaml/layout.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "support/dump.h"
#include "text/text_edit.h"
#include "yaml/parse.h"
#include "yaml/proof.h"

namespace kaudit::yaml {
namespace {

using support::said;
using support::source;

// The new text; the edits must also pass the proof.
std::string edited(const std::string& bytes, const std::vector<TreeEdit>& edits) {
  const auto text = source(bytes);
  const auto document = parse(text);
  if (!document) return "unreadable: " + said(document.error(), *text);
  const auto laid_out = layout(*document, edits);
  if (!laid_out) return "refused: " + said(laid_out.error(), *text);
  const auto result = text::apply(bytes, *laid_out);
  if (!result) return "overlapping: " + result.error().message;
  const auto again = parse(source(*result));
  if (!again) return "broken: " + said(again.error(), *source(*result)) + "\n" + *result;
  const auto proven = prove_edits(*document, edits, *again);
  return proven ? *result : "unproven: " + proven.error().message + "\n" + *result;
}

struct Row {
  std::string_view what;
  std::string before;
  std::vector<TreeEdit> edits;
  std::string_view after;
};

void expect(std::initializer_list<Row> rows) {
  for (const Row& row : rows) EXPECT_EQ(edited(row.before, row.edits), row.after) << row.what;
}

// In the tables below node 0 is the root, node 1 its first key or item, node 2 that key's value.
InsertItem item(NodeId sequence, std::size_t before, std::string text = "x") {
  return {sequence, before, Value::string(std::move(text))};
}
Value volume() {
  return Value::mapping({{"hostPath", Value::mapping({{"path", Value::string("/p")}})},
                         {"name", Value::string("v")}});
}
InsertItem volume_item(NodeId sequence, std::size_t before) {
  return {sequence, before, volume()};
}

TEST(InsertItem, IntoABlockSequence) {
  expect({
      {"before the first", "- a\n- b\n", {item(0, 0)}, "- x\n- a\n- b\n"},
      {"between", "- a\n- b\n", {item(0, 1)}, "- a\n- x\n- b\n"},
      {"behind the last", "- a\n- b\n", {item(0, 2)}, "- a\n- b\n- x\n"},
      {"an index far behind", "- a\n", {item(0, 99)}, "- a\n- x\n"},
      {"two at one place keep their order",
       "- a\n- b\n",
       {item(0, 1, "x"), item(0, 1, "z")},
       "- a\n- x\n- z\n- b\n"},
      {"at two places", "- a\n- b\n", {item(0, 2, "z"), item(0, 0, "x")}, "- x\n- a\n- b\n- z\n"},
      {"in the column of the dashes",
       "k:\n  - a\nl: m\n",
       {item(2, 1)},
       "k:\n  - a\n  - x\nl: m\n"},
      {"not indented", "k:\n- a\nl: m\n", {item(2, 1)}, "k:\n- a\n- x\nl: m\n"},
      {"with the gap of the neighbour", "-   a\n- b\n", {item(0, 1)}, "-   a\n-   x\n- b\n"},
      {"dash alone on its line", "-\n  a\n", {item(0, 1)}, "-\n  a\n- x\n"},
      {"behind a plain scalar of two lines",
       "- a\n  b\n- c\n",
       {item(0, 1)},
       "- a\n  b\n- x\n- c\n"},
      {"behind a quoted one", "- \"a\n  b\"\n- c\n", {item(0, 1)}, "- \"a\n  b\"\n- x\n- c\n"},
      {"behind a literal that ends in a number sign",
       "- |\n  a\n  # b\n- c\n",
       {item(0, 1)},
       "- |\n  a\n  # b\n- x\n- c\n"},
      {"behind a literal that keeps its blank lines",
       "- |+\n  a\n\n- c\n",
       {item(0, 1)},
       "- |+\n  a\n\n- x\n- c\n"},
      {"behind a nested list", "- - a\n  - b\n- c\n", {item(0, 1)}, "- - a\n  - b\n- x\n- c\n"},
      {"into a nested list", "- - a\n  - b\n- c\n", {item(1, 2)}, "- - a\n  - b\n  - x\n- c\n"},
      {"with CRLF", "- a\r\n- b\r\n", {item(0, 1)}, "- a\r\n- x\r\n- b\r\n"},
      {"with the line end of the line before", "- a\r\n- b\n", {item(0, 1)}, "- a\r\n- x\r\n- b\n"},
      {"without a final newline", "- a", {item(0, 1)}, "- a\n- x"},
      {"without one, CRLF", "- a\r\n- b", {item(0, 2)}, "- a\r\n- b\r\n- x"},
      {"behind a byte order mark", "\xEF\xBB\xBF- a\n", {item(0, 1)}, "\xEF\xBB\xBF- a\n- x\n"},
      {"before the document end", "- a\n...\n", {item(0, 1)}, "- a\n- x\n...\n"},
      {"before the next document", "- a\n---\n- b\n", {item(0, 1)}, "- a\n- x\n---\n- b\n"},
      {"in an anchored list", "k: &l\n- a\n", {item(2, 1)}, "k: &l\n- a\n- x\n"},
  });
}

TEST(InsertItem, LeavesCommentsWhereTheyBelong) {
  expect({
      {"the comment of the neighbour's line stays there",
       "- a # c\n- b\n",
       {item(0, 1)},
       "- a # c\n- x\n- b\n"},
      {"lines between belong to the item below",
       "- a\n# of b\n- b\n",
       {item(0, 1)},
       "- a\n- x\n# of b\n- b\n"},
      {"and so do deeper ones",
       "- a\n    # of b\n- b\n",
       {item(0, 1)},
       "- a\n- x\n    # of b\n- b\n"},
      {"behind the last they stay below",
       "k:\n- a\n# c\nl: m\n",
       {item(2, 1)},
       "k:\n- a\n- x\n# c\nl: m\n"},
      {"blank lines stay below", "- a\n\n- b\n", {item(0, 1)}, "- a\n- x\n\n- b\n"},
      {"blank lines at the end stay below", "- a\n\n\n", {item(0, 1)}, "- a\n- x\n\n\n"},
      {"above the first and the comments that touch it",
       "k:\n# of a\n- a\n",
       {item(2, 0)},
       "k:\n- x\n# of a\n- a\n"},
      {"but below those that do not",
       "k:\n# of the list\n\n# of a\n- a\n",
       {item(2, 0)},
       "k:\n# of the list\n\n- x\n# of a\n- a\n"},
      {"a comment at the end without a newline", "- a # c", {item(0, 1)}, "- a # c\n- x"},
  });
}

TEST(InsertItem, WritesAsItsNeighbourIsWritten) {
  expect({
      {"in single quotes where all are", "- 'a'\n- 'b'\n", {item(0, 2)}, "- 'a'\n- 'b'\n- 'x'\n"},
      {"in double quotes where all are", "- \"a\"\n", {item(0, 1)}, "- \"a\"\n- \"x\"\n"},
      {"plain where they differ", "- 'a'\n- \"b\"\n", {item(0, 2)}, "- 'a'\n- \"b\"\n- x\n"},
      {"plain where one is plain", "- 'a'\n- b\n", {item(0, 2)}, "- 'a'\n- b\n- x\n"},
      {"quoted where it must be", "- a\n", {item(0, 1, "x: y")}, "- a\n- 'x: y'\n"},
      {"in double quotes what looks like a number", "- a\n", {item(0, 1, "12")}, "- a\n- \"12\"\n"},
      {"or like a bool", "- a\n", {item(0, 1, "yes")}, "- a\n- \"yes\"\n"},
      {"a line feed is escaped", "- a\n", {item(0, 1, "x\ny")}, "- a\n- \"x\\ny\"\n"},
      {"even where single quotes are the custom",
       "- 'a'\n",
       {item(0, 1, "x\ny")},
       "- 'a'\n- \"x\\ny\"\n"},
      {"a mapping",
       "- name: a\n",
       {volume_item(0, 1)},
       "- name: a\n- hostPath:\n    path: /p\n  name: v\n"},
      {"a mapping behind a wide dash",
       "-   name: a\n",
       {volume_item(0, 1)},
       "-   name: a\n-   hostPath:\n      path: /p\n    name: v\n"},
      {"a mapping nested by four",
       "- h:\n      p: a\n",
       {volume_item(0, 1)},
       "- h:\n      p: a\n- hostPath:\n      path: /p\n  name: v\n"},
      {"a mapping of quoted values",
       "- name: \"a\"\n",
       {volume_item(0, 1)},
       "- name: \"a\"\n- hostPath:\n    path: \"/p\"\n  name: \"v\"\n"},
      {"a mapping in braces",
       "- {name: a}\n",
       {volume_item(0, 1)},
       "- {name: a}\n- {hostPath: {path: /p}, name: v}\n"},
      {"braces with blanks inside",
       "- { name: a }\n",
       {volume_item(0, 1)},
       "- { name: a }\n- { hostPath: { path: /p }, name: v }\n"},
      {"before the first, a mapping",
       "- name: a\n",
       {volume_item(0, 0)},
       "- hostPath:\n    path: /p\n  name: v\n- name: a\n"},
  });
}

TEST(InsertItem, IntoAFlowSequence) {
  expect({
      {"before the first", "k: [a, b]\n", {item(2, 0)}, "k: [x, a, b]\n"},
      {"between", "k: [a, b]\n", {item(2, 1)}, "k: [a, x, b]\n"},
      {"behind the last", "k: [a, b]\n", {item(2, 2)}, "k: [a, b, x]\n"},
      {"behind the only one", "k: [a]\n", {item(2, 1)}, "k: [a, x]\n"},
      {"two", "k: [a]\n", {item(2, 1, "x"), item(2, 1, "z")}, "k: [a, x, z]\n"},
      {"blanks inside the brackets", "k: [ a ]\n", {item(2, 1)}, "k: [ a, x ]\n"},
      {"commas without blanks", "k: [a,b]\n", {item(2, 2)}, "k: [a,b,x]\n"},
      {"before a trailing comma", "k: [a, ]\n", {item(2, 1)}, "k: [a, x, ]\n"},
      {"double quotes", "k: [\"a\", \"b\"]\n", {item(2, 2)}, "k: [\"a\", \"b\", \"x\"]\n"},
      {"quoted where a comma must not part it", "k: [a]\n", {item(2, 1, "x,y")}, "k: [a, 'x,y']\n"},
      {"brackets in quotes", "k: [\"]\"]\n", {item(2, 1)}, "k: [\"]\", \"x\"]\n"},
      {"a comment behind it", "k: [a] # ]\n", {item(2, 1)}, "k: [a, x] # ]\n"},
      {"a nested list", "k: [[a], b]\n", {item(3, 1)}, "k: [[a, x], b]\n"},
      {"over lines, before the first",
       "k: [\n  a,\n  b\n]\n",
       {item(2, 0)},
       "k: [\n  x,\n  a,\n  b\n]\n"},
      {"over lines, between", "k: [\n  a,\n  b\n]\n", {item(2, 1)}, "k: [\n  a,\n  x,\n  b\n]\n"},
      {"over lines, behind the last",
       "k: [\n  a,\n  b\n]\n",
       {item(2, 2)},
       "k: [\n  a,\n  b,\n  x\n]\n"},
      {"over lines with a trailing comma",
       "k: [\n  a,\n  b,\n]\n",
       {item(2, 2)},
       "k: [\n  a,\n  b,\n  x,\n]\n"},
      {"over lines with comments",
       "k: [\n  a, # of a\n  b # of b\n]\n",
       {item(2, 2)},
       "k: [\n  a, # of a\n  b, # of b\n  x\n]\n"},
      {"behind a comment that holds a bracket",
       "k: [\n  a, # ]\n  b\n]\n",
       {item(2, 1)},
       "k: [\n  a, # ]\n  x,\n  b\n]\n"},
      {"over lines, CRLF", "k: [\r\n  a\r\n]\r\n", {item(2, 1)}, "k: [\r\n  a,\r\n  x\r\n]\r\n"},
      {"several on a line", "k: [a, b,\n  c, d]\n", {item(2, 4)}, "k: [a, b,\n  c, d, x]\n"},
      {"the bracket behind the last", "k: [a,\n  b]\n", {item(2, 2)}, "k: [a,\n  b,\n  x]\n"},
      {"a mapping",
       "k: [{name: a}]\n",
       {volume_item(2, 1)},
       "k: [{name: a}, {hostPath: {path: /p}, name: v}]\n"},
      {"a mapping over lines",
       "k: [\n  {\n    name: a\n  }\n]\n",
       {volume_item(2, 1)},
       "k: [\n  {\n    name: a\n  },\n  {\n    hostPath: {path: /p},\n    name: v\n  }\n]\n"},
  });
}

TEST(InsertItem, IntoJson) {
  expect({
      {"on one line", "{\"k\": [\"a\"]}", {item(2, 1)}, "{\"k\": [\"a\", \"x\"]}"},
      {"without blanks", "{\"k\":[\"a\",\"b\"]}", {item(2, 2)}, "{\"k\":[\"a\",\"b\",\"x\"]}"},
      {"without blanks, the only one", "{\"k\":[\"a\"]}", {item(2, 1)}, "{\"k\":[\"a\",\"x\"]}"},
      {"an object without blanks",
       "{\"k\":[{\"n\":\"a\"}]}",
       {volume_item(2, 1)},
       "{\"k\":[{\"n\":\"a\"},{\"hostPath\":{\"path\":\"/p\"},\"name\":\"v\"}]}"},
      {"pretty",
       "{\n  \"k\": [\n    \"a\"\n  ]\n}\n",
       {item(2, 1)},
       "{\n  \"k\": [\n    \"a\",\n    \"x\"\n  ]\n}\n"},
      {"pretty, first",
       "{\n  \"k\": [\n    \"a\"\n  ]\n}\n",
       {item(2, 0)},
       "{\n  \"k\": [\n    \"x\",\n    \"a\"\n  ]\n}\n"},
      {"pretty, an object",
       "{\n  \"k\": [\n    {\n      \"h\": {\n        \"p\": \"a\"\n      }\n    }\n  ]\n}\n",
       {volume_item(2, 1)},
       "{\n  \"k\": [\n    {\n      \"h\": {\n        \"p\": \"a\"\n      }\n    },\n    {\n      "
       "\"hostPath\": {\n        "
       "\"path\": \"/p\"\n      },\n      \"name\": \"v\"\n    }\n  ]\n}\n"},
      {"with tabs",
       "{\n\t\"k\": [\n\t\t\"a\"\n\t]\n}\n",
       {item(2, 1)},
       "{\n\t\"k\": [\n\t\t\"a\",\n\t\t\"x\"\n\t]\n}\n"},
      {"escaped", "{\"k\": [\"a\"]}", {item(2, 1, "\"\\")}, "{\"k\": [\"a\", \"\\\"\\\\\"]}"},
  });
}

TEST(InsertItem, IsRefusedWhereItWouldChangeMore) {
  expect({
      {"the file ends in a literal",
       "- |\n  a",
       {item(0, 1)},
       "refused: 1:3 the file ends inside a block scalar, and a line after it would change its "
       "value (add a newline at the end of the file first)"},
      {"in a folded one",
       "- >\n  a",
       {item(0, 1)},
       "refused: 1:3 the file ends inside a block scalar, and a line after it would change its "
       "value (add a newline at the end of the file first)"},
      {"one that strips does not change", "- |-\n  a", {item(0, 1)}, "- |-\n  a\n- x"},
      {"nor does one that is not last", "- |\n  a\n- b", {item(0, 1)}, "- |\n  a\n- x\n- b"},
      {"an empty list has no neighbour",
       "k: []\n",
       {item(2, 0)},
       "refused: 1:4 an item cannot be inserted into this empty list (add one item by hand)"},
  });
}

TEST(CanInsertBeforeFirst, NeedsALineOfItsOwn) {
  const auto can = [](const std::string& text, NodeId sequence) {
    const auto document = parse(source(text));
    return can_insert_before_first(*document, sequence);
  };
  EXPECT_TRUE(can("- a\n", 0));
  EXPECT_TRUE(can("k:\n  - a\n", 2));
  EXPECT_TRUE(can("\xEF\xBB\xBF- a\n", 0));
  EXPECT_TRUE(can("k: [a]\n", 2));
  EXPECT_TRUE(can("k: &l\n- a\n", 2));
  EXPECT_FALSE(can("- - a\n", 1));
  EXPECT_FALSE(can("--- \n- - a\n", 1));
  EXPECT_FALSE(can("? k\n: - a\n", 2));
}

InsertEntry entry(NodeId mapping, Value value = Value::string("x")) {
  return {mapping, "new", std::move(value)};
}
Value list() {
  return Value::sequence({Value::string("x"), Value::string("z")});
}

TEST(InsertEntry, AtTheEndOfABlockMapping) {
  expect({
      {"a string", "a: b\n", {entry(0)}, "a: b\nnew: x\n"},
      {"behind the last entry", "a: b\nc: d\n", {entry(0)}, "a: b\nc: d\nnew: x\n"},
      {"the column of its keys",
       "a:\n    b: c\nd: e\n",
       {entry(2)},
       "a:\n    b: c\n    new: x\nd: e\n"},
      {"in an item", "- a: b\n- c\n", {entry(1)}, "- a: b\n  new: x\n- c\n"},
      {"behind a nested list", "a:\n- b\n", {entry(0)}, "a:\n- b\nnew: x\n"},
      {"before a comment that follows", "a: b\n# c\n", {entry(0)}, "a: b\nnew: x\n# c\n"},
      {"behind an empty value",
       "a:\n  b: # c\nd: e\n",
       {entry(2)},
       "a:\n  b: # c\n  new: x\nd: e\n"},
      {"without a final newline", "a: b", {entry(0)}, "a: b\nnew: x"},
      {"CRLF", "a: b\r\n", {entry(0)}, "a: b\r\nnew: x\r\n"},
      {"a list, as kubeadm indents", "a: b\n", {entry(0, list())}, "a: b\nnew:\n- x\n- z\n"},
      {"a list, as the lists around",
       "a:\n  - b\n",
       {entry(0, list())},
       "a:\n  - b\nnew:\n  - x\n  - z\n"},
      {"a list, as the nearest lists",
       "a:\n- b\nc:\n  d:\n    - e\n",
       {entry(5, list())},
       "a:\n- b\nc:\n  d:\n    - e\n  new:\n    - x\n    - z\n"},
      {"a mapping",
       "a: b\n",
       {entry(0, volume())},
       "a: b\nnew:\n  hostPath:\n    path: /p\n  name: v\n"},
      {"a mapping, nested by four",
       "a:\n    b: c\n",
       {entry(0, volume())},
       "a:\n    b: c\nnew:\n    hostPath:\n        path: /p\n    name: v\n"},
      {"a list of mappings",
       "a: b\n",
       {entry(0, Value::sequence({volume()}))},
       "a: b\nnew:\n- hostPath:\n    path: /p\n  name: v\n"},
      {"a number as a string", "a: b\n", {entry(0, Value::string("12"))}, "a: b\nnew: \"12\"\n"},
      {"always quoted", "a: b\n", {entry(0, Value::quoted("x"))}, "a: b\nnew: \"x\"\n"},
      {"a bool", "a: b\n", {entry(0, Value::boolean(true))}, "a: b\nnew: true\n"},
      {"behind an explicit key", "? a\n: b\n", {entry(0)}, "? a\n: b\nnew: x\n"},
      {"not behind a cut-off literal",
       "a: |\n  b",
       {entry(0)},
       "refused: 1:4 the file ends inside a block scalar, and a line after it would change its "
       "value (add a newline at the end of the file first)"},
  });
}

InsertEntry entry_at(NodeId mapping, std::size_t index, std::string key = "new") {
  return {mapping, std::move(key), Value::string("x"), index};
}

TEST(InsertEntry, BeforeAnEntryOfABlockMapping) {
  expect({
      {"before the first", "a: b\nc: d\n", {entry_at(0, 0)}, "new: x\na: b\nc: d\n"},
      {"between", "a: b\nc: d\n", {entry_at(0, 1)}, "a: b\nnew: x\nc: d\n"},
      {"at the end", "a: b\nc: d\n", {entry_at(0, 2)}, "a: b\nc: d\nnew: x\n"},
      {"several keep their order",
       "a: b\nc: d\n",
       {entry_at(0, 1, "m"), entry_at(0, 1, "l")},
       "a: b\nm: x\nl: x\nc: d\n"},
      {"above the comment of the first",
       "k:\n  # c\n  a: b\n",
       {entry_at(2, 0)},
       "k:\n  new: x\n  # c\n  a: b\n"},
      {"above the comment of the next",
       "a: b # d\n# c\nc: d\n",
       {entry_at(0, 1)},
       "a: b # d\nnew: x\n# c\nc: d\n"},
      {"behind a value of several lines",
       "a: |\n  1\n  2\nc: d\n",
       {entry_at(0, 1)},
       "a: |\n  1\n  2\nnew: x\nc: d\n"},
      {"behind an empty value", "a:\nc: d\n", {entry_at(0, 1)}, "a:\nnew: x\nc: d\n"},
      {"quoted like its neighbours",
       "a: 'b'\nc: 'd'\n",
       {entry_at(0, 1)},
       "a: 'b'\nnew: 'x'\nc: 'd'\n"},
      {"CRLF", "a: b\r\nc: d\r\n", {entry_at(0, 0)}, "new: x\r\na: b\r\nc: d\r\n"},
      {"an inner end before an outer one",
       "k:\n  a: b\nl: m\n",
       {entry_at(0, 1), entry_at(2, 1)},
       "k:\n  a: b\n  new: x\nnew: x\nl: m\n"},
  });
}

TEST(InsertEntry, BeforeAnEntryOfAFlowMapping) {
  expect({
      {"before the first", "- {a: b, c: d}\n", {entry_at(1, 0)}, "- {new: x, a: b, c: d}\n"},
      {"between", "- {a: b,  c: d}\n", {entry_at(1, 1)}, "- {a: b,  new: x,  c: d}\n"},
      {"over lines",
       "- {\n  a: b,\n  c: d\n}\n",
       {entry_at(1, 1)},
       "- {\n  a: b,\n  new: x,\n  c: d\n}\n"},
      {"over lines, before the first",
       "- {\n  a: b,\n  c: d\n}\n",
       {entry_at(1, 0)},
       "- {\n  new: x,\n  a: b,\n  c: d\n}\n"},
  });
}

TEST(InsertEntry, AtTheEndOfAFlowMapping) {
  expect({
      {"a string", "- {a: b}\n", {entry(1)}, "- {a: b, new: x}\n"},
      {"blanks inside", "- { a: b }\n", {entry(1)}, "- { a: b, new: x }\n"},
      {"a trailing comma", "- {a: b, }\n", {entry(1)}, "- {a: b, new: x, }\n"},
      {"a list", "- {a: b}\n", {entry(1, list())}, "- {a: b, new: [x, z]}\n"},
      {"over lines", "- {\n  a: b\n}\n", {entry(1)}, "- {\n  a: b,\n  new: x\n}\n"},
      {"over lines with a comment",
       "- {\n  a: b # c\n}\n",
       {entry(1)},
       "- {\n  a: b, # c\n  new: x\n}\n"},
      {"JSON", "{\"a\": 1}", {entry(0)}, "{\"a\": 1, \"new\": \"x\"}"},
      {"JSON without blanks", "{\"a\":1}", {entry(0)}, "{\"a\":1,\"new\":\"x\"}"},
      {"JSON, a list", "{\"a\":1}", {entry(0, list())}, "{\"a\":1,\"new\":[\"x\",\"z\"]}"},
      {"JSON, pretty",
       "{\n  \"a\": 1\n}\n",
       {entry(0, list())},
       "{\n  \"a\": 1,\n  \"new\": [\n    \"x\",\n    \"z\"\n  ]\n}\n"},
      {"JSON, pretty, a mapping",
       "{\n  \"a\": 1\n}\n",
       {entry(0, Value::mapping({{"b", Value::string("c")}}))},
       "{\n  \"a\": 1,\n  \"new\": {\n    \"b\": \"c\"\n  }\n}\n"},
      {"JSON, a bool",
       "{\"a\": 1}",
       {entry(0, Value::boolean(false))},
       "{\"a\": 1, \"new\": false}"},
  });
}

SetScalar set(NodeId scalar, std::string text) {
  return {scalar, Value::string(std::move(text))};
}

TEST(SetScalar, KeepsQuotesAndComments) {
  expect({
      {"plain", "k: old\n", {set(2, "new")}, "k: new\n"},
      {"single quotes", "k: 'old'\n", {set(2, "new")}, "k: 'new'\n"},
      {"double quotes", "k: \"old\"\n", {set(2, "new")}, "k: \"new\"\n"},
      {"plain that must be quoted", "k: old\n", {set(2, "12")}, "k: \"12\"\n"},
      {"a quote inside quotes", "k: 'old'\n", {set(2, "it's")}, "k: 'it''s'\n"},
      {"single quotes that cannot hold it", "k: 'old'\n", {set(2, "a\nb")}, "k: \"a\\nb\"\n"},
      {"an item", "- old\n- b\n", {set(1, "new")}, "- new\n- b\n"},
      {"the comment keeps its column, shorter",
       "k: older # c\n",
       {set(2, "new")},
       "k: new   # c\n"},
      {"the comment keeps its column, longer",
       "k: old    # c\n",
       {set(2, "newer")},
       "k: newer  # c\n"},
      {"but not at the price of its blank", "k: old # c\n", {set(2, "longer")}, "k: longer # c\n"},
      {"columns are characters", "k: \xC3\xA4\xC3\xA4   # c\n", {set(2, "new")}, "k: new  # c\n"},
      {"in a flow", "k: [old, b]\n", {set(3, "new")}, "k: [new, b]\n"},
      {"in JSON", "{\"k\": \"old\"}", {set(2, "new")}, "{\"k\": \"new\"}"},
      {"over lines", "- old\n  words # c\n- b\n", {set(1, "new")}, "- new   # c\n- b\n"},
      {"an anchor and a tag stay", "k: &a !!str old\n", {set(2, "new")}, "k: &a !!str new\n"},
      {"a bool", "k: true # c\n", {SetScalar{2, Value::boolean(false)}}, "k: false # c\n"},
      {"a bool to the shorter",
       "k: false # c\n",
       {SetScalar{2, Value::boolean(true)}},
       "k: true  # c\n"},
      {"CRLF", "k: old\r\nl: m\r\n", {set(2, "new")}, "k: new\r\nl: m\r\n"},
      {"an alias is not changed",
       "a: &x b\nk: *x\n",
       {set(4, "new")},
       "refused: 2:4 this value is an alias, and changing it would change its other uses (write "
       "the value out)"},
  });
}

Fill fill(NodeId node, Value value) {
  return {node, std::move(value)};
}

TEST(Empty, LeavesBracketsWhereSomethingWas) {
  expect({
      {"a block mapping", "k:\n  a: b\n  c: d\nl: m\n", {Empty{2}}, "k: {}\nl: m\n"},
      {"a list", "k:\n- a\n- b\nl: m\n", {Empty{2}}, "k: []\nl: m\n"},
      {"with a comment", "k: # c\n  a: b\n", {Empty{2}}, "k: {} # c\n"},
      {"comments between",
       "k:\n  a: b\n  # c\n  c: d\n# e\nl: m\n",
       {Empty{2}},
       "k: {}\n  # c\n# e\nl: m\n"},
      {"CRLF", "k:\r\n  a: b\r\nl: m\r\n", {Empty{2}}, "k: {}\r\nl: m\r\n"},
      {"at the end of the file", "k:\n  a: b", {Empty{2}}, "k: {}"},
      {"a text over lines", "k:\n  a: |\n    b\n    c\nl: m\n", {Empty{2}}, "k: {}\nl: m\n"},
      {"in flow style", "- {k: {a: b}, l: m}\n", {Empty{3}}, "- {k: {}, l: m}\n"},
      {"in JSON", "{\"k\": [\"a\",\n\"b\"], \"l\": 1}", {Empty{2}}, "{\"k\": [], \"l\": 1}"},
      {"a key without a colon on its line",
       "? k\n: a: b\n",
       {Empty{2}},
       "refused: 2:3 this value cannot be emptied (write {} or [] by hand)"},
      {"an anchor",
       "k: &x\n  a: b\n",
       {Empty{2}},
       "refused: 1:4 this value cannot be emptied (write {} or [] by hand)"},
  });
}

TEST(Fill, PutsAListWhereNoneWas) {
  expect({
      {"empty", "k:\nl: m\n", {fill(2, list())}, "k:\n- x\n- z\nl: m\n"},
      {"empty with blanks", "k:  \nl: m\n", {fill(2, list())}, "k:  \n- x\n- z\nl: m\n"},
      {"empty with a comment", "k: # c\nl: m\n", {fill(2, list())}, "k: # c\n- x\n- z\nl: m\n"},
      {"empty with comments below",
       "k:\n# c\nl: m\n",
       {fill(2, list())},
       "k:\n- x\n- z\n# c\nl: m\n"},
      {"empty at the end of the file", "k:", {fill(2, list())}, "k:\n- x\n- z"},
      {"the word null", "k: null\nl: m\n", {fill(2, list())}, "k:\n- x\n- z\nl: m\n"},
      {"the word null with a comment", "k: null # c\n", {fill(2, list())}, "k: # c\n- x\n- z\n"},
      {"a tilde", "k: ~\n", {fill(2, list())}, "k:\n- x\n- z\n"},
      {"empty brackets", "k: []\nl: m\n", {fill(2, list())}, "k:\n- x\n- z\nl: m\n"},
      {"empty brackets with a comment", "k: [ ] # c\n", {fill(2, list())}, "k: # c\n- x\n- z\n"},
      {"CRLF", "k:\r\nl: m\r\n", {fill(2, list())}, "k:\r\n- x\r\n- z\r\nl: m\r\n"},
      {"the indentation of other lists",
       "k:\nl:\n  - m\n",
       {fill(2, list())},
       "k:\n  - x\n  - z\nl:\n  - m\n"},
      {"empty braces",
       "k: {}\nl: m\n",
       {fill(2, volume())},
       "k:\n  hostPath:\n    path: /p\n  name: v\nl: m\n"},
      {"in JSON", "{\"k\": [], \"l\": 1}", {fill(2, list())}, "{\"k\": [\"x\", \"z\"], \"l\": 1}"},
      {"null in JSON", "{\"k\":null}", {fill(2, list())}, "{\"k\":[\"x\",\"z\"]}"},
      {"in pretty JSON",
       "{\n  \"k\": []\n}\n",
       {fill(2, list())},
       "{\n  \"k\": [\n    \"x\",\n    \"z\"\n  ]\n}\n"},
      {"in a flow mapping", "- {k: [], l: m}\n", {fill(3, list())}, "- {k: [x, z], l: m}\n"},
      {"a null string", "k:\nl: m\n", {fill(2, Value::string("x"))}, "k: x\nl: m\n"},
      {"a null word by a string", "k: null\n", {fill(2, Value::quoted("x"))}, "k: \"x\"\n"},
  });
}

TEST(RemoveItem, TakesItsLines) {
  expect({
      {"the first", "- a\n- b\n- c\n", {RemoveItem{0, 0}}, "- b\n- c\n"},
      {"the middle one", "- a\n- b\n- c\n", {RemoveItem{0, 1}}, "- a\n- c\n"},
      {"the last", "- a\n- b\n- c\n", {RemoveItem{0, 2}}, "- a\n- b\n"},
      {"two neighbours", "- a\n- b\n- c\n", {RemoveItem{0, 0}, RemoveItem{0, 1}}, "- c\n"},
      {"two apart", "- a\n- b\n- c\n", {RemoveItem{0, 2}, RemoveItem{0, 0}}, "- b\n"},
      {"with its comment on the line", "- a # c\n- b\n", {RemoveItem{0, 0}}, "- b\n"},
      {"without the comments above", "# c\n- a\n# d\n- b\n", {RemoveItem{0, 1}}, "# c\n- a\n# d\n"},
      {"several lines", "- a: b\n  c: d\n- e\n", {RemoveItem{0, 0}}, "- e\n"},
      {"without a final newline", "- a\n- b", {RemoveItem{0, 1}}, "- a"},
      {"without one, CRLF", "- a\r\n- b", {RemoveItem{0, 1}}, "- a"},
      {"CRLF", "- a\r\n- b\r\n", {RemoveItem{0, 0}}, "- b\r\n"},
      {"blank lines stay", "- a\n\n- b\n", {RemoveItem{0, 0}}, "\n- b\n"},
      {"the first of a list on a dash line", "- - a\n  - b\n", {RemoveItem{1, 0}}, "- - b\n"},
      {"in a flow, the first", "k: [a, b]\n", {RemoveItem{2, 0}}, "k: [b]\n"},
      {"in a flow, the last", "k: [a, b]\n", {RemoveItem{2, 1}}, "k: [a]\n"},
      {"in a flow, the middle one", "k: [a, b, c]\n", {RemoveItem{2, 1}}, "k: [a, c]\n"},
      {"in a flow, two", "k: [a, b, c]\n", {RemoveItem{2, 1}, RemoveItem{2, 2}}, "k: [a]\n"},
      {"a trailing comma stays", "k: [a, b, ]\n", {RemoveItem{2, 1}}, "k: [a, ]\n"},
      {"over lines, the first", "k: [\n  a,\n  b\n]\n", {RemoveItem{2, 0}}, "k: [\n  b\n]\n"},
      {"over lines, the last", "k: [\n  a,\n  b\n]\n", {RemoveItem{2, 1}}, "k: [\n  a\n]\n"},
      {"over lines, with a trailing comma",
       "k: [\n  a,\n  b,\n]\n",
       {RemoveItem{2, 1}},
       "k: [\n  a,\n]\n"},
      {"over lines, comments stay with their lines",
       "k: [\n  a, # c\n  b # d\n]\n",
       {RemoveItem{2, 1}},
       "k: [\n  a # c\n]\n"},
      {"JSON", "{\"k\":[\"a\",\"b\"]}", {RemoveItem{2, 1}}, "{\"k\":[\"a\"]}"},
      {"all that there are",
       "- a\n- b\n",
       {RemoveItem{0, 0}, RemoveItem{0, 1}},
       "refused: 1:1 nothing of this collection would be left (remove it by hand)"},
  });
}

TEST(RemoveEntry, TakesItsLines) {
  expect({
      {"the first", "a: b\nc: d\n", {RemoveEntry{0, 0}}, "c: d\n"},
      {"the last", "a: b\nc: d\n", {RemoveEntry{0, 1}}, "a: b\n"},
      {"with its list", "a:\n- b\n- c\nd: e\n", {RemoveEntry{0, 0}}, "d: e\n"},
      {"with a nested mapping, without a final newline",
       "a: b\nc:\n  d: e",
       {RemoveEntry{0, 1}},
       "a: b"},
      {"an empty value", "a:\nc: d\n", {RemoveEntry{0, 0}}, "c: d\n"},
      {"comments above stay", "a: b\n# c\nd: e\n", {RemoveEntry{0, 1}}, "a: b\n# c\n"},
      {"the first on a dash line", "- a: b\n  c: d\n", {RemoveEntry{1, 0}}, "- c: d\n"},
      {"an explicit key", "? a\n: b\nc: d\n", {RemoveEntry{0, 0}}, "c: d\n"},
      {"in a flow, the last", "- {a: b, c: d}\n", {RemoveEntry{1, 1}}, "- {a: b}\n"},
      {"in a flow, the first", "- {a: b, c: d}\n", {RemoveEntry{1, 0}}, "- {c: d}\n"},
      {"JSON, pretty",
       "{\n  \"a\": 1,\n  \"b\": [\n    2\n  ]\n}\n",
       {RemoveEntry{0, 1}},
       "{\n  \"a\": 1\n}\n"},
      {"JSON", "{\"a\":1,\"b\":[2]}", {RemoveEntry{0, 0}}, "{\"b\":[2]}"},
  });
}

TEST(Layout, CarriesOutSeveralEditsAtOnce) {
  expect({
      {"lists that end on the same line",
       "a:\n  b:\n  - c\n",
       {item(4, 1), entry(2), InsertEntry{0, "last", Value::string("z")}},
       "a:\n  b:\n  - c\n  - x\n  new: x\nlast: z\n"},
      {"there without a final newline",
       "a:\n  b:\n  - c",
       {item(4, 1), entry(2)},
       "a:\n  b:\n  - c\n  - x\n  new: x"},
      {"removed and inserted in its place",
       "- a\n- b\n",
       {RemoveItem{0, 1}, item(0, 1)},
       "- a\n- x\n"},
      {"set and inserted", "- a # c\n- b\n", {set(1, "A"), item(0, 1)}, "- A # c\n- x\n- b\n"},
  });
}

// What InsertItem does, RemoveItem takes back, byte for byte.
TEST(Layout, TakesBackWhatItDid) {
  const std::pair<std::string, NodeId> lists[] = {
      {"- a\n- b\n", 0},
      {"- a\n- b", 0},
      {"- a\r\n- b\r\n", 0},
      {"- a\r\n- b", 0},
      {"-   a\n-   b\n", 0},
      {"- a # c\n# d\n- b # e\n# f\n", 0},
      {"- a\n\n\n- b\n\n", 0},
      {"- |\n  a\n\n- |+\n  b\n\n", 0},
      {"- 'a\n  b'\n- \"c\n  d\"\n", 0},
      {"- - a\n  - b\n- c\n", 0},
      {"k:\n- a\n- b\nl: m\n", 2},
      {"k:\n  - a\n  - b\n...\n", 2},
      {"k: &l\n- a\n- b\n", 2},
      {"\xEF\xBB\xBFk:\n- a\n- b\n", 2},
      {"k: [a, b]\n", 2},
      {"k: [ a, b ]", 2},
      {"k: [a,b]\n", 2},
      {"k: [a, b, ]\n", 2},
      {"k: [\n  a,\n  b\n]\n", 2},
      {"k: [\n  a,\n  b,\n]\n", 2},
      {"k: [\n  a, # c\n  b # d\n  # e\n]\n", 2},
      {"k: [\r\n  a,\r\n  b\r\n]\r\n", 2},
      {"k: [a,\n  b]\n", 2},
      {"k: [a, b,\n  c, d]\n", 2},
      {"{\"k\":[\"a\",\"b\"]}", 2},
      {"{\"k\": [\"a\", \"b\"]}\n", 2},
      {"{\n  \"k\": [\n    \"a\",\n    \"b\"\n  ]\n}\n", 2},
      {"{\n\t\"k\": [\n\t\t{\n\t\t\t\"n\": \"a\"\n\t\t}\n\t]\n}\n", 2},
      {"- name: a\n  x:\n    y: z\n- name: b\n", 0},
      {"- {name: a}\n- {name: b}\n", 0},
  };
  std::size_t tried = 0;
  for (const auto& [text, sequence] : lists) {
    const std::size_t count = parse(source(text))->node(sequence).count;
    for (const Value& value : {Value::string("x"), Value::string("x: #1"), volume()}) {
      for (std::size_t index = 0; index <= count; ++index) {
        const std::string inserted = edited(text, {InsertItem{sequence, index, value}});
        ASSERT_EQ(edited(inserted, {RemoveItem{sequence, index}}), text)
            << index << " in " << inserted;
        ++tried;
      }
    }
  }
  EXPECT_GT(tried, 250U);
}

}  // namespace
}  // namespace kaudit::yaml
