#include "audit/audit_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kaudit::audit {
namespace {

using enum AuditFlag;
using kube::KubernetesVersion;
using testing::ElementsAre;

constexpr KubernetesVersion k130{1, 30, 2};
constexpr KubernetesVersion k136{1, 36, {}};

TEST(AuditSettings, KeepsTextsInTableOrder) {
  AuditSettings settings;
  EXPECT_TRUE(settings.empty());
  settings.set(WebhookMode, "blocking");
  settings.set(LogMaxAge, "036");
  settings.set(PolicyFile, "");
  EXPECT_FALSE(settings.empty());
  EXPECT_THAT(settings.flags(), ElementsAre(PolicyFile, LogMaxAge, WebhookMode));
  EXPECT_EQ(settings.value(LogMaxAge), "036");
  EXPECT_EQ(settings.value(PolicyFile), "");
  EXPECT_EQ(settings.value(LogPath), std::nullopt);
  EXPECT_TRUE(settings.has(PolicyFile));
  EXPECT_FALSE(settings.has(LogPath));
  settings.set(LogMaxAge, "1");
  EXPECT_EQ(settings.value(LogMaxAge), "1");
  settings.erase(LogMaxAge);
  EXPECT_THAT(settings.flags(), ElementsAre(PolicyFile, WebhookMode));
}

TEST(AuditSettings, ReadsTypedValuesWithTheDefaultsOfTheRelease) {
  AuditSettings settings;
  EXPECT_EQ(settings.integer(LogMaxAge, k130), 0);
  EXPECT_EQ(settings.integer(LogMaxAge, k136), 366);
  EXPECT_EQ(settings.effective(LogMode, k130), "blocking");
  EXPECT_EQ(settings.boolean(WebhookBatchThrottleEnable, k130), true);
  EXPECT_EQ(settings.number(WebhookBatchThrottleQps, k130), 10.0F);
  EXPECT_EQ(settings.duration(WebhookBatchMaxWait, k130), std::chrono::seconds(30));
  settings.set(LogMaxAge, "036");
  settings.set(LogCompress, "T");
  settings.set(WebhookBatchThrottleQps, "0.5");
  settings.set(WebhookBatchMaxWait, "1m30s");
  EXPECT_EQ(settings.integer(LogMaxAge, k136), 30);
  EXPECT_EQ(settings.boolean(LogCompress, k130), true);
  EXPECT_EQ(settings.number(WebhookBatchThrottleQps, k130), 0.5F);
  EXPECT_EQ(settings.duration(WebhookBatchMaxWait, k130), std::chrono::seconds(90));
}

TEST(AuditSettings, GivesNothingForWhatCannotBeRead) {
  AuditSettings settings;
  settings.set(LogMaxAge, "30d");
  settings.set(LogMaxBackup, "$(BACKUPS)");
  settings.set(LogCompress, "true");
  EXPECT_EQ(settings.integer(LogMaxAge, k130), std::nullopt);
  EXPECT_EQ(settings.integer(LogMaxBackup, k130), std::nullopt);
  EXPECT_EQ(settings.effective(LogMaxBackup, k130), "$(BACKUPS)");
  EXPECT_EQ(settings.boolean(LogCompress, {1, 19, 0}), std::nullopt);
  // The release does not know these flags, and so has no default for them.
  EXPECT_EQ(settings.integer(LogBatchBufferSize, {1, 9, 0}), std::nullopt);
  EXPECT_EQ(settings.number(WebhookBatchThrottleQps, {1, 8, 0}), std::nullopt);
  EXPECT_EQ(settings.duration(WebhookBatchMaxWait, {1, 8, 0}), std::nullopt);
}

TEST(AuditSettings, NamesTheBackends) {
  AuditSettings settings;
  EXPECT_FALSE(settings.has_log_backend());
  EXPECT_FALSE(settings.has_webhook_backend());
  settings.set(LogPath, "");
  settings.set(WebhookConfigFile, "");
  EXPECT_FALSE(settings.has_log_backend());
  EXPECT_FALSE(settings.has_webhook_backend());
  settings.set(LogPath, "--");
  EXPECT_TRUE(settings.has_log_backend());
  EXPECT_FALSE(settings.logs_to_stdout());
  settings.set(LogPath, "-");
  EXPECT_TRUE(settings.logs_to_stdout());
  settings.set(WebhookConfigFile, "/etc/webhook.conf");
  settings.set(PolicyFile, "/etc/policy.yaml");
  EXPECT_TRUE(settings.has_webhook_backend());
  EXPECT_EQ(settings.webhook_config_file(), "/etc/webhook.conf");
  EXPECT_EQ(settings.policy_file(), "/etc/policy.yaml");
}

TEST(SameValue, ComparesWhatKubeApiserverReads) {
  struct Row {
    AuditFlag flag;
    std::string_view a;
    std::string_view b;
    bool same;
  };
  for (const Row& row :
       std::initializer_list<Row>{{LogMaxAge, "30", "036", true},
                                  {LogMaxAge, "30", "0x1e", true},
                                  {LogMaxAge, "30", "31", false},
                                  {LogMaxAge, "30d", "30d", true},
                                  {LogMaxAge, "30d", "30h", false},
                                  {LogMaxAge, "30", "30d", false},
                                  {LogTruncateMaxEventSize, "1_000", "1000", true},
                                  {LogCompress, "T", "true", true},
                                  {LogCompress, "0", "true", false},
                                  {WebhookBatchMaxWait, "90s", "1m30s", true},
                                  {WebhookBatchMaxWait, "90s", "91s", false},
                                  {WebhookBatchThrottleQps, "10", "1e1", true},
                                  {WebhookBatchThrottleQps, "10", "11", false},
                                  {LogMode, "batch", "Batch", false},
                                  {LogPath, "/var/log//a.log", "/var/./log/a.log", true},
                                  {LogPath, "/var/log/a.log", "/var/log/a.log/", false},
                                  {LogPath, "/var/log/x/../a.log", "/var/log/a.log", false},
                                  {LogPath, "/var/log/a.log", "/var/log/b.log", false},
                                  {LogPath, "-", "./-", false},
                                  {LogPath, "var//log", "var/log", false}}) {
    EXPECT_EQ(same_value(row.flag, row.a, row.b), row.same) << row.a << " " << row.b;
    EXPECT_EQ(same_value(row.flag, row.b, row.a), row.same) << row.b << " " << row.a;
  }
}

TEST(IsUnresolved, SeesVariables) {
  EXPECT_TRUE(is_unresolved("/var/$(NODE)/a.log"));
  EXPECT_FALSE(is_unresolved("/var/$NODE/a.log"));
  EXPECT_FALSE(is_unresolved("/var/(NODE)/a.log$"));
}

}  // namespace
}  // namespace kaudit::audit
