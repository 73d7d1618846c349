#include "cli/exit_cause.h"

#include <gtest/gtest.h>

namespace kaudit::cli {
namespace {

using rollout::ExitCause;
using Kind = ExitCause::Kind;

struct Row {
  const char* why;
  std::string log;
  ExitCause cause;
};

const std::string kStamp = "2026-11-23T07:00:00.123456789Z stderr F ";

TEST(ExitCause, IsTheErrorWithWhichTheCommandEnded) {
  const Row rows[] = {
      {"nothing", "", {}},
      {"nothing wrong", kStamp + "I1123 07:00:00.1 1 server.go:10] starting\n", {}},
      // Release 1.20 with a mistyped level.
      {"a refused policy",
       kStamp + "I1123 server.go:632] external host was not specified\n" + kStamp +
           "Error: loading audit policy file: rules[3].level: Unsupported value: \"metadata\"\n",
       {Kind::Fatal, "the policy was refused: rules[3].level: Unsupported value: \"metadata\""}},
      {"the same from 1.23 on",
       kStamp + "E1123 07:00:00.9 1 run.go:74] \"command failed\" err=\"loading audit policy file: "
                "rules[3].level: Unsupported value: \\\"metadata\\\"\"\n",
       {Kind::Fatal, "the policy was refused: rules[3].level: Unsupported value: \"metadata\""}},
      {"Docker's log",
       R"({"log":"Error: unknown flag: --audit-log-colour\n","stream":"stderr","time":"x"})"
       "\n",
       {Kind::Fatal, "the API server does not know the flag --audit-log-colour"}},
      {"the bare text",
       "Error: unknown flag: --x",
       {Kind::Fatal, "the API server does not know the flag --x"}},
      {"a value that is none",
       kStamp + "Error: invalid argument \"x\" for \"--audit-log-maxage\" flag: strconv\n",
       {Kind::Fatal, "invalid argument \"x\" for \"--audit-log-maxage\" flag: strconv"}},
      {"a log that cannot be opened",
       kStamp + "Error: ensureLogFile: open /a/b.log: permission denied\n",
       {Kind::Fatal, "the audit log cannot be opened: open /a/b.log: permission denied"}},
      {"a kubeconfig",
       kStamp + "Error: initializing audit webhook: stat /x: no such file\n",
       {Kind::Fatal, "the webhook's kubeconfig was refused: stat /x: no such file"}},
      {"an occupied port",
       kStamp + "Error: failed to create listener: failed to listen on 0.0.0.0:6443: listen tcp "
                "0.0.0.0:6443: bind: address already in use\n",
       {Kind::AddressInUse,
        "the port was still in use: failed to create listener: failed to listen on 0.0.0.0:6443: "
        "listen tcp 0.0.0.0:6443: bind: address already in use"}},
      {"an occupied port without a last word",
       kStamp + "F1123 x.go:1] listen tcp 0.0.0.0:6443: bind: address already in use\n",
       {Kind::AddressInUse, "the port was still in use"}},
      {"something else",
       kStamp + "Error: context deadline exceeded\n",
       {Kind::Unknown, "it said: context deadline exceeded"}},
      {"an error on the way is not the last word",
       kStamp + "E1123 x.go:1] loading audit policy file: tried again\n" + kStamp +
           "Error: context deadline exceeded\n",
       {Kind::Unknown, "it said: context deadline exceeded"}},
      {"bytes that steer a terminal",
       kStamp + "Error: unknown flag: --a\x1b[31m\n",
       {Kind::Fatal, "the API server does not know the flag --a\\x1b[31m"}},
      {"half a line of JSON", "{\"log\":\"Error: unk", {}},
  };
  for (const Row& row : rows) {
    const ExitCause cause = exit_cause(row.log);
    EXPECT_EQ(cause.kind, row.cause.kind) << row.why;
    EXPECT_EQ(cause.reason, row.cause.reason) << row.why;
  }
}

TEST(KubeletComplaint, IsTheLastOneAboutThePod) {
  // Release 1.20, klog's text; and a line about another Pod.
  const std::string journal =
      "E1123 nestedpendingoperations.go:301] Operation for \"{kubernetes.io/host-path}\" failed. "
      "Error: \"MountVolume.SetUp failed for volume \\\"audit-policy\\\" pod "
      "\\\"kube-apiserver-node1\\\" : hostPath type check failed: /etc/p.yaml is not a file\"\n"
      "E1123 x.go:1] pod \\\"etcd-node1\\\" : hostPath type check failed: /e is not a "
      "directory\"\n";
  EXPECT_EQ(kubelet_complaint(journal, "kube-apiserver"),
            "the kubelet could not mount a hostPath: /etc/p.yaml is not a file");
  EXPECT_EQ(kubelet_complaint("E1123 file.go:187] \"Could not process manifest file\" err=\"x\" "
                              "path=\"/etc/kubernetes/manifests/kube-apiserver.yaml\"",
                              "kube-apiserver"),
            "the kubelet did not take the manifest: Could not process manifest file");
  EXPECT_EQ(kubelet_complaint("I1123 kube-apiserver is fine\n", "kube-apiserver"), "");
  EXPECT_EQ(kubelet_complaint("", "kube-apiserver"), "");
}

TEST(ExitCause, IsShortenedBetweenCharacters) {
  std::string text = "Error: unknown flag: ";
  for (int i = 0; i < 400; ++i) text += "ü";
  const std::string reason = exit_cause(text).reason;
  EXPECT_LE(reason.size(), 303u);
  EXPECT_TRUE(reason.ends_with("ü...")) << reason;
}

}  // namespace
}  // namespace kaudit::cli
