// What is read out of a ClusterConfiguration: the same view that a Pod offers.

#include "kube/cluster_configuration.h"

#include <gtest/gtest.h>

#include "audit/flag_table.h"
#include "kube/manifest.h"
#include "support/dump.h"

namespace kaudit::kube {
namespace {

using support::said;
using support::source;

std::string head(std::string_view version) {
  return fmt::format("apiVersion: kubeadm.k8s.io/{}\nkind: ClusterConfiguration\n", version);
}

// "--x=y; name=/host:Type@/mount ro", what is implied in brackets.
std::string shown(const ApiServer& server) {
  std::string out;
  for (const Argument& a : server.arguments) out += (out.empty() ? "" : " ") + a.value;
  for (std::size_t i = 0; i < server.volumes.size(); ++i) {
    const Volume& v = server.volumes[i];
    const VolumeMount& m = server.mounts[i];
    EXPECT_EQ(v.name, m.name);
    EXPECT_EQ(v.implied, m.implied);
    out += fmt::format("; {}{}={}:{}@{}{}{}", v.implied ? "[" : "", v.name, v.host_path->path,
                       to_string(v.host_path->type), m.mount_path, m.read_only ? " ro" : "",
                       v.implied ? "]" : "");
  }
  return out;
}

text::Result<ClusterConfiguration> read(const std::string& text) {
  const auto document = yaml::parse(source(text));
  if (!document) return std::unexpected(document.error());
  return read_cluster_configuration(*document, audit::arity_of);
}

std::string summary(const std::string& text) {
  const auto config = read(text);
  return config ? shown(config->api_server) : said(config.error(), *source(text));
}

std::string judged(const std::string& text) {
  const auto document = yaml::parse(source(text));
  if (!document) return "unreadable";
  const auto server = judge_cluster_configuration(*document, 0, audit::arity_of);
  return server ? shown(*server) : said(server.error(), *source(text));
}

const std::string kImplied =
    "; [ca-certs=/etc/ssl/certs:DirectoryOrCreate@/etc/ssl/certs ro]"
    "; [k8s-certs=/etc/kubernetes/pki:DirectoryOrCreate@/etc/kubernetes/pki ro]";

TEST(ClusterConfiguration, ReadsAMapAsKubeadmOrdersIt) {
  EXPECT_EQ(summary(head("v1beta3") + "apiServer:\n  extraArgs: {v: '4', audit_log_path: /b, "
                                      "audit-log-path: /a}\n"),
            "--audit-log-path=/a --audit_log_path=/b --v=4" + kImplied);
}

TEST(ClusterConfiguration, ReadsAListInItsOrder) {
  EXPECT_EQ(summary(head("v1beta4") + "apiServer:\n  extraArgs:\n  - {name: v, value: '4'}\n"
                                      "  - value: /a\n    name: audit-log-path\n  - name: x\n"),
            "--v=4 --audit-log-path=/a --x=" + kImplied);
}

TEST(ClusterConfiguration, ReadsAnExtraVolumeAsVolumeAndMount) {
  EXPECT_EQ(summary(head("v1beta1") +
                    "certificatesDir: /srv/pki\napiServer:\n  extraVolumes:\n"
                    "  - {name: a, hostPath: /h, mountPath: /m, readOnly: true, pathType: File}\n"
                    "  - {name: ca-certs, hostPath: /c, mountPath: /d}\n"),
            "; a=/h:File@/m ro; ca-certs=/c:@/d"
            "; [k8s-certs=/srv/pki:DirectoryOrCreate@/srv/pki ro]");
}

TEST(ClusterConfiguration, HasNothingButKubeadmsOwnWhereNothingIsSaid) {
  for (const char* server :
       {"", "apiServer:\n", "apiServer: {}\n", "apiServer: {extraArgs: }\n",
        "apiServer: {extraArgs: {}, extraVolumes: []}\n", "apiServer: {extraVolumes: null}\n"})
    EXPECT_EQ(summary(head("v1beta2") + server), kImplied) << server;
}

TEST(ClusterConfiguration, IsFoundAmongOtherDocuments) {
  const std::string others =
      "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n---\n";
  EXPECT_EQ(summary(others + head("v1beta3")), kImplied);
  EXPECT_EQ(summary("---\n" + head("v1beta3") + "---\n"), kImplied);
  EXPECT_EQ(summary("apiVersion: v1\nkind: Pod\n---\n" + head("v1beta3")),
            "the file has no ClusterConfiguration (add a document of that kind, or give the file "
            "that has one)");
}

std::optional<KubernetesVersion> release(const std::string& version, const std::string& value) {
  const auto config = read(head(version) + value);
  return config ? config->api_server.version : std::nullopt;
}

TEST(ClusterConfiguration, TellsTheRelease) {
  EXPECT_EQ(release("v1beta3", "kubernetesVersion: v1.29.3\n"), (KubernetesVersion{1, 29, 3}));
  EXPECT_EQ(release("v1beta3", "kubernetesVersion: stable-1.30\n"), (KubernetesVersion{1, 30, {}}));
  EXPECT_EQ(release("v1beta3", "kubernetesVersion: stable\n"), std::nullopt);
  EXPECT_EQ(release("v1beta4", ""), std::nullopt);
  // The last kubeadm that reads it deploys nothing newer.
  EXPECT_EQ(release("v1beta1", ""), (KubernetesVersion{1, 21, {}}));
  EXPECT_EQ(release("v1beta2", "kubernetesVersion: latest\n"), (KubernetesVersion{1, 26, {}}));
  // Older than what any kubeadm of that API version deploys: a slip, and no release.
  EXPECT_EQ(release("v1beta2", "kubernetesVersion: v1.2.11\n"), (KubernetesVersion{1, 26, {}}));
}

TEST(ClusterConfiguration, SaysWhereNewFlagsBelong) {
  const auto order = [](const std::string& version, const std::string& args) {
    return read(head(version) + "apiServer:\n  extraArgs: " + args + "\n")->api_server.flag_order;
  };
  EXPECT_EQ(order("v1beta3", "{}"), FlagOrder::Sorted);
  EXPECT_EQ(order("v1beta3", "{a: x, b: x}"), FlagOrder::Sorted);
  EXPECT_EQ(order("v1beta3", "{b: x, a: x}"), FlagOrder::Appended);
  EXPECT_EQ(order("v1beta4", "[]"), FlagOrder::Appended);
  EXPECT_EQ(order("v1beta4", "[{name: a}, {name: b}]"), FlagOrder::Appended);
}

TEST(ClusterConfiguration, PointsAtNamesAndValues) {
  const std::string text =
      head("v1beta3") + "apiServer:\n  extraArgs:\n    'v': \"4\"\n    audit-log-path: /a\n";
  const auto config = read(text);
  ASSERT_TRUE(config);
  const auto slice = [&](text::Span span) { return text.substr(span.begin, span.size()); };
  const Argument& path = config->api_server.arguments[0];
  EXPECT_EQ(slice(path.span), "audit-log-path: /a");
  EXPECT_EQ(slice(path.name), "audit-log-path");
  EXPECT_EQ(slice(path.behind_equals), "/a");
  const Argument& v = config->api_server.arguments[1];
  EXPECT_EQ(slice(v.span), "'v': \"4\"");
  EXPECT_EQ(slice(v.name), "v");
  EXPECT_EQ(slice(v.behind_equals), "4");
  EXPECT_EQ(config->argument_indices, (std::vector<std::size_t>{1, 0}));
}

TEST(ClusterConfiguration, IsJudgedEvenWhereKubeadmWouldStop) {
  EXPECT_EQ(
      judged(head("v1beta3") + "apiServer:\n  extraArgs: {audit-log-maxage: 30, x: {a: b}}\n"),
      "--audit-log-maxage=30 --x=" + kImplied);
  EXPECT_EQ(judged(head("v1beta3") + "apiServer:\n  extraArgs: [{name: v, value: 4}, 5]\n"),
            "--v=4" + kImplied);
  EXPECT_EQ(judged(head("v1beta4") + "apiServer:\n  extraArgs: {v: '4'}\n"), "--v=4" + kImplied);
  EXPECT_EQ(judged(head("v1beta4") + "apiServer: 5\n"), kImplied);
  EXPECT_EQ(judged(head("v1beta4") + "apiServer: {extraVolumes: 5, extraArgs: 6}\n"), kImplied);
  EXPECT_EQ(
      judged(head("v1beta3") + "x: &x {v: '4'}\napiServer:\n  extraArgs: {<<: *x}\n"),
      "5:15 apiServer.extraArgs has a merge key, and kaudit does not judge what it brings (write "
      "the merged values out)");
  // Of two with one name the last counts.
  EXPECT_EQ(judged(head("v1beta3") + "apiServer:\n  extraVolumes:\n"
                                     "  - {name: a, hostPath: /1, mountPath: /1}\n"
                                     "  - {name: b, hostPath: /2, mountPath: /2}\n"
                                     "  - {name: a, hostPath: /3, mountPath: /3}\n"),
            "; b=/2:@/2; a=/3:@/3" + kImplied);
}

TEST(ClusterConfiguration, IsRefusedWhereAnEditWouldBeAmbiguous) {
  EXPECT_EQ(summary(head("v1beta3") + "apiServer: {extraArgs: {}, extraArgs: {v: '4'}}\n"),
            "3:28 duplicate key 'extraArgs' in apiServer; kubeadm reads the last one (remove one "
            "of them)");
  EXPECT_EQ(summary(head("v1beta3") + "apiServer: {extraVolumes: {}}\n"),
            "3:27 apiServer.extraVolumes is not a list (write it as kubeadm reads it; kubeadm "
            "cannot read this configuration either)");
  EXPECT_EQ(summary(head("v1beta3") + "apiServer: [a]\n"),
            "3:12 apiServer is not a mapping (write it as kubeadm reads it; kubeadm cannot read "
            "this configuration either)");
  EXPECT_EQ(
      summary(head("v1beta4") + "apiServer: {extraArgs: [v]}\n"),
      "3:25 apiServer.extraArgs[0] is no mapping of name and value (write it as kubeadm reads "
      "it; kubeadm cannot read this configuration either)");
  EXPECT_EQ(summary(head("v1beta3") + "apiServer: &s {}\nscheduler: *s\n"),
            "4:12 apiServer is shared: the alias '*s' repeats it elsewhere (write the list out "
            "where the alias stands)");
}

TEST(ClusterConfiguration, SaysWhatToDoAboutAnotherVersion) {
  const auto unknown = [](std::string_view version, std::string_view hint) {
    EXPECT_EQ(summary(head(version)),
              fmt::format("1:13 kaudit does not know the API version kubeadm.k8s.io/{}; it knows "
                          "v1beta1 to v1beta4 ({})",
                          version, hint));
  };
  unknown("v1alpha3", "kubeadm config migrate writes an older one in a form of today");
  for (const char* newer : {"v1beta5", "v1beta10", "v1", "v2beta1"})
    unknown(newer, "use a kaudit that knows it, or write kubeadm.k8s.io/v1beta4");
}

// The first fault that leaves no API server, wherever it stands, with its place.
TEST(ClusterConfiguration, IsRefusedWhereKubeadmWouldStop) {
  const std::string either = "; kubeadm cannot read this configuration either)";
  EXPECT_EQ(summary(head("v1beta3") + "apiServer:\n  extraVolumes:\n"
                                      "  - {name: a, hostPath: /a, mountPath: /a, "
                                      "readOnly: 'true'}\n"),
            "5:55 apiServer.extraVolumes[0].readOnly is neither true nor false (write it as "
            "kubeadm reads it" +
                either);
  EXPECT_EQ(summary(head("v1beta3") + "apiServer: {extraArgs: {x: !!int '3'}}\n"),
            "3:35 apiServer.extraArgs.x is 3, and not a string (remove its tag" + either);
  EXPECT_EQ(summary(head("v1beta2") + "kubernetesVersion: 1.20\nscheduler: []\n"),
            "3:20 kubernetesVersion is 1.20, and not a string (quote it: \"1.20\"" + either);
  EXPECT_EQ(summary(head("v1beta3") + "apiServer: {extraArgs: {--v: '4'}}\n"),
            "3:25 the name '--v' begins with a dash (write v; kube-apiserver does not start with "
            "it)");
  EXPECT_EQ(summary(head("v1beta3") + "apiServer: {extraArgs: {--: '4'}}\n"),
            "3:25 the name '--' begins with a dash (give it a name, or remove it; kube-apiserver "
            "does not start with it)");
  EXPECT_EQ(summary(head("v1beta3") + "---\n" + head("v1beta3")),
            "5:7 two documents of the file are of kind ClusterConfiguration (remove one of them" +
                either);
  EXPECT_EQ(summary(head("v1beta3") + "---\n[1]\n"),
            "4:1 document 2 of the file has no kind (move it to a file of its own" + either);
}

// kubeadm 1.20 was asked.
TEST(ClusterConfiguration, IsRefusedWhereNotEachKubeadmReadsIt) {
  const std::string init = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\n";
  const std::string unread =
      " older releases of kubeadm do not read this document: they divide a file only at lines of "
      "nothing but '---' (write '---' on a line of its own above it)";
  EXPECT_EQ(summary(init + "--- # cluster\n" + head("v1beta3")), "4:1" + unread);
  EXPECT_EQ(summary(init + "--- !!map\n" + head("v1beta3")), "4:1" + unread);
  EXPECT_EQ(
      summary(init + "--- {apiVersion: kubeadm.k8s.io/v1beta3, kind: ClusterConfiguration}\n"),
      "3:5" + unread);
  EXPECT_EQ(summary(head("v1beta3") + "--- # init\n" + init), "4:1" + unread);
  // The first of the part, and nothing behind it.
  EXPECT_EQ(summary("--- # cluster\n" + head("v1beta3") + "---\n" + init), kImplied);
  EXPECT_EQ(summary(head("v1beta3") + "--- # the end\n"), kImplied);
  EXPECT_EQ(summary(init + "---\t \r\n" + head("v1beta3")), kImplied);
}

// kubeadm 1.20 was asked.
TEST(ClusterConfiguration, IsRefusedBesideAPartWithoutADocument) {
  const std::string either = "; kubeadm cannot read this configuration either)";
  const std::string config = head("v1beta3");
  const std::string comments = " a part of the file holds nothing but comments (remove the line ";
  const std::string blank =
      " a part of the file holds nothing but blank lines (remove this line '---'" + either;
  const std::string null = " a part of the file holds nothing but null (remove this line" + either;
  const std::string directive =
      " the line '---' below this directive parts it from its document (remove the directive" +
      either;
  EXPECT_EQ(summary("# licence\n---\n" + config), "1:1" + comments + "'---' below it" + either);
  EXPECT_EQ(summary("---\n\n  # licence\n---\n" + config),
            "3:3" + comments + "'---' below it" + either);
  EXPECT_EQ(summary(config + "---\n# the end\n"), "4:1" + comments + "'---' above it" + either);
  EXPECT_EQ(summary("null\n---\n" + config), "1:1" + null);
  EXPECT_EQ(summary(config + "---\n~\n"), "4:1" + null);
  EXPECT_EQ(summary("\n---\n" + config), "2:1" + blank);
  EXPECT_EQ(summary("---\n---\n" + config), "1:1" + blank);
  EXPECT_EQ(summary(config + "---\n\n"), "3:1" + blank);
  EXPECT_EQ(summary(config + "---\n---\n"), "4:1" + blank);
  EXPECT_EQ(summary("%YAML 1.1\n---\n" + config), "1:1" + directive);
  EXPECT_EQ(summary("# c\n%YAML 1.1\n---\n" + config), "2:1" + directive);
  // What has no bytes is skipped, and a comment above a document belongs to its part.
  EXPECT_EQ(summary(config + "---\n"), kImplied);
  EXPECT_EQ(summary("---\n# licence\n" + config + "---\n"), kImplied);
}

// kubeadm 1.20 was asked.
TEST(ClusterConfiguration, IsNotEditedInAPartOfJson) {
  const std::string init = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\n---\n";
  const std::string json =
      "{\"apiVersion\": \"kubeadm.k8s.io/v1beta3\", \"kind\": \"ClusterConfiguration\"}\n";
  EXPECT_EQ(summary(init + "\n" + json),
            "5:1 kubeadm reads a document that begins with '{' as JSON, and kaudit edits JSON only "
            "where it is the whole file (write a line '#' above it, and kubeadm reads it as YAML)");
  EXPECT_EQ(summary(init + "#\n" + json), kImplied);
  EXPECT_EQ(summary("---\n" + json), kImplied);
  // It is read, all the same.
  const auto document = yaml::parse(source(init + json));
  ASSERT_TRUE(document);
  EXPECT_TRUE(judge_cluster_configuration(*document, 1, audit::arity_of));
  // Of another document only that it is JSON matters.
  EXPECT_EQ(summary(head("v1beta3") + "---\n{\"apiVersion\": \"kubeadm.k8s.io/v1beta3\", \"kind\": "
                                      "\"InitConfiguration\"}\n"),
            kImplied);
  EXPECT_EQ(summary(head("v1beta3") +
                    "---\n{apiVersion: kubeadm.k8s.io/v1beta3, kind: InitConfiguration}\n"),
            "4:2 a document that begins with '{' is read as JSON, and this is not JSON (mend the "
            "JSON (no comments, no trailing commas, nothing behind the closing brace); kubeadm "
            "cannot read this configuration either)");
}

// kubeadm 1.20 was asked: it reads a tagged number as a text, and a null as an empty volume.
TEST(ClusterConfiguration, ReadsTagsAndNullsAsKubeadmDoes) {
  EXPECT_EQ(summary(head("v1beta3") + "apiServer:\n  extraArgs: {v: !!str 3}\n"
                                      "  extraVolumes: [null]\n"),
            "--v=3; =:@" + kImplied);
}

TEST(ClusterConfiguration, IsNoTemplate) {
  const auto rendered = [](const std::string& text) { return summary(head("v1beta3") + text); };
  const std::string why =
      "this is a template, not a configuration (render it first, then run kaudit on the result)";
  EXPECT_EQ(rendered("clusterName: {{ name }}\n"), "3:14 " + why);
  EXPECT_EQ(rendered("clusterName: '{{ name }}'\n"), "3:15 " + why);
  EXPECT_EQ(rendered("---\na: [{{ name }}]\n"), "4:5 " + why);
  // No mark of a template, and yet nothing that kubeadm knows.
  EXPECT_EQ(rendered("x: { {}: y}\n"),
            "3:6 a key is a mapping or a list (write a word; kubeadm cannot read this "
            "configuration either)");
}

// Which of several counts depends on the release of kubeadm: 1.31 sorts by name and value.
TEST(ClusterConfiguration, KnowsWhichListsMayBeSorted) {
  const auto read_list = [](const std::string& release, const std::string& args) {
    return read(head("v1beta4") + release + "apiServer: {extraArgs: [" + args + "]}\n")->api_server;
  };
  const std::string two = "{name: v, value: '9'}, {name: v, value: '10'}";
  const ApiServer unknown = read_list("", two);
  EXPECT_TRUE(unknown.may_be_sorted);
  EXPECT_TRUE(is_unsettled(unknown, "v"));
  EXPECT_EQ(unknown.command_line.effective("v")->value, "10");
  EXPECT_EQ(effective_if_sorted(unknown, "v")->value, "9");
  EXPECT_TRUE(is_unsettled(read_list("kubernetesVersion: v1.31.9\n", two), "v"));
  EXPECT_FALSE(is_unsettled(read_list("kubernetesVersion: v1.32.0\n", two), "v"));
  EXPECT_FALSE(is_unsettled(unknown, "w"));
  EXPECT_FALSE(is_unsettled(read_list("", "{name: v, value: '1'}, {name: v, value: '2'}"), "v"));
  EXPECT_FALSE(is_unsettled(read_list("", "{name: v, value: '1'}, {name: v, value: '1'}"), "v"));
  // '-' sorts before '_'.
  EXPECT_TRUE(is_unsettled(
      read_list("", "{name: audit_log_path, value: /a}, {name: audit-log-path, value: /b}"),
      "audit-log-path"));
  ApiServer asked = unknown;
  assume_release(asked, KubernetesVersion{1, 31, 5});
  EXPECT_TRUE(asked.may_be_sorted);
  assume_release(asked, KubernetesVersion{1, 33, {}});
  EXPECT_FALSE(asked.may_be_sorted);
  EXPECT_FALSE(
      read(head("v1beta3") + "apiServer: {extraArgs: {v: '4'}}\n")->api_server.may_be_sorted);
}

TEST(ClusterConfiguration, WarnsOfDuplicates) {
  const auto config = read(head("v1beta3") + "dns: {}\ndns: {}\n");
  ASSERT_TRUE(config);
  ASSERT_EQ(config->warnings.size(), 1U);
  EXPECT_EQ(config->warnings[0].message, "duplicate key 'dns'; kubeadm reads the last one");
}

TEST(Manifest, IsWhatItsDocumentsSay) {
  const auto refusal = [](const std::string& text) {
    const auto document = yaml::parse(source(text));
    const auto manifest = read_manifest(*document, audit::arity_of);
    return manifest ? fmt::format("kind {}", manifest->index())
                    : said(manifest.error(), *source(text));
  };
  EXPECT_EQ(refusal(head("v1beta3")), "kind 1");
  EXPECT_EQ(refusal("apiVersion: v1\nkind: Pod\nspec: {containers: [{command: "
                    "[kube-apiserver]}]}\n---\n" +
                    head("v1beta3")),
            "kind 0");
  EXPECT_EQ(refusal("apiVersion: kubeadm.k8s.io/v1beta3\nkind: JoinConfiguration\n"),
            "2:7 the file has a document of kind JoinConfiguration, and no ClusterConfiguration, "
            "which alone says how the API server runs (give the file that has one, or add it "
            "behind a line '---': 'apiVersion: kubeadm.k8s.io/v1beta3' and 'kind: "
            "ClusterConfiguration')");
  EXPECT_EQ(
      refusal("kind: ClusterConfiguration\n"),
      "1:7 the ClusterConfiguration has no apiVersion (write the one that your kubeadm reads, "
      "such as apiVersion: kubeadm.k8s.io/v1beta4)");
  EXPECT_EQ(refusal("apiVersion: v1beta3\nkind: ClusterConfiguration\n"),
            "1:13 this ClusterConfiguration is of the API version v1beta3, which is not kubeadm's "
            "(write apiVersion: kubeadm.k8s.io/v1beta3)");
  EXPECT_EQ(refusal("apiVersion: example.org/v1\nkind: ClusterConfiguration\n"),
            "1:13 this ClusterConfiguration is of the API version example.org/v1, which is not "
            "kubeadm's (give kubeadm's, whose apiVersion begins with kubeadm.k8s.io/)");
  // The two commands that unwrap it.
  EXPECT_EQ(refusal("kind: ConfigMap\ndata:\n  ClusterConfiguration: |\n    kind: x\n"),
            "1:7 this is the ConfigMap in which kubeadm keeps its configuration, not the "
            "configuration itself (kubectl -n kube-system get cm kubeadm-config -o "
            "jsonpath='{.data.ClusterConfiguration}' > kubeadm.yaml && kaudit enable --manifest "
            "kubeadm.yaml)");
  EXPECT_EQ(refusal("kind: List\nitems:\n- kind: ConfigMap\n  data: {ClusterConfiguration: x}\n"),
            "1:7 this is the ConfigMap in which kubeadm keeps its configuration, not the "
            "configuration itself (kubectl -n kube-system get cm kubeadm-config -o "
            "jsonpath='{.data.ClusterConfiguration}' > kubeadm.yaml && kaudit enable --manifest "
            "kubeadm.yaml)");
  EXPECT_EQ(refusal("kind: List\nitems: [{kind: Pod}, 5]\n"),
            "1:7 the first document is of kind List, not a Pod, and the kubelet reads only the "
            "first (give the API server's static Pod manifest, usually "
            "/etc/kubernetes/manifests/kube-apiserver.yaml)");
  EXPECT_EQ(refusal("kind: ConfigMap\ndata: {a: b}\n"),
            "1:7 the first document is of kind ConfigMap, not a Pod, and the kubelet reads only "
            "the first (give the API server's static Pod manifest, usually "
            "/etc/kubernetes/manifests/kube-apiserver.yaml)");
}

}  // namespace
}  // namespace kaudit::kube
