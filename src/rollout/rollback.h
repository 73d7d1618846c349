// Putting a manifest back as it was before kaudit's last change of it.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rollout/backup_store.h"
#include "rollout/manifest_lock.h"
#include "rollout/policy_file.h"
#include "rollout/spare_file.h"

namespace kaudit::rollout {

// What a rollback comes to. A crash may have left a change half recorded; mending that is all that
// such a rollback does, because the change it was asked to take back is not in the manifest.
enum class RollbackStep {
  Restore,         // put the old bytes back
  DropPending,     // kaudit died before it changed the manifest: forget the record
  MarkRolledBack,  // kaudit died after it had put the old bytes back: complete the record
};

// The change wrote a policy, too. It is put back before the manifest, because the API server that
// the new manifest starts reads it; whatever the step is.
struct PolicyRollback {
  std::string path;
  std::optional<PolicyPlan> plan;   // what is put back; absent: the file stays as it is
  std::optional<text::Error> kept;  // why it stays, where somebody should know
};

struct RollbackPlan {
  RollbackStep step = RollbackStep::Restore;
  BackupRecord record;
  std::string current;   // the manifest's bytes now
  std::string restored;  // its bytes afterwards; with another step than Restore, the same
  bool forced = false;   // the manifest is not what kaudit wrote
  std::optional<PolicyRollback> policy = {};
  std::vector<BackupRecord> interrupted = {};  // rollbacks that died; this one goes on from there

  bool changes_manifest() const { return step == RollbackStep::Restore && current != restored; }
};

struct RollbackRequest {
  std::string backup_directory = kDefaultBackupDirectory;
  bool force = false;  // restore although somebody else changed the manifest since
  std::size_t limit = kManifestLimit;
  // Asked before bytes are restored; an error is a refusal, and nothing is changed. May be empty.
  std::function<host::Result<void>(const RollbackPlan&)> approve = {};
  // Restore the manifest also where the policy cannot be put back: nothing that it starts reads
  // one.
  bool policy_may_stay = false;
  // Whether the API server comes up is not known yet: until settle_rollback or undo_rollback what
  // is overwritten is kept as a pending record of its own, so that a rollback goes on where a crash
  // ended this one.
  bool settle_later = false;
  // The record of the change stays as it is: the caller will say what became of it.
  bool record_stays = false;
};

// Why there is no rollback. When the manifest was changed since, both texts are there to compare.
struct RollbackRefusal {
  text::Error error;
  std::string current;
  std::string restored;
};

// Looks only. The record is the newest one that is not rolled back. NotFound when there is none;
// Conflict when the manifest is not what kaudit wrote (the SHA-256 differs) and `force` is not set,
// or when the backup is damaged.
std::expected<RollbackPlan, RollbackRefusal> plan_rollback(host::FileSystem& files,
                                                           const std::string& canonical_manifest,
                                                           const RollbackRequest& request);

struct RollbackOutcome {
  bool changed = false;               // the manifest
  std::string manifest;               // canonical path
  RollbackPlan plan;                  // what was done
  std::optional<std::string> backup;  // with force: where the bytes that were overwritten are kept
  std::vector<text::Error> warnings;  // what went wrong after the old bytes were in place
  WrittenPolicy policy;               // that was put back, and the way forth again
  std::optional<BackupRecord> forth;  // with settle_later: of what was overwritten
  SpareFiles spares;                  // and its bytes, whatever becomes of the disk
};

// Plans and does it, under the caller's lock. A refusal means that nothing was changed. Mode, owner
// and attributes are those that the manifest has now.
std::expected<RollbackOutcome, RollbackRefusal> roll_back(host::FileSystem& files,
                                                          host::Clock& clock,
                                                          const ManifestLock& lock,
                                                          const RollbackRequest& request);

// The end of a rollback that is to be settled later: the API server is well with it. A failure to
// write that down is a warning.
void settle_rollback(host::FileSystem& files, const ManifestLock& lock,
                     const RollbackRequest& request, RollbackOutcome& outcome);

// Makes a rollback of a manifest undone, because the API server did not come up with it: policy and
// manifest are again as the change had left them. Busy when the manifest is no longer what the
// rollback wrote; then both stay. A policy that cannot be written is a warning.
host::Result<void> undo_rollback(host::FileSystem& files, const ManifestLock& lock,
                                 const RollbackRequest& request, RollbackOutcome& outcome);

}  // namespace kaudit::rollout
