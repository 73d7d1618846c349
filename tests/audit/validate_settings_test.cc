#include "audit/validate_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <initializer_list>
#include <utility>

namespace kaudit::audit {
namespace {

using kube::KubernetesVersion;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr KubernetesVersion k130{1, 30, {}};

using Given = std::initializer_list<std::pair<std::string_view, std::string_view>>;

AuditSettings settings_of(Given given) {
  AuditSettings settings;
  for (const auto& [name, value] : given) {
    settings.set(find_flag(name)->flag, std::string(value));
  }
  return settings;
}

// "flag (kind, fatal): message | hint", a line for each problem.
std::vector<std::string> problems(Given given, const KubernetesVersion& version = k130) {
  constexpr std::array<std::string_view, 6> kKinds = {"unknown",   "removed",     "not yet",
                                                      "bad value", "combination", "relative path"};
  std::vector<std::string> lines;
  for (const SettingProblem& problem : validate(settings_of(given), version)) {
    std::string line = problem.flag + " (";
    line += kKinds[static_cast<std::size_t>(problem.kind)];
    line += problem.fatal ? "): " : ", starts): ";
    lines.push_back(line + problem.message + " | " + problem.hint);
  }
  return lines;
}

constexpr std::pair<std::string_view, std::string_view> kLogOn = {"audit-log-path", "/a/a.log"};
constexpr std::pair<std::string_view, std::string_view> kWebhookOn = {"audit-webhook-config-file",
                                                                      "/a/webhook.conf"};

TEST(ValidateSettings, TakesGoodSettings) {
  EXPECT_THAT(problems({}), IsEmpty());
  EXPECT_THAT(problems({kLogOn,
                        {"audit-policy-file", "/etc/kubernetes/audit/audit-policy.yaml"},
                        {"audit-log-maxage", "036"},
                        {"audit-log-compress", "true"},
                        {"audit-log-mode", "blocking-strict"},
                        {"audit-log-format", "legacy"}}),
              IsEmpty());
  EXPECT_THAT(problems({kWebhookOn, {"audit-webhook-batch-max-wait", "1m30s"}}), IsEmpty());
  EXPECT_THAT(problems({{"audit-log-path", "-"}}), IsEmpty());
  EXPECT_THAT(problems({{"audit-log-path", ""}, {"audit-policy-file", ""}}), IsEmpty());
}

TEST(ValidateSettings, ReadsEveryValueByItsType) {
  EXPECT_THAT(
      problems({{"audit-log-maxage", "30d"},
                {"audit-log-compress", "yes"},
                {"audit-log-truncate-max-event-size", "9223372036854775808"},
                {"audit-webhook-batch-max-wait", "30"},
                {"audit-webhook-batch-throttle-qps", "many"}}),
      ElementsAre(
          "audit-log-maxage (bad value): kube-apiserver 1.30 would refuse to start: "
          "'--audit-log-maxage=30d' is not a whole number (digits only, no unit) | give a whole "
          "number such as 30",
          "audit-log-compress (bad value): kube-apiserver 1.30 would refuse to start: "
          "'--audit-log-compress=yes' is neither true nor false | give true or false",
          "audit-log-truncate-max-event-size (bad value): kube-apiserver 1.30 would refuse to "
          "start: '--audit-log-truncate-max-event-size=9223372036854775808' does not fit into a "
          "64-bit integer | give a whole number such as 30",
          "audit-webhook-batch-max-wait (bad value): kube-apiserver 1.30 would refuse to start: "
          "'--audit-webhook-batch-max-wait=30' has no unit (write it like 30s, 500ms or 1m30s) | "
          "give a duration with its unit, such as 30s or 1m30s",
          "audit-webhook-batch-throttle-qps (bad value): kube-apiserver 1.30 would refuse to "
          "start: '--audit-webhook-batch-throttle-qps=many' is not a number | give a number such "
          "as 10 or 0.5"));
  EXPECT_THAT(problems({{"audit-log-maxsize", ""}}),
              ElementsAre("audit-log-maxsize (bad value): kube-apiserver 1.30 would refuse to "
                          "start: '--audit-log-maxsize=' is empty | give a whole number such as "
                          "30"));
  EXPECT_THAT(problems({{"audit-log-maxsize", "1\x1b\n"}}),
              ElementsAre("audit-log-maxsize (bad value): kube-apiserver 1.30 would refuse to "
                          "start: '--audit-log-maxsize=1\\x1b\\n' is not a whole number (digits "
                          "only, no unit) | give a whole number such as 30"));
}

TEST(ValidateSettings, KnowsWhichReleaseHasTheFlag) {
  const std::string not_yet =
      "audit-log-compress (not yet): kube-apiserver 1.19 would refuse to start: it does not know "
      "'--audit-log-compress', which came with 1.20 | leave the flag out, or say the right "
      "--kubernetes-version";
  EXPECT_THAT(problems({{"audit-log-compress", "true"}}, {1, 19, 16}), ElementsAre(not_yet));
  EXPECT_THAT(problems({{"audit-log-compress", "true"}}, {1, 20, 0}), IsEmpty());
  const std::string removed =
      "audit-dynamic-configuration (removed): kube-apiserver 1.30 would refuse to start: it no "
      "longer knows '--audit-dynamic-configuration', which ended with 1.18 | take the flag away";
  EXPECT_THAT(problems({{"audit-dynamic-configuration", "x"}}), ElementsAre(removed));
  EXPECT_THAT(problems({{"audit-dynamic-configuration", "true"}}, {1, 18, 2}), IsEmpty());
}

TEST(ValidateSettings, V1Mode) {
  EXPECT_THAT(problems({kLogOn, {"audit-log-mode", "blocing"}}),
              ElementsAre("audit-log-mode (bad value): kube-apiserver 1.30 would refuse to start: "
                          "'--audit-log-mode=blocing' is not one of its words | give batch, "
                          "blocking or blocking-strict"));
  EXPECT_THAT(problems({kWebhookOn, {"audit-webhook-mode", "blocking-strict"}}, {1, 12, 3}),
              ElementsAre("audit-webhook-mode (bad value): kube-apiserver 1.12 would refuse to "
                          "start: '--audit-webhook-mode=blocking-strict' is not one of its words | "
                          "give batch or blocking"));
  EXPECT_THAT(problems({kLogOn, {"audit-log-mode", ""}}).size(), 1U);
  // Not looked at while the backend is off.
  EXPECT_THAT(problems({{"audit-log-mode", "blocing"}}),
              ElementsAre("audit-log-mode (bad value, starts): kube-apiserver 1.30 would refuse to "
                          "start as soon as --audit-log-path is set: '--audit-log-mode=blocing' is "
                          "not one of its words | give batch, blocking or blocking-strict"));
}

TEST(ValidateSettings, V2AndV3OnlyInModeBatch) {
  EXPECT_THAT(problems({kLogOn,
                        {"audit-log-mode", "batch"},
                        {"audit-log-batch-buffer-size", "0"},
                        {"audit-log-batch-max-size", "-1"}}),
              ElementsAre("audit-log-batch-buffer-size (bad value): kube-apiserver 1.30 would "
                          "refuse to start: '--audit-log-batch-buffer-size=0' must be greater than "
                          "0 with --audit-log-mode=batch | give --audit-log-batch-buffer-size a "
                          "number above 0",
                          "audit-log-batch-max-size (bad value): kube-apiserver 1.30 would refuse "
                          "to start: '--audit-log-batch-max-size=-1' must be greater than 0 with "
                          "--audit-log-mode=batch | give --audit-log-batch-max-size a number above "
                          "0"));
  // Blocking is the log's default, batch the webhook's.
  EXPECT_THAT(problems({kLogOn, {"audit-log-batch-buffer-size", "0"}}), IsEmpty());
  EXPECT_THAT(problems({kWebhookOn, {"audit-webhook-batch-max-size", "0"}}),
              ElementsAre("audit-webhook-batch-max-size (bad value): kube-apiserver 1.30 would "
                          "refuse to start: '--audit-webhook-batch-max-size=0' must be greater "
                          "than 0 with --audit-webhook-mode=batch | give "
                          "--audit-webhook-batch-max-size a number above 0"));
  EXPECT_THAT(
      problems(
          {kWebhookOn, {"audit-webhook-mode", "blocking"}, {"audit-webhook-batch-max-size", "0"}}),
      IsEmpty());
  EXPECT_THAT(problems({{"audit-webhook-batch-max-size", "0"}}), IsEmpty());
}

TEST(ValidateSettings, V4OnlyWithTheThrottle) {
  const Given throttled = {
      kLogOn, {"audit-log-mode", "batch"}, {"audit-log-batch-throttle-enable", "true"}};
  EXPECT_THAT(
      problems(throttled),
      ElementsAre("audit-log-batch-throttle-qps (combination): kube-apiserver 1.30 would refuse to "
                  "start: '--audit-log-batch-throttle-qps=0' (the default) must be greater than 0 "
                  "with --audit-log-batch-throttle-enable | give --audit-log-batch-throttle-qps a "
                  "number above 0",
                  "audit-log-batch-throttle-burst (combination): kube-apiserver 1.30 would refuse "
                  "to start: '--audit-log-batch-throttle-burst=0' (the default) must be greater "
                  "than 0 with --audit-log-batch-throttle-enable | give "
                  "--audit-log-batch-throttle-burst a number above 0"));
  EXPECT_THAT(problems({kLogOn,
                        {"audit-log-mode", "batch"},
                        {"audit-log-batch-throttle-enable", "true"},
                        {"audit-log-batch-throttle-qps", "0.1"},
                        {"audit-log-batch-throttle-burst", "1"}}),
              IsEmpty());
  EXPECT_THAT(problems({kLogOn, {"audit-log-batch-throttle-enable", "true"}}), IsEmpty());
  EXPECT_THAT(problems({kLogOn,
                        {"audit-log-mode", "batch"},
                        {"audit-log-batch-throttle-enable", "$(THROTTLE)"}}),
              IsEmpty());
  EXPECT_THAT(problems({kWebhookOn, {"audit-webhook-batch-throttle-qps", "-0.5"}}),
              ElementsAre("audit-webhook-batch-throttle-qps (bad value): kube-apiserver 1.30 would "
                          "refuse to start: '--audit-webhook-batch-throttle-qps=-0.5' must be "
                          "greater than 0 with --audit-webhook-batch-throttle-enable | give "
                          "--audit-webhook-batch-throttle-qps a number above 0"));
  EXPECT_THAT(problems({kWebhookOn,
                        {"audit-webhook-batch-throttle-enable", "false"},
                        {"audit-webhook-batch-throttle-qps", "-0.5"}}),
              IsEmpty());
  // Go compares with "<=", which is false for NaN.
  EXPECT_THAT(problems({kWebhookOn, {"audit-webhook-batch-throttle-qps", "nan"}}), IsEmpty());
}

TEST(ValidateSettings, V5AndV6AlsoWithoutTruncation) {
  EXPECT_THAT(problems({kLogOn, {"audit-log-truncate-max-event-size", "0"}}),
              ElementsAre("audit-log-truncate-max-event-size (bad value): kube-apiserver 1.30 "
                          "would refuse to start: '--audit-log-truncate-max-event-size=0' must be "
                          "greater than 0 | give --audit-log-truncate-max-event-size a number "
                          "above 0"));
  EXPECT_THAT(problems({kLogOn, {"audit-log-truncate-max-batch-size", "102399"}}),
              ElementsAre("audit-log-truncate-max-batch-size (combination): kube-apiserver 1.30 "
                          "would refuse to start: '--audit-log-truncate-max-batch-size=102399' is "
                          "smaller than '--audit-log-truncate-max-event-size=102400' | let a batch "
                          "be at least as large as an event"));
  EXPECT_THAT(problems({kLogOn, {"audit-log-truncate-max-batch-size", "102400"}}), IsEmpty());
  EXPECT_THAT(problems({kWebhookOn, {"audit-webhook-truncate-max-event-size", "10485761"}}),
              ElementsAre("audit-webhook-truncate-max-event-size (combination): kube-apiserver "
                          "1.30 would refuse to start: "
                          "'--audit-webhook-truncate-max-batch-size=10485760' is smaller than "
                          "'--audit-webhook-truncate-max-event-size=10485761' | let a batch be at "
                          "least as large as an event"));
  EXPECT_THAT(problems({{"audit-log-truncate-max-event-size", "0"}}), IsEmpty());
  EXPECT_THAT(problems({kWebhookOn, {"audit-log-truncate-max-event-size", "0"}}), IsEmpty());
}

TEST(ValidateSettings, V7Version) {
  EXPECT_THAT(problems({kLogOn, {"audit-log-version", "audit.k8s.io/v1beta1"}}),
              ElementsAre("audit-log-version (bad value): kube-apiserver 1.30 would refuse to "
                          "start: '--audit-log-version=audit.k8s.io/v1beta1' is not one of its "
                          "words | give audit.k8s.io/v1"));
  EXPECT_THAT(problems({kLogOn, {"audit-log-version", "audit.k8s.io/v1beta1"}}, {1, 23, 17}),
              IsEmpty());
  EXPECT_THAT(problems({kWebhookOn, {"audit-webhook-version", "v1"}}).size(), 1U);
  EXPECT_THAT(
      problems({kWebhookOn, {"audit-log-version", "v1"}}),
      ElementsAre("audit-log-version (bad value, starts): kube-apiserver 1.30 would refuse "
                  "to start as soon as --audit-log-path is set: '--audit-log-version=v1' is "
                  "not one of its words | give audit.k8s.io/v1"));
}

TEST(ValidateSettings, V8Format) {
  EXPECT_THAT(problems({kLogOn, {"audit-log-format", "JSON"}}),
              ElementsAre("audit-log-format (bad value): kube-apiserver 1.30 would refuse to "
                          "start: '--audit-log-format=JSON' is not one of its words | give json or "
                          "legacy"));
}

TEST(ValidateSettings, V9Limits) {
  EXPECT_THAT(
      problems({{"audit-log-path", "-"},
                {"audit-log-maxage", "-1"},
                {"audit-log-maxbackup", "0"},
                {"audit-log-maxsize", "-0x1"}}),
      ElementsAre("audit-log-maxage (bad value): kube-apiserver 1.30 would refuse to start: "
                  "'--audit-log-maxage=-1' must not be negative | give 0 or more",
                  "audit-log-maxsize (bad value): kube-apiserver 1.30 would refuse to "
                  "start: '--audit-log-maxsize=-0x1' must not be negative | give 0 or "
                  "more"));
  EXPECT_THAT(problems({{"audit-log-maxbackup", "-1"}}), IsEmpty());
  EXPECT_THAT(problems({kLogOn, {"audit-log-maxbackup", "-1"}}).size(), 1U);
}

TEST(ValidateSettings, A4TwoSlashesAlsoWithoutAWebhook) {
  EXPECT_THAT(problems({{"audit-webhook-version", "audit/k8s.io/v1"}}),
              ElementsAre("audit-webhook-version (bad value): kube-apiserver 1.30 would refuse to "
                          "start: '--audit-webhook-version=audit/k8s.io/v1' has more than one "
                          "slash | give audit.k8s.io/v1"));
  EXPECT_THAT(problems({kWebhookOn, {"audit-webhook-version", "a/b/c"}}).size(), 1U);
}

TEST(ValidateSettings, KeepsTheOrderOfTheTable) {
  std::vector<std::string> flags;
  for (const SettingProblem& problem : validate(settings_of({kLogOn,
                                                             {"audit-webhook-initial-backoff", "1"},
                                                             {"audit-log-mode", "x"},
                                                             {"audit-log-maxage", "-1"}}),
                                                k130)) {
    flags.push_back(problem.flag);
  }
  EXPECT_THAT(flags,
              ElementsAre("audit-log-maxage", "audit-log-mode", "audit-webhook-initial-backoff"));
}

TEST(ValidateSettings, ReportsRelativePaths) {
  EXPECT_THAT(
      problems({{"audit-log-path", "audit.log"}, {"audit-policy-file", "\"/etc/policy.yaml\""}}),
      ElementsAre("audit-policy-file (relative path, starts): "
                  "'--audit-policy-file=\"/etc/policy.yaml\"' is not an absolute path, so "
                  "it depends on the container's working directory | take the quotes away: "
                  "no shell reads a manifest",
                  "audit-log-path (relative path, starts): '--audit-log-path=audit.log' is "
                  "not an absolute path, so it depends on the container's working "
                  "directory | give a path that begins with /"));
  EXPECT_THAT(problems({{"audit-policy-file", "-"}}).size(), 1U);
}

TEST(ValidateSettings, DoesNotJudgeVariables) {
  EXPECT_THAT(problems({{"audit-log-path", "$(LOG)"},
                        {"audit-log-maxage", "$(AGE)"},
                        {"audit-log-mode", "$(MODE)"},
                        {"audit-log-batch-buffer-size", "0"},
                        {"audit-log-truncate-max-batch-size", "$(SIZE)"},
                        {"audit-webhook-version", "a/$(B)/c"}}),
              IsEmpty());
  // A variable as the path still turns the backend on.
  EXPECT_THAT(problems({{"audit-log-path", "$(LOG)"}, {"audit-log-maxage", "-1"}}).size(), 1U);
}

TEST(ValidateFlagName, OffersTheNearestFlagOfTheRelease) {
  const auto problem = validate_flag_name("audit_log_pth", k130);
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->kind, ProblemKind::Unknown);
  EXPECT_EQ(problem->flag, "audit-log-pth");
  EXPECT_EQ(problem->message,
            "kube-apiserver 1.30 would refuse to start: it has no flag '--audit-log-pth'");
  EXPECT_EQ(problem->hint, "did you mean '--audit-log-path'?");
  EXPECT_EQ(validate_flag_name("audit-dynamic-configurations", k130)->hint, "take the flag away");
  EXPECT_EQ(validate_flag_name("audit-dynamic-configurations", {1, 18, {}})->hint,
            "did you mean '--audit-dynamic-configuration'?");
  EXPECT_EQ(validate_flag_name("audit-log-path", k130), std::nullopt);
  EXPECT_EQ(validate_flag_name("audit_log_path", {1, 7, {}}), std::nullopt);
}

}  // namespace
}  // namespace kaudit::audit
