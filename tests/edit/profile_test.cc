// `enable --profile`: what a benchmark does to the limits of the log.

#include <gtest/gtest.h>

#include "check/benchmark.h"
#include "kube/pod_manifest.h"
#include "support/given.h"

namespace kaudit::edit {
namespace {

using check::Benchmark;
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

// A Pod in which auditing is on, with these flags before the path of the log.
Pod enabled(std::vector<std::string> flags) {
  flags.insert(flags.end(), {kLogFlag, kPolicyFlag});
  return {.flags = std::move(flags),
          .volumes = {kLogVolume, kPolicyVolume},
          .mounts = {kLogMount, kPolicyMount}};
}

Given cis(const Pod& pod, std::string_view flags = "") {
  Given asked = given(pod);
  asked.Enable(flags).Profile(Benchmark::Cis);
  return asked;
}

TEST(Profile, RaisesWhatIsLowerAndLeavesWhatIsHigher) {
  struct Row {
    std::vector<std::string> flags;
    std::string_view plan;
  };
  const std::vector<Row> rows = {
      {{"--audit-log-maxage=30", "--audit-log-maxbackup=10", "--audit-log-maxsize=100"}, ""},
      {{"--audit-log-maxage=31", "--audit-log-maxbackup=11", "--audit-log-maxsize=101"}, ""},
      {{"--audit-log-maxage=29", "--audit-log-maxbackup=9", "--audit-log-maxsize=99"},
       "argument 1: = --audit-log-maxage=30\n"
       "argument 2: = --audit-log-maxbackup=10\n"
       "argument 3: = --audit-log-maxsize=100\n"},
      {{"--audit-log-maxage=0", "--audit-log-maxbackup=0", "--audit-log-maxsize=0"},
       "argument 1: = --audit-log-maxage=30\n"
       "argument 2: = --audit-log-maxbackup=10\n"
       "argument 3: = --audit-log-maxsize=100\n"},
      {{"--audit-log-maxage=365", "--audit-log-maxbackup=3", "--audit-log-maxsize=500"},
       "argument 2: = --audit-log-maxbackup=10\n"},
      // As kube-apiserver reads them: octal 29, and hexadecimal 30.
      {{"--audit-log-maxage=035", "--audit-log-maxbackup=10", "--audit-log-maxsize=100"},
       "argument 1: = --audit-log-maxage=30\n"},
      {{"--audit-log-maxage=0x1e", "--audit-log-maxbackup=10", "--audit-log-maxsize=100"}, ""},
      {{"--audit-log-maxage=-1", "--audit-log-maxbackup=10", "--audit-log-maxsize=100"},
       "argument 1: = --audit-log-maxage=30\n"},
      // The one that counts is the last.
      {{"--audit-log-maxage=30", "--audit-log-maxage=7", "--audit-log-maxbackup=10",
        "--audit-log-maxsize=100"},
       "argument 2: = --audit-log-maxage=30\n"},
  };
  for (const Row& row : rows) cis(enabled(row.flags)).Plans(row.plan);
}

TEST(Profile, AddsWhatIsMissingToALogThatIsThere) {
  cis(enabled({}))
      .Plans(
          "argument before 1: + --audit-log-maxage=30\n"
          "argument before 1: + --audit-log-maxbackup=10\n"
          "argument before 1: + --audit-log-maxsize=100\n");
  cis(enabled({"--audit-log-maxage=7"}))
      .Plans(
          "argument 1: = --audit-log-maxage=30\n"
          "argument before 2: + --audit-log-maxbackup=10\n"
          "argument before 2: + --audit-log-maxsize=100\n");
  // The defaults of 1.36 would do, but the benchmark wants the flags.
  cis(enabled({}))
      .Version(36)
      .Plans(
          "argument before 3: + --audit-log-maxage=30\n"
          "argument before 3: + --audit-log-maxbackup=10\n"
          "argument before 3: + --audit-log-maxsize=100\n");
}

TEST(Profile, WithoutOneNothingIsRaisedOrAdded) {
  given(enabled({})).Enable().ChangesNothing();
  given(enabled({"--audit-log-maxage=7"})).Enable().ChangesNothing();
}

TEST(Profile, ALogOfOursHasTheLimitsAnyway) {
  EXPECT_EQ(cis({}).plan(), given({}).Enable().plan());
}

TEST(Profile, WhatIsGivenWins) {
  cis(enabled({"--audit-log-maxage=14", "--audit-log-maxbackup=10", "--audit-log-maxsize=100"}),
      "--audit-log-maxage=7")
      .Plans("argument 1: = --audit-log-maxage=7\n");
  cis(enabled({"--audit-log-maxage=7", "--audit-log-maxbackup=10", "--audit-log-maxsize=100"}),
      "--audit-log-maxage=7")
      .ChangesNothing();
  cis(enabled({"--audit-log-maxbackup=10", "--audit-log-maxsize=100"}), "--audit-log-maxage=0")
      .Plans("argument before 1: + --audit-log-maxage=0\n");
}

TEST(Profile, NeedsALogFile) {
  // Nothing of standard output is rotated, and the flag alone is what the benchmark asks for.
  Pod standard_output{.flags = {"--audit-log-maxage=7", "--audit-log-path=-", kPolicyFlag},
                      .volumes = {kPolicyVolume},
                      .mounts = {kPolicyMount}};
  cis(standard_output).ChangesNothing();
  cis(enabled({"--audit-log-maxage=7"}), "--audit-log-path=-")
      .Plans("argument 2: = --audit-log-path=-\n");
  Pod webhook{.flags = {"--audit-log-maxage=7", kPolicyFlag, "--audit-webhook-config-file=/w/conf"},
              .volumes = {kPolicyVolume, "w /w/conf File"},
              .mounts = {kPolicyMount, "w /w/conf ro"}};
  cis(webhook).ChangesNothing();
  // From standard output into a file that is given.
  cis(standard_output, "--audit-log-path=/var/log/kubernetes/audit/audit.log")
      .Plans(
          "argument 2: = --audit-log-path=/var/log/kubernetes/audit/audit.log\n"
          "argument 1: = --audit-log-maxage=30\n"
          "argument before 2: + --audit-log-maxbackup=10\n"
          "argument before 2: + --audit-log-maxsize=100\n"
          "mount before 0: + /var/log/kubernetes/audit audit-log\n"
          "volume before 0: + audit-log /var/log/kubernetes/audit DirectoryOrCreate\n");
}

TEST(Profile, LeavesWhatNobodyCanReadAndSaysSo) {
  const Given asked = cis(enabled({"--audit-log-maxage=$(AGE)", "--audit-log-maxbackup=ten",
                                   "--audit-log-maxsize=99999999999999999999"}));
  asked.ChangesNothing();
  EXPECT_EQ(asked.flag_steps(),
            fmt::format("Kept {} (already there)\n"
                        "Kept {} (already there)\n"
                        "LeftAlone --audit-log-maxage=$(AGE) (depends on a variable)\n"
                        "LeftAlone --audit-log-maxbackup=ten (is not a number that kube-apiserver "
                        "can read)\n"
                        "LeftAlone --audit-log-maxsize=99999999999999999999 (is not a number that "
                        "kube-apiserver can read)\n",
                        kPolicyFlag, kLogFlag));
}

TEST(Profile, SaysWhy) {
  const Pod pod = enabled({"--audit-log-maxage=7", "--audit-log-maxbackup=20"});
  EXPECT_EQ(cis(pod).flag_steps(),
            fmt::format("Changed --audit-log-maxage=30 (the CIS benchmark asks for at least 30; it "
                        "was 7)\n"
                        "Added --audit-log-maxsize=100 (the CIS benchmark asks for at least 100)\n"
                        "Kept {} (already there)\n"
                        "Kept {} (already there)\n"
                        "Kept --audit-log-maxbackup=20 (already there)\n",
                        kPolicyFlag, kLogFlag));
  EXPECT_EQ(given(pod).Enable().Profile(Benchmark::Stig).flag_steps(),
            fmt::format("Changed --audit-log-maxage=30 (the DISA STIG asks for at least 30; it was "
                        "7)\n"
                        "Added --audit-log-maxsize=100 (the DISA STIG asks for at least 100)\n"
                        "Kept {} (already there)\n"
                        "Kept {} (already there)\n"
                        "Kept --audit-log-maxbackup=20 (already there)\n",
                        kPolicyFlag, kLogFlag));
  EXPECT_EQ(cis({}, "--audit-log-maxage=90").flag_steps(),
            fmt::format("Added {} (kaudit's default)\n"
                        "Added {} (kaudit's default)\n"
                        "Added --audit-log-maxage=90 (given)\n"
                        "Added --audit-log-maxbackup=10 (the CIS benchmark asks for at least 10)\n"
                        "Added --audit-log-maxsize=100 (the CIS benchmark asks for at least 100)\n",
                        kPolicyFlag, kLogFlag));
}

TEST(Profile, KeepsTheFormOfWhatItRaises) {
  cis(enabled({"--audit_log_maxage=7", "--audit-log-maxbackup", "'9'", "--audit-log-maxsize=100"}))
      .Plans(
          "argument 1: = --audit_log_maxage=30\n"
          "argument 3: = 10\n");
}

TEST(Profile, TheResultMeetsTheLimitsOfBothBenchmarks) {
  for (const Benchmark benchmark : {Benchmark::Cis, Benchmark::Stig}) {
    const std::string text = given(enabled({"--audit-log-maxage=7", "--audit-log-maxsize=0"}))
                                 .Enable()
                                 .Profile(benchmark)
                                 .result();
    const auto document = yaml::parse(support::source(text));
    ASSERT_TRUE(document) << text;
    const auto pod = kube::read_pod_manifest(*document, audit::arity_of);
    ASSERT_TRUE(pod) << text;
    std::string failed;
    for (const check::ControlResult& r :
         check::assess_benchmark(benchmark, pod->api_server, {1, 29, {}}, {})) {
      if (r.state == check::ControlState::Fail) failed += r.number + " ";
    }
    EXPECT_EQ(failed, "") << text;
  }
}

TEST(Profile, DisableKnowsNone) {
  const std::string text = text_of({});
  Given(given({}).Enable().Profile(Benchmark::Cis).result())
      .Disable()
      .Profile(Benchmark::Cis)
      .Produces(text);
}

}  // namespace
}  // namespace kaudit::edit
