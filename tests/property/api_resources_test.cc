// The table of resources against what discovery lists, row by row.

#include "audit/api_resources.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/corpus.h"
#include "support/text_files.h"

namespace kaudit::audit {
namespace {

std::string shown(VerbSet verbs) {
  std::string out;
  for (const Verb verb : kVerbs) {
    if (!verbs.contains(verb)) continue;
    if (!out.empty()) out += ',';
    out += to_string(verb);
  }
  return out;
}

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields;
  for (;;) {
    const std::size_t end = line.find('\t');
    fields.emplace_back(line.substr(0, end));
    if (end == std::string_view::npos) return fields;
    line.remove_prefix(end + 1);
  }
}

// In the order of the enumeration, as `shown` has them.
std::string sorted_verbs(std::string_view list) {
  std::string out;
  for (const Verb verb : kVerbs) {
    const std::string padded = fmt::format(",{},", list);
    if (padded.find(fmt::format(",{},", to_string(verb))) == std::string::npos) continue;
    if (!out.empty()) out += ',';
    out += to_string(verb);
  }
  return out;
}

// Fields: group, resource, subresource, namespaced, kinds, verbs, versions, since, until.
void expect_row(const std::vector<std::string>& fields) {
  const ApiResource* const found = find_api_resource(fields[0], fields[1]);
  ASSERT_NE(found, nullptr) << fields[0] << ' ' << fields[1];
  const std::string name = fmt::format("{}/{} {}", fields[0], fields[1], fields[2]);
  if (!fields[2].empty()) {
    const ApiSubresource* const subresource = found->subresource(fields[2]);
    ASSERT_NE(subresource, nullptr) << name;
    EXPECT_EQ(shown(subresource->verbs), sorted_verbs(fields[5])) << name;
    return;
  }
  EXPECT_EQ(found->scope == ResourceScope::Namespaced, fields[3] == "true") << name;
  EXPECT_EQ(shown(found->verbs), sorted_verbs(fields[5])) << name;
  EXPECT_EQ(fields[4].empty() ? "" : found->kind, fields[4]) << name;
  const std::string until =
      found->lifetime.until == 0 ? "" : fmt::format("1.{}", found->lifetime.until);
  EXPECT_EQ(until, fields[8]) << name;
  const bool is_old = fields[7].empty() || fields[7].starts_with("<=");
  const std::string since =
      found->lifetime.since == 0 ? "" : fmt::format("1.{}", found->lifetime.since);
  EXPECT_EQ(since, is_old ? "" : fields[7].substr(0, fields[7].find(".."))) << name;
}

TEST(ApiResources, AgreeWithDiscovery) {
  const auto reference = support::reference_directory();
  if (!reference) GTEST_SKIP() << "no reference";
  const auto lines = support::lines_of(support::read_text_file(*reference / "api-resources.tsv"));
  std::size_t rows = 0;
  std::size_t subresources = 0;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> fields = fields_of(lines[i]);
    if (fields.size() < 9 || fields[1] == "*") continue;
    expect_row(fields);
    ++(fields[2].empty() ? rows : subresources);
  }
  std::size_t known_subresources = 0;
  for (const ApiResource& resource : api_resources())
    known_subresources += resource.subresources.size();
  EXPECT_EQ(rows, api_resources().size());
  EXPECT_EQ(subresources, known_subresources);
}

}  // namespace
}  // namespace kaudit::audit
