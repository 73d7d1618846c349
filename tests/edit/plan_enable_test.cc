// Which changes turn auditing on. Every row is a manifest, a request and the whole plan.

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
using Kind = check::PathFact::Kind;

// A Pod in which auditing is on and nothing is wrong.
Pod enabled() {
  return {.flags = {kLogFlag, kPolicyFlag},
          .volumes = {kLogVolume, kPolicyVolume},
          .mounts = {kLogMount, kPolicyMount}};
}

constexpr std::string_view kDefaultFlags =
    "argument before 1: + --audit-log-maxage=30\n"
    "argument before 1: + --audit-log-maxbackup=10\n"
    "argument before 1: + --audit-log-maxsize=100\n"
    "argument before 1: + --audit-log-path=/var/log/kubernetes/audit/audit.log\n"
    "argument before 1: + --audit-policy-file=/etc/kubernetes/audit/audit-policy.yaml\n";
constexpr std::string_view kDefaultMounts =
    "mount before 0: + /var/log/kubernetes/audit audit-log\n"
    "mount before 0: + /etc/kubernetes/audit/audit-policy.yaml audit-policy read-only\n"
    "volume before 0: + audit-log /var/log/kubernetes/audit DirectoryOrCreate\n"
    "volume before 0: + audit-policy /etc/kubernetes/audit/audit-policy.yaml File\n";

// ---- settings -----------------------------------------------------------------------------------

TEST(PlanSettings, DefaultsWhereNothingIsThere) {
  given({}).Enable().Plans(std::string(kDefaultFlags) + std::string(kDefaultMounts));
}

TEST(PlanSettings, NothingWhereAllIsThere) {
  given(enabled()).Enable().ChangesNothing();
}

TEST(PlanSettings, TheManifestGoesBeforeTheDefault) {
  Pod pod = enabled();
  pod.flags = {"--audit-log-path=/var/log/kubernetes/audit/other.log", kPolicyFlag};
  given(pod).Enable().ChangesNothing();
}

TEST(PlanSettings, TheCommandLineGoesBeforeTheManifest) {
  given(enabled())
      .Enable("--audit-log-path=/var/log/kubernetes/audit/other.log")
      .Plans("argument 1: = --audit-log-path=/var/log/kubernetes/audit/other.log\n");
}

TEST(PlanSettings, EqualValuesInAnotherSpellingChangeNothing) {
  Pod pod = enabled();
  pod.flags = {"--audit-log-maxage=036", "--audit_log_path=/var/log//kubernetes/audit/audit.log",
               kPolicyFlag};
  given(pod)
      .Enable("--audit-log-maxage=30 --audit-log-path=/var/log/kubernetes/audit/audit.log")
      .ChangesNothing();
}

TEST(PlanSettings, LimitsComeOnlyWithALogPathOfOurs) {
  given(enabled()).Enable().ChangesNothing();  // no limits are there, and none are added
  Pod pod = enabled();
  pod.flags = {"--audit-log-maxage=3", kPolicyFlag};
  given(pod).Enable().Plans(
      "argument before 2: + --audit-log-maxbackup=10\n"
      "argument before 2: + --audit-log-maxsize=100\n"
      "argument before 2: + --audit-log-path=/var/log/kubernetes/audit/audit.log\n");
}

TEST(PlanSettings, GivenLimitsAreAddedToALogThatIsThere) {
  given(enabled())
      .Enable("--audit-log-maxage=7")
      .Plans("argument before 1: + --audit-log-maxage=7\n");
}

TEST(PlanSettings, StandardOutputNeedsNeitherMountNorLimits) {
  given({})
      .Enable("--audit-log-path=-")
      .Plans(
          "argument before 1: + --audit-log-path=-\n"
          "argument before 1: + --audit-policy-file=/etc/kubernetes/audit/audit-policy.yaml\n"
          "mount before 0: + /etc/kubernetes/audit/audit-policy.yaml audit-policy read-only\n"
          "volume before 0: + audit-policy /etc/kubernetes/audit/audit-policy.yaml File\n");
}

TEST(PlanSettings, AWebhookNeedsNoLog) {
  given({})
      .Enable("--audit-webhook-config-file=/etc/kubernetes/audit/webhook.conf")
      .WebhookNames("certificate-authority", "/etc/kubernetes/audit/ca.crt")
      .WebhookNames("client-certificate", "/etc/kubernetes/audit/tls.crt")
      .WebhookNames("client-key", "/etc/kubernetes/audit/tls.key")
      .WebhookNames("tokenFile", "/etc/kubernetes/audit/token")
      .Plans(
          "argument before 1: + --audit-policy-file=/etc/kubernetes/audit/audit-policy.yaml\n"
          "argument before 1: + --audit-webhook-config-file=/etc/kubernetes/audit/webhook.conf\n"
          "mount before 0: + /etc/kubernetes/audit/audit-policy.yaml audit-policy read-only\n"
          "mount before 0: + /etc/kubernetes/audit/ca.crt audit-webhook-ca read-only\n"
          "mount before 0: + /etc/kubernetes/audit/tls.crt audit-webhook-client-cert read-only\n"
          "mount before 0: + /etc/kubernetes/audit/tls.key audit-webhook-client-key read-only\n"
          "mount before 0: + /etc/kubernetes/audit/webhook.conf audit-webhook-config read-only\n"
          "mount before 0: + /etc/kubernetes/audit/token audit-webhook-token read-only\n"
          "volume before 0: + audit-policy /etc/kubernetes/audit/audit-policy.yaml File\n"
          "volume before 0: + audit-webhook-ca /etc/kubernetes/audit/ca.crt File\n"
          "volume before 0: + audit-webhook-client-cert /etc/kubernetes/audit/tls.crt File\n"
          "volume before 0: + audit-webhook-client-key /etc/kubernetes/audit/tls.key File\n"
          "volume before 0: + audit-webhook-config /etc/kubernetes/audit/webhook.conf File\n"
          "volume before 0: + audit-webhook-token /etc/kubernetes/audit/token File\n");
}

TEST(PlanSettings, AnEmptyLogPathIsNone) {
  Pod pod = enabled();
  pod.flags = {"--audit-log-path=", kPolicyFlag};
  given(pod).Enable().Plans(
      "argument 1: = --audit-log-path=/var/log/kubernetes/audit/audit.log\n"
      "argument before 1: + --audit-log-maxage=30\n"
      "argument before 1: + --audit-log-maxbackup=10\n"
      "argument before 1: + --audit-log-maxsize=100\n");
}

TEST(PlanSettings, AVariableIsLeftAlone) {
  Pod pod = enabled();
  pod.flags = {"--audit-log-path=$(LOG)", kPolicyFlag};
  given(pod).Enable().ChangesNothing();
}

// ---- where flags go, and how they are spelled ---------------------------------------------------

TEST(PlanFlags, AreSortedInUpTo131) {
  const Pod pod{
      .flags = {"--allow-privileged=true", "--authorization-mode=Node", "--secure-port=6443"}};
  for (const int minor : {20, 31}) {
    EXPECT_TRUE(given(pod)
                    .Version(minor)
                    .Enable("--audit-log-path=-")
                    .plan()
                    .starts_with("argument before 2: + --audit-log-path=-\nargument before 2: + "
                                 "--audit-policy-file="));
  }
}

// kubeadm sorts what is written, and not what kube-apiserver makes of it.
TEST(PlanFlags, AreSortedAsTheyAreSpelled) {
  const auto plan = [](const std::vector<std::string>& flags) {
    return given({.flags = flags}).Version(31).Enable("--audit-log-path=-").plan();
  };
  const std::string before_all =
      "argument before 1: + --audit-log-path=-\nargument before 1: + --audit-policy-file=";
  EXPECT_TRUE(plan({"--audit_log_maxage=7", "--v=2"}).starts_with(before_all));
  EXPECT_TRUE(plan({"--authorization_mode=Node", "--v=2"}).starts_with(before_all));
  EXPECT_TRUE(plan({"--Audit-log-path=/x", "--audit_log_maxage=7"})
                  .starts_with("argument before 2: + --audit-log-path=-\n"));
  // Sorted to kube-apiserver, and not to kubeadm.
  EXPECT_TRUE(plan({"--audit_log_maxage=7", "--audit-log-maxsize=7", "--v=2"})
                  .starts_with("argument before 4: + --audit-log-path=-\n"));
}

TEST(PlanFlags, AreAppendedFrom132OnAndWhereNothingIsKnown) {
  Pod pod{.flags = {"--allow-privileged=true", "--authorization-mode=Node"}};
  for (const int minor : {32, 34}) {
    EXPECT_TRUE(given(pod)
                    .Version(minor)
                    .Enable("--audit-log-path=-")
                    .plan()
                    .starts_with("argument before 3: + --audit-log-path=-\nargument before 3: + "
                                 "--audit-policy-file="));
  }
  pod.image = "kube-apiserver";
  EXPECT_TRUE(given(pod)
                  .Enable("--audit-log-path=-")
                  .plan()
                  .starts_with("argument before 3: + --audit-log-path=-\n"));
  pod.image = "kube-apiserver:v1.31.0";
  EXPECT_TRUE(given(pod)
                  .Enable("--audit-log-path=-")
                  .plan()
                  .starts_with("argument before 2: + --audit-log-path=-\n"));
}

TEST(PlanFlags, AreAppendedToWhatIsNotSorted) {
  const std::vector<std::string> unsorted[] = {
      {"--secure-port=6443", "--allow-privileged=true"},
      {"--allow-privileged=true", "word"},
      {"--allow-privileged=true", "\"\""},
  };
  for (const auto& flags : unsorted) {
    const std::string plan = given({.flags = flags}).Enable("--audit-log-path=-").plan();
    EXPECT_TRUE(plan.starts_with("argument before 3: + --audit-log-path=-\n")) << flags[1] << "\n"
                                                                               << plan;
  }
}

TEST(PlanFlags, OfTwoElementsKeepTheirForm) {
  Pod pod = enabled();
  pod.flags = {"--audit-log-path", "/var/log/kubernetes/audit/audit.log", kPolicyFlag};
  given(pod).Enable().ChangesNothing();
  given(pod)
      .Enable("--audit-log-path=/var/log/kubernetes/audit/b.log")
      .Plans("argument 2: = /var/log/kubernetes/audit/b.log\n");
}

TEST(PlanFlags, KeepTheirUnderscores) {
  Pod pod = enabled();
  pod.flags = {"--audit_log-path=/var/log/kubernetes/audit/audit.log", kPolicyFlag};
  given(pod)
      .Enable("--audit-log-path=/var/log/kubernetes/audit/b.log")
      .Plans("argument 1: = --audit_log-path=/var/log/kubernetes/audit/b.log\n");
}

TEST(PlanFlags, OfDuplicatesTheLastIsChanged) {
  Pod pod = enabled();
  pod.flags = {"--audit-log-maxage=1", kLogFlag, "--audit-log-maxage=2", kPolicyFlag};
  given(pod).Enable("--audit-log-maxage=2").ChangesNothing();
  given(pod).Enable("--audit-log-maxage=1").Plans("argument 3: = --audit-log-maxage=1\n");
}

TEST(PlanFlags, ABareBooleanIsTrue) {
  Pod pod = enabled();
  pod.flags = {kLogFlag, "--audit-log-truncate-enabled", kPolicyFlag};
  given(pod).Enable("--audit-log-truncate-enabled=true").ChangesNothing();
  given(pod)
      .Enable("--audit-log-truncate-enabled=false")
      .Plans("argument 2: = --audit-log-truncate-enabled=false\n");
}

TEST(PlanFlags, GoToTheListOfTheirNeighbours) {
  Pod pod;
  pod.flags = {};
  pod.container = "    args:\n    - --secure-port=6443\n";
  EXPECT_TRUE(given(pod)
                  .Enable("--audit-log-path=-")
                  .plan()
                  .starts_with("argument before 1 in args: + --audit-log-path=-\n"));
  pod.flags = {"--allow-privileged=true"};
  EXPECT_TRUE(given(pod)
                  .Enable("--audit-log-path=-")
                  .plan()
                  .starts_with("argument before 2: + --audit-log-path=-\n"));
  EXPECT_TRUE(given(pod)
                  .Version(34)
                  .Enable("--audit-log-path=-")
                  .plan()
                  .starts_with("argument before 3 in args: + --audit-log-path=-\n"));
}

// ---- mounts -------------------------------------------------------------------------------------

TEST(PlanMounts, AreSortedByVolumeNameAmongTheSorted) {
  Pod pod{.volumes = {"a /a", "z /z"}, .mounts = {"a /a", "z /z"}};
  EXPECT_EQ(given(pod)
                .Enable("--audit-log-path=-")
                .plan()
                .substr(std::string("argument before 1: + --audit-log-path=-\nargument before 1: + "
                                    "--audit-policy-file=/etc/kubernetes/audit/audit-policy.yaml\n")
                            .size()),
            "mount before 1: + /etc/kubernetes/audit/audit-policy.yaml audit-policy read-only\n"
            "volume before 1: + audit-policy /etc/kubernetes/audit/audit-policy.yaml File\n");
  pod.volumes = {"z /z", "a /a"};
  EXPECT_TRUE(
      given(pod)
          .Enable("--audit-log-path=-")
          .plan()
          .ends_with(
              "mount before 1: + /etc/kubernetes/audit/audit-policy.yaml audit-policy read-only\n"
              "volume before 2: + audit-policy /etc/kubernetes/audit/audit-policy.yaml File\n"));
}

struct Row {
  std::string_view what;
  std::vector<std::string> volumes;
  std::vector<std::string> mounts;
  std::string_view changes;
};

// Flags are there; only the mounts are in question.
void expect_mounts(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    given({.flags = {kLogFlag, kPolicyFlag}, .volumes = row.volumes, .mounts = row.mounts})
        .Enable()
        .Plans(row.changes);
  }
}

TEST(PlanMounts, OfThePolicy) {
  expect_mounts({
      {"its directory, read-only",
       {kLogVolume, "etc /etc/kubernetes/audit Directory"},
       {kLogMount, "etc /etc/kubernetes/audit ro"},
       ""},
      {"a directory further up",
       {kLogVolume, "etc /etc/kubernetes"},
       {kLogMount, "etc /etc/kubernetes ro"},
       ""},
      {"a trailing slash and doubled ones",
       {kLogVolume, "etc /etc/kubernetes/audit Directory"},
       {kLogMount, "etc //etc/./kubernetes/audit/ ro"},
       ""},
      {"another host path is right as it is",
       {kLogVolume, "audit-policy /srv/p.yaml File"},
       {kLogMount, kPolicyMount},
       ""},
      {"a directory with a longer name covers nothing",
       {kLogVolume, "etc /etc/kubernetes/audit2"},
       {kLogMount, "etc /etc/kubernetes/audit2 ro"},
       "mount before 1: + /etc/kubernetes/audit/audit-policy.yaml audit-policy read-only\n"
       "volume before 1: + audit-policy /etc/kubernetes/audit/audit-policy.yaml File\n"},
      {"writable",
       {kLogVolume, kPolicyVolume},
       {kLogMount, "audit-policy /etc/kubernetes/audit/audit-policy.yaml"},
       "mount 1: readOnly=true\n"},
      {"its directory writable",
       {kLogVolume, "etc /etc/kubernetes/audit Directory"},
       {kLogMount, "etc /etc/kubernetes/audit"},
       "mount 1: readOnly=true\n"},
      {"a wider writable one may have other uses",
       {kLogVolume, "etc /etc/kubernetes"},
       {kLogMount, "etc /etc/kubernetes"},
       ""},
      {"without a type",
       {kLogVolume, "audit-policy /etc/kubernetes/audit/audit-policy.yaml"},
       {kLogMount, kPolicyMount},
       "volume 1: type=File\n"},
      {"FileOrCreate",
       {kLogVolume, "audit-policy /etc/kubernetes/audit/audit-policy.yaml FileOrCreate"},
       {kLogMount, kPolicyMount},
       "volume 1: type=File\n"},
      {"a directory's type",
       {kLogVolume, "audit-policy /etc/kubernetes/audit/audit-policy.yaml DirectoryOrCreate"},
       {kLogMount, kPolicyMount},
       "volume 1: type=File\n"},
      {"a subPath: the type says nothing",
       {kLogVolume, "etc /etc/kubernetes/audit Directory"},
       {kLogMount, "etc /etc/kubernetes/audit/audit-policy.yaml ro audit-policy.yaml"},
       ""},
      {"unfit, and used elsewhere",
       {kLogVolume, "audit-policy /etc/kubernetes/audit/audit-policy.yaml"},
       {kLogMount, kPolicyMount, "audit-policy /other ro"},
       "mount 1: name=audit-policy-2\n"
       "volume before 2: + audit-policy-2 /etc/kubernetes/audit/audit-policy.yaml File\n"},
      {"from an emptyDir",
       {kLogVolume, "audit-policy"},
       {kLogMount, kPolicyMount},
       "mount 1: name=audit-policy-2\n"
       "volume before 2: + audit-policy-2 /etc/kubernetes/audit/audit-policy.yaml File\n"},
      {"its volume missing",
       {kLogVolume},
       {kLogMount, kPolicyMount},
       "volume before 1: + audit-policy /etc/kubernetes/audit/audit-policy.yaml File\n"},
  });
}

TEST(PlanMounts, OfTheLog) {
  expect_mounts({
      {"a directory further up",
       {kPolicyVolume, "logs /var/log"},
       {kPolicyMount, "logs /var/log"},
       ""},
      {"a directory without a type",
       {kPolicyVolume, "logs /var/log/kubernetes/audit"},
       {kPolicyMount, "logs /var/log/kubernetes/audit"},
       ""},
      {"read-only",
       {kLogVolume, kPolicyVolume},
       {"audit-log /var/log/kubernetes/audit ro", kPolicyMount},
       "mount 0: readOnly=false\n"},
      {"a file's type",
       {"audit-log /var/log/kubernetes/audit FileOrCreate", kPolicyVolume},
       {kLogMount, kPolicyMount},
       "volume 0: type=DirectoryOrCreate\n"},
      {"a wrong word for a type",
       {"audit-log /var/log/kubernetes/audit Dir", kPolicyVolume},
       {kLogMount, kPolicyMount},
       "volume 0: type=DirectoryOrCreate\n"},
      {"the file by itself",
       {"audit-log /var/log/kubernetes/audit/audit.log FileOrCreate", kPolicyVolume},
       {"audit-log /var/log/kubernetes/audit/audit.log", kPolicyMount},
       "mount 0: mountPath=/var/log/kubernetes/audit\n"
       "volume 0: path=/var/log/kubernetes/audit type=DirectoryOrCreate\n"},
      {"the file by itself, from elsewhere",
       {"audit-log /srv/logs/a.log File", kPolicyVolume},
       {"audit-log /var/log/kubernetes/audit/audit.log", kPolicyMount},
       "mount 0: mountPath=/var/log/kubernetes/audit\n"
       "volume 0: path=/srv/logs type=DirectoryOrCreate\n"},
      {"the file by itself, from an emptyDir",
       {"audit-log", kPolicyVolume},
       {"audit-log /var/log/kubernetes/audit/audit.log", kPolicyMount},
       "mount 0: mountPath=/var/log/kubernetes/audit name=audit-log-2\n"
       "volume before 1: + audit-log-2 /var/log/kubernetes/audit DirectoryOrCreate\n"},
      {"an emptyDir",
       {"audit-log", kPolicyVolume},
       {kLogMount, kPolicyMount},
       "mount 0: name=audit-log-2\n"
       "volume before 1: + audit-log-2 /var/log/kubernetes/audit DirectoryOrCreate\n"},
      {"a wider emptyDir: a narrower mount",
       {kPolicyVolume, "logs"},
       {kPolicyMount, "logs /var/log"},
       "mount before 0: + /var/log/kubernetes/audit audit-log\n"
       "volume before 0: + audit-log /var/log/kubernetes/audit DirectoryOrCreate\n"},
      {"a wider read-only one of the same place: a narrower mount",
       {kPolicyVolume, "logs /var/log"},
       {kPolicyMount, "logs /var/log ro"},
       "mount before 0: + /var/log/kubernetes/audit audit-log\n"
       "volume before 0: + audit-log /var/log/kubernetes/audit DirectoryOrCreate\n"},
      {"the longest one counts",
       {kLogVolume, kPolicyVolume, "logs /var/log"},
       {kLogMount, kPolicyMount, "logs /var/log ro"},
       ""},
  });
}

TEST(PlanMounts, RefuseWhatCouldNotBeStarted) {
  given({.flags = {kLogFlag, kPolicyFlag},
         .volumes = {kPolicyVolume, "logs /srv/logs"},
         .mounts = {kPolicyMount, "logs /var/log ro"}})
      .Enable()
      .Refuses(
          "the read-only mount /var/log covers the log directory /var/log/kubernetes/audit, and "
          "no mount point can be made inside it",
          17, 7);
  given({.flags = {kLogFlag, kPolicyFlag},
         .volumes = {kPolicyVolume, kLogVolume, "file /f.log"},
         .mounts = {kPolicyMount, kLogMount, "file /var/log/kubernetes/audit/audit.log"}})
      .Enable()
      .Refuses(
          "the log file /var/log/kubernetes/audit/audit.log is mounted by itself, and its "
          "directory too",
          19, 7);
}

TEST(PlanMounts, NamesThatAreTakenGetANumber) {
  given({.flags = {kLogFlag, kPolicyFlag},
         .volumes = {kLogVolume, "audit-policy /x", "audit-policy-2 /y"},
         .mounts = {kLogMount}})
      .Enable()
      .Plans(
          "mount before 1: + /etc/kubernetes/audit/audit-policy.yaml audit-policy-3 read-only\n"
          "volume before 3: + audit-policy-3 /etc/kubernetes/audit/audit-policy.yaml File\n");
}

TEST(PlanMounts, AVolumeThatNobodyMountsIsLeftAlone) {
  given({.flags = {kLogFlag, kPolicyFlag},
         .volumes = {kLogVolume, "mine /etc/kubernetes/audit/audit-policy.yaml File"},
         .mounts = {kLogMount}})
      .Enable()
      .Plans(
          "mount before 1: + /etc/kubernetes/audit/audit-policy.yaml audit-policy read-only\n"
          "volume before 1: + audit-policy /etc/kubernetes/audit/audit-policy.yaml File\n");
}

TEST(PlanMounts, OfOtherContainersDoNotServe) {
  Pod pod{.flags = {kLogFlag, kPolicyFlag},
          .volumes = {kLogVolume, kPolicyVolume},
          .mounts = {kLogMount}};
  pod.spec =
      "  initContainers:\n  - name: other\n    volumeMounts:\n    - mountPath: "
      "/etc/kubernetes/audit/audit-policy.yaml\n      name: audit-policy\n";
  given(pod).Enable().Plans(
      "mount before 1: + /etc/kubernetes/audit/audit-policy.yaml audit-policy-2 read-only\n"
      "volume before 2: + audit-policy-2 /etc/kubernetes/audit/audit-policy.yaml File\n");
}

// ---- a near miss --------------------------------------------------------------------------------

TEST(PlanNearMiss, IsMovedToTheFlagsPath) {
  expect_mounts({
      {"one component is missing",
       {kLogVolume, "p /etc/kubernetes/audit-policy.yaml File"},
       {kLogMount, "p /etc/kubernetes/audit-policy.yaml ro"},
       "mount 1: mountPath=/etc/kubernetes/audit/audit-policy.yaml\n"
       "volume 1: path=/etc/kubernetes/audit/audit-policy.yaml\n"},
      {"the same base name anywhere",
       {kLogVolume, "p /opt/a/b/audit-policy.yaml File"},
       {kLogMount, "p /opt/a/b/audit-policy.yaml ro"},
       "mount 1: mountPath=/etc/kubernetes/audit/audit-policy.yaml\n"
       "volume 1: path=/etc/kubernetes/audit/audit-policy.yaml\n"},
      {"a host path of its own stays",
       {kLogVolume, "p /srv/p.yaml File"},
       {kLogMount, "p /etc/kubernetes/audit-policy.yaml ro"},
       "mount 1: mountPath=/etc/kubernetes/audit/audit-policy.yaml\n"},
      {"a shared volume stays",
       {kLogVolume, "p /etc/kubernetes/audit-policy.yaml File"},
       {kLogMount, "p /etc/kubernetes/audit-policy.yaml ro", "p /x"},
       "mount 1: mountPath=/etc/kubernetes/audit/audit-policy.yaml\n"},
      {"and what is wrong beside it is mended, too",
       {kLogVolume, "p /etc/kubernetes/audit-policy.yaml"},
       {kLogMount, "p /etc/kubernetes/audit-policy.yaml"},
       "mount 1: mountPath=/etc/kubernetes/audit/audit-policy.yaml readOnly=true\n"
       "volume 1: path=/etc/kubernetes/audit/audit-policy.yaml type=File\n"},
      {"a log directory one component off",
       {"l /var/log/kubernetes DirectoryOrCreate", kPolicyVolume},
       {"l /var/log/audit", kPolicyMount},
       "mount 0: mountPath=/var/log/kubernetes/audit\n"},
      {"not a log directory of the same name elsewhere",
       {"l /a/b/audit", kPolicyVolume},
       {"l /a/b/audit", kPolicyMount},
       "mount before 2: + /var/log/kubernetes/audit audit-log\n"
       "volume before 2: + audit-log /var/log/kubernetes/audit DirectoryOrCreate\n"},
      {"not from an emptyDir",
       {kLogVolume, "p"},
       {kLogMount, "p /etc/kubernetes/audit-policy.yaml ro"},
       "mount before 1: + /etc/kubernetes/audit/audit-policy.yaml audit-policy read-only\n"
       "volume before 1: + audit-policy /etc/kubernetes/audit/audit-policy.yaml File\n"},
      {"not with a subPath",
       {kLogVolume, "p /srv"},
       {kLogMount, "p /etc/kubernetes/audit-policy.yaml ro f"},
       "mount before 1: + /etc/kubernetes/audit/audit-policy.yaml audit-policy read-only\n"
       "volume before 1: + audit-policy /etc/kubernetes/audit/audit-policy.yaml File\n"},
  });
}

TEST(PlanNearMiss, IsNotOneThatServesAFlag) {
  given({.flags = {"--admission-control-config-file=/etc/kubernetes/audit-policy.yaml", kLogFlag,
                   kPolicyFlag},
         .volumes = {kLogVolume, "p /etc/kubernetes/audit-policy.yaml File"},
         .mounts = {kLogMount, "p /etc/kubernetes/audit-policy.yaml ro"}})
      .Enable()
      .Plans(
          "mount before 1: + /etc/kubernetes/audit/audit-policy.yaml audit-policy read-only\n"
          "volume before 1: + audit-policy /etc/kubernetes/audit/audit-policy.yaml File\n");
}

TEST(PlanNearMiss, IsNoMountThatIsUsedWithoutAFlag) {
  // kubeadm's certificates are used without being named; neither they nor the directory itself
  // move.
  given({.flags = {kPolicyFlag},
         .volumes = {kPolicyVolume, "ca-certs /etc/ssl/certs DirectoryOrCreate"},
         .mounts = {kPolicyMount, "ca-certs /etc/ssl/certs ro"}})
      .Enable(
          "--audit-log-path=/etc/ssl/audit.log --audit-log-maxage=1 --audit-log-maxbackup=1 "
          "--audit-log-maxsize=1")
      .Plans(
          "argument before 1: + --audit-log-maxage=1\n"
          "argument before 1: + --audit-log-maxbackup=1\n"
          "argument before 1: + --audit-log-maxsize=1\n"
          "argument before 1: + --audit-log-path=/etc/ssl/audit.log\n"
          "mount before 0: + /etc/ssl audit-log\n"
          "volume before 0: + audit-log /etc/ssl DirectoryOrCreate\n");
  // A mount inside the wanted directory may be anything.
  given({.flags = {"--audit-log-path=/var/log/audit.log", kPolicyFlag},
         .volumes = {kPolicyVolume, "pods /var/log/pods Directory"},
         .mounts = {kPolicyMount, "pods /var/log/pods ro"}})
      .Enable()
      .Plans(
          "mount before 0: + /var/log audit-log\n"
          "volume before 0: + audit-log /var/log DirectoryOrCreate\n");
  // A kubeconfig elsewhere in the tree is somebody else's.
  given(
      {.flags = {"--audit-webhook-config-file=/etc/kubernetes/audit/kubeconfig.yaml", kPolicyFlag},
       .volumes = {"admission /etc/kubernetes/admission/kubeconfig.yaml File", kPolicyVolume},
       .mounts = {"admission /etc/kubernetes/admission/kubeconfig.yaml ro", kPolicyMount}})
      .Enable()
      .Plans(
          "mount before 2: + /etc/kubernetes/audit/kubeconfig.yaml audit-webhook-config read-only\n"
          "volume before 2: + audit-webhook-config /etc/kubernetes/audit/kubeconfig.yaml File\n");
}

TEST(PlanNearMiss, GivesWayToTheMountThatTheSettingLeaves) {
  given({.flags = {"--audit-log-path=/srv/kas/audit.log", kPolicyFlag},
         .volumes = {"a /var/audit", "b /srv/kas", kPolicyVolume},
         .mounts = {"a /var/audit", "b /srv/kas", kPolicyMount}})
      .Enable("--audit-log-path=/var/log/audit/audit.log")
      .Plans(
          "argument 1: = --audit-log-path=/var/log/audit/audit.log\n"
          "mount 1: mountPath=/var/log/audit\n"
          "volume 1: path=/var/log/audit\n");
}

TEST(PlanNearMiss, KeepsTheHostsPathWhereOnlyThatExists) {
  const Pod pod{.flags = {kLogFlag, kPolicyFlag},
                .volumes = {kLogVolume, "p /etc/kubernetes/audit-policy.yaml File"},
                .mounts = {kLogMount, "p /etc/kubernetes/audit-policy.yaml ro"}};
  const std::string moved = "mount 1: mountPath=/etc/kubernetes/audit/audit-policy.yaml\n";
  const std::string followed = moved + "volume 1: path=/etc/kubernetes/audit/audit-policy.yaml\n";
  const auto at_old = [&](Kind kind) {
    return given(pod).Enable().Live().OnHost("/etc/kubernetes/audit-policy.yaml", kind);
  };
  const std::string path = "/etc/kubernetes/audit/audit-policy.yaml";
  at_old(Kind::File).OnHost(path, Kind::Missing).Plans(moved);
  at_old(Kind::File).OnHost(path, Kind::File).Plans(followed);
  at_old(Kind::Missing).OnHost(path, Kind::Missing).Plans(followed);
  at_old(Kind::File).Plans(followed);  // nobody looked at the new place
  given(pod)
      .Enable()
      .OnHost("/etc/kubernetes/audit-policy.yaml", Kind::File)
      .OnHost(path, Kind::Missing)
      .Plans(followed);  // not live
}

TEST(PlanSettings, RefusesPathsInEachOthersWay) {
  given({})
      .Enable("--audit-log-path=/srv/x --audit-webhook-config-file=/srv/x")
      .Refuses(
          "--audit-log-path=/srv/x and --audit-webhook-config-file=/srv/x are in each other's way");
  given({})
      .Enable("--audit-log-path=/srv/k8s/audit.log --audit-policy-file=/srv/k8s")
      .Refuses(
          "--audit-policy-file=/srv/k8s and --audit-log-path=/srv/k8s/audit.log are in each "
          "other's way");
  given({})
      .Enable("--audit-log-path=/etc/kubernetes/manifests/audit.log")
      .Refuses(
          "the log /etc/kubernetes/manifests/audit.log would lie among the static Pod "
          "manifests, and the kubelet reads every file there");
}

TEST(PlanSettings, RefusesTheOtherNameOfASetting) {
  given({.flags = {"--audit-webhook-batch-initial-backoff=5s"}})
      .Enable("--audit-webhook-config-file=/etc/hook --audit-webhook-initial-backoff=20s")
      .Refuses(
          "--audit-webhook-initial-backoff is another name of "
          "--audit-webhook-batch-initial-backoff, which is already set to 5s");
}

// ---- host paths, and paths that move ------------------------------------------------------------

TEST(PlanHostPath, IsTheOneThatIsGiven) {
  given({})
      .Enable("--audit-log-path=-")
      .HostPath("/etc/kubernetes/audit/audit-policy.yaml", "/srv/p.yaml")
      .Plans(
          "argument before 1: + --audit-log-path=-\n"
          "argument before 1: + --audit-policy-file=/etc/kubernetes/audit/audit-policy.yaml\n"
          "mount before 0: + /etc/kubernetes/audit/audit-policy.yaml audit-policy read-only\n"
          "volume before 0: + audit-policy /srv/p.yaml File\n");
  given(enabled())
      .Enable()
      .HostPath("/var/log/kubernetes/audit", "/srv/logs/")
      .Plans("volume 0: path=/srv/logs\n");
  Pod shared = enabled();
  shared.mounts.push_back("audit-log /x");
  given(shared)
      .Enable()
      .HostPath("/var/log/kubernetes/audit", "/srv/logs")
      .Plans(
          "mount 0: name=audit-log-2\n"
          "volume before 1: + audit-log-2 /srv/logs DirectoryOrCreate\n");
}

TEST(PlanHostPath, MustBelongToASetting) {
  given({}).Enable().HostPath("/x", "/y").Refuses("--host-path names /x, which no setting mounts");
}

TEST(PlanMove, TakesTheMountAlong) {
  given(enabled())
      .Enable("--audit-log-path=/srv/audit/a.log")
      .Plans(
          "argument 1: = --audit-log-path=/srv/audit/a.log\n"
          "mount 0: mountPath=/srv/audit\n"
          "volume 0: path=/srv/audit\n");
  given(enabled())
      .Enable("--audit-policy-file=/srv/p.yaml")
      .Plans(
          "argument 2: = --audit-policy-file=/srv/p.yaml\n"
          "mount 1: mountPath=/srv/p.yaml\n"
          "volume 1: path=/srv/p.yaml\n");
}

// ---- refusals -----------------------------------------------------------------------------------

TEST(PlanRefusals, OfGivenPaths) {
  const auto refused = [](const char* flags, const char* message) {
    given({}).Enable(flags).Refuses(message);
  };
  refused("--audit-log-path=a.log", "--audit-log-path=a.log is not an absolute path");
  refused("--audit-log-path=/a/../b.log",
          "--audit-log-path=/a/../b.log has a '..' element, which hostPath volumes may not have");
  refused("--audit-log-path=/var/log/audit/", "--audit-log-path=/var/log/audit/ is a directory");
  refused("--audit-policy-file=p.yaml", "--audit-policy-file=p.yaml is not an absolute path");
  refused("--audit-policy-file=-", "--audit-policy-file=- is not an absolute path");
  refused(
      "--audit-webhook-config-file=/a/..",
      "--audit-webhook-config-file=/a/.. has a '..' element, which hostPath volumes may not have");
  refused("--audit-log-path=/$(DIR)/a.log",
          "--audit-log-path=/$(DIR)/a.log holds a variable or a doubled dollar, and its mount "
          "cannot be proven");
  refused("--audit-log-path=/x/p --audit-policy-file=/x/p",
          "--audit-policy-file=/x/p and --audit-log-path=/x/p are in each other's way");
  refused("--audit-log-path=/x//p --audit-policy-file=/x/p",
          "--audit-policy-file=/x/p and --audit-log-path=/x/p are in each other's way");
}

TEST(PlanRefusals, OfLogDirectoriesThatWouldHideTheImage) {
  for (const char* directory : {"/usr/local/bin", "/etc", "/usr/bin", "/proc", "/sys/fs"}) {
    given({})
        .Enable(fmt::format("--audit-log-path={}/a.log", directory))
        .Refuses(fmt::format("the log's directory {} cannot be mounted, because the mount would "
                             "hide the container's own files",
                             directory));
  }
  given({})
      .Enable("--audit-log-path=/a.log")
      .Refuses(
          "the log's directory / cannot be mounted, because the mount would hide the container's "
          "own files");
  given({.flags = {"--audit-log-path=/usr/local/bin/a.log"}})
      .Enable()
      .Refuses(
          "the log's directory /usr/local/bin cannot be mounted, because the mount would hide the "
          "container's own files",
          9, 7);
}

TEST(PlanRefusals, OfAFixedUidOnALiveNode) {
  Pod pod;
  pod.metadata = "  name: kube-apiserver\n  uid: abc\n";
  const char* message =
      "metadata.uid is set, so the kubelet would not restart the container and the change would "
      "not take effect";
  given(pod).Enable().Live().Refuses(message, 5, 8);
  given(pod).Disable().Live().Refuses(message, 5, 8);
  EXPECT_TRUE(given(pod).Enable().plan().starts_with("argument before 1: + "));
}

// ---- the annotation -----------------------------------------------------------------------------

TEST(PlanAnnotation, IsSetWhenAPolicyWasReplaced) {
  given(enabled()).Enable().PolicyReplaced("0123").Plans(
      "annotation kaudit.io/policy-sha256: = 0123\n");
  Pod pod = enabled();
  pod.metadata = "  annotations:\n    kaudit.io/policy-sha256: \"0123\"\n";
  given(pod).Enable().PolicyReplaced("0123").ChangesNothing();
  given(pod).Enable().PolicyReplaced("4567").Plans("annotation kaudit.io/policy-sha256: = 4567\n");
  given(pod).Enable().ChangesNothing();
}

// A Pod whose metadata is written in some way, before and after the annotation comes.
TEST(PlanAnnotation, IsWrittenInEveryForm) {
  const std::string tail = text_of(enabled()).substr(text_of(enabled()).find("spec:"));
  const auto expect_annotation = [&](const std::string& metadata, const std::string& after,
                                     const std::string& sha = "123") {
    SCOPED_TRACE(metadata);
    const std::string head = "apiVersion: v1\nkind: Pod\n";
    Given(head + metadata + tail).Enable().PolicyReplaced(sha).Produces(head + after + tail);
  };
  const std::string line = "    kaudit.io/policy-sha256: \"123\"\n";
  expect_annotation("metadata:\n  name: a\n", "metadata:\n  name: a\n  annotations:\n" + line);
  expect_annotation("metadata:\n", "metadata:\n  annotations:\n" + line);
  expect_annotation("metadata: null\n", "metadata:\n  annotations:\n" + line);
  expect_annotation("metadata: {}\n", "metadata:\n  annotations:\n" + line);
  expect_annotation("metadata:\n  annotations:\n", "metadata:\n  annotations:\n" + line);
  expect_annotation("metadata:\n  annotations: {}\n", "metadata:\n  annotations:\n" + line);
  expect_annotation("metadata:\n  annotations: ~\n", "metadata:\n  annotations:\n" + line);
  expect_annotation("metadata:\n  annotations:\n    a: b\n",
                    "metadata:\n  annotations:\n    a: b\n" + line);
  expect_annotation("metadata:\n  annotations: {a: b}\n",
                    "metadata:\n  annotations: {a: b, kaudit.io/policy-sha256: \"123\"}\n");
  expect_annotation("metadata: {name: a}\n",
                    "metadata: {name: a, annotations: {kaudit.io/policy-sha256: \"123\"}}\n");
  expect_annotation("metadata:\n  annotations:\n    kaudit.io/policy-sha256: \"9\"\n",
                    "metadata:\n  annotations:\n" + line);
  // Never bare: a number would make the kubelet drop the Pod.
  expect_annotation("metadata:\n  annotations:\n    kaudit.io/policy-sha256: abc\n",
                    "metadata:\n  annotations:\n" + line);
  expect_annotation("metadata:\n  annotations:\n    kaudit.io/policy-sha256: abc\n",
                    "metadata:\n  annotations:\n    kaudit.io/policy-sha256: \"abcd\"\n", "abcd");
  expect_annotation("metadata:\n  annotations:\n    kaudit.io/policy-sha256: 'abc'\n",
                    "metadata:\n  annotations:\n    kaudit.io/policy-sha256: \"abcd\"\n", "abcd");
  expect_annotation("metadata:\n  annotations:\n    kaudit.io/policy-sha256:\n",
                    "metadata:\n  annotations:\n" + line);
}

TEST(PlanAnnotation, ComesWithItsMetadata) {
  const std::string tail = text_of(enabled()).substr(text_of(enabled()).find("spec:"));
  Given("apiVersion: v1\nkind: Pod\n" + tail)
      .Enable()
      .PolicyReplaced("123")
      .Produces("apiVersion: v1\nkind: Pod\n" + tail +
                "metadata:\n  annotations:\n    kaudit.io/policy-sha256: \"123\"\n");
}

TEST(PlanAnnotation, IsWrittenIntoJson) {
  const std::string head = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",";
  const std::string tail =
      "\"spec\":{\"containers\":[{\"command\":[\"kube-apiserver\",\"--audit-log-path=-\",\"--audit-"
      "policy-file=/p/q\"],"
      "\"volumeMounts\":[{\"mountPath\":\"/p/q\",\"name\":\"p\",\"readOnly\":true}]}],"
      "\"volumes\":[{\"hostPath\":{\"path\":\"/p/q\",\"type\":\"File\"},\"name\":\"p\"}]}";
  const std::string ours = "{\"kaudit.io/policy-sha256\":\"123\"}";
  Given(head + "\"metadata\":{\"name\":\"a\"}," + tail + "}")
      .Enable()
      .PolicyReplaced("123")
      .Produces(head + "\"metadata\":{\"name\":\"a\",\"annotations\":" + ours + "}," + tail + "}");
  Given(head + "\"metadata\":{\"annotations\":{}}," + tail + "}")
      .Enable()
      .PolicyReplaced("123")
      .Produces(head + "\"metadata\":{\"annotations\":" + ours + "}," + tail + "}");
  Given(head + "\"metadata\":null," + tail + "}")
      .Enable()
      .PolicyReplaced("123")
      .Produces(head + "\"metadata\":{\"annotations\":" + ours + "}," + tail + "}");
  Given(head + tail + "}")
      .Enable()
      .PolicyReplaced("123")
      .Produces(head + tail + ",\"metadata\":{\"annotations\":" + ours + "}}");
}

// By its type and its name the hostPath is something else: a new type would only hide the mistake.
TEST(PlanEnable, RefusesToTakeAHostPathForWhatItIsNot) {
  Pod pod = enabled();
  pod.volumes = {"audit-log /etc/kubernetes/audit/audit-policy.yaml File",
                 "audit-policy /var/log/kubernetes/audit DirectoryOrCreate"};
  given(pod).Enable().Refuses(
      "the hostPath /var/log/kubernetes/audit of volume 'audit-policy' has type DirectoryOrCreate "
      "and cannot be the policy file /etc/kubernetes/audit/audit-policy.yaml",
      25, 13);
  pod = enabled();
  pod.flags[0] = "--audit-log-path=/var/log/kubernetes/audit";
  given(pod).Enable().Refuses("the log path /var/log/kubernetes/audit is a mounted directory", 14,
                              18);
}

TEST(PlanEnable, RefusesAnItemThatNobodyMeant) {
  Pod pod = enabled();
  pod.flags = {std::string(kPolicyFlag) + " " + kLogFlag};
  given(pod).Enable().Refuses(
      "the item of --audit-policy-file holds more than one flag and its value", 9, 7);
}

// audit.go, AuditOptions.Validate: with the gate off kube-apiserver would exit.
TEST(PlanEnable, GivesNoPolicyWhereTheGateIsOff) {
  Pod pod = enabled();
  pod.image = "kube-apiserver:v1.10.0";
  pod.flags = {kLogFlag, "--feature-gates=AdvancedAuditing=false"};
  pod.volumes = {kLogVolume};
  pod.mounts = {kLogMount};
  given(pod).Enable().ChangesNothing();
  given(pod)
      .Enable("--audit-policy-file=/p")
      .Refuses(
          "the feature gate AdvancedAuditing is off, and kube-apiserver 1.10 would refuse to start "
          "with "
          "--audit-policy-file");
}

// The kubelet rejects a Pod with such a path, whoever uses it; this one is auditing's.
TEST(PlanEnable, CorrectsAHostPathThatLeadsNowhere) {
  Pod pod = enabled();
  pod.volumes[0] = "audit-log /var/log/../log/kubernetes/audit DirectoryOrCreate";
  given(pod).Enable().Plans("volume 0: path=/var/log/kubernetes/audit\n");
}

}  // namespace
}  // namespace kaudit::edit
