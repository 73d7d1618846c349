// What the kubelet would find wrong with a whole Pod, as a table: a text, and the faults.

#include "kube/pod_validation.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/dump.h"
#include "yaml/parse.h"

namespace kaudit::kube {
namespace {

using support::said;
using support::source;

constexpr int kMinor = 30;

std::vector<PodFault> validate(const std::string& text, int minor = kMinor) {
  const auto document = yaml::parse(source(text));
  if (!document) return {{{}, "", "unreadable: " + said(document.error(), *source(text)), ""}};
  return validate_pod(*document, document->roots().front(), KubernetesVersion{1, minor, {}});
}

// The messages, one a line.
std::string faults(const std::string& text, int minor = kMinor) {
  std::string out;
  for (const PodFault& fault : validate(text, minor))
    out += (out.empty() ? "" : "\n") + fault.message;
  return out;
}

// A Pod that nothing is wrong with, with further lines for its parts.
std::string pod(const std::string& metadata, const std::string& container,
                const std::string& spec) {
  return "apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-apiserver\n" + metadata +
         "spec:\n  containers:\n  - name: kube-apiserver\n    image: example/kube-apiserver:v1\n" +
         container + spec;
}
std::string with_metadata(const std::string& lines) {
  return pod(lines, "", "");
}
std::string with_container(const std::string& lines) {
  return pod("", lines, "");
}
std::string with_spec(const std::string& lines) {
  return pod("", "", lines);
}

struct Row {
  std::string lines;
  std::string said;
};

void expect(std::string (*around)(const std::string&), const std::vector<Row>& rows,
            int minor = kMinor) {
  for (const Row& row : rows) EXPECT_EQ(faults(around(row.lines), minor), row.said) << row.lines;
}

std::string itself(const std::string& text) {
  return text;
}

// ---- what the kubelet takes ---------------------------------------------------------------------

TEST(PodValidation, TakesAWholePod) {
  EXPECT_EQ(faults(R"(apiVersion: v1
kind: Pod
metadata:
  annotations:
    Example.com/Note: "30"
  creationTimestamp: null
  deletionTimestamp: 2024-01-31T12:00:00Z
  generation: 3
  labels: {component: kube-apiserver, tier: '', example.com/x: A_b}
  name: kube-apiserver-
  namespace: kube-system
spec:
  activeDeadlineSeconds: 1
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms:
        - matchExpressions: [{key: a, operator: In, values: [b]}]
  automountServiceAccountToken: no
  containers:
  - args: []
    command: [kube-apiserver, '', null, "30", --a=b]
    env:
    - name: HOST_IP
      valueFrom: {fieldRef: {fieldPath: status.hostIP}}
    - {name: A, value: ''}
    image: example/kube-apiserver:v1
    imagePullPolicy: ''
    lifecycle: {preStop: {exec: {command: [sleep, "5"]}}}
    livenessProbe:
      failureThreshold: 8
      httpGet: {host: 127.0.0.1, path: /livez, port: 6443, scheme: HTTPS}
      successThreshold: 1
    name: kube-apiserver
    ports: [{containerPort: 6443, hostPort: 6443, name: https}]
    readinessProbe: {httpGet: {port: https}, successThreshold: 3}
    resources:
      limits: {memory: 1e9, example.com/device: 1}
      requests: {cpu: 250m, memory: 1000M, hugepages-2Mi: 0}
    securityContext:
      allowPrivilegeEscalation: true
      privileged: true
      runAsUser: 0
      seccompProfile: {type: Localhost, localhostProfile: a.json}
    startupProbe: {tcpSocket: {port: 0x192B}}
    volumeMounts:
    - {mountPath: relative/../x, mountPropagation: Bidirectional, name: a, subPath: b/c}
    - {mountPath: /b, name: b, readOnly: y, recursiveReadOnly: Enabled, subPathExpr: $(X)}
  - {name: other, image: i, ports: [{containerPort: 6443, protocol: UDP}, {containerPort: 6444}]}
  dnsConfig: {nameservers: [10.0.0.1]}
  dnsPolicy: None
  hostNetwork: true
  initContainers:
  - {name: first, image: i, ports: [{containerPort: 6443}]}
  - {name: stays, image: i, restartPolicy: Always, livenessProbe: {exec: {command: [x]}}}
  nodeSelector: {}
  priorityClassName: system-node-critical
  restartPolicy: Always
  securityContext: {fsGroup: 0, supplementalGroups: [1, 2], seccompProfile: {type: RuntimeDefault}}
  terminationGracePeriodSeconds: 30
  tolerations:
  - {operator: Exists, effect: NoExecute, tolerationSeconds: 5}
  - {key: a, value: b}
  unknownField: [1, {a: 2}]
  volumes:
  - {name: a, hostPath: {path: /a, type: ''}, emptyDir: null}
  - {name: b}
  - {name: c, emptyDir: {medium: Memory, sizeLimit: 1.5Gi}}
  - {name: d, secret: {secretName: s, defaultMode: 0440, items: [{key: k, path: p, mode: 256}]}}
  - {name: e, projected: {sources: [{configMap: {name: c}}]}}
status: {}
)"),
            "");
}

TEST(PodValidation, LeavesVolumesAndMountsToTheirRules) {
  EXPECT_EQ(faults(pod("",
                       "    volumeMounts:\n    - {name: nowhere, mountPath: /a}\n"
                       "    - {name: A_b, mountPath: /a}\n",
                       "  volumes:\n  - {name: A_b, hostPath: {path: ../x, type: Dir}}\n"
                       "  - {name: A_b, hostPath: {type: File}}\n  - name: ''\n  - {}\n")),
            "");
}

TEST(PodValidation, TakesTheLastOfDuplicateKeys) {
  expect(with_container, {{"    tty: 5\n    tty: true\n", ""},
                          {"    tty: true\n    tty: 5\n",
                           "spec.containers[0].tty is the number 5, and true or false is needed"}});
  expect(with_metadata, {{"  labels: {a: 1, a: b}\n", ""},
                         {"  labels: {a: b, a: 1}\n",
                          "metadata.labels.a is the number 1, and a string is needed"}});
}

// ---- the Pod itself -----------------------------------------------------------------------------

TEST(PodValidation, WantsAPod) {
  const std::string spec = "spec: {containers: [{name: a, image: i}]}\n";
  const std::string head = "apiVersion: v1\nkind: Pod\n";
  expect(
      itself,
      {{head + "metadata: {name: a}\n" + spec, ""},
       {"kind: Pod\nmetadata: {name: a}\n" + spec, "apiVersion is missing"},
       {"apiVersion: ''\nkind: Pod\nmetadata: {name: a}\n" + spec, "apiVersion is empty"},
       {"apiVersion: 1\nkind: Pod\nmetadata: {name: a}\n" + spec,
        "apiVersion is the number 1, and a string is needed"},
       {"apiVersion: v1\nkind: PodList\nmetadata: {name: a}\n" + spec,
        "kind is 'PodList', which is not allowed"},
       {"apiVersion: v1\nmetadata: {name: a}\n" + spec, "kind is missing"},
       {head + spec, "metadata is missing"},
       {head + "metadata:\n" + spec, "metadata is missing"},
       {head + "metadata: a\n" + spec, "metadata is the string 'a', and a mapping is needed"},
       {head + "metadata: {}\n" + spec, "metadata.name is missing"},
       {head + "metadata: {Name: a}\n" + spec, "metadata.name is missing"},
       {head + "metadata: {name: ''}\n" + spec, "metadata.name is empty"},
       {head + "metadata: {name: 5}\n" + spec,
        "metadata.name is the number 5, and a string is needed"},
       {head + "metadata: {name: Kube}\n" + spec, "metadata.name is 'Kube', which is not allowed"},
       {head + "metadata: {name: a.}\n" + spec, "metadata.name is 'a.', which is not allowed"},
       {head + "metadata: {name: a}\n", "spec is missing"},
       {head + "metadata: {name: a}\nspec: {}\n", "spec.containers is missing"},
       {head + "metadata: {name: a}\nspec: {containers: null}\n", "spec.containers is missing"},
       {head + "metadata: {name: a}\nspec: {containers: []}\n", "spec.containers is empty"},
       {head + "metadata: {name: a}\nspec: {containers: {name: a}}\n",
        "spec.containers is a mapping, and a list is needed"},
       {head + "metadata: {name: a}\nspec: {containers: [a]}\n",
        "spec.containers[0] is the string 'a', and a mapping is needed"},
       {head + "metadata: {name: a}\nspec: {containers: [null]}\n",
        "spec.containers[0].image is missing\nspec.containers[0].name is missing"},
       {"- a\n", "the Pod is a list, and a mapping is needed"}});
}

TEST(PodValidation, JudgesMetadata) {
  expect(
      with_metadata,
      {{"  namespace: kube_system\n", "metadata.namespace is 'kube_system', which is not allowed"},
       {"  labels: [a]\n", "metadata.labels is a list, and a mapping is needed"},
       {"  labels: {a: true}\n", "metadata.labels.a is the boolean true, and a string is needed"},
       {"  labels: {a: yes}\n",
        "metadata.labels.a is yes, which YAML reads as a boolean, and a string is needed"},
       {"  labels: {a: b c}\n", "metadata.labels.a is 'b c', which is not allowed"},
       {"  labels: {A/b/c: d}\n", "metadata.labels has the key 'A/b/c', which is not allowed"},
       {"  annotations: {a: 1.5}\n",
        "metadata.annotations.a is the number 1.5, and a string is needed"},
       {"  annotations: {a: null, b: any text}\n", ""},
       {"  annotations: {a: {b: c}}\n",
        "metadata.annotations.a is a mapping, and a string is needed"},
       {"  annotations: {a b: c}\n",
        "metadata.annotations has the key 'a b', which is not allowed"},
       {"  creationTimestamp: 2024-01-31\n",
        "metadata.creationTimestamp is the string '2024-01-31', and a time such as "
        "2024-01-31T12:00:00Z is needed"},
       {"  finalizers: a\n", "metadata.finalizers is the string 'a', and a list is needed"}});
}

// ---- types --------------------------------------------------------------------------------------

TEST(PodValidation, KnowsTheTypesOfFields) {
  expect(
      with_container,
      {{"    command: [a, 30]\n",
        "spec.containers[0].command[1] is the number 30, and a string is needed"},
       {"    command: [a, on]\n",
        "spec.containers[0].command[1] is on, which YAML reads as a boolean, and a string is "
        "needed"},
       {"    command:\n    - a\n    - --b: c\n",
        "spec.containers[0].command[1] is a mapping, and a string is needed"},
       {"    command:\n    - - a\n",
        "spec.containers[0].command[0] is a list, and a string is needed"},
       {"    command: a\n", "spec.containers[0].command is the string 'a', and a list is needed"},
       {"    args: 5\n", "spec.containers[0].args is the number 5, and a list is needed"},
       {"    tty: 'true'\n",
        "spec.containers[0].tty is the string 'true', and true or false is needed"},
       {"    ports: [{containerPort: '80'}]\n",
        "spec.containers[0].ports[0].containerPort is the string '80', and a whole number is "
        "needed"},
       {"    ports: [{containerPort: 80.5}]\n",
        "spec.containers[0].ports[0].containerPort is the number 80.5, and a whole number is "
        "needed"},
       {"    ports: [{containerPort: 80.0}]\n", ""},
       {"    livenessProbe: {httpGet: {port: true}}\n",
        "spec.containers[0].livenessProbe.httpGet.port is the boolean true, and a whole number or "
        "a string is needed"},
       {"    resources: {limits: {cpu: true}}\n",
        "spec.containers[0].resources.limits.cpu is the boolean true, and a quantity such as 250m "
        "or 1Gi is needed"},
       {"    resources: {limits: {cpu: 1gb}}\n",
        "spec.containers[0].resources.limits.cpu is the string '1gb', and a quantity such as 250m "
        "or 1Gi is needed"},
       {"    resources: [a]\n", "spec.containers[0].resources is a list, and a mapping is needed"},
       {"    securityContext: true\n",
        "spec.containers[0].securityContext is the boolean true, and a mapping is needed"},
       {"    env: [{name: A, value: 5}]\n",
        "spec.containers[0].env[0].value is the number 5, and a string is needed"},
       {"    env: {A: b}\n", "spec.containers[0].env is a mapping, and a list is needed"},
       {"    volumeMounts: [{name: 5, mountPath: /a, readOnly: 1}]\n",
        "spec.containers[0].volumeMounts[0].name is the number 5, and a string is needed\n"
        "spec.containers[0].volumeMounts[0].readOnly is the number 1, and true or false is "
        "needed"}});
  expect(
      with_spec,
      {{"  hostNetwork: 'yes'\n",
        "spec.hostNetwork is the string 'yes', and true or false is needed"},
       {"  priority: 2147483648\n", "spec.priority is 2147483648, which is out of range"},
       {"  priority: -2147483648\n", ""},
       {"  terminationGracePeriodSeconds: 9223372036854775807\n", ""},
       {"  terminationGracePeriodSeconds: 1e30\n",
        "spec.terminationGracePeriodSeconds is the number 1e30, and a whole number is needed"},
       {"  volumes: [{name: 5, hostPath: {path: 7, type: [File]}}]\n",
        "spec.volumes[0].name is the number 5, and a string is needed\n"
        "spec.volumes[0].hostPath.path is the number 7, and a string is needed\n"
        "spec.volumes[0].hostPath.type is a list, and a string is needed"},
       {"  volumes: [{name: a, hostPath: /a}]\n",
        "spec.volumes[0].hostPath is the string '/a', and a mapping is needed"},
       {"  volumes: {a: b}\n", "spec.volumes is a mapping, and a list is needed"},
       {"  nodeSelector: {a: 1}\n", "spec.nodeSelector.a is the number 1, and a string is needed"},
       {"status: [a]\n", "status is a list, and a mapping is needed"}});
}

TEST(PodValidation, FollowsTags) {
  expect(with_metadata,
         {{"  annotations: {a: !!str 30, b: ! 30, c: !!str yes}\n", ""},
          {"  annotations: {a: !!int \"30\"}\n",
           "metadata.annotations.a is the number 30, and a string is needed"},
          {"  annotations: {a: !!bool \"yes\"}\n",
           "metadata.annotations.a is yes, which YAML reads as a boolean, and a string is needed"},
          {"  annotations: {a: !!null \"x\"}\n", ""}});
}

TEST(PodValidation, ReadsJsonAsJson) {
  const auto json = [](const std::string& port, const std::string& value) {
    return R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{)"
           R"("name":"a","image":"i","tty":)" +
           value + R"(,"ports":[{"containerPort":)" + port + "}]}]}}";
  };
  EXPECT_EQ(faults(json("80", "true")), "");
  EXPECT_EQ(faults(json("80", "\"yes\"")),
            "spec.containers[0].tty is the string 'yes', and true or false is needed");
  EXPECT_EQ(faults(json("80.0", "true")),
            "spec.containers[0].ports[0].containerPort is the number 80.0, and a whole number is "
            "needed");
  EXPECT_EQ(faults(json("8e1", "null")),
            "spec.containers[0].ports[0].containerPort is the number 8e1, and a whole number is "
            "needed");
}

TEST(PodValidation, FindsWhatJsonCannotSay) {
  expect(
      with_spec,
      {{"  unknown: {a: [.inf]}\n", "spec.unknown.a[0] is .inf, a number that JSON does not have"},
       {"  unknown: {a: -.Inf}\n", "spec.unknown.a is -.Inf, a number that JSON does not have"},
       {"  priority: .nan\n", "spec.priority is the number .nan, and a whole number is needed"},
       {"  unknown: {.inf: a, '.nan': .NAN.}\n", ""},
       {"  unknown: {~: a}\n", "spec.unknown has a key that is no string"},
       {"  unknown: {true: a, 5: b}\n", ""},
       {"  unknown:\n    ? [a]\n    : b\n", "spec.unknown has a key that is no string"}});
}

// ---- aliases and merge keys ---------------------------------------------------------------------

TEST(PodValidation, FollowsAliases) {
  EXPECT_EQ(faults("x: &n 5\ny: &c {name: a, image: *n}\napiVersion: v1\nkind: Pod\n"
                   "metadata: {name: a}\nspec:\n  containers:\n  - *c\n  - {name: b, image: *n}\n"),
            "spec.containers[0].image is the number 5, and a string is needed\n"
            "spec.containers[1].image is the number 5, and a string is needed");
}

TEST(PodValidation, FollowsMergeKeysInTheirOrder) {
  const auto merged = [](const std::string& container) {
    return "a: &a {image: 1}\nb: &b {image: i, tty: 2}\nc: &c {<<: *a, tty: 3}\napiVersion: v1\n"
           "kind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - " +
           container + "\n";
  };
  const std::string image = "spec.containers[0].image is the number 1, and a string is needed";
  const std::string tty = "spec.containers[0].tty is the number {}, and true or false is needed";
  EXPECT_EQ(faults(merged("{name: a, <<: *a}")), image);
  // go-yaml v2 sets what a merge key brings where it stands.
  EXPECT_EQ(faults(merged("{name: a, <<: *a, image: i}")), "");
  EXPECT_EQ(faults(merged("{name: a, image: i, <<: *a}")), image);
  // Of several the first counts most.
  EXPECT_EQ(faults(merged("{name: a, <<: [*a, *b], tty: true}")), image);
  EXPECT_EQ(faults(merged("{name: a, <<: [*b, *a], tty: true}")), "");
  EXPECT_EQ(faults(merged("{name: a, <<: *c}")), image + "\n" + fmt::format(fmt::runtime(tty), 3));
  EXPECT_EQ(faults(merged("{name: a, image: i, \"<<\": *b}")), "");
}

TEST(PodValidation, WantsMappingsBehindMergeKeys) {
  const std::string fault = "spec.x has a merge key that names no mapping";
  expect(with_spec, {{"  x: {<<: 5}\n", fault},
                     {"  x: {<<: null}\n", fault},
                     {"  x: {<<: [{}, a]}\n", fault},
                     {"  y: &l [{}]\n  x: {<<: *l}\n", fault},
                     {"  x: {<<: {}}\n", ""},
                     {"  x: {<<: [{}, {}]}\n", ""}});
}

TEST(PodValidation, EndsInDeepMerges) {
  std::string text = "x0: &x0 {tty: 5}\n";
  for (int i = 1; i <= 150; ++i) text += fmt::format("x{0}: &x{0} {{<<: *x{1}}}\n", i, i - 1);
  // The parser refuses a document that is nearly all aliases.
  text += "more: [";
  for (int i = 0; i < 2000; ++i) text += "a, ";
  text += "a]\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n";
  const std::string container = "  - {name: a, image: i, <<: *x";
  EXPECT_EQ(faults(text + container + "99}\n"),
            "spec.containers[0].tty is the number 5, and true or false is needed");
  EXPECT_EQ(faults(text + container + "150}\n"), "");
}

// ---- containers ---------------------------------------------------------------------------------

TEST(PodValidation, JudgesContainers) {
  const auto containers = [](const std::string& lines) {
    return "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n" + lines;
  };
  expect(
      containers,
      {{"  - {name: a}\n", "spec.containers[0].image is missing"},
       {"  - {name: a, image: ''}\n", "spec.containers[0].image is empty"},
       {"  - {name: a, image: ' i'}\n", "spec.containers[0].image is ' i', which is not allowed"},
       {"  - name: a\n    image: |\n      i\n",
        "spec.containers[0].image is 'i…', which is not allowed"},
       {"  - {image: i}\n", "spec.containers[0].name is missing"},
       {"  - {name: a.b, image: i}\n", "spec.containers[0].name is 'a.b', which is not allowed"},
       {"  - {name: a, image: i}\n  - {name: a, image: i}\n",
        "spec.containers[1].name is 'a', the name of another container"},
       {"  - {name: a, image: i}\n  initContainers:\n  - {name: a, image: i}\n",
        "spec.initContainers[0].name is 'a', the name of another container"},
       {"  - {name: a, image: i}\n  initContainers:\n  - {name: b}\n",
        "spec.initContainers[0].image is missing"},
       {"  - {name: a, image: i}\n  initContainers:\n"
        "  - {name: b, image: i, livenessProbe: {exec: {command: [x]}}, lifecycle: {}}\n",
        "spec.initContainers[0].livenessProbe is set, and no init container may have it\n"
        "spec.initContainers[0].lifecycle is set, and no init container may have it"},
       {"  - {name: a, image: i}\n  ephemeralContainers:\n  - {name: b, image: i}\n",
        "spec.ephemeralContainers is set, and no new Pod may have it"},
       {"  - {name: a, image: i}\n  ephemeralContainers: []\n", ""}});
}

TEST(PodValidation, KnowsTheWords) {
  expect(with_container,
         {{"    imagePullPolicy: always\n",
           "spec.containers[0].imagePullPolicy is 'always', which is not allowed"},
          {"    terminationMessagePolicy: Log\n",
           "spec.containers[0].terminationMessagePolicy is 'Log', which is not allowed"},
          {"    ports: [{containerPort: 1, protocol: tcp}]\n",
           "spec.containers[0].ports[0].protocol is 'tcp', which is not allowed"},
          {"    livenessProbe: {httpGet: {port: 1, scheme: https}}\n",
           "spec.containers[0].livenessProbe.httpGet.scheme is 'https', which is not allowed"},
          {"    securityContext: {seccompProfile: {type: runtime/default}}\n",
           "spec.containers[0].securityContext.seccompProfile.type is 'runtime/default', which is "
           "not allowed"},
          {"    volumeMounts: [{name: a, mountPath: /a, mountPropagation: ''}]\n",
           "spec.containers[0].volumeMounts[0].mountPropagation is '', which is not allowed"}});
  expect(with_spec,
         {{"  restartPolicy: always\n", "spec.restartPolicy is 'always', which is not allowed"},
          {"  dnsPolicy: Cluster\n", "spec.dnsPolicy is 'Cluster', which is not allowed"},
          {"  tolerations: [{operator: Exists, effect: NoRun}]\n",
           "spec.tolerations[0].effect is 'NoRun', which is not allowed"}});
}

TEST(PodValidation, JudgesMounts) {
  const auto mount = [](const std::string& fields) {
    return with_container("    volumeMounts:\n    - {" + fields + "}\n");
  };
  const std::string path = "spec.containers[0].volumeMounts[0]";
  expect(mount,
         {{"mountPath: /a", path + ".name is missing"},
          {"mountPath: /a, name: ''", path + ".name is empty"},
          {"name: a", path + ".mountPath is missing"},
          {"name: a, mountPath: ''", path + ".mountPath is empty"},
          {"name: a, mountPath: /a, subPath: /b", path + ".subPath is '/b', which is not allowed"},
          {"name: a, mountPath: /a, subPath: b/../c",
           path + ".subPath is 'b/../c', which is not allowed"},
          {"name: a, mountPath: /a, subPathExpr: ../$(X)",
           path + ".subPathExpr is '../$(X)', which is not allowed"},
          {"name: a, mountPath: /a, subPath: b, subPathExpr: c",
           path + ".subPathExpr is given, and so is subPath"},
          {"name: a, mountPath: /a, subPath: '', subPathExpr: c", ""},
          {"name: a, mountPath: /a, mountPropagation: Bidirectional",
           path + ".mountPropagation is Bidirectional, and the container is not privileged"},
          {"name: a, mountPath: /a, mountPropagation: HostToContainer", ""},
          {"name: a, mountPath: /a, recursiveReadOnly: Enabled",
           path + ".recursiveReadOnly is Enabled, and the mount is writable or has a "
                  "mountPropagation"},
          {"name: a, mountPath: /a, readOnly: true, recursiveReadOnly: IfPossible, "
           "mountPropagation: HostToContainer",
           path + ".recursiveReadOnly is IfPossible, and the mount is writable or has a "
                  "mountPropagation"},
          {"name: a, mountPath: /a, readOnly: true, recursiveReadOnly: IfPossible, "
           "mountPropagation: None",
           ""},
          {"name: a, mountPath: /a, recursiveReadOnly: Disabled", ""}});
  expect(mount, {{"name: a, mountPath: /a, recursiveReadOnly: 5", ""}}, 29);
}

TEST(PodValidation, JudgesProbesAndHandlers) {
  const std::string probe = "spec.containers[0].livenessProbe";
  expect(
      with_container,
      {{"    livenessProbe: {}\n", probe + " has no handler"},
       {"    livenessProbe: {exec: {}}\n", probe + ".exec.command is missing"},
       {"    livenessProbe: {exec: {command: []}}\n", probe + ".exec.command is empty"},
       {"    livenessProbe: {exec: {command: [a]}, tcpSocket: {port: 1}}\n",
        probe + " has more than one handler: exec and tcpSocket"},
       {"    livenessProbe: {httpGet: {}}\n", probe + ".httpGet.port is missing"},
       {"    livenessProbe: {httpGet: {port: 0}}\n",
        probe + ".httpGet.port is 0, which is out of range"},
       {"    livenessProbe: {httpGet: {port: 65536}}\n",
        probe + ".httpGet.port is 65536, which is out of range"},
       {"    livenessProbe: {httpGet: {port: '6443'}}\n",
        probe + ".httpGet.port is '6443', which is not allowed"},
       {"    livenessProbe: {tcpSocket: {port: 1}, timeoutSeconds: -1}\n",
        probe + ".timeoutSeconds is -1, which is out of range"},
       {"    livenessProbe: {tcpSocket: {port: 1}, successThreshold: 2}\n",
        probe + ".successThreshold is 2, which is not allowed"},
       {"    livenessProbe: {grpc: {port: 1}}\n", ""},
       {"    lifecycle: {preStop: {}}\n", "spec.containers[0].lifecycle.preStop has no handler"}});
  // The release does not know the field yet.
  expect(with_container, {{"    livenessProbe: {grpc: {port: 1}}\n", probe + " has no handler"}},
         22);
}

TEST(PodValidation, JudgesPorts) {
  const auto ports = [](const std::string& list) {
    return with_container("    ports: [" + list + "]\n");
  };
  const std::string port = "spec.containers[0].ports[0]";
  expect(
      ports,
      {{"{}", port + ".containerPort is missing"},
       {"{containerPort: 0}", port + ".containerPort is 0, which is out of range"},
       {"{containerPort: 1, hostPort: 65536}", port + ".hostPort is 65536, which is out of range"},
       {"{containerPort: 1, name: Https}", port + ".name is 'Https', which is not allowed"},
       {"{containerPort: 1, name: a}, {containerPort: 2, name: a}",
        "spec.containers[0].ports[1].name is 'a', the name of another port"},
       {"{containerPort: 1, hostPort: 3}, {containerPort: 2, hostPort: 3}",
        "spec.containers[0].ports[1] takes port 3 of the host a second time"},
       {"{containerPort: 1, hostPort: 3}, {containerPort: 2, hostPort: 3, protocol: UDP}", ""},
       {"{containerPort: 1, hostPort: 3}, {containerPort: 2, hostPort: 3, hostIP: 10.0.0.1}", ""},
       {"{containerPort: 1}, {containerPort: 1}", ""}});
  EXPECT_EQ(faults(pod("", "    ports: [{containerPort: 1, hostPort: 2}, {containerPort: 3}]\n",
                       "  - {name: b, image: i, ports: [{containerPort: 3}]}\n"
                       "  hostNetwork: true\n")),
            "spec.containers[0].ports[0].hostPort is 2, and containerPort is 1\n"
            "spec.containers[1].ports[0] takes port 3 of the host a second time");
}

TEST(PodValidation, JudgesVariables) {
  const auto env = [](const std::string& variable) {
    return with_container("    env: [{" + variable + "}]\n");
  };
  const std::string path = "spec.containers[0].env[0]";
  expect(env,
         {{"value: a", path + ".name is missing"},
          {"name: 1a, value: a", path + ".name is '1a', which is not allowed"},
          {"name: A, valueFrom: {}", path + ".valueFrom has no source"},
          {"name: A, value: b, valueFrom: {fieldRef: {fieldPath: status.podIP}}",
           path + ".valueFrom is given, and so is value"},
          {"name: A, valueFrom: {fieldRef: {}}", path + ".valueFrom.fieldRef.fieldPath is missing"},
          {"name: A, valueFrom: {fieldRef: {fieldPath: status.ip}}",
           path + ".valueFrom.fieldRef.fieldPath is 'status.ip', which is not allowed"},
          {"name: A, valueFrom: {secretKeyRef: {name: s}}",
           path + ".valueFrom.secretKeyRef.key is missing"},
          {"name: A, valueFrom: {secretKeyRef: {name: s, key: k}, configMapKeyRef: {name: c, key: "
           "k}}",
           path + ".valueFrom has more than one source: configMapKeyRef and secretKeyRef"}});
  EXPECT_EQ(faults(env("name: 1a"), 31), path + ".name is '1a', which is not allowed");
  EXPECT_EQ(faults(env("name: 1a"), 32), "");
  EXPECT_EQ(faults(env("name: a=b"), 32), path + ".name is 'a=b', which is not allowed");
}

TEST(PodValidation, JudgesResources) {
  const auto resources = [](const std::string& fields) {
    return with_container("    resources: {" + fields + "}\n");
  };
  const std::string path = "spec.containers[0].resources";
  expect(resources,
         {{"limits: {cpus: 1}", path + ".limits names 'cpus', which is no resource of a container"},
          {"requests: {memory: -1Mi}", path + ".requests.memory is -1Mi, which is below zero"},
          {"limits: {cpu: 1}, requests: {cpu: 1000m}", ""},
          {"limits: {cpu: 0.1}, requests: {cpu: 100m}", ""},
          {"limits: {cpu: 1}, requests: {cpu: 1001m}",
           path + ".requests.cpu is 1001m, and the limit is 1"},
          {"requests: {cpu: 2, memory: 1Gi}, limits: {memory: 1G}",
           path + ".requests.memory is 1Gi, and the limit is 1G"}});
}

TEST(PodValidation, JudgesSecurity) {
  expect(with_container,
         {{"    securityContext: {runAsUser: -1}\n",
           "spec.containers[0].securityContext.runAsUser is -1, which is out of range"},
          {"    securityContext: {runAsGroup: 2147483648}\n",
           "spec.containers[0].securityContext.runAsGroup is 2147483648, which is out of range"},
          {"    securityContext: {privileged: true, allowPrivilegeEscalation: no}\n",
           "spec.containers[0].securityContext.allowPrivilegeEscalation is false, and privileged "
           "is true"},
          {"    securityContext: {seccompProfile: {}}\n",
           "spec.containers[0].securityContext.seccompProfile.type is missing"},
          {"    securityContext: {seccompProfile: {type: Localhost}}\n",
           "spec.containers[0].securityContext.seccompProfile has the type Localhost, and no "
           "localhostProfile"},
          {"    securityContext: {seccompProfile: {type: Unconfined, localhostProfile: a}}\n",
           "spec.containers[0].securityContext.seccompProfile.localhostProfile is given, and the "
           "type is 'Unconfined'"}});
  expect(with_container, {{"    securityContext: {seccompProfile: 5}\n", ""}}, 18);
  expect(with_spec, {{"  securityContext: {supplementalGroups: [1, -2]}\n",
                      "spec.securityContext.supplementalGroups[1] is -2, which is out of range"}});
}

TEST(PodValidation, JudgesTheRestOfTheSpec) {
  expect(
      with_spec,
      {{"  hostname: A.b\n", "spec.hostname is 'A.b', which is not allowed"},
       {"  priorityClassName: a b\n", "spec.priorityClassName is 'a b', which is not allowed"},
       {"  activeDeadlineSeconds: 0\n", "spec.activeDeadlineSeconds is 0, which is out of range"},
       {"  dnsPolicy: None\n", "spec.dnsPolicy is None, and there is no name server"},
       {"  dnsPolicy: None\n  dnsConfig: {nameservers: []}\n",
        "spec.dnsPolicy is None, and there is no name server"},
       {"  hostPID: true\n  shareProcessNamespace: true\n",
        "spec.shareProcessNamespace is true, and so is hostPID"},
       {"  hostPID: true\n  shareProcessNamespace: false\n", ""},
       {"  tolerations: [{effect: NoSchedule}]\n",
        "spec.tolerations[0] has no key, and its operator is not Exists"},
       {"  tolerations: [{key: a, operator: Exists, value: b}]\n",
        "spec.tolerations[0].value is given, and the operator is Exists"},
       {"  tolerations: [{key: a, effect: NoSchedule, tolerationSeconds: 1}]\n",
        "spec.tolerations[0].tolerationSeconds is given, and the effect is not NoExecute"},
       {"  volumes: [{name: a, emptyDir: {}, hostPath: {path: /a}}]\n",
        "spec.volumes[0] has more than one source: emptyDir and hostPath"},
       {"  volumes: [{name: a, configMap: {}}]\n", "spec.volumes[0].configMap.name is missing"},
       {"  volumes: [{name: a, secret: {secretName: s, defaultMode: 512}}]\n",
        "spec.volumes[0].secret.defaultMode is 512, which is out of range"},
       {"  volumes: [{name: a, secret: {secretName: s, items: [{key: k, path: ../p}]}}]\n",
        "spec.volumes[0].secret.items[0].path is '../p', which is not allowed"},
       {"  volumes: [{name: a, emptyDir: {sizeLimit: -1}}]\n",
        "spec.volumes[0].emptyDir.sizeLimit is -1, which is below zero"}});
}

// ---- objects of the API -------------------------------------------------------------------------

TEST(PodValidation, ForbidsReferencesToTheApi) {
  const auto refers = [](const std::string& path, const std::string& object, int minor = 34) {
    return fmt::format("{} refers to {}, which from Kubernetes 1.{} on no static Pod may", path,
                       object, minor);
  };
  const auto volume = [](const std::string& source) {
    return with_spec("  volumes: [{name: a, " + source + "}]\n");
  };
  const auto env = [](const std::string& fields) { return with_container("    " + fields + "\n"); };
  const std::vector<Row> rows{
      {with_spec("  serviceAccountName: a\n"),
       refers("spec.serviceAccountName", "a ServiceAccount")},
      {with_spec("  serviceAccount: a\n"), refers("spec.serviceAccount", "a ServiceAccount")},
      {with_spec("  imagePullSecrets: [{name: a}]\n"),
       refers("spec.imagePullSecrets[0].name", "a Secret")},
      {volume("secret: {secretName: s}"), refers("spec.volumes[0].secret", "a Secret")},
      {volume("configMap: {name: s}"), refers("spec.volumes[0].configMap", "a ConfigMap")},
      {volume("persistentVolumeClaim: {claimName: s}"),
       refers("spec.volumes[0].persistentVolumeClaim", "a PersistentVolumeClaim")},
      {volume("csi: {driver: d}"), refers("spec.volumes[0].csi", "a CSIDriver")},
      {volume("rbd: {secretRef: {name: s}}"),
       refers("spec.volumes[0].rbd.secretRef.name", "a Secret")},
      {volume("projected: {sources: [{serviceAccountToken: {path: t}}]}"),
       refers("spec.volumes[0].projected.sources[0].serviceAccountToken", "a ServiceAccount")},
      {env("env: [{name: A, valueFrom: {configMapKeyRef: {name: c, key: k}}}]"),
       refers("spec.containers[0].env[0].valueFrom.configMapKeyRef.name", "a ConfigMap")},
      {env("env: [{name: A, valueFrom: {secretKeyRef: {name: c, key: k}}}]"),
       refers("spec.containers[0].env[0].valueFrom.secretKeyRef.name", "a Secret")},
      {env("envFrom: [{configMapRef: {name: c}}, {secretRef: {name: s}}]"),
       refers("spec.containers[0].envFrom[0].configMapRef.name", "a ConfigMap") + "\n" +
           refers("spec.containers[0].envFrom[1].secretRef.name", "a Secret")}};
  for (const Row& row : rows) {
    EXPECT_EQ(faults(row.lines, 33), "") << row.lines;
    EXPECT_EQ(faults(row.lines, 34), row.said) << row.lines;
  }
  for (const std::string& text :
       {with_spec("  serviceAccountName: ''\n  resourceClaims: []\n  imagePullSecrets: [{}]\n"),
        volume("downwardAPI: {items: [{path: p, fieldRef: {fieldPath: metadata.labels}}]}"),
        volume("nfs: {server: s, path: /}"), volume("emptyDir: {}")})
    EXPECT_EQ(faults(text, 34), "") << text;
  const std::string claims = with_spec("  resourceClaims: [{name: a}]\n");
  EXPECT_EQ(faults(claims, 31), "");
  EXPECT_EQ(faults(claims, 32), refers("spec.resourceClaims", "a ResourceClaim", 32));
}

// ---- faults -------------------------------------------------------------------------------------

TEST(PodValidation, SaysWhereAndHow) {
  const std::string text = with_container(
      "    volumeMounts:\n    - mountPath: /a\n    command:\n    - a\n    - 030\n    tty: 'on'\n"
      "    workingDir: {{X}: y}\n");
  std::string out;
  for (const PodFault& fault : validate(text)) {
    const text::Position at = source(text)->position(fault.place.begin);
    out += fmt::format("{}:{} [{}] {}\n", at.line, at.column, fault.path, fault.hint);
  }
  EXPECT_EQ(out,
            "10:7 [spec.containers[0].volumeMounts[0].name] add it\n"
            "13:7 [spec.containers[0].command[1]] quote it: \"030\"\n"
            "14:10 [spec.containers[0].tty] remove the quotes\n"
            "15:17 [spec.containers[0].workingDir] if it is one text, quote it: braces make a "
            "mapping\n"
            "15:18 [spec.containers[0].workingDir] write a string before the colon\n");
}

TEST(PodValidation, ShowsTheFirstLineOfLongValues) {
  expect(with_spec, {{"  dnsPolicy: |\n    first\n    second\n",
                      "spec.dnsPolicy is 'first…', which is not allowed"},
                     {"  dnsPolicy: " + std::string(59, 'x') + "äy\n",
                      "spec.dnsPolicy is '" + std::string(59, 'x') + "…', which is not allowed"}});
}

TEST(PodValidation, StopsAtAHundredFaults) {
  std::string command = "    command:\n";
  for (int i = 0; i < 200; ++i) command += "    - 1\n";
  EXPECT_EQ(validate(with_container(command)).size(), 100U);
  std::string unknown = "  unknown:\n";
  for (int i = 0; i < 200; ++i) unknown += "  - .inf\n";
  EXPECT_EQ(validate(with_spec(unknown)).size(), 100U);
}

}  // namespace
}  // namespace kaudit::kube
