#include "rollout/settle_change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "rollout/rollback.h"
#include "support/memory_node.h"

namespace kaudit::rollout {
namespace {

using host::Result;
using testing::IsEmpty;
using text::ErrorKind;

const std::string kPolicy = "/etc/kubernetes/audit/audit-policy.yaml";
const std::string kOldPolicy = "kind: Policy # old\n";
const std::string kNewPolicy = "kind: Policy # new\n";

enum class PolicyBefore : std::uint8_t { None, Other };

// A change that waits for its verdict; with a policy where `policy` is told.
struct Later {
  explicit Later(MemoryNode& of, std::optional<PolicyBefore> policy = {}) : node(of) {
    request.change = [](std::string_view) { return std::optional(kNew); };
    if (policy) add_policy(*policy);
    request.backup_directory = kBackups;
    request.settle_later = true;
    lock.emplace(lock_manifest(node.files, node.clock, kManifest).value());
    outcome = replace_manifest(node.files, node.clock, *lock, request).value();
  }
  void add_policy(PolicyBefore before) {
    node.files.put_directory("/etc/kubernetes/audit");
    if (before == PolicyBefore::Other) node.files.put_file(kPolicy, kOldPolicy, {0640, 0, 0});
    request.policy = [this] {
      PolicyRequest wanted;
      wanted.path = kPolicy;
      wanted.bytes = kNewPolicy;
      wanted.replace = true;
      return std::optional(plan_policy(node.files, wanted).value());
    };
    request.old_reads_policy = before == PolicyBefore::Other;
  }
  // To the end: nobody waits any more.
  Result<void> take_back() {
    Result<void> back = put_back();
    if (back) close_taken_back(node.files, *lock, request, outcome);
    return back;
  }
  Result<void> put_back() {
    return take_back_change(node.files, node.clock, *lock, request, outcome);
  }
  std::string policy() const { return node.files.bytes(kPolicy).value_or("(none)"); }

  MemoryNode& node;
  ReplaceRequest request;
  std::optional<ManifestLock> lock;
  ReplaceOutcome outcome;
};

TEST(SettleLater, StaysPendingUntilItIsKnownToBeGood) {
  MemoryNode node;
  Later later(node);
  EXPECT_EQ(node.states(), "pending");
  EXPECT_EQ(later.outcome.before, kOld);
  EXPECT_EQ(later.outcome.after, kNew);
  settle_change(node.files, *later.lock, later.request, later.outcome);
  EXPECT_EQ(node.states(), "done");
  EXPECT_EQ(node.manifest(), kNew);
}

TEST(SettleLater, TakenBackItIsAsBefore) {
  MemoryNode node;
  Later later(node);
  ASSERT_TRUE(later.take_back());
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_EQ(node.states(), "rolled-back");
  EXPECT_FALSE(later.outcome.changed);
  EXPECT_EQ(node.files.must_status(kManifest).mode, 0600u);
}

TEST(SettleLater, WhatSomebodyElseWroteIsNotOverwritten) {
  MemoryNode node;
  Later later(node, PolicyBefore::Other);
  node.files.put_file(kManifest, "kind: Pod # theirs\n");
  const auto taken = later.take_back();
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind, ErrorKind::Conflict);
  EXPECT_EQ(node.manifest(), "kind: Pod # theirs\n");
  EXPECT_EQ(later.policy(), kNewPolicy);
  EXPECT_EQ(node.states(), "pending");
}

// The API server that the old manifest starts reads the policy.
TEST(SettleLater, TheOldPolicyIsBackBeforeTheOldManifest) {
  MemoryNode node;
  Later later(node, PolicyBefore::Other);
  ASSERT_EQ(later.policy(), kNewPolicy);
  ASSERT_TRUE(later.take_back());
  EXPECT_EQ(later.policy(), kOldPolicy);
  EXPECT_EQ(node.files.must_status(kPolicy).mode, 0640u);
  EXPECT_EQ(node.manifest(), kOld);
  std::vector<std::string> renamed;
  for (const std::string& line : node.files.diary()) {
    if (line.starts_with("rename ")) renamed.push_back(line.substr(line.rfind(' ') + 1));
  }
  renamed.erase(renamed.begin(), renamed.end() - 3);
  EXPECT_EQ(renamed.at(0), kPolicy);
  EXPECT_EQ(renamed.at(1), kManifest);
}

TEST(SettleLater, APolicyThatWasNotThereBeforeGoes) {
  MemoryNode node;
  Later later(node, PolicyBefore::None);
  ASSERT_EQ(later.policy(), kNewPolicy);
  ASSERT_TRUE(later.take_back());
  EXPECT_EQ(later.policy(), "(none)");
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_THAT(later.outcome.warnings, IsEmpty());
}

TEST(SettleLater, APolicyThatTheOldManifestReadsStays) {
  MemoryNode node;
  Later later(node, PolicyBefore::None);
  later.request.old_reads_policy = true;
  ASSERT_TRUE(later.take_back());
  EXPECT_EQ(later.policy(), kNewPolicy) << "without it the old API server does not start";
  EXPECT_EQ(node.manifest(), kOld);
}

TEST(SettleLater, AnOldManifestThatReadsNoPolicyGoesBackWithoutIt) {
  MemoryNode node;
  Later later(node, PolicyBefore::Other);
  later.request.old_reads_policy = false;
  later.outcome.spares.drop();
  node.files.fail_at(host::Step::Write, 1, ENOSPC);
  ASSERT_TRUE(later.take_back());
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_EQ(later.policy(), kNewPolicy);
  ASSERT_EQ(later.outcome.warnings.size(), 1u);
  EXPECT_EQ(later.outcome.warnings[0].message,
            "cannot write /etc/kubernetes/audit/.audit-policy.yaml.kaudit-tmp: No space left on "
            "device");
}

TEST(SettleLater, APolicyThatSomebodyElseChangedStays) {
  MemoryNode node;
  Later later(node, PolicyBefore::None);
  node.files.put_file(kPolicy, "kind: Policy # theirs\n");
  ASSERT_TRUE(later.take_back());
  EXPECT_EQ(later.policy(), "kind: Policy # theirs\n");
  EXPECT_EQ(node.manifest(), kOld);
  ASSERT_EQ(later.outcome.warnings.size(), 1u);
  EXPECT_EQ(later.outcome.warnings[0].message,
            "the policy /etc/kubernetes/audit/audit-policy.yaml was changed by somebody else "
            "meanwhile and stays as it is");
}

TEST(SettleLater, WithoutTheOldPolicyTheOldManifestStaysAway) {
  MemoryNode node;
  Later later(node, PolicyBefore::Other);
  later.outcome.spares.drop();
  node.files.fail_at(host::Step::Write, 1, ENOSPC);
  EXPECT_FALSE(later.take_back());
  EXPECT_EQ(node.manifest(), kNew);
  EXPECT_EQ(later.policy(), kNewPolicy);
  EXPECT_EQ(node.states(), "pending");
}

// The old bytes have lain beside the new ones since before the change.
TEST(SettleLater, AFullDiskDoesNotKeepTheOldBytesAway) {
  MemoryNode node;
  Later later(node, PolicyBefore::Other);
  node.files.fail_always(host::Step::Create, ENOSPC);
  ASSERT_TRUE(later.take_back());
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_EQ(later.policy(), kOldPolicy);
  const host::FileStatus manifest = node.files.must_status(kManifest);
  EXPECT_EQ(manifest.mode, 0600u);
  EXPECT_EQ(manifest.gid, 12u);
  EXPECT_EQ(node.files.xattrs(kManifest).count("security.selinux"), 1u);
  EXPECT_EQ(node.files.must_status(kPolicy).mode, 0640u);
  EXPECT_EQ(node.states(), "pending");
  ASSERT_FALSE(later.outcome.warnings.empty());
  EXPECT_THAT(later.outcome.warnings[0].message, testing::EndsWith("No space left on device"));
  EXPECT_EQ(node.files.names(kDirectory), node.visible());
}

// A spare that somebody wrote into is no way back.
TEST(SettleLater, OnlyTheOldBytesThemselvesTakeTheirPlace) {
  MemoryNode node;
  Later later(node);
  node.files.put_file(kDirectory + "/.kube-apiserver.yaml.kaudit-old", "kind: Pod # odd\n");
  node.files.fail_always(host::Step::Create, ENOSPC);
  EXPECT_FALSE(later.take_back());
  EXPECT_EQ(node.manifest(), kNew);
}

TEST(SettleLater, TheSpareFilesGoHoweverItEnds) {
  for (const auto end : {0, 1, 2}) {
    MemoryNode node;
    {
      Later later(node, PolicyBefore::Other);
      EXPECT_THAT(node.files.names(kDirectory),
                  testing::Contains(".kube-apiserver.yaml.kaudit-old"));
      EXPECT_THAT(node.files.names("/etc/kubernetes/audit"),
                  testing::Contains(".audit-policy.yaml.kaudit-old"));
      if (end == 1) settle_change(node.files, *later.lock, later.request, later.outcome);
      if (end == 2) {
        EXPECT_TRUE(later.take_back());
      }
    }
    EXPECT_EQ(node.files.names(kDirectory), node.visible()) << end;
    EXPECT_THAT(node.files.names("/etc/kubernetes/audit"),
                testing::ElementsAre("audit-policy.yaml"))
        << end;
  }
}

TEST(SettleLater, WithoutRoomForTheWayBackNothingIsChanged) {
  for (int write = 1; write <= 6; ++write) {
    MemoryNode node;
    Later sizes(node, PolicyBefore::Other);
    ASSERT_TRUE(sizes.take_back());
    const auto names = node.files.names(kDirectory);
    node.files.fail_at(host::Step::Write, write, ENOSPC);
    const auto replaced = replace_manifest(node.files, node.clock, *sizes.lock, sizes.request);
    ASSERT_EQ(replaced.has_value(), !node.files.fired()) << write;
    if (replaced) return;
    EXPECT_EQ(node.manifest(), kOld) << write;
    EXPECT_EQ(sizes.policy(), kOldPolicy) << write;
    EXPECT_EQ(node.files.names(kDirectory), names) << write;
    EXPECT_THAT(node.files.names("/etc/kubernetes/audit"),
                testing::ElementsAre("audit-policy.yaml"))
        << write;
  }
}

// Killed while the old API server is waited for.
TEST(SettleLater, WhatDiedWhileTakingBackIsStillTold) {
  MemoryNode node;
  Later later(node, PolicyBefore::Other);
  ASSERT_TRUE(later.put_back());
  EXPECT_EQ(node.states(), "pending");
  const auto mended = roll_back(node.files, node.clock, *later.lock, {});
  ASSERT_TRUE(mended);
  EXPECT_EQ(mended->plan.step, RollbackStep::DropPending) << "and no older change is taken back";
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_EQ(later.policy(), kOldPolicy);
  EXPECT_EQ(node.states(), "");
}

TEST(SettleLater, WhatDiedBesideAHealthyApiServerIsDone) {
  MemoryNode node;
  Later later(node);
  settle_pending(node.files, *later.lock, kBackups, kOld);
  EXPECT_EQ(node.states(), "pending");
  settle_pending(node.files, *later.lock, kBackups, kNew);
  EXPECT_EQ(node.states(), "done");
}

TEST(SettleLater, ACrashWhileTakingBackLeavesTheOldBytesOrTheNew) {
  for (const host::Crash crash :
       {host::Crash::Killed, host::Crash::ContentLost, host::Crash::NamesLost}) {
    for (int step = 1;; ++step) {
      MemoryNode node;
      bool crashed = false;
      {
        Later later(node, PolicyBefore::Other);
        node.files.crash_at(step, crash);
        try {
          EXPECT_TRUE(later.take_back());
        } catch (const host::PowerLoss&) {
          crashed = true;
        }
      }
      node.files.recover();
      if (!crashed) break;
      EXPECT_TRUE(node.manifest() == kOld || node.manifest() == kNew) << step;
      EXPECT_EQ(node.visible(), (std::vector<std::string>{"etcd.yaml", "kube-apiserver.yaml"}));
      // kaudit rollback mends whatever is left.
      const auto lock = lock_manifest(node.files, node.clock, kManifest).value();
      const auto mended = roll_back(node.files, node.clock, lock, {});
      EXPECT_EQ(node.manifest(), kOld) << step;
      EXPECT_EQ(node.files.bytes(kPolicy), kOldPolicy) << step;
      EXPECT_TRUE(mended || node.states() == "rolled-back") << step;
    }
  }
}

// A rollback of a change with a policy, that waits for its verdict.
struct RollingBack : Later {
  explicit RollingBack(MemoryNode& of) : Later(of, PolicyBefore::Other) {
    settle_change(node.files, *lock, request, outcome);
    rollback.settle_later = true;
    back.emplace(roll_back(node.files, node.clock, *lock, rollback).value());
  }
  RollbackRequest rollback;
  std::optional<RollbackOutcome> back;
};

TEST(RollbackToSettle, IsAPendingChangeUntilItIsKnownToBeGood) {
  MemoryNode node;
  RollingBack rolling(node);
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_EQ(rolling.policy(), kOldPolicy);
  EXPECT_EQ(node.states(), "pending done");
  settle_rollback(node.files, *rolling.lock, rolling.rollback, *rolling.back);
  EXPECT_EQ(node.states(), "rolled-back");
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_THAT(rolling.back->warnings, IsEmpty());
}

TEST(RollbackToSettle, UndoneAllIsAsTheChangeLeftIt) {
  MemoryNode node;
  RollingBack rolling(node);
  ASSERT_TRUE(undo_rollback(node.files, *rolling.lock, rolling.rollback, *rolling.back));
  EXPECT_EQ(node.manifest(), kNew);
  EXPECT_EQ(rolling.policy(), kNewPolicy);
  EXPECT_EQ(node.states(), "done");
}

TEST(RollbackToSettle, AFullDiskDoesNotStandInTheWayOfUndoing) {
  MemoryNode node;
  RollingBack rolling(node);
  node.files.fail_always(host::Step::Create, ENOSPC);
  ASSERT_TRUE(undo_rollback(node.files, *rolling.lock, rolling.rollback, *rolling.back));
  EXPECT_EQ(node.manifest(), kNew);
  EXPECT_EQ(rolling.policy(), kNewPolicy);
  EXPECT_EQ(node.files.names(kDirectory), node.visible());
}

TEST(RollbackToSettle, WhatACrashLeavesAnotherRollbackEnds) {
  MemoryNode node;
  RollingBack rolling(node);
  const auto ended = roll_back(node.files, node.clock, *rolling.lock, {});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->plan.step, RollbackStep::MarkRolledBack);
  EXPECT_EQ(node.manifest(), kOld) << "what a rollback takes back is not put forth by the next";
  EXPECT_EQ(rolling.policy(), kOldPolicy);
  EXPECT_EQ(node.states(), "rolled-back rolled-back");
}

TEST(RollbackToSettle, WhatACrashLeavesTheNextChangeEnds) {
  MemoryNode node;
  RollingBack rolling(node);
  ReplaceRequest request;
  request.change = [](std::string_view) { return std::optional<std::string>("kind: Pod # 3\n"); };
  request.backup_directory = kBackups;
  const auto next = replace_manifest(node.files, node.clock, *rolling.lock, request).value();
  ASSERT_EQ(next.pending.size(), 1U) << "it is told";
  EXPECT_EQ(node.states(), "done rolled-back rolled-back");
}

TEST(RollbackToSettle, WhatACrashLeavesAHealthyApiServerEnds) {
  MemoryNode node;
  RollingBack rolling(node);
  settle_pending(node.files, *rolling.lock, kBackups, kNew);
  EXPECT_EQ(node.states(), "pending done") << "the manifest is another";
  settle_pending(node.files, *rolling.lock, kBackups, kOld);
  EXPECT_EQ(node.states(), "rolled-back rolled-back");
}

TEST(RollbackToSettle, ACrashAtAnyStepIsMendedByAnotherRollback) {
  for (int step = 1;; ++step) {
    MemoryNode node;
    bool crashed = false;
    {
      Later later(node, PolicyBefore::Other);
      settle_change(node.files, *later.lock, later.request, later.outcome);
      RollbackRequest request;
      request.settle_later = true;
      node.files.crash_at(step, host::Crash::Killed);
      try {
        auto back = roll_back(node.files, node.clock, *later.lock, request);
        ASSERT_TRUE(back);
        back->spares.drop();
      } catch (const host::PowerLoss&) {
        crashed = true;
      }
    }
    node.files.recover();
    if (!crashed) break;
    // From wherever it came to, the next one goes on.
    const auto lock = lock_manifest(node.files, node.clock, kManifest).value();
    ASSERT_TRUE(roll_back(node.files, node.clock, lock, {})) << step;
    EXPECT_EQ(node.manifest(), kOld) << step;
    EXPECT_EQ(node.files.bytes(kPolicy), kOldPolicy) << step;
    EXPECT_TRUE(node.states() == "rolled-back" || node.states() == "rolled-back rolled-back")
        << step << node.states();
  }
}

TEST(RollbackToSettle, UndoLeavesAManifestThatSomebodyElseChanged) {
  MemoryNode node;
  RollingBack rolling(node);
  node.files.put_file(kManifest, "kind: Pod # theirs\n");
  const auto undone = undo_rollback(node.files, *rolling.lock, rolling.rollback, *rolling.back);
  ASSERT_FALSE(undone);
  EXPECT_EQ(undone.error().kind, ErrorKind::Busy);
  EXPECT_EQ(node.manifest(), "kind: Pod # theirs\n");
  EXPECT_EQ(rolling.policy(), kOldPolicy) << "as the rollback left it";
}

TEST(KeepFailed, GoesWithItsBackup) {
  MemoryNode node;
  Later later(node);
  BackupStore store(node.files, kBackups);
  const auto kept = store.keep_failed(*later.outcome.record, kNew, "why\n");
  ASSERT_TRUE(kept);
  ASSERT_EQ(kept->size(), 2u);
  EXPECT_EQ(node.files.bytes(kept->at(0)), kNew);
  EXPECT_EQ(node.files.bytes(kept->at(1)), "why\n");
  EXPECT_EQ(node.files.must_status(kept->at(0)).mode, 0600u);
  EXPECT_EQ(store.keep_failed(*later.outcome.record, kNew, "")->size(), 1u) << "there was no log";
  ASSERT_TRUE(later.take_back());
  later.lock.reset();
  for (std::size_t i = 0; i < kBackupsKept; ++i) {
    node.clock.utc.seconds += 60;
    Later another(node);
    ASSERT_TRUE(another.take_back());
  }
  EXPECT_FALSE(node.files.bytes(kept->at(0)));
  EXPECT_FALSE(node.files.bytes(kept->at(1)));
}

}  // namespace
}  // namespace kaudit::rollout
