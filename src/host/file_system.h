// What kaudit does with files, as small steps. Abstract for two reasons: tests run against an
// in-memory twin (tests/support/memory_file_system.h) that can fail or lose power at each step, and
// a node may be mounted below --root.
//
// Every path is an absolute path as the node sees it ("/etc/kubernetes/manifests/x.yaml").
// A symlink on the way to the last component is always followed; whether the last one is, each
// function says. Errors: NotFound, Permission (as a non-root user the hint says sudo), Conflict
// (something is in the way), Io (everything else the operating system refuses).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "host/utc_time.h"
#include "text/result.h"

namespace kaudit::host {

using text::Result;

enum class FileKind { Regular, Directory, Socket, CharDevice, BlockDevice, Fifo };

// The same file, whatever it is called.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;

  bool operator==(const FileIdentity&) const = default;
};

struct FileStatus {
  FileKind kind = FileKind::Regular;
  std::uint64_t size = 0;  // bytes
  std::uint32_t mode = 0;  // the twelve permission bits, 0…07777
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  FileIdentity identity;
  UtcTime modified;
};

// What a new file or directory gets, whatever the umask is.
struct Attributes {
  std::uint32_t mode = 0600;
  std::optional<std::uint32_t> uid = {};  // absent: what the process has
  std::optional<std::uint32_t> gid = {};

  bool operator==(const Attributes&) const = default;
};

// A lock that lasts as long as the object, or the process.
class DirectoryLock {
 public:
  virtual ~DirectoryLock() = default;
};

// Who has the lock, as far as it can be found out.
struct LockHolder {
  std::optional<int> pid;
  std::string command;  // as in /proc/PID/comm; empty when unknown
};

// The lock, or who has it.
using LockAttempt = std::variant<std::unique_ptr<DirectoryLock>, LockHolder>;

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // The path as a person outside the node finds it: below --root, if there is one. For messages.
  virtual std::string shown(const std::string& path) const = 0;

  // Follows symlinks; a dangling one is NotFound.
  virtual Result<FileStatus> status(const std::string& path) const = 0;

  // Whether the path itself is a symlink: the last component is not followed. It must exist.
  virtual Result<bool> names_symlink(const std::string& path) const = 0;

  // The path without symlinks, "." and ".."; it must exist.
  virtual Result<std::string> canonical_path(const std::string& path) const = 0;

  // How much can still be written to the file system that holds the path, by anybody but root where
  // a part is kept back for root. Symlinks are followed; the path must exist.
  virtual Result<std::uint64_t> free_bytes(const std::string& path) const = 0;

  // The whole file, symlinks followed. Unsupported when it is larger than `limit` bytes.
  virtual Result<std::string> read_file(const std::string& path, std::size_t limit) const = 0;

  // The `length` bytes from `offset` on, or fewer where the file ends; symlinks followed.
  virtual Result<std::string> read_range(const std::string& path, std::uint64_t offset,
                                         std::size_t length) const = 0;

  // The names in a directory, sorted by bytes, without "." and "..".
  virtual Result<std::vector<std::string>> list_directory(const std::string& path) const = 0;

  // Makes one directory; its parent must exist. On failure nothing is left behind.
  virtual Result<void> make_directory(const std::string& path, const Attributes& attributes) = 0;

  // Makes a file that must not exist (a dangling symlink counts as existing). On failure nothing is
  // left behind, unless the process dies.
  virtual Result<void> create_file(const std::string& path, std::string_view bytes,
                                   const Attributes& attributes) = 0;

  // The same, with mode, owner and extended attributes (SELinux label, ACL) of the file `model`,
  // except the attributes that are a checksum of its content.
  virtual Result<void> create_file_like(const std::string& path, std::string_view bytes,
                                        const std::string& model) = 0;

  // Waits until the file's content is on the disk. The last component is not followed.
  virtual Result<void> sync_file(const std::string& path) = 0;

  // Replaces `to` in one step. Neither last component is followed: a symlink itself is renamed or
  // replaced.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;

  // Waits until the names in the directory are on the disk.
  virtual Result<void> sync_directory(const std::string& path) = 0;

  // Removes a file or a symlink itself, never a directory.
  virtual Result<void> remove_file(const std::string& path) = 0;

  // Removes an empty directory; Conflict when it is not empty.
  virtual Result<void> remove_directory(const std::string& path) = 0;

  // flock(2), exclusive, on the directory itself: no file is made, renames inside do not lose it.
  // Does not wait.
  virtual Result<LockAttempt> try_lock_directory(const std::string& path) = 0;
};

// For cleaning up after a failure: the first failure is the one to tell, not this one.
inline void ignore_failure(const Result<void>&) {}

// Writes a small file whole: a temporary dot-file beside it, sync, rename, sync of the directory. A
// reader sees the old content or the new one. Replaces `path` itself if it is a symlink. A
// temporary file that an earlier crash left is removed first; the caller sees to it that nobody
// else rewrites the same file meanwhile. On failure the old content stays.
Result<void> rewrite_file(FileSystem& files, const std::string& path, std::string_view bytes,
                          const Attributes& attributes);

// The name of the temporary file that rewrite_file makes for `name`.
std::string rewrite_temporary_name(std::string_view name);

}  // namespace kaudit::host
