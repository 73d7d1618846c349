// Changing a manifest on a node so that at every moment it is the old bytes or the new ones.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rollout/backup_store.h"
#include "rollout/manifest_lock.h"
#include "rollout/policy_file.h"
#include "rollout/spare_file.h"

namespace kaudit::rollout {

// What was done on the host before the manifest could change.
struct Preparation {
  std::function<void()> undo;  // takes it back; may be empty
};

struct ReplaceRequest {
  // Reads, plans and proves: from the manifest's bytes to the new bytes, or nothing to do.
  std::function<host::Result<std::optional<std::string>>(std::string_view before)> change;

  // Called after `change` gave new bytes and before anything else is written; may be empty. When it
  // fails it has taken back its own part.
  std::function<host::Result<Preparation>()> before_write;

  // Asked after `change`, whatever that gave: the policy that is to be written before the manifest.
  // May be empty, and may give none. Before a policy is replaced it is kept with the record.
  std::function<std::optional<PolicyPlan>()> policy;

  // Where backups go; absent for no backup.
  std::optional<std::string> backup_directory;

  // The kubelet's static Pod directory, if known: never a place for backups.
  std::optional<std::string> static_pod_directory;

  // Called right before the new bytes are written beside the manifest; may be empty.
  std::function<void()> at_write;

  // A change of the manifest stays pending until settle_change or take_back_change: whether it is
  // good is not known yet. Needs a backup directory.
  bool settle_later = false;

  // The API server of the old manifest reads the policy file of `policy`, too. If the change is
  // taken back, the manifest then goes back only with its policy, and a policy that was not there
  // before stays: without one nothing would start.
  bool old_reads_policy = true;

  std::size_t limit = kManifestLimit;  // bytes of the manifest that are read at most
};

struct ReplaceOutcome {
  bool changed = false;               // the manifest
  std::string manifest;               // canonical path
  std::optional<std::string> backup;  // path of the old bytes
  std::optional<std::string> policy_backup;
  std::vector<BackupRecord> pending;  // changes that an earlier, interrupted kaudit left
  std::vector<text::Error> warnings;  // what went wrong after the new manifest was in place

  // Of a change that was made.
  std::string before;  // the manifest's bytes
  std::string after;
  std::optional<BackupRecord> record;   // absent without backups
  std::optional<WrittenPolicy> policy;  // that was written
  Preparation preparation;
  SpareFiles spares;  // with settle_later: the way back, whatever becomes of the disk
};

// Under the caller's lock: read, change, prepare, back up (as pending), write the policy, put in
// place, mark the backup done, remove old backups. An error means that the manifest has its old
// bytes and that everything else was taken back; if the policy could not be, the error says so, and
// the record stays. If nothing is to change, nothing at all is written.
host::Result<ReplaceOutcome> replace_manifest(host::FileSystem& files, host::Clock& clock,
                                              const ManifestLock& lock,
                                              const ReplaceRequest& request);

// The same as replace_manifest, with the lock around it.
host::Result<ReplaceOutcome> replace_manifest(host::FileSystem& files, host::Clock& clock,
                                              const std::string& manifest,
                                              const ReplaceRequest& request,
                                              std::chrono::milliseconds wait = kLockWait);

}  // namespace kaudit::rollout
