#include "host/io_error.h"

#include <cerrno>
#include <cstring>

namespace kaudit::host {
namespace {

using text::ErrorKind;

ErrorKind kind_of(int code) {
  switch (code) {
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::NotFound;
    case EACCES:
    case EPERM:
      return ErrorKind::Permission;
    case EEXIST:
    case ENOTEMPTY:
      return ErrorKind::Conflict;
    default:
      return ErrorKind::Io;
  }
}

std::string hint_for(int code, bool is_root) {
  switch (code) {
    case EACCES:
    case EPERM:
      return is_root
                 ? "root is refused too: look for an immutable file (lsattr), a security policy "
                   "(SELinux, AppArmor) or a missing capability"
                 : "run it with sudo";
    case ENOENT:
    case ENOTDIR:
      return "check the path";
    case EROFS:
      return "this file system is mounted read-only: remount it read-write, or write elsewhere "
             "with -o FILE";
    case ENOSPC:
    case EDQUOT:
      return "free some space on this file system, then run it again";
    case EIO:
      return "the disk reports an error: look at the kernel's log (dmesg)";
    case ELOOP:
      return "this symlink leads back to itself";
    default:
      return {};
  }
}

}  // namespace

text::Error io_error(const std::string& what, int code, bool is_root) {
  // Unlike strerror: never translated, and safe with threads.
  const char* reason = strerrordesc_np(code);
  return {kind_of(code),
          what + ": " + (reason != nullptr ? reason : "unknown error"),
          hint_for(code, is_root),
          {}};
}

}  // namespace kaudit::host
