// The in-memory twin of PosixFileSystem. It keeps a diary of what was done, fails on cue, and can
// lose power at each step. tests/host/file_system_contract_test.cc holds it to the real one.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/file_system.h"

namespace kaudit::host {

// Thrown by the step at which the power fails. From then on every step fails with EIO and changes
// nothing, so that clean-up during unwinding does what it would do after a death: nothing.
struct PowerLoss {};

// What a crash takes with it.
enum class Crash {
  Killed,       // the process dies, the machine does not: everything that was done stays
  ContentLost,  // power loss: files that were not synced are empty, names are as they were
  NamesLost,    // power loss: also names that were not synced are as they were before
};

// The steps that can fail. Create, Write and SetAttributes are the parts of making a file.
enum class Step {
  Status,
  Canonical,
  FreeBytes,
  Read,
  List,
  MakeDirectory,
  Create,
  Write,
  SetAttributes,
  SyncFile,
  Rename,
  SyncDirectory,
  Remove,
  RemoveDirectory,
  Lock,
};

class MemoryFileSystem : public FileSystem {
 public:
  MemoryFileSystem();

  std::string shown(const std::string& path) const override { return path; }
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

  // What the world holds, as if it had always been there: synced, not in the diary, never failing.
  // Missing parents are made.
  void put_directory(const std::string& path, std::uint32_t mode = 0755);
  void put_file(const std::string& path, std::string bytes, Attributes attributes = {});
  // The file stays the same one.
  void append_to_file(const std::string& path, std::string_view bytes);
  void put_symlink(const std::string& path, std::string target);
  void put_special(const std::string& path, FileKind kind);
  void set_xattr(const std::string& path, const std::string& name, std::string value);
  // What there is room for, whatever is put or written later; plenty at first.
  void set_free_bytes(std::uint64_t free) { free_ = free; }
  // Takes a name away, whatever it is.
  void take_away(const std::string& path);

  // What the world sees, without a diary.
  std::optional<std::string> bytes(const std::string& path) const;
  std::map<std::string, std::string> xattrs(const std::string& path) const;
  std::vector<std::string> names(const std::string& path) const;
  FileStatus must_status(const std::string& path) const;
  bool is_symlink(const std::string& path) const;

  // The n-th step from now (from 1), of any kind or of that kind, gives `code`, once.
  void fail_at(int n, int code);
  void fail_at(Step step, int n, int code);
  // Every step of that kind gives `code` from now on.
  void fail_always(Step step, int code);
  // Right before the n-th step of that kind from now, `event` happens.
  void before(Step step, int n, std::function<void()> event);
  // The n-th step from now that changes something, throws PowerLoss instead of doing it.
  void crash_at(int n, Crash kind);
  // No more failures; after a crash, the machine runs again with what is on its disk.
  void recover();

  // Whether the last fail_at or crash_at has happened.
  bool fired() const { return fired_; }
  // Somebody else holds the lock of this directory.
  void lock_for_other(const std::string& directory, LockHolder holder);
  void unlock_for_other() { other_locks_.clear(); }
  bool locked(const std::string& directory) const;

  std::vector<std::string>& diary() const { return diary_; }
  // How many steps of the diary changed something.
  int changes() const { return changes_; }

  bool is_root = true;

 private:
  using Entries = std::map<std::string, std::uint64_t>;

  struct Node {
    FileKind kind = FileKind::Regular;
    bool symlink = false;
    std::string content;  // bytes, or where a symlink leads to
    bool synced = true;
    Entries entries;
    Entries synced_entries;
    Attributes attributes{0644, 0, 0};
    std::map<std::string, std::string> xattrs;
    std::int64_t modified = 0;
  };

  // Where a path leads: its last directory, the name in it, and what stands there (0: nothing).
  struct Place {
    int code = 0;
    std::uint64_t directory = 0;
    std::string name;
    std::uint64_t inode = 0;
    std::string canonical;
  };

  struct Fault {
    std::optional<Step> step;
    int left = 0;
    int code = 0;
    std::function<void()> event;
    bool always = false;
  };

  struct HeldLock;

  Place find(const std::string& path, bool follow_last) const;
  Place find_step(Step step, const std::string& verb, const std::string& path,
                  bool follow_last) const;
  int step(Step step, const std::string& text) const;
  void crash_now() const;
  std::unexpected<text::Error> refuse(const std::string& verb, const std::string& path,
                                      int code) const;
  Result<void> create(const std::string& path, std::string_view bytes, const Attributes& attributes,
                      const Node* model);
  std::uint64_t add(const Place& place, Node node);
  std::uint64_t put(const std::string& path, Node node);
  Node* world(const std::string& path, bool follow_last = true);
  const Node* world(const std::string& path, bool follow_last = true) const;
  FileStatus status_of(std::uint64_t inode) const;
  void touch(std::uint64_t inode);

  // Mutable: reading also is a step that is written down, may fail and may set off events.
  mutable std::map<std::uint64_t, Node> nodes_;
  mutable std::vector<std::string> diary_;
  mutable std::vector<Fault> faults_;
  mutable int changes_ = 0;
  mutable std::optional<std::pair<int, Crash>> crash_;
  mutable bool dead_ = false;
  mutable bool fired_ = false;
  std::map<std::uint64_t, LockHolder> other_locks_;
  std::map<std::uint64_t, int> own_locks_;
  std::uint64_t next_inode_ = 2;
  std::uint64_t free_ = std::uint64_t{1} << 40;
  std::int64_t ticks_ = 0;
};

}  // namespace kaudit::host
