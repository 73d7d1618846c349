// Which files `kubeadm --patches` reads, and which of them are in the way.

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
           {"kube-apiserver+strategic.yaml", {Verdict::Patch, PatchType::Strategic}},
           {"kube-apiserver1+merge.yaml", {Verdict::Patch, PatchType::Merge}},
           {"kube-apiserver+mergefoo.yaml", {Verdict::Patch, PatchType::Merge}},
           {kKauditPatchName, {Verdict::Patch, PatchType::Json}},
           {"kube-apiserver+.yaml", {Verdict::StopsKubeadm}},
           {"kube-apiserver+xml.yaml", {Verdict::StopsKubeadm}},
           {"kube-apiserver.yml", {Verdict::NotRead}},
           {"kube-apiserver.yaml.bak", {Verdict::NotRead}},
           {"00-kube-apiserver.yaml", {Verdict::OfOthers}},
           {"etcd.yaml", {Verdict::OfOthers}},
           {"README", {Verdict::OfOthers}},
       })
    EXPECT_EQ(parse_patch_name(name), wanted) << name;
}

TEST(PatchesFlag, DependsOnTheRelease) {
  EXPECT_EQ(patches_flag({1, 18, 20}), std::nullopt);
  EXPECT_EQ(patches_flag({1, 19, 0}), "--experimental-patches");
  EXPECT_EQ(patches_flag({1, 21, {}}), "--experimental-patches");
  EXPECT_EQ(patches_flag({1, 22, {}}), "--patches");
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

bool is_audit_flag(std::string_view name) {
  return audit::find_flag(name) != nullptr;
}

// "LINE message", "" for none.
std::string conflict(PatchType type, const std::string& text) {
  const auto other = source(text);
  const auto document = yaml::parse(other);
  if (!document) return "unreadable";
  const auto found = find_conflict(*document, type, *read(kOurs), is_audit_flag);
  if (!found) return "";
  return fmt::format("{} {}", other->position(found->place.begin).line, found->message);
}

TEST(Conflict, OfJsonPatches) {
  const auto json = [](const std::string& text) { return conflict(PatchType::Json, text); };
  EXPECT_EQ(json("- {op: add, path: /spec/containers/0/command/-, value: --v=4}\n"), "");
  EXPECT_EQ(json("- {op: add, path: /metadata/labels/a, value: b}\n"), "");
  EXPECT_EQ(json("- {op: test, path: /spec/volumes, value: []}\n"), "");
  EXPECT_EQ(json("# x\n- {op: add, path: /spec/containers/0/command/1, value: "
                 "--audit_log_path=/x}\n"),
            "2 it sets --audit-log-path, too");
  EXPECT_EQ(json("- {op: replace, path: /spec/containers/0/command, value: []}\n"),
            "1 it replaces /spec/containers/0/command as a whole");
  EXPECT_EQ(json("- {op: remove, path: /spec/volumes}\n"),
            "1 it replaces /spec/volumes as a whole");
  EXPECT_EQ(json("- {op: add, path: /spec/volumes/-, value: {name: other, hostPath: {path: /}}}\n"),
            "");
  EXPECT_EQ(json("- {op: add, path: /spec/volumes/0, value: {name: audit-log}}\n"),
            "1 it has a volume 'audit-log', too");
  EXPECT_EQ(json("- {op: add, path: /spec/containers/0/volumeMounts/-, value: {mountPath: /l/}}\n"),
            "1 it mounts /l/, too");
}

TEST(Conflict, OfMergePatches) {
  const auto merge = [](const std::string& text) { return conflict(PatchType::Merge, text); };
  EXPECT_EQ(merge("metadata: {labels: {a: b}}\n"), "");
  EXPECT_EQ(merge("spec: {priority: 5}\n"), "");
  EXPECT_EQ(merge("spec:\n  containers:\n  - name: kube-apiserver\n"),
            "3 it replaces spec.containers as a whole");
  EXPECT_EQ(merge("spec: {volumes: null}\n"), "1 it replaces spec.volumes as a whole");
  EXPECT_EQ(merge("metadata: {}\n---\nspec: {volumes: []}\n"),
            "3 it replaces spec.volumes as a whole");
}

TEST(Conflict, OfStrategicPatches) {
  const auto strategic = [](const std::string& text) {
    return conflict(PatchType::Strategic, text);
  };
  EXPECT_EQ(strategic("spec: {containers: [{name: kube-apiserver, resources: {}}]}\n"), "");
  EXPECT_EQ(strategic("spec: {volumes: [{name: other}]}\n"), "");
  EXPECT_EQ(strategic("spec: {containers: [{name: kube-apiserver, command: [--v=4]}]}\n"),
            "1 it replaces the command as a whole");
  EXPECT_EQ(strategic("spec: {volumes: [{name: audit-log}]}\n"),
            "1 it has a volume 'audit-log', too");
  EXPECT_EQ(strategic("spec: {containers: [{volumeMounts: [{mountPath: /l}]}]}\n"),
            "1 it mounts /l, too");
  EXPECT_EQ(strategic("spec: {volumes: [{$patch: replace}]}\n"),
            "1 its '$patch: replace' can take away what kaudit adds");
}

}  // namespace
}  // namespace kaudit::kube
