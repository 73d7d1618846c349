#include "rollout/settle_change.h"

#include <algorithm>
#include <iterator>

#include "rollout/rollback.h"
#include "text/sha256.h"

namespace kaudit::rollout {
namespace {

using host::FileSystem;
using host::Result;

// Both changes keep the same policy.
bool repeats(const BackupRecord& record, const BackupRecord& settled) {
  return settled.policy_backup && record.policy_path == settled.policy_path &&
         record.policy_sha256_before == settled.policy_sha256_before;
}

// A change that wrote its policy and died before the manifest.
bool is_only_way_back(const FileSystem& files, const BackupRecord& record,
                      const BackupRecord& settled) {
  if (!record.policy_backup || repeats(record, settled)) return false;
  const bool same_file = settled.policy_backup && record.policy_path == settled.policy_path;
  return same_file ? record.policy_sha256_after == settled.policy_sha256_before
                   : needs_policy_backup(files, record);
}

// A rollback that died is ended, and what it took back is rolled back where its bytes were in
// place.
Result<void> end_rollback(BackupStore& store, BackupRecord record, const std::string& sha256) {
  const auto list = store.list(record.manifest);
  if (!list) return std::unexpected(list.error());
  for (BackupRecord taken_back : list->records) {
    if (name_of(taken_back) != record.rolls_back || sha256 != record.sha256_after) continue;
    if (auto done = store.set_state(taken_back, RecordState::RolledBack); !done) return done;
  }
  return store.set_state(record, RecordState::RolledBack);
}

// What an interrupted kaudit left is told once; with this change it is known what became of it.
Result<void> resolve_pending(const FileSystem& files, BackupStore& store,
                             const BackupRecord& settled,
                             const std::vector<BackupRecord>& pending) {
  for (BackupRecord record : pending) {
    if (!record.rolls_back.empty()) {
      if (auto ended = end_rollback(store, record, settled.sha256_before); !ended) return ended;
      continue;
    }
    Result<void> done;
    const bool was_before = record.sha256_before == settled.sha256_before;
    if (record.sha256_after == settled.sha256_before && !(was_before && repeats(record, settled))) {
      done = store.set_state(record, RecordState::Done);
    } else if (was_before) {
      done = is_only_way_back(files, record, settled) ? store.set_state(record, RecordState::Done)
                                                      : store.discard(record);
    }
    if (!done) return done;
  }
  return {};
}

}  // namespace

void settle_change(FileSystem& files, const ManifestLock& lock, const ReplaceRequest& request,
                   ReplaceOutcome& outcome) {
  outcome.spares.drop();
  if (!outcome.record) return;
  BackupStore store(files, *request.backup_directory);
  Result<void> settled = store.set_state(*outcome.record, RecordState::Done);
  if (settled) settled = resolve_pending(files, store, *outcome.record, outcome.pending);
  if (settled) settled = store.prune(lock.manifest);
  if (!settled) outcome.warnings.push_back(settled.error());
}

Result<void> take_back_change(FileSystem& files, host::Clock& clock, const ManifestLock& lock,
                              const ReplaceRequest& request, ReplaceOutcome& outcome) {
  RollbackRequest rollback;
  rollback.backup_directory = *request.backup_directory;
  rollback.limit = request.limit;
  rollback.policy_may_stay = !request.old_reads_policy;
  rollback.record_stays = true;
  auto back = roll_back(files, clock, lock, rollback);
  outcome.spares.drop();
  if (!back) return std::unexpected(back.error().error);
  outcome.changed = false;
  std::ranges::move(back->warnings, std::back_inserter(outcome.warnings));
  const bool was_there = outcome.record && outcome.record->policy_backup;
  if (!outcome.policy || was_there || request.old_reads_policy) return {};
  if (const Result<void> removed = outcome.policy->put_back(files); !removed)
    outcome.warnings.push_back(removed.error());
  return {};
}

void close_taken_back(FileSystem& files, const ManifestLock& lock, const ReplaceRequest& request,
                      ReplaceOutcome& outcome) {
  // Gone, if the old bytes were there already.
  if (!files.status(outcome.record->record_path)) return;
  BackupStore store(files, *request.backup_directory);
  Result<void> closed = store.set_state(*outcome.record, RecordState::RolledBack);
  if (closed) closed = store.prune(lock.manifest);
  if (!closed) outcome.warnings.push_back(closed.error());
}

void settle_pending(FileSystem& files, const ManifestLock& lock,
                    const std::string& backup_directory, std::string_view bytes) {
  BackupStore store(files, backup_directory);
  const std::string sha256 = text::sha256_hex(bytes);
  for (BackupRecord record : store.pending(lock.manifest)) {
    if (record.sha256_after != sha256) continue;
    host::ignore_failure(record.rolls_back.empty() ? store.set_state(record, RecordState::Done)
                                                   : end_rollback(store, record, sha256));
  }
}

}  // namespace kaudit::rollout
