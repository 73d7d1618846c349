#include "rollout/write_output.h"

#include <fmt/core.h>

#include "host/node_path.h"

namespace kaudit::rollout {
namespace {

using host::FileKind;
using host::FileSystem;
using host::Result;
using text::ErrorKind;
using text::fail;

// The file that will be replaced or made: `path` with its symlinks resolved, as far as it exists.
Result<std::string> resolved(const FileSystem& files, const std::string& path, bool exists) {
  if (exists) return files.canonical_path(path);
  auto directory = files.canonical_path(host::parent_path(path));
  if (!directory) return directory;
  return host::join(*directory, host::base_name(path));
}

Result<void> check_existing(const FileSystem& files, const OutputRequest& request,
                            const host::FileStatus& status) {
  if (status.kind != FileKind::Regular) {
    return fail(ErrorKind::Conflict, files.shown(request.path) + " is not a regular file",
                "write to standard output with -o -");
  }
  if (request.manifest == status.identity) {
    return fail(ErrorKind::Conflict,
                files.shown(request.path) + " is the manifest itself, which -o never changes",
                "leave out -o to change it, or name another file");
  }
  return {};
}

Result<void> check_not_run(const FileSystem& files, const OutputRequest& request,
                           const std::string& target) {
  const std::string name = host::base_name(target);
  if (!request.static_pod_directory || name.starts_with('.') || name == request.manifest_name ||
      identity_of(files, host::parent_path(target)) != request.static_pod_directory) {
    return {};
  }
  return fail(ErrorKind::Conflict,
              files.shown(target) +
                  " lies in the kubelet's static Pod directory: the kubelet would run it beside " +
                  request.manifest_name,
              "name a file in another directory");
}

// Makes the temporary file and gives its path. No lock is held, so a name may be taken; and it is
// not a name that replace_manifest clears away.
Result<std::string> create_temporary(FileSystem& files, const host::Clock& clock,
                                     const OutputRequest& request, const std::string& target,
                                     bool exists, std::string_view bytes) {
  const host::UtcTime now = clock.utc_now();
  constexpr int kTries = 100;
  for (int tries = 0;; ++tries) {
    std::string path =
        host::join(host::parent_path(target),
                   fmt::format(".kaudit-output.{}.{:x}", host::base_name(target),
                               now.seconds * 1'000'000'000 + now.nanoseconds + tries));
    auto created = exists ? files.create_file_like(path, bytes, target)
                          : files.create_file(path, bytes, {request.mode_if_new, {}, {}});
    if (created) return path;
    if (created.error().kind != ErrorKind::Conflict || tries == kTries) {
      return std::unexpected(created.error());
    }
  }
}

}  // namespace

Result<void> write_output(FileSystem& files, host::Clock& clock, const OutputRequest& request,
                          std::string_view bytes) {
  const auto status = files.status(request.path);
  if (!status && status.error().kind != ErrorKind::NotFound) {
    return std::unexpected(status.error());
  }
  if (status) {
    if (auto checked = check_existing(files, request, *status); !checked) return checked;
  }
  const auto target = resolved(files, request.path, status.has_value());
  if (!target) return std::unexpected(target.error());
  if (auto checked = check_not_run(files, request, *target); !checked) return checked;
  const auto temporary =
      create_temporary(files, clock, request, *target, status.has_value(), bytes);
  if (!temporary) return std::unexpected(temporary.error());
  Result<void> done = files.sync_file(*temporary);
  if (done) done = files.rename(*temporary, *target);
  if (!done) {
    host::ignore_failure(files.remove_file(*temporary));
    return done;
  }
  return files.sync_directory(host::parent_path(*target));
}

std::optional<host::FileIdentity> identity_of(const FileSystem& files, const std::string& path) {
  const auto status = files.status(path);
  return status ? std::optional(status->identity) : std::nullopt;
}

}  // namespace kaudit::rollout
