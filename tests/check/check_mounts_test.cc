// What is said of volumes and mounts, word for word, where rules_test.cc has no example, and what
// depends on the release.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "support/findings.h"

namespace kaudit::check {
namespace {

using support::kLogFlag;
using support::kLogMount;
using support::kLogVolume;
using support::kPolicyFlag;
using support::kPolicyMount;
using support::kPolicyVolume;
using support::Pod;
using support::said;

Pod pod(std::vector<std::string> volumes, std::vector<std::string> mounts,
        const std::string& release = "1.29") {
  return {.flags = {"--audit-log-maxage=30", "--audit-log-maxbackup=10", "--audit-log-maxsize=100",
                    kLogFlag, kPolicyFlag},
          .volumes = std::move(volumes),
          .mounts = std::move(mounts),
          .image = "registry.k8s.io/kube-apiserver:v" + release + ".1"};
}

// A right Pod, and a volume and a mount more: the mount on line 22.
Pod with(const std::string& volume, const std::string& mount) {
  return pod({kLogVolume, kPolicyVolume, volume}, {kLogMount, kPolicyMount, mount});
}

TEST(CheckMounts, SaysWhatIsWrongWithAnyMount) {
  EXPECT_EQ(said(with("x /srv/x Directory", "x /srv/x")), "");
  EXPECT_EQ(said(with("x /srv/x Directory", "x srv/x")),
            "22:18 warning [mount-path-not-absolute] the mountPath 'srv/x' is not absolute | the "
            "kubelet mounts it at /srv/x | write /srv/x\n");
  EXPECT_EQ(said(with("x /srv/x Directory", "x /var/log/kubernetes/audit/")),
            "22:18 warning [mount-shadows] the mount /var/log/kubernetes/audit/ hides the mount "
            "/var/log/kubernetes/audit | only the later one is seen | remove one of them\n");
  EXPECT_EQ(said(with("x /opt/bin Directory", "x /usr/local/bin")),
            "22:18 error [mount-shadows] the mount /usr/local/bin hides the image's "
            "/usr/local/bin/kube-apiserver | the container cannot start | mount a directory of its "
            "own\n");
}

TEST(CheckMounts, SaysWhatMayNotBeMountedInsideAReadOnlyMount) {
  Pod given = pod({kLogVolume, kPolicyVolume, "k /etc/kubernetes Directory", "x /opt/x Directory"},
                  {kLogMount, kPolicyMount, "k /etc/kubernetes ro", "x /etc/kubernetes/x"});
  EXPECT_EQ(said(given),
            "25:18 warning [mount-below-read-only-parent] the mount /etc/kubernetes/x lies in the "
            "read-only mount /etc/kubernetes | unless /etc/kubernetes/x is on the host, the "
            "container cannot start | make /etc/kubernetes/x on the host, or mount it elsewhere\n");
  // The very directory that lies there.
  given.volumes.back() = "x /etc/kubernetes/x Directory";
  EXPECT_EQ(said(given), "");
}

TEST(CheckMounts, SaysWhatServesNothing) {
  EXPECT_EQ(said(pod({kLogVolume, kPolicyVolume, "x /srv/x Directory"}, {kLogMount, kPolicyMount})),
            "34:11 note [volume-unused] no container mounts the volume 'x' | it serves nothing | "
            "mount it, or remove it\n");
}

TEST(CheckMounts, SaysWhatOneMountForBothMeans) {
  Pod given = pod({"a /srv/audit DirectoryOrCreate"}, {"a /srv/audit"});
  given.flags[3] = "--audit-log-path=/srv/audit/log/audit.log";
  given.flags[4] = "--audit-policy-file=/srv/audit/policy.yaml";
  EXPECT_EQ(
      said(given),
      "17:7 warning [policy-mount-writable] the mount of the policy file /srv/audit is "
      "writable | a compromised API server could change what is recorded | mount the policy "
      "by itself, read-only\n"
      "17:18 warning [policy-log-share-mount] the policy /srv/audit/policy.yaml and the log "
      "/srv/audit/log/audit.log lie in one mount, /srv/audit | a compromised API server could "
      "change what is recorded | keep the policy in a directory of its own, mounted "
      "read-only\n");
}

TEST(CheckMounts, SaysThatASubPathPinsAFile) {
  Pod given = pod({kLogVolume, "p /etc/kubernetes/audit Directory"},
                  {kLogMount, "p /etc/kubernetes/audit/audit-policy.yaml ro audit-policy.yaml"});
  EXPECT_EQ(said(given),
            "22:16 warning [sub-path-pins-file] the policy file "
            "/etc/kubernetes/audit/audit-policy.yaml is mounted with a subPath | a file that is "
            "replaced on the host is not seen until the Pod is made anew | mount the file by its "
            "own hostPath\n");
}

TEST(CheckMounts, SaysWhenALogPathIsADirectory) {
  Pod given = pod({kPolicyVolume, "l /srv/log DirectoryOrCreate"}, {kPolicyMount, "l /srv/log"});
  given.flags[3] = "--audit-log-path=/srv/log";
  EXPECT_EQ(
      said(given),
      "12:24 error [log-path-is-directory] the log path /srv/log is a mounted directory | the "
      "API server cannot open it as a file | give the path of a file in it, such as "
      "/srv/log/audit.log\n");
}

// Somebody who mounts one file over the image's means to replace it; behind go-runner the program
// is another element.
TEST(CheckMounts, KnowsWhichFileOfTheImageRuns) {
  EXPECT_EQ(said(with("x /opt/kube-apiserver File", "x /usr/local/bin/kube-apiserver ro")), "");
  std::string text = support::text_of(with("x /opt/bin Directory", "x /opt/image/bin"));
  text.replace(text.find("    - kube-apiserver\n"), 21,
               "    - /go-runner\n    - --log-file=/x.log\n    - /opt/image/bin/kube-apiserver\n");
  const CheckedManifest manifest = check_manifest(support::source(text), {});
  ASSERT_EQ(manifest.findings.size(), 1U);
  EXPECT_EQ(manifest.findings[0].message,
            "the mount /opt/image/bin hides the image's /opt/image/bin/kube-apiserver");
}

// An init container may bring the policy.
TEST(CheckMounts, LeavesAVolumeThatAnotherContainerFills) {
  Pod given = pod({kLogVolume, "p"}, {kLogMount, "p /etc/kubernetes/audit ro"});
  EXPECT_NE(said(given).find("[policy-not-mounted]"), std::string::npos);
  given.spec =
      "  initContainers:\n  - image: busybox\n    name: fill\n    volumeMounts:\n"
      "    - mountPath: /out\n      name: p\n";
  EXPECT_EQ(said(given).find("[policy-not-mounted]"), std::string::npos) << said(given);
}

TEST(CheckMounts, TakesTheTypeOfAWiderMountForWhatItIs) {
  Pod given = pod({kLogVolume, "p /etc/kubernetes File"}, {kLogMount, "p /etc/kubernetes ro"});
  EXPECT_EQ(said(given),
            "29:13 error [host-path-type-unfit] the hostPath /etc/kubernetes has type File and "
            "cannot be the policy file /etc/kubernetes/audit/audit-policy.yaml | the API server "
            "does not find what it needs, or the kubelet cannot mount it | correct the path or the "
            "type of that volume, or the name in its mount\n");
}

// A mount would hide the image's own files: enable refuses, so it is not the fix.
TEST(CheckMounts, DoesNotAdviseWhatEnableRefuses) {
  Pod given = pod({kPolicyVolume}, {kPolicyMount});
  given.flags[3] = "--audit-log-path=/etc/audit.log";
  EXPECT_EQ(said(given),
            "12:24 error [log-not-mounted] no mount covers the log directory /etc | the log stays "
            "in the container and is lost with it | give the log a directory of its own, such as "
            "/var/log/kubernetes/audit\n");
}

TEST(CheckMounts, KnowsWhatNeverRotates) {
  const auto rule = [](const std::string& maxsize, const std::string& release) {
    Pod given = pod({kPolicyVolume, "l /l.log FileOrCreate"},
                    {kPolicyMount, "l /var/log/kubernetes/audit/audit.log"}, release);
    given.flags[2] = "--audit-log-maxsize=" + maxsize;
    const std::string all = said(given);
    const std::size_t at = all.find(" [log-mounted-as-file]");
    return at == std::string::npos ? "nothing: " + all : all.substr(all.rfind(' ', at - 1) + 1, at);
  };
  EXPECT_TRUE(rule("100", "1.31").starts_with("error"));
  EXPECT_TRUE(rule("999999", "1.31").starts_with("error"));
  EXPECT_TRUE(rule("2000000000", "1.31").starts_with("warning"));
  EXPECT_TRUE(rule("0", "1.35").starts_with("error"));
  EXPECT_TRUE(rule("0", "1.36").starts_with("warning"));
}

// audit.go, ensureLogFile: from 1.22 on the log is opened at start, from 1.25 on its directory
// made.
TEST(CheckMounts, SaysWhatTheReleaseDoesWithALogThatIsNotThere) {
  const auto consequence = [](const Pod& given) {
    const std::string all = said(given);
    const std::size_t at = all.find(" | ");
    return all.substr(at + 3, all.find(" | ", at + 3) - at - 3);
  };
  const std::string lost = "the log stays in the container and is lost with it";
  const std::string none = "the container has no such directory, and the API server will not start";
  for (const auto& [release, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"1.21", lost}, {"1.22", none}, {"1.24", none}, {"1.25", lost}, {"1.36", lost}})
    EXPECT_EQ(consequence(pod({kPolicyVolume}, {kPolicyMount}, release)), wanted) << release;
  for (const auto& [release, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"1.21", "every event is lost"}, {"1.22", "the API server will not start"}}) {
    EXPECT_EQ(consequence(pod({kLogVolume, kPolicyVolume},
                              {std::string(kLogMount) + " ro", kPolicyMount}, release)),
              wanted)
        << release;
  }
}

// The defaults of 1.36 are limits; before, a flag that is not given is none.
TEST(CheckMounts, KnowsTheDefaultsOfTheRelease) {
  for (const auto& [release, rule] :
       std::vector<std::pair<std::string, std::string>>{{"1.26", "rotation-unset"},
                                                        {"1.32", "rotation-unset"},
                                                        {"1.35", "rotation-unset"},
                                                        {"1.36", ""}}) {
    Pod given = pod({kLogVolume, kPolicyVolume}, {kLogMount, kPolicyMount}, release);
    given.flags = {kLogFlag, kPolicyFlag};
    const std::string all = said(given);
    EXPECT_EQ(all.find("[" + rule + "]") != std::string::npos, !rule.empty()) << release << all;
    EXPECT_EQ(all.empty(), rule.empty()) << all;
  }
}

}  // namespace
}  // namespace kaudit::check
