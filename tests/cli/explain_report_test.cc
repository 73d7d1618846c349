#include "cli/explain_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "audit/presets.h"
#include "cli/asked_request.h"

namespace kaudit::cli {
namespace {

using audit::RequestAttributes;
using nlohmann::json;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr kube::KubernetesVersion kVersion{1, 34, {}};

// A policy with the text that it stands in.
struct Read {
  std::shared_ptr<const text::SourceText> source;
  audit::LoadedPolicy loaded;
};

Read read(std::string text, std::string name = "policy.yaml") {
  Read out{std::make_shared<const text::SourceText>(std::move(name), std::move(text)), {}};
  out.loaded = audit::load_policy(out.source, kVersion);
  EXPECT_TRUE(out.loaded.is_loaded()) << out.source->bytes();
  return out;
}

Read rules(const std::string& text) {
  return read("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n" + text);
}

RequestAttributes request_of_words(const AskedRequest& asked) {
  const auto request = request_of(asked);
  EXPECT_TRUE(request) << (request ? "" : request.error().message);
  return request.value_or(RequestAttributes());
}

std::string text_of(const Read& policy, const RequestAttributes& request, bool color = false) {
  return explain_text({policy.loaded, policy.source, request, kVersion}, color);
}
std::string text(const Read& policy, const AskedRequest& asked, bool color = false) {
  return text_of(policy, request_of_words(asked), color);
}

json json_of(const Read& policy, const RequestAttributes& request) {
  return json::parse(explain_json({policy.loaded, policy.source, request, kVersion}));
}
json as_json(const Read& policy, const AskedRequest& asked) {
  return json_of(policy, request_of_words(asked));
}

constexpr std::string_view kPolicy = R"(apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: [system:kube-proxy]
- level: RequestResponse
  omitManagedFields: true
  verbs: [create, update]
  namespaces: [prod, stage]
- level: Metadata
)";

// ---- for people ---------------------------------------------------------------------------------

TEST(ExplainText, SaysWhatIsRecordedAndWhy) {
  EXPECT_EQ(text(read(std::string(kPolicy)), {.user = "alice",
                                              .groups = {"ops"},
                                              .verb = "create",
                                              .resource = "deployments.apps",
                                              .namespace_name = "prod"}),
            R"(RequestResponse: metadata and the bodies of request and response
policy.yaml:7:3: decided by rules[1] (line 7)
    - level: RequestResponse
      ^
request        create deployments.apps in namespace prod
by             alice, in ops and system:authenticated
events at      ResponseComplete, or Panic
metadata       user, verb, URL, object, time, address, answer's code
request body   the object as it was sent
response body  the object as it is afterwards
managedFields  left out

Rules before it, which do not match:
  rules[0] (line 5)  None, but the user is alice, not system:kube-proxy
)");
}

TEST(ExplainText, SaysWhyABodyIsNotThere) {
  EXPECT_EQ(
      text(read(std::string(kPolicy)),
           {.verb = "get", .resource = "pods/exec", .namespace_name = "prod", .name = "web-0"}),
      R"(Metadata: who did what, without bodies
policy.yaml:11:3: decided by rules[2] (line 11)
    - level: Metadata
      ^
request        get pods/exec in namespace prod, named web-0
by             a user that no rule names, in system:authenticated
events at      ResponseStarted and ResponseComplete, or Panic
metadata       user, verb, URL with the command, object, time, address, answer's
               code
request body   no: a connection has none
response body  no: a connection has none

Rules before it, which do not match:
  rules[0] (line 5)  None, but no user is given, and it is for system:kube-proxy
  rules[1] (line 7)  RequestResponse, but the verb is get, not create or update
)");
}

TEST(ExplainText, SaysLittleWhereNothingIsRecorded) {
  EXPECT_EQ(text(read(std::string(kPolicy)), {.user = "system:kube-proxy", .path = "/healthz"}),
            R"(None: nothing is recorded
policy.yaml:5:3: decided by rules[0] (line 5)
    - level: None
      ^
request        get /healthz
by             system:kube-proxy, in system:authenticated
)");
}

TEST(ExplainText, SaysWhereNoRuleMatches) {
  EXPECT_EQ(text(rules("- {level: Metadata, verbs: [create]}\n- {level: Request, users: [a, b]}\n"),
                 {.user = "c", .verb = "list", .resource = "pods"}),
            R"(None: no rule matches, so nothing is recorded
request        list pods
by             c, in system:authenticated

None of the rules matches:
  rules[0] (line 4)  Metadata, but the verb is list, not create
  rules[1] (line 5)  Request, but the user is c, not a or b
)");
}

TEST(ExplainText, SaysWhereEveryStageIsOmitted) {
  const Read policy =
      rules("- {level: Request, omitStages: [RequestReceived, ResponseComplete]}\n");
  EXPECT_EQ(text(policy, {.verb = "create", .resource = "nodes"}),
            R"(Request, but nothing is recorded: every stage is omitted
policy.yaml:4:3: decided by rules[0] (line 4)
    - {level: Request, omitStages: [RequestReceived, ResponseComplete]}
      ^
request        create nodes
by             a user that no rule names, in system:authenticated
events at      Panic alone, if the handler panics
metadata       user, verb, URL, object, time, address, answer's code
request body   no: only the event at ResponseComplete has one
response body  no: the level is below RequestResponse
)");
  // A watch has a stage more.
  EXPECT_THAT(text(policy, {.verb = "watch", .resource = "nodes"}),
              StartsWith("Request: metadata and the body of the request\n"));
}

TEST(ExplainText, KnowsFailedAuthentications) {
  RequestAttributes request = request_of_words({.path = "/api/v1/nodes"});
  request.has_user = false;
  request.groups.clear();
  EXPECT_EQ(text_of(rules("- {level: None, users: [a]}\n- {level: None, userGroups: [b, c]}\n"
                          "- level: Request\n"),
                    request),
            R"(Request: metadata and the body of the request
policy.yaml:6:3: decided by rules[2] (line 6)
    - level: Request
      ^
request        list nodes
by             nobody: authentication failed
events at      ResponseStarted
metadata       user, verb, URL, object, time, address, answer's code
request body   no: the event of a failed authentication has none
response body  no: the event of a failed authentication has none

Rules before it, which do not match:
  rules[0] (line 4)  None, but authentication failed, and it is for a
  rules[1] (line 5)  None, but authentication failed, and it is for b or c
)");
}

// Each predicate, with the values of both sides.
TEST(ExplainText, SaysWhatDoesNotHold) {
  struct Row {
    std::string rule;
    AskedRequest asked;
    std::string message;
  };
  const AskedRequest pods{
      .user = "u", .verb = "get", .resource = "pods/log", .namespace_name = "d", .name = "p"};
  const AskedRequest list{.user = "u", .verb = "list", .resource = "pods"};
  const AskedRequest url{.user = "u", .path = "/healthz/etcd"};
  const std::vector<Row> rows{
      {"users: [a]", pods, "the user is u, not a"},
      {"users: ['*', 'system:*']", pods, "the user is u, not * or system:*; * is no wildcard here"},
      {"users: [a, b, c, d, e, f]", pods, "the user is u, not a, b, c, d, e or f"},
      {"users: [a, b, c, d, e, f, g]", pods, "the user is u, not a, b, c, d, e or 2 more"},
      {"userGroups: [system:nodes, '']", pods,
       "the user is in system:authenticated, not in system:nodes or \"\""},
      {"verbs: ['*']", pods, "the verb is get, not *; * is no wildcard here"},
      {"namespaces: [a, b]", pods, "the namespace is d, not a or b"},
      {"namespaces: ['kube-*']", pods, "the namespace is d, not kube-*; * is no wildcard here"},
      {"namespaces: [a]", list, "the request is in no namespace, and it is for a"},
      {"namespaces: [a]", url, "the request is for a URL, not for a resource"},
      {"resources: [{group: ''}]", url, "the request is for a URL, not for a resource"},
      {"resources: [{group: apps}, {group: batch}, {group: apps}]", pods,
       "the resource is of the core group, not of apps or batch"},
      {"resources: [{group: ''}]",
       {.user = "u", .verb = "list", .resource = "deployments.apps"},
       "the resource is of apps, not of the core group"},
      {"resources: [{resources: [secrets, '*/status']}, {group: apps, resources: [x]}]", pods,
       "the resource is pods/log, not secrets or */status"},
      {"resources: [{resources: [pods, nodes]}]", pods,
       "the resource is pods/log, not pods or nodes; pods is without its subresources"},
      {"resources: [{resources: [pods/log], resourceNames: [x, z]}]", pods,
       "the name is p, not x or z"},
      {"resources: [{resources: [pods], resourceNames: [x]}]", list,
       "the request names no object, and it is for x"},
      {"nonResourceURLs: [/healthz]", pods, "the request is for a resource, not for a URL"},
      {"nonResourceURLs: [/healthz, /livez/*]", url,
       "the path is /healthz/etcd, not /healthz or /livez/*"},
  };
  for (const Row& row : rows) {
    const json explained = as_json(rules("- {level: None, " + row.rule + "}\n"), row.asked);
    ASSERT_EQ(explained["misses"].size(), 1) << row.rule;
    EXPECT_EQ(explained["misses"][0]["message"], row.message) << row.rule;
  }
}

TEST(ExplainText, SaysForGroupsThatThereIsNone) {
  RequestAttributes request = request_of_words({.user = "u", .path = "/x"});
  request.groups.clear();
  const Read policy = rules("- {level: None, userGroups: [a]}\n- level: Metadata\n");
  EXPECT_THAT(text_of(policy, request), HasSubstr("\nby             u, in no group\n"));
  EXPECT_THAT(text_of(policy, request), EndsWith("None, but the user is in no group, and it is for "
                                                 "a\n"));
}

TEST(ExplainText, DoubtsTheRequestFirst) {
  EXPECT_THAT(
      text(read(std::string(kPolicy)), {.verb = "list", .resource = "deployment"}),
      StartsWith("note:  Kubernetes 1.34 has no resource 'deployment' in the core group; did "
                 "you\n       mean deployments.apps?\n\n"));
  EXPECT_THAT(text(rules("- level: Metadata\n"),
                   {.verb = "create", .resource = "nodes", .namespace_name = "kube-system"}),
              StartsWith("note:  nodes are in no namespace, and 'kube-system' is given\n\n"
                         "Metadata: "));
}

TEST(ExplainText, NotesWhatNobodyCanKnowOfOtherServers) {
  const Read policy = rules("- level: Request\n");
  constexpr std::string_view kNote =
      "\n\nnote:  if an aggregated API server serves example.com, no body is recorded; of\n"
      "       custom resources it is\n";
  EXPECT_THAT(text(policy, {.verb = "create", .resource = "widgets.example.com"}),
              EndsWith(std::string(kNote)));
  EXPECT_THAT(text(policy, {.verb = "get", .resource = "widgets.example.com"}),
              Not(HasSubstr("note:")));
}

// What the API server does not see of a policy may be why the answer is not what was expected.
TEST(ExplainText, NotesWhatIsIgnored) {
  const auto notes = [](const Read& policy, const AskedRequest& asked) {
    return as_json(policy, asked)["notes"].get<std::vector<std::string>>();
  };
  using testing::ElementsAre;
  const AskedRequest url{.path = "/x"};
  EXPECT_THAT(notes(rules("- level: None\n  verb: [get]\n"), url),
              ElementsAre("rules[0].verb (line 5) is no field, so kube-apiserver ignores it"));
  // A rule that does not match is none the narrower for a field that is ignored.
  EXPECT_THAT(notes(rules("- level: None\n  verbs: [list]\n  name: x\n- level: Metadata\n"), url),
              ElementsAre());
  EXPECT_THAT(
      notes(rules("- level: None\n  verbs: [list]\n  verbs: [watch]\n- level: Metadata\n"), url),
      ElementsAre("rules[0].verbs is given twice, and only line 6 counts, not line 5"));
  EXPECT_THAT(notes(rules("- level: None\n- level: Metadata\n  verbs: [a]\n  verbs: [b]\n"), url),
              ElementsAre());
  EXPECT_THAT(notes(rules("- level: None\n---\nrules: []\n"), url),
              ElementsAre("kube-apiserver does not read what stands behind line 5"));
  EXPECT_THAT(notes(read("apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStage: [Panic]\n"
                         "rules:\n- level: None\n"),
                    url),
              ElementsAre("omitStage (line 3) is no field, so kube-apiserver ignores it"));
}

TEST(ExplainText, PaintsOnlyWhenAskedTo) {
  const Read policy = read(std::string(kPolicy));
  const AskedRequest asked{.verb = "get", .resource = "pod"};
  const std::string plain = text(policy, asked);
  const std::string painted = text(policy, asked, true);
  EXPECT_THAT(plain, Not(HasSubstr("\033")));
  EXPECT_THAT(painted,
              HasSubstr("\n\n\033[32mMetadata\033[0m: who did what, without bodies\n"
                        "\033[1mpolicy.yaml:11:3: \033[0mdecided by rules[2] (line 11)\n"));
  EXPECT_THAT(painted,
              HasSubstr("  rules[1] (line 7)  \033[1;31mRequestResponse\033[0m, but the "));
  EXPECT_THAT(painted, StartsWith("\033[1;36mnote:\033[0m  Kubernetes"));
  EXPECT_EQ(std::regex_replace(painted, std::regex("\033\\[[0-9;]*m"), ""), plain);
}

TEST(ExplainText, CannotSteerATerminal) {
  const Read policy = read(
      "apiVersion: audit.k8s.io/v1\nrules:\n- {level: None, users: [\"a\\e[2Jb\"]}\n"
      "- {level: None, nonResourceURLs: [\"/\\e[2J\"]}\n- level: Metadata\n",
      "\033[2J.yaml");
  EXPECT_THAT(text(policy, {.user = "\033[2J", .path = "/\033[2J"}), Not(HasSubstr("\033")));
  EXPECT_THAT(
      text(policy,
           {.verb = "get", .resource = "\033[2J", .namespace_name = "\033[2J", .name = "\033[2J"}),
      Not(HasSubstr("\033")));
}

TEST(ExplainText, FitsInto80Columns) {
  for (const audit::Preset& preset : audit::presets()) {
    const Read policy = read(std::string(preset.text), std::string(preset.name));
    for (const AskedRequest& asked : std::vector<AskedRequest>{
             {.path = "/nothing/in/particular"},
             {.user = "system:kube-scheduler", .verb = "create", .resource = "deployments.apps"},
             {.verb = "get", .resource = "pods/exec", .namespace_name = "default"}}) {
      std::istringstream lines{text(policy, asked)};
      for (std::string line; std::getline(lines, line);) {
        // A name that is longer stands alone on its line.
        const bool is_long_name = line.find("system:serviceaccount:kube-system:") != line.npos;
        EXPECT_LE(text::count_characters(line), is_long_name ? 90U : 80U) << line;
        EXPECT_FALSE(line.ends_with(' ')) << line << "|";
      }
    }
  }
}

// ---- for programs -------------------------------------------------------------------------------

TEST(ExplainJson, HasAllOfIt) {
  EXPECT_EQ(as_json(read(std::string(kPolicy)), {.user = "alice",
                                                 .verb = "update",
                                                 .resource = "deployments.apps/scale",
                                                 .namespace_name = "prod",
                                                 .name = "web"}),
            json::parse(R"({
    "schemaVersion": 1,
    "command": "policy explain",
    "file": "policy.yaml",
    "request": {"user": "alice", "groups": ["system:authenticated"], "verb": "update",
                "apiGroup": "apps", "resource": "deployments", "subresource": "scale",
                "namespace": "prod", "name": "web"},
    "level": "RequestResponse",
    "omitStages": ["RequestReceived"],
    "rule": 1,
    "ruleLine": 7,
    "record": {"stages": ["ResponseComplete", "Panic"], "metadata": true, "requestObject": true,
               "responseObject": true, "managedFields": false},
    "misses": [{"rule": 0, "ruleLine": 5, "level": "None", "predicate": "users",
                "message": "the user is alice, not system:kube-proxy"}],
    "notes": []})"));
}

TEST(ExplainJson, SaysWhereNoRuleMatches) {
  EXPECT_EQ(as_json(rules("- {level: Metadata, verbs: [create]}\n"), {.path = "/healthz"}),
            json::parse(R"({
    "schemaVersion": 1,
    "command": "policy explain",
    "file": "policy.yaml",
    "request": {"user": "", "groups": ["system:authenticated"], "verb": "get",
                "path": "/healthz"},
    "level": "None",
    "omitStages": [],
    "rule": null,
    "ruleLine": null,
    "record": {"stages": [], "metadata": false, "requestObject": false, "responseObject": false,
               "managedFields": null},
    "misses": [{"rule": 0, "ruleLine": 4, "level": "Metadata", "predicate": "verbs",
                "message": "the verb is get, not create"}],
    "notes": []})"));
}

TEST(ExplainJson, NamesEveryPredicate) {
  struct Row {
    std::string rule;
    AskedRequest asked;
    std::string predicate;
  };
  const AskedRequest pods{.verb = "get", .resource = "pods", .namespace_name = "d", .name = "p"};
  const AskedRequest url{.path = "/x"};
  const std::vector<Row> rows{
      {"users: [a]", pods, "users"},
      {"userGroups: [a]", pods, "userGroups"},
      {"verbs: [list]", pods, "verbs"},
      {"namespaces: [a]", url, "isResource"},
      {"namespaces: [a]", pods, "namespaces"},
      {"resources: [{group: apps}]", pods, "apiGroup"},
      {"resources: [{resources: [nodes]}]", pods, "resource"},
      {"resources: [{resources: [pods], resourceNames: [a]}]", pods, "resourceName"},
      {"nonResourceURLs: [/a]", pods, "isNoResource"},
      {"nonResourceURLs: [/a]", url, "nonResourceURL"},
  };
  for (const Row& row : rows) {
    const json explained = as_json(rules("- {level: None, " + row.rule + "}\n"), row.asked);
    EXPECT_EQ(explained["misses"][0]["predicate"], row.predicate) << row.rule;
  }
}

TEST(ExplainJson, SaysThatNobodyAsked) {
  RequestAttributes request = request_of_words({.path = "/x"});
  request.has_user = false;
  EXPECT_EQ(json_of(rules("- level: None\n"), request)["request"]["user"], nullptr);
}

}  // namespace
}  // namespace kaudit::cli
