// What is said of flags, word for word. testdata/check has an example of every rule.

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

const std::vector<std::string> kLimits = {"--audit-log-maxage=30", "--audit-log-maxbackup=10",
                                          "--audit-log-maxsize=100"};

// The given flags first, from line 9 on; then those that make auditing right.
Pod pod(std::vector<std::string> flags, const std::string& release = "1.29") {
  for (const std::string& limit : kLimits) {
    const std::string name = limit.substr(0, limit.find('='));
    const bool given = std::any_of(flags.begin(), flags.end(), [&](const std::string& flag) {
      return audit::normalized_flag_name(flag).find(name.substr(2)) != std::string::npos;
    });
    if (!given) flags.push_back(limit);
  }
  flags.emplace_back(kLogFlag);
  flags.emplace_back(kPolicyFlag);
  return {.flags = std::move(flags),
          .volumes = {kLogVolume, kPolicyVolume},
          .mounts = {kLogMount, kPolicyMount},
          .image = "registry.k8s.io/kube-apiserver:v" + release + ".1"};
}

struct Row {
  std::string flag;
  std::string_view release;
  std::string_view said;
};

TEST(CheckFlags, SaysWhatIsWrongWithOneFlag) {
  const std::vector<Row> rows = {
      {"--audit-log-compress", "1.29", ""},
      {"--audit-log-maxage=7", "1.29",
       "9:26 warning [rotation-below-benchmark] --audit-log-maxage=7 is below 30 days | CIS and "
       "the DISA STIG ask for more | set --audit-log-maxage=30\n"},
      {"--audit_log_maxage=30", "1.29",
       "9:7 note [flag-underscores] --audit_log_maxage is spelled with underscores | benchmark "
       "tools such as kube-bench do not find it | write --audit-log-maxage\n"},
      {"--audit-log-maxage\n    - \"30\"", "1.29",
       "9:7 warning [flag-two-arguments] --audit-log-maxage and its value '30' are two items | "
       "benchmark tools such as kube-bench do not see the value | write --audit-log-maxage=30 as "
       "one item\n"},
      {"'--audit-log-maxage=\"30\"'", "1.29",
       "9:27 error [flag-quoted] the quotes of --audit-log-maxage=\"30\" are part of the value | "
       "the API server will not start | write --audit-log-maxage=30\n"},
      {"--audit-log-maxage=30 --audit-log-maxbackup=10", "1.29",
       "9:7 error [flag-two-in-one-item] one item holds two flags: '--audit-log-maxage=30 "
       "--audit-log-maxbackup=10' | --audit-log-maxbackup is never seen | give each flag an item "
       "of its own\n"
       "11:24 warning [rotation-below-benchmark] --audit-log-maxbackup is not set | CIS and the "
       "DISA STIG ask for at least 10 files | set --audit-log-maxbackup=10\n"},
      {"-audit-log-format=json", "1.29",
       "9:7 error [flag-single-dash] '-audit-log-format=json' begins with one dash | "
       "kube-apiserver exits at once | write --audit-log-format=json\n"},
      {"--audit-log-compress\n    - 'true'", "1.29",
       "10:8 error [bool-flag-with-separate-value] 'true' stands in an item of its own behind the "
       "bool flag --audit-log-compress | kube-apiserver exits at once | write "
       "--audit-log-compress=true as one item\n"},
      {"--audit-log-format=legacy", "1.29",
       "9:26 warning [log-format-legacy] --audit-log-format=legacy writes one line of text an "
       "event | requests and answers are not recorded, whatever the policy says | remove it; json "
       "is the default\n"},
      {"--audit-log-mode=batch", "1.29",
       "9:24 note [batch-log-may-drop] --audit-log-mode=batch buffers the log's events | when the "
       "buffer is full, new events are dropped | remove it; blocking is the default\n"},
      {"--audit-log-batch-max-size=5", "1.29",
       "9:7 warning [flag-needs-other] --audit-log-batch-max-size needs --audit-log-mode=batch | "
       "it does nothing | remove it, or set what it needs\n"},
      {"--audit-log-version=audit.k8s.io/v1beta1", "1.20", ""},
      {"--audit-log-version=audit.k8s.io/v1beta1", "1.21",
       "9:27 warning [audit-version-removed] audit.k8s.io/v1beta1 is deprecated | kube-apiserver "
       "1.24 and newer will not start with it | write --audit-log-version=audit.k8s.io/v1\n"},
      {"--audit-log-version=audit.k8s.io/v1beta1", "1.24",
       "9:27 error [audit-version-removed] '--audit-log-version=audit.k8s.io/v1beta1' is not one "
       "of its words | kube-apiserver 1.24 would refuse to start | give audit.k8s.io/v1\n"},
      {"--audit-log-modes=batch", "1.29",
       "9:7 error [flag-unknown] kube-apiserver has no flag '--audit-log-modes' | kube-apiserver "
       "1.29 would "
       "refuse to start | did you mean '--audit-log-mode'?\n"},
      {"--Audit-Log-Compress=true", "1.29",
       "9:7 error [flag-unknown] kube-apiserver has no flag '--Audit-Log-Compress' | "
       "kube-apiserver 1.29 would "
       "refuse to start | did you mean '--audit-log-compress'?\n"},
      {"--audit-dynamic-configuration=true", "1.19",
       "9:7 error [flag-removed] kube-apiserver no longer knows '--audit-dynamic-configuration', "
       "which ended "
       "with 1.18 | kube-apiserver 1.19 would refuse to start | take the flag away\n"},
      {"--audit-log-compress=true", "1.19",
       "9:7 error [flag-not-yet] kube-apiserver does not know '--audit-log-compress', which came "
       "with 1.20 | "
       "kube-apiserver 1.19 would refuse to start | leave the flag out, or say the right "
       "--kubernetes-version\n"},
      {"--audit-log-maxsize=2", "1.29",
       "9:27 warning [rotation-below-benchmark] --audit-log-maxsize=2 is below 100 MiB | CIS and "
       "the DISA STIG ask for more | set --audit-log-maxsize=100\n"
       "9:27 warning [event-larger-than-maxsize] a request body may have 3 MiB, and with "
       "--audit-log-maxsize=2 a log file has 2 MiB | a larger event is not written at all | set "
       "--audit-log-maxsize=100\n"},
      {"--audit-log-maxsize=0", "1.36",
       "9:27 warning [retention-unbounded] --audit-log-maxsize=0 turns rotation off | old logs are "
       "kept for ever and fill the disk in time | give limits; they delete old logs at once\n"},
      // lumberjack's own default up to 1.35 is 100 MiB, but benchmarks compare the number.
      {"--audit-log-maxsize=0", "1.35",
       "9:27 warning [rotation-below-benchmark] --audit-log-maxsize=0 is below 100 MiB | CIS and "
       "the DISA STIG ask for more | set --audit-log-maxsize=100\n"},
  };
  for (const Row& row : rows) {
    const std::string found = said(pod({row.flag}, std::string(row.release)));
    EXPECT_EQ(found, row.said) << row.flag << " in " << row.release;
  }
}

TEST(CheckFlags, SaysWhichOfTwoCounts) {
  EXPECT_EQ(
      said(pod({"--audit-log-maxage=31", "--audit-log-maxage=31"})),
      "9:7 warning [flag-duplicate] --audit-log-maxage is given more than once, with the same "
      "value | the last one counts | remove this one\n");
  const CheckedManifest manifest = check_manifest(
      support::source(support::text_of(pod({"--audit-log-maxage=31", "--audit-log-maxage=32"}))),
      {});
  ASSERT_EQ(manifest.findings.size(), 1U);
  ASSERT_EQ(manifest.findings[0].related.size(), 1U);
  EXPECT_EQ(manifest.source->slice(manifest.findings[0].related[0].place), "--audit-log-maxage=32");
  EXPECT_EQ(manifest.findings[0].related[0].message, "this one counts");
  EXPECT_EQ(manifest.findings[0].path, "spec.containers[0].command[1]");
}

// pflag reads every value, also the one that does not count.
TEST(CheckFlags, JudgesAShadowedValue) {
  const std::string found = said(pod({"--audit-log-maxage=x", "--audit-log-maxage=31"}));
  EXPECT_NE(found.find("9:26 error [flag-invalid-value] '--audit-log-maxage=x' is not a whole "
                       "number (digits only, no unit) | kube-apiserver 1.29 would refuse to start"),
            std::string::npos)
      << found;
}

// One finding for an item that nobody meant: its paths and combinations are not judged.
TEST(CheckFlags, SaysOnceThatAnItemIsGarbled) {
  Pod given = pod({});
  given.flags = {std::string(kPolicyFlag) + " " + kLogFlag, kLimits[0], kLimits[1], kLimits[2]};
  const std::string found = said(given);
  EXPECT_TRUE(found.starts_with("9:7 error [flag-two-in-one-item] ")) << found;
  EXPECT_EQ(found.find("[policy-not-mounted]"), std::string::npos) << found;
  EXPECT_EQ(found.find("[policy-without-backend]"), std::string::npos) << found;
  given.flags = {"|\n      " + std::string(kPolicyFlag), kLogFlag, kLimits[0], kLimits[1],
                 kLimits[2]};
  EXPECT_EQ(said(given),
            "10:27 error [flag-invalid-value] the value of --audit-policy-file has a line break in "
            "it | the path is another one | write the item on one line, or with '>-'\n");
  given.flags = {"--audit-log-maxage", "--audit-log-maxbackup=10", kLimits[2], kLogFlag,
                 kPolicyFlag};
  EXPECT_NE(said(given).find("9:7 error [flag-value-missing] --audit-log-maxage has no value and "
                             "takes the next item, '--audit-log-maxbackup=10', for it"),
            std::string::npos)
      << said(given);
}

// With the gate off the log alone is auditing, and a policy is not allowed.
TEST(CheckFlags, KnowsTheGateOfThePolicy) {
  const auto with_gate = [](const std::string& release, const std::string& gate, bool policy) {
    Pod given = pod({}, release);
    given.flags = {kLimits[0], kLimits[1], kLimits[2], kLogFlag};
    if (!gate.empty()) given.flags.push_back("--feature-gates=A=true,AdvancedAuditing=" + gate);
    if (policy) given.flags.emplace_back(kPolicyFlag);
    const std::string found = said(given);
    return found.find("[backend-without-policy]") != std::string::npos  ? "needs"
           : found.find("AdvancedAuditing is off") != std::string::npos ? "refuses"
                                                                        : "";
  };
  EXPECT_STREQ(with_gate("1.6", "", false), "");
  EXPECT_STREQ(with_gate("1.7", "", false), "");
  EXPECT_STREQ(with_gate("1.7", "", true), "refuses");
  EXPECT_STREQ(with_gate("1.7", "true", false), "needs");
  EXPECT_STREQ(with_gate("1.8", "", false), "needs");
  EXPECT_STREQ(with_gate("1.10", "false", false), "");
  EXPECT_STREQ(with_gate("1.10", "false", true), "refuses");
  EXPECT_STREQ(with_gate("1.10", "true", true), "");
}

// With a backend off, its flags do nothing; with standard output, those about files do nothing.
TEST(CheckFlags, SaysWhatAFlagNeeds) {
  Pod given = pod({});
  given.flags = {"--audit-log-maxage=30", "--audit-log-path=-", kPolicyFlag};
  EXPECT_EQ(said(given),
            "9:7 warning [flag-needs-other] --audit-log-maxage needs --audit-log-path | it does "
            "nothing | remove it, or set what it needs\n"
            "10:24 note [log-to-stdout] --audit-log-path=- writes to standard output | events are "
            "mixed with the container's log and deleted with it | give the path of a file to keep "
            "them\n");
}

// Caret under the value, however the item is written.
TEST(CheckFlags, PlacesTheValueInEveryStyle) {
  const std::string head = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n";
  const std::string flow = "  - {name: a, image: kube-apiserver, command: [kube-apiserver, ";
  struct Style {
    std::string text;
    std::string_view at;
  };
  const std::vector<Style> styles = {
      {head + "  - command: [kube-apiserver, --audit-log-maxage=x]\n", "6:50"},
      {head + flow + "\"--audit-log-maxage=x\"]}\n", "6:84"},
      {"\xEF\xBB\xBF" + head + "  - command:\n    - kube-apiserver\n    - --audit-log-maxage=x\n",
       "8:26"},
      {"# \xC3\xA4\r\n" + head +
           "  - command:\r\n    - kube-apiserver\r\n    # \xE2\x82\xAC\r\n"
           "    - '--audit-log-maxage=x'\r\n",
       "10:27"},
      {head + "  - command:\n    - kube-apiserver\n    - >-\n      --audit-log-maxage=x\n", "9:26"},
      {head + "  - command:\n    - kube-apiserver\n    - \"--audit-log-\\\n      maxage=x\"\n",
       "9:14"},
      {"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"spec\":{\"containers\":[{\"command\":["
       "\"kube-apiserver\",\"--audit-log-maxage=x\"]}]}}",
       "1:104"},
      {head + "  - command: [\"\xC3\xA4/kube-apiserver\", --audit-log-maxage=x]\n", "6:54"},
  };
  for (const Style& style : styles) {
    const CheckedManifest manifest = check_manifest(support::source(style.text), {});
    ASSERT_FALSE(manifest.error) << style.text << manifest.error->message;
    const auto finding =
        std::find_if(manifest.findings.begin(), manifest.findings.end(),
                     [](const Finding& f) { return f.rule == "flag-invalid-value"; });
    // Without a log the value is read all the same (spf13/pflag).
    ASSERT_NE(finding, manifest.findings.end()) << style.text;
    const text::Position at = manifest.source->position(finding->place->begin);
    EXPECT_EQ(fmt::format("{}:{}", at.line, at.column), style.at) << style.text;
  }
}

}  // namespace
}  // namespace kaudit::check
