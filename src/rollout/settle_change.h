// The end of a change of a manifest, once it is known whether it was good.
#pragma once

#include "host/clock.h"
#include "host/file_system.h"
#include "rollout/manifest_lock.h"
#include "rollout/replace_manifest.h"

namespace kaudit::rollout {

// Marks the backup done, also those of interrupted changes that this one tells about, and removes
// old ones. A failure is a warning in `outcome`. Under the lock of the change.
void settle_change(host::FileSystem& files, const ManifestLock& lock, const ReplaceRequest& request,
                   ReplaceOutcome& outcome);

// Puts policy and manifest back as rollback does; then removes a policy that was not there before,
// if the old manifest names none. Conflict where somebody else changed the manifest meanwhile: then
// nothing is touched. The preparation is left to the caller. What went wrong after the old manifest
// was in place is a warning in `outcome`. Under the lock of the change, which made a backup. The
// record stays pending until close_taken_back, so that a rollback mends what a crash leaves.
host::Result<void> take_back_change(host::FileSystem& files, host::Clock& clock,
                                    const ManifestLock& lock, const ReplaceRequest& request,
                                    ReplaceOutcome& outcome);

// After take_back_change, once nobody waits for the old API server any more: marks the record
// rolled back, and removes old ones. A failure is a warning in `outcome`.
void close_taken_back(host::FileSystem& files, const ManifestLock& lock,
                      const ReplaceRequest& request, ReplaceOutcome& outcome);

// The manifest's API server was found to be well, and nothing was changed: the records of
// interrupted changes that led to these bytes are completed. They are only told, so a failure is
// nothing to tell.
void settle_pending(host::FileSystem& files, const ManifestLock& lock,
                    const std::string& backup_directory, std::string_view bytes);

}  // namespace kaudit::rollout
