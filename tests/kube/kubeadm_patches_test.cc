// Which files `kubeadm --patches` reads, how it is told the folder, and kaudit's own file.

#include "kube/kubeadm_patches.h"

#include <gtest/gtest.h>

#include "audit/flag_table.h"
#include "support/dump.h"

namespace kaudit::kube {
namespace {

using support::said;
using support::source;
using Verdict = PatchName::Verdict;

TEST(PatchName, IsReadAsKubeadmReadsIt) {
  struct Row {
    std::string_view name;
    PatchName wanted;
  };
  for (const auto& [name, wanted] : std::initializer_list<Row>{
           {"kube-apiserver.yaml", {Verdict::Patch, PatchType::Strategic}},
           {"kube-apiserver0-x.json", {Verdict::Patch, PatchType::Strategic}},
           {"kube-apiserver.old.yaml", {Verdict::Patch, PatchType::Strategic}},
           {"kube-apiserver.old+json.yaml", {Verdict::Patch, PatchType::Strategic}},
           {"kube-apiserver\n+json.yaml", {Verdict::Patch, PatchType::Strategic}},
           {"kube-apiserver+strategic.yaml", {Verdict::Patch, PatchType::Strategic}},
           {"kube-apiserver1+merge.yaml", {Verdict::Patch, PatchType::Merge}},
           {"kube-apiserver+mergefoo.yaml", {Verdict::Patch, PatchType::Merge}},
           {kKauditPatchName, {Verdict::Patch, PatchType::Json}},
           {"kube-apiserver+.yaml", {Verdict::StopsKubeadm}},
           {"kube-apiserver+xml.yaml", {Verdict::StopsKubeadm}},
           {"kube-apiserver.yml", {Verdict::NotRead}},
           {"kube-apiserver+xml.yml", {Verdict::NotRead}},
           {"kube-apiserver.yaml.bak", {Verdict::NotRead}},
           {"etcd.yaml", {Verdict::OfOthers}},
           {"etcd1+json.json", {Verdict::OfOthers, PatchType::Json}},
           {"kube-scheduler+foo.yaml", {Verdict::StopsKubeadm}},
           {"kube-controller-manager+.json", {Verdict::StopsKubeadm}},
           {"etcd+foo.yml", {Verdict::Ignored}},
           {"00-kube-apiserver.yaml", {Verdict::Ignored}},
           {"kube-proxy+foo.yaml", {Verdict::Ignored}},
           {"README", {Verdict::Ignored}},
       })
    EXPECT_EQ(parse_patch_name(name, {1, 36, {}}), wanted) << name;
}

TEST(PatchName, OfATargetThatTheReleaseDoesNotKnowIsIgnored) {
  const auto verdict = [](std::string_view name, int minor) {
    return parse_patch_name(name, {1, minor, {}}).verdict;
  };
  EXPECT_EQ(verdict("kubeletconfiguration+foo.yaml", 24), Verdict::Ignored);
  EXPECT_EQ(verdict("kubeletconfiguration+foo.yaml", 25), Verdict::StopsKubeadm);
  EXPECT_EQ(verdict("corednsdeployment.yaml", 30), Verdict::Ignored);
  EXPECT_EQ(verdict("corednsdeployment.yaml", 31), Verdict::OfOthers);
}

TEST(PatchesOption, DependsOnTheRelease) {
  EXPECT_EQ(patches_option({1, 18, 20}), std::nullopt);
  const PatchesOption old{"--experimental-patches"};
  EXPECT_EQ(patches_option({1, 19, 0}), old);
  EXPECT_EQ(patches_option({1, 21, {}}), old);
  EXPECT_EQ(patches_option({1, 22, {}}), (PatchesOption{"--patches", "v1beta3", false, false}));
  EXPECT_EQ(patches_option({1, 23, {}}), (PatchesOption{"--patches", "v1beta3", true, false}));
  EXPECT_EQ(patches_option({1, 30, 9}), (PatchesOption{"--patches", "v1beta3", true, false}));
  EXPECT_EQ(patches_option({1, 31, {}}), (PatchesOption{"--patches", "v1beta4", true, true}));
}

const std::string kOurs =
    "- {op: add, path: /spec/containers/0/command/-, value: --audit-log-path=/l/a.log}\n"
    "- {op: add, path: /spec/containers/0/volumeMounts/-, value: {mountPath: /l, name: "
    "audit-log}}\n"
    "- {op: add, path: /spec/volumes/-, value: {hostPath: {path: /h, type: Directory}, name: "
    "audit-log}}\n";

text::Result<ApiServer> read(const std::string& text) {
  const auto document = yaml::parse(source(text));
  if (!document) return std::unexpected(document.error());
  return read_kaudit_patch(*document, audit::arity_of);
}

TEST(KauditPatch, IsReadBack) {
  const auto server = read(kOurs);
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_EQ(server->arguments[0].value, "--audit-log-path=/l/a.log");
  EXPECT_EQ(server->command_line.effective("audit-log-path")->value, "/l/a.log");
  ASSERT_EQ(server->volumes.size(), 3U);
  EXPECT_EQ(server->volumes[0].host_path->path, "/h");
  EXPECT_EQ(server->volumes[0].host_path->type, HostPathType::Directory);
  EXPECT_EQ(server->mounts[0].mount_path, "/l");
  EXPECT_FALSE(server->mounts[0].read_only);
  EXPECT_TRUE(server->mounts[1].implied);
  EXPECT_EQ(server->volumes[2].name, "k8s-certs");
}

TEST(KauditPatch, HoldsNothingElse) {
  for (const std::string text : {
           "{}\n",
           "[{op: add}]\n---\n[]\n",
           "- x\n",
           "- {op: test, path: /a, value: b}\n",
           "- {op: add, path: /spec/containers/0/command/-, value: 5}\n",
           "- {op: add, path: /spec/containers/0/command/-, value: word}\n",
           "- {op: add, path: /spec/containers/0/command/0, value: --v=4}\n",
           "- {op: add, path: /spec/containers/0/command/-, value: --v=4, note: mine}\n",
           "- {op: add, path: /spec/volumes/-, value: {emptyDir: {}, name: a}}\n",
           "- {op: add, path: /spec/volumes/-, value: {hostPath: {path: /a, type: file}, name: "
           "a}}\n",
           "- {op: add, path: /spec/containers/0/volumeMounts/-, value: {mountPath: /a, name: a, "
           "subPath: b}}\n",
       }) {
    const auto server = read(text);
    ASSERT_FALSE(server) << text;
    EXPECT_EQ(server.error().message,
              "kube-apiserver0-kaudit+json.yaml holds something that kaudit did not write");
  }
}

}  // namespace
}  // namespace kaudit::kube
