#include "audit/request_info.h"

#include <gtest/gtest.h>

#include <string>

#include "audit/audited_requests.h"

namespace kaudit::audit {
namespace {

// As AuditedRequest has it, or "error".
std::string said(std::string_view method, std::string_view uri) {
  const auto request = attributes_of_http(method, uri);
  if (!request) return "error";
  std::string out = request->verb.empty() ? "-" : request->verb;
  if (!request->is_resource) return out + " url";
  out += " " + request->resource;
  if (!request->subresource.empty()) out += "/" + request->subresource;
  if (!request->api_group.empty()) out += " of " + request->api_group;
  if (!request->namespace_name.empty()) out += " in " + request->namespace_name;
  if (!request->name.empty()) out += " named " + request->name;
  return out;
}

void expect(const std::vector<AuditedRequest>& rows) {
  for (const AuditedRequest& row : rows)
    EXPECT_EQ(said(row.method, row.uri), row.attributes) << row.method << " " << row.uri;
}

TEST(RequestInfo, AgreesWithKubernetes) {
  for (const AuditedRequest& row : kAuditedRequests)
    EXPECT_EQ(said(row.method, row.uri), row.attributes) << row.method << " " << row.uri;
}

TEST(RequestInfo, KnowsResourcesByTheirPath) {
  expect({{"GET", "/api/v1/", "get url"},
          {"GET", "/apis/apps/v1/deployments", "list deployments of apps"},
          {"GET", "/apis//v1/deployments", "list deployments"},
          {"GET", "/foo/v1/pods", "get url"},
          {"CONNECT", "/healthz", "connect url"},
          {"get", "/api/v1/pods", "- pods"},
          {"GET", "/api/v1/namespaces/", "list namespaces"},
          {"GET", "/api/v1/namespaces/d/status/x", "get namespaces/status in d named d"},
          {"GET", "/api/v1/namespaces/d/pods//log", "list pods/log in d"},
          {"DELETE", "/apis/apps/v1/namespaces/d/deployments",
           "deletecollection deployments of apps in d"}});
}

TEST(RequestInfo, DecodesThePathOnce) {
  expect({{"GET", "/api/v1/namespaces/d/pods/a%2Db", "get pods in d named a-b"},
          {"GET", "/api/v1/namespaces/d/pods/a%2Flog", "get pods/log in d named a"},
          {"GET", "/api/v1/namespaces/d/pods/a%252D", "get pods in d named a%2D"},
          {"GET", "/api/v1/namespaces/d/pods/a+b", "get pods in d named a+b"},
          {"GET", "/api/v1/pods/%2", "error"},
          {"GET", "/api/v1/pods/%zz", "error"},
          {"GET", "healthz", "error"},
          {"GET", "", "error"}});
  EXPECT_EQ(attributes_of_http("GET", "/health%7A?verbose")->path, "/healthz");
}

TEST(RequestInfo, KnowsTheOldPrefixes) {
  expect({{"GET", "/api/v1/watch", "error"},
          {"POST", "/api/v1/proxy/", "error"},
          {"GET", "/api/v1/watch/namespaces/d/pods/p", "watch pods in d named p"},
          {"GET", "/api/v1/watch/namespaces/d/pods/p/log", "watch pods/log in d named p"},
          {"POST", "/api/v1/proxy/nodes/n/stats", "proxy nodes named n"},
          {"GET", "/apis/apps/v1/watch/deployments", "watch deployments of apps"}});
}

TEST(RequestInfo, ReadsTheQueryOfLists) {
  const auto pods = [](std::string_view query) {
    return said("GET", "/api/v1/pods?" + std::string(query));
  };
  EXPECT_EQ(pods("watch"), "watch pods");
  EXPECT_EQ(pods("watch="), "watch pods");
  EXPECT_EQ(pods("watch=nonsense"), "watch pods");
  EXPECT_EQ(pods("watch=False"), "list pods");
  EXPECT_EQ(pods("watch=0&watch=1"), "list pods");
  EXPECT_EQ(pods("Watch=1"), "list pods");
  EXPECT_EQ(pods("watch=1;limit=2"), "list pods");
  EXPECT_EQ(pods("%77atch=1"), "watch pods");
  EXPECT_EQ(pods("fieldSelector=metadata.name=a"), "list pods named a");
  EXPECT_EQ(pods("fieldSelector=metadata.name%3D%3Da"), "list pods named a");
  EXPECT_EQ(pods("fieldSelector=metadata.name!=a"), "list pods");
  EXPECT_EQ(pods("fieldSelector=spec.nodeName=n,metadata.name=a"), "list pods named a");
  EXPECT_EQ(pods("fieldSelector=metadata.name=b,metadata.name=a"), "list pods named a");
  EXPECT_EQ(pods("fieldSelector=metadata.name=a,oops"), "list pods");
  EXPECT_EQ(pods("fieldSelector=metadata.name=a=b"), "list pods");
  EXPECT_EQ(pods("fieldSelector=metadata.name=a%5C%2Cb"), "list pods named a,b");
  EXPECT_EQ(pods("fieldSelector=metadata.name=a%5Cb"), "list pods");
  EXPECT_EQ(pods("fieldSelector=metadata.name=.."), "list pods");
  EXPECT_EQ(pods("fieldSelector=metadata.name=a%2Fb"), "list pods");
  EXPECT_EQ(pods("fieldSelector=metadata.name=a&limit=500"), "list pods named a");
  EXPECT_EQ(pods("fieldSelector=metadata.name=a&limit=many&watch=1"), "watch pods");
  EXPECT_EQ(said("GET", "/api/v1/pods/p?watch=1"), "get pods named p");
  EXPECT_EQ(said("DELETE", "/api/v1/pods?fieldSelector=metadata.name=a"), "deletecollection pods");
}

}  // namespace
}  // namespace kaudit::audit
