// What a wait for the API server reads out of its manifest.
#include <gtest/gtest.h>

#include "audit/flag_table.h"
#include "kube/health_endpoint.h"
#include "kube/same_pod.h"
#include "kube/variable.h"
#include "yaml/parse.h"

namespace kaudit::kube {
namespace {

yaml::Document document_of(const std::string& text) {
  auto document = yaml::parse(std::make_shared<const text::SourceText>("x.yaml", text));
  EXPECT_TRUE(document) << text;
  return std::move(*document);
}

struct ExpandRow {
  const char* text;
  const char* expanded;
  bool is_certain;
};

TEST(Expand, DoesWhatTheKubeletDoes) {
  const std::map<std::string, std::string, std::less<>> env = {{"A", "one"}, {"B", "$(A)"}};
  const ExpandRow rows[] = {
      {"plain", "plain", true}, {"x$(A)y", "xoney", true},    {"$(A)$(A)", "oneone", true},
      {"$(B)", "$(A)", true},  // once only
      {"$(C)", "$(C)", false},  {"$$(A)", "$(A)", true},      {"$$$(A)", "$one", true},
      {"$(A", "$(A", true},     {"$A ${A}", "$A ${A}", true}, {"end$", "end$", true},
      {"$()", "$()", false},
  };
  for (const ExpandRow& row : rows)
    EXPECT_EQ(expand(row.text, env), (Expanded{row.expanded, row.is_certain})) << row.text;
}

struct EndpointRow {
  const char* why;
  std::string of_container;  // lines of the container, indented by four
  HealthEndpoint endpoint;
  KubernetesVersion version{1, 30, {}};
};

std::string pod_with(const std::string& of_container) {
  return "apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-apiserver\nspec:\n  containers:\n"
         "  - name: api\n    image: registry.k8s.io/kube-apiserver:v1.30.0\n" +
         of_container;
}

TEST(HealthEndpoint, IsThatOfTheProbesElseOfTheFlags) {
  const std::string command = "    command:\n    - kube-apiserver\n";
  const std::string probe =
      command +
      "    livenessProbe:\n      httpGet:\n        host: 192.0.2.14\n        path: /livez\n";
  const EndpointRow rows[] = {
      {"nothing said", command, {}},
      {"flags",
       command + "    - --secure-port=8443\n    - --bind-address=192.0.2.7\n",
       {"192.0.2.7", 8443, true, "/readyz"}},
      {"any address", command + "    - --bind-address=0.0.0.0\n", {}},
      {"any address of IPv6", command + "    - \"--bind-address=::\"\n", {}},
      {"kubeadm",
       probe + "        port: 6443\n        scheme: HTTPS\n",
       {"192.0.2.14", 6443, true, "/readyz"}},
      {"HTTP is the default",
       probe + "        port: 8080\n",
       {"192.0.2.14", 8080, false, "/readyz"}},
      {"a named port",
       probe + "        port: probe-port\n        scheme: HTTPS\n    ports:\n"
               "    - {name: other, containerPort: 1}\n"
               "    - {name: probe-port, containerPort: 7443}\n",
       {"192.0.2.14", 7443, true, "/readyz"}},
      {"a name that no port has", probe + "        port: probe-port\n        scheme: HTTPS\n", {}},
      {"no host",
       command + "    livenessProbe:\n      httpGet: {port: 6444, scheme: HTTPS}\n",
       {"127.0.0.1", 6444, true, "/readyz"}},
      {"readiness before liveness",
       probe + "        port: 1\n    readinessProbe:\n      httpGet: {port: 2, scheme: HTTPS}\n",
       {"127.0.0.1", 2, true, "/readyz"}},
      {"a probe that asks nobody",
       command + "    readinessProbe:\n      exec: {command: [\"true\"]}\n    startupProbe:\n"
                 "      httpGet: {port: 3, scheme: HTTPS}\n",
       {"127.0.0.1", 3, true, "/readyz"}},
      {"no port", command + "    readinessProbe:\n      httpGet: {scheme: HTTPS}\n", {}},
      {"before readyz", command, {"127.0.0.1", 6443, true, "/healthz"}, {1, 15, {}}},
  };
  for (const EndpointRow& row : rows) {
    const yaml::Document document = document_of(pod_with(row.of_container));
    const auto pod = read_pod_manifest(document, audit::arity_of);
    ASSERT_TRUE(pod) << row.why;
    EXPECT_EQ(health_endpoint(document, *pod, row.version), row.endpoint) << row.why;
    EXPECT_EQ(container_name(document, *pod), "api");
  }
}

TEST(EndpointOfFlags, KnowsNothingOfTheProbes) {
  const yaml::Document document = document_of(pod_with(
      "    command: [kube-apiserver, '--bind-address=::', --secure-port=8443]\n"
      "    livenessProbe:\n      httpGet: {host: 192.0.2.14, port: 6443, scheme: HTTPS}\n"));
  const auto pod = read_pod_manifest(document, audit::arity_of);
  ASSERT_TRUE(pod);
  EXPECT_EQ(endpoint_of_flags(pod->api_server),
            (HealthEndpoint{"127.0.0.1", 8443, true, "/readyz"}));
}

struct SameRow {
  const char* why;
  const char* a;
  const char* b;
  bool same;
};

TEST(SamePod, IsWhatTheKubeletsHashSees) {
  const SameRow rows[] = {
      {"equal", "a: 1\n", "a: 1\n", true},
      {"comments and style", "a: [x, 'z'] # why\n", "# because\na:\n- \"x\"\n- z\n", true},
      {"the order of keys", "a: 1\nb: 2\n", "b: 2\na: 1\n", true},
      {"null is absent", "a: 1\nb:\n", "a: 1\n", true},
      {"the last of equal keys", "a: 1\na: 2\n", "a: 2\n", true},
      {"an alias", "a: &x [1]\nb: *x\n", "a: [1]\nb: [1]\n", true},
      {"another document behind", "a: 1\n---\nb: 1\n", "a: 1\n", true},
      {"another value", "a: 1\n", "a: 2\n", false},
      {"another type", "a: 1\n", "a: '1'\n", false},
      {"the order of a list", "a: [x, y]\n", "a: [y, x]\n", false},
      {"a longer list", "a: [x]\n", "a: [x, y]\n", false},
      {"an empty list", "a: []\n", "b: 1\n", false},
      {"one key more", "a: 1\n", "a: 1\nb: 1\n", false},
      {"another key", "a: 1\n", "b: 1\n", false},
      {"true and false", "a: true\n", "a: false\n", false},
      {"two words for true", "a: true\n", "a: yes\n", true},
  };
  for (const SameRow& row : rows) {
    const yaml::Document a = document_of(row.a), b = document_of(row.b);
    EXPECT_EQ(same_pod(a, b), row.same) << row.why;
    EXPECT_EQ(same_pod(b, a), row.same) << row.why;
  }
}

}  // namespace
}  // namespace kaudit::kube
