// Writing the audit policy to a node, and taking it back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/file_system.h"
#include "rollout/backup_store.h"
#include "rollout/make_directories.h"

namespace kaudit::rollout {

inline constexpr std::size_t kPolicyLimit = std::size_t{10} << 20;  // bytes, of old and new

struct PolicyRequest {
  std::string path;   // of the policy file on the node; symlinks are followed
  std::string bytes;  // the policy that shall be there
  // Whom the API server runs as, and the groups it has besides.
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups;
  bool replace = false;  // a different policy may go
  // The kubelet's static Pod directory, if known: never a place for a policy.
  std::optional<std::string> static_pod_directory;
  // The changes of the manifest (BackupList::records), and what it is now: one that died before it
  // reached the manifest may have written this very policy already.
  std::vector<BackupRecord> earlier;
  std::string manifest_sha256;
};

enum class PolicyAction : std::uint8_t { Unchanged, Installed, Replaced };

// What is to happen to a policy file.
struct PolicyPlan {
  PolicyAction action = PolicyAction::Unchanged;
  std::string path;    // of the file itself
  std::string before;  // its old bytes, with Replaced
  std::string after;
  // With Replaced: an interrupted run has written it already, and `before` is from its backup.
  bool in_place = false;
  // What it gets; absent: it keeps mode, owner and extended attributes of the old one.
  std::optional<host::Attributes> attributes;

  bool operator==(const PolicyPlan&) const = default;
};

// Looks only. Conflict when there is a different policy and `replace` is not set, when something
// else is in the way, or when the kubelet would take the policy for a manifest.
host::Result<PolicyPlan> plan_policy(host::FileSystem& files, const PolicyRequest& request);

// A policy that was written, and the way back.
class WrittenPolicy {
 public:
  // The old bytes again, or no file and none of the directories that were made for it. Conflict
  // when the file is no longer what was written; then it stays.
  host::Result<void> put_back(host::FileSystem& files) const;

 private:
  friend host::Result<WrittenPolicy> write_policy(host::FileSystem&, const PolicyPlan&);
  PolicyPlan plan_;
  MadeDirectories made_;
  host::Attributes old_;  // of the file that was replaced
};

// Carries the plan out: missing directories 0755, a temporary file beside it (0600, owned by whom
// the API server runs as, where the file is new), sync, a last look whether the file is still
// `before` (else Busy), rename, sync of the directory. An error means that everything is as it was,
// or says what is not.
host::Result<WrittenPolicy> write_policy(host::FileSystem& files, const PolicyPlan& plan);

// Whether the policy file holds what the change of this record wrote in place of another policy, or
// that cannot be told: then the backup is wanted.
bool needs_policy_backup(const host::FileSystem& files, const BackupRecord& record);

// `why`, and that something written before could not be taken back.
text::Error with_policy_left(text::Error why, const text::Error& not_taken_back);

}  // namespace kaudit::rollout
