#pragma once

#include "host/file_system.h"
#include "host/unique_fd.h"

namespace kaudit::host {

// The FileSystem of this machine, or of a node that is mounted below a directory of it. In the
// second case every lookup is confined to that directory with openat2(2), RESOLVE_IN_ROOT: an
// absolute symlink or ".." in the tree leads nowhere outside it, also while somebody changes the
// tree.
class PosixFileSystem : public FileSystem {
 public:
  // `root` is a path of this machine; "/" and its other spellings mean the machine itself. NotFound
  // or Permission when it cannot be opened as a directory; Unsupported when the kernel has no
  // openat2 (before Linux 5.6) and `root` is not "/".
  static Result<std::unique_ptr<PosixFileSystem>> open(const std::string& root);

  std::string shown(const std::string& path) const override;
  Result<FileStatus> status(const std::string& path) const override;
  Result<bool> names_symlink(const std::string& path) const override;
  Result<std::string> canonical_path(const std::string& path) const override;
  Result<std::uint64_t> free_bytes(const std::string& path) const override;
  Result<std::string> read_file(const std::string& path, std::size_t limit) const override;
  Result<std::string> read_range(const std::string& path, std::uint64_t offset,
                                 std::size_t length) const override;
  Result<std::vector<std::string>> list_directory(const std::string& path) const override;
  Result<void> make_directory(const std::string& path, const Attributes& attributes) override;
  Result<void> create_file(const std::string& path, std::string_view bytes,
                           const Attributes& attributes) override;
  Result<void> create_file_like(const std::string& path, std::string_view bytes,
                                const std::string& model) override;
  Result<void> sync_file(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<void> remove_file(const std::string& path) override;
  Result<void> remove_directory(const std::string& path) override;
  Result<LockAttempt> try_lock_directory(const std::string& path) override;

 private:
  // An open parent directory and a name in it that is not "", "." or "..".
  struct Place {
    UniqueFd directory;
    std::string name;
  };

  PosixFileSystem(std::string root, UniqueFd root_fd)
      : root_(std::move(root)), root_fd_(std::move(root_fd)) {}

  // These give the descriptor, or errno as a negative number, so that the caller can word it.
  UniqueFd open_node(const std::string& path, int flags) const;
  int open_place(const std::string& path, Place& place) const;

  std::unexpected<text::Error> refuse(const std::string& verb, const std::string& path,
                                      int code) const;
  Result<void> create_at(const std::string& path, std::string_view bytes,
                         const Attributes& attributes, const UniqueFd* model);
  Result<void> remove(const std::string& path, int flags);

  std::string root_;  // without a trailing slash; empty for the machine itself
  UniqueFd root_fd_;  // open only with a root
};

}  // namespace kaudit::host
