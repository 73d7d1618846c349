// Real audit logs, replayed through the policies that produced them. Which policy that was is known
// where both come from one repository; the corpus names its files after the repository.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "audit/policy_load.h"
#include "audit/policy_match.h"
#include "audit/request_info.h"
#include "support/corpus.h"
#include "support/dump.h"

namespace kaudit::audit {
namespace {

using nlohmann::json;

std::string bytes_of(const std::filesystem::path& file) {
  std::ostringstream out;
  out << std::ifstream(file, std::ios::binary).rdbuf();
  return out.str();
}

// A log is one event, a list of events, or one event a line.
std::vector<json> events_of(const std::string& log) {
  const json whole = json::parse(log, nullptr, false);
  if (whole.is_array()) return whole;
  if (whole.is_object()) return {whole};
  std::vector<json> events;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with('{')) events.push_back(json::parse(line));
  return events;
}

std::string method_of(const std::string& verb) {
  static const std::map<std::string, std::string, std::less<>> kMethods{
      {"get", "GET"},    {"list", "GET"},    {"watch", "GET"},     {"create", "POST"},
      {"update", "PUT"}, {"patch", "PATCH"}, {"delete", "DELETE"}, {"deletecollection", "DELETE"},
      {"post", "POST"},  {"put", "PUT"},     {"head", "HEAD"}};
  const auto found = kMethods.find(verb);
  return found == kMethods.end() ? "GET" : found->second;
}

std::string text_of(const json& object, const char* key) {
  return object.is_object() ? object.value(key, "") : "";
}

// From the URI; what the event says by itself must agree.
RequestAttributes attributes_of(const json& event) {
  const std::string uri = text_of(event, "requestURI");
  const auto found = attributes_of_http(method_of(text_of(event, "verb")), uri);
  EXPECT_TRUE(found) << uri;
  RequestAttributes request = found.value_or(RequestAttributes());
  const json object = event.value("objectRef", json());
  EXPECT_EQ(request.verb, text_of(event, "verb")) << uri;
  EXPECT_EQ(request.is_resource, object.is_object()) << uri;
  EXPECT_EQ(request.api_group, text_of(object, "apiGroup")) << uri;
  EXPECT_EQ(request.resource, text_of(object, "resource")) << uri;
  EXPECT_EQ(request.subresource, text_of(object, "subresource")) << uri;
  request.user = event.at("user").value("username", "");
  request.groups = event.at("user").value("groups", std::vector<std::string>());
  return request;
}

std::optional<AuditPolicy> policy_of(const std::filesystem::path& file) {
  // The oldest that still reads v1beta1.
  return load_policy(support::source(bytes_of(file)), {1, 23, {}}).policy;
}

struct Pair {
  std::string log;
  std::string policy;
  std::size_t events;
};

TEST(AuditReplay, GivesTheRecordedLevels) {
  const auto corpus = support::corpus_directory();
  if (!corpus || !std::filesystem::exists(*corpus / "auditlogs")) GTEST_SKIP() << "no corpus";
  const std::vector<Pair> pairs = {
      {"liggitt__audit2rbac__testdata-demo.log", "liggitt__audit2rbac__testdata-demo-policy.yaml",
       37},
      {"ChMcg__kubewatcher__logs-audit-test.log", "ChMcg__kubewatcher__k8s-audit-policy.yaml", 9},
      {"ChMcg__kubewatcher__logs-object-example-2.log", "ChMcg__kubewatcher__k8s-audit-policy.yaml",
       1},
      {"ChMcg__kubewatcher__logs-object-example-3.log", "ChMcg__kubewatcher__k8s-audit-policy.yaml",
       1},
      {"ChMcg__kubewatcher__apps-analyzer-examples-object-example-1.log",
       "ChMcg__kubewatcher__k8s-audit-policy.yaml", 1},
      {"FairwindsOps__insights-plugins__-event-watcher-pkg-samples-audit-validating-admission-"
       "policy.log",
       "FairwindsOps__insights-plugins__scripts-create-new-kind-cluster-with-audit-logging-L33."
       "yaml",
       1},
      {"FairwindsOps__insights-plugins__lugins-event-watcher-pkg-samples-validating-admission-"
       "policy.log",
       "FairwindsOps__insights-plugins__scripts-create-new-kind-cluster-with-audit-logging-L33."
       "yaml",
       1},
  };
  for (const Pair& pair : pairs) {
    const auto policy = policy_of(*corpus / "policies" / pair.policy);
    ASSERT_TRUE(policy) << pair.policy;
    const Matcher matcher(*policy);
    const std::vector<json> events = events_of(bytes_of(*corpus / "auditlogs" / pair.log));
    EXPECT_EQ(events.size(), pair.events) << pair.log;
    for (const json& event : events) {
      const Decision decision = matcher.evaluate(attributes_of(event));
      const std::string uri = text_of(event, "requestURI");
      EXPECT_EQ(to_string(decision.level), text_of(event, "level")) << uri;
      const auto stage = parse_stage(text_of(event, "stage"));
      ASSERT_TRUE(stage) << uri;
      EXPECT_FALSE(decision.omit_stages.contains(*stage)) << uri;
    }
  }
}

// The URIs of all logs, whoever's policy it was.
TEST(AuditReplay, ReadsEveryRequest) {
  const auto corpus = support::corpus_directory();
  if (!corpus || !std::filesystem::exists(*corpus / "auditlogs")) GTEST_SKIP() << "no corpus";
  std::size_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator(*corpus / "auditlogs")) {
    if (file.path().extension() != ".log") continue;
    for (const json& event : events_of(bytes_of(file.path()))) {
      attributes_of(event);
      ++count;
    }
  }
  EXPECT_GT(count, 500);
}

// Every policy can be read or says why not, and every rule of every readable one can be asked.
TEST(AuditReplay, LoadsEveryPolicy) {
  const auto corpus = support::corpus_directory();
  if (!corpus || !std::filesystem::exists(*corpus / "policies")) GTEST_SKIP() << "no corpus";
  for (const auto& file : std::filesystem::directory_iterator(*corpus / "policies")) {
    const auto source = support::source(bytes_of(file.path()));
    for (const int minor : {20, 30, 36}) {
      const LoadedPolicy loaded = load_policy(source, {1, minor, {}});
      EXPECT_NE(loaded.is_loaded(), !loaded.problems.empty()) << file.path();
      for (const PolicyProblem& problem : loaded.problems)
        EXPECT_LE(problem.place.end, source->size()) << file.path();
    }
  }
}

}  // namespace
}  // namespace kaudit::audit
