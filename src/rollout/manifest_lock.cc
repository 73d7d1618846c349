#include "rollout/manifest_lock.h"

#include <fmt/core.h>

#include "host/node_path.h"
#include "rollout/spare_file.h"

namespace kaudit::rollout {
namespace {

using host::Clock;
using host::FileKind;
using host::FileSystem;
using host::LockHolder;
using host::Result;
using text::ErrorKind;
using text::fail;

constexpr std::chrono::milliseconds kPoll{100};

std::string temporary_prefix(const ManifestLock& lock) {
  return "." + host::base_name(lock.manifest) + ".kaudit-";
}

std::string described(const LockHolder& holder) {
  if (!holder.pid) return "another process";
  if (holder.command.empty()) return fmt::format("process {}", *holder.pid);
  return fmt::format("process {} ({})", *holder.pid, holder.command);
}

Result<std::unique_ptr<host::DirectoryLock>> lock_directory(FileSystem& files, Clock& clock,
                                                            const std::string& directory,
                                                            std::chrono::milliseconds wait) {
  const auto give_up = clock.monotonic() + wait;
  for (;;) {
    auto attempt = files.try_lock_directory(directory);
    if (!attempt) return std::unexpected(attempt.error());
    if (auto* lock = std::get_if<std::unique_ptr<host::DirectoryLock>>(&*attempt)) {
      return std::move(*lock);
    }
    if (clock.monotonic() >= give_up) {
      return fail(ErrorKind::Busy,
                  fmt::format("{} has locked {} for more than {} s",
                              described(std::get<LockHolder>(*attempt)), files.shown(directory),
                              std::chrono::duration_cast<std::chrono::seconds>(wait).count()),
                  "wait until it has ended, then run this again");
    }
    clock.sleep_for(kPoll);
  }
}

Result<void> remove_stale_temporaries(FileSystem& files, const ManifestLock& lock) {
  const auto names = files.list_directory(lock.directory);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (!name.starts_with(temporary_prefix(lock))) continue;
    if (auto removed = files.remove_file(host::join(lock.directory, name)); !removed) {
      return removed;
    }
  }
  return {};
}

Result<void> check_regular(const FileSystem& files, const std::string& manifest) {
  const auto status = files.status(manifest);
  if (!status) return std::unexpected(status.error());
  if (status->kind == FileKind::Regular) return {};
  return fail(ErrorKind::Unsupported, files.shown(manifest) + " is not a regular file",
              "name the manifest's file with --manifest");
}

Result<void> check_unchanged(const FileSystem& files, const std::string& manifest,
                             std::string_view before) {
  // One byte more would already be a change.
  const auto now = files.read_file(manifest, std::max(before.size(), kManifestLimit));
  if (!now && now.error().kind != ErrorKind::Unsupported) return std::unexpected(now.error());
  if (now && *now == before) return {};
  return fail(ErrorKind::Busy,
              files.shown(manifest) + " was changed by somebody else while kaudit worked on it",
              "nothing was written; run this again");
}

Result<void> write_beside(FileSystem& files, const ManifestLock& lock, std::string_view bytes,
                          const std::string& temporary) {
  Result<void> written = files.create_file_like(temporary, bytes, lock.manifest);
  if (written) written = files.sync_file(temporary);
  if (written || take_spare(files, lock.manifest, bytes, temporary)) return {};
  return written;
}

}  // namespace

Result<ManifestLock> lock_manifest(FileSystem& files, Clock& clock, const std::string& path,
                                   std::chrono::milliseconds wait) {
  ManifestLock lock;
  auto canonical = files.canonical_path(path);
  if (!canonical) return std::unexpected(canonical.error());
  lock.manifest = *canonical;
  lock.directory = host::parent_path(lock.manifest);
  if (auto regular = check_regular(files, lock.manifest); !regular) {
    return std::unexpected(regular.error());
  }
  auto locked = lock_directory(files, clock, lock.directory, wait);
  if (!locked) return std::unexpected(locked.error());
  lock.lock = std::move(*locked);
  // Whoever had the lock may have made the path lead elsewhere.
  canonical = files.canonical_path(path);
  if (!canonical) return std::unexpected(canonical.error());
  if (*canonical != lock.manifest) {
    return fail(ErrorKind::Busy,
                files.shown(path) + " led to " + files.shown(lock.manifest) + " and now leads to " +
                    files.shown(*canonical),
                "nothing was written; run this again");
  }
  if (auto removed = remove_stale_temporaries(files, lock); !removed) {
    return std::unexpected(removed.error());
  }
  return lock;
}

std::string manifest_temporary_path(const ManifestLock& lock) {
  return host::join(lock.directory, temporary_prefix(lock) + "new");
}

Result<std::optional<text::Error>> put_in_place(FileSystem& files, const ManifestLock& lock,
                                                std::string_view before, std::string_view after) {
  const std::string temporary = manifest_temporary_path(lock);
  Result<void> ready = write_beside(files, lock, after, temporary);
  if (ready) ready = check_unchanged(files, lock.manifest, before);
  if (ready) ready = files.rename(temporary, lock.manifest);
  if (!ready) {
    host::ignore_failure(files.remove_file(temporary));
    return std::unexpected(ready.error());
  }
  auto synced = files.sync_directory(lock.directory);
  return synced ? std::nullopt : std::optional(synced.error());
}

}  // namespace kaudit::rollout
