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
                                      "audit-log-path: /a, '': x}\n"),
            "--=x --audit-log-path=/a --audit_log_path=/b --v=4" + kImplied);
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
  const std::string others = "kind: KubeletConfiguration\n---\n";
  EXPECT_EQ(summary(others + head("v1beta3")), kImplied);
  EXPECT_EQ(summary(head("v1beta3") + "---\n[1]\n"), kImplied);
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
            "3:27 apiServer.extraVolumes is not a list (kubeadm cannot read this configuration "
            "either)");
  EXPECT_EQ(summary(head("v1beta3") + "apiServer: [a]\n"),
            "3:12 apiServer is not a mapping (kubeadm cannot read this configuration either)");
  EXPECT_EQ(summary(head("v1beta9")),
            "1:13 kaudit does not know the API version kubeadm.k8s.io/v1beta9; it knows v1beta1 to "
            "v1beta4 (kubeadm config migrate writes an older one in a form of today)");
  EXPECT_EQ(summary(head("v1beta4") + "apiServer: {extraArgs: [v]}\n"),
            "3:25 apiServer.extraArgs[0] is no argument (kubeadm cannot read this configuration "
            "either)");
  EXPECT_EQ(summary(head("v1beta3") + "apiServer: &s {}\nscheduler: *s\n"),
            "4:12 apiServer is shared: the alias '*s' repeats it elsewhere (write the list out "
            "where the alias stands)");
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
            "the file has no ClusterConfiguration (add a document of that kind, or give the file "
            "that has one)");
  // The two commands that unwrap it.
  EXPECT_EQ(refusal("kind: ConfigMap\ndata:\n  ClusterConfiguration: |\n    kind: x\n"),
            "1:7 this is the ConfigMap in which kubeadm keeps its configuration, not the "
            "configuration itself (kubectl -n kube-system get cm kubeadm-config -o "
            "jsonpath='{.data.ClusterConfiguration}' > kubeadm.yaml && kaudit enable --manifest "
            "kubeadm.yaml)");
  EXPECT_EQ(refusal("kind: ConfigMap\ndata: {a: b}\n"),
            "1:7 the first document is of kind ConfigMap, not a Pod, and the kubelet reads only "
            "the first (give the API server's static Pod manifest, usually "
            "/etc/kubernetes/manifests/kube-apiserver.yaml)");
}

}  // namespace
}  // namespace kaudit::kube
