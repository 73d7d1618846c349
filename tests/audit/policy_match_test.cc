#include "audit/policy_match.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "audit/audited_requests.h"
#include "audit/policy_load.h"
#include "audit/request_info.h"
#include "support/dump.h"

namespace kaudit::audit {
namespace {

AuditPolicy policy_of(const std::string& rest) {
  const LoadedPolicy loaded = load_policy(
      support::source("apiVersion: audit.k8s.io/v1\nkind: Policy\n" + rest), kube::kNewestKnown);
  EXPECT_TRUE(loaded.is_loaded()) << rest;
  return loaded.policy.value_or(AuditPolicy());
}

// Rules as the insides of flow mappings.
AuditPolicy rules(const std::vector<std::string>& list) {
  std::string text = "rules:\n";
  for (const std::string& rule : list) text += "- {" + rule + "}\n";
  return policy_of(text);
}

RequestAttributes request(std::string_view method, std::string_view uri) {
  RequestAttributes attributes = attributes_of_http(method, uri).value();
  attributes.user = "alice";
  attributes.groups = {"system:masters", "system:authenticated"};
  return attributes;
}

// "Metadata by 1", with the omitted stages behind a "-" each; "None by none".
std::string said(const Decision& decision) {
  std::string out(to_string(decision.level));
  out += decision.rule ? fmt::format(" by {}", *decision.rule) : " by none";
  for (const Stage stage : kStages)
    if (decision.omit_stages.contains(stage)) out += fmt::format(" -{}", to_string(stage));
  return out + (decision.omit_managed_fields ? " -managedFields" : "");
}

// "3 5-9": the numbers of the audited requests that the only rule matches.
std::string matched(const std::string& rule) {
  const AuditPolicy policy = rules({"level: Metadata, " + rule});
  const Matcher matcher(policy);
  std::string out;
  for (std::size_t i = 0; i < kAuditedRequests.size(); ++i) {
    const auto holds = [&](std::size_t at) {
      return at < kAuditedRequests.size() &&
             matcher.evaluate(request(kAuditedRequests[at].method, kAuditedRequests[at].uri)).rule;
    };
    if (!holds(i)) continue;
    std::size_t last = i;
    while (holds(last + 1)) ++last;
    out += (out.empty() ? "" : " ") + std::to_string(i);
    if (last > i) out += fmt::format("-{}", last);
    i = last;
  }
  return out;
}

struct MatchRow {
  std::string rule;
  std::string_view requests;
};

// Re-encoded results of running the checker of Kubernetes 1.20.2: which of the audited requests,
// sent by the user alice of the groups system:masters and system:authenticated, a rule matches.
TEST(PolicyMatch, AgreesWithKubernetes) {
  const std::vector<MatchRow> rows = {
      {"resources: [{group: '', resources: [pods]}]", "14-18 25-28 37 49"},
      {"resources: [{group: '', resources: ['pods/log']}]", "30"},
      {"resources: [{group: '', resources: ['pods/*']}]", "14-18 25-34 36-37 49"},
      {"resources: [{group: '', resources: ['*']}]", "14-42 49-50"},
      {"resources: [{group: '', resources: ['*/status']}]", "23 29"},
      {"resources: [{group: ''}]", "14-42 49-50"},
      {"resources: [{resources: [pods]}]", "14-18 25-28 37 49"},
      {"resources: [{group: apps}]", "43-44"},
      {"resources: [{group: '', resources: ['*/*']}]", ""},
      {"resources: [{group: '', resources: ['po*']}]", ""},
      {"resources: [{group: '', resources: [Pods]}]", ""},
      {"resources: [{group: '', resources: [pods, 'pods/exec'], resourceNames: [p]}]",
       "18 28 31-32 37"},
      {"resources: [{group: '', resources: [secrets], resourceNames: [s1]}]", "40-41"},
      {"resources: [{group: '', resources: [namespaces]}]", "19-21 24"},
      {"namespaces: ['']", "14-17 19-20 38-39 45-49"},
      {"namespaces: [d]", "18 25-37 40-44 50"},
      {"namespaces: [kube-system]", "21"},
      {"namespaces: ['', d]", "14-20 25-50"},
      {"namespaces: ['*']", ""},
      {"namespaces: ['kube-*']", ""},
      {"verbs: [get]", "0-5 8-13 18 21 28 30 32 36 38 43 50"},
      {"verbs: ['*']", ""},
      {"verbs: [GET]", ""},
      {"verbs: [list, watch]", "14-17 19 25 39-41 48"},
      {"verbs: [create]", "20 26 31 33-35 42 45-46"},
      {"verbs: [post]", "7"},
      {"verbs: [deletecollection]", "27"},
      {"users: ['system:anonymous']", ""},
      {"users: ['*']", ""},
      {"users: ['system:*']", ""},
      {"userGroups: ['system:masters']", "0-50"},
      {"userGroups: ['system:authenticated']", "0-50"},
      {"nonResourceURLs: ['/healthz*']", "1-2 6"},
      {"nonResourceURLs: ['/healthz']", "1 6"},
      {"nonResourceURLs: ['*']", "0-13"},
      {"nonResourceURLs: ['/*']", "0-13"},
      {"nonResourceURLs: ['/api*']", "8-12"},
      {"nonResourceURLs: ['/version', '/metrics']", "4-5"},
      {"users: [alice], nonResourceURLs: ['/healthz*']", "1-2 6"},
      {"verbs: [get], resources: [{group: '', resources: [pods]}], namespaces: [d]", "18 28"},
      {"", "0-50"},
  };
  for (const MatchRow& row : rows) EXPECT_EQ(matched(row.rule), row.requests) << row.rule;
}

TEST(PolicyMatch, LetsTheFirstRuleDecide) {
  const AuditPolicy policy = rules({"level: None, verbs: [watch]", "level: Request, verbs: [get]",
                                    "level: Metadata, verbs: [get, list]"});
  const Matcher matcher(policy);
  EXPECT_EQ(said(matcher.evaluate(request("GET", "/api/v1/pods?watch=1"))), "None by 0");
  EXPECT_EQ(said(matcher.evaluate(request("GET", "/healthz"))), "Request by 1");
  EXPECT_EQ(said(matcher.evaluate(request("GET", "/api/v1/pods"))), "Metadata by 2");
  EXPECT_EQ(said(matcher.evaluate(request("POST", "/api/v1/pods"))), "None by none");
}

TEST(PolicyMatch, JoinsWhatPolicyAndRuleOmit) {
  const AuditPolicy policy = policy_of(
      "omitStages: [RequestReceived]\nomitManagedFields: true\nrules:\n"
      "- {level: Metadata, verbs: [get], omitStages: [Panic], omitManagedFields: false}\n"
      "- {level: Request, verbs: [list], omitStages: [RequestReceived, ResponseStarted]}\n");
  EXPECT_EQ(said(evaluate(policy, request("GET", "/"))), "Metadata by 0 -RequestReceived -Panic");
  EXPECT_EQ(said(evaluate(policy, request("GET", "/api/v1/pods"))),
            "Request by 1 -RequestReceived -ResponseStarted -managedFields");
  EXPECT_EQ(said(evaluate(policy, request("POST", "/x"))),
            "None by none -RequestReceived -managedFields");
  EXPECT_EQ(said(evaluate(rules({"level: None, omitManagedFields: true"}), request("GET", "/"))),
            "None by 0 -managedFields");
}

TEST(PolicyMatch, LooksAtUsersAndGroupsOfTheAuthenticatedOnly) {
  const AuditPolicy policy = rules({"level: None, users: ['']", "level: None, userGroups: [a, b]",
                                    "level: Metadata, verbs: [get]"});
  RequestAttributes someone = request("GET", "/");
  EXPECT_EQ(said(evaluate(policy, someone)), "Metadata by 2");
  someone.groups = {"c", "b"};
  EXPECT_EQ(said(evaluate(policy, someone)), "None by 1");
  someone.user = "";
  EXPECT_EQ(said(evaluate(policy, someone)), "None by 0");
  someone.has_user = false;
  EXPECT_EQ(said(evaluate(policy, someone)), "Metadata by 2");
}

TEST(PolicyMatch, TakesAStarForAnyGroup) {
  const AuditPolicy policy = rules({"level: None, resources: [{group: '*', resources: [pods]}]"});
  for (const std::string_view uri : {"/api/v1/pods", "/apis/metrics.k8s.io/v1beta1/pods"})
    EXPECT_EQ(said(evaluate(policy, request("GET", uri))), "None by 0") << uri;
  EXPECT_EQ(said(evaluate(policy, request("GET", "/api/v1/nodes"))), "None by none");
}

// Names are not parts of names, and a slash parts only once.
TEST(PolicyMatch, ComparesWholeWords) {
  RequestAttributes pod = request("GET", "/api/v1/namespaces/d/pods/p/log");
  const auto matches = [&](const std::string& resource) {
    const AuditPolicy policy =
        rules({"level: None, resources: [{resources: ['" + resource + "']}]"});
    return Matcher(policy).evaluate(pod).rule.has_value();
  };
  EXPECT_TRUE(matches("pods/log"));
  EXPECT_TRUE(matches("*/log"));
  EXPECT_TRUE(matches("pods/*"));
  for (const std::string no : {"pods", "pods/", "pods/lo", "pods/logs", "xpods/log", "podsxlog",
                               "pod/log", "*/lo", "*/", "/*", "pod/*", "pods/log/*", "*/*", "**"})
    EXPECT_FALSE(matches(no)) << no;
  pod.subresource = "";
  EXPECT_TRUE(matches("pods/*"));
  EXPECT_FALSE(matches("*/"));
  EXPECT_FALSE(matches("pods/log"));
}

TEST(PolicyMatch, ComparesPathsByTheirBeginning) {
  const AuditPolicy policy = rules({"level: None, nonResourceURLs: ['/a*', '/b/']"});
  const auto matches = [&](std::string_view uri) {
    return evaluate(policy, request("GET", uri)).rule.has_value();
  };
  for (const std::string_view uri : {"/a", "/a/b", "/abc?d", "/b/", "/b/?x"})
    EXPECT_TRUE(matches(uri)) << uri;
  for (const std::string_view uri : {"/", "/A", "/b", "/b/c", "/c/a"})
    EXPECT_FALSE(matches(uri)) << uri;
}

struct MissRow {
  std::string rule;
  Predicate predicate;
};

TEST(PolicyMatch, SaysWhatDoesNotHold) {
  const RequestAttributes pod = request("GET", "/api/v1/namespaces/d/pods/p");
  const std::vector<MissRow> rows = {
      {"users: [bob], verbs: [list]", Predicate::Users},
      {"userGroups: [g], verbs: [list]", Predicate::UserGroups},
      {"verbs: [list], namespaces: [e]", Predicate::Verbs},
      {"namespaces: [e], resources: [{group: apps}]", Predicate::Namespaces},
      {"resources: [{group: apps}, {group: batch}]", Predicate::ApiGroup},
      {"resources: [{group: apps}, {resources: [nodes]}, {group: batch}]", Predicate::Resource},
      {"resources: [{resources: [pods], resourceNames: [q]}, {resources: [nodes]}]",
       Predicate::ResourceName},
      {"resources: [{resources: [nodes, secrets], resourceNames: [p]}]", Predicate::Resource},
      {"nonResourceURLs: ['*']", Predicate::IsNoResource},
  };
  std::vector<std::string> list;
  for (const MissRow& row : rows) list.push_back("level: None, " + row.rule);
  list.emplace_back("level: Request");
  const Explanation found = explain(rules(list), pod);
  EXPECT_EQ(said(found.decision), fmt::format("Request by {}", rows.size()));
  ASSERT_EQ(found.misses.size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    EXPECT_EQ(found.misses[i], (Miss{i, rows[i].predicate})) << rows[i].rule;
}

TEST(PolicyMatch, SaysWhatDoesNotHoldForAPath) {
  const Explanation found =
      explain(rules({"level: None, namespaces: [d]", "level: None, resources: [{group: ''}]",
                     "level: None, nonResourceURLs: ['/livez']"}),
              request("GET", "/healthz"));
  EXPECT_EQ(said(found.decision), "None by none");
  EXPECT_EQ(found.misses, (std::vector<Miss>{{0, Predicate::IsResource},
                                             {1, Predicate::IsResource},
                                             {2, Predicate::NonResourceUrl}}));
}

TEST(PolicyMatch, ExplainsOnlyWhatCameBefore) {
  const AuditPolicy policy = rules({"level: None, users: [bob]", "level: None", "level: Request"});
  const Explanation found = explain(policy, request("GET", "/"));
  EXPECT_EQ(said(found.decision), "None by 1");
  EXPECT_EQ(found.misses, (std::vector<Miss>{{0, Predicate::Users}}));
  EXPECT_EQ(Matcher(policy).mismatch(2, request("GET", "/")), std::nullopt);
}

// checker.go, ruleMatchesResource and pathMatches, word by word.
TEST(PolicyMatch, ComparesWords) {
  struct Case {
    std::string_view word, resource, subresource;
    bool holds;
  };
  for (const Case& c : {Case{"*", "pods", "log", true}, Case{"pods", "pods", "", true},
                        Case{"pods", "pods", "log", false}, Case{"pods/log", "pods", "log", true},
                        Case{"pods/log", "pods", "", false}, Case{"pods/*", "pods", "log", true},
                        Case{"pods/*", "pods", "", true}, Case{"*/log", "pods", "log", true},
                        Case{"*/log", "log", "", false}, Case{"*/*", "pods", "log", false},
                        Case{"pods/", "pods", "", false}, Case{"po*", "pods", "", false}})
    EXPECT_EQ(matches_resource(c.word, c.resource, c.subresource), c.holds) << c.word;
  EXPECT_TRUE(matches_path("*", "/a"));
  EXPECT_TRUE(matches_path("/a", "/a"));
  EXPECT_TRUE(matches_path("/a*", "/a/b"));
  EXPECT_TRUE(matches_path("/a**", "/a/b"));
  EXPECT_FALSE(matches_path("/a", "/a/b"));
  EXPECT_FALSE(matches_path("/a/*", "/a"));
}

}  // namespace
}  // namespace kaudit::audit
