// The forms of names, numbers and quantities.

#include "kube/api_values.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kaudit::kube {
namespace {

struct Name {
  std::string text;
  bool expected;
};

TEST(ApiValues, KnowsSubdomains) {
  for (const auto& [text, expected] : std::vector<Name>{{"a", true},
                                                        {"a-1.b", true},
                                                        {std::string(253, 'a'), true},
                                                        {std::string(254, 'a'), false},
                                                        {"", false},
                                                        {"a.", false},
                                                        {".a", false},
                                                        {"a..b", false},
                                                        {"a-.b", false},
                                                        {"-a", false},
                                                        {"A", false},
                                                        {"a_b", false}})
    EXPECT_EQ(is_dns1123_subdomain(text), expected) << text;
}

TEST(ApiValues, KnowsLabels) {
  for (const auto& [text, expected] : std::vector<Name>{{"a", true},
                                                        {"A_b-c.9", true},
                                                        {std::string(63, 'a'), true},
                                                        {std::string(64, 'a'), false},
                                                        {"", false},
                                                        {"-a", false},
                                                        {"a.", false},
                                                        {"a b", false}})
    EXPECT_EQ(is_label_word(text), expected) << text;
  for (const auto& [text, expected] : std::vector<Name>{{"app", true},
                                                        {"kubernetes.io/App_1", true},
                                                        {"Kubernetes.io/app", false},
                                                        {"/app", false},
                                                        {"a/", false},
                                                        {"a/b/c", false},
                                                        {"", false}})
    EXPECT_EQ(is_label_key(text), expected) << text;
  EXPECT_TRUE(is_annotation_key("Kubernetes.io/app"));
  EXPECT_FALSE(is_annotation_key("Kubernetes_io/app"));
}

TEST(ApiValues, KnowsPortNames) {
  for (const auto& [text, expected] : std::vector<Name>{{"https", true},
                                                        {"8a", true},
                                                        {"a-b", true},
                                                        {"abcdefghijklmno", true},
                                                        {"abcdefghijklmnop", false},
                                                        {"8080", false},
                                                        {"8-8", false},
                                                        {"a--b", false},
                                                        {"-a", false},
                                                        {"a-", false},
                                                        {"A", false},
                                                        {"", false}})
    EXPECT_EQ(is_port_name(text), expected) << text;
}

TEST(ApiValues, KnowsNamesOfVariables) {
  for (const auto& [text, expected] : std::vector<Name>{{"A_b.c-1", true},
                                                        {".a", true},
                                                        {"1a", false},
                                                        {".", false},
                                                        {"..", false},
                                                        {"..a", false},
                                                        {"a b", false},
                                                        {"a=b", false},
                                                        {"", false}})
    EXPECT_EQ(is_env_name(text, false), expected) << text;
  for (const auto& [text, expected] : std::vector<Name>{
           {"1 a", true}, {"..", true}, {"a=b", false}, {"ä", false}, {"a\tb", false}, {"", false}})
    EXPECT_EQ(is_env_name(text, true), expected) << text;
}

TEST(ApiValues, KnowsPathsBelow) {
  for (const auto& [text, expected] : std::vector<Name>{{"a/b", true},
                                                        {"a..b/..c", true},
                                                        {"/a", false},
                                                        {"..", false},
                                                        {"a/..", false},
                                                        {"a/../b", false}})
    EXPECT_EQ(is_local_path(text), expected) << text;
}

TEST(ApiValues, KnowsFieldPaths) {
  for (const auto& [text, expected] : std::vector<Name>{{"status.hostIP", true},
                                                        {"metadata.labels", true},
                                                        {"metadata.annotations['a/b']", true},
                                                        {"metadata.labels[a]", false},
                                                        {"metadata.labels['a'", false},
                                                        {"hostIP", false},
                                                        {"status.hostIPx", false}})
    EXPECT_EQ(is_field_path(text), expected) << text;
}

TEST(ApiValues, KnowsTimes) {
  for (const auto& [text, expected] : std::vector<Name>{{"2024-01-31T12:00:00Z", true},
                                                        {"2024-01-31T12:00:00.123+02:00", true},
                                                        {"2024-01-31T12:00:00-02:00", true},
                                                        {"2024-01-31T12:00:00", false},
                                                        {"2024-01-31T12:00:00.Z", false},
                                                        {"2024-01-31T12:00:00Zx", false},
                                                        {"2024-01-31 12:00:00Z", false},
                                                        {"2024-01-31", false},
                                                        {"", false}})
    EXPECT_EQ(is_time(text), expected) << text;
}

struct NumberRow {
  std::string text;
  double value;
  bool whole_in_yaml;
  bool whole_in_json;
};

TEST(ApiValues, ReadsNumbersAsGoYamlDoes) {
  for (const auto& [text, value, in_yaml, in_json] :
       std::vector<NumberRow>{{"0", 0, true, true},
                              {"-30", -30, true, true},
                              {"+7", 7, true, true},
                              {"1_000", 1000, true, true},
                              {"0x1F", 31, true, true},
                              {"-0b101", -5, true, true},
                              {"0o17", 15, true, true},
                              {"017", 15, true, true},
                              {"089", 89, true, true},
                              {"1e3", 1000, true, false},
                              {"2.0", 2, true, false},
                              {"2.5", 2.5, false, false},
                              {".5", 0.5, false, false},
                              {"18446744073709551616", 18446744073709551616.0, true, true},
                              {"1e21", 1e21, false, false}}) {
    for (const bool is_json : {false, true}) {
      const auto number = read_number(text, is_json);
      ASSERT_TRUE(number) << text;
      EXPECT_EQ(number->value, value) << text;
      EXPECT_EQ(number->is_whole, is_json ? in_json : in_yaml) << text;
    }
  }
  for (const std::string text : {".inf", "-.INF", ".nan", "inf", "1x", "0x", ""})
    EXPECT_FALSE(read_number(text, false)) << text;
}

TEST(ApiValues, ReadsQuantities) {
  const std::vector<std::pair<std::string, double>> rows{
      {"1", 1},       {"250m", 0.25}, {"1.5", 1.5},  {".5k", 500},     {"-2M", -2e6},
      {"+1G", 1e9},   {"3T", 3e12},   {"1P", 1e15},  {"1E", 1e18},     {"1e3", 1e3},
      {"1E-2", 0.01}, {"2e+2", 200},  {"1Ki", 1024}, {"1Mi", 1 << 20}, {"4Gi", 4.0 * (1 << 30)},
      {"5n", 5e-9},   {"5u", 5e-6},   {"m", 0},      {"1.", 1}};
  for (const auto& [text, value] : rows) {
    const auto quantity = read_quantity(text);
    ASSERT_TRUE(quantity) << text;
    EXPECT_DOUBLE_EQ(*quantity, value) << text;
  }
  for (const std::string text : {"", "1 Gi", "1gb", "1GB", "1ki", "1Mib", "1,5", "1..5", "x",
                                 "1.5.", "1mi", "1e", "1ee3", "1.x"})
    EXPECT_FALSE(read_quantity(text)) << text;
}

}  // namespace
}  // namespace kaudit::kube
