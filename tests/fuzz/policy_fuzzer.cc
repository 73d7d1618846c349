// bytes → policy → lint, evaluation and table, under AddressSanitizer and
// UndefinedBehaviorSanitizer.
//
// Aborts not only when something crashes, but when the parts contradict each other. The first byte
// chooses the release, the rest is the policy.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/policy_match.h"
#include "audit/policy_reach.h"
#include "audit/request_info.h"
#include "check/check_policy.h"

namespace {

using kaudit::audit::AuditPolicy;
using kaudit::audit::RequestAttributes;
using kaudit::check::Finding;

struct Counts {
  std::size_t loaded = 0;
  std::size_t refused = 0;
};

Counts counts;

void print_counts() {
  std::fprintf(stderr, "policy_fuzzer: %zu loaded, %zu refused\n", counts.loaded, counts.refused);
}

void require(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", std::string(what).c_str());
  std::abort();
}

std::vector<RequestAttributes> some_requests() {
  std::vector<RequestAttributes> requests;
  for (const std::string_view method : {"GET", "POST", "DELETE", "PATCH"}) {
    for (const std::string_view uri :
         {"/api/v1/namespaces/kube-system/secrets/token", "/api/v1/pods?watch=true", "/healthz",
          "/apis/apps/v1/namespaces/default/deployments/d/scale", "/apis/example.com/v1/things"}) {
      for (const std::string_view user : {"system:kube-scheduler", "jane"}) {
        auto request = kaudit::audit::attributes_of_http(method, uri);
        if (!request) continue;
        request->user = user;
        request->groups = {"system:authenticated"};
        requests.push_back(std::move(*request));
      }
    }
  }
  return requests;
}

// What lint says, what decides, and why it does, are three readings of the same rules.
void examine_requests(const AuditPolicy& policy, const std::vector<Finding>& findings) {
  static const std::vector<RequestAttributes> kRequests = some_requests();
  const kaudit::audit::PolicyReach reach(policy);
  const kaudit::audit::Matcher matcher(policy);
  for (const RequestAttributes& request : kRequests) {
    const auto decision = matcher.evaluate(request);
    const auto explained = kaudit::audit::explain(policy, request);
    require(explained.decision == decision, "explain and evaluate differ");
    require(explained.misses.size() == decision.rule.value_or(policy.rules.size()),
            "a rule before the deciding one is not explained");
    if (!decision.rule) continue;
    require(!matcher.mismatch(*decision.rule, request), "the deciding rule does not match");
    for (const Finding& finding : findings) {
      const std::size_t begin = policy.rules[*decision.rule].place.begin;
      require(finding.rule != "rule-unreachable" || !finding.place || finding.place->begin != begin,
              "an unreachable rule decides");
    }
    require(reach.is_reachable(*decision.rule), "a rule that is out of reach decides");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool kRegistered = std::atexit(print_counts) == 0;
  if (!kRegistered || size == 0) return 0;
  const kaudit::kube::KubernetesVersion version{1, 36 - data[0] % 29, {}};
  const auto source = std::make_shared<const kaudit::text::SourceText>(
      "fuzz", std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  const auto loaded = kaudit::audit::load_policy(source, version);
  const std::vector<Finding> findings = kaudit::check::check_policy(loaded, version);
  for (const Finding& finding : findings) {
    require(!finding.place || finding.place->end <= source->size(), "a place outside the text");
    require(finding.message.find('\n') == std::string::npos, "a message of two lines");
    require(!finding.message.empty(), "a finding that says nothing");
  }
  ++(loaded.is_loaded() ? counts.loaded : counts.refused);
  if (loaded.is_loaded()) examine_requests(*loaded.policy, findings);
  return 0;
}
