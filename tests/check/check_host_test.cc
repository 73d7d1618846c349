#include "check/check_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "check/check_api_server.h"
#include "support/given.h"
#include "support/policies.h"

namespace kaudit::check {
namespace {

using support::good_policy;
using support::host_policy;
using support::kLogFlag;
using support::kLogMount;
using support::kLogVolume;
using support::kPolicyFlag;
using support::kPolicyHead;
using support::kPolicyMount;
using support::kPolicyVolume;
using support::Pod;
using testing::Contains;
using testing::Not;
using Kind = PathFact::Kind;

constexpr const char* kPolicyPath = "/etc/kubernetes/audit/audit-policy.yaml";
constexpr const char* kLogDirectory = "/var/log/kubernetes/audit";
constexpr const char* kHookFlag = "--audit-webhook-config-file=/etc/hook/conf";
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

Pod good() {
  return {.flags = {"--audit-log-maxage=30", kLogFlag, kPolicyFlag},
          .volumes = {kLogVolume, kPolicyVolume},
          .mounts = {kLogMount, kPolicyMount}};
}
Pod with_flags(std::vector<std::string> flags, const char* release = "1.29") {
  Pod pod = good();
  for (std::string& flag : flags) pod.flags.push_back(std::move(flag));
  pod.image = std::string("kube-apiserver:v") + release + ".0";
  return pod;
}
Pod of_release(const char* release) {
  return with_flags({}, release);
}

struct Reading {
  std::shared_ptr<const text::SourceText> source;
  kube::ApiServer server;
};

Reading read(const Pod& pod) {
  const auto source = support::source(text_of(pod));
  const auto document = yaml::parse(source);
  const auto manifest = kube::read_pod_manifest(*document, audit::arity_of);
  return {source, manifest->api_server};
}

// "SEVERITY RULE SUBJECT LINE MESSAGE | CONSEQUENCE | FIX", a line each; line 0 for no place.
std::string text_of(const Reading& reading, const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& f : findings) {
    const std::size_t line = f.place ? reading.source->position(f.place->begin).line : 0;
    out += fmt::format("{}{} {} {} {} {} | {} | {}", out.empty() ? "" : "\n", to_string(f.severity),
                       f.rule, f.subject, line, f.message, f.consequence, f.fix);
  }
  return out;
}

std::string audited(const Pod& pod, const HostFacts& facts) {
  const Reading reading = read(pod);
  return text_of(reading, audit_host(reading.server, *reading.server.version, {}, facts));
}

std::string checked(const Pod& pod, const HostFacts& facts) {
  const Reading reading = read(pod);
  return text_of(reading, check_host(reading.server, {}, facts));
}

struct Row {
  std::string why;
  Pod pod;
  HostFacts facts;
  std::string_view findings;
};

void expect_audited(const std::vector<Row>& rows) {
  for (const Row& row : rows) EXPECT_EQ(audited(row.pod, row.facts), row.findings) << row.why;
}

// ---- the policy file -----------------------------------------------------------------------

HostFacts policy_file(HostPolicy policy, PathFact fact = {Kind::File, 1, 0600, 0, 0}) {
  HostFacts facts;
  facts.paths[kPolicyPath] = fact;
  facts.policy = std::move(policy);
  return facts;
}

TEST(CheckHost, KnowsWhichReleaseRenamesADirectoryInPlaceOfTheLog) {
  HostFacts facts;
  facts.paths["/var/log/kubernetes/audit/audit.log"] = {Kind::Directory, 0, 0700, 0, 0};
  Pod pod = good();
  pod.image = "kube-apiserver:v1.21.14";
  EXPECT_EQ(checked(pod, facts),
            "warning log-path-is-directory /var/log/kubernetes/audit/audit.log 10 the log file "
            "/var/log/kubernetes/audit/audit.log is a directory on this host | the API server "
            "renames it, and writes a log in its place | give the path of a file");
  pod.image = "kube-apiserver:v1.22.0";
  EXPECT_EQ(checked(pod, facts),
            "error log-path-is-directory /var/log/kubernetes/audit/audit.log 10 the log file "
            "/var/log/kubernetes/audit/audit.log is a directory on this host | the API server will "
            "not start | give the path of a file");
}

TEST(CheckHost, RefusesAPolicyThatCannotBeLoaded) {
  const std::string invalid =
      "error policy-file-invalid /etc/kubernetes/audit/audit-policy.yaml 11 the policy file "
      "/etc/kubernetes/audit/audit-policy.yaml cannot be loaded: line 1: the policy has no rules | "
      "the API server "
      "will not start | mend it first";
  const HostPolicy no_rules = host_policy(kPolicyHead);
  EXPECT_EQ(checked(good(), policy_file(no_rules)), invalid);
  EXPECT_EQ(checked(good(), policy_file(good_policy())), "");
  EXPECT_EQ(audited(good(), policy_file(no_rules)), "") << "enable must refuse it, too";

  HostFacts elsewhere = policy_file(host_policy("kind: \"a\\nb\"\napiVersion: audit.k8s.io/v1\n"));
  elsewhere.root = "/mnt";
  EXPECT_EQ(checked(good(), elsewhere),
            "error policy-file-invalid /etc/kubernetes/audit/audit-policy.yaml 11 the policy "
            "file /mnt/etc/kubernetes/audit/audit-policy.yaml cannot be loaded: line 1: "
            "kind is 'a…', not Policy | the API server will not start | mend it first");
}

TEST(CheckHost, SaysOnceWhyAPolicyIsNone) {
  const HostPolicy empty = host_policy("");
  for (const PathFact& fact :
       {PathFact{Kind::File, 0, 0600, 0, 0}, PathFact{Kind::Missing}, PathFact{Kind::Directory}}) {
    EXPECT_EQ(checked(good(), policy_file(empty, fact)).find("policy-file-invalid"),
              std::string::npos);
  }
}

TEST(AuditHost, SeesAPolicyThatIsNewerThanTheProcess) {
  const auto facts = [](std::int64_t modified, std::optional<std::int64_t> started) {
    HostFacts made;
    made.paths[kPolicyPath] = {Kind::File, 1, 0600, 0, 0, modified};
    made.api_server_started = started;
    return made;
  };
  // date -u -d @1769842800
  constexpr std::int64_t kStart = 1'769'842'800;
  expect_audited({
      {"changed later", good(), facts(kStart + 86'399, kStart),
       "warning policy-newer-than-process /etc/kubernetes/audit/audit-policy.yaml 11 the policy "
       "file /etc/kubernetes/audit/audit-policy.yaml was changed at 2026-02-01 06:59:59 UTC, and "
       "the API server runs since 2026-01-31 07:00:00 UTC | the change is not in force, because "
       "the API server reads its policy only at start | kaudit policy install "
       "/etc/kubernetes/audit/audit-policy.yaml restarts it"},
      {"changed in the same second", good(), facts(kStart, kStart), ""},
      {"changed before", good(), facts(kStart - 1, kStart), ""},
      {"no API server", good(), facts(kStart, {}), ""},
      {"not looked at", good(),
       [] {
         HostFacts made;
         made.api_server_started = -1;
         return made;
       }(),
       ""},
  });
}

TEST(AuditHost, KnowsWhenBlockingStrictHasNoEffect) {
  const HostFacts omits = policy_file(host_policy(
      std::string(kPolicyHead) + "omitStages: [RequestReceived]\nrules:\n- level: Metadata\n"));
  const std::string log =
      "warning blocking-strict-omits-request-received audit-log-mode 12 "
      "--audit-log-mode=blocking-strict has no effect, because the policy "
      "/etc/kubernetes/audit/audit-policy.yaml omits the stage RequestReceived | a request is "
      "served although its event cannot be stored | take RequestReceived out of the policy's "
      "omitStages, or choose the mode blocking";
  const std::string hook =
      "warning blocking-strict-omits-request-received audit-webhook-mode 13 "
      "--audit-webhook-mode=blocking-strict has no effect, because the policy "
      "/etc/kubernetes/audit/audit-policy.yaml omits the stage RequestReceived | a request is "
      "served although its event cannot be stored | take RequestReceived out of the policy's "
      "omitStages, or choose the mode blocking";
  HostFacts of_node = omits;
  of_node.root = "/mnt";
  expect_audited({
      {"log", with_flags({"--audit-log-mode=blocking-strict"}), omits, log},
      {"webhook", with_flags({kHookFlag, "--audit-webhook-mode=blocking-strict"}), omits, hook},
      {"below --root", with_flags({"--audit-log-mode=blocking-strict"}), of_node,
       "warning blocking-strict-omits-request-received audit-log-mode 12 "
       "--audit-log-mode=blocking-strict has no effect, because the policy "
       "/mnt/etc/kubernetes/audit/audit-policy.yaml omits the stage RequestReceived | a request is "
       "served although its event cannot be stored | take RequestReceived out of the policy's "
       "omitStages, or choose the mode blocking"},
      {"the stage is there", with_flags({"--audit-log-mode=blocking-strict"}), policy_file({}), ""},
      {"blocking", with_flags({"--audit-log-mode=blocking"}), omits, ""},
      {"the default mode", good(), omits, ""},
      {"no webhook", with_flags({"--audit-webhook-mode=blocking-strict"}), omits, ""},
      {"the policy is unknown", with_flags({"--audit-log-mode=blocking-strict"}), {}, ""},
      {"no such mode yet", with_flags({"--audit-log-mode=blocking-strict"}, "1.12"), omits, ""},
  });
  Pod unmounted = with_flags({"--audit-log-mode=blocking-strict"});
  unmounted.volumes = {kLogVolume};
  unmounted.mounts = {kLogMount};
  EXPECT_EQ(audited(unmounted, omits), log) << "the policy is known, wherever it came from";
}

TEST(AuditHost, WantsTruncationWhereBodiesGoToAWebhook) {
  const HostFacts bodies =
      policy_file(host_policy(std::string(kPolicyHead) + "rules:\n- level: Request\n"));
  const std::string off =
      "warning truncation-off-with-request-bodies audit-webhook-config-file 12 the policy "
      "/etc/kubernetes/audit/audit-policy.yaml sends bodies of requests to the webhook of "
      "--audit-webhook-config-file=/etc/hook/conf, and --audit-webhook-truncate-enabled is not on "
      "| a batch that is larger than the receiver takes is refused as a whole, and its events are "
      "lost after the retries | set --audit-webhook-truncate-enabled=true";
  expect_audited({
      {"unset", with_flags({kHookFlag}), bodies, off},
      {"off", with_flags({kHookFlag, "--audit-webhook-truncate-enabled=F"}), bodies, off},
      {"on", with_flags({kHookFlag, "--audit-webhook-truncate-enabled"}), bodies, ""},
      {"cannot be told", with_flags({kHookFlag, "--audit-webhook-truncate-enabled=$(X)"}), bodies,
       ""},
      {"on for the log only", with_flags({kHookFlag, "--audit-log-truncate-enabled"}), bodies, off},
      {"no webhook", good(), bodies, ""},
      {"no bodies", with_flags({kHookFlag}), policy_file({}), ""},
      {"no such flag yet", with_flags({kHookFlag}, "1.10"), bodies, ""},
  });
}

// ---- the log -------------------------------------------------------------------------------

HostFacts room(std::uint64_t free_mib, std::uint64_t used_mib = 0) {
  HostFacts facts;
  facts.log_free = free_mib * kMiB;
  facts.log_used = used_mib * kMiB;
  return facts;
}

TEST(AuditHost, ComparesTheLimitsOfTheLogWithTheRoom) {
  const Pod cis = with_flags({"--audit-log-maxbackup=10", "--audit-log-maxsize=100"});
  const std::string too_large =
      "warning disk-budget /var/log/kubernetes/audit/audit.log 10 the log "
      "/var/log/kubernetes/audit/audit.log and 10 rotated ones of 100 MiB may grow to 1.1 GiB, and "
      "there is room for {} | the disk is full before the limits delete anything, and events are "
      "lost | free space there, or lower --audit-log-maxsize or --audit-log-maxbackup";
  const auto with_room = [&](const char* text) {
    std::string finding = too_large;
    return finding.replace(finding.find("{}"), 2, text);
  };
  EXPECT_EQ(audited(cis, room(1099)), with_room("1.0 GiB"));
  EXPECT_EQ(audited(cis, room(1023)), with_room("1023 MiB"));
  EXPECT_EQ(audited(cis, room(0)), with_room("0 MiB"));
  EXPECT_EQ(audited(cis, room(500, 599)), with_room("1.0 GiB"));
  EXPECT_EQ(audited(cis, room(500, 600)), "") << "what the logs have, they need not get";
  EXPECT_EQ(audited(cis, room(1100)), "");
  EXPECT_EQ(audited(cis, {}), "") << "unknown";

  HostFacts facts = room(1100);
  --*facts.log_free;
  facts.root = "/mnt";
  EXPECT_EQ(audited(cis, facts),
            "warning disk-budget /var/log/kubernetes/audit/audit.log 10 the log "
            "/mnt/var/log/kubernetes/audit/audit.log and 10 rotated ones of 100 MiB may grow to "
            "1.1 GiB, and there is room for 1.0 GiB | the disk is full before the limits delete "
            "anything, and events are lost | free space there, or lower --audit-log-maxsize or "
            "--audit-log-maxbackup");
}

// The budget is (maxbackup + 1) * maxsize MiB: with one byte less it is too large.
TEST(AuditHost, TakesTheLimitsThatTheReleaseUses) {
  struct Limits {
    const char* why;
    std::vector<std::string> flags;
    const char* release;
    std::uint64_t budget;  // MiB; 0 for no limit
  };
  const std::vector<Limits> rows = {
      {"maxsize 0 is 100", {"--audit-log-maxbackup=1", "--audit-log-maxsize=0"}, "1.35", 200},
      {"without maxsize", {"--audit-log-maxbackup=2"}, "1.29", 300},
      {"the defaults of 1.36", {}, "1.36", 10'100},
      {"maxsize 0 is no rotation", {"--audit-log-maxbackup=1", "--audit-log-maxsize=0"}, "1.36", 0},
      {"all are kept", {"--audit-log-maxbackup=0", "--audit-log-maxsize=100"}, "1.29", 0},
      {"all are kept by default", {"--audit-log-maxsize=100"}, "1.35", 0},
      {"in hexadecimal", {"--audit-log-maxbackup=0x10", "--audit-log-maxsize=1"}, "1.29", 17},
      {"negative", {"--audit-log-maxbackup=1", "--audit-log-maxsize=-1"}, "1.29", 0},
      {"negative number", {"--audit-log-maxbackup=-2", "--audit-log-maxsize=1"}, "1.29", 0},
      {"cannot be read", {"--audit-log-maxbackup=x", "--audit-log-maxsize=1"}, "1.29", 0},
  };
  for (const Limits& row : rows) {
    const Pod pod = with_flags(row.flags, row.release);
    HostFacts facts = room(row.budget);
    EXPECT_EQ(audited(pod, facts), "") << row.why;
    if (row.budget == 0) continue;
    --*facts.log_free;
    EXPECT_TRUE(audited(pod, facts).starts_with("warning disk-budget ")) << row.why;
  }
  const Pod huge = with_flags(
      {"--audit-log-maxbackup=9223372036854775807", "--audit-log-maxsize=9223372036854775807"});
  EXPECT_TRUE(audited(huge, room(1)).starts_with("warning disk-budget ")) << "no overflow";
}

TEST(AuditHost, HasNoBudgetForALogThatIsNotOnTheHost) {
  Pod stdout_log = good();
  stdout_log.flags = {"--audit-log-maxbackup=10", "--audit-log-path=-", kPolicyFlag};
  EXPECT_EQ(audited(stdout_log, room(0)), "");
  Pod unmounted = with_flags({"--audit-log-maxbackup=10"});
  unmounted.volumes = {kPolicyVolume};
  unmounted.mounts = {kPolicyMount};
  EXPECT_EQ(audited(unmounted, room(0)), "");
}

TEST(AuditHost, SeesALogDirectoryThatIsOpenToOthers) {
  const auto directory = [](std::uint32_t mode, Kind kind = Kind::Directory) {
    HostFacts facts;
    facts.paths[kLogDirectory] = {kind, 0, mode, 0, 0};
    return facts;
  };
  const std::string_view since_1_22 =
      "note log-directory-mode /var/log/kubernetes/audit 10 the log's directory "
      "/var/log/kubernetes/audit is open to others than its owner (mode 0755) | others see that "
      "there are logs; the logs themselves are private | keep the log in "
      "a directory of its own that only the API server's user may enter";
  expect_audited({
      {"as DirectoryOrCreate makes it", good(), directory(0755), since_1_22},
      {"1.22", of_release("1.22"), directory(0755), since_1_22},
      {"1.21", of_release("1.21"), directory(0755),
       "warning log-directory-mode /var/log/kubernetes/audit 10 the log's directory "
       "/var/log/kubernetes/audit is open to others than its owner (mode 0755) | others can read "
       "who did what, because the logs have mode 0644 | keep the log in "
       "a directory of its own that only the API server's user may enter"},
      {"for the group", good(), directory(0710),
       "note log-directory-mode /var/log/kubernetes/audit 10 the log's directory "
       "/var/log/kubernetes/audit is open to others than its owner (mode 0710) | others see that "
       "there are logs; the logs themselves are private | keep the log in "
       "a directory of its own that only the API server's user may enter"},
      {"private", good(), directory(0700), ""},
      {"missing", good(), directory(0, Kind::Missing), ""},
      {"a file, which another rule reports", good(), directory(0644, Kind::File), ""},
  });
}

// ---- the manifest --------------------------------------------------------------------------

HostFacts manifest(std::uint32_t mode, std::uint32_t uid = 0, std::uint32_t gid = 0) {
  HostFacts facts;
  facts.manifest = PathFact{Kind::File, 1, mode, uid, gid};
  return facts;
}

TEST(AuditHost, JudgesTheModeOfTheManifestByTheBenchmarkOfTheRelease) {
  expect_audited({
      {"as kubeadm writes it", good(), manifest(0600), ""},
      {"stricter", good(), manifest(0400), ""},
      {"readable", of_release("1.24"), manifest(0644),
       "warning manifest-mode manifest 0 the manifest has mode 0644, and the CIS benchmark asks "
       "for 0600 or stricter | others than root can read how the API server is run | give it mode "
       "0600 with chmod"},
      {"readable, before 1.24", of_release("1.23"), manifest(0644), ""},
      {"writable, before 1.24", of_release("1.23"), manifest(0664),
       "warning manifest-mode manifest 0 the manifest has mode 0664, and the CIS benchmark asks "
       "for 0644 or stricter | others than root can make the API server run anything | give it "
       "mode 0644 with chmod"},
      {"writable for all", good(), manifest(0602),
       "warning manifest-mode manifest 0 the manifest has mode 0602, and the CIS benchmark asks "
       "for 0600 or stricter | others than root can make the API server run anything | give it "
       "mode 0600 with chmod"},
      {"executable", good(), manifest(0700),
       "warning manifest-mode manifest 0 the manifest has mode 0700, and the CIS benchmark asks "
       "for 0600 or stricter | the benchmark counts it as a failure | give it mode 0600 with "
       "chmod"},
      {"set-id", good(), manifest(04600),
       "warning manifest-mode manifest 0 the manifest has mode 4600, and the CIS benchmark asks "
       "for 0600 or stricter | the benchmark counts it as a failure | give it mode 0600 with "
       "chmod"},
      {"not looked at", good(), {}, ""},
  });
  HostFacts unknown;
  unknown.manifest = PathFact{Kind::Unknown, 0, 0777, 1, 1};
  EXPECT_EQ(audited(good(), unknown), "");
}

TEST(AuditHost, WantsTheManifestToBelongToRoot) {
  expect_audited({
      {"user", good(), manifest(0600, 1000, 100),
       "warning manifest-owner manifest 0 the manifest belongs to user 1000 and group 100, not "
       "to root and its group | its owner can make the API server run anything | give it to "
       "root:root with chown"},
      {"user only", good(), manifest(0600, 1000),
       "warning manifest-owner manifest 0 the manifest belongs to user 1000 and group 0, not to "
       "root and its group | its owner can make the API server run anything | give it to root:root "
       "with chown"},
      {"group only", good(), manifest(0600, 0, 100),
       "warning manifest-owner manifest 0 the manifest belongs to user 0 and group 100, not to "
       "root and its group | that group has whatever rights the file's mode gives it | give it to "
       "root:root with chown"},
  });
}

TEST(AuditHost, IsNoBusinessOfEnable) {
  HostFacts facts = manifest(0666, 1, 1);
  facts.paths[kLogDirectory] = {Kind::Directory, 0, 0777, 0, 0};
  facts.paths[kPolicyPath] = {Kind::File, 1, 0600, 0, 0, 100};
  facts.policy = host_policy(std::string(kPolicyHead) +
                             "omitStages: [RequestReceived]\nrules:\n- level: Request\n");
  facts.log_free = 0;
  facts.api_server_started = 1;
  const Pod pod =
      with_flags({"--audit-log-maxbackup=1", "--audit-log-mode=blocking-strict", kHookFlag});
  EXPECT_EQ(checked(pod, facts), "");
  const Reading reading = read(pod);
  std::vector<std::string_view> rules;
  for (const Finding& f : audit_host(reading.server, *reading.server.version, {}, facts))
    rules.push_back(f.rule);
  EXPECT_THAT(
      rules, testing::ElementsAre("manifest-mode", "manifest-owner",
                                  "blocking-strict-omits-request-received",
                                  "truncation-off-with-request-bodies", "policy-newer-than-process",
                                  "disk-budget", "log-directory-mode"));
}

// ---- siblings ------------------------------------------------------------------------------

TEST(CheckSiblings, NamesTheFileThatTheKubeletRuns) {
  HostFacts facts;
  facts.siblings = {"/m/a.yaml", "/m/z\t.yaml"};
  facts.runs = "/m/z\t.yaml";
  const Reading reading = read(good());
  const std::string_view rest =
      " | the kubelet runs the file whose name sorts last, and may undo every change | stop the "
      "kubelet, move that file out of the directory, start the kubelet";
  EXPECT_EQ(text_of(reading, check_siblings(facts)),
            fmt::format("error sibling-manifest /m/a.yaml 0 /m/a.yaml defines the same Pod, and "
                        "the kubelet runs /m/z\\t.yaml{}\nerror sibling-manifest /m/z\t.yaml 0 "
                        "/m/z\\t.yaml defines the same Pod, and the kubelet runs /m/z\\t.yaml{}",
                        rest, rest));
  facts.siblings = {"/m/a.yaml"};
  facts.runs.clear();
  EXPECT_EQ(
      text_of(reading, check_siblings(facts)),
      fmt::format("error sibling-manifest /m/a.yaml 0 /m/a.yaml defines the same Pod{}", rest));
}

// ---- mounts in mounts ----------------------------------------------------------------------

Pod nested(const char* outer, const char* inner = "inner /etc/kubernetes/extra",
           const char* volume = "outer /srv/kubernetes") {
  Pod pod = good();
  pod.volumes.insert(pod.volumes.end(), {volume, "inner /opt/extra"});
  pod.mounts.insert(pod.mounts.end(), {outer, inner});
  return pod;
}

// What the checks without a disk say of a mount; the mounts are log, policy, outer, inner.
Finding suspicion(const Reading& reading, std::size_t mount) {
  return {.rule = "mount-below-read-only-parent",
          .place = reading.server.mounts.at(mount).path_span,
          .subject = "/etc/kubernetes/extra",
          .message = "the mount lies in a read-only one",
          .consequence = "perhaps",
          .fix = "do"};
}

struct Nested {
  const char* why;
  Pod pod;
  std::string_view point;  // where the mount point lies on the host
  Kind kind;
  std::string_view left;  // of the suspicion
};

TEST(SettleNestedMounts, LooksForTheMountPointOnTheHost) {
  const std::string_view undecided =
      "warning mount-below-read-only-parent /etc/kubernetes/extra 23 the mount lies in a "
      "read-only one | perhaps | do";
  const std::string_view missing =
      "error mount-below-read-only-parent /etc/kubernetes/extra 23 the mount lies in a "
      "read-only one, and its mount point /mnt/srv/kubernetes/extra is not on this host | the "
      "container runtime cannot make it, and the API server will not start | make "
      "/mnt/srv/kubernetes/extra first, or mount it elsewhere";
  const std::vector<Nested> rows = {
      {"missing", nested("outer /etc/kubernetes ro"), "/srv/kubernetes/extra", Kind::Missing,
       missing},
      {"there", nested("outer /etc/kubernetes ro"), "/srv/kubernetes/extra", Kind::Directory, ""},
      {"a file is there", nested("outer /etc/kubernetes ro"), "/srv/kubernetes/extra", Kind::File,
       ""},
      {"unknown", nested("outer /etc/kubernetes ro"), "/elsewhere", Kind::Missing, undecided},
      {"not from the host",
       nested("outer /etc/kubernetes ro", "inner /etc/kubernetes/extra", "outer"),
       "/srv/kubernetes/extra", Kind::Missing, undecided},
      {"an unclean path", nested("outer /etc//kubernetes/ ro", "inner /etc/kubernetes/./extra/"),
       "/srv/kubernetes/extra", Kind::Missing, missing},
  };
  for (const Nested& row : rows) {
    const Reading reading = read(row.pod);
    std::vector<Finding> findings = {suspicion(reading, 3)};
    HostFacts facts;
    facts.root = "/mnt";
    facts.paths[std::string(row.point)].kind = row.kind;
    settle_nested_mounts(reading.server, facts, findings);
    EXPECT_EQ(text_of(reading, findings), row.left) << row.why;
  }
}

TEST(SettleNestedMounts, LeavesOtherFindingsInOrder) {
  const Reading reading = read(nested("outer /etc/kubernetes ro"));
  Finding other = suspicion(reading, 3);
  other.rule = "mount-shadows";
  std::vector<Finding> findings = {other, suspicion(reading, 3), suspicion(reading, 0), other};
  HostFacts facts;
  facts.paths["/srv/kubernetes/extra"].kind = Kind::Directory;
  facts.paths[kLogDirectory].kind = Kind::Missing;
  settle_nested_mounts(reading.server, facts, findings);
  std::vector<std::string_view> rules;
  for (const Finding& f : findings) rules.push_back(f.rule);
  EXPECT_THAT(rules, testing::ElementsAre("mount-shadows", "mount-below-read-only-parent",
                                          "mount-shadows"));
  EXPECT_EQ(findings[1].severity, Severity::Warning) << "the log's mount lies in no other one";
}

TEST(HostPathsToLookAt, HoldTheMountPointsInReadOnlyMounts) {
  const auto looked_at = [](const Pod& pod) { return host_paths_to_look_at(read(pod).server, {}); };
  EXPECT_THAT(looked_at(nested("outer /etc/kubernetes ro")), Contains("/srv/kubernetes/extra"));
  EXPECT_THAT(looked_at(nested("outer /etc/kubernetes")), Not(Contains("/srv/kubernetes/extra")));
  EXPECT_THAT(looked_at(nested("outer /etc/kube ro")), Not(Contains("/srv/kubernetes/extra")));
  // Two mounts at one path hold none of each other.
  EXPECT_THAT(looked_at(nested("outer /etc/kubernetes/extra/ ro sub")),
              Not(Contains("/srv/kubernetes/sub")));
  EXPECT_THAT(looked_at(nested("outer / ro")), Contains("/srv/kubernetes/etc/kubernetes/extra"));
}

}  // namespace
}  // namespace kaudit::check
