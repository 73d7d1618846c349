#include "host/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdlib>

#include "host/io_error.h"
#include "host/node_path.h"

namespace kaudit::host {
namespace {

using text::ErrorKind;
using text::fail;

constexpr int kMaxSymlinks = 40;  // as the kernel (MAXSYMLINKS in linux/namei.h)

UniqueFd opened(int fd) {
  return UniqueFd(fd >= 0 ? fd : -errno);
}

bool is_root() {
  return geteuid() == 0;
}

// open(2) confined to the directory `root_fd`, without its links to nowhere such as /proc/self/fd.
UniqueFd open_in_root(int root_fd, const std::string& path, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  // EAGAIN: the tree was changed while ".." was looked up (openat2(2)); nothing is wrong.
  for (int tries = 0;; ++tries) {
    const long fd = syscall(SYS_openat2, root_fd, path.c_str(), &how, sizeof how);
    if (fd >= 0) return UniqueFd(static_cast<int>(fd));
    if ((errno != EAGAIN && errno != EINTR) || tries == 100) return UniqueFd(-errno);
  }
}

FileKind kind_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return FileKind::Directory;
    case S_IFSOCK:
      return FileKind::Socket;
    case S_IFCHR:
      return FileKind::CharDevice;
    case S_IFBLK:
      return FileKind::BlockDevice;
    case S_IFIFO:
      return FileKind::Fifo;
    default:
      return FileKind::Regular;
  }
}

FileStatus status_of(const struct stat& found) {
  FileStatus status;
  status.kind = kind_of(found.st_mode);
  status.size = static_cast<std::uint64_t>(found.st_size);
  status.mode = found.st_mode & 07777;
  status.uid = found.st_uid;
  status.gid = found.st_gid;
  status.identity = {found.st_dev, found.st_ino};
  status.modified = {found.st_mtim.tv_sec, static_cast<std::int32_t>(found.st_mtim.tv_nsec)};
  return status;
}

// Reads to the end, or one byte more than `limit`. Gives errno.
int read_all(int fd, std::size_t limit, std::string& bytes) {
  struct stat found {};
  const bool sized = ::fstat(fd, &found) == 0 && found.st_size > 0;
  // One byte more than the file has, so that one read sees its end; files of /proc have no size.
  std::size_t room = sized ? static_cast<std::size_t>(found.st_size) + 1 : std::size_t{4} << 10;
  for (;;) {
    const std::size_t had = bytes.size();
    bytes.resize(std::min(std::max(had + 1, room), limit + 1));
    const ssize_t got = ::read(fd, bytes.data() + had, bytes.size() - had);
    bytes.resize(had + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got < 0 && errno != EINTR) return errno;
    if (got == 0 || bytes.size() > limit) return 0;
    if (bytes.size() == room) room *= 2;
  }
}

int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno != EINTR) return errno;
    if (wrote > 0) bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return 0;
}

// Owner before mode, because chown takes set-id bits away. Gives errno.
int apply(int fd, const Attributes& wanted) {
  struct stat now {};
  if (fstat(fd, &now) != 0) return errno;
  const uid_t uid = wanted.uid.value_or(now.st_uid);
  const gid_t gid = wanted.gid.value_or(now.st_gid);
  if ((uid != now.st_uid || gid != now.st_gid) && fchown(fd, uid, gid) != 0) return errno;
  return fchmod(fd, wanted.mode) == 0 ? 0 : errno;
}

std::string xattr_names(int fd) {
  const ssize_t size = flistxattr(fd, nullptr, 0);
  std::string names(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
  const ssize_t got = names.empty() ? 0 : flistxattr(fd, names.data(), names.size());
  names.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return names;
}

std::optional<std::string> xattr(int fd, const char* name) {
  const ssize_t size = fgetxattr(fd, name, nullptr, 0);
  if (size < 0) return std::nullopt;
  std::string value(static_cast<std::size_t>(size), '\0');
  const ssize_t got = fgetxattr(fd, name, value.data(), value.size());
  if (got < 0) return std::nullopt;
  value.resize(static_cast<std::size_t>(got));
  return value;
}

// Gives errno, and in `failed` the attribute that could not be copied. An attribute that the new
// file already has (a label that it inherited) is not set: that may need a right that nobody needs.
int copy_xattrs(int from, int to, std::string& failed) {
  const std::string names = xattr_names(from);
  for (std::size_t at = 0; at < names.size(); at += failed.size() + 1) {
    failed = names.c_str() + at;
    // Signatures of the old content.
    if (failed == "security.ima" || failed == "security.evm") continue;
    const std::optional<std::string> value = xattr(from, failed.c_str());
    if (!value || xattr(to, failed.c_str()) == value) continue;
    if (fsetxattr(to, failed.c_str(), value->data(), value->size(), 0) != 0) return errno;
  }
  failed.clear();
  return 0;
}

struct Lock : DirectoryLock {
  explicit Lock(UniqueFd held) : fd(std::move(held)) {}
  UniqueFd fd;
};

// The pid in a line of /proc/locks that is a flock on this inode:
// "1: FLOCK  ADVISORY  WRITE 4711 fe:00:262145 0 EOF" (fs/locks.c, lock_get_status).
std::optional<int> pid_in_lock_line(std::string_view line, const struct stat& directory) {
  if (line.find(" FLOCK ") == std::string_view::npos) return std::nullopt;
  const std::string place = fmt::format(" {:02x}:{:02x}:{} ", major(directory.st_dev),
                                        minor(directory.st_dev), directory.st_ino);
  const std::size_t at = line.find(place);
  if (at == std::string_view::npos) return std::nullopt;
  const std::size_t begin = line.rfind(' ', at - 1) + 1;
  int pid = 0;
  const auto read = std::from_chars(line.data() + begin, line.data() + at, pid);
  if (read.ec != std::errc() || pid <= 0) return std::nullopt;
  return pid;
}

std::string read_proc(const std::string& path) {
  const UniqueFd fd = opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string bytes;
  if (!fd.ok() || read_all(fd.get(), std::size_t{16} << 20, bytes) != 0) bytes.clear();
  return bytes;
}

LockHolder holder_of(const struct stat& directory) {
  LockHolder holder;
  const std::string locks = read_proc("/proc/locks");
  for (std::size_t begin = 0; begin < locks.size() && !holder.pid;) {
    const std::size_t end = std::min(locks.find('\n', begin), locks.size());
    holder.pid = pid_in_lock_line(std::string_view(locks).substr(begin, end - begin), directory);
    begin = end + 1;
  }
  if (holder.pid) holder.command = read_proc(fmt::format("/proc/{}/comm", *holder.pid));
  while (!holder.command.empty() && holder.command.back() == '\n') holder.command.pop_back();
  return holder;
}

// Puts the components of `path` on top of `rest`, the first one topmost.
void push_components(std::string_view path, std::vector<std::string>& rest) {
  for (std::size_t end = path.size(); end > 0;) {
    const std::size_t slash = path.rfind('/', end - 1);
    const std::size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
    if (begin < end) rest.emplace_back(path.substr(begin, end - begin));
    end = begin == 0 ? 0 : begin - 1;
  }
}

Result<std::string> read_link(int fd) {
  std::string target(4096, '\0');  // PATH_MAX: a longer target cannot be made
  const ssize_t size = readlinkat(fd, "", target.data(), target.size());
  if (size < 0) return std::unexpected(io_error("cannot read a symlink", errno, is_root()));
  target.resize(static_cast<std::size_t>(size));
  return target;
}

}  // namespace

Result<std::unique_ptr<PosixFileSystem>> PosixFileSystem::open(const std::string& root) {
  const auto refused = [&](int code) {
    return std::unexpected(io_error("cannot open the root directory " + root, code, is_root()));
  };
  UniqueFd fd = opened(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok()) return refused(fd.error());
  struct stat here {
  }, machine{};
  if (fstat(fd.get(), &here) != 0 || ::stat("/", &machine) != 0) return refused(errno);
  std::string shown = root;
  while (!shown.empty() && shown.back() == '/') shown.pop_back();
  if (here.st_dev == machine.st_dev && here.st_ino == machine.st_ino) {
    return std::unique_ptr<PosixFileSystem>(new PosixFileSystem("", UniqueFd()));
  }
  const UniqueFd probe = open_in_root(fd.get(), "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (probe.error() == ENOSYS) {
    return fail(ErrorKind::Unsupported, "this kernel cannot confine kaudit to " + root,
                "--root needs openat2(2), Linux 5.6 or newer; run kaudit inside a chroot instead");
  }
  if (!probe.ok()) return refused(probe.error());
  return std::unique_ptr<PosixFileSystem>(new PosixFileSystem(shown, std::move(fd)));
}

std::string PosixFileSystem::shown(const std::string& path) const {
  return root_ + path;
}

UniqueFd PosixFileSystem::open_node(const std::string& path, int flags) const {
  if (root_fd_.ok()) return open_in_root(root_fd_.get(), path, flags | O_CLOEXEC);
  return opened(::open(path.c_str(), flags | O_CLOEXEC));
}

int PosixFileSystem::open_place(const std::string& path, Place& place) const {
  place.name = base_name(path);
  if (place.name.empty() || place.name == "." || place.name == "..") return EINVAL;
  place.directory = open_node(parent_path(path), O_PATH | O_DIRECTORY);
  return place.directory.error();
}

std::unexpected<text::Error> PosixFileSystem::refuse(const std::string& verb,
                                                     const std::string& path, int code) const {
  return std::unexpected(io_error(verb + " " + shown(path), code, is_root()));
}

Result<FileStatus> PosixFileSystem::status(const std::string& path) const {
  const UniqueFd fd = open_node(path, O_PATH);
  struct stat found {};
  const int code = !fd.ok() ? fd.error() : fstat(fd.get(), &found) != 0 ? errno : 0;
  if (code != 0) return refuse("cannot look at", path, code);
  return status_of(found);
}

Result<bool> PosixFileSystem::names_symlink(const std::string& path) const {
  const UniqueFd fd = open_node(path, O_PATH | O_NOFOLLOW);
  struct stat found {};
  const int code = !fd.ok() ? fd.error() : fstat(fd.get(), &found) != 0 ? errno : 0;
  if (code != 0) return refuse("cannot look at", path, code);
  return S_ISLNK(found.st_mode);
}

// Walks the path component by component, because /proc, which could tell, may not be there.
Result<std::string> PosixFileSystem::canonical_path(const std::string& path) const {
  if (!root_fd_.ok()) {
    std::array<char, PATH_MAX> buffer{};
    if (::realpath(path.c_str(), buffer.data()) != nullptr) return std::string(buffer.data());
    return refuse("cannot find", path, errno);
  }
  std::string resolved;
  std::vector<std::string> rest;
  push_components(path, rest);
  for (int links = 0; !rest.empty();) {
    const std::string name = std::move(rest.back());
    rest.pop_back();
    if (name == ".") continue;
    if (name == "..") {
      resolved.erase(resolved.empty() ? 0 : resolved.rfind('/'));
      continue;
    }
    std::string candidate = resolved;
    candidate.append("/").append(name);
    const UniqueFd fd = open_node(candidate, O_PATH | O_NOFOLLOW);
    struct stat found {};
    const int code = !fd.ok() ? fd.error() : fstat(fd.get(), &found) != 0 ? errno : 0;
    if (code != 0) return refuse("cannot find", path, code);
    if (!S_ISLNK(found.st_mode)) {
      resolved = std::move(candidate);
      continue;
    }
    if (++links > kMaxSymlinks) return refuse("cannot find", path, ELOOP);
    const auto target = read_link(fd.get());
    if (!target) return std::unexpected(target.error());
    if (target->starts_with('/')) resolved.clear();
    push_components(*target, rest);
  }
  return resolved.empty() ? "/" : resolved;
}

Result<std::uint64_t> PosixFileSystem::free_bytes(const std::string& path) const {
  const UniqueFd fd = open_node(path, O_PATH);
  struct statvfs found {};
  const int code = !fd.ok() ? fd.error() : fstatvfs(fd.get(), &found) != 0 ? errno : 0;
  if (code != 0) return refuse("cannot tell the free space at", path, code);
  return std::uint64_t{found.f_bavail} * found.f_frsize;
}

Result<std::string> PosixFileSystem::read_file(const std::string& path, std::size_t limit) const {
  // O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever.
  const UniqueFd fd = open_node(path, O_RDONLY | O_NONBLOCK);
  if (!fd.ok()) return refuse("cannot read", path, fd.error());
  const int flags = fcntl(fd.get(), F_GETFL);
  if (flags < 0 || fcntl(fd.get(), F_SETFL, flags & ~O_NONBLOCK) < 0) {
    return refuse("cannot read", path, errno);
  }
  std::string bytes;
  if (const int code = read_all(fd.get(), limit, bytes); code != 0) {
    return refuse("cannot read", path, code);
  }
  if (bytes.size() > limit) {
    return fail(ErrorKind::Unsupported,
                fmt::format("{} is larger than {} bytes", shown(path), limit));
  }
  return bytes;
}

Result<std::string> PosixFileSystem::read_range(const std::string& path, std::uint64_t offset,
                                                std::size_t length) const {
  const UniqueFd fd = open_node(path, O_RDONLY | O_NONBLOCK);
  if (!fd.ok()) return refuse("cannot read", path, fd.error());
  std::string bytes(length, '\0');
  std::size_t have = 0;
  while (have < length) {
    const ssize_t got =
        pread(fd.get(), bytes.data() + have, length - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refuse("cannot read", path, errno);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

Result<std::vector<std::string>> PosixFileSystem::list_directory(const std::string& path) const {
  UniqueFd fd = open_node(path, O_RDONLY | O_DIRECTORY);
  if (!fd.ok()) return refuse("cannot list", path, fd.error());
  DIR* stream = fdopendir(fd.get());
  if (stream == nullptr) return refuse("cannot list", path, errno);
  fd.release();  // the stream owns it now
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(stream)) {
    names.emplace_back(entry->d_name);
    errno = 0;
  }
  const int code = errno;
  closedir(stream);
  if (code != 0) return refuse("cannot list", path, code);
  std::erase_if(names, [](const std::string& name) { return name == "." || name == ".."; });
  std::ranges::sort(names);
  return names;
}

Result<void> PosixFileSystem::make_directory(const std::string& path,
                                             const Attributes& attributes) {
  Place place;
  if (const int code = open_place(path, place); code != 0) {
    return refuse("cannot make the directory", path, code);
  }
  const int parent = place.directory.get();
  if (mkdirat(parent, place.name.c_str(), 0700) != 0) {
    return refuse("cannot make the directory", path, errno);
  }
  const UniqueFd fd =
      opened(openat(parent, place.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const int code = fd.ok() ? apply(fd.get(), attributes) : fd.error();
  if (code == 0) return {};
  unlinkat(parent, place.name.c_str(), AT_REMOVEDIR);
  return refuse("cannot make the directory", path, code);
}

Result<void> PosixFileSystem::create_at(const std::string& path, std::string_view bytes,
                                        const Attributes& attributes, const UniqueFd* model) {
  Place place;
  if (const int code = open_place(path, place); code != 0) {
    return refuse("cannot create", path, code);
  }
  const int parent = place.directory.get();
  const UniqueFd fd = opened(openat(parent, place.name.c_str(),
                                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.ok()) return refuse("cannot create", path, fd.error());
  std::string verb = "cannot write";
  int code = write_all(fd.get(), bytes);
  if (code == 0) {
    verb = "cannot set the owner and mode of";
    code = apply(fd.get(), attributes);
  }
  if (code == 0 && model != nullptr) {
    std::string attribute;
    code = copy_xattrs(model->get(), fd.get(), attribute);
    verb = "cannot set the attribute " + attribute + " of";
  }
  if (code == 0) return {};
  unlinkat(parent, place.name.c_str(), 0);
  return refuse(verb, path, code);
}

Result<void> PosixFileSystem::create_file(const std::string& path, std::string_view bytes,
                                          const Attributes& attributes) {
  return create_at(path, bytes, attributes, nullptr);
}

Result<void> PosixFileSystem::create_file_like(const std::string& path, std::string_view bytes,
                                               const std::string& model) {
  const UniqueFd fd = open_node(model, O_RDONLY | O_NONBLOCK);
  if (!fd.ok()) return refuse("cannot read", model, fd.error());
  struct stat found {};
  if (fstat(fd.get(), &found) != 0) return refuse("cannot look at", model, errno);
  return create_at(path, bytes, {found.st_mode & 07777u, found.st_uid, found.st_gid}, &fd);
}

Result<void> PosixFileSystem::sync_file(const std::string& path) {
  Place place;
  int code = open_place(path, place);
  if (code == 0) {
    const UniqueFd fd = opened(openat(place.directory.get(), place.name.c_str(),
                                      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    code = !fd.ok() ? fd.error() : fsync(fd.get()) != 0 ? errno : 0;
  }
  if (code != 0) return refuse("cannot sync", path, code);
  return {};
}

Result<void> PosixFileSystem::rename(const std::string& from, const std::string& to) {
  Place source, target;
  int code = open_place(from, source);
  if (code == 0) code = open_place(to, target);
  if (code == 0 && renameat(source.directory.get(), source.name.c_str(), target.directory.get(),
                            target.name.c_str()) != 0) {
    code = errno;
  }
  if (code != 0) return refuse("cannot rename " + shown(from) + " to", to, code);
  return {};
}

Result<void> PosixFileSystem::sync_directory(const std::string& path) {
  const UniqueFd fd = open_node(path, O_RDONLY | O_DIRECTORY);
  const int code = !fd.ok() ? fd.error() : fsync(fd.get()) != 0 ? errno : 0;
  if (code != 0) return refuse("cannot sync the directory", path, code);
  return {};
}

Result<void> PosixFileSystem::remove(const std::string& path, int flags) {
  Place place;
  int code = open_place(path, place);
  if (code == 0 && unlinkat(place.directory.get(), place.name.c_str(), flags) != 0) code = errno;
  if (code != 0) return refuse("cannot remove", path, code);
  return {};
}

Result<void> PosixFileSystem::remove_file(const std::string& path) {
  return remove(path, 0);
}

Result<void> PosixFileSystem::remove_directory(const std::string& path) {
  return remove(path, AT_REMOVEDIR);
}

Result<LockAttempt> PosixFileSystem::try_lock_directory(const std::string& path) {
  UniqueFd fd = open_node(path, O_RDONLY | O_DIRECTORY);
  if (!fd.ok()) return refuse("cannot lock", path, fd.error());
  int locked = 0;
  do {
    locked = flock(fd.get(), LOCK_EX | LOCK_NB);
  } while (locked != 0 && errno == EINTR);
  if (locked == 0) return LockAttempt(std::make_unique<Lock>(std::move(fd)));
  if (errno != EWOULDBLOCK) return refuse("cannot lock", path, errno);
  struct stat directory {};
  if (fstat(fd.get(), &directory) != 0) return refuse("cannot lock", path, errno);
  return LockAttempt(holder_of(directory));
}

}  // namespace kaudit::host
