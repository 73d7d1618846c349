#include "rollout/spare_file.h"

#include "host/node_path.h"

namespace kaudit::rollout {
namespace {

using host::FileSystem;
using host::Result;
using text::ErrorKind;

// As a manifest's temporary file it begins with a dot, and lock_manifest removes it after a crash.
std::string spare_path(const std::string& path) {
  return host::join(host::parent_path(path), "." + host::base_name(path) + ".kaudit-old");
}

}  // namespace

SpareFiles& SpareFiles::operator=(SpareFiles&& other) noexcept {
  std::swap(laid_, other.laid_);
  return *this;
}

Result<void> SpareFiles::lay(FileSystem& files, const std::string& path, std::string_view bytes) {
  const std::string spare = spare_path(path);
  if (auto removed = files.remove_file(spare);
      !removed && removed.error().kind != ErrorKind::NotFound)
    return removed;
  if (auto created = files.create_file_like(spare, bytes, path); !created) return created;
  if (auto synced = files.sync_file(spare); !synced) {
    host::ignore_failure(files.remove_file(spare));
    return synced;
  }
  laid_.emplace_back(&files, spare);
  return {};
}

void SpareFiles::drop() {
  for (const auto& [files, spare] : std::exchange(laid_, {}))
    host::ignore_failure(files->remove_file(spare));
}

bool take_spare(FileSystem& files, const std::string& path, std::string_view bytes,
                const std::string& as) {
  const std::string spare = spare_path(path);
  const auto there = files.read_file(spare, bytes.size());
  return there && *there == bytes && files.rename(spare, as);
}

}  // namespace kaudit::rollout
