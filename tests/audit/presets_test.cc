#include "audit/presets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <sstream>
#include <string>

#include "audit/policy_load.h"
#include "audit/policy_match.h"
#include "audit/request_info.h"
#include "text/source_text.h"

namespace kaudit::audit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

LoadedPolicy loaded(std::string_view name, int minor = 36) {
  const Preset* preset = find_preset(name);
  EXPECT_NE(preset, nullptr) << name;
  if (preset == nullptr) return {};
  const auto source =
      std::make_shared<const text::SourceText>(std::string(name), std::string(preset->text));
  return load_policy(source, {1, minor, {}});
}

struct Who {
  std::string_view name;
  std::vector<std::string> groups;
  bool has_user = true;
};

// As the API server knows them after authentication.
Who admin() {
  return {"admin", {"system:masters", "system:authenticated"}};
}
Who anonymous() {
  return {"system:anonymous", {"system:unauthenticated"}};
}
Who refused() {
  return {"", {}, false};
}  // a wrong token: no user at all
Who node() {
  return {"system:node:n1", {"system:nodes", "system:authenticated"}};
}
Who plane(std::string_view name) {
  return {name, {"system:authenticated"}};
}
Who controller_manager() {
  return plane("system:kube-controller-manager");
}
Who scheduler() {
  return plane("system:kube-scheduler");
}
Who api_server() {
  return {"system:apiserver", {"system:masters", "system:authenticated"}};
}
Who account(std::string_view name) {
  return {name,
          {"system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"}};
}
Who collector() {
  return account("system:serviceaccount:kube-system:generic-garbage-collector");
}
Who autoscaler() {
  return account("system:serviceaccount:kube-system:horizontal-pod-autoscaler");
}
Who slices() {
  return account("system:serviceaccount:kube-system:endpointslice-controller");
}
Who other_account() {
  return {"system:serviceaccount:d:app",
          {"system:serviceaccounts", "system:serviceaccounts:d", "system:authenticated"}};
}

struct Row {
  Who who;
  std::string_view request;  // "METHOD URI"
  Level level;
};

void expect_levels(std::string_view preset, const std::vector<Row>& rows) {
  const LoadedPolicy policy = loaded(preset);
  ASSERT_TRUE(policy.policy);
  const Matcher matcher(*policy.policy);
  for (const Row& row : rows) {
    const std::size_t space = row.request.find(' ');
    auto request = attributes_of_http(row.request.substr(0, space), row.request.substr(space + 1));
    ASSERT_TRUE(request) << row.request;
    request->has_user = row.who.has_user;
    request->user = row.who.name;
    request->groups = row.who.groups;
    EXPECT_EQ(to_string(matcher.evaluate(*request).level), to_string(row.level))
        << preset << ": " << row.who.name << " " << row.request;
  }
}

constexpr Level kNone = Level::None;
constexpr Level kMeta = Level::Metadata;
constexpr Level kReq = Level::Request;
constexpr Level kFull = Level::RequestResponse;

// ---- the table ----------------------------------------------------------------------------------

TEST(Presets, HaveTheirNamesInTheOrderOfHelp) {
  std::vector<std::string_view> names;
  for (const Preset& preset : presets()) names.push_back(preset.name);
  EXPECT_THAT(names, ElementsAre("minimal", "recommended", "cis", "stig", "tutorial"));
}

TEST(Presets, AreFoundByTheirExactName) {
  EXPECT_EQ(find_preset("cis"), &presets()[2]);
  EXPECT_EQ(find_preset("CIS"), nullptr);
  EXPECT_EQ(find_preset(""), nullptr);
}

TEST(Presets, FitIntoATerminal) {
  for (const Preset& preset : presets()) {
    std::istringstream lines{std::string(preset.text)};
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(line.size(), 80U) << preset.name << ": " << line;
      EXPECT_EQ(line.find_first_of("\t\r"), std::string::npos) << preset.name << ": " << line;
      EXPECT_FALSE(line.ends_with(' ')) << preset.name << ": " << line;
    }
    EXPECT_TRUE(preset.text.ends_with('\n') && !preset.text.ends_with("\n\n")) << preset.name;
    // "  recommended  SUMMARY" in a help text.
    EXPECT_LE(preset.summary.size(), 65U) << preset.name;
  }
}

TEST(Presets, BeginWithTheirName) {
  for (const Preset& preset : presets())
    EXPECT_TRUE(preset.text.starts_with("# Audit policy: " + std::string(preset.name) + "\n#\n"))
        << preset.name;
}

TEST(Presets, SayWhyAboveEveryRule) {
  for (const Preset& preset : presets()) {
    std::istringstream lines{std::string(preset.text)};
    std::string above;
    bool is_in_group = false;  // a second rule for the same reason follows the first at once
    for (std::string line; std::getline(lines, line); above = line) {
      if (!line.starts_with("  - level:")) {
        if (line.empty()) is_in_group = false;
        continue;
      }
      EXPECT_TRUE(above.starts_with("  # ") || is_in_group) << preset.name << ": " << line;
      is_in_group = true;
    }
  }
}

// The first release that reads audit.k8s.io/v1 only, to the newest known.
TEST(Presets, LoadInEveryReleaseWithoutAWord) {
  for (const Preset& preset : presets()) {
    for (int minor = 24; minor <= 36; ++minor) {
      const LoadedPolicy policy = loaded(preset.name, minor);
      EXPECT_TRUE(policy.is_loaded()) << preset.name << " in 1." << minor;
      for (const PolicyProblem& problem : policy.problems) ADD_FAILURE() << problem.message;
      EXPECT_TRUE(policy.unknown_fields.empty()) << preset.name << " in 1." << minor;
      EXPECT_TRUE(policy.duplicate_keys.empty()) << preset.name;
      EXPECT_FALSE(policy.further_documents) << preset.name;
    }
  }
}

TEST(Presets, EndInARuleForEverything) {
  for (const Preset& preset : presets()) {
    const LoadedPolicy policy = loaded(preset.name);
    ASSERT_TRUE(policy.policy);
    const PolicyRule& last = policy.policy->rules.back();
    EXPECT_FALSE(last.is_for_resources() || last.is_for_urls()) << preset.name;
    EXPECT_TRUE(last.users.empty() && last.user_groups.empty() && last.verbs.empty())
        << preset.name;
    EXPECT_NE(last.level.value, Level::None) << preset.name;
  }
}

TEST(Presets, HaveAsManyRulesAsTheyAreKnownFor) {
  EXPECT_EQ(loaded("minimal").policy->rules.size(), 1U);
  EXPECT_EQ(loaded("stig").policy->rules.size(), 1U);
  EXPECT_EQ(loaded("tutorial").policy->rules.size(), 4U);
}

TEST(Presets, OmitTheArrivalOfARequestWhereTheyMay) {
  for (const std::string_view name : {"minimal", "recommended", "cis"})
    EXPECT_TRUE(loaded(name).policy->omits_request_received()) << name;
  EXPECT_TRUE(loaded("stig").policy->omit_stages.empty());
}

TEST(Presets, WarnWhereTheyLeak) {
  EXPECT_THAT(find_preset("stig")->text, HasSubstr("# WARNING: "));
  EXPECT_THAT(find_preset("tutorial")->text, HasSubstr("# What it leaks: "));
}

// ---- what they decide, worked out by hand -------------------------------------------------------

TEST(Presets, MinimalRecordsMetadataOfEverything) {
  expect_levels("minimal", {
                               {anonymous(), "GET /healthz", kMeta},
                               {admin(), "GET /api/v1/namespaces/d/secrets/s", kMeta},
                               {admin(), "POST /api/v1/namespaces/d/pods", kMeta},
                               {node(), "PATCH /api/v1/nodes/n1/status", kMeta},
                               {refused(), "GET /api/v1/pods", kMeta},
                           });
}

TEST(Presets, RecommendedIsQuietAboutHealth) {
  expect_levels("recommended", {
                                   {anonymous(), "GET /healthz", kNone},
                                   {anonymous(), "GET /healthz/etcd", kNone},
                                   {anonymous(), "GET /livez?verbose", kNone},
                                   {anonymous(), "HEAD /livez", kNone},
                                   {anonymous(), "GET /livez/ping", kNone},
                                   {anonymous(), "GET /readyz", kNone},
                                   {admin(), "GET /readyz/poststarthook/rbac", kNone},
                                   {refused(), "GET /readyz", kNone},
                                   {anonymous(), "POST /healthz", kMeta},
                                   {anonymous(), "GET /healthzz", kMeta},
                               });
}

TEST(Presets, RecommendedRecordsOtherUrls) {
  expect_levels("recommended",
                {
                    {anonymous(), "GET /", kMeta},
                    {anonymous(), "GET /version", kMeta},
                    {anonymous(), "GET /kaudit-probe-1", kMeta},
                    {admin(), "GET /metrics", kMeta},
                    {admin(), "GET /logs/kube-apiserver.log", kMeta},
                    {admin(), "GET /api", kMeta},
                    {admin(), "GET /openapi/v3", kMeta},
                    {collector(), "GET /api", kNone},
                    {collector(), "GET /apis/apps/v1", kNone},
                    {controller_manager(), "GET /apis", kNone},
                    {account("system:serviceaccount:kube-system:resourcequota-controller"),
                     "GET /api/v1", kNone},
                    {account("system:serviceaccount:kube-system:namespace-controller"),
                     "GET /apis/apps", kNone},
                    {account("system:serviceaccount:kube-system:attachdetach-controller"),
                     "GET /apis", kMeta},
                    {collector(), "POST /apis", kMeta},
                    {controller_manager(), "GET /metrics", kMeta},
                    {refused(), "GET /apis", kMeta},
                });
}

TEST(Presets, RecommendedIsQuietAboutHeartbeatsAndEvents) {
  expect_levels(
      "recommended",
      {
          {node(), "PUT /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1", kNone},
          {scheduler(), "GET /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/s", kNone},
          {other_account(), "PATCH /apis/coordination.k8s.io/v1/namespaces/d/leases/l", kNone},
          {admin(), "GET /apis/coordination.k8s.io/v1/namespaces/d/leases", kNone},
          {admin(), "GET /apis/coordination.k8s.io/v1/leases?watch=true", kNone},
          {controller_manager(), "GET /apis/coordination.k8s.io/v1/leases?watch=true", kNone},
          {admin(), "GET /apis/coordination.k8s.io/v1/namespaces/d/leasecandidates", kMeta},
          {node(), "POST /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", kMeta},
          {admin(), "DELETE /apis/coordination.k8s.io/v1/namespaces/d/leases/l", kMeta},
          {admin(), "DELETE /apis/coordination.k8s.io/v1/namespaces/d/leases", kMeta},
          {anonymous(), "GET /apis/coordination.k8s.io/v1/leases", kMeta},
          {node(), "POST /api/v1/namespaces/d/events", kNone},
          {node(), "PATCH /api/v1/namespaces/d/events/e", kNone},
          {admin(), "GET /api/v1/namespaces/d/events/e", kNone},
          {scheduler(), "PUT /apis/events.k8s.io/v1/namespaces/d/events/e", kNone},
          {admin(), "GET /apis/events.k8s.io/v1/others", kMeta},
          {scheduler(), "POST /apis/events.k8s.io/v1/namespaces/d/events", kNone},
          {admin(), "GET /apis/events.k8s.io/v1/events", kNone},
          {admin(), "GET /api/v1/events?watch=true", kNone},
          {admin(), "DELETE /api/v1/namespaces/d/events/e", kReq},
          {admin(), "DELETE /api/v1/namespaces/d/events", kReq},
          {admin(), "DELETE /apis/events.k8s.io/v1/namespaces/d/events", kMeta},
          {anonymous(), "POST /api/v1/namespaces/d/events", kReq},
          {refused(), "GET /api/v1/events", kMeta},
      });
}

TEST(Presets, RecommendedKeepsSecretsOut) {
  expect_levels("recommended",
                {
                    {admin(), "GET /api/v1/namespaces/d/secrets/s", kMeta},
                    {admin(), "GET /api/v1/secrets", kMeta},
                    {admin(), "POST /api/v1/namespaces/d/secrets", kMeta},
                    {admin(), "PATCH /api/v1/namespaces/d/secrets/s", kMeta},
                    {admin(), "DELETE /api/v1/namespaces/d/secrets", kMeta},
                    {anonymous(), "GET /api/v1/namespaces/d/secrets/s", kMeta},
                    {node(), "GET /api/v1/namespaces/d/secrets?watch=true", kMeta},
                    {controller_manager(), "GET /api/v1/secrets?watch=true", kMeta},
                    {controller_manager(), "GET /api/v1/secrets", kMeta},
                    {admin(), "PUT /api/v1/namespaces/d/configmaps/c", kMeta},
                    {api_server(), "GET /api/v1/configmaps?watch=1", kMeta},
                    {admin(), "POST /api/v1/namespaces/d/serviceaccounts/a/token", kMeta},
                    {node(), "POST /api/v1/namespaces/d/serviceaccounts/a/token", kMeta},
                    {node(), "POST /apis/authentication.k8s.io/v1/tokenreviews", kMeta},
                    {other_account(), "POST /apis/authentication.k8s.io/v1/tokenreviews", kMeta},
                    // Without the rule for secrets, watches of the control plane would be left out.
                    {controller_manager(),
                     "GET /apis/authentication.k8s.io/v1/selfsubjectreviews?watch=true", kNone},
                    {controller_manager(),
                     "GET /apis/authentication.k8s.io/v1/tokenreviews?watch=true", kMeta},
                    // Holds the names of Secrets only.
                    {admin(), "POST /api/v1/namespaces/d/serviceaccounts", kReq},
                });
}

TEST(Presets, RecommendedIsQuietAboutTheWatchesOfTheControlPlane) {
  expect_levels("recommended",
                {
                    {controller_manager(), "GET /api/v1/pods?watch=true", kNone},
                    {scheduler(), "GET /api/v1/nodes?watch=true", kNone},
                    {api_server(), "GET /apis/example.com/v1/widgets?watch=true", kNone},
                    {plane("system:kube-proxy"), "GET /api/v1/services?watch=true", kNone},
                    {account("system:serviceaccount:kube-system:kube-proxy"),
                     "GET /apis/discovery.k8s.io/v1/endpointslices?watch=true", kNone},
                    {collector(), "GET /apis/apps/v1/deployments?watch=1", kNone},
                    {account("system:serviceaccount:kube-system:resourcequota-controller"),
                     "GET /api/v1/pods?watch=1", kNone},
                    {account("system:serviceaccount:kube-system:namespace-controller"),
                     "GET /api/v1/pods?watch=1", kNone},
                    {account("system:serviceaccount:kube-system:attachdetach-controller"),
                     "GET /api/v1/pods?watch=1", kMeta},
                    {node(), "GET /api/v1/pods?watch=true&fieldSelector=spec.nodeName%3Dn1", kNone},
                    {node(), "GET /api/v1/nodes/n1", kNone},
                    {admin(), "GET /api/v1/nodes/n1", kMeta},
                    {node(), "GET /api/v1/nodes", kMeta},
                    {node(), "GET /api/v1/namespaces/d/pods/p", kMeta},
                    {scheduler(), "GET /api/v1/pods", kMeta},
                    {admin(), "GET /api/v1/pods?watch=true", kMeta},
                    {other_account(), "GET /apis/apps/v1/deployments?watch=1", kMeta},
                    {anonymous(), "GET /api/v1/pods?watch=true", kMeta},
                    {autoscaler(), "GET /apis/metrics.k8s.io/v1beta1/namespaces/d/pods", kNone},
                    {autoscaler(), "GET /apis/metrics.k8s.io/v1beta1/nodes", kMeta},
                    {autoscaler(), "GET /apis/metrics.k8s.io/v1beta1/namespaces/d/pods/p", kMeta},
                    {admin(), "GET /apis/metrics.k8s.io/v1beta1/pods", kMeta},
                    {autoscaler(), "GET /api/v1/namespaces/d/pods", kMeta},
                    {admin(), "GET /apis/metrics.k8s.io/v1beta1/nodes", kMeta},
                });
}

TEST(Presets, RecommendedRecordsWhatTheControlPlaneWritesWithoutContents) {
  expect_levels(
      "recommended",
      {
          {node(), "PATCH /api/v1/nodes/n1/status", kMeta},
          {node(), "PATCH /api/v1/namespaces/d/pods/p/status", kMeta},
          {slices(), "PUT /apis/discovery.k8s.io/v1/namespaces/d/endpointslices/s", kMeta},
          {slices(), "POST /apis/discovery.k8s.io/v1/namespaces/d/endpointslices", kReq},
          {account("system:serviceaccount:kube-system:replicaset-controller"),
           "PUT /apis/apps/v1/namespaces/d/replicasets/r/status", kMeta},
          {account("system:serviceaccount:kube-system:endpoint-controller"),
           "PUT /api/v1/namespaces/d/endpoints/e", kMeta},
          {account("system:serviceaccount:kube-system:job-controller"),
           "PATCH /apis/batch/v1/namespaces/d/jobs/j/status", kMeta},
          {account("system:serviceaccount:kube-system:job-controller"),
           "PATCH /apis/batch/v1/namespaces/d/jobs/j", kReq},
          {autoscaler(), "PUT /apis/autoscaling/v2/namespaces/d/horizontalpodautoscalers/h/status",
           kMeta},
          {autoscaler(), "PUT /apis/autoscaling/v2/namespaces/d/horizontalpodautoscalers/h", kReq},
          {account("system:serviceaccount:kube-system:disruption-controller"),
           "PUT /apis/policy/v1/namespaces/d/poddisruptionbudgets/p/status", kMeta},
          {account("system:serviceaccount:kube-system:disruption-controller"),
           "PUT /apis/policy/v1/namespaces/d/poddisruptionbudgets/p", kReq},
          {slices(), "PUT /apis/discovery.k8s.io/v1/namespaces/d/others/s", kReq},
          {account("system:serviceaccount:kube-system:deployment-controller"),
           "PATCH /apis/apps/v1/namespaces/d/deployments/x", kReq},
          {account("system:serviceaccount:kube-system:deployment-controller"),
           "PUT /apis/apps/v1/namespaces/d/replicasets/r", kReq},
          {admin(), "PATCH /api/v1/nodes/n1/status", kReq},
          {admin(), "PATCH /api/v1/namespaces/d/services/s/status", kReq},
          {admin(), "PUT /apis/discovery.k8s.io/v1/namespaces/d/endpointslices/s", kReq},
          {node(), "POST /api/v1/nodes", kReq},
          {node(), "PATCH /api/v1/nodes/n1", kReq},
      });
}

TEST(Presets, RecommendedRecordsEveryWayIn) {
  expect_levels("recommended",
                {
                    {admin(), "POST /api/v1/namespaces/d/pods/p/exec?command=sh", kMeta},
                    {admin(), "GET /api/v1/namespaces/d/pods/p/exec?command=sh", kMeta},
                    {admin(), "POST /api/v1/namespaces/d/pods/p/attach", kMeta},
                    {admin(), "GET /api/v1/namespaces/d/pods/p/attach", kMeta},
                    {admin(), "POST /api/v1/namespaces/d/pods/p/portforward", kMeta},
                    {admin(), "GET /api/v1/namespaces/d/pods/p/portforward", kMeta},
                    {admin(), "GET /api/v1/namespaces/d/pods/p/proxy/a", kMeta},
                    {admin(), "POST /api/v1/namespaces/d/pods/p/proxy/a", kMeta},
                    {admin(), "DELETE /api/v1/namespaces/d/services/s/proxy/", kMeta},
                    {admin(), "PUT /api/v1/nodes/n/proxy/run", kMeta},
                    {anonymous(), "GET /api/v1/nodes/n/proxy/metrics", kMeta},
                    {admin(), "GET /api/v1/namespaces/d/pods/p/log", kMeta},
                    {admin(), "PATCH /api/v1/namespaces/d/pods/p/ephemeralcontainers", kFull},
                    {admin(), "PUT /api/v1/namespaces/d/pods/p/ephemeralcontainers", kFull},
                    {admin(), "GET /api/v1/namespaces/d/pods/p/ephemeralcontainers", kMeta},
                });
}

TEST(Presets, RecommendedRecordsChangesWithContents) {
  expect_levels(
      "recommended",
      {
          {admin(), "POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings", kFull},
          {admin(), "PATCH /apis/rbac.authorization.k8s.io/v1/namespaces/d/roles/r", kFull},
          {admin(), "DELETE /apis/rbac.authorization.k8s.io/v1/clusterroles/r", kFull},
          {admin(), "DELETE /apis/rbac.authorization.k8s.io/v1/clusterroles", kFull},
          {admin(), "GET /apis/rbac.authorization.k8s.io/v1/clusterroles", kMeta},
          {admin(), "POST /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
           kFull},
          {admin(), "PUT /apis/apiregistration.k8s.io/v1/apiservices/v1.example.com", kFull},
          {admin(), "POST /api/v1/namespaces/d/pods", kReq},
          {anonymous(), "POST /api/v1/namespaces/d/pods", kReq},
          {refused(), "POST /api/v1/namespaces/d/pods", kReq},
          {scheduler(), "POST /api/v1/namespaces/d/pods/p/binding", kReq},
          {admin(), "POST /api/v1/namespaces/d/pods/p/eviction", kReq},
          {admin(), "DELETE /api/v1/namespaces/d/pods/p", kReq},
          {admin(), "DELETE /api/v1/namespaces/d/pods", kReq},
          {admin(), "DELETE /api/v1/namespaces/d", kReq},
          {admin(), "PATCH /apis/apps/v1/namespaces/d/deployments/x", kReq},
          {admin(), "PUT /apis/apps/v1/namespaces/d/deployments/x/scale", kReq},
          {admin(), "PUT /apis/certificates.k8s.io/v1/certificatesigningrequests/c/approval", kReq},
          {admin(), "POST /apis/networking.k8s.io/v1/namespaces/d/networkpolicies", kReq},
          {admin(), "POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions", kReq},
          {admin(), "POST /apis/autoscaling/v2/namespaces/d/horizontalpodautoscalers", kReq},
          {admin(), "DELETE /apis/batch/v1/namespaces/d/jobs", kReq},
          {admin(), "PUT /apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/f", kReq},
          {admin(), "POST /apis/node.k8s.io/v1/runtimeclasses", kReq},
          {admin(), "DELETE /apis/policy/v1/namespaces/d/poddisruptionbudgets/p", kReq},
          {node(), "POST /apis/resource.k8s.io/v1/resourceslices", kReq},
          {admin(), "POST /apis/scheduling.k8s.io/v1/priorityclasses", kReq},
          {admin(), "PATCH /apis/storage.k8s.io/v1/storageclasses/s", kReq},
          {admin(), "GET /api/v1/namespaces/d/pods", kMeta},
          {admin(), "OPTIONS /api/v1/pods", kMeta},
          {admin(), "POST /apis/authorization.k8s.io/v1/subjectaccessreviews", kMeta},
          // A custom resource may hold anything.
          {admin(), "POST /apis/example.com/v1/namespaces/d/widgets", kMeta},
          {admin(), "DELETE /apis/example.com/v1/namespaces/d/widgets", kMeta},
      });
}

TEST(Presets, CisRecordsTheKeyConcerns) {
  expect_levels("cis", {
                           {admin(), "GET /api/v1/namespaces/d/secrets/s", kMeta},
                           {admin(), "POST /api/v1/namespaces/d/secrets", kMeta},
                           {admin(), "PUT /api/v1/namespaces/d/configmaps/c", kMeta},
                           {node(), "POST /apis/authentication.k8s.io/v1/tokenreviews", kMeta},
                           {node(), "POST /api/v1/namespaces/d/serviceaccounts/a/token", kMeta},
                           {admin(), "GET /api/v1/namespaces/d/pods/p/exec?command=sh", kMeta},
                           {admin(), "POST /api/v1/namespaces/d/pods/p/exec?command=sh", kMeta},
                           {admin(), "POST /api/v1/namespaces/d/pods/p/portforward", kMeta},
                           {admin(), "GET /api/v1/namespaces/d/pods/p/proxy/", kMeta},
                           {admin(), "GET /api/v1/namespaces/d/services/s/proxy/", kMeta},
                           {admin(), "POST /api/v1/namespaces/d/pods", kReq},
                           {admin(), "PATCH /api/v1/namespaces/d/pods/p", kReq},
                           {admin(), "DELETE /api/v1/namespaces/d/pods/p", kReq},
                           {scheduler(), "POST /api/v1/namespaces/d/pods/p/binding", kReq},
                           {admin(), "PATCH /api/v1/namespaces/d/pods/p/ephemeralcontainers", kReq},
                           {admin(), "POST /api/v1/namespaces/d/pods/p/eviction", kReq},
                           {admin(), "PATCH /api/v1/namespaces/d/pods/p/resize", kReq},
                           {admin(), "DELETE /api/v1/namespaces/d/pods", kReq},
                           {node(), "PATCH /api/v1/namespaces/d/pods/p/status", kMeta},
                           {admin(), "PUT /apis/apps/v1/namespaces/d/deployments/x", kReq},
                           {admin(), "PATCH /apis/apps/v1/namespaces/d/deployments/x/scale", kReq},
                           {admin(), "GET /apis/apps/v1/namespaces/d/deployments/x", kMeta},
                           {admin(), "POST /apis/apps/v1/namespaces/d/daemonsets", kMeta},
                           {admin(), "POST /apis/example.com/v1/namespaces/d/widgets", kMeta},
                           {anonymous(), "GET /healthz", kMeta},
                           {controller_manager(), "GET /api/v1/pods?watch=true", kMeta},
                       });
}

// Most of them would be Metadata without it; the rule is there to be read, and to stay if the last
// one is changed.
TEST(Presets, CisHasARuleForEachConcern) {
  const LoadedPolicy policy = loaded("cis");
  ASSERT_TRUE(policy.policy);
  const std::vector<std::pair<std::string_view, std::size_t>> rows{
      {"GET /api/v1/namespaces/d/secrets/s", 0},
      {"GET /api/v1/configmaps", 0},
      {"POST /api/v1/namespaces/d/serviceaccounts/a/token", 0},
      {"POST /api/v1/namespaces/d/serviceaccounts", 3},
      {"POST /apis/authentication.k8s.io/v1/tokenreviews", 0},
      {"POST /apis/authentication.k8s.io/v1/selfsubjectreviews", 3},
      {"GET /api/v1/namespaces/d/pods/p/exec", 1},
      {"POST /api/v1/namespaces/d/pods/p/attach", 1},
      {"GET /api/v1/namespaces/d/pods/p/portforward", 1},
      {"PATCH /api/v1/namespaces/d/pods/p/proxy/x", 1},
      {"GET /api/v1/namespaces/d/services/s/proxy/x", 1},
      {"GET /api/v1/nodes/n/proxy/x", 1},
      {"DELETE /api/v1/namespaces/d/pods/p", 2},
      {"GET /api/v1/namespaces/d/pods/p", 3},
  };
  for (const auto& [line, rule] : rows) {
    const std::size_t space = line.find(' ');
    const auto request = attributes_of_http(line.substr(0, space), line.substr(space + 1));
    ASSERT_TRUE(request) << line;
    EXPECT_EQ(evaluate(*policy.policy, *request).rule, rule) << line;
  }
}

TEST(Presets, StigRecordsEverything) {
  expect_levels("stig", {
                            {admin(), "GET /api/v1/namespaces/d/secrets/s", kFull},
                            {node(), "POST /apis/authentication.k8s.io/v1/tokenreviews", kFull},
                            {anonymous(), "GET /healthz", kFull},
                            {refused(), "GET /api/v1/pods", kFull},
                        });
}

TEST(Presets, TutorialLeaksAndMissesAsItSays) {
  expect_levels("tutorial", {
                                {admin(), "GET /api/v1/namespaces/kube-system/secrets/s", kNone},
                                {admin(), "PUT /api/v1/namespaces/kube-system/secrets/s", kNone},
                                {controller_manager(), "GET /api/v1/namespaces/d/secrets/s", kNone},
                                {controller_manager(), "GET /api/v1/secrets", kNone},
                                {controller_manager(), "GET /api/v1/configmaps", kMeta},
                                {admin(), "GET /api/v1/namespaces/d/secrets/s", kFull},
                                {admin(), "GET /api/v1/secrets", kFull},
                                {admin(), "POST /api/v1/namespaces/d/secrets", kFull},
                                {admin(), "GET /api/v1/namespaces/kube-system/configmaps/c", kMeta},
                                {admin(), "POST /api/v1/namespaces/d/pods", kMeta},
                                {anonymous(), "GET /healthz", kMeta},
                            });
}

}  // namespace
}  // namespace kaudit::audit
