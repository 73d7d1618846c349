#include "support/memory_file_system.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <deque>

#include "host/io_error.h"
#include "host/node_path.h"

namespace kaudit::host {
namespace {

constexpr std::uint64_t kRoot = 1;

bool changes_something(Step step) {
  switch (step) {
    case Step::Status:
    case Step::Canonical:
    case Step::FreeBytes:
    case Step::Read:
    case Step::List:
    case Step::Lock:
      return false;
    default:
      return true;
  }
}

std::deque<std::string> components(std::string_view path) {
  std::deque<std::string> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash > 0) parts.emplace_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

}  // namespace

struct MemoryFileSystem::HeldLock : DirectoryLock {
  HeldLock(MemoryFileSystem& owner, std::uint64_t held) : files(owner), inode(held) {
    ++files.own_locks_[inode];
  }
  ~HeldLock() override { files.own_locks_.erase(inode); }
  HeldLock(const HeldLock&) = delete;
  HeldLock& operator=(const HeldLock&) = delete;

  MemoryFileSystem& files;
  std::uint64_t inode;
};

MemoryFileSystem::MemoryFileSystem() {
  Node root;
  root.kind = FileKind::Directory;
  root.attributes.mode = 0755;
  nodes_[kRoot] = root;
}

MemoryFileSystem::Place MemoryFileSystem::find(const std::string& path, bool follow_last) const {
  std::deque<std::string> rest = components(path);
  std::vector<std::pair<std::uint64_t, std::string>> trail;  // inode and name below the root
  const auto here = [&] { return trail.empty() ? kRoot : trail.back().first; };
  const auto canonical = [&] {
    std::string text;
    for (const auto& [inode, name] : trail) text += "/" + name;
    return text.empty() ? "/" : text;
  };
  for (int links = 0; !rest.empty();) {
    const std::string name = rest.front();
    rest.pop_front();
    if (nodes_.at(here()).kind != FileKind::Directory) return {ENOTDIR, 0, "", 0, ""};
    if (name == ".") continue;
    if (name == "..") {
      if (!trail.empty()) trail.pop_back();
      continue;
    }
    const Entries& entries = nodes_.at(here()).entries;
    const auto entry = entries.find(name);
    if (entry == entries.end()) {
      if (!rest.empty()) return {ENOENT, 0, "", 0, ""};
      return {ENOENT, here(), name, 0, ""};
    }
    const Node& node = nodes_.at(entry->second);
    if (node.symlink && (follow_last || !rest.empty())) {
      if (++links > 40) return {ELOOP, 0, "", 0, ""};
      std::deque<std::string> target = components(node.content);
      rest.insert(rest.begin(), target.begin(), target.end());
      if (node.content.starts_with('/')) trail.clear();
      continue;
    }
    if (rest.empty()) {
      const std::string at = canonical();
      return {0, here(), name, entry->second, join(at, name)};
    }
    trail.emplace_back(entry->second, name);
  }
  return {0, 0, "", here(), canonical()};
}

int MemoryFileSystem::step(Step step, const std::string& text) const {
  if (dead_) return EIO;
  diary_.push_back(text);
  if (changes_something(step)) {
    ++changes_;
    if (crash_ && --crash_->first == 0) crash_now();
  }
  int code = 0;
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    Fault& fault = faults_[i];
    if (fault.step && *fault.step != step) continue;
    if (!fault.always && --fault.left != 0) continue;
    if (fault.event) {
      const auto event = fault.event;
      event();
      continue;
    }
    fired_ = true;
    if (code == 0) code = fault.code;
  }
  return code;
}

void MemoryFileSystem::crash_now() const {
  fired_ = true;
  dead_ = true;
  const Crash kind = crash_->second;
  for (auto& [inode, node] : nodes_) {
    if (kind == Crash::Killed) break;
    if (node.kind == FileKind::Regular && !node.symlink && !node.synced) node.content.clear();
    if (node.kind == FileKind::Directory && kind == Crash::NamesLost) {
      node.entries = node.synced_entries;
    }
  }
  throw PowerLoss();
}

std::unexpected<text::Error> MemoryFileSystem::refuse(const std::string& verb,
                                                      const std::string& path, int code) const {
  return std::unexpected(io_error(verb + " " + path, code, is_root));
}

MemoryFileSystem::Place MemoryFileSystem::find_step(Step kind, const std::string& verb,
                                                    const std::string& path,
                                                    bool follow_last) const {
  const int code = step(kind, verb + " " + path);
  Place place = find(path, follow_last);  // after the step, because an event may change the world
  if (code != 0) place.code = code;
  return place;
}

FileStatus MemoryFileSystem::status_of(std::uint64_t inode) const {
  const Node& node = nodes_.at(inode);
  FileStatus status;
  status.kind = node.kind;
  status.size = node.content.size();
  status.mode = node.attributes.mode;
  status.uid = node.attributes.uid.value_or(0);
  status.gid = node.attributes.gid.value_or(0);
  status.identity = {1, inode};
  status.modified = {node.modified, 0};
  return status;
}

void MemoryFileSystem::touch(std::uint64_t inode) {
  nodes_.at(inode).modified = ++ticks_;
}

Result<FileStatus> MemoryFileSystem::status(const std::string& path) const {
  const Place place = find_step(Step::Status, "status", path, true);
  if (place.code != 0) return refuse("cannot look at", path, place.code);
  return status_of(place.inode);
}

Result<bool> MemoryFileSystem::names_symlink(const std::string& path) const {
  const Place place = find_step(Step::Status, "status", path, false);
  if (place.code != 0) return refuse("cannot look at", path, place.code);
  return nodes_.at(place.inode).symlink;
}

Result<std::string> MemoryFileSystem::canonical_path(const std::string& path) const {
  const Place place = find_step(Step::Canonical, "canonical", path, true);
  if (place.code != 0) return refuse("cannot find", path, place.code);
  return place.canonical;
}

Result<std::uint64_t> MemoryFileSystem::free_bytes(const std::string& path) const {
  const Place place = find_step(Step::FreeBytes, "free", path, true);
  if (place.code != 0) return refuse("cannot tell the free space at", path, place.code);
  return free_;
}

Result<std::string> MemoryFileSystem::read_file(const std::string& path, std::size_t limit) const {
  const Place place = find_step(Step::Read, "read", path, true);
  int code = place.code;
  if (code == 0 && nodes_.at(place.inode).kind == FileKind::Directory) code = EISDIR;
  if (code != 0) return refuse("cannot read", path, code);
  const Node& node = nodes_.at(place.inode);
  if (node.content.size() > limit) {
    return text::fail(text::ErrorKind::Unsupported,
                      fmt::format("{} is larger than {} bytes", path, limit));
  }
  return node.content;
}

Result<std::string> MemoryFileSystem::read_range(const std::string& path, std::uint64_t offset,
                                                 std::size_t length) const {
  const Place place = find_step(Step::Read, "read", path, true);
  int code = place.code;
  if (code == 0 && nodes_.at(place.inode).kind == FileKind::Directory) code = EISDIR;
  if (code != 0) return refuse("cannot read", path, code);
  const std::string& content = nodes_.at(place.inode).content;
  return offset >= content.size() ? std::string() : content.substr(offset, length);
}

Result<std::vector<std::string>> MemoryFileSystem::list_directory(const std::string& path) const {
  const Place place = find_step(Step::List, "list", path, true);
  int code = place.code;
  if (code == 0 && nodes_.at(place.inode).kind != FileKind::Directory) code = ENOTDIR;
  if (code != 0) return refuse("cannot list", path, code);
  return names(path);
}

std::uint64_t MemoryFileSystem::add(const Place& place, Node node) {
  const std::uint64_t inode = next_inode_++;
  nodes_[inode] = std::move(node);
  nodes_.at(place.directory).entries[place.name] = inode;
  touch(inode);
  touch(place.directory);
  return inode;
}

Result<void> MemoryFileSystem::make_directory(const std::string& path,
                                              const Attributes& attributes) {
  const Place place = find_step(Step::MakeDirectory, "mkdir", path, false);
  const int code = place.code == 0 ? EEXIST : place.code;
  if (code != ENOENT || place.directory == 0) {
    return refuse("cannot make the directory", path, code);
  }
  Node node;
  node.kind = FileKind::Directory;
  node.attributes = attributes;
  add(place, node);
  return {};
}

Result<void> MemoryFileSystem::create(const std::string& path, std::string_view bytes,
                                      const Attributes& attributes, const Node* model) {
  const int refused = step(Step::Create, "create " + path);
  const Place place = find(path, false);
  const int code = refused != 0 ? refused : place.code == 0 ? EEXIST : place.code;
  if (code != ENOENT || place.directory == 0) return refuse("cannot create", path, code);
  Node node;
  node.attributes = {0600, 0, 0};
  node.synced = false;
  const std::uint64_t inode = add(place, node);
  const auto undo = [&](const std::string& verb, int failure) {
    if (!dead_) nodes_.at(place.directory).entries.erase(place.name);
    return refuse(verb, path, failure);
  };
  // A process that dies while it writes leaves a part.
  nodes_.at(inode).content = bytes.substr(0, bytes.size() / 2);
  if (const int failure = step(Step::Write, "write " + path); failure != 0) {
    return undo("cannot write", failure);
  }
  nodes_.at(inode).content = bytes;
  if (const int failure = step(Step::SetAttributes, "attributes " + path); failure != 0) {
    return undo("cannot set the owner and mode of", failure);
  }
  nodes_.at(inode).attributes = attributes;
  if (model != nullptr) nodes_.at(inode).xattrs = model->xattrs;
  return {};
}

Result<void> MemoryFileSystem::create_file(const std::string& path, std::string_view bytes,
                                           const Attributes& attributes) {
  return create(path, bytes, attributes, nullptr);
}

Result<void> MemoryFileSystem::create_file_like(const std::string& path, std::string_view bytes,
                                                const std::string& model) {
  const Place place = find(model, true);
  if (place.code != 0) return refuse("cannot read", model, place.code);
  Node like = nodes_.at(place.inode);
  like.xattrs.erase("security.ima");
  like.xattrs.erase("security.evm");
  return create(path, bytes, like.attributes, &like);
}

Result<void> MemoryFileSystem::sync_file(const std::string& path) {
  const Place place = find_step(Step::SyncFile, "sync", path, false);
  if (place.code != 0) return refuse("cannot sync", path, place.code);
  nodes_.at(place.inode).synced = true;
  return {};
}

Result<void> MemoryFileSystem::rename(const std::string& from, const std::string& to) {
  const int refused = step(Step::Rename, "rename " + from + " " + to);
  const Place source = find(from, false);
  const Place target = find(to, false);
  int code = refused != 0 ? refused : source.code;
  if (code == 0 && target.directory == 0) code = target.code != 0 ? target.code : EBUSY;
  if (code == 0 && target.inode != 0 && nodes_.at(target.inode).kind == FileKind::Directory &&
      nodes_.at(source.inode).kind != FileKind::Directory) {
    code = EISDIR;
  }
  if (code != 0) return refuse("cannot rename " + from + " to", to, code);
  nodes_.at(source.directory).entries.erase(source.name);
  nodes_.at(target.directory).entries[target.name] = source.inode;
  touch(source.directory);
  touch(target.directory);
  return {};
}

Result<void> MemoryFileSystem::sync_directory(const std::string& path) {
  const Place place = find_step(Step::SyncDirectory, "syncdir", path, true);
  if (place.code != 0) return refuse("cannot sync the directory", path, place.code);
  Node& node = nodes_.at(place.inode);
  node.synced_entries = node.entries;
  return {};
}

Result<void> MemoryFileSystem::remove_file(const std::string& path) {
  const Place place = find_step(Step::Remove, "remove", path, false);
  int code = place.code;
  if (code == 0 && nodes_.at(place.inode).kind == FileKind::Directory) code = EISDIR;
  if (code != 0) return refuse("cannot remove", path, code);
  nodes_.at(place.directory).entries.erase(place.name);
  touch(place.directory);
  return {};
}

Result<void> MemoryFileSystem::remove_directory(const std::string& path) {
  const Place place = find_step(Step::RemoveDirectory, "rmdir", path, false);
  int code = place.code;
  if (code == 0 && nodes_.at(place.inode).kind != FileKind::Directory) code = ENOTDIR;
  if (code == 0 && !nodes_.at(place.inode).entries.empty()) code = ENOTEMPTY;
  if (code != 0) return refuse("cannot remove", path, code);
  nodes_.at(place.directory).entries.erase(place.name);
  touch(place.directory);
  return {};
}

Result<LockAttempt> MemoryFileSystem::try_lock_directory(const std::string& path) {
  const Place place = find_step(Step::Lock, "lock", path, true);
  int code = place.code;
  if (code == 0 && nodes_.at(place.inode).kind != FileKind::Directory) code = ENOTDIR;
  if (code != 0) return refuse("cannot lock", path, code);
  if (const auto other = other_locks_.find(place.inode); other != other_locks_.end()) {
    return LockAttempt(other->second);
  }
  if (own_locks_.contains(place.inode)) return LockAttempt(LockHolder{});
  return LockAttempt(std::make_unique<HeldLock>(*this, place.inode));
}

std::uint64_t MemoryFileSystem::put(const std::string& path, Node node) {
  if (path != "/" && find(parent_path(path), true).code != 0) put_directory(parent_path(path));
  const Place place = find(path, false);
  const std::uint64_t inode = add(place, std::move(node));
  nodes_.at(place.directory).synced_entries[place.name] = inode;
  return inode;
}

void MemoryFileSystem::put_directory(const std::string& path, std::uint32_t mode) {
  Node node;
  node.kind = FileKind::Directory;
  node.attributes = {mode, 0, 0};
  put(path, node);
}

void MemoryFileSystem::put_file(const std::string& path, std::string content,
                                Attributes attributes) {
  Node node;
  node.content = std::move(content);
  node.attributes = attributes;
  put(path, node);
}

void MemoryFileSystem::append_to_file(const std::string& path, std::string_view bytes) {
  const Place place = find(path, true);
  if (place.code != 0) return put_file(path, std::string(bytes));
  nodes_.at(place.inode).content += bytes;
  touch(place.inode);
}

void MemoryFileSystem::put_symlink(const std::string& path, std::string target) {
  Node node;
  node.symlink = true;
  node.content = std::move(target);
  put(path, node);
}

void MemoryFileSystem::put_special(const std::string& path, FileKind kind) {
  Node node;
  node.kind = kind;
  put(path, node);
}

void MemoryFileSystem::set_xattr(const std::string& path, const std::string& name,
                                 std::string value) {
  world(path)->xattrs[name] = std::move(value);
}

void MemoryFileSystem::take_away(const std::string& path) {
  const Place place = find(path, false);
  nodes_.at(place.directory).entries.erase(place.name);
  nodes_.at(place.directory).synced_entries.erase(place.name);
}

const MemoryFileSystem::Node* MemoryFileSystem::world(const std::string& path,
                                                      bool follow_last) const {
  const Place place = find(path, follow_last);
  return place.code == 0 ? &nodes_.at(place.inode) : nullptr;
}

MemoryFileSystem::Node* MemoryFileSystem::world(const std::string& path, bool follow_last) {
  return const_cast<Node*>(std::as_const(*this).world(path, follow_last));
}

std::optional<std::string> MemoryFileSystem::bytes(const std::string& path) const {
  const Node* node = world(path);
  return node == nullptr ? std::nullopt : std::optional(node->content);
}

std::map<std::string, std::string> MemoryFileSystem::xattrs(const std::string& path) const {
  return world(path)->xattrs;
}

std::vector<std::string> MemoryFileSystem::names(const std::string& path) const {
  std::vector<std::string> found;
  if (const Node* node = world(path)) {
    for (const auto& [name, inode] : node->entries) found.push_back(name);
  }
  return found;
}

FileStatus MemoryFileSystem::must_status(const std::string& path) const {
  return status_of(find(path, true).inode);
}

bool MemoryFileSystem::is_symlink(const std::string& path) const {
  const Node* node = world(path, false);
  return node != nullptr && node->symlink;
}

void MemoryFileSystem::fail_at(int n, int code) {
  fired_ = false;
  faults_.push_back({std::nullopt, n, code, nullptr, false});
}

void MemoryFileSystem::fail_at(Step step, int n, int code) {
  fired_ = false;
  faults_.push_back({step, n, code, nullptr, false});
}

void MemoryFileSystem::fail_always(Step step, int code) {
  faults_.push_back({step, 0, code, nullptr, true});
}

void MemoryFileSystem::before(Step step, int n, std::function<void()> event) {
  faults_.push_back({step, n, 0, std::move(event), false});
}

void MemoryFileSystem::crash_at(int n, Crash kind) {
  fired_ = false;
  crash_ = {n, kind};
}

void MemoryFileSystem::recover() {
  faults_.clear();
  crash_.reset();
  dead_ = false;
  for (auto& [inode, node] : nodes_) node.synced = true, node.synced_entries = node.entries;
}

void MemoryFileSystem::lock_for_other(const std::string& directory, LockHolder holder) {
  other_locks_[find(directory, true).inode] = std::move(holder);
}

bool MemoryFileSystem::locked(const std::string& directory) const {
  return own_locks_.contains(find(directory, true).inode);
}

}  // namespace kaudit::host
