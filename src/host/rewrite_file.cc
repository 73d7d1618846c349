#include "host/file_system.h"
#include "host/node_path.h"

namespace kaudit::host {

std::string rewrite_temporary_name(std::string_view name) {
  return "." + std::string(name) + ".kaudit-tmp";
}

Result<void> rewrite_file(FileSystem& files, const std::string& path, std::string_view bytes,
                          const Attributes& attributes) {
  const std::string directory = parent_path(path);
  const std::string temporary = join(directory, rewrite_temporary_name(base_name(path)));
  if (auto removed = files.remove_file(temporary);
      !removed && removed.error().kind != text::ErrorKind::NotFound) {
    return removed;
  }
  if (auto created = files.create_file(temporary, bytes, attributes); !created) return created;
  Result<void> done = files.sync_file(temporary);
  if (done) done = files.rename(temporary, path);
  if (!done) {
    ignore_failure(files.remove_file(temporary));
    return done;
  }
  return files.sync_directory(directory);
}

}  // namespace kaudit::host
