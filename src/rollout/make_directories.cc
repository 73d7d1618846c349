#include "rollout/make_directories.h"

#include <algorithm>
#include <ranges>

#include "host/node_path.h"

namespace kaudit::rollout {
namespace {

using host::Attributes;
using host::FileKind;
using host::FileSystem;
using host::Result;
using text::ErrorKind;

// The directories from the innermost missing one outwards.
Result<std::vector<std::string>> missing(const FileSystem& files, const std::string& path) {
  std::vector<std::string> absent;
  for (std::string at = path;; at = host::parent_path(at)) {
    const auto status = files.status(at);
    if (status) {
      if (status->kind == FileKind::Directory) return absent;
      return text::fail(ErrorKind::Conflict, files.shown(at) + " is not a directory",
                        "move it away, or choose another directory");
    }
    if (status.error().kind != ErrorKind::NotFound || at == "/") {
      return std::unexpected(status.error());
    }
    absent.push_back(at);
  }
}

Result<void> make_one(FileSystem& files, const std::string& path, const Attributes& attributes,
                      MadeDirectories& directories) {
  if (auto made = files.make_directory(path, attributes); !made) return made;
  directories.made.push_back(path);
  return files.sync_directory(host::parent_path(path));
}

}  // namespace

Result<MadeDirectories> make_directories(FileSystem& files, const std::string& path,
                                         const Attributes& last, const Attributes& parents) {
  const auto absent = missing(files, path);
  if (!absent) return std::unexpected(absent.error());
  MadeDirectories directories;
  for (const std::string& one : *absent | std::views::reverse) {
    const bool innermost = &one == &absent->front();
    if (auto made = make_one(files, one, innermost ? last : parents, directories); !made) {
      remove_made(files, directories);
      return std::unexpected(made.error());
    }
  }
  return directories;
}

Result<MadeDirectories> make_log_directory(FileSystem& files, const std::string& path,
                                           std::uint32_t uid, std::uint32_t gid) {
  return make_directories(files, path, {0700, uid, gid}, {0755, 0, 0});
}

void remove_made(FileSystem& files, const MadeDirectories& directories) {
  for (const std::string& path : directories.made | std::views::reverse) {
    // A directory that somebody has put something into is no longer ours.
    if (!files.remove_directory(path)) return;
  }
}

}  // namespace kaudit::rollout
