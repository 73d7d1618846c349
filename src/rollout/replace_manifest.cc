#include "rollout/replace_manifest.h"

#include <algorithm>
#include <iterator>
#include <memory>

#include "text/sha256.h"

namespace kaudit::rollout {
namespace {

using host::Clock;
using host::FileSystem;
using host::Result;

// Only told, so a directory that cannot be read is no reason to stop here: if a backup is needed,
// writing it will say so.
std::vector<BackupRecord> pending_records(const BackupStore& store, const std::string& manifest) {
  std::vector<BackupRecord> pending;
  if (const auto list = store.list(manifest)) {
    std::ranges::copy_if(
        list->records, std::back_inserter(pending),
        [](const BackupRecord& record) { return record.state == RecordState::Pending; });
  }
  return pending;
}

// What an interrupted kaudit left is told once; with this change it is known what became of it.
Result<void> resolve_pending(BackupStore& store, const BackupRecord& settled,
                             const std::vector<BackupRecord>& pending) {
  for (BackupRecord record : pending) {
    Result<void> done;
    if (record.sha256_after == settled.sha256_before) {
      done = store.set_state(record, RecordState::Done);
    } else if (record.sha256_before == settled.sha256_before) {
      done = store.discard(record);
    }
    if (!done) return done;
  }
  return {};
}

void settle(BackupStore& store, const ManifestLock& lock, BackupRecord& record,
            ReplaceOutcome& outcome) {
  Result<void> settled = store.set_state(record, RecordState::Done);
  if (settled) settled = resolve_pending(store, record, outcome.pending);
  if (settled) settled = store.prune(lock.manifest);
  if (!settled) outcome.warnings.push_back(settled.error());
}

// One replacement, from the moment when it is known that there will be one.
class Replacement {
 public:
  Replacement(FileSystem& files, Clock& clock, const ManifestLock& lock,
              const ReplaceRequest& request)
      : files_(files), clock_(clock), lock_(lock), request_(request) {
    if (const auto& directory = request.backup_directory) {
      store_ = std::make_unique<BackupStore>(files, *directory);
    }
  }

  Result<void> run(std::string_view before, std::string_view after, ReplaceOutcome& outcome) {
    if (auto prepared = prepare(); !prepared) return prepared;
    Result<void> kept = keep(before, after);
    if (!kept) return take_back(kept.error());
    if (request_.at_write) request_.at_write();
    const auto placed = put_in_place(files_, lock_, before, after);
    if (!placed) return take_back(placed.error());
    // From here on the manifest has its new bytes: what fails is told, not taken back.
    outcome.changed = true;
    if (record_) outcome.backup = record_->backup_path;
    if (request_.settle_later) {
      outcome.before = before;
      outcome.after = after;
      if (record_) outcome.record = *record_;
      outcome.preparation = preparation_;
    }
    if (const std::optional<text::Error>& not_synced = *placed) {
      // The rename may not survive a power loss, so the record stays pending: rollback can tell.
      outcome.warnings.push_back(*not_synced);
    } else if (!request_.settle_later && record_) {
      settle(*store_, lock_, *record_, outcome);
    }
    return {};
  }

 private:
  Result<void> prepare() {
    if (const auto& directory = request_.backup_directory) {
      auto checked = check_backup_directory(files_, *directory, lock_.directory,
                                            request_.static_pod_directory);
      if (!checked) return checked;
    }
    if (!request_.before_write) return {};
    auto prepared = request_.before_write();
    if (!prepared) return std::unexpected(prepared.error());
    preparation_ = std::move(*prepared);
    return {};
  }

  Result<void> keep(std::string_view before, std::string_view after) {
    if (!store_) return {};
    BackupRecord record;
    record.manifest = lock_.manifest;
    record.sha256_before = text::sha256_hex(before);
    record.sha256_after = text::sha256_hex(after);
    record.time = clock_.utc_now();
    record.policy_backup = preparation_.policy_backup;
    auto added = store_->add(std::move(record), before);
    if (!added) return std::unexpected(added.error());
    record_ = std::make_unique<BackupRecord>(std::move(*added));
    return {};
  }

  // What cannot be removed does no harm: the temporary file is one that the kubelet does not read
  // and the next run removes, and rollback drops a pending record that changed nothing.
  std::unexpected<text::Error> take_back(const text::Error& why) {
    if (record_) host::ignore_failure(store_->discard(*record_));
    if (preparation_.undo) preparation_.undo();
    return std::unexpected(why);
  }

  FileSystem& files_;
  Clock& clock_;
  const ManifestLock& lock_;
  const ReplaceRequest& request_;
  std::unique_ptr<BackupStore> store_;  // null without backups
  Preparation preparation_;
  std::unique_ptr<BackupRecord> record_;  // null until it is written
};

}  // namespace

Result<ReplaceOutcome> replace_manifest(FileSystem& files, Clock& clock, const ManifestLock& lock,
                                        const ReplaceRequest& request) {
  const auto before = files.read_file(lock.manifest, request.limit);
  if (!before) return std::unexpected(before.error());
  ReplaceOutcome outcome;
  outcome.manifest = lock.manifest;
  if (const auto& directory = request.backup_directory) {
    outcome.pending = pending_records({files, *directory}, lock.manifest);
  }
  const auto changed = request.change(*before);
  if (!changed) return std::unexpected(changed.error());
  const std::optional<std::string>& after = *changed;
  if (!after || *after == *before) return outcome;
  Replacement replacement(files, clock, lock, request);
  if (auto done = replacement.run(*before, *after, outcome); !done) {
    return std::unexpected(done.error());
  }
  return outcome;
}

void settle_change(FileSystem& files, const ManifestLock& lock, const ReplaceRequest& request,
                   ReplaceOutcome& outcome) {
  if (!outcome.record) return;
  BackupStore store(files, *request.backup_directory);
  settle(store, lock, *outcome.record, outcome);
}

Result<void> take_back_change(FileSystem& files, const ManifestLock& lock,
                              const ReplaceRequest& request, ReplaceOutcome& outcome) {
  if (outcome.preparation.put_back) {
    if (const Result<void> back = outcome.preparation.put_back(); !back) return back;
  }
  const auto placed = put_in_place(files, lock, outcome.after, outcome.before);
  if (!placed) return std::unexpected(placed.error());
  outcome.changed = false;
  if (const std::optional<text::Error>& not_synced = *placed) {
    outcome.warnings.push_back(*not_synced);
  } else if (outcome.record) {
    BackupStore store(files, *request.backup_directory);
    Result<void> marked = store.set_state(*outcome.record, RecordState::RolledBack);
    if (marked) marked = store.prune(lock.manifest);
    if (!marked) outcome.warnings.push_back(marked.error());
  }
  return {};
}

Result<ReplaceOutcome> replace_manifest(FileSystem& files, Clock& clock,
                                        const std::string& manifest, const ReplaceRequest& request,
                                        std::chrono::milliseconds wait) {
  const auto lock = lock_manifest(files, clock, manifest, wait);
  if (!lock) return std::unexpected(lock.error());
  return replace_manifest(files, clock, *lock, request);
}

}  // namespace kaudit::rollout
