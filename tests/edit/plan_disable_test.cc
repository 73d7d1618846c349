// Which changes take auditing out again, and what stays.

#include <gtest/gtest.h>

#include "support/given.h"

namespace kaudit::edit {
namespace {

using support::given;
using support::Given;
using support::kLogFlag;
using support::kLogMount;
using support::kLogVolume;
using support::kPolicyFlag;
using support::kPolicyMount;
using support::kPolicyVolume;
using support::Pod;
using support::text_of;

constexpr std::string_view kFlagsGo = "argument 1: -\nargument 2: -\n";

TEST(PlanDisable, ChangesNothingWhereNothingIs) {
  given({}).Disable().ChangesNothing();
}

TEST(PlanDisable, TakesFlagsOfEverySpelling) {
  given({.flags = {"--audit-log-maxage=3", "--audit_log_maxage=4", "--audit-log-maxsize", "\"5\"",
                   "--audit-log-truncate-enabled", "--secure-port=6443"}})
      .Disable()
      .Plans("argument 1: -\nargument 2: -\nargument 3: -\nargument 4: -\nargument 5: -\n");
}

TEST(PlanDisable, LeavesWhatIsNoFlagOfTheTable) {
  given({.flags = {"--audit-unknown=3", "--audited=1", "--secure-port=6443"}})
      .Disable()
      .ChangesNothing();
}

struct Row {
  std::string_view what;
  std::vector<std::string> volumes;
  std::vector<std::string> mounts;
  std::string_view changes;  // behind those of the two flags
  std::vector<std::string> more_flags = {};
  std::string spec = {};
  std::string container = {};
};

TEST(PlanDisable, TakesMountsThatServedOnlyAuditing) {
  for (const Row& row : std::initializer_list<Row>{
           {"ours",
            {kLogVolume, kPolicyVolume},
            {kLogMount, kPolicyMount},
            "mount 0: -\nmount 1: -\nvolume 0: -\nvolume 1: -\n"},
           {"of any name",
            {"x /x", "z /z"},  // an unquoted y is a boolean
            {"x /var/log/kubernetes/audit", "z /etc/kubernetes/audit/audit-policy.yaml"},
            "mount 0: -\nmount 1: -\nvolume 0: -\nvolume 1: -\n"},
           {"written with a slash at the end",
            {kLogVolume},
            {"audit-log /var/log//kubernetes/audit/"},
            "mount 0: -\nvolume 0: -\n"},
           {"the log file by itself",
            {"l /l"},
            {"l /var/log/kubernetes/audit/audit.log"},
            "mount 0: -\nvolume 0: -\n"},
           {"not the directory of the policy", {"p /p"}, {"p /etc/kubernetes/audit ro"}, ""},
           {"not a directory further up", {"l /l"}, {"l /var/log/kubernetes"}, ""},
           {"not one below", {"l /l"}, {"l /var/log/kubernetes/audit/deep"}, ""},
           {"not one that holds another mount",
            {kLogVolume, "x /x"},
            {kLogMount, "x /var/log/kubernetes/audit/deep"},
            ""},
           {"not kubeadm's", {"k8s-certs /x"}, {"k8s-certs /var/log/kubernetes/audit"}, ""},
           {"not kubeadm's etcd certificates",
            {"etcd-certs-0 /x"},
            {"etcd-certs-0 /var/log/kubernetes/audit"},
            ""},
           {"a name that kubeadm gives to none",
            {"etcd-certs /x"},
            {"etcd-certs /var/log/kubernetes/audit"},
            "mount 0: -\nvolume 0: -\n"},
           {"a volume that is mounted twice stays",
            {kLogVolume},
            {kLogMount, "audit-log /x"},
            "mount 0: -\n"},
           {"a volume that another container mounts stays",
            {kLogVolume},
            {kLogMount},
            "mount 0: -\n",
            {},
            "  initContainers:\n  - name: o\n    volumeMounts:\n    - mountPath: /y\n      name: "
            "audit-log\n"},
           {"a mount without a volume", {}, {kLogMount}, "mount 0: -\n"},
           {"not one that another flag names",
            {kLogVolume},
            {kLogMount},
            "",
            {"--tls-cert-file=/var/log/kubernetes/audit/x.crt"}},
           {"nor one in a list of paths",
            {kLogVolume},
            {kLogMount},
            "",
            {"--x=a=/var/log/kubernetes/audit,b"}},
           {"but one of a longer name is another",
            {kLogVolume},
            {kLogMount},
            "mount 0: -\nvolume 0: -\n",
            {"--x=/var/log/kubernetes/audit2"}},
           {"not one that the environment names",
            {kLogVolume},
            {kLogMount},
            "",
            {},
            {},
            "    env:\n    - name: X\n      value: /var/log/kubernetes/audit/x\n"},
       }) {
    SCOPED_TRACE(row.what);
    Pod pod{.flags = {kLogFlag, kPolicyFlag}, .volumes = row.volumes, .mounts = row.mounts};
    for (const std::string& flag : row.more_flags) pod.flags.push_back(flag);
    pod.spec = row.spec;
    pod.container = row.container;
    given(pod).Disable().Plans(std::string(kFlagsGo) + std::string(row.changes));
  }
}

TEST(PlanDisable, TakesTheWebhooksFilesByTheirNames) {
  given({.flags = {"--audit-webhook-config-file=/h/conf"},
         .volumes = {"audit-webhook-config /h/conf File", "audit-webhook-ca /h/ca File",
                     "audit-webhook-token-2 /h/t File", "audit-webhook-carbon /x"},
         .mounts = {"audit-webhook-config /h/conf ro", "audit-webhook-ca /h/ca ro",
                    "audit-webhook-token-2 /h/t ro", "audit-webhook-carbon /x"}})
      .Disable()
      .Plans(
          "argument 1: -\nmount 0: -\nmount 1: -\nmount 2: -\nvolume 0: -\nvolume 1: -\nvolume 2: "
          "-\n");
  given({.flags = {"--secure-port=1"},
         .volumes = {"audit-webhook-ca /h/ca File"},
         .mounts = {"audit-webhook-ca /h/ca ro"}})
      .Disable()
      .ChangesNothing();
}

TEST(PlanDisable, TakesTheAnnotation) {
  const std::string head = "apiVersion: v1\nkind: Pod\n";
  const std::string tail = "spec:\n  containers:\n  - command:\n    - kube-apiserver\n";
  const auto expect = [&](const std::string& before, const std::string& after) {
    SCOPED_TRACE(before);
    Given(head + before + tail).Disable().Produces(head + after + tail);
  };
  expect("metadata:\n  name: a\n  annotations:\n    kaudit.io/policy-sha256: \"1\"\n",
         "metadata:\n  name: a\n");
  expect("metadata:\n  annotations:\n    a: b\n    kaudit.io/policy-sha256: \"1\"\n",
         "metadata:\n  annotations:\n    a: b\n");
  expect("metadata:\n  annotations:\n    kaudit.io/policy-sha256: \"1\"\n    a: b\n",
         "metadata:\n  annotations:\n    a: b\n");
  expect("metadata:\n  annotations: {a: b, kaudit.io/policy-sha256: \"1\"}\n",
         "metadata:\n  annotations: {a: b}\n");
  expect("metadata: {name: a, annotations: {kaudit.io/policy-sha256: \"1\"}}\n",
         "metadata: {name: a}\n");
}

// The JSON of a Pod on one line, with and without the annotation.
TEST(PlanDisable, TakesTheAnnotationOutOfJson) {
  const std::string spec = "\"spec\":{\"containers\":[{\"command\":[\"kube-apiserver\"]}]}}";
  Given(
      "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"annotations\":{\"kaudit.io/"
      "policy-sha256\":\"1\"},\"name\":\"a\"}," +
      spec)
      .Disable()
      .Produces("{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"}," + spec);
}

TEST(PlanDisable, GivesBackWhatEnableFound) {
  for (const Pod& pod :
       {Pod{},
        Pod{.volumes = {"k8s-certs /etc/kubernetes/pki"},
        .mounts = {"k8s-certs /etc/kubernetes/pki ro"}},
        Pod{.flags = {"--a=1", "--z=2"}, .volumes = {"z /z", "a /a"}, .mounts = {"a /a"}}}) {
    const std::string before = text_of(pod);
    Given(Given(before).Enable().result()).Disable().Produces(before);
    Given(Given(before).Enable("--audit-log-path=-").PolicyReplaced("12").result())
        .Disable()
        .Produces(before);
  }
}

// A list that is emptied goes with its key; the shape of the list does not matter.
TEST(PlanDisable, TakesEmptiedListsWithTheirKeys) {
  Given(
      "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - command: [kube-apiserver]\n    args:\n "
      "   - --audit-log-path=-\n    image: x\n")
      .Disable()
      .Produces(
          "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - command: [kube-apiserver]\n    "
          "image: x\n");
}

TEST(PrintedChanges, AreOneLineEach) {
  EXPECT_EQ(to_string(InsertArgument{3, false, "--x=1"}), "argument before 3: + --x=1");
  EXPECT_EQ(to_string(InsertArgument{3, true, "--x=1"}), "argument before 3 in args: + --x=1");
  EXPECT_EQ(to_string(SetArgument{3, "--x=2"}), "argument 3: = --x=2");
  EXPECT_EQ(to_string(RemoveArgument{3}), "argument 3: -");
  EXPECT_EQ(to_string(InsertVolume{1, "v", "/p", kube::HostPathType::File}),
            "volume before 1: + v /p File");
  EXPECT_EQ(to_string(SetVolume{1, "/p", kube::HostPathType::Directory}),
            "volume 1: path=/p type=Directory");
  EXPECT_EQ(to_string(RemoveVolume{1}), "volume 1: -");
  EXPECT_EQ(to_string(InsertMount{1, "v", "/p", true}), "mount before 1: + /p v read-only");
  EXPECT_EQ(to_string(SetMount{1, "/p", "v", false}),
            "mount 1: mountPath=/p name=v readOnly=false");
  EXPECT_EQ(to_string(RemoveMount{1}), "mount 1: -");
  EXPECT_EQ(to_string(SetAnnotation{"12"}), "annotation kaudit.io/policy-sha256: = 12");
  EXPECT_EQ(to_string(RemoveAnnotation{}), "annotation kaudit.io/policy-sha256: -");
}

}  // namespace
}  // namespace kaudit::edit
