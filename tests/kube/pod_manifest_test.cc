// What is read out of a static Pod, and what is refused with its place.

#include "kube/pod_manifest.h"

#include <gtest/gtest.h>

#include "support/given.h"

namespace kaudit::kube {
namespace {

using support::Pod;
using support::said;
using support::source;
using support::text_of;

text::Result<PodManifest> read(const std::string& text) {
  const auto document = yaml::parse(source(text));
  if (!document) return std::unexpected(document.error());
  return read_pod_manifest(*document, audit::arity_of);
}

std::string refusal(const std::string& text) {
  const auto pod = read(text);
  return pod ? "accepted" : said(pod.error(), *source(text));
}

// "kube-apiserver --x; v=/p:File; v@/m"
std::string summary(const std::string& text) {
  const auto pod = read(text);
  if (!pod) return said(pod.error(), *source(text));
  const ApiServer& server = pod->api_server;
  std::string out;
  for (const Argument& a : server.arguments)
    out += (out.empty() ? "" : " ") + a.value + (a.in_args ? "'" : "");
  for (const Volume& v : server.volumes)
    out += fmt::format("; {}={}", v.name,
                       v.host_path
                           ? fmt::format("{}:{}", v.host_path->path, to_string(v.host_path->type))
                           : v.source);
  for (const VolumeMount& m : server.mounts)
    out += fmt::format("; {}@{}{}{}{}", m.name, m.mount_path, m.read_only ? " ro" : "",
                       m.sub_path.empty() ? "" : " sub " + m.sub_path,
                       m.has_sub_path_expr ? " expr" : "");
  for (const ForeignMount& m : server.foreign_mounts)
    out += fmt::format("; {}: {}@{}", m.container, m.mount.name, m.mount.mount_path);
  return out;
}

const std::string kHead = "apiVersion: v1\nkind: Pod\nspec:\n";

TEST(PodManifest, ReadsTheListsInOrder) {
  EXPECT_EQ(summary(kHead + "  containers:\n"
                            "  - args: [--b, '--c=1']\n"
                            "    command:\n    - kube-apiserver\n    - --a\n"
                            "    volumeMounts:\n"
                            "    - {mountPath: /m, name: v, readOnly: true}\n"
                            "    - {mountPath: /n, name: w, subPath: s, readOnly: false}\n"
                            "    - {mountPath: /o, name: w, subPathExpr: $(X)}\n"
                            "  volumes:\n"
                            "  - name: v\n    hostPath: {path: /p, type: File}\n"
                            "  - emptyDir: {}\n    name: w\n"
                            "  - hostPath: {path: /q, type: null}\n    name: x\n"),
            "kube-apiserver --a --b' --c=1'; v=/p:File; w=emptyDir; x=/q:; v@/m ro; w@/n sub s; "
            "w@/o expr");
}

TEST(PodManifest, FindsTheContainerByItsCommand) {
  const auto pod = [](const std::string& containers) {
    return summary(kHead + "  containers:\n" + containers);
  };
  EXPECT_EQ(pod("  - name: kube-apiserver\n    command: [etcd]\n  - command: [/bin/kube-apiserver, "
                "--x]\n"),
            "/bin/kube-apiserver --x");
  EXPECT_EQ(pod("  - command: [hyperkube, apiserver]\n"), "hyperkube apiserver");
  EXPECT_EQ(pod("  - command: [/go-runner, --also-stdout=true]\n    args: [kube-apiserver, --x]\n"),
            "/go-runner --also-stdout=true kube-apiserver' --x'");
  EXPECT_EQ(pod("  - args: [kube-apiserver, --x]\n"), "kube-apiserver' --x'");
  EXPECT_EQ(
      pod("  - image: registry.example:5000/a/kube-apiserver:v1.30.1@sha256:aa\n    args: [--x]\n"),
      "--x'");
  EXPECT_EQ(pod("  - image: kube-apiserver\n    command: [etcd]\n").substr(0, 4),
            "5:3 ");  // a command decides against the image
}

TEST(PodManifest, ReadsMountsOfOtherContainers) {
  EXPECT_EQ(summary(kHead + "  initContainers:\n  - name: i\n    command: [kube-apiserver]\n    "
                            "volumeMounts: [{name: v, mountPath: /i}]\n"
                            "  containers:\n  - command: [kube-apiserver]\n  - name: s\n    "
                            "volumeMounts: [{name: v, mountPath: /s}]\n"),
            "kube-apiserver; i: v@/i; s: v@/s");
}

TEST(PodManifest, TakesNullAndEmptyListsAsNone) {
  for (const char* none : {"", " null", " ~", " []"}) {
    EXPECT_EQ(summary(kHead + "  containers:\n  - command: [kube-apiserver]\n    args:" + none +
                      "\n    volumeMounts:" + none + "\n  volumes:" + none + "\n"),
              "kube-apiserver")
        << none;
  }
}

TEST(PodManifest, ReadsAliasesAsItems) {
  EXPECT_EQ(summary(kHead + "  x: &flag --a=1\n  v: &v {name: v, hostPath: {path: /p}}\n  "
                            "containers:\n  - command: [kube-apiserver, *flag]\n  volumes: [*v]\n"),
            "kube-apiserver --a=1; v=/p:");
}

TEST(PodManifest, ReadsTheRest) {
  const auto pod = read(
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  namespace: kube-system\n  uid: u\n  "
      "annotations: {kaudit.io/policy-sha256: \"12\"}\n"
      "spec:\n  securityContext: {runAsUser: 5, runAsGroup: 6}\n  containers:\n  - command: "
      "[kube-apiserver]\n"
      "    image: kube-apiserver:v1.30.1\n    securityContext: {runAsUser: 7}\n    env: [{name: A, "
      "value: b}, {name: C, valueFrom: {}}]\n");
  ASSERT_TRUE(pod);
  const ApiServer& server = pod->api_server;
  EXPECT_EQ(server.pod_name, "a");
  EXPECT_EQ(server.pod_namespace, "kube-system");
  EXPECT_TRUE(server.uid);
  EXPECT_EQ(server.policy_sha256, "12");
  EXPECT_EQ(server.run_as_user, 7);
  EXPECT_EQ(server.run_as_group, 6);
  EXPECT_EQ(server.image, "kube-apiserver:v1.30.1");
  EXPECT_EQ(server.version->text(), "1.30.1");
  EXPECT_EQ(server.env, (std::map<std::string, std::string, std::less<>>{{"A", "b"}}));
  const auto bare = read(kHead + "  containers:\n  - command: [kube-apiserver]\n");
  EXPECT_EQ(bare->api_server.pod_namespace, "default");
  EXPECT_FALSE(bare->api_server.uid || bare->api_server.policy_sha256 || bare->api_server.version);
}

TEST(PodManifest, PointsAtWhatItRead) {
  const std::string text =
      kHead + "  containers:\n  - command:\n    - kube-apiserver\n    - &a '--x=1'\n";
  const auto pod = read(text);
  ASSERT_TRUE(pod);
  const text::Span span = pod->api_server.arguments[1].span;
  EXPECT_EQ(text.substr(span.begin, span.size()), "'--x=1'");
}

TEST(PodManifest, WarnsAndGoesOn) {
  const std::string text =
      kHead + "  a: {b: 1, b: 2}\n  containers:\n  - command: [kube-apiserver]\n---\nx\n";
  const auto pod = read(text);
  ASSERT_TRUE(pod);
  std::string warnings;
  for (const text::Error& w : pod->warnings) warnings += said(w, *source(text)) + "\n";
  EXPECT_EQ(warnings,
            "8:1 the kubelet reads only the first document of a static Pod manifest; the rest is "
            "left alone\n"
            "4:13 duplicate key 'b'; the kubelet reads the last one\n");
}

TEST(PodManifest, RefusesWhatIsNoPodOfTheApiServer) {
  const std::string give = " (give the API server's static Pod manifest)";
  const std::string usually =
      " (give the API server's static Pod manifest, usually "
      "/etc/kubernetes/manifests/kube-apiserver.yaml)";
  const std::string nor = " (the kubelet cannot read this Pod either)";
  const std::string run = " (the kubelet cannot run this Pod either)";
  struct Row {
    std::string text;
    std::string refusal;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"", "the file is empty" + give},
           {"# a\n", "the file holds no document" + give},
           {"a\n", "1:1 the first document is no Pod, and the kubelet reads only the first" + give},
           {"- a\n",
            "1:1 the first document is no Pod, and the kubelet reads only the first" + give},
           {"---\n---\n" + kHead,
            "1:4 the first document is no Pod, and the kubelet reads only the first" + give},
           {"a: b\n",
            "1:1 the first document has no kind, and the kubelet reads only the first" + give},
           {"kind: Deployment\n",
            "1:7 the first document is of kind Deployment, not a Pod, and the kubelet reads only "
            "the "
            "first" +
                usually},
           {"kind: Service\n---\n" + kHead,
            "1:7 the first document is of kind Service, not a Pod, and the kubelet reads only the "
            "first" +
                usually},
           {"kind: Pod\n", "1:7 the Pod's apiVersion is not v1" + nor},
           {"apiVersion: v2\nkind: Pod\n", "1:13 the Pod's apiVersion is not v1" + nor},
           {"apiVersion: v1\nkind: Pod\n", "1:1 the Pod has no spec" + run},
           {"apiVersion: v1\nkind: Pod\nspec:\n", "3:1 the Pod has no spec" + run},
           {"apiVersion: v1\nkind: Pod\nspec: a\n", "3:7 spec is not a mapping" + nor},
           {kHead + "  a: b\n", "3:1 the Pod has no containers" + run},
           {kHead + "  containers: []\n", "3:1 the Pod has no containers" + run},
           {kHead + "  containers: {a: b}\n", "4:15 spec.containers is not a list" + nor},
           {kHead + "  containers:\n  - command: [etcd]\n",
            "5:3 no container of the Pod runs kube-apiserver" + usually},
           {kHead + "  containers:\n  - command: [kube-apiserver]\n    args: a\n",
            "6:11 args is not a list" + nor},
           {kHead + "  containers:\n  - command: [kube-apiserver, null]\n",
            "5:31 spec.containers[0].command[1] is null (remove the item)"},
           {kHead + "  containers:\n  - command:\n    - kube-apiserver\n    -\n",
            "7:6 spec.containers[0].command[1] is null (remove the item)"},
           {kHead + "  containers:\n  - command: [kube-apiserver, 12]\n",
            "5:31 spec.containers[0].command[1] is not a string (quote it; the kubelet cannot read "
            "this Pod either)"},
           {kHead + "  containers:\n  - command: [kube-apiserver, yes]\n",
            "5:31 spec.containers[0].command[1] is not a string (quote it; the kubelet cannot read "
            "this Pod either)"},
           {kHead + "  containers:\n  - command: [kube-apiserver, --a: b]\n",
            "5:31 spec.containers[0].command[1] is not a string (quote it; the kubelet cannot read "
            "this Pod either)"},
           {kHead + "  containers:\n  - command: [kube-apiserver]\n  volumes: [a]\n",
            "6:13 spec.volumes[0] is no volume" + nor},
           {kHead + "  containers:\n  - command: [kube-apiserver]\n    volumeMounts: [[]]\n",
            "6:20 spec.containers[0].volumeMounts[0] is no volumeMount" + nor},
       }) {
    EXPECT_EQ(refusal(row.text), row.refusal) << row.text;
  }
}

TEST(PodManifest, RefusesWhatCannotBeEditedSafely) {
  const std::string out = " (write the value out)";
  struct Row {
    std::string text;
    std::string refusal;
  };
  const std::string one = "  containers:\n  - command: [kube-apiserver]\n";
  for (const Row& row : std::initializer_list<Row>{
           {kHead + one + "  - args: [kube-apiserver]\n",
            "6:5 several containers of the Pod could be the API server (keep one of them)"},
           {kHead + "  containers:\n  - command:\n    - /bin/sh\n    - -c\n    - exec "
                    "kube-apiserver --x\n",
            "8:7 kube-apiserver is started by a shell script, and a new list item would not reach "
            "it (write the command as a list: kube-apiserver first, then one flag an item)"},
           {kHead + "  containers:\n  - command: [sh, -c]\n    args: [kube-apiserver]\n",
            "6:12 kube-apiserver is started by a shell script, and a new list item would not reach "
            "it (write the command as a list: kube-apiserver first, then one flag an item)"},
           {"apiVersion: v1\nkind: Pod\nx: &s\n" + one + "spec: *s\n",
            "6:7 spec is an alias, and an edit would change its other uses" + out},
           {kHead + "  x: &c [kube-apiserver]\n  containers:\n  - command: *c\n",
            "6:14 command is an alias, and an edit would change its other uses (write the list "
            "out)"},
           {kHead + "  x: &c {command: [kube-apiserver]}\n  containers:\n  - *c\n",
            "6:5 the API server's container is an alias, and an edit would change its other uses" +
                out},
           {kHead + "  containers:\n  - command: &c [kube-apiserver]\n  x: *c\n",
            "6:6 command is shared: the alias '*c' repeats it elsewhere (write the list out where "
            "the alias stands)"},
           {kHead + "  containers:\n  - &c\n    command: [kube-apiserver]\n  x: *c\n",
            "7:6 the API server's container is shared: the alias '*c' repeats it elsewhere (write "
            "the list out where the alias stands)"},
           {kHead + "  x: &m {}\n  containers:\n  - <<: *m\n    command: [kube-apiserver]\n",
            "6:5 the API server's container has a merge key, and an edit could hide what it brings "
            "(write the merged values out)"},
           {kHead + "  <<: {}\n" + one,
            "4:3 spec has a merge key, and an edit could hide what it brings (write the merged "
            "values out)"},
           {kHead + "  containers:\n  - command: [kube-apiserver]\n    command: [kube-apiserver, "
                    "--x]\n",
            "6:5 duplicate key 'command' in the API server's container; the kubelet reads the last "
            "one (remove one of them)"},
           {kHead + one + "  volumes: []\n  \"volumes\": []\n",
            "7:3 duplicate key 'volumes' in spec; the kubelet reads the last one (remove one of "
            "them)"},
           {kHead + one + "kind: Pod\n",
            "6:1 duplicate key 'kind' in the Pod; the kubelet reads the last one (remove one of "
            "them)"},
           {kHead + one + "  volumes:\n  - <<: {}\n    name: a\n",
            "7:5 a merge key hides what this volume is (write the merged values out)"},
           {kHead + "  containers:\n  - command: [kube-apiserver, \"--x={{ .y }}\"]\n",
            "5:36 this is a template, not a manifest (render it first, then run kaudit on the "
            "result)"},
       }) {
    EXPECT_EQ(refusal(row.text), row.refusal) << row.text;
  }
  EXPECT_EQ(
      refusal("apiVersion: v1\nkind: Pod\nmetadata: {annotations: {a: '{{ b }}'}}\nspec:\n" + one),
      "accepted");
}

TEST(PodName, IsThatOfThePodTheKubeletMakes) {
  const auto name = [](const std::string& text) {
    const auto document = yaml::parse(source(text));
    const auto found = pod_name_of(*document);
    return found ? found->pod_namespace + "/" + found->name : "";
  };
  EXPECT_EQ(name("kind: Pod\nmetadata:\n  name: a\n"), "default/a");
  EXPECT_EQ(name("kind: Pod\nmetadata: {name: a, namespace: kube-system}\n"), "kube-system/a");
  EXPECT_EQ(name("kind: Service\nmetadata: {name: a}\n"), "");
  EXPECT_EQ(name("kind: Pod\n"), "");
  EXPECT_EQ(name("- a\n"), "");
  EXPECT_EQ(name("# nothing\n"), "");
}

}  // namespace
}  // namespace kaudit::kube
