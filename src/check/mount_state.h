// Does a mount serve a need, and if not, what exactly is wrong?
//
// The one decision that planning and checking share: planning repairs what this finds, checking
// reports it, so they cannot disagree.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "audit/mount_need.h"
#include "check/host_facts.h"
#include "kube/api_server.h"

namespace kaudit::check {

enum class MountVerdict : std::uint8_t {
  Served,         // nothing to do
  Missing,        // nothing covers the path
  NearMiss,       // nothing covers it, but a mount that serves nothing else is meant for it
  VolumeMissing,  // the mount at the path names a Volume that is not there
  NotFromHost,    // the mount at the path is not a hostPath (emptyDir, …)
  ReadOnly,       // the mount at the log's directory is read-only
  Writable,       // the mount of the policy, and of nothing else, is writable
  MountedAsFile,  // the log file itself is a mount: rotation cannot rename it
  TypeUnfit,      // the hostPath type of the mount at the path lets a wrong or missing file through
  OtherKind,      // the mount's hostPath is another kind of thing, by its type and its name
  OtherHostPath,  // the operator names another host path
  WiderUnfit,     // a mount further up covers it and cannot serve; a narrower one can
  WiderInTheWay,  // … and a narrower one could not be started
};

struct MountState {
  MountVerdict verdict = MountVerdict::Missing;
  std::optional<std::size_t> mount;   // the mount that the verdict is about
  std::optional<std::size_t> volume;  // its Volume
  std::optional<std::string> host;    // where the path lies on the host, if served
};

// What a verdict may depend on besides the mounts.
struct MountContext {
  std::span<const audit::MountNeed> needs;      // all of them: a mount may serve several
  std::optional<std::string> wanted_host_path;  // for this need, given explicitly
  std::optional<std::string> abandoned_path;    // where this need's mount was, if its setting moves
};

// As much of an API server as assess() looks at: a copy that planning may change, without the
// command line but for the flags whose values could name a mounted path.
kube::ApiServer mounts_of(const kube::ApiServer& server);

// The first thing that is wrong, in the order in which it must be mended. `server` may be a planned
// one: only its mounts, volumes, command line and environment are looked at.
MountState assess(const audit::MountNeed& need, const kube::ApiServer& server,
                  const MountContext& context);

// The hostPath type that kaudit gives to, or demands of, the Volume of a need.
kube::HostPathType wanted_type(const audit::MountNeed& need);

// Of a log that is a mount itself (MountedAsFile): whether its Volume is a directory of the host.
bool is_mounted_directory(const kube::ApiServer& server, const MountState& state);

// Directories of the image, or of the system, that a mount would hide from the API server.
bool hides_the_image(std::string_view directory, const kube::ApiServer& server);

// Whether the Volume is mounted by `mount` and nobody else, in any container.
bool volume_is_exclusive(const kube::ApiServer& server, std::size_t volume, std::size_t mount);

// Whether a flag outside the audit table, or the environment, names a path at or below `path`.
bool is_mentioned(const kube::ApiServer& server, std::string_view path);

}  // namespace kaudit::check
