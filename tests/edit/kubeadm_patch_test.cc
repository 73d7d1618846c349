// The patch for `kubeadm --patches`: what it holds, that it settles, and what is in its way.

#include "edit/kubeadm_patch.h"

#include <gtest/gtest.h>

#include "kube/kubeadm_patches.h"
#include "support/dump.h"

namespace kaudit::edit {
namespace {

using audit::AuditFlag;
using support::said;
using support::source;

const std::string kHead =
    "# A patch for kubeadm: it adds auditing to the API server's manifest.\n"
    "# `kaudit kubeadm patch` wrote it, and writes it anew.\n";

std::string flag(const std::string& text) {
  return "- op: add\n  path: /spec/containers/0/command/-\n  value: " + text + "\n";
}
std::string mount(const std::string& path, const std::string& name, bool read_only) {
  return "- op: add\n  path: /spec/containers/0/volumeMounts/-\n  value:\n    mountPath: " + path +
         "\n    name: " + name + "\n" + (read_only ? "    readOnly: true\n" : "");
}
std::string volume(const std::string& path, const std::string& type, const std::string& name) {
  return "- op: add\n  path: /spec/volumes/-\n  value:\n    hostPath:\n      path: " + path +
         "\n      type: " + type + "\n    name: " + name + "\n";
}
const std::string kPolicy = "/etc/kubernetes/audit/audit-policy.yaml";
const std::string kPolicyFlag = flag("--audit-policy-file=" + kPolicy);
const std::string kPolicyMount = mount(kPolicy, "audit-policy", true);
const std::string kPolicyVolume = volume(kPolicy, "File", "audit-policy");

std::string made(const KubeadmPatchRequest& request) {
  const auto patch = kubeadm_patch(request);
  if (patch) return patch->bytes;
  const auto& [error, where] = patch.error();
  return "refused: " + (where ? std::string(where->name()) + ":" : "") +
         said(error, where ? *where : *source(""));
}

TEST(KubeadmPatch, AddsEveryFlagVolumeAndMount) {
  EXPECT_EQ(made({}), kHead + flag("--audit-log-maxage=30") + flag("--audit-log-maxbackup=10") +
                          flag("--audit-log-maxsize=100") +
                          flag("--audit-log-path=/var/log/kubernetes/audit/audit.log") +
                          kPolicyFlag + mount("/var/log/kubernetes/audit", "audit-log", false) +
                          kPolicyMount +
                          volume("/var/log/kubernetes/audit", "DirectoryOrCreate", "audit-log") +
                          kPolicyVolume);
}

TEST(KubeadmPatch, QuotesWhatNeedsIt) {
  KubeadmPatchRequest request;
  request.plan.given.set(AuditFlag::LogPath, "-");
  request.plan.given.set(AuditFlag::PolicyFile, "/etc/a: b #c");
  EXPECT_EQ(made(request), kHead + flag("--audit-log-path=-") +
                               flag("'--audit-policy-file=/etc/a: b #c'") +
                               mount("'/etc/a: b #c'", "audit-policy", true) +
                               volume("'/etc/a: b #c'", "File", "audit-policy"));
}

TEST(KubeadmPatch, NeedsNothingAmongKubeadmsCertificates) {
  KubeadmPatchRequest request;
  request.plan.given.set(AuditFlag::WebhookConfigFile, "/etc/kubernetes/pki/webhook.conf");
  EXPECT_EQ(made(request),
            kHead + kPolicyFlag +
                flag("--audit-webhook-config-file=/etc/kubernetes/pki/webhook.conf") +
                kPolicyMount + kPolicyVolume);
}

TEST(KubeadmPatch, KeepsWhatWasSetBefore) {
  KubeadmPatchRequest request;
  request.plan.given.set(AuditFlag::LogPath, "/var/log/a/audit.log");
  request.plan.given.set(AuditFlag::LogMaxAge, "7");
  request.plan.host_paths = {{"/var/log/a", "/data"}};
  const std::string first = made(request);
  KubeadmPatchRequest second;
  second.present = source(first, "p.yaml");
  EXPECT_EQ(made(second), first);
  const auto patch = kubeadm_patch(second);
  EXPECT_TRUE(patch->plan.empty());
}

// A path that moves takes its mount along; one that goes leaves no volume behind.
TEST(KubeadmPatch, FollowsAChangedPath) {
  KubeadmPatchRequest request;
  request.present = source(made({}), "p.yaml");
  request.plan.given.set(AuditFlag::LogPath, "/srv/log/audit.log");
  const std::string moved = made(request);
  EXPECT_NE(moved.find(mount("/srv/log", "audit-log", false)), std::string::npos) << moved;
  EXPECT_NE(moved.find(volume("/srv/log", "DirectoryOrCreate", "audit-log")), std::string::npos);
  EXPECT_EQ(moved.find("/var/log"), std::string::npos) << moved;
}

// Comments on lines of their own stay as long as nothing else changes.
TEST(KubeadmPatch, KeepsCommentsUntilItIsWrittenAnew) {
  const std::string first = made({});
  const std::string commented = "# ours\n\n" + first + "  # asked for by security\n";
  KubeadmPatchRequest request;
  request.present = source(commented, "p.yaml");
  EXPECT_EQ(made(request), commented);
  EXPECT_FALSE(kubeadm_patch(request)->drops_handwork);
  request.plan.given.set(AuditFlag::LogMaxAge, "7");
  const auto anew = kubeadm_patch(request);
  EXPECT_EQ(anew->bytes.find("security"), std::string::npos);
  EXPECT_TRUE(anew->drops_handwork);
  request.present = source(first, "p.yaml");
  EXPECT_FALSE(kubeadm_patch(request)->drops_handwork);
}

TEST(KubeadmPatch, WritesAnewWhatWasLaidOutByHand) {
  const std::string first = made({});
  KubeadmPatchRequest request;
  request.present =
      source(first + "- {op: add, path: /spec/containers/0/command/-, value: --v=4}\n");
  const auto anew = kubeadm_patch(request);
  ASSERT_TRUE(anew);
  EXPECT_NE(anew->bytes.find(flag("--v=4")), std::string::npos) << anew->bytes;
  EXPECT_TRUE(anew->drops_handwork);
}

TEST(KubeadmPatch, RefusesWhatOthersWroteIntoItsFile) {
  KubeadmPatchRequest request;
  request.present = source("- {op: remove, path: /spec/volumes/0}\n", "p.yaml");
  EXPECT_EQ(made(request),
            "refused: p.yaml:1:3 kube-apiserver0-kaudit+json.yaml holds something that kaudit did "
            "not write (move what is yours into a file of another name, and remove this one)");
}

TEST(KubeadmPatch, RefusesOtherPatchesOfTheSamePaths) {
  KubeadmPatchRequest request;
  request.before = {source("spec: {priority: 5}\n", "d/kube-apiserver.yaml"),
                    source("nonsense: [\n", "d/etcd.yaml")};
  request.after = {
      source("# mine\nspec:\n  volumes:\n  - name: audit-policy\n", "d/sub/kube-apiserver1.yaml")};
  EXPECT_EQ(
      made(request),
      "refused: d/sub/kube-apiserver1.yaml:4:11 this patch has a volume 'audit-policy', which "
      "kaudit's patch needs for itself (take it out of this patch, or put the audit settings "
      "into the ClusterConfiguration)");
  request.after = {source("a: [\n", "d/kube-apiserver1.json")};
  EXPECT_TRUE(made(request).starts_with("refused: d/kube-apiserver1.json:1:")) << made(request);
  EXPECT_TRUE(made(request).ends_with("(mend or remove it; kubeadm may stop at it)"))
      << made(request);
}

// A sidecar's patch: behind kaudit's it adds a container, before it that would be the first.
TEST(KubeadmPatch, MindsTheOrder) {
  const auto sidecar =
      source("spec:\n  containers:\n  - {name: side, command: [x]}\n", "d/kube-apiserver1.yaml");
  KubeadmPatchRequest request;
  request.after = {sidecar};
  EXPECT_EQ(made(request), made({}));
  request.after.clear();
  request.before = {sidecar};
  EXPECT_EQ(made(request),
            "refused: d/kube-apiserver1.yaml:3:5 this patch puts the container 'side' in front of "
            "kube-apiserver, and kaudit's patch, which adds to the first one, would change that "
            "(rename the file, so that kubeadm applies it after kube-apiserver0-kaudit+json.yaml: "
            "kube-apiserver1.yaml, for instance)");
}

TEST(KubeadmPatch, RefusesWhatEnableRefuses) {
  KubeadmPatchRequest request;
  request.plan.given.set(AuditFlag::LogMaxAge, "-1");
  EXPECT_TRUE(made(request).starts_with("refused: ")) << made(request);
}

}  // namespace
}  // namespace kaudit::edit
