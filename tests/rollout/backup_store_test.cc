#include "rollout/backup_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "support/memory_node.h"

namespace kaudit::rollout {
namespace {

using host::UtcTime;
using testing::ElementsAre;
using testing::IsEmpty;

struct Store : testing::Test {
  BackupRecord add(const std::string& before, UtcTime time, RecordState state = RecordState::Done) {
    return store.add({kManifest, text::sha256_hex(before), "", time, {}, state, {}, {}}, before)
        .value();
  }
  // The kept bytes, newest first.
  std::vector<std::string> kept() {
    std::vector<std::string> contents;
    for (const BackupRecord& record : node.records()) {
      contents.push_back(node.files.bytes(record.backup_path).value_or("(none)"));
    }
    return contents;
  }
  MemoryNode node;
  BackupStore store{node.files, kBackups};
};

TEST_F(Store, ReadsBackItsRecords) {
  BackupRecord record{
      kManifest, "before", "after", {1'795'417'200, 7}, "/policy", RecordState::Pending, {}, {}};
  const auto read = record_from_json(to_json(record));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->manifest, kManifest);
  EXPECT_EQ(read->sha256_before, "before");
  EXPECT_EQ(read->sha256_after, "after");
  EXPECT_EQ(read->time, record.time);
  EXPECT_EQ(read->policy_backup, "/policy");
  EXPECT_EQ(read->state, RecordState::Pending);
  record.policy_backup.reset();
  record.state = RecordState::RolledBack;
  EXPECT_EQ(record_from_json(to_json(record))->policy_backup, std::nullopt);
  EXPECT_EQ(record_from_json(to_json(record))->state, RecordState::RolledBack);
}

TEST_F(Store, TakesNothingElseForARecord) {
  const std::string good = to_json({kManifest, "b", "a", {}, {}, RecordState::Done, {}, {}});
  EXPECT_TRUE(record_from_json(good));
  for (const char* part : {"manifest", "sha256Before", "sha256After", "time", "\"state", "done"}) {
    std::string bad = good;
    bad.replace(bad.find(part) + 1, 1, "?");
    EXPECT_FALSE(record_from_json(bad)) << bad;
  }
  for (const char* bad : {"", "[]", "null", "{", "\xff"}) EXPECT_FALSE(record_from_json(bad));
}

TEST_F(Store, WritesAPathThatIsNotUtf8) {
  const auto record =
      record_from_json(to_json({"/caf\xe9.yaml", "b", "a", {}, {}, RecordState::Done, {}, {}}));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->manifest, "/caf\xef\xbf\xbd.yaml");
}

TEST_F(Store, ListsNewestFirst) {
  add("one", {100, 0});
  add("three", {300, 0});
  EXPECT_THAT(kept(), ElementsAre("three", "one"));
}

TEST_F(Store, KeepsTheOrderWhenTheClockIsSetBackOrStands) {
  add("one", {300, 999'999'999});
  add("two", {100, 0});
  add("three", {100, 0});
  EXPECT_THAT(kept(), ElementsAre("three", "two", "one"));
  EXPECT_EQ(node.records()[1].time, (UtcTime{301, 0}));
  EXPECT_EQ(node.records()[0].time, (UtcTime{301, 1}));
}

TEST_F(Store, KeepsManifestsApart) {
  add("one", {100, 0});
  EXPECT_THAT(store.list("/other.yaml").value().records, IsEmpty());
}

TEST_F(Store, KeepsTheNewestTenAndEveryPendingOne) {
  add("pending", {1, 0}, RecordState::Pending);
  for (int i = 2; i <= 14; ++i) {
    add(std::to_string(i), {i, 0}, i % 2 != 0 ? RecordState::Done : RecordState::RolledBack);
  }
  ASSERT_TRUE(store.prune(kManifest));
  EXPECT_THAT(kept(),
              ElementsAre("14", "13", "12", "11", "10", "9", "8", "7", "6", "5", "pending"));
  EXPECT_EQ(node.files.names(kBackups).size(), 22u);
}

TEST_F(Store, PrunesOnlyItsOwn) {
  for (int i = 1; i <= 12; ++i) add(std::to_string(i), {i, 0});
  const std::string oldest = node.records().back().record_path;
  node.files.put_file(oldest, "damaged");
  for (const char* name : {"/notes.json", "/policy.manifest", "/kube-apiserver.yaml"}) {
    node.files.put_file(kBackups + name, "not ours");
  }
  ASSERT_TRUE(store.prune(kManifest));
  EXPECT_EQ(kept().size(), 10u);
  EXPECT_THAT(store.list(kManifest).value().unreadable, ElementsAre(oldest));
  EXPECT_EQ(node.files.names(kBackups).size(), 22u + 3u);
}

TEST_F(Store, LeavesNothingBehindWhenItFails) {
  for (int n = 1;; ++n) {
    MemoryNode fresh;
    BackupStore failing(fresh.files, kBackups);
    fresh.files.fail_at(n, ENOSPC);
    const auto added = failing.add({kManifest, "", "", {}, {}, RecordState::Pending, {}, {}}, kOld);
    if (!fresh.files.fired()) break;
    EXPECT_FALSE(added) << n;
    EXPECT_THAT(fresh.files.names("/var/lib"), IsEmpty()) << fresh.files.diary().back();
  }
}

TEST_F(Store, MakesItsDirectoryOnlyForItself) {
  add("one", {1, 0});
  EXPECT_EQ(node.files.must_status(kBackups).mode, 0700u);
  node.files.put_directory("/loose", 0755);
  BackupStore other(node.files, "/loose");
  ASSERT_TRUE(other.add({kManifest, "", "", {}, {}, RecordState::Done, {}, {}}, kOld));
  EXPECT_EQ(node.files.must_status("/loose").mode, 0755u);
}

TEST_F(Store, DiscardsARecordWithItsBackup) {
  const BackupRecord record = add("one", {1, 0}, RecordState::Pending);
  ASSERT_TRUE(store.discard(record));
  EXPECT_THAT(node.files.names("/var/lib"), IsEmpty());
}

}  // namespace
}  // namespace kaudit::rollout
