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

  Result<void> run(std::string_view before, std::string_view after,
                   const std::optional<PolicyPlan>& policy, ReplaceOutcome& outcome) {
    const bool changes = before != after;
    if (auto prepared = prepare(changes); !prepared) return prepared;
    if (policy && policy->action == PolicyAction::Replaced) old_policy_ = policy->before;
    resumes_ = policy && policy->in_place;
    // A policy that was not there before needs no way back.
    Result<void> kept = changes || old_policy_ ? keep(before, after, policy) : Result<void>{};
    if (!kept) return take_back(kept.error());
    if (auto written = write(policy); !written) return take_back(written.error());
    const auto placed = changes ? put_in_place(files_, lock_, before, after)
                                : Result<std::optional<text::Error>>(std::nullopt);
    if (!placed) return take_back(placed.error());
    // From here on the manifest has its new bytes: what fails is told, not taken back.
    outcome.changed = changes;
    if (record_ && changes) outcome.backup = record_->backup_path;
    if (record_) outcome.policy_backup = record_->policy_backup;
    if (const std::optional<text::Error>& not_synced = *placed) {
      // The rename may not survive a power loss, so the record stays pending: rollback can tell.
      outcome.warnings.push_back(*not_synced);
    } else {
      settle(outcome);
    }
    return {};
  }

 private:
  Result<void> prepare(bool changes) {
    if (const auto& directory = request_.backup_directory) {
      auto checked = check_backup_directory(files_, *directory, lock_.directory,
                                            request_.static_pod_directory);
      if (!checked) return checked;
    }
    if (!changes || !request_.before_write) return {};
    auto prepared = request_.before_write();
    if (!prepared) return std::unexpected(prepared.error());
    preparation_ = std::move(*prepared);
    return {};
  }

  Result<void> write(const std::optional<PolicyPlan>& policy) {
    if (!policy) return {};
    auto written = write_policy(files_, *policy);
    if (!written) return std::unexpected(written.error());
    policy_ = std::move(*written);
    return {};
  }

  Result<void> keep(std::string_view before, std::string_view after,
                    const std::optional<PolicyPlan>& policy) {
    if (!store_) return {};
    BackupRecord record;
    record.manifest = lock_.manifest;
    record.sha256_before = text::sha256_hex(before);
    record.sha256_after = text::sha256_hex(after);
    record.time = clock_.utc_now();
    if (policy) {
      record.policy_path = policy->path;
      record.policy_sha256_after = text::sha256_hex(policy->after);
    }
    auto added = store_->add(std::move(record), before, old_policy_);
    if (!added) return std::unexpected(added.error());
    record_ = std::make_unique<BackupRecord>(std::move(*added));
    return {};
  }

  // What cannot be removed does no harm: the temporary file is one that the kubelet does not read
  // and the next run removes, and rollback drops a pending record that changed nothing. A policy
  // that cannot be put back is told, and its old bytes stay in the record.
  std::unexpected<text::Error> take_back(const text::Error& why) {
    const Result<void> back = policy_ ? policy_->put_back(files_) : Result<void>{};
    const bool wanted = !resumes_ && (!back || (record_ && needs_policy_backup(files_, *record_)));
    if (record_ && !wanted) host::ignore_failure(store_->discard(*record_));
    if (preparation_.undo) preparation_.undo();
    return std::unexpected(back ? why : with_policy_left(why, back.error()));
  }

  void settle(ReplaceOutcome& outcome) {
    if (!record_) return;
    Result<void> settled = store_->set_state(*record_, RecordState::Done);
    if (settled) settled = resolve_pending(outcome.pending);
    if (settled) settled = store_->prune(lock_.manifest);
    if (!settled) outcome.warnings.push_back(settled.error());
  }

  // What an interrupted kaudit left is told once; with this change it is known what became of it.
  Result<void> resolve_pending(const std::vector<BackupRecord>& pending) {
    for (BackupRecord record : pending) {
      Result<void> done;
      const bool was_before = record.sha256_before == record_->sha256_before;
      if (record.sha256_after == record_->sha256_before && !(was_before && repeats(record))) {
        done = store_->set_state(record, RecordState::Done);
      } else if (was_before) {
        done = is_only_way_back(record) ? store_->set_state(record, RecordState::Done)
                                        : store_->discard(record);
      }
      if (!done) return done;
    }
    return {};
  }

  // This change keeps the same policy as that one.
  bool repeats(const BackupRecord& record) const {
    return record_->policy_backup && record.policy_path == record_->policy_path &&
           record.policy_sha256_before == record_->policy_sha256_before;
  }

  // A change that wrote its policy and died before the manifest.
  bool is_only_way_back(const BackupRecord& record) const {
    if (!record.policy_backup || repeats(record)) return false;
    const bool same_file = record_->policy_backup && record.policy_path == record_->policy_path;
    return same_file ? record.policy_sha256_after == record_->policy_sha256_before
                     : needs_policy_backup(files_, record);
  }

  FileSystem& files_;
  Clock& clock_;
  const ManifestLock& lock_;
  const ReplaceRequest& request_;
  std::unique_ptr<BackupStore> store_;  // null without backups
  Preparation preparation_;
  std::optional<std::string> old_policy_;
  std::optional<WrittenPolicy> policy_;
  bool resumes_ = false;  // an interrupted run wrote the policy, and its record has the old one
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
  std::optional<PolicyPlan> policy = request.policy ? request.policy() : std::nullopt;
  if (policy && policy->action == PolicyAction::Unchanged) policy.reset();
  const std::string& result = after ? *after : *before;
  if (result == *before && !policy) return outcome;
  Replacement replacement(files, clock, lock, request);
  if (auto done = replacement.run(*before, result, policy, outcome); !done) {
    return std::unexpected(done.error());
  }
  return outcome;
}

Result<ReplaceOutcome> replace_manifest(FileSystem& files, Clock& clock,
                                        const std::string& manifest, const ReplaceRequest& request,
                                        std::chrono::milliseconds wait) {
  const auto lock = lock_manifest(files, clock, manifest, wait);
  if (!lock) return std::unexpected(lock.error());
  return replace_manifest(files, clock, *lock, request);
}

}  // namespace kaudit::rollout
