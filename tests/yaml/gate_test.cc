// What must never come through: input that Kubernetes' parser rejects or reads otherwise, and
// that yaml-cpp accepts, or never finishes.

#include "yaml/gate.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "support/dump.h"
#include "yaml/parse.h"

namespace kaudit::yaml {
namespace {

using support::said;
using support::source;

std::string refusal(const std::string& bytes) {
  const auto text = source(bytes);
  const auto document = parse(text);
  return document ? "accepted\n" + support::dump(*document) : said(document.error(), *text);
}

struct Row {
  std::string_view what;
  std::string text;
  std::string_view refusal;
};

void expect_refusals(std::initializer_list<Row> rows) {
  for (const Row& row : rows) EXPECT_EQ(refusal(row.text), row.refusal) << row.what;
}

constexpr std::string_view kGoesOn =
    "the text goes on after the end of the document (begin a further document with a line '---', "
    "or "
    "mend the indentation)";

std::string at(std::string_view place, std::string_view message) {
  return fmt::format("{} {}", place, message);
}

TEST(Gate, RefusesBytesThatAreNotPlainUtf8) {
  const std::string utf16 =
      "1:1 the file is UTF-16 or UTF-32, and kaudit edits UTF-8 only (convert it first, for "
      "instance "
      "with iconv -f UTF-16 -t UTF-8)";
  const std::string reject = "remove it; Kubernetes' parser rejects the file as it is";
  const std::string save = "save the file as UTF-8; Kubernetes' parser rejects it as it is";
  const std::string lines = "replace it by an ordinary line end or remove it";
  expect_refusals({
      {"UTF-16 LE",
       std::string("\xFF\xFE"
                   "a\0:\0",
                   6),
       utf16},
      {"UTF-16 BE", std::string("\xFE\xFF\0a\0:", 6), utf16},
      {"UTF-16 LE without a mark", std::string("a\0:\0", 4), utf16},
      {"UTF-16 BE without a mark", std::string("\0a\0:", 4), utf16},
      {"UTF-32 LE", std::string("\xFF\xFE\0\0a\0\0\0", 8), utf16},
      {"Latin-1", "a: \xE4\n", "1:4 byte 0xE4 at offset 3 is not UTF-8 (" + save + ")"},
      {"cut-off UTF-8", "a: \xE2\x82", "1:4 byte 0xE2 at offset 3 is not UTF-8 (" + save + ")"},
      {"overlong UTF-8", "a: \xC0\xAF\n", "1:4 byte 0xC0 at offset 3 is not UTF-8 (" + save + ")"},
      {"overlong of three bytes", "a: \xE0\x80\xAF\n",
       "1:4 byte 0xE0 at offset 3 is not UTF-8 (" + save + ")"},
      {"a surrogate", "a: \xED\xA0\x80\n", "1:4 byte 0xED at offset 3 is not UTF-8 (" + save + ")"},
      {"above U+10FFFF", "a: \xF4\x90\x80\x80\n",
       "1:4 byte 0xF4 at offset 3 is not UTF-8 (" + save + ")"},
      {"a byte no character begins with", "a: \xF5\n",
       "1:4 byte 0xF5 at offset 3 is not UTF-8 (" + save + ")"},
      {"NUL in a comment", std::string("a: b #\0\n", 8),
       "1:7 control character U+0000 at offset 6 is not allowed in YAML (" + reject + ")"},
      {"end of transmission", "a: b\x04\n",
       "1:5 control character U+0004 at offset 4 is not allowed in YAML (" + reject + ")"},
      {"delete", "a: b\x7F\n",
       "1:5 control character U+007F at offset 4 is not allowed in YAML (" + reject + ")"},
      {"a C1 control", "a: b\xC2\x80\n",
       "1:5 control character U+0080 at offset 4 is not allowed in YAML (" + reject + ")"},
      {"U+FFFE", "a: \xEF\xBF\xBE\n",
       "1:4 control character U+FFFE at offset 3 is not allowed in YAML (" + reject + ")"},
      {"a byte order mark later on",
       "a: b\n\xEF\xBB\xBF"
       "c: d\n",
       "2:1 control character U+FEFF at offset 5 is not allowed in YAML (" + reject + ")"},
      {"a lone carriage return", "a: b\rc: d\n",
       "1:5 a carriage return without a line feed at offset 4 (end lines with LF or CRLF)"},
      {"a lone carriage return at the end", "a: b\r",
       "1:5 a carriage return without a line feed at offset 4 (end lines with LF or CRLF)"},
      {"NEL",
       "# a\xC2\x85"
       "b: c\n",
       "1:4 character U+0085 at offset 3 is a line break for the kubelet's parser but not for "
       "every reader (" +
           lines + ")"},
      {"LS", "a: \"b\xE2\x80\xA8\"\n",
       "1:6 character U+2028 at offset 5 is a line break for the kubelet's parser but not for "
       "every reader (" +
           lines + ")"},
      {"PS", "a: \"b\xE2\x80\xA9\"\n",
       "1:6 character U+2029 at offset 5 is a line break for the kubelet's parser but not for "
       "every reader (" +
           lines + ")"},
  });
}

TEST(Gate, LetsOrdinaryBytesPass) {
  for (const char* text : {"a: b\n", "a: b\r\n", "a:\tb\n",
                           "a: \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80\n", "a: \xC2\xA0\n",
                           "\xEF\xBB\xBF"
                           "a: b\n",
                           "a: \xEF\xBF\xBD\n", "a: \xEE\x80\x80\n"})
    EXPECT_TRUE(check_bytes(*source(text))) << text;
}

// yaml-cpp 0.7 gives documents for ever on some of these.
TEST(Gate, RefusesTextBehindTheEnd) {
  expect_refusals({
      {"a comma behind a scalar", "\"foo\",\"bar\"",
       "1:6 not valid YAML: the text goes on after the end of the document (Kubernetes cannot "
       "read this file either; mend it first)"},
      {"a comma alone", ",",
       "1:1 not valid YAML: the text goes on after the end of the document (Kubernetes cannot "
       "read this file either; mend it first)"},
      {"two documents without a mark", "- a\nb: 1\n", at("2:1", kGoesOn)},
      {"two lists without a mark", "[a]\n[b]\n", at("2:1", kGoesOn)},
      {"two words behind each other", "'a' 'b'\n", at("1:5", kGoesOn)},
      {"less indented", "  a: b\nc: d\n", at("2:1", kGoesOn)},
  });
}

TEST(Gate, RefusesWhatWasCutOff) {
  const std::string quote = "this quote is never closed (close it; the file may have been cut off)";
  const std::string key =
      "a key without a colon (add ': ' and a value; the file may have been cut off)";
  expect_refusals({
      {"an open double quote", "a: \"x",
       "1:6 not valid YAML: illegal EOF in scalar (Kubernetes cannot read this file either; mend "
       "it first)"},
      {"an open single quote", "a: 'x\nb: c\n", at("1:4", quote)},
      {"a quote that ends in an escape", "a: \"x\\\"\n", at("1:4", quote)},
      {"a key without a colon", "a: 1\nb", at("2:1", key)},
      {"a key without a colon before another", "a: 1\nbc\nd: 2\n",
       "3:2 not valid YAML: illegal map value (Kubernetes cannot read this file either; mend it "
       "first)"},
  });
}

TEST(Gate, RefusesDirectivesThatYamlCppSwallows) {
  const std::string unknown =
      "a directive that the kubelet's YAML parser may not accept (remove it, or write %YAML 1.1)";
  const std::string alone =
      "a directive without '---' behind it (add a line '---' before the document)";
  expect_refusals({
      {"inside a document", "a: 1\n%b: 2\n",
       "2:1 a line that begins with '%' is a directive and must stand before '---' (quote or "
       "remove it)"},
      {"without a mark", "%YAML 1.1\na: 1\n", at("1:1", alone)},
      {"another version", "%YAML 1.2\n---\na: 1\n", at("1:1", unknown)},
      {"a tag directive", "%TAG ! tag:x,2000:\n---\na: 1\n", at("1:1", unknown)},
  });
  EXPECT_EQ(refusal("%YAML 1.1 # c\n---\na: 1\n").substr(0, 8), "accepted");
}

TEST(Gate, RefusesTabsAsIndentation) {
  const std::string tab =
      "a tab stands where the kubelet's YAML parser allows only spaces (replace it by spaces)";
  expect_refusals({
      {"behind a dash", "- \tx\n", at("1:3", tab)},
      {"glued to a dash", "-\tx\n", at("1:2", tab)},
      {"before a continued line", "a: b\n\tc\n",
       "2:1 not valid YAML: illegal tab when looking for indentation (Kubernetes cannot read this "
       "file either; mend it first)"},
      {"in a flow scalar's second line", "k:\n  a: {b: c\n\td}\n",
       "3:1 a tab is used as indentation (indent with spaces)"},
      {"before a flow collection's end", "k:\n  a: {b: c\n \t}\n",
       "3:2 a tab is used as indentation (indent with spaces)"},
      {"on a line that is otherwise empty", "a: [b\n\t\n  c]\n",
       "2:1 a tab is used as indentation (indent with spaces)"},
  });
  for (const char* good : {"a: {b: c\n \td}\n", "--- {b: c\n\td}\n", "a: {b: c\t\n  \td\t}\n",
                           "a: {b: \"c\n\td\"\n\t}\n", "a:\tb\n", "a: b\t# c\n", "[\ta,\tb\t]\n",
                           "a: |\n  b\tc\n", "{\n\t\"a\": 1\n}"})
    EXPECT_EQ(refusal(good).substr(0, 8), "accepted") << good;
}

TEST(Gate, RefusesWhatReadersUnderstandDifferently) {
  const std::string empty = "an empty item in a list (remove the extra comma)";
  expect_refusals({
      {"two commas", "[x,, y]\n", at("1:4", empty)},
      {"a leading comma", "[, x]\n", at("1:2", empty)},
      {"an unknown tag handle", "a: !foo!bar b\n",
       "1:4 the tag '!foo!bar' uses a handle that nobody defined (remove the tag)"},
      {"a sequence less indented than its key", "a:\n  b:\n - c\n",
       "3:2 not valid YAML: end of map not found (Kubernetes cannot read this file either; mend "
       "it first)"},
      {"a tag glued to text", "a: !x\"b\"\n",
       "1:4 a tag that the kubelet's YAML parser does not accept (remove the tag)"},
      {"an anchor's name", "a: &x.y b\n",
       "1:4 an anchor or alias whose name the kubelet's YAML parser does not accept (use letters, "
       "digits, '_' and '-')"},
      {"a document mark in quotes", "a: \"b\n--- c\"\n",
       "2:1 not valid YAML: illegal document indicator in scalar (Kubernetes cannot read this "
       "file either; mend it first)"},
      {"an unknown escape", "a: \"\\q\"\n",
       "1:7 not valid YAML: unknown escape character: q (Kubernetes cannot read this file either; "
       "mend it first)"},
      {"a key of two lines", "\"a\n  b\": c\n",
       "2:5 not valid YAML: illegal map value (Kubernetes cannot read this file either; mend it "
       "first)"},
      {"a key of 1025 bytes", std::string(1025, 'k') + ": c\n",
       "1:1026 not valid YAML: illegal map value (Kubernetes cannot read this file either; mend "
       "it first)"},
      {"blank lines that yaml-cpp loses from a folded scalar", "k: >+\n  a\n\nl: c\n",
       "1:4 a value that readers of YAML understand differently (put it in double quotes)"},
      {"an escape that yaml-cpp decodes to a byte", "a: \"\\N\"\n",
       "1:4 a value that readers of YAML understand differently (put it in double quotes)"},
      {"a bracket glued to a colon", "[a:, b]\n",
       "1:3 a ':' that readers of YAML understand differently (put the value in double quotes)"},
      {"a word behind a flow list", "a: [b] c\n",
       "1:8 not valid YAML: end of map not found (Kubernetes cannot read this file either; mend "
       "it first)"},
      {"text behind a block scalar's indicator", "a: |b\n  c\n",
       "1:5 not valid YAML: unexpected character in block scalar (Kubernetes cannot read this "
       "file either; mend it first)"},
      {"a document end without a document", "...\na: b\n",
       "1:1 a document mark without a document (remove it)"},
  });
}

TEST(Gate, RefusesAliasesThatTheKubeletWouldNotExpand) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 8; ++i) {
    bomb += fmt::format("a{}: &a{} [", i, i);
    for (int j = 0; j < 10; ++j) bomb += fmt::format("{}*a{}", j == 0 ? "" : ", ", i - 1);
    bomb += "]\n";
  }
  expect_refusals({
      {"a thousandfold", bomb,
       "2:10 the aliases of this document expand to excessively many values (Kubernetes' parser "
       "rejects it; write the values out)"},
      {"a list in itself", "a: &x [*x]\n",
       "1:8 the alias '*x' stands inside its own anchor (Kubernetes' parser rejects it; write "
       "the value out)"},
      {"a mapping in itself", "a: &x\n  b: *x\n",
       "2:6 the alias '*x' stands inside its own anchor (Kubernetes' parser rejects it; write "
       "the value out)"},
      {"an alias without an anchor", "a: *x\n",
       "1:4 an alias refers to an anchor that is not defined before it (Kubernetes cannot read "
       "this file either; write the value out)"},
  });
  EXPECT_EQ(refusal("a: &x [b]\nc: [*x, *x, *x]\n").substr(0, 8), "accepted");
}

TEST(Gate, RefusesEndlessNesting) {
  const std::string deep(600, '[');
  const auto parsed = parse(source(deep + std::string(600, ']')));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, "the text is nested too deeply");
  EXPECT_EQ(parsed.error().hint, "Kubernetes' parser rejects it too; flatten it");
  EXPECT_TRUE(parse(source(std::string(200, '[') + std::string(200, ']'))));
}

TEST(Gate, ReadsWhatBeginsWithABraceAsJsonOnly) {
  const std::string json =
      "a file that begins with '{' is read as JSON, and this is not JSON (mend the JSON (no "
      "comments, "
      "no trailing commas, nothing behind the closing brace))";
  expect_refusals({
      {"YAML's flow style", "{a: 1}\n", at("1:2", json)},
      {"a trailing comma", "{\"a\": 1,}\n", at("1:9", json)},
      {"a comment", "{\"a\": 1} # c\n", at("1:10", json)},
      {"text behind it", "{\"a\": 1}, {\"b\": 2}", at("1:9", json)},
      {"cut off", "{\"a\": [1", at("1:9", json)},
      {"single quotes", "{'a': 1}", at("1:2", json)},
  });
  EXPECT_EQ(refusal("---\n{a: 1}\n").substr(0, 8), "accepted");
}

TEST(Gate, KnowsATemplateByItsMarks) {
  const std::string render =
      "this is a template, not a manifest (render it first, then run kaudit on the result)";
  expect_refusals({
      {"a line of a template", "a: b\n{{ if x }}\nc: d\n", at("2:1", render)},
      {"jinja", "a: b\n{% if x %}\nc: d\n", at("2:1", render)},
      {"a template in braces", "{{ toYaml . }}\n", at("1:1", render)},
  });
}

}  // namespace
}  // namespace kaudit::yaml
