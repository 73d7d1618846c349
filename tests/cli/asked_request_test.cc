#include "cli/asked_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kaudit::cli {
namespace {

using audit::RequestAttributes;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr kube::KubernetesVersion kVersion{1, 34, {}};

// "get deployments.apps/scale in d named p", "get url /healthz"; or "MESSAGE (HINT)".
std::string words_of(const text::Result<RequestAttributes>& request) {
  if (!request) return request.error().message + " (" + request.error().hint + ")";
  const std::string verb = request->verb.empty() ? "-" : request->verb;
  if (!request->is_resource) return verb + " url " + request->path;
  std::string words = verb + " " + request->resource;
  if (!request->api_group.empty()) words += "." + request->api_group;
  if (!request->subresource.empty()) words += "/" + request->subresource;
  if (!request->namespace_name.empty()) words += " in " + request->namespace_name;
  if (!request->name.empty()) words += " named " + request->name;
  return words;
}

TEST(AskedRequest, ReadsResourcesAsKubectlSpellsThem) {
  constexpr std::string_view kHint =
      " (write it as pods, pods/exec, deployments.apps or deployments.apps/scale)";
  struct Row {
    std::string resource;
    std::string words;
  };
  const std::vector<Row> rows{
      {"pods", "get pods"},
      {"pods/exec", "get pods/exec"},
      {"deployments.apps", "get deployments.apps"},
      {"deployments.apps/scale", "get deployments.apps/scale"},
      {"widgets.a.example.com/status", "get widgets.a.example.com/status"},
      {"", "'' is not the name of a resource"},
      {"/exec", "'/exec' is not the name of a resource"},
      {".apps", "'.apps' is not the name of a resource"},
      {"pods.", "'pods.' is not the name of a resource"},
      {"pods/", "'pods/' is not the name of a resource"},
      {"apps/v1/deployments", "'apps/v1/deployments' is not the name of a resource"},
      {"deployments/scale.apps", "'deployments/scale.apps' is not the name of a resource"},
  };
  for (const Row& row : rows) {
    const std::string hint(row.words.starts_with('\'') ? kHint : "");
    EXPECT_EQ(words_of(request_of({.resource = row.resource})), row.words + hint) << row.resource;
  }
}

TEST(AskedRequest, TakesAllThatIsGiven) {
  const auto request = request_of({.user = "system:serviceaccount:d:x",
                                   .groups = {"ops"},
                                   .verb = "update",
                                   .resource = "pods/status",
                                   .namespace_name = "d",
                                   .name = "p",
                                   .path = {}});
  EXPECT_EQ(words_of(request), "update pods/status in d named p");
  EXPECT_TRUE(request->has_user);
  EXPECT_EQ(request->user, "system:serviceaccount:d:x");
  EXPECT_THAT(request->groups, ElementsAre("ops", "system:serviceaccounts",
                                           "system:serviceaccounts:d", "system:authenticated"));
}

TEST(AskedRequest, IsOfAnyUserWhoIsLoggedIn) {
  const auto request = request_of({.resource = "pods"});
  EXPECT_TRUE(request->has_user);
  EXPECT_EQ(request->user, "");
  EXPECT_THAT(request->groups, ElementsAre("system:authenticated"));
  EXPECT_THAT(request_of({.user = "system:anonymous", .path = "/healthz"})->groups,
              ElementsAre("system:unauthenticated"));
}

TEST(AskedRequest, RefusesVerbsThatNoRequestHas) {
  struct Row {
    std::string verb;
    std::string words;
  };
  const std::vector<Row> rows{
      {"GET", "no request for a resource has the verb 'GET' (did you mean get?)"},
      {"POST",
       "no request for a resource has the verb 'POST' (POST is the method, and its verb is "
       "create)"},
      {"PUT",
       "no request for a resource has the verb 'PUT' (PUT is the method, and its verb is update)"},
      {"deletecolection",
       "no request for a resource has the verb 'deletecolection' (did you mean "
       "deletecollection?)"},
      {"impersonate",
       "no request for a resource has the verb 'impersonate' (the verbs are get, list, watch, "
       "create, update, patch, delete, deletecollection or proxy)"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(words_of(request_of({.verb = row.verb, .resource = "pods"})), row.words);
}

// A path says whether it is that of a resource.
TEST(AskedRequest, ReadsPaths) {
  struct Row {
    std::string verb;
    std::string path;
    std::string words;
  };
  const std::vector<Row> rows{
      {"", "/healthz", "get url /healthz"},
      {"get", "/healthz/etcd", "get url /healthz/etcd"},
      {"head", "/livez?verbose", "head url /livez"},
      {"post", "/logs/x", "post url /logs/x"},
      {"", "/api/v1/pods", "list pods"},
      {"", "/api/v1/pods?watch=true", "watch pods"},
      {"watch", "/api/v1/pods?watch=true", "watch pods"},
      {"create", "/api/v1/namespaces/d/pods", "create pods in d"},
      {"update", "/apis/apps/v1/namespaces/d/deployments/x/scale",
       "update deployments.apps/scale in d named x"},
      {"patch", "/api/v1/nodes/n", "patch nodes named n"},
      {"delete", "/api/v1/nodes/n", "delete nodes named n"},
      {"deletecollection", "/api/v1/nodes", "deletecollection nodes"},
      {"proxy", "/api/v1/proxy/nodes/n", "proxy nodes named n"},
      {"get", "/api/v1/pods",
       "no request for '/api/v1/pods' has the verb 'get' (this URL with the method GET is the "
       "verb list)"},
      {"watch", "/api/v1/pods",
       "no request for '/api/v1/pods' has the verb 'watch' (this URL with the method GET is the "
       "verb list)"},
      {"delete", "/api/v1/nodes",
       "no request for '/api/v1/nodes' has the verb 'delete' (this URL with the method DELETE is "
       "the verb deletecollection)"},
      {"list", "/healthz",
       "no request for '/healthz' has the verb 'list' (the verbs of URLs that are no resources "
       "are get, head, post, put, patch, delete or options)"},
      {"GET", "/api/v1/pods", "no request for a resource has the verb 'GET' (did you mean get?)"},
      {"", "healthz",
       "'healthz' is not the path of a URL (write a path such as /healthz or "
       "/api/v1/pods?watch=true)"},
  };
  for (const Row& row : rows) {
    AskedRequest asked{.path = row.path};
    if (!row.verb.empty()) asked.verb = row.verb;
    EXPECT_EQ(words_of(request_of(asked)), row.words) << row.verb << " " << row.path;
  }
}

TEST(AskedRequest, BelievesAnEvent) {
  EXPECT_EQ(words_of(request_of_event("list", "/api/v1/pods?limit=500")), "list pods");
  EXPECT_EQ(words_of(request_of_event("create", "/api/v1/namespaces/d/pods")), "create pods in d");
  EXPECT_EQ(words_of(request_of_event("patch", "/api/v1/nodes/n/status")),
            "patch nodes/status named n");
  EXPECT_EQ(words_of(request_of_event("deletecollection", "/api/v1/namespaces/d/pods")),
            "deletecollection pods in d");
  EXPECT_EQ(words_of(request_of_event("put", "/x")), "put url /x");
  EXPECT_EQ(words_of(request_of_event("", "/api/v1/pods")), "- pods");
  EXPECT_EQ(words_of(request_of_event("get", "/api/v1/pods")), "get pods");
}

// What a person says of a name, and what stands in the URL.
TEST(AskedRequest, SettlesNames) {
  struct Row {
    std::string verb;
    std::string resource;
    std::string namespace_name;
    std::string name;
    std::string words;
  };
  const std::vector<Row> rows{
      {"create", "pods", "d", "p", "create pods in d"},
      {"create", "pods/eviction", "d", "p", "create pods/eviction in d named p"},
      {"update", "pods", "d", "p", "update pods in d named p"},
      {"get", "namespaces", "", "d", "get namespaces in d named d"},
      {"get", "namespaces", "d", "", "get namespaces in d named d"},
      {"update", "namespaces/finalize", "", "d", "update namespaces/finalize in d named d"},
      {"patch", "namespaces", "", "d", "patch namespaces in d named d"},
      {"delete", "namespaces", "", "d", "delete namespaces in d named d"},
      {"list", "namespaces", "", "d", "list namespaces named d"},  // by a field selector
      {"watch", "namespaces", "", "d", "watch namespaces named d"},
      {"create", "namespaces", "", "d", "create namespaces"},
      {"get", "namespaces.example.com", "", "d", "get namespaces.example.com named d"},
      {"get", "nodes", "", "n", "get nodes named n"},
  };
  for (const Row& row : rows) {
    AskedRequest asked{.verb = row.verb, .resource = row.resource};
    asked.namespace_name = row.namespace_name;
    asked.name = row.name;
    EXPECT_EQ(words_of(request_of(asked)), row.words);
  }
}

TEST(AskedRequest, DoubtsRequestsThatThereAreNot) {
  struct Row {
    AskedRequest asked;
    std::string doubt;
  };
  const std::vector<Row> rows{
      {{.verb = "list", .resource = "deployments"},
       "Kubernetes 1.34 has no resource 'deployments' in the core group; did you mean "
       "deployments.apps?"},
      {{.verb = "list", .resource = "deploy/scale"},
       "Kubernetes 1.34 has no resource 'deploy' in the core group; did you mean "
       "deployments.apps/scale?"},
      {{.verb = "list", .resource = "Secret"},
       "Kubernetes 1.34 has no resource 'Secret' in the core group; did you mean secrets?"},
      {{.verb = "list", .resource = "secerts"},
       "Kubernetes 1.34 has no resource 'secerts' in the core group; did you mean secrets?"},
      {{.verb = "list", .resource = "frobnicators.apps"},
       "Kubernetes 1.34 has no resource 'frobnicators' in the group apps"},
      {{.verb = "list", .resource = "ingresses.extensions"},
       "Kubernetes 1.34 has no resource 'ingresses' in the group extensions; did you mean "
       "ingresses.networking.k8s.io?"},
      {{.verb = "create", .resource = "pods/exce", .namespace_name = "d"},
       "Kubernetes 1.34 has no subresource 'exce' of pods"},
      {{.verb = "create", .resource = "pods/log", .namespace_name = "d"},
       "the API server has no create of pods/log, only get"},
      {{.verb = "list", .resource = "tokenreviews.authentication.k8s.io"},
       "the API server has no list of tokenreviews.authentication.k8s.io, only create"},
      {{.verb = "get", .resource = "pods", .name = "p"},
       "pods are in namespaces, and no namespace is given"},
      {{.verb = "get", .resource = "nodes", .namespace_name = "d", .name = "n"},
       "nodes are in no namespace, and 'd' is given"},
  };
  for (const Row& row : rows) {
    const auto request = request_of(row.asked);
    ASSERT_TRUE(request) << row.doubt;
    EXPECT_THAT(doubts_about(*request, kVersion), ElementsAre(row.doubt));
  }
}

TEST(AskedRequest, DoubtsNothingElse) {
  const std::vector<AskedRequest> all{
      {.verb = "list", .resource = "pods"},
      {.verb = "watch", .resource = "pods"},
      {.verb = "get", .resource = "pods/log", .namespace_name = "d", .name = "p"},
      {.verb = "get", .resource = "namespaces", .name = "d"},
      {.verb = "create", .resource = "namespaces", .name = "d"},
      {.verb = "get", .resource = "nodes", .name = "n"},
      {.verb = "get", .resource = "widgets.example.com"},
      {.verb = "proxy", .resource = "nodes", .name = "n"},
      {.path = "/healthz"},
  };
  for (const AskedRequest& asked : all) {
    const auto request = request_of(asked);
    ASSERT_TRUE(request);
    EXPECT_THAT(doubts_about(*request, kVersion), IsEmpty()) << words_of(request);
  }
}

TEST(AskedRequest, DoubtsWhatAnotherReleaseHas) {
  const auto request =
      request_of({.verb = "patch", .resource = "pods/resize", .namespace_name = "d", .name = "p"});
  EXPECT_THAT(doubts_about(*request, {1, 31, {}}),
              ElementsAre("Kubernetes 1.31 has no subresource 'resize' of pods"));
  EXPECT_THAT(doubts_about(*request, {1, 34, {}}), IsEmpty());
}

}  // namespace
}  // namespace kaudit::cli
