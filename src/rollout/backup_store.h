// The manifests as they were before kaudit changed them, each with a record of the change. A change
// is written down as pending before the manifest is touched and as done afterwards, so that after a
// crash one can tell what happened.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/clock.h"
#include "host/file_system.h"
#include "rollout/make_directories.h"

namespace kaudit::rollout {

inline constexpr const char* kDefaultBackupDirectory = "/var/lib/kaudit/backups";
inline constexpr std::size_t kBackupsKept = 10;  // for each manifest

enum class RecordState { Pending, Done, RolledBack };

// One change of one manifest.
struct BackupRecord {
  std::string manifest;  // canonical path on the node
  std::string sha256_before;
  std::string sha256_after;
  host::UtcTime time;
  std::optional<std::string>
      policy_backup;  // path of the policy that the change replaced: its bytes
  RecordState state = RecordState::Pending;

  std::string record_path;
  std::string backup_path;  // the bytes of before

  // The policy file that the change wrote; "" if it wrote none. Without a backup there was none
  // before.
  std::string policy_path = {};  // on the node, without symlinks
  std::string policy_sha256_before = {};
  std::string policy_sha256_after = {};

  // Of a rollback that is not settled: the name of the record that it takes back; else "".
  std::string rolls_back = {};
};

// What a record of a store is called: the common part of its files' names.
std::string name_of(const BackupRecord& record);

// The record's JSON form, as it stands in the file, and back. Reading gives no paths; absent when
// the text is not such a record.
std::string to_json(const BackupRecord& record);
std::optional<BackupRecord> record_from_json(std::string_view json);

// What there is about one manifest.
struct BackupList {
  std::vector<BackupRecord> records;    // newest first
  std::vector<std::string> unreadable;  // paths of records that could not be understood
};

// The backups in one directory. Names are TIME-HASH.manifest, TIME-HASH.policy and TIME-HASH.json,
// with the UTC time and the first 16 digits of the SHA-256 of the manifest's canonical path, so
// that names sort by time and manifests do not meet. The caller holds the manifest's lock while
// anything is changed.
class BackupStore {
 public:
  BackupStore(host::FileSystem& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}

  // A missing directory is an empty list.
  host::Result<BackupList> list(const std::string& manifest) const;

  // Changes that an interrupted kaudit left. They are only told, so of a directory that cannot be
  // read there are none: if a backup is needed, writing it will say so.
  std::vector<BackupRecord> pending(const std::string& manifest) const;

  // Keeps `before` and, if there is one, the policy of before, with a record in the state that
  // `record` gives; its manifest, policy, digests and state are taken as they are, paths of backups
  // are filled in, and the time is moved on if the clock went back behind the newest record. Makes
  // the directory (0700) when it is missing. On failure nothing is left behind.
  host::Result<BackupRecord> add(BackupRecord record, std::string_view before,
                                 const std::optional<std::string>& policy_before = {});

  host::Result<void> set_state(BackupRecord& record, RecordState state);

  // Forgets a change that never reached the manifest, with its backups, and the directories that
  // add() made for it.
  host::Result<void> discard(const BackupRecord& record);

  // The bytes of before; Conflict when they are not what the record says.
  host::Result<std::string> read(const BackupRecord& record, std::size_t limit) const;

  // The bytes of the policy before, of a record that has its backup; Conflict as above.
  host::Result<std::string> read_policy(const BackupRecord& record, std::size_t limit) const;

  // Keeps what failed beside the backup, for a person to look at: the manifest, and where there is
  // one the log of its container. Gives their paths. They go when the backup is pruned.
  host::Result<std::vector<std::string>> keep_failed(const BackupRecord& record,
                                                     std::string_view manifest,
                                                     std::string_view log);

  // Removes all but the newest kBackupsKept backups of the manifest. Pending ones and those whose
  // record cannot be understood are never removed.
  host::Result<void> prune(const std::string& manifest);

 private:
  host::Result<std::vector<std::string>> stems(const std::string& manifest) const;
  host::Result<void> write(const BackupRecord& record);
  std::string path_of(const std::string& stem, std::string_view suffix) const;
  host::Result<void> keep(const std::string& path, std::string_view bytes);
  host::Result<void> write_all(const BackupRecord& record, std::string_view before,
                               const std::optional<std::string>& policy_before);
  host::Result<void> remove_all(const std::string& stem);
  BackupRecord placed(BackupRecord record, const std::string& stem) const;
  host::Result<std::optional<BackupRecord>> read_record(const std::string& stem) const;

  host::FileSystem& files_;
  std::string directory_;
  MadeDirectories made_;
};

// Conflict when the kubelet would read the backups as manifests: `directory` is the one that the
// manifest lies in, or the static Pod directory (absent: not known).
host::Result<void> check_backup_directory(const host::FileSystem& files,
                                          const std::string& directory,
                                          const std::string& manifest_directory,
                                          const std::optional<std::string>& static_pod_directory);

}  // namespace kaudit::rollout
