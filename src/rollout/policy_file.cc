#include "rollout/policy_file.h"

#include <algorithm>

#include "host/node_path.h"
#include "rollout/spare_file.h"
#include "text/sha256.h"

namespace kaudit::rollout {
namespace {

using host::Attributes;
using host::FileKind;
using host::FileStatus;
using host::FileSystem;
using host::Result;
using text::ErrorKind;
using text::fail;

constexpr Attributes kDirectory{0755, 0, 0};

// Root may do everything; anybody else needs the bit of his class, as check/check_host.cc judges.
bool may_read(const PolicyRequest& request, const FileStatus& file) {
  if (request.uid == 0) return true;
  if (file.uid == request.uid) return (file.mode & 0400) != 0;
  const bool is_group = file.gid == request.gid ||
                        std::ranges::find(request.groups, file.gid) != request.groups.end();
  return (file.mode & (is_group ? 0040U : 0004U)) != 0;
}

Attributes attributes_of(const FileStatus& status) {
  return {status.mode, status.uid, status.gid};
}

Result<void> check_place(const FileSystem& files, const PolicyRequest& request,
                         const std::string& path) {
  if (!request.static_pod_directory) return {};
  const auto own = files.status(host::parent_path(path));
  const auto pods = files.status(*request.static_pod_directory);
  if (!own || !pods || own->identity != pods->identity) return {};
  return fail(ErrorKind::Conflict,
              "the policy " + files.shown(path) +
                  " would lie among the kubelet's manifests, and the kubelet would take it for one",
              "give --audit-policy-file or --host-path a path in another directory");
}

Result<void> check_kind(const FileSystem& files, const std::string& path, FileKind kind) {
  if (kind == FileKind::Regular) return {};
  if (kind == FileKind::Directory)
    return fail(ErrorKind::Conflict,
                "the policy cannot be written, because " + files.shown(path) + " is a directory",
                "if a container runtime made it, remove it; otherwise correct the hostPath");
  return fail(
      ErrorKind::Conflict,
      "the policy cannot be written, because " + files.shown(path) + " is not a regular file",
      "remove it, or correct the hostPath");
}

// Nothing is there by that name, as far as one can tell: a symlink to nowhere would be replaced by
// a rename and not followed.
Result<void> check_free(const FileSystem& files, const std::string& path) {
  std::string directory = host::parent_path(path);
  if (const auto names = files.list_directory(directory);
      names && std::ranges::find(*names, host::base_name(path)) != names->end()) {
    return fail(ErrorKind::Conflict, files.shown(path) + " is a symlink that leads nowhere",
                "remove it, or make the file that it names");
  }
  for (; directory != "/"; directory = host::parent_path(directory)) {
    const auto status = files.status(directory);
    if (status && status->kind == FileKind::Directory) break;
    if (status)
      return fail(ErrorKind::Conflict, files.shown(directory) + " is not a directory",
                  "move it away, or give the policy another path");
    if (status.error().kind != ErrorKind::NotFound) return std::unexpected(status.error());
  }
  return {};
}

// The bytes that a run which died had replaced by those of the request, if there was one: the file
// alone does not show that the API server has yet to be restarted for it.
std::optional<std::string> replaced_by_interrupted(const FileSystem& files,
                                                   const PolicyRequest& request,
                                                   const std::string& path) {
  for (const BackupRecord& record : request.earlier) {
    const bool died = record.state == RecordState::Pending &&
                      record.sha256_before == request.manifest_sha256 &&
                      record.sha256_after != request.manifest_sha256;
    if (!died || !record.policy_backup || record.policy_path != path ||
        record.policy_sha256_after != text::sha256_hex(request.bytes))
      continue;
    auto old = files.read_file(*record.policy_backup, kPolicyLimit);
    if (old && text::sha256_hex(*old) == record.policy_sha256_before) return std::move(*old);
  }
  return {};
}

Result<PolicyPlan> plan_existing(const FileSystem& files, const PolicyRequest& request,
                                 const FileStatus& status) {
  if (Result<void> kind = check_kind(files, request.path, status.kind); !kind)
    return std::unexpected(kind.error());
  auto canonical = files.canonical_path(request.path);
  if (!canonical) return std::unexpected(canonical.error());
  if (Result<void> place = check_place(files, request, *canonical); !place)
    return std::unexpected(place.error());
  auto before = files.read_file(*canonical, kPolicyLimit);
  if (!before) return std::unexpected(before.error());
  PolicyPlan plan{PolicyAction::Unchanged, std::move(*canonical), {}, request.bytes, false, {}};
  if (*before == request.bytes) {
    if (auto old = replaced_by_interrupted(files, request, plan.path)) {
      plan.action = PolicyAction::Replaced;
      plan.before = std::move(*old);
      plan.in_place = true;
    }
    return plan;
  }
  if (!request.replace)
    return fail(ErrorKind::Conflict,
                "there is a different policy in " + files.shown(request.path) + " already",
                "--replace-policy replaces it and keeps a backup; with --dry-run it shows the "
                "difference");
  plan.action = PolicyAction::Replaced;
  plan.before = std::move(*before);
  if (!may_read(request, status)) plan.attributes = Attributes{0600, request.uid, request.gid};
  return plan;
}

// ---- writing -----------------------------------------------------------------------------------

// The file holds exactly these bytes; without bytes: there is no file.
Result<bool> is_now(const FileSystem& files, const std::string& path,
                    const std::optional<std::string>& bytes) {
  // One byte more would already be another file.
  const auto now = files.read_file(path, bytes ? bytes->size() : 0);
  if (now) return bytes && *now == *bytes;
  if (now.error().kind == ErrorKind::NotFound) return !bytes;
  if (now.error().kind == ErrorKind::Unsupported) return false;
  return std::unexpected(now.error());
}

Result<void> check_still(const FileSystem& files, const std::string& path,
                         const std::optional<std::string>& bytes) {
  const Result<bool> still = is_now(files, path, bytes);
  if (!still) return std::unexpected(still.error());
  if (*still) return {};
  return fail(ErrorKind::Busy,
              files.shown(path) + " was changed by somebody else while kaudit worked on it",
              "run this again");
}

// From the bytes `from` (absent: no file) to the bytes `to`, with these attributes or those of the
// file that is there. A reader sees the one or the other. An error may also mean that the new file
// is in place and not yet on the disk.
Result<void> swap(FileSystem& files, const std::string& path,
                  const std::optional<std::string>& from, const std::string& to,
                  const std::optional<Attributes>& attributes) {
  const std::string directory = host::parent_path(path);
  const std::string temporary =
      host::join(directory, host::rewrite_temporary_name(host::base_name(path)));
  if (auto removed = files.remove_file(temporary);
      !removed && removed.error().kind != ErrorKind::NotFound)
    return removed;
  Result<void> done = attributes ? files.create_file(temporary, to, *attributes)
                                 : files.create_file_like(temporary, to, path);
  if (done) done = files.sync_file(temporary);
  if (!done && take_spare(files, path, to, temporary)) done = {};
  if (done) done = check_still(files, path, from);
  if (done) done = files.rename(temporary, path);
  if (!done) {
    host::ignore_failure(files.remove_file(temporary));
    return done;
  }
  return files.sync_directory(directory);
}

}  // namespace

Result<PolicyPlan> plan_policy(FileSystem& files, const PolicyRequest& request) {
  const auto status = files.status(request.path);
  if (status) return plan_existing(files, request, *status);
  if (status.error().kind != ErrorKind::NotFound) return std::unexpected(status.error());
  if (Result<void> place = check_place(files, request, request.path); !place)
    return std::unexpected(place.error());
  if (Result<void> free = check_free(files, request.path); !free)
    return std::unexpected(free.error());
  return PolicyPlan{
      PolicyAction::Installed, request.path, {},
      request.bytes,           false,        Attributes{0600, request.uid, request.gid}};
}

Result<WrittenPolicy> write_policy(FileSystem& files, const PolicyPlan& plan) {
  WrittenPolicy written;
  written.plan_ = plan;
  if (plan.action == PolicyAction::Unchanged || plan.in_place) return written;
  std::optional<std::string> before;
  if (plan.action == PolicyAction::Replaced) {
    const auto status = files.status(plan.path);
    if (!status) return std::unexpected(status.error());
    written.old_ = attributes_of(*status);
    before = plan.before;
  } else {
    auto made = make_directories(files, host::parent_path(plan.path), kDirectory, kDirectory);
    if (!made) return std::unexpected(made.error());
    written.made_ = std::move(*made);
  }
  const auto done = swap(files, plan.path, before, plan.after, plan.attributes);
  if (done) return written;
  const Result<bool> in_place = is_now(files, plan.path, plan.after);
  if (in_place && !*in_place) {
    remove_made(files, written.made_);
    return std::unexpected(done.error());
  }
  const auto back = in_place ? written.put_back(files) : std::unexpected(in_place.error());
  if (back) return std::unexpected(done.error());
  return std::unexpected(with_policy_left(done.error(), back.error()));
}

Result<void> WrittenPolicy::put_back(FileSystem& files) const {
  if (plan_.action == PolicyAction::Unchanged || plan_.in_place) return {};
  const Result<bool> ours = is_now(files, plan_.path, plan_.after);
  if (!ours) return std::unexpected(ours.error());
  if (!*ours) {
    return fail(ErrorKind::Conflict,
                "the policy " + files.shown(plan_.path) +
                    " was changed by somebody else meanwhile and stays as it is");
  }
  if (plan_.action == PolicyAction::Replaced) {
    const auto attributes = plan_.attributes ? std::optional(old_) : std::nullopt;
    return swap(files, plan_.path, plan_.after, plan_.before, attributes);
  }
  if (auto removed = files.remove_file(plan_.path); !removed) return removed;
  Result<void> synced = files.sync_directory(host::parent_path(plan_.path));
  remove_made(files, made_);
  return synced;
}

bool needs_policy_backup(const FileSystem& files, const BackupRecord& record) {
  if (!record.policy_backup) return false;
  const auto now = files.read_file(record.policy_path, kPolicyLimit);
  if (now) return text::sha256_hex(*now) == record.policy_sha256_after;
  return now.error().kind != ErrorKind::NotFound && now.error().kind != ErrorKind::Unsupported;
}

text::Error with_policy_left(text::Error why, const text::Error& not_taken_back) {
  why.message +=
      "; and the policy that was written before could not be taken back: " + not_taken_back.message;
  return why;
}

}  // namespace kaudit::rollout
