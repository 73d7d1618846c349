// What the benchmarks say to an API server. Every expected control is written by hand from the
// texts of the benchmarks and the rules of kube-bench.

#include "check/benchmark.h"

#include <gtest/gtest.h>

#include "edit/plan.h"
#include "support/given.h"
#include "support/policies.h"

namespace kaudit::check {
namespace {

using kube::KubernetesVersion;
using Kind = PathFact::Kind;
using Flags = std::vector<std::string>;

constexpr KubernetesVersion k118{1, 18, {}};
constexpr KubernetesVersion k131{1, 31, {}};
constexpr KubernetesVersion k136{1, 36, {}};

// A request for the controls of a Pod with these flags, and no more.
struct Case {
  Flags flags;
  Benchmark benchmark = Benchmark::Cis;
  KubernetesVersion version = k131;
  HostFacts facts = {};
};

std::vector<ControlResult> assess_case(const Case& c) {
  const auto text = support::source(support::text_of({.flags = c.flags}));
  const auto document = yaml::parse(text);
  if (!document) return {};
  const auto pod = kube::read_pod_manifest(*document, audit::arity_of);
  if (!pod) return {};
  return assess_benchmark(c.benchmark, pod->api_server, c.version, c.facts);
}

std::string line_of(const ControlResult& r) {
  return fmt::format("{} | {} | {}", to_string(r.state), r.value, r.remark);
}

// "pass | 30 | " of the control of that number.
std::string control(const Case& c, std::string_view number) {
  for (const ControlResult& r : assess_case(c)) {
    if (r.number == number) return line_of(r);
  }
  return "no such control";
}

HostFacts manifest(std::uint32_t mode, std::uint32_t uid, std::uint32_t gid,
                   Kind kind = Kind::File) {
  HostFacts facts;
  facts.manifest = PathFact{kind, 100, mode, uid, gid};
  return facts;
}

const Flags& all_set() {
  static const Flags kFlags{"--audit-log-maxage=30", "--audit-log-maxbackup=10",
                            "--audit-log-maxsize=100", "--audit-log-path=/var/log/audit.log",
                            "--audit-policy-file=/etc/kubernetes/policy.yaml"};
  return kFlags;
}

std::string whole(const Case& c) {
  std::string out;
  for (const ControlResult& r : assess_case(c))
    out += fmt::format("{} | {} | {}\n", r.number, r.title, line_of(r));
  return out;
}

// ---- whole reports ------------------------------------------------------------------------------

TEST(Benchmark, CisOfAnApiServerThatMeetsIt) {
  EXPECT_EQ(
      whole({.flags = all_set(), .facts = manifest(0600, 0, 0)}),
      "1.1.1 | the manifest's mode is 600 or stricter | pass | 600 | \n"
      "1.1.2 | the manifest belongs to root:root | pass | root:root | \n"
      "1.2.16 | --audit-log-path is set | pass | /var/log/audit.log | \n"
      "1.2.17 | --audit-log-maxage is at least 30 | pass | 30 | \n"
      "1.2.18 | --audit-log-maxbackup is at least 10 | pass | 10 | \n"
      "1.2.19 | --audit-log-maxsize is at least 100 | pass | 100 | \n"
      "3.2.1 | a minimal audit policy is set | pass | /etc/kubernetes/policy.yaml | manual in the "
      "benchmark; kube-bench only looks for the flag\n"
      "3.2.2 | the policy covers the key security concerns | manual |  | the rules of the policy "
      "are not judged; it should record Secrets, ConfigMaps and TokenReviews at Metadata only, and "
      "changes of Pods and Deployments\n");
}

TEST(Benchmark, StigOfAnApiServerThatMeetsIt) {
  EXPECT_EQ(
      whole({.flags = all_set(), .benchmark = Benchmark::Stig, .facts = manifest(0644, 0, 0)}),
      "V-242401 | an audit policy is set | pass | /etc/kubernetes/policy.yaml | \n"
      "V-242402 | --audit-log-path is set | pass | /var/log/audit.log | \n"
      "V-242403 | the policy records everything at RequestResponse | manual |  | the rules of the "
      "policy are not judged; CIS 3.2.2 asks for the contrary, because at RequestResponse the "
      "contents of Secrets and tokens stand in the log\n"
      "V-242405 | the manifest belongs to root:root | pass | root:root | asked of every manifest; "
      "only this one was looked at\n"
      "V-242408 | the manifest's mode is 644 or stricter | pass | 644 | asked of every manifest; "
      "only this one was looked at\n"
      "V-242444 | the manifest belongs to root:root | pass | root:root | asked of every manifest; "
      "only this one was looked at\n"
      "V-242461 | audit logs are enabled by a policy | pass | /etc/kubernetes/policy.yaml | \n"
      "V-242462 | --audit-log-maxsize is at least 100 | pass | 100 | \n"
      "V-242463 | --audit-log-maxbackup is at least 10 | pass | 10 | \n"
      "V-242464 | --audit-log-maxage is at least 30 | pass | 30 | \n"
      "V-242465 | --audit-log-path is a valid path | pass | /var/log/audit.log | \n");
}

TEST(Benchmark, NothingSetFailsAndWhatNobodyLookedAtIsManual) {
  std::string cis;
  for (const ControlResult& r : assess_case({.flags = {}}))
    cis += fmt::format("{} {}\n", r.number, to_string(r.state));
  EXPECT_EQ(cis,
            "1.1.1 manual\n1.1.2 manual\n1.2.16 fail\n1.2.17 fail\n1.2.18 fail\n1.2.19 fail\n"
            "3.2.1 fail\n3.2.2 manual\n");
  std::string stig;
  for (const ControlResult& r : assess_case({.flags = {}, .benchmark = Benchmark::Stig}))
    stig += fmt::format("{} {}\n", r.number, to_string(r.state));
  EXPECT_EQ(stig,
            "V-242401 fail\nV-242402 fail\nV-242403 manual\nV-242405 manual\nV-242408 manual\n"
            "V-242444 manual\nV-242461 fail\nV-242462 fail\nV-242463 fail\nV-242464 fail\n"
            "V-242465 fail\n");
}

// ---- the limits ---------------------------------------------------------------------------------

TEST(Benchmark, JudgesALimitAsTheServerAndKubeBenchReadIt) {
  struct Row {
    Flags flags;
    std::string_view expected;
  };
  const std::vector<Row> rows = {
      {{"--audit-log-maxage=30"}, "pass | 30 | "},
      {{"--audit-log-maxage=+30"}, "pass | +30 | "},
      {{"--audit-log-maxage=365"}, "pass | 365 | "},
      {{"--audit-log-maxage=29"}, "fail | 29 | "},
      {{"--audit-log-maxage=-30"}, "fail | -30 | "},
      {{"--audit-log-maxage=0"}, "fail | 0 | 0 means that age deletes no log"},
      {{}, "fail | not set | "},
      {{"--audit-log-maxage="}, "fail | empty | the value is empty, and kube-apiserver exits"},
      {{"--audit-log-maxage"}, "fail | empty | the flag has no value, and kube-apiserver exits"},
      {{"--audit-log-maxage=30d"},
       "fail | 30d | the value is not a whole number (digits only, no unit), and kube-apiserver "
       "exits"},
      // kube-apiserver reads all of these as 30 or more.
      {{"--audit-log-maxage", "'30'"},
       "fail | 30 | kube-bench does not see a value that is an argument of its own; write "
       "--audit-log-maxage=30"},
      {{"--audit_log_maxage=30"},
       "fail | 30 | kube-bench does not find the spelling --audit_log_maxage; write "
       "--audit-log-maxage"},
      {{"--audit-log_maxage=30"},
       "fail | 30 | kube-bench does not find the spelling --audit-log_maxage; write "
       "--audit-log-maxage"},
      {{"--audit-log-maxage=0x1e"},
       "fail | 0x1e | kube-bench reads 0x1e, and understands plain decimal numbers only"},
      {{"--audit-log-maxage=3_0"},
       "fail | 3_0 | kube-bench reads 3_0, and understands plain decimal numbers only"},
      {{"--audit-log-maxage=30_0"},
       "fail | 30_0 | kube-bench reads 30_0, and understands plain decimal numbers only"},
      {{"--audit_log_maxage=30", "--audit-log-maxage", "'30'"},
       "fail | 30 | kube-bench does not see a value that is an argument of its own; write "
       "--audit-log-maxage=30"},
      {{"--audit-log-maxage:7", "--audit-log-maxage=30"},
       "fail | 30 | kube-bench reads the first of several, 7"},
      {{"--audit-log-maxage=", "--audit-log-maxage=30"},
       "fail | 30 | kube-bench reads the first of several, true"},
      {{"--audit-log-maxage=7", "--audit-log-maxage=30"},
       "fail | 30 | kube-bench reads the first of several, 7"},
      {{"--audit-log-maxage", "'7'", "--audit-log-maxage=30"},
       "fail | 30 | kube-bench reads the first of several, true"},
      {{"--audit-log-maxage=30", "--audit-log-maxage", "'60'"}, "pass | 60 | "},
      {{"--audit_log_maxage=7", "--audit-log-maxage=30"}, "pass | 30 | "},
      // kube-bench is content with these, and kube-apiserver is not.
      {{"--audit-log-maxage=30", "--audit-log-maxage=7"}, "fail | 7 | "},
      {{"--audit-log-maxage=30", "--audit_log_maxage=7"}, "fail | 7 | "},
      {{"--audit-log-maxage=035"}, "fail | 035 | "},  // octal: 29
      {{"--audit-log-maxage=036"}, "pass | 036 | "},  // octal: 30, decimal: 36
      {{"--audit-log-maxage=30 --audit-log-maxbackup=10"},
       "fail | 30 --audit-log-maxbackup=10 | the value is not a whole number (digits only, no "
       "unit), and kube-apiserver exits"},
      {{"--v=1 --audit-log-maxage=30"},
       "fail | not set | the text --audit-log-maxage is in the command line, but kube-apiserver "
       "does not read it as a flag"},
      // Variables.
      {{"--audit-log-maxage=$(AGE)"}, "manual | $(AGE) | the value depends on a variable"},
      {{"--audit-log-maxage=$(AGE)", "--audit-log-maxage=30"},
       "manual | 30 | kube-bench reads the first of several, which depends on a variable"},
      {{"--audit-log-maxage=$(AGE)", "--audit-log-maxage=3"}, "fail | 3 | "},
  };
  for (const Row& row : rows)
    EXPECT_EQ(control({.flags = row.flags}, "1.2.17"), row.expected)
        << testing::PrintToString(row.flags);
}

TEST(Benchmark, EachLimitHasItsMinimum) {
  const Flags low{"--audit-log-maxage=29", "--audit-log-maxbackup=9", "--audit-log-maxsize=99"};
  for (const std::string_view number : {"1.2.17", "1.2.18", "1.2.19"})
    EXPECT_TRUE(control({.flags = low}, number).starts_with("fail | ")) << number;
  const Case stig{.flags = low, .benchmark = Benchmark::Stig};
  EXPECT_EQ(control(stig, "V-242462"), "fail | 99 | ");
  EXPECT_EQ(control(stig, "V-242463"), "fail | 9 | ");
  EXPECT_EQ(control(stig, "V-242464"), "fail | 29 | ");
}

TEST(Benchmark, ADefaultThatWouldDoIsNotEnough) {
  const Case unset{.flags = {"--audit-log-path=/l"}, .version = k136};
  EXPECT_EQ(control(unset, "1.2.17"),
            "fail | not set | kube-apiserver 1.36 uses 366 by itself, but the benchmark asks for "
            "the flag");
  EXPECT_EQ(control(unset, "1.2.18"),
            "fail | not set | kube-apiserver 1.36 uses 100 by itself, but the benchmark asks for "
            "the flag");
  EXPECT_EQ(control(unset, "1.2.19"),
            "fail | not set | kube-apiserver 1.36 uses 100 by itself, but the benchmark asks for "
            "the flag");
}

TEST(Benchmark, SaysWhatZeroMeans) {
  const Flags zero{"--audit-log-maxbackup=0", "--audit-log-maxsize=0"};
  EXPECT_EQ(control({.flags = zero}, "1.2.18"),
            "fail | 0 | 0 means that any number of logs is kept");
  EXPECT_EQ(control({.flags = zero}, "1.2.19"),
            "fail | 0 | kube-apiserver 1.31 takes 0 as 100, but kube-bench compares the number");
  EXPECT_EQ(control({.flags = zero, .version = k136}, "1.2.19"),
            "fail | 0 | 0 means that the log is never rotated");
}

// ---- the two paths ------------------------------------------------------------------------------

TEST(Benchmark, JudgesWhetherAPathIsSet) {
  struct Row {
    Flags flags;
    std::string_view log;    // 1.2.16
    std::string_view valid;  // V-242465
  };
  constexpr std::string_view kAlone = "pass | /l | nothing is recorded without --audit-policy-file";
  const std::vector<Row> rows = {
      {{"--audit-log-path=/l", "--audit-policy-file=/p"}, "pass | /l | ", "pass | /l | "},
      {{"--audit-log-path=/l"}, kAlone, kAlone},
      // kube-bench asks no more than that the flag is there.
      {{"--audit-log-path", "/l", "--audit-policy-file=/p"}, "pass | /l | ", "pass | /l | "},
      {{"--audit-log-path=-", "--audit-policy-file=/p"},
       "pass | - | ",
       "fail | - | '-' is standard output, not the path of a file"},
      {{"--audit-log-path=l", "--audit-policy-file=/p"},
       "pass | l | ",
       "fail | l | it is not the absolute path of a file"},
      {{"--audit-log-path=/l/", "--audit-policy-file=/p"},
       "pass | /l/ | ",
       "fail | /l/ | it is not the absolute path of a file"},
      {{}, "fail | not set | ", "fail | not set | "},
      {{"--audit-log-path="},
       "fail | empty | an empty path is the same as none",
       "fail | empty | an empty path is the same as none"},
      {{"--audit-log-path=/l", "--audit-log-path="},
       "fail | empty | an empty path is the same as none",
       "fail | empty | an empty path is the same as none"},
      {{"--audit-log-path"},
       "fail | empty | the flag has no value, and kube-apiserver exits",
       "fail | empty | the flag has no value, and kube-apiserver exits"},
      {{"--audit_log_path=/l"},
       "fail | /l | kube-bench does not find the spelling --audit_log_path; write --audit-log-path",
       "fail | /l | the STIG's check does not find the spelling --audit_log_path; write "
       "--audit-log-path"},
      {{"--audit-log-path=$(LOG)"},
       "manual | $(LOG) | the value depends on a variable",
       "manual | $(LOG) | the value depends on a variable"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(control({.flags = row.flags}, "1.2.16"), row.log)
        << testing::PrintToString(row.flags);
    EXPECT_EQ(control({.flags = row.flags, .benchmark = Benchmark::Stig}, "V-242465"), row.valid)
        << testing::PrintToString(row.flags);
  }
}

TEST(Benchmark, ALogNeededNoPolicyBefore17) {
  EXPECT_EQ(control({.flags = {"--audit-log-path=/l"}, .version = {1, 6, {}}}, "1.2.21"),
            "pass | /l | ");
}

TEST(Benchmark, JudgesWhetherAPolicyIsSet) {
  struct Row {
    Flags flags;
    std::string_view expected;  // V-242461
  };
  const std::vector<Row> rows = {
      {{"--audit-policy-file=/p", "--audit-log-path=/l"}, "pass | /p | "},
      {{"--audit-policy-file=/p", "--audit-webhook-config-file=/w"}, "pass | /p | "},
      {{"--audit-policy-file=/p"},
       "pass | /p | nothing is recorded, because neither a log nor a webhook is set"},
      {{"--audit-log-path=/l"}, "fail | not set | "},
      {{"--audit-policy-file=", "--audit-log-path=/l"},
       "fail | empty | an empty path is the same as none"},
      {{"--audit-policy-file=$(P)", "--audit-log-path=/l"},
       "manual | $(P) | the value depends on a variable"},
  };
  for (const Row& row : rows) {
    const Case stig{.flags = row.flags, .benchmark = Benchmark::Stig};
    EXPECT_EQ(control(stig, "V-242461"), row.expected) << testing::PrintToString(row.flags);
    EXPECT_EQ(control(stig, "V-242401"), row.expected) << testing::PrintToString(row.flags);
  }
  EXPECT_EQ(control({.flags = {"--audit_policy_file=/p"}}, "3.2.1"),
            "fail | /p | kube-bench does not find the spelling --audit_policy_file; write "
            "--audit-policy-file; manual in the benchmark; kube-bench only looks for the flag");
}

TEST(Benchmark, APolicyThatKubeApiserverRefusesDoesNotCount) {
  HostFacts facts;
  facts.policy = support::host_policy("kind: \"a\\nb\"\napiVersion: audit.k8s.io/v1\n");
  EXPECT_EQ(control({.flags = all_set(), .benchmark = Benchmark::Stig, .facts = facts}, "V-242461"),
            "fail | /etc/kubernetes/policy.yaml | kube-apiserver would refuse the policy: line "
            "1: kind is 'a…', not Policy");
  facts.policy = support::good_policy();
  EXPECT_EQ(control({.flags = all_set(), .benchmark = Benchmark::Stig, .facts = facts}, "V-242461"),
            "pass | /etc/kubernetes/policy.yaml | ");
}

TEST(Benchmark, AValueCannotSteerATerminal) {
  EXPECT_EQ(
      control({.flags = {"\"--audit-log-path=/l\\e[1m\"", "--audit-policy-file=/p"}}, "1.2.16"),
      "pass | /l\\x1b[1m | ");
  EXPECT_EQ(control({.flags = {"\"--audit-log-maxage=3\\e[1m\""}}, "1.2.17"),
            "fail | 3\\x1b[1m | the value is not a whole number (digits only, no unit), and "
            "kube-apiserver exits");
}

// ---- DynamicAuditing ----------------------------------------------------------------------------

TEST(Benchmark, JudgesDynamicAuditing) {
  struct Row {
    Flags flags;
    std::string_view expected;
  };
  const std::vector<Row> rows = {
      {{}, "pass | not set | "},
      {{"--feature-gates=Other=true"}, "pass | not set | "},
      {{"--feature-gates=DynamicAuditing=true"}, "fail | true | --feature-gates turns it on"},
      {{"--feature_gates=A=true, DynamicAuditing = T ,B=false"},
       "fail | true | --feature-gates turns it on"},
      {{"--feature-gates", "DynamicAuditing=1"}, "fail | true | --feature-gates turns it on"},
      {{"--feature-gates=DynamicAuditing=false"}, "pass | false | "},
      {{"--feature-gates=DynamicAuditing=true", "--feature-gates=Other=true"},
       "fail | true | --feature-gates turns it on"},
      {{"--feature-gates=DynamicAuditing=true", "--feature-gates=DynamicAuditing=false"},
       "pass | false | "},
      {{"--feature-gates=AllAlpha=true"}, "fail | true | --feature-gates turns it on"},
      {{"--feature-gates=AllAlpha=true,DynamicAuditing=false"}, "pass | false | "},
      {{"--feature-gates=DynamicAuditing=false,AllAlpha=true"}, "pass | false | "},
      {{"--feature-gates=DynamicAuditing"}, "pass | not set | "},
      {{"--feature-gates=DynamicAuditing=true,Other"}, "fail | true | --feature-gates turns it on"},
      {{"--feature-gates=$(GATES)"}, "manual | not set | --feature-gates depends on a variable"},
      {{"--feature-gates=$(GATES),DynamicAuditing=true"},
       "fail | true | --feature-gates turns it on"},
      {{"--audit-dynamic-configuration"},
       "fail | not set | --audit-dynamic-configuration asks for it"},
      {{"--audit-dynamic-configuration=false"}, "pass | not set | "},
  };
  for (const Row& row : rows)
    EXPECT_EQ(control({row.flags, Benchmark::Stig, k118}, "V-242398"), row.expected)
        << testing::PrintToString(row.flags);
  const Flags on{"--feature-gates=DynamicAuditing=true"};
  EXPECT_EQ(control({on, Benchmark::Stig, {1, 19, {}}}, "V-242398"), "no such control");
  const auto first = assess_case({on, Benchmark::Stig, {1, 18, 20}});
  ASSERT_FALSE(first.empty());
  EXPECT_EQ(first[0].number, "V-242398");
}

// ---- the manifest -------------------------------------------------------------------------------

TEST(Benchmark, JudgesTheManifestsMode) {
  struct Row {
    std::uint32_t mode;
    KubernetesVersion version;
    std::string_view cis;   // 1.1.1
    std::string_view stig;  // V-242408
  };
  constexpr KubernetesVersion k123{1, 23, {}};
  constexpr KubernetesVersion k124{1, 24, {}};
  const std::vector<Row> rows = {
      {0600, k124, "pass | 600 | ", "pass"}, {0400, k124, "pass | 400 | ", "pass"},
      {0000, k124, "pass | 000 | ", "pass"}, {0640, k124, "fail | 640 | ", "pass"},
      {0644, k124, "fail | 644 | ", "pass"}, {0644, k123, "pass | 644 | ", "pass"},
      {0700, k124, "fail | 700 | ", "fail"}, {0700, k123, "fail | 700 | ", "fail"},
      {0664, k123, "fail | 664 | ", "fail"}, {04600, k124, "fail | 4600 | ", "fail"},
  };
  for (const Row& row : rows) {
    const HostFacts facts = manifest(row.mode, 0, 0);
    EXPECT_EQ(control({{}, Benchmark::Cis, row.version, facts}, "1.1.1"), row.cis) << row.mode;
    EXPECT_TRUE(control({{}, Benchmark::Stig, row.version, facts}, "V-242408")
                    .starts_with(fmt::format("{} | {:03o} | ", row.stig, row.mode)))
        << row.mode;
  }
  const auto titled = assess_case({{}, Benchmark::Cis, k123, manifest(0644, 0, 0)});
  ASSERT_FALSE(titled.empty());
  EXPECT_EQ(titled[0].title, "the manifest's mode is 644 or stricter");
}

TEST(Benchmark, JudgesTheManifestsOwner) {
  const auto owner = [](std::uint32_t uid, std::uint32_t gid) {
    return control({.flags = {}, .facts = manifest(0600, uid, gid)}, "1.1.2");
  };
  EXPECT_EQ(owner(0, 0), "pass | root:root | ");
  EXPECT_EQ(owner(1000, 0), "fail | 1000:root | ");
  EXPECT_EQ(owner(0, 50), "fail | root:50 | ");
  for (const std::string_view number : {"V-242405", "V-242444"})
    EXPECT_EQ(control({{}, Benchmark::Stig, k131, manifest(0600, 7, 8)}, number), "fail | 7:8 | ");
}

TEST(Benchmark, AManifestThatNobodySawIsManual) {
  constexpr std::string_view kManual =
      "manual |  | the file was not looked at; check the live manifest on its node";
  for (const HostFacts& facts : {HostFacts{}, manifest(0, 0, 0, Kind::Unknown)}) {
    for (const std::string_view number : {"1.1.1", "1.1.2"})
      EXPECT_EQ(control({.flags = {}, .facts = facts}, number), kManual) << number;
    for (const std::string_view number : {"V-242405", "V-242408", "V-242444"})
      EXPECT_EQ(control({{}, Benchmark::Stig, k131, facts}, number), kManual) << number;
  }
}

// ---- editions -----------------------------------------------------------------------------------

TEST(Benchmark, TheEditionFollowsTheRelease) {
  struct Row {
    int minor;
    std::string_view edition;
    std::string_view numbers;
  };
  const std::vector<Row> rows = {
      {7, "CIS 1.20 (Kubernetes 1.19 to 1.21)", "1.2.21 1.2.22 1.2.23 1.2.24"},
      {18, "CIS 1.20 (Kubernetes 1.19 to 1.21)", "1.2.21 1.2.22 1.2.23 1.2.24"},
      {19, "CIS 1.20 (Kubernetes 1.19 to 1.21)", "1.2.21 1.2.22 1.2.23 1.2.24"},
      {21, "CIS 1.20 (Kubernetes 1.19 to 1.21)", "1.2.21 1.2.22 1.2.23 1.2.24"},
      {22, "CIS 1.23 (Kubernetes 1.22 to 1.23)", "1.2.19 1.2.20 1.2.21 1.2.22"},
      {23, "CIS 1.23 (Kubernetes 1.22 to 1.23)", "1.2.19 1.2.20 1.2.21 1.2.22"},
      {24, "CIS 1.24 (Kubernetes 1.24)", "1.2.18 1.2.19 1.2.20 1.2.21"},
      {25, "CIS 1.7 (Kubernetes 1.25)", "1.2.18 1.2.19 1.2.20 1.2.21"},
      {26, "CIS 1.8 (Kubernetes 1.26)", "1.2.17 1.2.18 1.2.19 1.2.20"},
      {27, "CIS 1.9 (Kubernetes 1.27)", "1.2.16 1.2.17 1.2.18 1.2.19"},
      {28, "CIS 1.10 (Kubernetes 1.28)", "1.2.16 1.2.17 1.2.18 1.2.19"},
      {29, "CIS 1.11 (Kubernetes 1.29 to 1.31)", "1.2.16 1.2.17 1.2.18 1.2.19"},
      {31, "CIS 1.11 (Kubernetes 1.29 to 1.31)", "1.2.16 1.2.17 1.2.18 1.2.19"},
      {32, "CIS 1.12 (Kubernetes 1.32 to 1.34)", "1.2.16 1.2.17 1.2.18 1.2.19"},
      {36, "CIS 1.12 (Kubernetes 1.32 to 1.34)", "1.2.16 1.2.17 1.2.18 1.2.19"},
  };
  for (const Row& row : rows) {
    const KubernetesVersion version{1, row.minor, 3};
    EXPECT_EQ(edition(Benchmark::Cis, version), row.edition) << row.minor;
    const auto results = assess_case({.flags = {}, .version = version});
    ASSERT_EQ(results.size(), 8U);
    EXPECT_EQ(fmt::format("{} {} {} {}", results[2].number, results[3].number, results[4].number,
                          results[5].number),
              row.numbers)
        << row.minor;
  }
  EXPECT_EQ(edition(Benchmark::Stig, k131), "DISA Kubernetes STIG");
}

// ---- the controls of a finding ------------------------------------------------------------------

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

TEST(Benchmark, ARuleNamesTheControlsThatItBreaks) {
  struct Row {
    std::string_view rule;
    std::string_view subject;
    std::string_view controls;
  };
  constexpr std::string_view kPath = "CIS-1.9:1.2.16 STIG:V-242402 STIG:V-242465";
  constexpr std::string_view kAge = "CIS-1.9:1.2.17 STIG:V-242464";
  constexpr std::string_view kBackup = "CIS-1.9:1.2.18 STIG:V-242463";
  constexpr std::string_view kSize = "CIS-1.9:1.2.19 STIG:V-242462";
  constexpr std::string_view kPolicy = "CIS-1.9:3.2.1 STIG:V-242401 STIG:V-242461";
  constexpr std::string_view kAgeAndBackup =
      "CIS-1.9:1.2.17 CIS-1.9:1.2.18 STIG:V-242464 STIG:V-242463";
  const std::vector<Row> rows = {
      {"rotation-below-benchmark", "audit-log-maxage", kAge},
      {"rotation-below-benchmark", "audit-log-maxbackup", kBackup},
      {"rotation-below-benchmark", "audit-log-maxsize", kSize},
      {"rotation-unset", "audit-log-path", kAgeAndBackup},
      {"retention-unbounded", "audit-log-maxage", kAgeAndBackup},
      {"retention-unbounded", "audit-log-maxsize", kSize},
      {"backend-without-policy", "audit-log-path", kPolicy},
      {"policy-without-backend", "audit-policy-file", kPath},
      {"tuning-without-backend", "audit-log-maxage",
       "CIS-1.9:1.2.16 CIS-1.9:3.2.1 STIG:V-242402 STIG:V-242465 STIG:V-242401 STIG:V-242461"},
      {"auditing-off", "",
       "CIS-1.9:1.2.16 CIS-1.9:1.2.17 CIS-1.9:1.2.18 CIS-1.9:1.2.19 CIS-1.9:3.2.1 STIG:V-242402 "
       "STIG:V-242465 STIG:V-242464 STIG:V-242463 STIG:V-242462 STIG:V-242401 STIG:V-242461"},
      {"flag-two-arguments", "audit-log-maxsize", kSize},
      {"flag-two-arguments", "audit-log-path", ""},
      {"flag-two-arguments", "audit-policy-file", ""},
      {"flag-underscores", "audit-log-maxage", kAge},
      {"flag-underscores", "audit-log-path", kPath},
      {"flag-underscores", "audit-policy-file", kPolicy},
      {"flag-underscores", "audit-log-mode", ""},
      {"flag-duplicate", "audit-log-maxbackup", kBackup},
      {"flag-duplicate", "audit-log-path", ""},
      {"flag-invalid-value", "audit-log-maxage", kAge},
      {"flag-invalid-value", "audit-log-mode", ""},
      {"manifest-mode", "/etc/kubernetes/manifests/kube-apiserver.yaml", "CIS-1.9:1.1.1"},
      {"manifest-owner", "/etc/kubernetes/manifests/kube-apiserver.yaml",
       "CIS-1.9:1.1.2 STIG:V-242405 STIG:V-242444"},
      {"policy-not-mounted", "/etc/kubernetes/policy.yaml", ""},
      {"static-pod-uid", "metadata.uid", ""},
      {"flag-needs-other", "audit-log-maxage", ""},
  };
  for (const Row& row : rows)
    EXPECT_EQ(joined(controls_of(row.rule, row.subject, {1, 27, 3})), row.controls)
        << row.rule << " " << row.subject;
}

TEST(Benchmark, TheControlsOfARuleFollowTheRelease) {
  EXPECT_EQ(joined(controls_of("rotation-below-benchmark", "audit-log-maxage", {1, 20, {}})),
            "CIS-1.20:1.2.22 STIG:V-242464");
  // With the mask of the STIG the finding is one of the STIG, too.
  EXPECT_EQ(joined(controls_of("manifest-mode", "/m.yaml", {1, 23, {}})),
            "CIS-1.23:1.1.1 STIG:V-242408");
  EXPECT_EQ(joined(controls_of("manifest-mode", "/m.yaml", {1, 24, {}})), "CIS-1.24:1.1.1");
}

}  // namespace
}  // namespace kaudit::check
