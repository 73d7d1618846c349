// The table of resources, where other code leans on it. tests/property compares it with what
// discovery lists.

#include "audit/api_resources.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace kaudit::audit {
namespace {

// "cluster get,list 35..": scope, verbs, and the releases.
std::string shown(VerbSet verbs) {
  std::string out;
  for (const Verb verb : kVerbs) {
    if (!verbs.contains(verb)) continue;
    if (!out.empty()) out += ',';
    out += to_string(verb);
  }
  return out;
}

std::string shown(const ApiResource& resource) {
  const Lifetime life = resource.lifetime;
  std::string out = resource.scope == ResourceScope::Cluster ? "cluster " : "namespaced ";
  out += shown(resource.verbs);
  if (life.since != 0) out += fmt::format(" from {}", life.since);
  if (life.until != 0) out += fmt::format(" until {}", life.until);
  return out;
}

struct Row {
  std::string_view group;
  std::string_view name;
  std::string_view what;
  std::string_view subresources;  // names, parted by commas
};

constexpr std::string_view kAllVerbs = "get,list,watch,create,update,patch,delete,deletecollection";

TEST(ApiResources, AreKnown) {
  const std::vector<Row> rows = {
      {"", "pods", "namespaced ALL",
       "attach,binding,ephemeralcontainers,eviction,exec,log,portforward,proxy,resize,status"},
      {"", "secrets", "namespaced ALL", ""},
      {"", "namespaces", "cluster get,list,watch,create,update,patch,delete", "finalize,status"},
      {"", "serviceaccounts", "namespaced ALL", "token"},
      {"", "componentstatuses", "cluster get,list", ""},
      {"", "bindings", "namespaced create", ""},
      {"apps", "deployments", "namespaced ALL", "scale,status"},
      {"apps", "daemonsets", "namespaced ALL", "status"},
      {"authentication.k8s.io", "tokenreviews", "cluster create", ""},
      {"authorization.k8s.io", "localsubjectaccessreviews", "namespaced create", ""},
      {"certificates.k8s.io", "certificatesigningrequests", "cluster ALL", "approval,status"},
      {"extensions", "ingresses", "namespaced ALL until 21", "status"},
      {"policy", "podsecuritypolicies", "cluster ALL until 24", ""},
      {"scheduling.k8s.io", "workloads", "namespaced ALL from 35", ""},
      {"networking.k8s.io", "clustercidrs", "cluster ALL from 25 until 28", ""},
      {"metrics.k8s.io", "pods", "namespaced get,list", ""},
  };
  for (const Row& row : rows) {
    const ApiResource* const found = find_api_resource(row.group, row.name);
    ASSERT_NE(found, nullptr) << row.name;
    std::string what(row.what);
    if (const std::size_t all = what.find("ALL"); all != std::string::npos)
      what.replace(all, 3, kAllVerbs);
    EXPECT_EQ(shown(*found), what) << row.name;
    std::string subresources;
    for (const ApiSubresource& subresource : found->subresources)
      subresources += (subresources.empty() ? "" : ",") + std::string(subresource.name);
    EXPECT_EQ(subresources, row.subresources) << row.name;
  }
}

TEST(ApiResources, OthersAreNot) {
  EXPECT_EQ(find_api_resource("", "deployments"), nullptr);
  EXPECT_EQ(find_api_resource("apps", "pods"), nullptr);
  EXPECT_EQ(find_api_resource("", "pod"), nullptr);
  EXPECT_EQ(find_api_resource("", "Pods"), nullptr);
  EXPECT_EQ(find_api_resource("", "pods")->subresource("exe"), nullptr);
}

TEST(ApiResources, AreServedByTheirReleasesOnly) {
  EXPECT_TRUE((Lifetime{}.covers(36)));
  EXPECT_TRUE((Lifetime{0, 21}.covers(21)));
  EXPECT_FALSE((Lifetime{0, 21}.covers(22)));
  EXPECT_FALSE((Lifetime{35, 0}.covers(34)));
  EXPECT_TRUE((Lifetime{35, 0}.covers(35)));
}

TEST(ApiResources, StandInOrderAndOnce) {
  const auto key = [](const ApiResource& resource) {
    return std::pair(resource.group, resource.name);
  };
  const auto all = api_resources();
  for (std::size_t i = 1; i < all.size(); ++i)
    EXPECT_LT(key(all[i - 1]), key(all[i])) << all[i].name;
  for (const ApiResource& resource : all) {
    EXPECT_FALSE(resource.verbs.empty()) << resource.name;
    EXPECT_FALSE(resource.kind.empty()) << resource.name;
    for (std::size_t i = 1; i < resource.subresources.size(); ++i)
      EXPECT_LT(resource.subresources[i - 1].name, resource.subresources[i].name) << resource.name;
  }
}

TEST(ApiResources, HaveGroups) {
  EXPECT_TRUE(is_api_group(""));
  EXPECT_TRUE(is_api_group("apps"));
  EXPECT_FALSE(is_api_group("app"));
  EXPECT_FALSE(is_api_group("apps/v1"));
  EXPECT_TRUE(is_closed_api_group("apps"));
  EXPECT_TRUE(is_api_group("custom.metrics.k8s.io"));
  EXPECT_FALSE(is_closed_api_group("custom.metrics.k8s.io"));
  EXPECT_FALSE(is_closed_api_group("example.com"));
  const std::set<std::string_view> once(api_groups().begin(), api_groups().end());
  EXPECT_EQ(once.size(), api_groups().size());
}

TEST(Verbs, HaveTheNamesOfRequests) {
  EXPECT_EQ(parse_verb("deletecollection"), Verb::DeleteCollection);
  EXPECT_EQ(parse_verb("Get"), std::nullopt);
  EXPECT_EQ(parse_verb("*"), std::nullopt);
  for (const Verb verb : kVerbs) EXPECT_EQ(parse_verb(to_string(verb)), verb);
}

}  // namespace
}  // namespace kaudit::audit
