#include "yaml/scalar.h"

#include <gtest/gtest.h>

#include "support/dump.h"
#include "yaml/parse.h"

namespace kaudit::yaml {
namespace {

std::string_view name(Resolved type) {
  switch (type) {
    case Resolved::String:
      return "string";
    case Resolved::Null:
      return "null";
    case Resolved::Bool:
      return "bool";
    case Resolved::Int:
      return "int";
    case Resolved::Float:
      return "float";
    case Resolved::Merge:
      return "merge";
  }
  return "?";
}

// go-yaml v2, resolve.go: resolve, with the table of resolveMap and strconv.ParseInt, ParseFloat.
TEST(Scalar, HasTheTypeThatGoYamlGives) {
  struct Row {
    std::string_view text;
    std::string_view type;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"", "null"},
           {"~", "null"},
           {"null", "null"},
           {"Null", "null"},
           {"NULL", "null"},
           {"nULL", "string"},
           {"none", "string"},
           {"nil", "string"},
           {"y", "bool"},
           {"Y", "bool"},
           {"yes", "bool"},
           {"Yes", "bool"},
           {"YES", "bool"},
           {"n", "bool"},
           {"N", "bool"},
           {"no", "bool"},
           {"No", "bool"},
           {"NO", "bool"},
           {"on", "bool"},
           {"On", "bool"},
           {"ON", "bool"},
           {"off", "bool"},
           {"Off", "bool"},
           {"OFF", "bool"},
           {"true", "bool"},
           {"True", "bool"},
           {"TRUE", "bool"},
           {"false", "bool"},
           {"False", "bool"},
           {"FALSE", "bool"},
           {"yES", "string"},
           {"oN", "string"},
           {"tRUE", "string"},
           {"t", "string"},
           {"f", "string"},
           {"<<", "merge"},
           {"<", "string"},
           {"<<<", "string"},
           {"0", "int"},
           {"12", "int"},
           {"-1", "int"},
           {"+1", "int"},
           {"017", "int"},
           {"0o17", "int"},
           {"0x1F", "int"},
           {"0XFF", "int"},
           {"-0x1f", "int"},
           {"0b101", "int"},
           {"-0b101", "int"},
           {"1_000", "int"},
           {"1__0", "int"},
           {"99999999999999999999", "int"},
           {"018", "int"},
           {"0x", "string"},
           {"0xZZ", "string"},
           {"0b", "string"},
           {"0b2", "string"},
           {"0o8", "string"},
           {"1.0", "float"},
           {".5", "float"},
           {"5.", "float"},
           {"1e3", "float"},
           {"1E3", "float"},
           {"1e308", "float"},
           {"-1e400", "string"},
           {"1e-400", "float"},
           {"1.5e-3", "float"},
           {"+.5", "float"},
           {"-.5", "float"},
           {"1_0.5", "float"},
           {"6.8523015e+5", "float"},
           {".inf", "float"},
           {".Inf", "float"},
           {".INF", "float"},
           {"-.inf", "float"},
           {"+.inf", "float"},
           {".nan", "float"},
           {".NaN", "float"},
           {".NAN", "float"},
           {"-.nan", "string"},
           {".iNF", "string"},
           {".", "string"},
           {"-", "string"},
           {"+", "string"},
           {"1e", "string"},
           {"e3", "string"},
           {"_1", "string"},
           {"192.0.2.1", "string"},
           {"12:30", "string"},
           {"12:30:45", "string"},
           {"2001-01-01", "string"},
           {"2001-12-14t21:59:43.10-05:00", "string"},
           {"30s", "string"},
           {"10Mi", "string"},
           {"v1", "string"},
           {"--flag=1", "string"},
           {"/var/log", "string"},
           {"1 2", "string"},
           {"0.0.0.0/0", "string"},
       }) {
    EXPECT_EQ(name(resolve_plain(row.text)), row.type) << "'" << row.text << "'";
  }
}

TEST(Scalar, MayBePlainOnlyWhereEveryReaderAgrees) {
  enum : unsigned { kNowhere = 0, kBlock = 1, kEverywhere = 3 };
  struct Row {
    std::string_view value;
    unsigned safe;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"a", kEverywhere},
           {"--audit-log-path=/var/log/a.log", kEverywhere},
           {"/etc/kubernetes/audit-policy.yaml", kEverywhere},
           {"audit-log", kEverywhere},
           {"DirectoryOrCreate", kEverywhere},
           {"a b", kEverywhere},
           {"a#b", kBlock},
           {"a:b", kBlock},
           {"a,b", kBlock},
           {"a[0]", kBlock},
           {"a{b}", kBlock},
           {"it's", kBlock},
           {"a\"b", kBlock},
           {"a?", kBlock},
           {"-a", kBlock},
           {"?a", kBlock},
           {":a", kBlock},
           {"a: b", kNowhere},
           {"a:", kNowhere},
           {"a #b", kNowhere},
           {"", kNowhere},
           {" a", kNowhere},
           {"a ", kNowhere},
           {"- a", kNowhere},
           {"-", kNowhere},
           {"?", kNowhere},
           {":", kNowhere},
           {"? a", kNowhere},
           {"---", kNowhere},
           {"--- a", kNowhere},
           {"...", kNowhere},
           {"... a", kNowhere},
           {"#a", kNowhere},
           {"&a", kNowhere},
           {"*a", kNowhere},
           {"!a", kNowhere},
           {"|", kNowhere},
           {">", kNowhere},
           {"'a'", kNowhere},
           {"\"a\"", kNowhere},
           {"%a", kNowhere},
           {"@a", kNowhere},
           {"`a`", kNowhere},
           {"[a]", kNowhere},
           {"{a}", kNowhere},
           {"]", kNowhere},
           {",a", kNowhere},
           {"=", kNowhere},
           {"<<", kNowhere},
           {"a\nb", kNowhere},
           {"a\tb", kNowhere},
           {"a\x7f", kNowhere},
           {"yes", kNowhere},
           {"No", kNowhere},
           {"y", kNowhere},
           {"tRuE", kNowhere},
           {"null", kNowhere},
           {"NuLL", kNowhere},
           {"~", kNowhere},
           {"12", kNowhere},
           {"1_000", kNowhere},
           {"0x1F", kNowhere},
           {"1e3", kNowhere},
           {"12:30", kNowhere},  // sexagesimal in YAML 1.1
           {"2001-01-01", kNowhere},
           {"2001-12-14t21:59:43.10-05:00", kNowhere},
           {".inf", kNowhere},
           {".NaN", kNowhere},
           {"-.Inf", kNowhere},
       }) {
    EXPECT_EQ(plain_is_safe(row.value, false), (row.safe & kBlock) != 0)
        << "'" << row.value << "' in block";
    EXPECT_EQ(plain_is_safe(row.value, true), row.safe == kEverywhere)
        << "'" << row.value << "' in flow";
  }
}

// What is called safe reads back as itself, and as a string.
TEST(Scalar, ThatIsSafeReadsBack) {
  static constexpr std::string_view kLetters = "a1-:?#,[]{}&*!|>'\"%@`=<~._ /";
  std::size_t safe = 0;
  for (char a : kLetters) {
    for (char b : kLetters) {
      for (char c : kLetters) {
        const std::string value{a, b, c};
        for (const bool in_flow : {false, true}) {
          if (!plain_is_safe(value, in_flow)) continue;
          ++safe;
          const auto document =
              parse(support::source(in_flow ? "- [x, " + value + ", y]\n" : "- " + value + "\n"));
          ASSERT_TRUE(document) << value;
          const NodeId id = in_flow ? 3 : 1;
          ASSERT_EQ(document->value(id), value);
          ASSERT_EQ(document->node(id).kind, Kind::Scalar);
          ASSERT_EQ(name(resolve_plain(value)), "string") << value;
        }
      }
    }
  }
  EXPECT_GT(safe, 5000U);
}

TEST(Scalar, QuotesSoThatAllReadersAgree) {
  EXPECT_EQ(double_quoted(""), "\"\"");
  EXPECT_EQ(double_quoted("a\"b\\c"), "\"a\\\"b\\\\c\"");
  EXPECT_EQ(double_quoted("\n\r\t"), "\"\\n\\r\\t\"");
  EXPECT_EQ(double_quoted(std::string_view("\0\x1b\x7f", 3)), "\"\\u0000\\u001B\\u007F\"");
  EXPECT_EQ(double_quoted("\xC3\xA4"), "\"\xC3\xA4\"");
  EXPECT_EQ(single_quoted(""), "''");
  EXPECT_EQ(single_quoted("it's \\n"), "'it''s \\n'");
  EXPECT_TRUE(single_quoting_is_safe("a: 'b' #\\"));
  EXPECT_FALSE(single_quoting_is_safe("a\nb"));
  EXPECT_FALSE(single_quoting_is_safe("a\x1b"));
}

}  // namespace
}  // namespace kaudit::yaml
