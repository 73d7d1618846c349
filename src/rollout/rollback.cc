#include "rollout/rollback.h"

#include <algorithm>
#include <iterator>

#include "text/sha256.h"

namespace kaudit::rollout {
namespace {

using host::Clock;
using host::FileSystem;
using host::Result;
using text::Error;
using text::ErrorKind;

using Planned = std::expected<RollbackPlan, RollbackRefusal>;

std::unexpected<RollbackRefusal> refuse(const Error& error) {
  return std::unexpected(RollbackRefusal{error, {}, {}});
}

bool is_interrupted_rollback(const BackupRecord& record) {
  return record.state == RecordState::Pending && !record.rolls_back.empty();
}

// The newest change that is not rolled back. Rollbacks that died on the way go into `interrupted`.
std::expected<BackupRecord, RollbackRefusal> newest(const FileSystem& files,
                                                    const BackupStore& store,
                                                    const std::string& manifest,
                                                    const std::string& directory,
                                                    std::vector<BackupRecord>& interrupted) {
  const auto list = store.list(manifest);
  if (!list) return refuse(list.error());
  const auto found = std::ranges::find_if(list->records, [](const BackupRecord& record) {
    return record.state != RecordState::RolledBack && !is_interrupted_rollback(record);
  });
  std::copy_if(list->records.begin(), found, std::back_inserter(interrupted),
               is_interrupted_rollback);
  if (found != list->records.end()) return *found;
  if (!list->unreadable.empty()) {
    return refuse(
        {ErrorKind::Conflict,
         "the backup record " + files.shown(list->unreadable.front()) + " cannot be understood",
         "the bytes of before are in the file beside it",
         {}});
  }
  return refuse({ErrorKind::NotFound,
                 "there is no backup of " + files.shown(manifest) + " in " +
                     files.shown(directory) + " to go back to",
                 "kaudit disable takes the audit settings out of the manifest",
                 {}});
}

RollbackStep step_for(const BackupRecord& record, const std::string& sha256) {
  if (sha256 == record.sha256_after || sha256 != record.sha256_before) return RollbackStep::Restore;
  return record.state == RecordState::Pending ? RollbackStep::DropPending
                                              : RollbackStep::MarkRolledBack;
}

Error changed_since(const FileSystem& files, const std::string& manifest,
                    const BackupRecord& record) {
  return {ErrorKind::Conflict,
          files.shown(manifest) + " was changed by somebody else after kaudit wrote it on " +
              host::to_date(record.time) + ": putting the old bytes back would lose that change",
          "kaudit disable takes only the audit settings out; --force puts the old bytes back "
          "nevertheless",
          {}};
}

// Keeps what --force overwrites. As a record it is rolled back from the start, so that no later
// rollback brings it back.
Result<std::string> keep_overwritten(BackupStore& store, const Clock& clock,
                                     const ManifestLock& lock, const RollbackPlan& plan,
                                     BackupRecord& kept) {
  kept.manifest = lock.manifest;
  kept.sha256_before = text::sha256_hex(plan.current);
  kept.sha256_after = text::sha256_hex(plan.restored);
  kept.time = clock.utc_now();
  kept.state = RecordState::RolledBack;
  auto added = store.add(kept, plan.current);
  if (!added) return std::unexpected(added.error());
  kept = std::move(*added);
  return kept.backup_path;
}

// ---- the policy ----

// The file that stays as it is, and why.
PolicyRollback stays(const BackupRecord& record, std::optional<Error> why) {
  return {record.policy_path, {}, std::move(why)};
}

PolicyRollback plan_policy_rollback(const FileSystem& files, const BackupStore& store,
                                    const BackupRecord& record) {
  // One that was not there before stays, as it does after `disable`.
  if (!record.policy_backup) return stays(record, {});
  const auto now = files.read_file(record.policy_path, kPolicyLimit);
  if (!now && now.error().kind != ErrorKind::NotFound) return stays(record, now.error());
  const std::string sha256 = now ? text::sha256_hex(*now) : "";
  if (sha256 == record.policy_sha256_before) return stays(record, {});
  if (sha256 != record.policy_sha256_after) {
    return stays(
        record,
        Error{ErrorKind::Conflict,
              "the policy " + files.shown(record.policy_path) + " was " +
                  (now ? "changed" : "removed") + " by somebody else after kaudit wrote it on " +
                  host::to_date(record.time) + ", so the older one is not put back",
              "it is kept in " + files.shown(*record.policy_backup),
              {}});
  }
  auto before = store.read_policy(record, kPolicyLimit);
  if (!before) return stays(record, before.error());
  return {
      record.policy_path,
      PolicyPlan{PolicyAction::Replaced, record.policy_path, *now, std::move(*before), false, {}},
      {}};
}

// Only the record is mended, and the policy where the change had come as far as that.
Result<void> mend(BackupStore& store, RollbackOutcome& outcome) {
  RollbackPlan& plan = outcome.plan;
  const bool drops = plan.step == RollbackStep::DropPending;
  const bool wanted = drops && plan.policy && plan.policy->kept;
  Result<void> mended = drops && !wanted ? store.discard(plan.record)
                                         : store.set_state(plan.record, RecordState::RolledBack);
  // The next rollback can mend it; a policy that is back is told in any case.
  if (mended || !plan.policy || !plan.policy->plan) return mended;
  outcome.warnings.push_back(mended.error());
  return {};
}

Result<void> restore(FileSystem& files, const Clock& clock, const ManifestLock& lock,
                     BackupStore& store, bool record_stays, RollbackOutcome& outcome) {
  RollbackPlan& plan = outcome.plan;
  BackupRecord kept;
  if (plan.forced) {
    auto backup = keep_overwritten(store, clock, lock, plan, kept);
    if (!backup) return std::unexpected(backup.error());
    outcome.backup = *backup;
  }
  const auto placed = plan.changes_manifest()
                          ? put_in_place(files, lock, plan.current, plan.restored)
                          : Result<std::optional<Error>>(std::nullopt);
  if (!placed) {
    if (plan.forced) host::ignore_failure(store.discard(kept));
    return std::unexpected(placed.error());
  }
  // From here on the manifest has its old bytes: what fails is told, not taken back.
  outcome.changed = plan.changes_manifest();
  Result<void> settled;
  if (const std::optional<Error>& not_synced = *placed) {
    settled = std::unexpected(*not_synced);
  } else if (!outcome.forth && !record_stays) {
    settled = store.set_state(plan.record, RecordState::RolledBack);
  }
  if (settled && plan.forced) settled = store.prune(lock.manifest);
  if (!settled) outcome.warnings.push_back(settled.error());
  return {};
}

Result<void> lay_spares(FileSystem& files, const ManifestLock& lock, const RollbackPlan& plan,
                        SpareFiles& spares) {
  Result<void> laid = spares.lay(files, lock.manifest, plan.current);
  if (laid && plan.policy && plan.policy->plan)
    laid = spares.lay(files, plan.policy->path, plan.policy->plan->before);
  return laid;
}

// The way forth again, until it is known that nobody needs it.
Result<BackupRecord> keep_way_forth(BackupStore& store, const Clock& clock,
                                    const ManifestLock& lock, const RollbackPlan& plan) {
  BackupRecord forth;
  forth.manifest = lock.manifest;
  forth.sha256_before = text::sha256_hex(plan.current);
  forth.sha256_after = text::sha256_hex(plan.restored);
  forth.time = clock.utc_now();
  forth.rolls_back = name_of(plan.record);
  std::optional<std::string> policy;
  if (plan.policy && plan.policy->plan) {
    policy = plan.policy->plan->before;
    forth.policy_path = plan.policy->path;
    forth.policy_sha256_after = text::sha256_hex(plan.policy->plan->after);
  }
  return store.add(std::move(forth), plan.current, policy);
}

// The policy of before. Where it may stay, that it does is a warning.
Result<WrittenPolicy> put_policy_back(FileSystem& files, const RollbackRequest& request,
                                      RollbackOutcome& outcome) {
  const auto& policy = outcome.plan.policy;
  if (!policy) return WrittenPolicy();
  if (policy->kept) outcome.warnings.push_back(*policy->kept);
  if (!policy->plan) return WrittenPolicy();
  auto back = write_policy(files, *policy->plan);
  if (back || !request.policy_may_stay) return back;
  outcome.warnings.push_back(back.error());
  return WrittenPolicy();
}

}  // namespace

Planned plan_rollback(FileSystem& files, const std::string& canonical_manifest,
                      const RollbackRequest& request) {
  const BackupStore store(files, request.backup_directory);
  RollbackPlan plan;
  auto record =
      newest(files, store, canonical_manifest, request.backup_directory, plan.interrupted);
  if (!record) return std::unexpected(record.error());
  auto current = files.read_file(canonical_manifest, request.limit);
  if (!current) return refuse(current.error());
  plan.step = step_for(*record, text::sha256_hex(*current));
  plan.forced =
      plan.step == RollbackStep::Restore && text::sha256_hex(*current) != record->sha256_after;
  plan.record = std::move(*record);
  plan.current = std::move(*current);
  plan.restored = plan.current;
  if (!plan.record.policy_path.empty())
    plan.policy = plan_policy_rollback(files, store, plan.record);
  if (plan.step != RollbackStep::Restore) return plan;
  auto before = store.read(plan.record, request.limit);
  if (!before) return refuse(before.error());
  plan.restored = std::move(*before);
  if (plan.forced && !request.force) {
    return std::unexpected(RollbackRefusal{changed_since(files, canonical_manifest, plan.record),
                                           std::move(plan.current), std::move(plan.restored)});
  }
  return plan;
}

std::expected<RollbackOutcome, RollbackRefusal> roll_back(FileSystem& files, Clock& clock,
                                                          const ManifestLock& lock,
                                                          const RollbackRequest& request) {
  auto plan = plan_rollback(files, lock.manifest, request);
  if (!plan) return std::unexpected(plan.error());
  if (plan->step == RollbackStep::Restore && request.approve) {
    if (const Result<void> approved = request.approve(*plan); !approved)
      return refuse(approved.error());
  }
  BackupStore store(files, request.backup_directory);
  RollbackOutcome outcome;
  outcome.manifest = lock.manifest;
  outcome.plan = std::move(*plan);
  if (request.settle_later && outcome.plan.changes_manifest()) {
    auto forth = keep_way_forth(store, clock, lock, outcome.plan);
    if (!forth) return refuse(forth.error());
    outcome.forth = std::move(*forth);
  }
  const auto give_up = [&](const Error& error) {
    outcome.spares.drop();
    if (outcome.forth) host::ignore_failure(store.discard(*outcome.forth));
    return refuse(error);
  };
  if (outcome.forth) {
    if (const auto laid = lay_spares(files, lock, outcome.plan, outcome.spares); !laid)
      return give_up(laid.error());
  }
  const Result<WrittenPolicy> back = put_policy_back(files, request, outcome);
  if (!back) return give_up(back.error());
  const Result<void> done = outcome.plan.step == RollbackStep::Restore
                                ? restore(files, clock, lock, store, request.record_stays, outcome)
                                : mend(store, outcome);
  if (done) {
    outcome.policy = *back;
    for (BackupRecord& record : outcome.plan.interrupted) {
      if (const auto ended = store.set_state(record, RecordState::RolledBack); !ended)
        outcome.warnings.push_back(ended.error());
    }
    return outcome;
  }
  const Result<void> forth = back->put_back(files);
  return give_up(forth ? done.error() : with_policy_left(done.error(), forth.error()));
}

void settle_rollback(FileSystem& files, const ManifestLock& lock, const RollbackRequest& request,
                     RollbackOutcome& outcome) {
  outcome.spares.drop();
  if (!outcome.forth) return;
  BackupStore store(files, request.backup_directory);
  Result<void> settled = store.set_state(outcome.plan.record, RecordState::RolledBack);
  if (settled) settled = store.discard(*outcome.forth);
  if (settled) settled = store.prune(lock.manifest);
  if (!settled) outcome.warnings.push_back(settled.error());
}

Result<void> undo_rollback(FileSystem& files, const ManifestLock& lock,
                           const RollbackRequest& request, RollbackOutcome& outcome) {
  const RollbackPlan& plan = outcome.plan;
  if (const Result<void> forth = outcome.policy.put_back(files); !forth)
    outcome.warnings.push_back(forth.error());
  const auto placed = put_in_place(files, lock, plan.restored, plan.current);
  outcome.spares.drop();
  if (!placed) {
    // The manifest that stays has its policy again.
    if (plan.policy && plan.policy->plan) {
      if (const auto again = write_policy(files, *plan.policy->plan); !again)
        outcome.warnings.push_back(again.error());
    }
    return std::unexpected(placed.error());
  }
  BackupStore store(files, request.backup_directory);
  return outcome.forth ? store.discard(*outcome.forth) : Result<void>{};
}

}  // namespace kaudit::rollout
