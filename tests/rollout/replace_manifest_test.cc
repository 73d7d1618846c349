#include "rollout/replace_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "rollout/rollback.h"
#include "support/memory_node.h"

namespace kaudit::rollout {
namespace {

using host::Crash;
using host::LockHolder;
using host::Result;
using host::Step;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using text::ErrorKind;

constexpr const char* kLog = "/var/log/kubernetes";

Result<std::optional<std::string>> to_new(std::string_view before) {
  if (before == kNew) return std::nullopt;
  return kNew;
}

ReplaceRequest with_backup() {
  ReplaceRequest request;
  request.change = to_new;
  request.backup_directory = kBackups;
  return request;
}

// With a log directory that is made between proof and rename, as enable does.
ReplaceRequest with_everything(MemoryNode& node) {
  ReplaceRequest request = with_backup();
  request.before_write = [&node]() -> Result<Preparation> {
    auto made = make_log_directory(node.files, kLog, 0, 0);
    if (!made) return std::unexpected(made.error());
    return Preparation{[&node, made = *made] { remove_made(node.files, made); }};
  };
  return request;
}

TEST(ReplaceManifest, KeepsModeOwnerAndAttributes) {
  MemoryNode node;
  node.files.set_xattr(kManifest, "security.ima", "signature of the old content");
  const auto outcome = replace_manifest(node.files, node.clock, kManifest, with_backup());
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->changed);
  EXPECT_EQ(outcome->manifest, kManifest);
  EXPECT_THAT(outcome->warnings, IsEmpty());
  EXPECT_EQ(node.manifest(), kNew);
  const auto status = node.files.must_status(kManifest);
  EXPECT_EQ(status.mode, 0600u);
  EXPECT_EQ(status.gid, 12u);
  EXPECT_THAT(
      node.files.xattrs(kManifest),
      ElementsAre(testing::Pair("security.selinux", "system_u:object_r:kubernetes_file_t:s0")));
  EXPECT_THAT(node.files.names(kDirectory), ElementsAre("etcd.yaml", "kube-apiserver.yaml"));
}

TEST(ReplaceManifest, GoesInTheSafeOrder) {
  MemoryNode node;
  node.files.put_directory(kBackups, 0700);
  ASSERT_TRUE(replace_manifest(node.files, node.clock, kManifest, with_backup()));
  std::vector<std::string> changes;
  for (const std::string& line : node.files.diary()) {
    if (line.find(kDirectory) != std::string::npos) changes.push_back(line);
  }
  const std::string temporary = kDirectory + "/.kube-apiserver.yaml.kaudit-new";
  EXPECT_THAT(changes,
              ElementsAre("canonical " + kManifest, "status " + kManifest, "lock " + kDirectory,
                          "canonical " + kManifest, "list " + kDirectory, "read " + kManifest,
                          "status " + kDirectory, "create " + temporary, "write " + temporary,
                          "attributes " + temporary, "sync " + temporary, "read " + kManifest,
                          "rename " + temporary + " " + kManifest, "syncdir " + kDirectory));
}

TEST(ReplaceManifest, WritesARecordOfTheChange) {
  MemoryNode node;
  const auto outcome = replace_manifest(node.files, node.clock, kManifest, with_backup());
  const std::string stem =
      kBackups + "/2026-11-23T07-00-00.000000000Z-" + text::sha256_hex(kManifest).substr(0, 16);
  EXPECT_EQ(outcome->backup, stem + ".manifest");
  EXPECT_EQ(node.files.bytes(stem + ".manifest"), kOld);
  EXPECT_EQ(node.files.bytes(stem + ".json"),
            "{\n"
            "  \"schemaVersion\": 1,\n"
            "  \"manifest\": \"/etc/kubernetes/manifests/kube-apiserver.yaml\",\n"
            "  \"sha256Before\": \"" +
                text::sha256_hex(kOld) +
                "\",\n"
                "  \"sha256After\": \"" +
                text::sha256_hex(kNew) +
                "\",\n"
                "  \"time\": \"2026-11-23T07:00:00.000000000Z\",\n"
                "  \"policyBackup\": null,\n"
                "  \"state\": \"done\"\n"
                "}\n");
  EXPECT_EQ(node.files.must_status(kBackups).mode, 0700u);
  EXPECT_EQ(node.files.must_status("/var/lib/kaudit").mode, 0755u);
  EXPECT_EQ(node.files.must_status(stem + ".manifest").mode, 0600u);
  EXPECT_EQ(node.files.must_status(stem + ".json").mode, 0600u);
}

TEST(ReplaceManifest, KeepsTenBackups) {
  MemoryNode node;
  for (int i = 0; i < 12; ++i) {
    ReplaceRequest request = with_backup();
    request.change = [i](std::string_view) { return std::optional(std::to_string(i)); };
    ASSERT_TRUE(replace_manifest(node.files, node.clock, kManifest, request));
  }
  EXPECT_EQ(node.records().size(), 10u);
  EXPECT_EQ(node.files.names(kBackups).size(), 20u);
}

TEST(ReplaceManifest, WritesNothingWhenNothingChanges) {
  MemoryNode node;
  node.files.put_file(kManifest, kNew);
  const auto before = node.files.must_status(kManifest);
  const auto directory = node.files.must_status(kDirectory);
  bool prepared = false;
  ReplaceRequest request = with_backup();
  request.before_write = [&] {
    prepared = true;
    return Preparation{};
  };
  const auto outcome = replace_manifest(node.files, node.clock, kManifest, request);
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->changed);
  EXPECT_EQ(outcome->backup, std::nullopt);
  EXPECT_FALSE(prepared);
  EXPECT_EQ(node.files.changes(), 0);
  EXPECT_EQ(node.files.must_status(kManifest).identity, before.identity);
  EXPECT_EQ(node.files.must_status(kManifest).modified, before.modified);
  EXPECT_EQ(node.files.must_status(kDirectory).modified, directory.modified);
}

TEST(ReplaceManifest, TakesEqualBytesAsNoChange) {
  MemoryNode node;
  ReplaceRequest request = with_backup();
  request.change = [](std::string_view before) { return std::optional(std::string(before)); };
  EXPECT_FALSE(replace_manifest(node.files, node.clock, kManifest, request)->changed);
  EXPECT_EQ(node.files.changes(), 0);
}

TEST(ReplaceManifest, WritesNothingWhenTheChangeIsRefused) {
  MemoryNode node;
  ReplaceRequest request = with_everything(node);
  request.change = [](std::string_view) -> Result<std::optional<std::string>> {
    return text::fail(ErrorKind::Proof, "the result is wrong");
  };
  const auto outcome = replace_manifest(node.files, node.clock, kManifest, request);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "the result is wrong");
  EXPECT_EQ(node.files.changes(), 0);
  EXPECT_FALSE(node.files.locked(kDirectory));
}

TEST(ReplaceManifest, MakesNoBackupWithoutADirectoryForIt) {
  MemoryNode node;
  ReplaceRequest request;
  request.change = to_new;
  const auto outcome = replace_manifest(node.files, node.clock, kManifest, request);
  EXPECT_TRUE(outcome->changed);
  EXPECT_EQ(outcome->backup, std::nullopt);
  EXPECT_THAT(node.files.names("/var/lib"), IsEmpty());
}

TEST(ReplaceManifest, FollowsASymlinkAndLeavesIt) {
  MemoryNode node;
  node.files.put_symlink("/link.yaml", "etc/kubernetes/manifests/kube-apiserver.yaml");
  const auto outcome = replace_manifest(node.files, node.clock, "/link.yaml", with_backup());
  EXPECT_EQ(outcome->manifest, kManifest);
  EXPECT_EQ(node.manifest(), kNew);
  EXPECT_FALSE(node.files.is_symlink(kManifest));
  EXPECT_TRUE(node.files.is_symlink("/link.yaml"));
  EXPECT_THAT(node.files.names("/"), ElementsAre("etc", "link.yaml", "var"));
  EXPECT_EQ(node.states(), "done");
}

TEST(ReplaceManifest, RemovesOnlyItsOwnStaleTemporaries) {
  MemoryNode node;
  for (const char* name : {"/.kube-apiserver.yaml.kaudit-new", "/.kube-apiserver.yaml.kaudit-4711",
                           "/.etcd.yaml.kaudit-new", "/.kube-apiserver.yaml.swp"}) {
    node.files.put_file(kDirectory + name, "half");
  }
  ASSERT_TRUE(replace_manifest(node.files, node.clock, kManifest, with_backup()));
  EXPECT_THAT(node.files.names(kDirectory),
              ElementsAre(".etcd.yaml.kaudit-new", ".kube-apiserver.yaml.swp", "etcd.yaml",
                          "kube-apiserver.yaml"));
}

TEST(ReplaceManifest, NoticesAForeignChangeBeforeTheRename) {
  MemoryNode node;
  node.files.before(Step::SyncFile, 3, [&] { node.files.put_file(kManifest, "foreign"); });
  const auto outcome = replace_manifest(node.files, node.clock, kManifest, with_everything(node));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::Busy);
  EXPECT_EQ(outcome.error().message,
            "/etc/kubernetes/manifests/kube-apiserver.yaml was changed by somebody else while "
            "kaudit worked on it");
  EXPECT_EQ(outcome.error().hint, "nothing was written; run this again");
  EXPECT_EQ(node.manifest(), "foreign");
  EXPECT_THAT(node.files.names(kDirectory), ElementsAre("etcd.yaml", "kube-apiserver.yaml"));
  EXPECT_THAT(node.files.names("/var/lib"), IsEmpty());
  EXPECT_THAT(node.files.names("/var/log"), IsEmpty());
}

TEST(ReplaceManifest, WaitsForTheLock) {
  MemoryNode node;
  node.files.lock_for_other(kDirectory, {4711, "kaudit"});
  int naps = 0;
  node.clock.on_sleep = [&] {
    if (++naps == 7) node.files.unlock_for_other();
  };
  EXPECT_TRUE(replace_manifest(node.files, node.clock, kManifest, with_backup())->changed);
  EXPECT_EQ(naps, 7);
}

TEST(ReplaceManifest, GivesUpAfterTenSecondsAndNamesTheHolder) {
  const std::pair<LockHolder, std::string> rows[] = {
      {{4711, "kaudit"}, "process 4711 (kaudit)"},
      {{4711, ""}, "process 4711"},
      {{std::nullopt, ""}, "another process"},
  };
  for (const auto& [holder, named] : rows) {
    MemoryNode node;
    node.files.lock_for_other(kDirectory, holder);
    const auto outcome = replace_manifest(node.files, node.clock, kManifest, with_backup());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, ErrorKind::Busy);
    EXPECT_EQ(outcome.error().message,
              named + " has locked /etc/kubernetes/manifests for more than 10 s");
    EXPECT_EQ(outcome.error().hint, "wait until it has ended, then run this again");
    EXPECT_EQ(node.clock.slept, std::chrono::seconds(10));
    EXPECT_EQ(node.files.changes(), 0);
  }
}

TEST(ReplaceManifest, LetsOneAtATimeIn) {
  MemoryNode node;
  const auto first = lock_manifest(node.files, node.clock, kManifest);
  ASSERT_TRUE(first);
  const auto second = replace_manifest(node.files, node.clock, kManifest, with_backup());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::Busy);
  EXPECT_TRUE(replace_manifest(node.files, node.clock, *first, with_backup())->changed);
}

TEST(ReplaceManifest, NoticesASymlinkThatMovedWhileItWaited) {
  MemoryNode node;
  node.files.put_symlink("/link.yaml", kManifest);
  node.files.lock_for_other(kDirectory, {});
  node.clock.on_sleep = [&] {
    node.files.unlock_for_other();
    node.files.put_symlink("/link.yaml", kDirectory + "/etcd.yaml");
  };
  const auto outcome = replace_manifest(node.files, node.clock, "/link.yaml", with_backup());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message,
            "/link.yaml led to /etc/kubernetes/manifests/kube-apiserver.yaml and now leads to "
            "/etc/kubernetes/manifests/etcd.yaml");
}

TEST(ReplaceManifest, RefusesWhatIsNoFile) {
  MemoryNode node;
  node.files.put_special("/fifo", host::FileKind::Fifo);
  for (const std::string path : {"/fifo", "/etc"}) {
    const auto outcome = replace_manifest(node.files, node.clock, path, with_backup());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().message, path + " is not a regular file");
  }
  const auto none = replace_manifest(node.files, node.clock, "/none/x.yaml", with_backup());
  EXPECT_EQ(none.error().kind, ErrorKind::NotFound);
  EXPECT_EQ(none.error().message, "cannot find /none/x.yaml: No such file or directory");
}

TEST(ReplaceManifest, RefusesAManifestOverTheLimit) {
  MemoryNode node;
  ReplaceRequest request = with_backup();
  request.limit = kOld.size() - 1;
  EXPECT_EQ(replace_manifest(node.files, node.clock, kManifest, request).error().message,
            "/etc/kubernetes/manifests/kube-apiserver.yaml is larger than 15 bytes");
}

TEST(ReplaceManifest, NeverKeepsBackupsWhereTheKubeletReads) {
  MemoryNode node;
  node.files.put_symlink("/backups", kDirectory);
  node.files.put_file("/elsewhere/kube-apiserver.yaml", kOld);
  for (const char* manifest : {kManifest.c_str(), "/elsewhere/kube-apiserver.yaml"}) {
    ReplaceRequest request = with_everything(node);
    request.backup_directory = "/backups";
    request.static_pod_directory = kDirectory;
    const auto outcome = replace_manifest(node.files, node.clock, manifest, request);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().message,
              "/backups cannot hold backups: the kubelet would run each of them as a manifest");
    EXPECT_EQ(node.files.changes(), 0);
  }
}

struct Refusal {
  Step step;
  int n;
  int code;
  ErrorKind kind;
  const char* message;
};

TEST(ReplaceManifest, SaysWhyItCouldNotWrite) {
  const Refusal rows[] = {
      {Step::Create, 3, EROFS, ErrorKind::Io,
       "cannot create /etc/kubernetes/manifests/.kube-apiserver.yaml.kaudit-new: Read-only file "
       "system"},
      {Step::Write, 3, ENOSPC, ErrorKind::Io,
       "cannot write /etc/kubernetes/manifests/.kube-apiserver.yaml.kaudit-new: No space left on "
       "device"},
      {Step::SetAttributes, 3, EPERM, ErrorKind::Permission,
       "cannot set the owner and mode of "
       "/etc/kubernetes/manifests/.kube-apiserver.yaml.kaudit-new: Operation not permitted"},
      {Step::SyncFile, 3, EIO, ErrorKind::Io,
       "cannot sync /etc/kubernetes/manifests/.kube-apiserver.yaml.kaudit-new: Input/output error"},
      {Step::Rename, 2, EACCES, ErrorKind::Permission,
       "cannot rename /etc/kubernetes/manifests/.kube-apiserver.yaml.kaudit-new to "
       "/etc/kubernetes/manifests/kube-apiserver.yaml: Permission denied"},
      {Step::MakeDirectory, 1, EROFS, ErrorKind::Io,
       "cannot make the directory /var/log/kubernetes: Read-only file system"},
      {Step::MakeDirectory, 2, EACCES, ErrorKind::Permission,
       "cannot make the directory /var/lib/kaudit: Permission denied"},
      {Step::Lock, 1, EACCES, ErrorKind::Permission,
       "cannot lock /etc/kubernetes/manifests: Permission denied"},
      {Step::Read, 1, EACCES, ErrorKind::Permission,
       "cannot read /etc/kubernetes/manifests/kube-apiserver.yaml: Permission denied"},
  };
  for (const Refusal& row : rows) {
    MemoryNode node;
    node.files.is_root = false;
    node.files.fail_at(row.step, row.n, row.code);
    const auto outcome = replace_manifest(node.files, node.clock, kManifest, with_everything(node));
    ASSERT_FALSE(outcome) << row.message;
    EXPECT_EQ(outcome.error().kind, row.kind);
    EXPECT_EQ(outcome.error().message, row.message);
    if (row.kind == ErrorKind::Permission) {
      EXPECT_EQ(outcome.error().hint, "run it with sudo");
    }
    EXPECT_EQ(node.manifest(), kOld);
  }
}

// Whatever step fails: the old manifest and an error, or the new one; never a stray file.
TEST(ReplaceManifest, SurvivesAFailureAtEveryStep) {
  int failed = 0, warned = 0;
  for (int n = 1;; ++n) {
    MemoryNode node;
    node.files.fail_at(n, EIO);
    const auto outcome = replace_manifest(node.files, node.clock, kManifest, with_everything(node));
    if (!node.files.fired()) break;
    const std::string step = node.files.diary()[static_cast<std::size_t>(n) - 1];
    SCOPED_TRACE(std::to_string(n) + ": " + step);
    EXPECT_THAT(node.visible(), ElementsAre("etcd.yaml", "kube-apiserver.yaml"));
    EXPECT_FALSE(node.files.locked(kDirectory));
    EXPECT_EQ(node.manifest(), outcome ? kNew : kOld);
    EXPECT_TRUE(node.backups_are_whole());
    if (outcome) {
      warned += !outcome->warnings.empty();
      EXPECT_TRUE(node.states() == "done" || node.states() == "pending") << node.states();
      EXPECT_EQ(node.files.bytes(*outcome->backup), kOld);
      EXPECT_EQ(node.files.names(kLog).size(), 0u);
    } else {
      ++failed;
      EXPECT_THAT(outcome.error().message, HasSubstr(": Input/output error"));
      EXPECT_THAT(node.files.names(kDirectory), ElementsAre("etcd.yaml", "kube-apiserver.yaml"));
      EXPECT_THAT(node.files.names("/var/log"), IsEmpty());
      EXPECT_THAT(node.files.names("/var/lib"), IsEmpty());
    }
    EXPECT_TRUE(!outcome || node.files.bytes(kManifest) == kNew);
  }
  EXPECT_GE(failed, 30);
  EXPECT_GE(warned, 7);
}

// The disk goes and does not come back: what cannot be removed is at least nothing that the kubelet
// reads, and the next run clears it away.
TEST(ReplaceManifest, SurvivesADiskThatTurnsReadOnly) {
  MemoryNode node;
  node.files.before(Step::SyncFile, 3, [&] {
    for (const Step step : {Step::SyncFile, Step::Remove, Step::RemoveDirectory, Step::Rename}) {
      node.files.fail_always(step, EROFS);
    }
  });
  const auto outcome = replace_manifest(node.files, node.clock, kManifest, with_backup());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_THAT(node.visible(), ElementsAre("etcd.yaml", "kube-apiserver.yaml"));
  EXPECT_EQ(node.states(), "pending");
  node.files.recover();
  const auto again = replace_manifest(node.files, node.clock, kManifest, with_backup());
  ASSERT_TRUE(again);
  ASSERT_EQ(again->pending.size(), 1u);
  EXPECT_EQ(again->pending[0].sha256_before, text::sha256_hex(kOld));
  EXPECT_THAT(node.files.names(kDirectory), ElementsAre("etcd.yaml", "kube-apiserver.yaml"));
  // What never reached the manifest is told once and then forgotten.
  EXPECT_EQ(node.states(), "done");
}

class ReplaceManifestCrash : public testing::TestWithParam<Crash> {};

INSTANTIATE_TEST_SUITE_P(All, ReplaceManifestCrash,
                         testing::Values(Crash::Killed, Crash::ContentLost, Crash::NamesLost));

TEST_P(ReplaceManifestCrash, LeavesOldOrNewAtEveryStep) {
  int old_bytes = 0, new_bytes = 0;
  for (int n = 1;; ++n) {
    MemoryNode node;
    node.files.crash_at(n, GetParam());
    try {
      (void)replace_manifest(node.files, node.clock, kManifest, with_everything(node));
    } catch (const host::PowerLoss&) {
    }
    if (!node.files.fired()) break;
    SCOPED_TRACE(std::to_string(n) + ": " + node.files.diary().back());
    node.files.recover();
    const std::string after_crash = node.manifest();
    EXPECT_TRUE(after_crash == kOld || after_crash == kNew) << after_crash;
    (after_crash == kOld ? old_bytes : new_bytes) += 1;
    EXPECT_THAT(node.visible(), ElementsAre("etcd.yaml", "kube-apiserver.yaml"));
    EXPECT_TRUE(node.backups_are_whole());
    // Once the manifest is new, there is a way back.
    if (after_crash == kNew) {
      EXPECT_EQ(node.records().at(0).sha256_after, text::sha256_hex(kNew));
    }

    const auto next = replace_manifest(node.files, node.clock, kManifest, with_everything(node));
    ASSERT_TRUE(next) << next.error().message;
    EXPECT_EQ(next->changed, after_crash == kOld);
    EXPECT_EQ(node.manifest(), kNew);
    EXPECT_THAT(node.files.names(kDirectory), ElementsAre("etcd.yaml", "kube-apiserver.yaml"));
  }
  EXPECT_GE(old_bytes, 15);
  EXPECT_GE(new_bytes, 4);
}

}  // namespace
}  // namespace kaudit::rollout
