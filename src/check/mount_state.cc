#include "check/mount_state.h"

#include <algorithm>
#include <array>

#include "audit/flag_table.h"
#include "kube/node_paths.h"

namespace kaudit::check {
namespace {

using audit::MountNeed;
using audit::Purpose;
using kube::ApiServer;
using kube::Coverage;
using kube::HostPathType;
using kube::VolumeMount;

bool is_path_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
         c == '-' || c == '.';
}

bool mentions(std::string_view text, std::string_view path) {
  for (std::size_t at = text.find(path); at != std::string_view::npos;
       at = text.find(path, at + 1)) {
    const std::size_t end = at + path.size();
    // "unix:///var/run/x" names /var/run/x.
    const bool behind_slash = at > 0 && text[at - 1] == '/';
    const bool of_url = behind_slash && at > 1 && text[at - 2] == '/';
    const bool starts = at == 0 || of_url || !(behind_slash || is_path_character(text[at - 1]));
    if (starts && (end == text.size() || !is_path_character(text[end]))) return true;
  }
  return false;
}

std::optional<std::string> clean_mount_path(const ApiServer& server, std::size_t mount) {
  return kube::clean_path(server.mounts[mount].mount_path);
}

// Whether some other need, or any flag outside the audit table, lives on this mount.
bool serves_something_else(const ApiServer& server, std::size_t mount, const MountNeed& need,
                           std::span<const MountNeed> needs) {
  const bool shared = std::any_of(needs.begin(), needs.end(), [&](const MountNeed& other) {
    if (other == need) return false;
    const auto covering = kube::coverage(other.file, server.mounts, server.volumes);
    return covering && covering->mount == mount;
  });
  const auto path = clean_mount_path(server, mount);
  return shared || !path || is_mentioned(server, *path);
}

bool is_unfit(HostPathType type, const MountNeed& need) {
  if (need.directory) return type != HostPathType::Unset && !kube::wants_directory(type);
  return type != HostPathType::File;
}

// A type that contradicts the need is a slip where the hostPath's name fits. Where it does not, the
// hostPath is probably right about what it is, and the wrong one for this.
bool is_other_kind(const kube::HostPath& host, const MountNeed& need) {
  const bool contradicts =
      need.directory ? is_unfit(host.type, need) : kube::wants_directory(host.type);
  return contradicts && host.type != HostPathType::Invalid &&
         kube::base_name(kube::clean_path(host.path).value_or("")) != kube::base_name(need.path);
}

// Whether a path that nothing serves could be a slip of the pen for the need's: the same base name,
// and for a directory, or a kubeconfig, exactly one component left out or put in.
bool is_slip(const MountNeed& need, std::string_view path) {
  if (kube::base_name(path) != kube::base_name(need.path)) return false;
  return need.purpose == Purpose::Policy || kube::one_component_apart(path, need.path);
}

// A mount that no flag uses and that stands where the setting was until now, or nearly right: the
// circulating mistake. kubeadm's own mounts are used without a flag.
std::optional<std::size_t> near_miss(const MountNeed& need, const ApiServer& server,
                                     const MountContext& context) {
  const auto is_free = [&](std::size_t i) {
    const auto volume = kube::find_volume(server.volumes, server.mounts[i].name);
    return volume && server.volumes[*volume].host_path && server.mounts[i].sub_path.empty() &&
           !kube::is_kubeadms_volume(server.mounts[i].name) &&
           !serves_something_else(server, i, need, context.needs);
  };
  std::optional<std::size_t> slip;
  for (std::size_t i = 0; i < server.mounts.size(); ++i) {
    const auto path = clean_mount_path(server, i);
    if (!path) continue;
    if (context.abandoned_path == *path && is_free(i)) return i;
    if (!slip && is_slip(need, *path) && is_free(i)) slip = i;
  }
  return slip;
}

bool is_mounted_elsewhere(const ApiServer& server, std::string_view volume) {
  return std::any_of(server.foreign_mounts.begin(), server.foreign_mounts.end(),
                     [&](const kube::ForeignMount& m) { return m.mount.name == volume; });
}

// The mount stands exactly at the need's path.
MountState assess_exact(const MountNeed& need, const ApiServer& server, const MountContext& context,
                        const Coverage& serving) {
  const VolumeMount& mount = server.mounts[serving.mount];
  const auto verdict = [&](MountVerdict v) {
    return MountState{v, serving.mount, serving.volume, serving.host};
  };
  if (!serving.volume) return verdict(MountVerdict::VolumeMissing);
  const auto& host_path = server.volumes[*serving.volume].host_path;
  // What another container, an init container say, can write there is its business.
  if (!host_path && !need.writable && is_mounted_elsewhere(server, mount.name))
    return verdict(MountVerdict::Served);
  if (!host_path || !serving.host) return verdict(MountVerdict::NotFromHost);
  if (context.wanted_host_path && serving.host != context.wanted_host_path)
    return verdict(MountVerdict::OtherHostPath);
  if (need.writable && mount.read_only) return verdict(MountVerdict::ReadOnly);
  // With a subPath the type speaks of the Volume's own path, not of what is mounted.
  const bool whole = mount.sub_path.empty() && !mount.has_sub_path_expr;
  if (whole && is_other_kind(*host_path, need)) return verdict(MountVerdict::OtherKind);
  if (whole && is_unfit(host_path->type, need)) return verdict(MountVerdict::TypeUnfit);
  if (!need.writable && !mount.read_only &&
      !serves_something_else(server, serving.mount, need, context.needs)) {
    return verdict(MountVerdict::Writable);
  }
  return verdict(MountVerdict::Served);
}

// The mount stands further up.
MountState assess_wider(const MountNeed& need, const ApiServer& server, const MountContext& context,
                        const Coverage& wider, std::optional<std::string> location) {
  const VolumeMount& mount = server.mounts[wider.mount];
  const auto verdict = [&](MountVerdict v) {
    return MountState{v, wider.mount, wider.volume, location};
  };
  const bool from_elsewhere = wider.volume && !server.volumes[*wider.volume].host_path;
  if (from_elsewhere && !need.writable && is_mounted_elsewhere(server, mount.name))
    return verdict(MountVerdict::Served);
  const bool host_wanted = context.wanted_host_path && location != context.wanted_host_path;
  const HostPathType type =
      location ? server.volumes[*wider.volume].host_path->type : HostPathType::Invalid;
  const bool is_directory = type == HostPathType::Unset || kube::wants_directory(type);
  if (location && is_directory && !host_wanted && !(need.writable && mount.read_only)) {
    const bool policy_directory =
        clean_mount_path(server, wider.mount) == kube::parent_path(need.path);
    if (need.purpose == Purpose::Policy && !mount.read_only && policy_directory &&
        !serves_something_else(server, wider.mount, need, context.needs)) {
      return verdict(MountVerdict::Writable);
    }
    return verdict(MountVerdict::Served);
  }
  if (location && !is_directory && type != HostPathType::Invalid)
    return verdict(MountVerdict::OtherKind);
  // Inside a read-only mount the mount point must be there already (runc does not make it): it is
  // if the new mount has the very directory of the host that lies there.
  const std::string host = context.wanted_host_path.value_or(need.path);
  const bool can_start = !mount.read_only || location == host;
  return verdict(can_start ? MountVerdict::WiderUnfit : MountVerdict::WiderInTheWay);
}

}  // namespace

HostPathType wanted_type(const MountNeed& need) {
  return need.directory ? HostPathType::DirectoryOrCreate : HostPathType::File;
}

bool volume_is_exclusive(const ApiServer& server, std::size_t volume, std::size_t mount) {
  const std::string& name = server.volumes[volume].name;
  for (std::size_t i = 0; i < server.mounts.size(); ++i) {
    if (i != mount && server.mounts[i].name == name) return false;
  }
  return std::none_of(server.foreign_mounts.begin(), server.foreign_mounts.end(),
                      [&](const kube::ForeignMount& m) { return m.mount.name == name; });
}

bool hides_the_image(std::string_view directory, const ApiServer& server) {
  static constexpr std::array<std::string_view, 13> kOfTheImage{
      "/",         "/bin",     "/sbin",      "/lib",           "/lib64", "/usr", "/usr/bin",
      "/usr/sbin", "/usr/lib", "/usr/local", "/usr/local/bin", "/etc",   "/home"};
  if (std::find(kOfTheImage.begin(), kOfTheImage.end(), directory) != kOfTheImage.end())
    return true;
  for (std::string_view system : {"/proc", "/sys", "/dev"}) {
    if (kube::is_at_or_below(directory, system)) return true;
  }
  return !server.arguments.empty() && server.arguments[0].value.starts_with('/') &&
         kube::is_at_or_below(kube::clean_path(server.arguments[0].value).value_or(""), directory);
}

bool is_mounted_directory(const ApiServer& server, const MountState& state) {
  if (!state.mount || !state.volume) return false;
  const auto& host = server.volumes[*state.volume].host_path;
  return host && kube::wants_directory(host->type) && server.mounts[*state.mount].sub_path.empty();
}

bool is_mentioned(const ApiServer& server, std::string_view path) {
  // The program's own words: go-runner's --log-file.
  for (std::size_t i = 0; i < server.command_line.first_flag && i < server.arguments.size(); ++i) {
    if (mentions(server.arguments[i].value, path)) return true;
  }
  for (const kube::Flag& flag : server.command_line.flags) {
    if (mentions(flag.value, path) && audit::find_flag(flag.name) == nullptr) return true;
  }
  return std::any_of(server.env.begin(), server.env.end(),
                     [&](const auto& variable) { return mentions(variable.second, path); });
}

ApiServer mounts_of(const ApiServer& server) {
  ApiServer copy;
  copy.volumes = server.volumes;
  copy.mounts = server.mounts;
  copy.foreign_mounts = server.foreign_mounts;
  copy.env = server.env;
  copy.arguments = server.arguments;
  copy.command_line.first_flag = server.command_line.first_flag;
  for (const kube::Flag& flag : server.command_line.flags) {
    if (flag.value.find('/') != std::string::npos) copy.command_line.flags.push_back(flag);
  }
  return copy;
}

MountState assess(const MountNeed& need, const ApiServer& server, const MountContext& context) {
  const auto on_file = kube::coverage(need.file, server.mounts, server.volumes);
  if (need.directory && on_file && on_file->exact)
    return {MountVerdict::MountedAsFile, on_file->mount, on_file->volume, on_file->host};
  const auto serving = kube::coverage(need.path, server.mounts, server.volumes);
  if (serving && serving->exact) return assess_exact(need, server, context, *serving);
  // A mount at "/" or the like serves everything and is meant for nothing; the near miss comes
  // first only where nothing serves at all.
  if (serving) return assess_wider(need, server, context, *serving, serving->host);
  if (const auto near = near_miss(need, server, context)) {
    return {MountVerdict::NearMiss,
            near,
            kube::find_volume(server.volumes, server.mounts[*near].name),
            {}};
  }
  return {MountVerdict::Missing, {}, {}, {}};
}

}  // namespace kaudit::check
