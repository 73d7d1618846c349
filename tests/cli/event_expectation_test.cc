#include "cli/event_expectation.h"

#include <gtest/gtest.h>

#include "audit/flag_table.h"
#include "kube/pod_manifest.h"
#include "yaml/parse.h"

namespace kaudit::cli {
namespace {

constexpr const char* kUri = "/kaudit-probe-1f";

const std::string kRbac = ", '--authorization-mode=Node,RBAC'";

// "level", "unsure: why", or "not: why".
std::string expected(const std::string& flags, const std::optional<std::string>& rules,
                     std::string log = "/var/log/audit.log", const std::string& modes = kRbac) {
  const std::string manifest =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-apiserver}\nspec:\n  containers:\n"
      "  - name: kube-apiserver\n    command: [kube-apiserver" +
      modes + flags + "]\n";
  const auto document = yaml::parse(std::make_shared<const text::SourceText>("m", manifest));
  EXPECT_TRUE(document);
  const auto pod = kube::read_pod_manifest(*document, audit::arity_of);
  EXPECT_TRUE(pod);
  const auto policy =
      rules ? std::optional("apiVersion: audit.k8s.io/v1\nkind: Policy\n" + *rules) : std::nullopt;
  const rollout::FirstEvent event =
      expect_event(pod->api_server, kube::kNewestKnown, std::move(log), policy, kUri);
  if (event.log.empty()) return "not: " + event.why_not;
  EXPECT_EQ(event.uri, kUri);
  return event.why_unsure.empty() ? event.level : event.level + "unsure: " + event.why_unsure;
}

const std::string kNot =
    "not: whether events arrive was not checked, because the policy records no request that "
    "kaudit can make";

TEST(EventExpectation, FollowsThePolicy) {
  EXPECT_EQ(expected("", "rules: [{level: Metadata}]"), "Metadata");
  EXPECT_EQ(expected("", "rules: [{level: None, users: [a]}, {level: Request}]"), "Request");
  EXPECT_EQ(expected("", "rules: [{level: None, nonResourceURLs: ['/kaudit*']}, {level: Request}]"),
            kNot);
  EXPECT_EQ(expected("",
                     "rules: [{level: None, userGroups: ['system:unauthenticated']}, "
                     "{level: Metadata}]"),
            kNot);
  EXPECT_EQ(expected("", "rules: [{level: Metadata, resources: [{group: ''}]}]"), kNot);
}

TEST(EventExpectation, FollowsTheStages) {
  EXPECT_EQ(expected("", "omitStages: [RequestReceived]\nrules: [{level: Metadata}]"), "Metadata");
  EXPECT_EQ(expected("",
                     "omitStages: [RequestReceived, ResponseComplete]\n"
                     "rules: [{level: Metadata}]"),
            kNot);
}

TEST(EventExpectation, WithoutAnonymousRequestsNobodyAsks) {
  const std::string rules =
      "rules: [{level: None, users: ['system:anonymous']}, {level: Metadata}]";
  EXPECT_EQ(expected("", rules), kNot);
  EXPECT_EQ(expected(", --anonymous-auth=true", rules), kNot);
  EXPECT_EQ(expected(", --anonymous-auth=false", rules), "Metadata");
  EXPECT_EQ(expected(", --anonymous-auth=false",
                     "omitStages: [ResponseStarted]\nrules: [{level: Metadata}]"),
            kNot);
  EXPECT_EQ(expected(", --authentication-config=/a", rules), "unsure: the policy may leave it out");
}

TEST(EventExpectation, AlwaysAllowTurnsAnonymousRequestsOff) {
  const std::string log = "/var/log/audit.log";
  const std::string rules =
      "rules: [{level: None, userGroups: ['system:authenticated']}, {level: Metadata, users: "
      "['system:anonymous']}]";
  EXPECT_EQ(expected("", rules), "Metadata");
  for (const char* modes :
       {"", ", --authorization-mode=AlwaysAllow", ", '--authorization-mode=Node,AlwaysAllow'"}) {
    EXPECT_EQ(expected("", rules, log, modes), "unsure: the policy may leave it out") << modes;
    EXPECT_EQ(expected("", "rules: [{level: Request}]", log, modes), "Request") << modes;
  }
  EXPECT_EQ(expected("", rules, log, ", --authorization-config=/a"), "Metadata");
}

TEST(EventExpectation, IsUnsureWhereTheEventMayComeLate) {
  EXPECT_EQ(expected(", --audit-log-mode=batch", "rules: [{level: Metadata}]"),
            "Metadataunsure: events are written in batches");
  EXPECT_EQ(expected(", --audit-log-mode=blocking-strict", "rules: [{level: Metadata}]"),
            "Metadata");
}

TEST(EventExpectation, IsUnsureWithoutAPolicyThatCanBeRead) {
  EXPECT_EQ(expected("", {}), "unsure: the policy could not be read");
  EXPECT_EQ(expected("", "rules: [{level: metadata}]"), "unsure: the policy may leave it out");
}

TEST(EventExpectation, WithoutALogThereIsNothingToLookFor) {
  EXPECT_EQ(expected("", "rules: [{level: Metadata}]", ""), "not: ");
}

}  // namespace
}  // namespace kaudit::cli
