#include "audit/flag_table.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "audit/go_value.h"

namespace kaudit::audit {
namespace {

using kube::KubernetesVersion;

constexpr KubernetesVersion release(int minor) {
  return {1, minor, {}};
}

TEST(FlagTable, FindsAFlagByItsNameInAnySpelling) {
  ASSERT_NE(find_flag("audit-log-path"), nullptr);
  EXPECT_EQ(find_flag("audit-log-path")->flag, AuditFlag::LogPath);
  EXPECT_EQ(find_flag("audit_log_path"), find_flag("audit-log-path"));
  EXPECT_EQ(find_flag("audit_log-path"), find_flag("audit-log-path"));
  EXPECT_EQ(find_flag("Audit-Log-Path"), nullptr);
  EXPECT_EQ(find_flag("audit-log-pat"), nullptr);
  EXPECT_EQ(find_flag("audit-log-path-"), nullptr);
  EXPECT_EQ(find_flag("--audit-log-path"), nullptr);
  EXPECT_EQ(find_flag(""), nullptr);
  EXPECT_EQ(normalized_flag_name("audit_Log_x-y"), "audit-Log-x-y");
}

TEST(FlagTable, EveryRowIsWellFormed) {
  EXPECT_EQ(all_flags().size(), 33U);
  for (const FlagInfo& flag : all_flags()) {
    EXPECT_TRUE(flag.name.starts_with("audit-")) << flag.name;
    EXPECT_EQ(find_flag(flag.name), &flag) << flag.name << " stands twice";
    EXPECT_EQ(&info(flag.flag), &flag) << flag.name;
    EXPECT_FALSE(flag.help.empty() || flag.help.ends_with('.')) << flag.name;
    // "--x=…" of another row, or a feature gate.
    if (flag.needs.starts_with("--audit-")) {
      const std::string_view needed = flag.needs.substr(2, flag.needs.find('=') - 2);
      EXPECT_NE(find_flag(needed), nullptr) << flag.name;
    }
    EXPECT_EQ(flag.common, !flag.kaudit_default.empty()) << flag.name;
  }
  EXPECT_EQ(std::ranges::count(all_flags(), true, &FlagInfo::common), 5);
}

TEST(FlagTable, EveryDefaultIsAValueOfItsTypeInEveryRelease) {
  for (const FlagInfo& flag : all_flags()) {
    for (int minor = 7; minor <= 36; ++minor) {
      if (!flag.known_in(release(minor))) continue;
      const std::string_view value = flag.default_in(release(minor));
      SCOPED_TRACE(std::string(flag.name) + "=" + std::string(value) + " in 1." +
                   std::to_string(minor));
      switch (flag.type) {
        case FlagType::String:
          EXPECT_TRUE(flag.words.empty() || flag.takes_word(value, release(minor)));
          break;
        case FlagType::Int:
        case FlagType::Int64:
          EXPECT_TRUE(parse_go_int(value));
          break;
        case FlagType::Float32:
          EXPECT_TRUE(parse_go_float32(value));
          break;
        case FlagType::Bool:
          EXPECT_TRUE(parse_go_bool(value));
          break;
        case FlagType::Duration:
          EXPECT_TRUE(parse_go_duration(value));
          break;
      }
    }
  }
}

// Every row of the table in AddFlags of upstream's options/audit.go, written down again by hand:
// name, type, default of 1.30, first release.
TEST(FlagTable, HasUpstreamsNamesTypesDefaultsAndReleases) {
  struct Row {
    std::string_view name;
    FlagType type;
    std::string_view value;
    int since;
  };
  using enum FlagType;
  const std::initializer_list<Row> rows = {
      {"audit-policy-file", String, "", 7},
      {"audit-log-path", String, "", 0},
      {"audit-log-maxage", Int, "0", 0},
      {"audit-log-maxbackup", Int, "0", 0},
      {"audit-log-maxsize", Int, "0", 0},
      {"audit-log-compress", Bool, "false", 20},
      {"audit-log-format", String, "json", 8},
      {"audit-log-version", String, "audit.k8s.io/v1", 11},
      {"audit-log-mode", String, "blocking", 10},
      {"audit-log-batch-buffer-size", Int, "10000", 10},
      {"audit-log-batch-max-size", Int, "1", 10},
      {"audit-log-batch-max-wait", Duration, "0s", 10},
      {"audit-log-batch-throttle-enable", Bool, "false", 10},
      {"audit-log-batch-throttle-qps", Float32, "0", 10},
      {"audit-log-batch-throttle-burst", Int, "0", 10},
      {"audit-log-truncate-enabled", Bool, "false", 11},
      {"audit-log-truncate-max-batch-size", Int64, "10485760", 11},
      {"audit-log-truncate-max-event-size", Int64, "102400", 11},
      {"audit-webhook-config-file", String, "", 7},
      {"audit-webhook-mode", String, "batch", 7},
      {"audit-webhook-version", String, "audit.k8s.io/v1", 11},
      {"audit-webhook-initial-backoff", Duration, "10s", 10},
      {"audit-webhook-batch-initial-backoff", Duration, "10s", 9},
      {"audit-webhook-batch-buffer-size", Int, "10000", 9},
      {"audit-webhook-batch-max-size", Int, "400", 9},
      {"audit-webhook-batch-max-wait", Duration, "30s", 9},
      {"audit-webhook-batch-throttle-enable", Bool, "true", 10},
      {"audit-webhook-batch-throttle-qps", Float32, "10", 9},
      {"audit-webhook-batch-throttle-burst", Int, "15", 9},
      {"audit-webhook-truncate-enabled", Bool, "false", 11},
      {"audit-webhook-truncate-max-batch-size", Int64, "10485760", 11},
      {"audit-webhook-truncate-max-event-size", Int64, "102400", 11},
      {"audit-dynamic-configuration", Bool, "false", 13},
  };
  ASSERT_EQ(rows.size(), all_flags().size());
  for (const Row& row : rows) {
    const FlagInfo* flag = find_flag(row.name);
    ASSERT_NE(flag, nullptr) << row.name;
    EXPECT_EQ(type_name(flag->type), type_name(row.type)) << row.name;
    EXPECT_EQ(flag->default_in(release(30)), row.value) << row.name;
    EXPECT_EQ(flag->since, release(row.since)) << row.name;
  }
}

TEST(FlagTable, KnowsWhichReleaseHasWhichFlag) {
  const FlagInfo& compress = info(AuditFlag::LogCompress);
  EXPECT_FALSE(compress.known_in({1, 19, 16}));
  EXPECT_TRUE(compress.known_in({1, 20, 0}));
  EXPECT_FALSE(compress.last_release());
  const FlagInfo& dynamic = info(AuditFlag::DynamicConfiguration);
  EXPECT_FALSE(dynamic.known_in({1, 12, 10}));
  EXPECT_TRUE(dynamic.known_in(release(13)));
  EXPECT_TRUE(dynamic.known_in({1, 18, 20}));
  EXPECT_FALSE(dynamic.known_in(release(19)));
  EXPECT_EQ(dynamic.last_release(), release(18));
}

TEST(FlagTable, KnowsTheDefaultsThatChanged) {
  EXPECT_EQ(info(AuditFlag::LogMaxAge).default_in({1, 35, 6}), "0");
  EXPECT_EQ(info(AuditFlag::LogMaxAge).default_in(release(36)), "366");
  EXPECT_EQ(info(AuditFlag::LogMaxBackup).default_in(release(37)), "100");
  EXPECT_EQ(info(AuditFlag::LogMaxSize).default_in(release(36)), "100");
  EXPECT_EQ(info(AuditFlag::LogMaxSize).default_in(release(35)), "0");
  EXPECT_EQ(info(AuditFlag::LogBatchMaxSize).default_in(release(11)), "400");
  EXPECT_EQ(info(AuditFlag::LogBatchMaxSize).default_in(release(12)), "1");
  EXPECT_EQ(info(AuditFlag::LogBatchMaxWait).default_in(release(11)), "30s");
  EXPECT_EQ(info(AuditFlag::LogBatchMaxWait).default_in(release(12)), "0s");
  EXPECT_EQ(info(AuditFlag::LogBatchThrottleQps).default_in(release(11)), "10");
  EXPECT_EQ(info(AuditFlag::LogBatchThrottleBurst).default_in(release(11)), "15");
  EXPECT_EQ(info(AuditFlag::WebhookVersion).default_in(release(12)), "audit.k8s.io/v1beta1");
  EXPECT_EQ(info(AuditFlag::WebhookVersion).default_in(release(13)), "audit.k8s.io/v1");
}

TEST(FlagTable, KnowsTheWordsOfARelease) {
  const FlagInfo& mode = info(AuditFlag::LogMode);
  EXPECT_EQ(mode.words_in({1, 12, 3}), "batch or blocking");
  EXPECT_EQ(mode.words_in(release(13)), "batch, blocking or blocking-strict");
  EXPECT_FALSE(mode.takes_word("blocking-strict", release(12)));
  EXPECT_TRUE(mode.takes_word("blocking-strict", release(13)));
  EXPECT_FALSE(mode.takes_word("Batch", release(13)));
  EXPECT_FALSE(mode.takes_word("", release(13)));
  const FlagInfo& version = info(AuditFlag::WebhookVersion);
  EXPECT_EQ(version.words_in({1, 23, 17}),
            "audit.k8s.io/v1, audit.k8s.io/v1beta1 or audit.k8s.io/v1alpha1");
  EXPECT_EQ(version.words_in(release(24)), "audit.k8s.io/v1");
  EXPECT_EQ(info(AuditFlag::LogFormat).words_in(release(24)), "json or legacy");
  EXPECT_EQ(info(AuditFlag::LogPath).words_in(release(24)), "");
}

}  // namespace
}  // namespace kaudit::audit
