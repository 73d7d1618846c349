// Where every kind of node begins, where its content begins, and where it ends.

#include "yaml/parse.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "support/dump.h"

namespace kaudit::yaml {
namespace {

using support::dump;
using support::said;
using support::source;

std::string dumped(const std::string& bytes) {
  const auto document = parse(source(bytes));
  return document ? dump(*document) : "refused: " + said(document.error(), *source(bytes));
}

// ---- one node ---------------------------------------------------------------------------------

// A text with a node marked: « before it, ¦ before its content where that differs, » behind it.
struct Marked {
  std::string text;
  std::size_t begin = 0;
  std::size_t content = 0;
  std::size_t end = 0;
};

Marked unmark(std::string text) {
  Marked marked;
  const auto take = [&](std::string_view mark) {
    const std::size_t at = text.find(mark);
    if (at != std::string::npos) text.erase(at, mark.size());
    return at;
  };
  marked.begin = take("«");
  marked.content = take("¦");
  marked.end = take("»");
  if (marked.content == std::string::npos) marked.content = marked.begin;
  marked.text = std::move(text);
  return marked;
}

struct Row {
  std::string_view what;
  std::string text;
  Style style;
  std::string_view value = {};  // of a scalar; of an alias its anchor
};

void expect_node(const Row& row) {
  const Marked marked = unmark(row.text);
  const auto document = parse(source(marked.text));
  ASSERT_TRUE(document) << row.what << ": " << said(document.error(), *source(marked.text));
  std::size_t found = 0;
  for (NodeId id = 0; id < document->nodes().size(); ++id) {
    const Node& n = document->node(id);
    const bool collection = n.kind == Kind::Sequence || n.kind == Kind::Mapping;
    if (n.begin == marked.begin && n.content == marked.content && n.end == marked.end &&
        n.style == row.style && (collection || document->value(id) == row.value))
      ++found;
  }
  EXPECT_EQ(found, 1U) << row.what << ": expected " << support::name_of(row.style) << " "
                       << marked.begin << "(" << marked.content << ").." << marked.end << " '"
                       << support::escaped(row.value) << "' in\n"
                       << marked.text << "\n"
                       << dump(*document);
}

TEST(NodeEnds, OfPlainScalars) {
  for (const Row& row : std::initializer_list<Row>{
           {"alone", "«a»", Style::Plain, "a"},
           {"before a line end", "«a»\n", Style::Plain, "a"},
           {"blanks behind it are not of it", "k: «a»  \n", Style::Plain, "a"},
           {"nor is a comment", "k: «a b» # c\n", Style::Plain, "a b"},
           {"a number sign without a blank is", "k: «a#b»\n", Style::Plain, "a#b"},
           {"a colon without a blank is", "k: «a:b:c»\n", Style::Plain, "a:b:c"},
           {"a key ends before its colon", "«k»: a\n", Style::Plain, "k"},
           {"and before blanks that stand there", "«k» : a\n", Style::Plain, "k"},
           {"a key with colons", "«a:b»: c\n", Style::Plain, "a:b"},
           {"quotes and brackets inside", "- «--x=\"[{,}]\"»\n", Style::Plain, "--x=\"[{,}]\""},
           {"over two lines", "k: «a\n  b»\n", Style::Plain, "a b"},
           {"over an empty line", "k: «a\n\n  b»\n", Style::Plain, "a\nb"},
           {"over two empty lines", "k: «a\n\n\n  b»\nl: x\n", Style::Plain, "a\n\nb"},
           {"trailing blanks fold away", "k: «a  \n  b»\n", Style::Plain, "a b"},
           {"a comment ends it", "k: «a\n  b» # c\nl: d\n", Style::Plain, "a b"},
           {"an item over two lines", "- «a\n  b»\n- c\n", Style::Plain, "a b"},
           {"indented deeper on the way", "- «a\n      b\n   c»\n", Style::Plain, "a b c"},
           {"with CRLF", "k: «a\r\n  b»\r\nl: c\r\n", Style::Plain, "a b"},
           {"without a final newline", "k: «a\n  b»", Style::Plain, "a b"},
           {"at the root over two lines", "«a\nb»\n", Style::Plain, "a b"},
           {"before a document mark", "«a»\n---\nb\n", Style::Plain, "a"},
           {"before a document end", "k: «a»\n...\n", Style::Plain, "a"},
           {"dashes at its front", "- «--flag=x»\n", Style::Plain, "--flag=x"},
           {"of more bytes than characters", "k: «\xC3\xA4\xE2\x82\xAC» # c\n", Style::Plain,
            "\xC3\xA4\xE2\x82\xAC"},
           {"in a flow sequence", "[«a b», c]", Style::Plain, "a b"},
           {"the last one there", "[a, «b c» ]", Style::Plain, "b c"},
           {"over two lines there", "[«a\n b», c]", Style::Plain, "a b"},
           {"less indented there", "k: [«a\n b» ]\n", Style::Plain, "a b"},
           {"before a comment there", "[«a» # c, d\n, b]", Style::Plain, "a"},
           {"a flow key", "- {«k»: v}", Style::Plain, "k"},
           {"a flow value", "- {k: «v:w»}", Style::Plain, "v:w"},
           {"the word null", "k: «null»\n", Style::Plain, "null"},
           {"the word ~", "k: «~» # c\n", Style::Plain, "~"},
           {"the word NULL in a flow", "[«NULL», a]", Style::Plain, "NULL"},
       }) {
    expect_node(row);
  }
}

TEST(NodeEnds, OfQuotedScalars) {
  for (const Row& row : std::initializer_list<Row>{
           {"single", "k: «'a'» # c\n", Style::SingleQuoted, "a"},
           {"empty single", "k: «''»\n", Style::SingleQuoted, ""},
           {"a doubled quote inside", "k: «'a''b'»\n", Style::SingleQuoted, "a'b"},
           {"a doubled quote at the end", "k: «'a'''»\n", Style::SingleQuoted, "a'"},
           {"indicators inside", "k: «'# : [ {'»\n", Style::SingleQuoted, "# : [ {"},
           {"a backslash is a backslash", "k: «'\\'»\n", Style::SingleQuoted, "\\"},
           {"over two lines", "k: «'a\n  b'»\n", Style::SingleQuoted, "a b"},
           {"over an empty line", "k: «'a\n\n  b'»\n", Style::SingleQuoted, "a\nb"},
           {"beginning with a line end", "k: «'\n  a'»\n", Style::SingleQuoted, " a"},
           {"as a key", "«'k'»: v\n", Style::SingleQuoted, "k"},
           {"double", "k: «\"a\"» # c\n", Style::DoubleQuoted, "a"},
           {"empty double", "k: «\"\"»\n", Style::DoubleQuoted, ""},
           {"an escaped quote", "k: «\"a\\\"b\"»\n", Style::DoubleQuoted, "a\"b"},
           {"an escaped backslash at the end", "k: «\"a\\\\\"»\n", Style::DoubleQuoted, "a\\"},
           {"short escapes", "k: «\"\\n\\t\\r\\e\\/\\ \\a\\b\\f\\v\"»\n", Style::DoubleQuoted,
            "\n\t\r\x1b/ \a\b\f\v"},
           {"numbered escapes", "k: «\"\\x41\\u00e4\\U0001F600\"»\n", Style::DoubleQuoted,
            "A\xC3\xA4\xF0\x9F\x98\x80"},
           {"over two lines", "k: «\"a\n  b\"»\n", Style::DoubleQuoted, "a b"},
           {"over an escaped line end", "k: «\"a\\\n  b\"»\n", Style::DoubleQuoted, "ab"},
           {"an escaped blank after it", "k: «\"a\\\n  \\ b\"»\n", Style::DoubleQuoted, "a b"},
           {"over an empty line", "k: «\"a\n\n  b\"»\n", Style::DoubleQuoted, "a\nb"},
           {"with CRLF", "k: «\"a\r\n  b\"»\r\n", Style::DoubleQuoted, "a b"},
           {"in a flow", "[«\"a, ]\"», b]", Style::DoubleQuoted, "a, ]"},
           {"its colon glued on, in JSON", "{«\"k\"»:\"v\"}", Style::DoubleQuoted, "k"},
           {"without a final newline", "- «\"a\"»", Style::DoubleQuoted, "a"},
           {"the string null", "k: «'null'»\n", Style::SingleQuoted, "null"},
       }) {
    expect_node(row);
  }
}

// The last line break is outside a block scalar; trailing blank lines are of it only with "+".
TEST(NodeEnds, OfBlockScalars) {
  for (const Row& row : std::initializer_list<Row>{
           {"literal", "k: «|\n  a»\n", Style::Literal, "a\n"},
           {"of two lines", "k: «|\n  a\n  b»\nl: c\n", Style::Literal, "a\nb\n"},
           {"deeper lines keep their blanks", "k: «|\n  a\n    b»\n", Style::Literal, "a\n  b\n"},
           {"a number sign is text", "- «|\n  a\n  # b»\n", Style::Literal, "a\n# b\n"},
           {"a less indented comment is not", "- «|\n  a»\n# b\n- c\n", Style::Literal, "a\n"},
           {"blank lines inside", "k: «|\n  a\n\n  b»\n", Style::Literal, "a\n\nb\n"},
           {"clip: blank lines behind it are outside", "k: «|\n  a»\n\n\nl: b\n", Style::Literal,
            "a\n"},
           {"strip", "k: «|-\n  a»\n\nl: b\n", Style::Literal, "a"},
           {"keep", "k: «|+\n  a\n\n»\nl: b\n", Style::Literal, "a\n\n\n"},
           {"keep without a blank line", "k: «|+\n  a»\nl: b\n", Style::Literal, "a\n"},
           {"keep at the end of the file", "k: «|+\n  a\n»\n", Style::Literal, "a\n\n"},
           {"an indentation indicator", "k: «|1\n   a»\n", Style::Literal, "  a\n"},
           {"with strip behind it", "k: «|2-\n    a»\n", Style::Literal, "  a"},
           {"with strip before it", "k: «|-2\n    a»\n", Style::Literal, "  a"},
           {"with keep", "k: «|2+\n    a\n»\nl: b\n", Style::Literal, "  a\n\n"},
           {"a comment behind the indicator", "k: «| # c\n  a»\n", Style::Literal, "a\n"},
           {"first lines blank", "k: «|\n\n  a»\n", Style::Literal, "\na\n"},
           {"with CRLF", "k: «|\r\n  a\r\n  b»\r\nl: c\r\n", Style::Literal, "a\nb\n"},
           {"without a final newline", "k: «|\n  a»", Style::Literal, "a"},
           {"empty", "k: «|»\nl: a\n", Style::Literal, ""},
           {"empty at the end", "k: «|»\n", Style::Literal, ""},
           {"an item, beside its dash", "- «|\n  a»\n- b\n", Style::Literal, "a\n"},
           {"tabs inside are text", "k: «|\n  a\tb»\n", Style::Literal, "a\tb\n"},
           {"folded", "k: «>\n  a\n  b»\n", Style::Folded, "a b\n"},
           {"folded, strip", "k: «>-\n  a\n  b»\n\nl: c\n", Style::Folded, "a b"},
           {"folded, keep", "k: «>+\n  a\n  b»\nl: c\n", Style::Folded, "a b\n"},
           {"folded, a blank line", "k: «>\n  a\n\n  b»\n", Style::Folded, "a\nb\n"},
           {"folded, a deeper line", "k: «>\n  a\n    b\n  c»\n", Style::Folded, "a\n  b\nc\n"},
           {"folded, an indentation indicator", "k: «>2-\n  a\n  b»\n", Style::Folded, "a b"},
       }) {
    expect_node(row);
  }
}

TEST(NodeEnds, OfNulls) {
  for (const Row& row : std::initializer_list<Row>{
           {"of no characters", "k:«»\n", Style::Empty},
           {"blanks behind the colon are not of it", "k:«»  \nl: a\n", Style::Empty},
           {"nor is a comment there", "k:«» # c\nl: a\n", Style::Empty},
           {"nor comments below", "k:«»\n# c\n# d\nl: a\n", Style::Empty},
           {"at the end of the file", "k:«»", Style::Empty},
           {"an empty item", "-«»\n- a\n", Style::Empty},
           {"an empty item with a comment", "-«» # c\n- a\n", Style::Empty},
           {"before a word that only looks like one", "k:«»\nnull: a\n", Style::Empty},
           {"in a flow mapping", "- {k:«» , l: m}", Style::Empty},
           {"in a flow mapping without a colon", "- {k«», l: m}", Style::Empty},
           {"with an anchor", "k: «&a¦»\nl: b\n", Style::Empty},
           {"with a tag", "k: «!!str¦» # c\nl: b\n", Style::Empty},
           {"a key without a value", "? k«»\n", Style::Empty},
       }) {
    expect_node(row);
  }
}

TEST(NodeEnds, OfNodesWithProperties) {
  for (const Row& row : std::initializer_list<Row>{
           {"an anchor", "k: «&a ¦b» # c\n", Style::Plain, "b"},
           {"a tag", "k: «!!str ¦1»\n", Style::Plain, "1"},
           {"both", "k: «&a !!str ¦'b'»\n", Style::SingleQuoted, "b"},
           {"both, the tag first", "k: «!t &a ¦b»\n", Style::Plain, "b"},
           {"a verbatim tag", "k: «!<tag:x> ¦b»\n", Style::Plain, "b"},
           {"the non-specific tag", "k: «! ¦b»\n", Style::Plain, "b"},
           {"a literal", "k: «&a ¦|\n  b»\n", Style::Literal, "b\n"},
           {"a flow sequence", "k: «&a ¦[b]»\n", Style::Flow},
           {"a flow mapping", "k: «!!map ¦{b: c}»\n", Style::Flow},
           {"on the line above a sequence", "k: «&a\n¦- b»\n", Style::Block},
           {"with a comment between", "k: «&a # c\n# d\n¦- b»\n", Style::Block},
           {"on the line above a mapping", "k: «&a\n  ¦b: c»\n", Style::Block},
           {"an item's mapping", "- «&a\n  ¦b: c»\n", Style::Block},
           {"of a key, not of its mapping", "«&a ¦k»: b\n", Style::Plain, "k"},
           {"and the mapping begins with it", "«&a k: b»\n", Style::Block},
           {"in a flow", "[«&a ¦b», c]", Style::Plain, "b"},
       }) {
    expect_node(row);
  }
}

TEST(NodeEnds, OfAliases) {
  for (const Row& row : std::initializer_list<Row>{
           {"as a value", "k: &a b\nl: «*a» # c\n", Style::Plain, "a"},
           {"as an item", "- &a-1_x b\n- «*a-1_x»\n", Style::Plain, "a-1_x"},
           {"in a flow", "[&a b, «*a», c]", Style::Plain, "a"},
           {"before a bracket", "[&a b, «*a»]", Style::Plain, "a"},
           {"as a key", "k: &a b\n«*a» : c\n", Style::Plain, "a"},
       }) {
    expect_node(row);
  }
}

TEST(NodeEnds, OfCollections) {
  for (const Row& row : std::initializer_list<Row>{
           {"a block sequence ends with its last item", "«- a\n- b» # c\n", Style::Block},
           {"not indented", "k:\n«- a\n- b»\nl: c\n", Style::Block},
           {"indented", "k:\n  «- a\n  - b»\nl: c\n", Style::Block},
           {"its last item empty", "«- a\n-» # c\n", Style::Block},
           {"in itself", "- «- a\n  - b»\n- c\n", Style::Block},
           {"its dash alone on a line", "k:\n«-\n  a»\nl: b\n", Style::Block},
           {"comments behind it are outside", "k:\n«- a»\n# c\n  # d\nl: b\n", Style::Block},
           {"a block mapping", "«a: b\nc: d» # e\n", Style::Block},
           {"nested", "k:\n  «a: b\n  c: d»\nl: m\n", Style::Block},
           {"beside a dash", "- «a: b\n  c: d»\n- e\n", Style::Block},
           {"its last value empty", "k:\n  «a: b\n  c:» # d\nl: m\n", Style::Block},
           {"with explicit keys", "«? a\n: b\n? c\n: d»\n", Style::Block},
           {"with an explicit key without a value", "«? a»\n", Style::Block},
           {"an explicit key that is a list", "? «- a\n  - b»\n: c\n", Style::Block},
           {"the list as its value", "? a\n: «- b\n  - c»\n", Style::Block},
           {"a flow sequence", "k: «[a, b]» # c\n", Style::Flow},
           {"empty", "k: «[]»\n", Style::Flow},
           {"empty with blanks", "k: «[ ]» # c\n", Style::Flow},
           {"a trailing comma", "k: «[a, b, ]»\n", Style::Flow},
           {"over lines", "k: «[\n  a,\n  b\n]»\nl: c\n", Style::Flow},
           {"brackets in quotes", "k: «[']', \"]\"]»\n", Style::Flow},
           {"brackets in comments", "k: «[a, # ]\n  b]» # ]\n", Style::Flow},
           {"in a flow sequence", "[a, «[b, [c]]», d]", Style::Flow},
           {"a flow mapping", "k: «{a: b}» # c\n", Style::Flow},
           {"empty braces", "k: «{}»\n", Style::Flow},
           {"a mapping over lines", "k: «{\n  a: b, # }\n  c: [d],\n}»\n", Style::Flow},
           {"in a flow mapping", "- {a: «{b: {c: d}}», e: f}", Style::Flow},
           {"a compact pair", "[«a: b», c]", Style::Compact},
           {"a compact pair without a value", "[«a:» , c]", Style::Compact},
           {"a compact pair whose value is a list", "[«a: [b]»]", Style::Compact},
       }) {
    expect_node(row);
  }
}

// ---- whole documents --------------------------------------------------------------------------

TEST(Parse, ReadsABlockDocument) {
  EXPECT_EQ(dumped("# top\na:\n- b # c\n- d: e\n"),
            "mapping block 6..23 1\n"
            "  scalar plain 6..7 'a'\n"
            "  sequence block 9..23 2\n"
            "    scalar plain 11..12 'b'\n"
            "    mapping block 19..23 1\n"
            "      scalar plain 19..20 'd'\n"
            "      scalar plain 22..23 'e'\n");
}

TEST(Parse, CountsTheBytesOfAByteOrderMark) {
  EXPECT_EQ(dumped("\xEF\xBB\xBF"
                   "a: b\n"),
            "mapping block 3..7 1\n"
            "  scalar plain 3..4 'a'\n"
            "  scalar plain 6..7 'b'\n");
  const auto document =
      parse(source("\xEF\xBB\xBF"
                   "a: b\nc: d\n"));
  EXPECT_EQ(document->text_begin(), 3U);
  EXPECT_EQ(document->column(3), 0U);
  EXPECT_EQ(document->column(6), 3U);
  EXPECT_EQ(document->column(11), 3U);
}

TEST(Parse, CountsBothBytesOfACrLf) {
  EXPECT_EQ(dumped("a:\r\n- b\r\n- |\r\n  c\r\n"),
            "mapping block 0..17 1\n"
            "  scalar plain 0..1 'a'\n"
            "  sequence block 4..17 2\n"
            "    scalar plain 6..7 'b'\n"
            "    scalar literal 11..17 'c\\n'\n");
}

TEST(Parse, ReadsAliasesAndProperties) {
  EXPECT_EQ(dumped("a: &x !!str 1\nb: *x\nc: &x 2\nd: *x\n"),
            "mapping block 0..33 4\n"
            "  scalar plain 0..1 'a'\n"
            "  scalar plain 3(12)..13 &x !!str '1'\n"
            "  scalar plain 14..15 'b'\n"
            "  alias 17..19 *x\n"
            "  scalar plain 20..21 'c'\n"
            "  scalar plain 23(26)..27 &x '2'\n"
            "  scalar plain 28..29 'd'\n"
            "  alias 31..33 *x\n");
}

TEST(Parse, LetsAnAliasNameTheNearestAnchorBefore) {
  const auto document = parse(source("a: &x 1\nb: *x\nc: &x 2\nd: *x\n"));
  ASSERT_TRUE(document);
  const NodeId root = document->roots().front();
  EXPECT_EQ(document->value(document->resolve(document->find(root, "b")->value)), "1");
  EXPECT_EQ(document->value(document->resolve(document->find(root, "d")->value)), "2");
}

TEST(Parse, ReadsJson) {
  EXPECT_EQ(dumped("{\"a\": [1, null, {\"b\": \"\\u00e4\"}], \"c\": {}}\n"),
            "mapping flow 0..42 2\n"
            "  scalar double 1..4 'a'\n"
            "  sequence flow 6..32 3\n"
            "    scalar plain 7..8 '1'\n"
            "    scalar plain 10..14 'null'\n"
            "    mapping flow 16..31 1\n"
            "      scalar double 17..20 'b'\n"
            "      scalar double 22..30 '\xC3\xA4'\n"
            "  scalar double 34..37 'c'\n"
            "  mapping flow 39..41 0\n");
  EXPECT_EQ(dumped("{\"\\ud83d\\ude00\": \"a\\\\ud83d\"}"),
            "mapping flow 0..28 1\n"
            "  scalar double 1..15 '\xF0\x9F\x98\x80'\n"
            "  scalar double 17..27 'a\\ud83d'\n");
  const auto is_json = [](std::string bytes) {
    const auto document = parse(source(std::move(bytes)));
    EXPECT_TRUE(document) << document.error().message;
    return document && document->is_json();
  };
  EXPECT_TRUE(is_json("{\"a\": 1}"));
  EXPECT_TRUE(is_json(" \n {\"a\": 1}"));
  EXPECT_FALSE(is_json("[1]"));
  EXPECT_FALSE(is_json("--- {a: 1}\n"));
}

TEST(Parse, ReadsAllDocuments) {
  EXPECT_EQ(dumped("a\n--- b\n...\n---\nc: d\n"),
            "scalar plain 0..1 'a'\n"
            "---\n"
            "scalar plain 6..7 'b'\n"
            "---\n"
            "mapping block 16..20 1\n"
            "  scalar plain 16..17 'c'\n"
            "  scalar plain 19..20 'd'\n");
  EXPECT_EQ(dumped("--- # first\na: b\n---\n"),
            "mapping block 12..16 1\n"
            "  scalar plain 12..13 'a'\n"
            "  scalar plain 15..16 'b'\n"
            "---\n"
            "scalar empty 20..20 ''\n");
  EXPECT_EQ(dumped("%YAML 1.1\n---\na: b\n"),
            "mapping block 14..18 1\n"
            "  scalar plain 14..15 'a'\n"
            "  scalar plain 17..18 'b'\n");
}

TEST(Parse, GivesNoRootForATextWithoutADocument) {
  for (std::string_view text : {"", "\n", "# only a comment\n", "  \n# a\n\n", "\xEF\xBB\xBF"})
    EXPECT_EQ(dumped(std::string(text)), "") << testing::PrintToString(text);
}

TEST(Document, FindsTheLastOfDuplicateKeys) {
  const auto document = parse(source("a: 1\nb: 2\n\"a\": 3\n"));
  ASSERT_TRUE(document);
  EXPECT_EQ(document->value(document->find(0, "a")->value), "3");
  EXPECT_EQ(document->entries(0).size(), 3U);
  EXPECT_FALSE(document->find(0, "c"));
}

TEST(Document, TellsNulls) {
  const auto is_null = [](const std::string& value) {
    const auto document = parse(source("k:" + value + "\n"));
    return document && document->is_null(document->find(0, "k")->value);
  };
  for (const char* null : {"", " ~", " null", " Null", " NULL", " &a"})
    EXPECT_TRUE(is_null(null)) << null;
  for (const char* other :
       {" nULL", " ''", " 'null'", " \"~\"", " []", " {}", " !!str", " none", " 0"})
    EXPECT_FALSE(is_null(other)) << other;
}

// The kubelet reads it as null, too.
TEST(Document, ReadsANullWordWithAnAnchor) {
  EXPECT_EQ(dumped("k: &a null\n"),
            "mapping block 0..10 1\n"
            "  scalar plain 0..1 'k'\n"
            "  scalar plain 3(6)..10 &a 'null'\n");
}

TEST(Document, NamesPathsAsKubernetesDoes) {
  const auto document = parse(source("spec:\n  containers:\n  - command:\n    - a\n    - b\n"));
  ASSERT_TRUE(document);
  const NodeId last = static_cast<NodeId>(document->nodes().size() - 1);
  EXPECT_EQ(path_of(*document, last), "spec.containers[0].command[1]");
  EXPECT_EQ(path_of(*document, 0), "");
  EXPECT_EQ(path_of(*document, 1), "spec");
}

}  // namespace
}  // namespace kaudit::yaml
