#include "rollout/rollback.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "rollout/replace_manifest.h"
#include "support/memory_node.h"

namespace kaudit::rollout {
namespace {

using host::Crash;
using host::Step;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using text::ErrorKind;

using Rolled = std::expected<RollbackOutcome, RollbackRefusal>;

constexpr const char* kForeign = "kind: Pod # kubeadm upgrade\n";

// kaudit changes the manifest to these bytes.
void change_to(MemoryNode& node, const std::string& after) {
  ReplaceRequest request;
  request.change = [&](std::string_view) { return std::optional(after); };
  request.backup_directory = kBackups;
  const auto outcome = replace_manifest(node.files, node.clock, kManifest, request);
  ASSERT_TRUE(outcome) << outcome.error().message;
  node.clock.utc.seconds += 60;
}

Rolled rollback(MemoryNode& node, bool force = false) {
  auto lock = lock_manifest(node.files, node.clock, kManifest);
  if (!lock) return std::unexpected(RollbackRefusal{lock.error(), {}, {}});
  return roll_back(node.files, node.clock, *lock, {kBackups, force, kManifestLimit});
}

struct Changed : MemoryNode {
  Changed() { change_to(*this, kNew); }
};

TEST(Rollback, PutsTheOldBytesBack) {
  Changed node;
  const auto outcome = rollback(node);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->changed);
  EXPECT_EQ(outcome->manifest, kManifest);
  EXPECT_EQ(outcome->plan.step, RollbackStep::Restore);
  EXPECT_EQ(outcome->plan.current, kNew);
  EXPECT_EQ(outcome->plan.restored, kOld);
  EXPECT_FALSE(outcome->plan.forced);
  EXPECT_EQ(outcome->backup, std::nullopt);
  EXPECT_THAT(outcome->warnings, IsEmpty());
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_EQ(node.files.must_status(kManifest).gid, 12u);
  EXPECT_EQ(node.files.xattrs(kManifest).count("security.selinux"), 1u);
  EXPECT_THAT(node.files.names(kDirectory), ElementsAre("etcd.yaml", "kube-apiserver.yaml"));
  EXPECT_EQ(node.states(), "rolled-back");
}

TEST(Rollback, PlansWithoutWriting) {
  Changed node;
  const int changes = node.files.changes();
  const auto plan = plan_rollback(node.files, kManifest, {kBackups, false, kManifestLimit});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->restored, kOld);
  EXPECT_EQ(node.files.changes(), changes);
}

TEST(Rollback, WritesNothingThatIsNotApproved) {
  Changed node;
  const int changes = node.files.changes();
  auto lock = lock_manifest(node.files, node.clock, kManifest);
  ASSERT_TRUE(lock);
  RollbackRequest request{kBackups, false, kManifestLimit};
  request.approve = [](const RollbackPlan& plan) {
    return text::Result<void>(text::fail(ErrorKind::Unsafe, "not " + plan.restored));
  };
  const auto outcome = roll_back(node.files, node.clock, *lock, request);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.message, "not " + std::string(kOld));
  EXPECT_EQ(node.files.changes(), changes);
  EXPECT_EQ(node.states(), "done");
}

TEST(Rollback, GoesOneRecordFurtherBackEachTime) {
  Changed node;
  change_to(node, "third");
  ASSERT_TRUE(rollback(node));
  EXPECT_EQ(node.manifest(), kNew);
  ASSERT_TRUE(rollback(node));
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_EQ(node.states(), "rolled-back rolled-back");
  const auto none = rollback(node);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().error.kind, ErrorKind::NotFound);
  EXPECT_EQ(none.error().error.message,
            "there is no backup of /etc/kubernetes/manifests/kube-apiserver.yaml in "
            "/var/lib/kaudit/backups to go back to");
  EXPECT_EQ(none.error().error.hint, "kaudit disable takes the audit settings out of the manifest");
}

TEST(Rollback, TakesUpAgainAfterANewChange) {
  Changed node;
  ASSERT_TRUE(rollback(node));
  change_to(node, "third");
  ASSERT_TRUE(rollback(node));
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_FALSE(rollback(node));
  EXPECT_EQ(node.manifest(), kOld);
}

TEST(Rollback, SaysWhenThereNeverWasABackup) {
  MemoryNode node;
  const auto none = rollback(node);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().error.kind, ErrorKind::NotFound);
  EXPECT_EQ(node.files.changes(), 0);
}

TEST(Rollback, RefusesAfterAForeignChangeAndShowsBothTexts) {
  Changed node;
  node.files.put_file(kManifest, kForeign);
  const int changes = node.files.changes();
  const auto refused = rollback(node);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.kind, ErrorKind::Conflict);
  EXPECT_EQ(refused.error().error.message,
            "/etc/kubernetes/manifests/kube-apiserver.yaml was changed by somebody else after "
            "kaudit wrote it on 2026-11-23: putting the old bytes back would lose that change");
  EXPECT_EQ(refused.error().error.hint,
            "kaudit disable takes only the audit settings out; --force puts the old bytes back "
            "nevertheless");
  EXPECT_EQ(refused.error().current, kForeign);
  EXPECT_EQ(refused.error().restored, kOld);
  EXPECT_EQ(node.files.changes(), changes);
  EXPECT_EQ(node.manifest(), kForeign);
}

TEST(Rollback, ForcedKeepsWhatItOverwrites) {
  Changed node;
  node.files.put_file(kManifest, kForeign);
  const auto outcome = rollback(node, true);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->plan.forced);
  EXPECT_EQ(node.manifest(), kOld);
  ASSERT_TRUE(outcome->backup);
  EXPECT_EQ(node.files.bytes(*outcome->backup), kForeign);
  // What was overwritten is kept, but no later rollback brings it back.
  EXPECT_EQ(node.states(), "rolled-back rolled-back");
  EXPECT_FALSE(rollback(node, true));
}

TEST(Rollback, StopsAtAForeignChangeFurtherBack) {
  Changed node;
  node.files.put_file(kManifest, kForeign);
  change_to(node, "after the upgrade");
  ASSERT_TRUE(rollback(node));
  EXPECT_EQ(node.manifest(), kForeign);
  const auto refused = rollback(node);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.kind, ErrorKind::Conflict);
  EXPECT_EQ(node.manifest(), kForeign);
}

TEST(Rollback, RefusesADamagedBackup) {
  Changed node;
  const std::string backup = node.records()[0].backup_path;
  node.files.put_file(backup, "rotten");
  const auto refused = rollback(node, true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.kind, ErrorKind::Conflict);
  EXPECT_EQ(refused.error().error.message, "the backup " + backup + " is damaged: its SHA-256 is " +
                                               text::sha256_hex("rotten") + ", its record says " +
                                               text::sha256_hex(kOld));
  EXPECT_EQ(node.manifest(), kNew);
}

TEST(Rollback, RefusesWhenOnlyRecordsThatItCannotReadAreLeft) {
  Changed node;
  const std::string record = node.records()[0].record_path;
  node.files.put_file(record, "{");
  const auto refused = rollback(node);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.message, "the backup record " + record + " cannot be understood");
  EXPECT_EQ(node.manifest(), kNew);
}

// kaudit died between rename and "done".
TEST(Rollback, RestoresAPendingChangeThatReachedTheManifest) {
  MemoryNode node;
  BackupStore store(node.files, kBackups);
  ASSERT_TRUE(store.add({kManifest,
                         text::sha256_hex(kOld),
                         text::sha256_hex(kNew),
                         node.clock.utc,
                         {},
                         RecordState::Pending,
                         {},
                         {}},
                        kOld));
  node.files.put_file(kManifest, kNew);
  const auto outcome = rollback(node);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->changed);
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_EQ(node.states(), "rolled-back");
}

// kaudit died before the rename: there is nothing to take back, and the change before it stays.
TEST(Rollback, OnlyForgetsAPendingChangeThatDidNot) {
  Changed node;
  BackupStore store(node.files, kBackups);
  ASSERT_TRUE(store.add({kManifest,
                         text::sha256_hex(kNew),
                         text::sha256_hex("third"),
                         node.clock.utc,
                         {},
                         RecordState::Pending,
                         {},
                         {}},
                        kNew));
  const auto identity = node.files.must_status(kManifest).identity;
  const auto outcome = rollback(node);
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->changed);
  EXPECT_EQ(outcome->plan.step, RollbackStep::DropPending);
  EXPECT_EQ(node.files.must_status(kManifest).identity, identity);
  EXPECT_EQ(node.states(), "done");
  EXPECT_EQ(node.files.names(kBackups).size(), 2u);
}

// kaudit died in a rollback, between rename and "rolled-back".
TEST(Rollback, CompletesARollbackThatWasInterrupted) {
  Changed node;
  node.files.put_file(kManifest, kOld);
  const auto outcome = rollback(node);
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->changed);
  EXPECT_EQ(outcome->plan.step, RollbackStep::MarkRolledBack);
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_EQ(node.states(), "rolled-back");
}

TEST(Rollback, NoticesAForeignChangeBeforeTheRename) {
  Changed node;
  node.files.before(Step::SyncFile, 1, [&] { node.files.put_file(kManifest, kForeign); });
  const auto refused = rollback(node);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.kind, ErrorKind::Busy);
  EXPECT_EQ(node.manifest(), kForeign);
  EXPECT_EQ(node.states(), "done");
}

void expect_sane_failure_at_every_step(bool force, int at_least) {
  int failed = 0;
  for (int n = 1;; ++n) {
    Changed node;
    const std::string start = force ? kForeign : kNew;
    if (force) node.files.put_file(kManifest, start);
    const std::size_t steps_before = node.files.diary().size();
    node.files.fail_at(n, ENOSPC);
    const auto outcome = rollback(node, force);
    if (!node.files.fired()) break;
    SCOPED_TRACE(node.files.diary()[steps_before + static_cast<std::size_t>(n) - 1]);
    EXPECT_EQ(node.manifest(), outcome ? kOld : start);
    EXPECT_THAT(node.files.names(kDirectory), ElementsAre("etcd.yaml", "kube-apiserver.yaml"));
    EXPECT_TRUE(node.backups_are_whole());
    EXPECT_FALSE(node.files.locked(kDirectory));
    if (outcome) continue;
    ++failed;
    EXPECT_THAT(
        outcome.error().error.message,
        testing::AnyOf(HasSubstr(": No space left on device"), HasSubstr("cannot be understood")));
    EXPECT_EQ(node.states(), "done");
    // Once the disk is well again, it works.
    const auto again = rollback(node, force);
    ASSERT_TRUE(again);
    EXPECT_EQ(node.manifest(), kOld);
  }
  EXPECT_GE(failed, at_least);
}

TEST(Rollback, SurvivesAFailureAtEveryStep) {
  expect_sane_failure_at_every_step(false, 15);
  expect_sane_failure_at_every_step(true, 28);
}

class RollbackCrash : public testing::TestWithParam<Crash> {};

INSTANTIATE_TEST_SUITE_P(All, RollbackCrash,
                         testing::Values(Crash::Killed, Crash::ContentLost, Crash::NamesLost));

// Wherever it dies, running rollback again ends with the old bytes and a complete record.
TEST_P(RollbackCrash, CanBeRunAgainAfterEveryStep) {
  int crashed = 0;
  for (int n = 1;; ++n) {
    Changed node;
    node.files.crash_at(n, GetParam());
    try {
      (void)rollback(node);
    } catch (const host::PowerLoss&) {
    }
    if (!node.files.fired()) break;
    ++crashed;
    SCOPED_TRACE(node.files.diary().back());
    node.files.recover();
    EXPECT_TRUE(node.manifest() == kOld || node.manifest() == kNew);
    EXPECT_THAT(node.visible(), ElementsAre("etcd.yaml", "kube-apiserver.yaml"));
    EXPECT_TRUE(node.backups_are_whole());
    const auto again = rollback(node);
    const bool complete = node.states() == "rolled-back";
    EXPECT_TRUE(again || again.error().error.kind == ErrorKind::NotFound);
    EXPECT_TRUE(complete) << node.states();
    EXPECT_EQ(node.manifest(), kOld);
    EXPECT_THAT(node.files.names(kDirectory), ElementsAre("etcd.yaml", "kube-apiserver.yaml"));
  }
  EXPECT_GE(crashed, 11);
}

// The same when the change itself was what died: rollback ends with the old bytes, and the next
// change works.
TEST_P(RollbackCrash, MendsAChangeThatDiedAtAnyStep) {
  for (int n = 1;; ++n) {
    MemoryNode node;
    node.files.crash_at(n, GetParam());
    ReplaceRequest request;
    request.change = [](std::string_view) { return std::optional(kNew); };
    request.backup_directory = kBackups;
    try {
      (void)replace_manifest(node.files, node.clock, kManifest, request);
    } catch (const host::PowerLoss&) {
    }
    if (!node.files.fired()) break;
    SCOPED_TRACE(node.files.diary().back());
    node.files.recover();
    const bool reached = node.manifest() == kNew;
    const auto outcome = rollback(node);
    EXPECT_EQ(node.manifest(), kOld);
    EXPECT_EQ(outcome && outcome->changed, reached);
    EXPECT_EQ(node.states(), reached ? "rolled-back" : "");
    EXPECT_THAT(node.files.names(kDirectory), ElementsAre("etcd.yaml", "kube-apiserver.yaml"));
    change_to(node, kNew);
    EXPECT_EQ(node.manifest(), kNew);
  }
}

}  // namespace
}  // namespace kaudit::rollout
