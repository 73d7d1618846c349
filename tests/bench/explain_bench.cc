// How many requests a second `kaudit policy explain --requests` answers on one core, as a ratio to
// the goal. The text goes the whole way from JSON to JSON, in pieces as a pipe gives them.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "audit/policy_load.h"
#include "cli/explain_requests.h"
#include "kube/kubernetes_version.h"

namespace {

using kaudit::cli::RequestExplainer;

// Of the shape of policies on managed clusters: who is dropped first, what is kept last.
constexpr std::string_view kPolicy = R"(apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: None, nonResourceURLs: [/healthz*, /livez*, /readyz*, /version, /swagger*]}
- level: None
  users: [system:kube-proxy]
  verbs: [watch]
  resources: [{group: '', resources: [endpoints, services, services/status]}]
- level: None
  users: [system:unsecured]
  namespaces: [kube-system]
  verbs: [get]
  resources: [{group: '', resources: [configmaps]}]
- level: None
  users: [kubelet]
  verbs: [get]
  resources: [{group: '', resources: [nodes, nodes/status]}]
- level: None
  userGroups: [system:nodes]
  verbs: [get]
  resources: [{group: '', resources: [nodes, nodes/status]}]
- level: None
  users:
  - system:kube-controller-manager
  - system:kube-scheduler
  - system:serviceaccount:kube-system:endpoint-controller
  verbs: [get, update]
  namespaces: [kube-system]
  resources: [{group: '', resources: [endpoints]}]
- level: None
  users: [system:apiserver]
  verbs: [get]
  resources: [{group: '', resources: [namespaces, namespaces/status, namespaces/finalize]}]
- level: None
  users: [cluster-autoscaler]
  namespaces: [kube-system]
  verbs: [get, update]
  resources: [{group: '', resources: [configmaps, endpoints]}]
- level: None
  users: [system:kube-controller-manager]
  verbs: [get, list]
  resources: [{group: metrics.k8s.io}]
- level: None
  resources: [{group: '', resources: [events]}, {group: events.k8s.io, resources: [events]}]
- {level: None, resources: [{group: coordination.k8s.io, resources: [leases]}]}
- level: Metadata
  resources:
  - {group: '', resources: [secrets, configmaps, serviceaccounts/token]}
  - {group: authentication.k8s.io, resources: [tokenreviews]}
- level: Metadata
  resources:
  - {group: '', resources: [pods/exec, pods/attach, pods/portforward, pods/proxy, services/proxy]}
- level: Request
  userGroups: [system:nodes]
  verbs: [update, patch]
  resources: [{group: '', resources: [nodes/status, pods/status]}]
- level: Request
  users: [system:serviceaccount:kube-system:namespace-controller]
  verbs: [deletecollection]
- level: RequestResponse
  verbs: [create, update, patch, delete, deletecollection]
  resources: [{group: rbac.authorization.k8s.io}, {group: admissionregistration.k8s.io}]
- level: Request
  verbs: [get, list, watch]
  resources:
  - {group: ''}
  - {group: apps}
  - {group: batch}
  - {group: networking.k8s.io}
  - {group: policy}
- level: RequestResponse
  resources:
  - {group: ''}
  - {group: apps}
  - {group: batch}
  - {group: networking.k8s.io}
  - {group: policy}
- {level: None, users: [system:anonymous], nonResourceURLs: ['/openid/*']}
- level: Metadata
)";

constexpr std::string_view kEvent =
    R"({{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":)"
    R"("5d4f8a10-0f5e-4b7a-9c64-3a1d1a6a2a11","stage":"ResponseComplete","requestURI":)"
    R"("/api/v1/namespaces/team-17/pods/web-{}/status?timeout=10s","verb":"patch","user":)"
    R"({{"username":"system:node:worker-3","groups":["system:nodes","system:authenticated"]}},)"
    R"("sourceIPs":["10.0.0.13"],"userAgent":"kubelet/v1.31.0 (linux/amd64) kubernetes/0000000",)"
    R"("objectRef":{{"resource":"pods","namespace":"team-17","name":"web-{}","apiVersion":"v1",)"
    R"("subresource":"status"}},"responseStatus":{{"metadata":{{}},"code":200}},)"
    R"("requestReceivedTimestamp":"2024-05-01T12:00:00.000000Z","stageTimestamp":)"
    R"("2024-05-01T12:00:00.004000Z","annotations":{{"authorization.k8s.io/decision":"allow",)"
    R"("authorization.k8s.io/reason":""}}}})";

template <std::size_t N>
std::string_view pick(const std::string_view (&from)[N], std::mt19937_64& random) {
  return from[random() % N];
}

// What a busy cluster asks: mostly its own parts, mostly reading.
std::string request_line(std::mt19937_64& random) {
  static constexpr std::string_view kUsers[] = {
      R"("system:node:worker-3","groups":["system:nodes","system:authenticated"])",
      R"("system:kube-controller-manager","groups":["system:authenticated"])",
      R"("system:serviceaccount:team-17:deployer","groups":["system:serviceaccounts",)"
      R"("system:serviceaccounts:team-17","system:authenticated"])",
      R"("alice@example.com","groups":["developers","system:authenticated"])"};
  static constexpr std::string_view kVerbs[] = {"get",    "list",  "watch", "get",
                                                "update", "patch", "create"};
  static constexpr std::string_view kResources[] = {
      R"("","resource":"pods","subresource":"")",
      R"("","resource":"pods","subresource":"status")",
      R"("","resource":"secrets","subresource":"")",
      R"("apps","resource":"deployments","subresource":"")",
      R"("coordination.k8s.io","resource":"leases","subresource":"")",
      R"("example.com","resource":"widgets","subresource":"")"};
  static constexpr std::string_view kPaths[] = {"/healthz", "/readyz?verbose", "/metrics",
                                                "/apis/apps/v1"};
  const std::string_view user = pick(kUsers, random);
  if (random() % 10 == 0)
    return fmt::format(R"({{"user":{},"verb":"get","path":"{}"}})", user, pick(kPaths, random));
  return fmt::format(R"({{"user":{},"verb":"{}","apiGroup":{},"namespace":"team-{}",)"
                     R"("name":"web-{}"}})",
                     user, pick(kVerbs, random), pick(kResources, random), random() % 40,
                     random() % 5000);
}

std::string event_line(std::mt19937_64& random) {
  const auto number = random() % 5000;
  return fmt::format(kEvent, number, number);
}

// Of this process alone: what else runs on the machine takes nothing from a core.
double seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

[[noreturn]] void fail(std::string_view why) {
  fmt::print(stderr, "bench: {}\n", why);
  std::exit(1);
}

// The median of several turns over the same text.
double seconds_for(RequestExplainer& explainer, std::string_view text) {
  constexpr std::size_t kPiece = std::size_t{64} << 10;
  std::vector<double> turns;
  std::string out;
  for (int turn = 0; turn < 12; ++turn) {
    const double begin = seconds();
    for (std::size_t at = 0; at < text.size(); at += kPiece) {
      out.clear();
      if (!explainer.feed(text.substr(at, kPiece), out)) fail("a request is refused");
    }
    if (turn > 0) turns.push_back(seconds() - begin);  // the first one warms the caches
  }
  std::ranges::sort(turns);
  return turns[turns.size() / 2];
}

void bench(RequestExplainer& explainer, std::string_view what, double wanted,
           std::string (*line)(std::mt19937_64&)) {
  constexpr int kCount = 100'000;
  std::mt19937_64 random(1);
  std::string text;
  for (int i = 0; i < kCount; ++i) text += line(random) + "\n";
  const double taken = seconds_for(explainer, text);
  fmt::print("explain: {:.0f} {} a second on one core, {} bytes a line, a policy of 20 rules\n",
             kCount / taken, what, text.size() / kCount);
  if (wanted <= 0) return;
  const double ratio = taken / (kCount / wanted);
  fmt::print("{:<62} {:>8.3f}  goal <= 1: {}\n",
             fmt::format("explain: time taken / time at {:.0f} {} a second", wanted, what), ratio,
             ratio <= 1 ? "met" : "MISSED");
}

}  // namespace

int main() {
  const auto source =
      std::make_shared<const kaudit::text::SourceText>("policy.yaml", std::string(kPolicy));
  const auto loaded = kaudit::audit::load_policy(source, kaudit::kube::kNewestKnown);
  if (!loaded.is_loaded() || loaded.policy->rules.size() != 20) fail("the policy is not as it was");
  RequestExplainer explainer(*loaded.policy, *source, "requests");
  bench(explainer, "requests", 300'000, request_line);
  bench(explainer, "events", 0, event_line);
  return 0;
}
