#include "rollout/replace_manifest.h"

#include <memory>

#include "rollout/settle_change.h"
#include "text/sha256.h"

namespace kaudit::rollout {
namespace {

using host::Clock;
using host::FileSystem;
using host::Result;

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
    if (kept && changes && request_.settle_later) kept = lay_spares(before, policy);
    if (!kept) return take_back(kept.error());
    if (auto written = write(policy); !written) return take_back(written.error());
    if (changes && request_.at_write) request_.at_write();
    const auto placed = changes ? put_in_place(files_, lock_, before, after)
                                : Result<std::optional<text::Error>>(std::nullopt);
    if (!placed) return take_back(placed.error());
    // From here on the manifest has its new bytes: what fails is told, not taken back.
    hand_over(before, after, outcome);
    if (const std::optional<text::Error>& not_synced = *placed) {
      // The rename may not survive a power loss, so the record stays pending: rollback can tell.
      outcome.warnings.push_back(*not_synced);
    } else if (!changes || !request_.settle_later) {
      settle_change(files_, lock_, request_, outcome);
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

  Result<void> lay_spares(std::string_view before, const std::optional<PolicyPlan>& policy) {
    Result<void> laid = spares_.lay(files_, lock_.manifest, before);
    if (laid && old_policy_) laid = spares_.lay(files_, policy->path, *old_policy_);
    return laid;
  }

  void hand_over(std::string_view before, std::string_view after, ReplaceOutcome& outcome) {
    outcome.changed = before != after;
    outcome.before = before;
    outcome.after = after;
    outcome.policy = std::move(policy_);
    outcome.preparation = std::move(preparation_);
    outcome.spares = std::move(spares_);
    if (!record_) return;
    outcome.record = *record_;
    outcome.policy_backup = record_->policy_backup;
    if (outcome.changed) outcome.backup = record_->backup_path;
  }

  // What cannot be removed does no harm: the temporary file is one that the kubelet does not read
  // and the next run removes, and rollback drops a pending record that changed nothing. A policy
  // that cannot be put back is told, and its old bytes stay in the record.
  std::unexpected<text::Error> take_back(const text::Error& why) {
    const Result<void> back = policy_ ? policy_->put_back(files_) : Result<void>{};
    const bool wanted = !resumes_ && (!back || (record_ && needs_policy_backup(files_, *record_)));
    if (record_ && !wanted) host::ignore_failure(store_->discard(*record_));
    spares_.drop();
    if (preparation_.undo) preparation_.undo();
    return std::unexpected(back ? why : with_policy_left(why, back.error()));
  }

  FileSystem& files_;
  Clock& clock_;
  const ManifestLock& lock_;
  const ReplaceRequest& request_;
  std::unique_ptr<BackupStore> store_;  // null without backups
  Preparation preparation_;
  std::optional<std::string> old_policy_;
  std::optional<WrittenPolicy> policy_;
  SpareFiles spares_;
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
    outcome.pending = BackupStore(files, *directory).pending(lock.manifest);
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
