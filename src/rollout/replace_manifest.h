// Changing a manifest on a node so that at every moment it is the old bytes or the new ones.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rollout/backup_store.h"
#include "rollout/manifest_lock.h"

namespace kaudit::rollout {

// What was done on the host before the manifest could change.
struct Preparation {
  std::function<void()> undo;                     // takes it back; may be empty
  std::optional<std::string> policy_backup = {};  // path of the policy's old bytes, for the record
  // Puts back what the old manifest needs beside it, such as the policy that it ran with; called by
  // take_back_change before the old bytes. May be empty.
  std::function<host::Result<void>()> put_back = {};
};

struct ReplaceRequest {
  // Reads, plans and proves: from the manifest's bytes to the new bytes, or nothing to do.
  std::function<host::Result<std::optional<std::string>>(std::string_view before)> change;

  // Called after `change` gave new bytes and before anything else is written; may be empty. When it
  // fails it has taken back its own part.
  std::function<host::Result<Preparation>()> before_write;

  // Where backups go; absent for no backup.
  std::optional<std::string> backup_directory;

  // The kubelet's static Pod directory, if known: never a place for backups.
  std::optional<std::string> static_pod_directory;

  // Called right before the new bytes are written beside the manifest; may be empty.
  std::function<void()> at_write;

  // The record stays pending until settle_change or take_back_change: whether the change is good is
  // not known yet.
  bool settle_later = false;

  std::size_t limit = kManifestLimit;  // bytes of the manifest that are read at most
};

struct ReplaceOutcome {
  bool changed = false;
  std::string manifest;               // canonical path
  std::optional<std::string> backup;  // path of the old bytes
  std::vector<BackupRecord> pending;  // changes that an earlier, interrupted kaudit left
  std::vector<text::Error> warnings;  // what went wrong after the new manifest was in place

  // With settle_later, where there was a change.
  std::string before;  // the manifest's bytes
  std::string after;
  std::optional<BackupRecord> record;  // pending; absent without backups
  Preparation preparation;             // that was made
};

// Under the caller's lock: read, change, prepare, back up (as pending), put in place, mark the
// backup done, remove old backups. An error means that the manifest has its old bytes and that
// everything else was taken back. If nothing is to change, nothing at all is written.
host::Result<ReplaceOutcome> replace_manifest(host::FileSystem& files, host::Clock& clock,
                                              const ManifestLock& lock,
                                              const ReplaceRequest& request);

// The end of a change that was to be settled later, under the same lock. The first marks the backup
// done and removes old ones. The second puts the old bytes back where the manifest is still what
// kaudit wrote (else Busy, and nothing is touched), and marks the record rolled back; it leaves the
// preparation to the caller. A failure to mark is a warning in `outcome`.
void settle_change(host::FileSystem& files, const ManifestLock& lock, const ReplaceRequest& request,
                   ReplaceOutcome& outcome);
host::Result<void> take_back_change(host::FileSystem& files, const ManifestLock& lock,
                                    const ReplaceRequest& request, ReplaceOutcome& outcome);

// The same as replace_manifest, with the lock around it.
host::Result<ReplaceOutcome> replace_manifest(host::FileSystem& files, host::Clock& clock,
                                              const std::string& manifest,
                                              const ReplaceRequest& request,
                                              std::chrono::milliseconds wait = kLockWait);

}  // namespace kaudit::rollout
