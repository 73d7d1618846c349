#include "check/check_mounts.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "audit/mount_need.h"
#include "check/mount_state.h"
#include "kube/node_paths.h"

namespace kaudit::check {
namespace {

using audit::AuditFlag;
using audit::MountNeed;
using audit::Purpose;
using kube::ApiServer;
using kube::Volume;
using kube::VolumeMount;

constexpr std::string_view kEnable = "run kaudit enable";
// A maxsize from here on means that nobody wants rotation: GCE's manifests say 2,000,000,000.
constexpr std::int64_t kNeverReached = 1'000'000;  // MiB

std::string_view not_mounted(Purpose purpose) {
  switch (purpose) {
    case Purpose::Policy:
      return "policy-not-mounted";
    case Purpose::Log:
      return "log-not-mounted";
    case Purpose::WebhookConfig:
      return "webhook-config-not-mounted";
    case Purpose::WebhookCredential:
      return "webhook-credentials-not-mounted";
  }
  return "";
}

// What becomes of a log whose directory is not on the host (audit.go, ensureLogFile; lumberjack's
// openNew makes the directory before 1.22).
std::string lost_log(const kube::KubernetesVersion& version) {
  const bool needs_directory =
      version >= kube::KubernetesVersion{1, 22, {}} && version < kube::KubernetesVersion{1, 25, {}};
  return needs_directory ? "the container has no such directory, and the API server will not start"
                         : "the log stays in the container and is lost with it";
}

class NeedChecker {
 public:
  NeedChecker(const ApiServer& server, const audit::AuditSettings& settings,
              const kube::KubernetesVersion& version,
              const std::vector<audit::ReferredFile>& webhook_files, FindingList& found)
      : server_(server),
        settings_(settings),
        version_(version),
        needs_(audit::mount_needs(settings, webhook_files)),
        found_(found) {}

  void run() {
    for (const MountNeed& need : needs_) {
      // A path with a slash behind it is no file's, and nobody can tell what was meant.
      if (need.purpose == Purpose::Log && settings_.log_path().ends_with('/')) continue;
      const MountState state = assess(need, server_, {needs_, {}, {}});
      add_verdict(need, state);
      check_sub_path(need);
      if (need.purpose == Purpose::Log) check_user(need, state);
    }
    check_shared_mount();
  }

 private:
  std::optional<text::Span> flag_place(const MountNeed& need) const {
    return server_.value_span(audit::name_of(need.flag));
  }

  // A finding at the flag's value or at the mount, with the other one related.
  Finding& add(std::string_view id, const MountNeed& need, std::optional<text::Span> place,
               std::string_view message, std::string_view consequence, std::string_view fix) {
    Finding& finding = found_.add(id, place, need.path, message, consequence, fix);
    const auto flag = flag_place(need);
    if (flag && place != flag) {
      finding.related.push_back({*flag, fmt::format("{} is named here", describe(need.purpose))});
    }
    return finding;
  }

  std::string lost(const MountNeed& need) const {
    return need.purpose == Purpose::Log
               ? lost_log(version_)
               : "the API server does not find the file and will not start";
  }

  void add_verdict(const MountNeed& need, const MountState& state) {
    const std::string fix(kEnable);
    const std::string what(audit::describe(need.purpose));
    const auto mount = [&]() -> const VolumeMount& { return server_.mounts[*state.mount]; };
    switch (state.verdict) {
      case MountVerdict::Served:
        if (need.purpose == Purpose::Policy && !mount().read_only)
          add_writable(need, mount(), "mount the policy by itself, read-only");
        return;
      case MountVerdict::VolumeMissing:  // said by check_mount_lists
      case MountVerdict::OtherHostPath:  // only against an operator's wish
        return;
      case MountVerdict::Missing:
        // read-only-root-filesystem says more about a log.
        if (need.purpose == Purpose::Log && server_.read_only_root) return;
        add(not_mounted(need.purpose), need, flag_place(need),
            fmt::format("no mount covers {} {}", what, need.path), lost(need),
            need.directory && hides_the_image(need.path, server_)
                ? "give the log a directory of its own, such as /var/log/kubernetes/audit"
                : fix);
        return;
      case MountVerdict::NearMiss:
        add("mount-near-miss", need, mount().path_span,
            fmt::format("the mount {} misses {} {}", mount().mount_path, what, need.path),
            lost(need), fix);
        return;
      case MountVerdict::NotFromHost:
      case MountVerdict::WiderUnfit:
      case MountVerdict::WiderInTheWay:
        add_unfit(need, state);
        return;
      case MountVerdict::ReadOnly:
        add("log-mount-read-only", need, mount().read_only_span,
            fmt::format("the mount {} is read-only", mount().mount_path),
            std::string(unwritable_log(version_)), fix);
        return;
      case MountVerdict::Writable:
        add_writable(need, mount(), kEnable);
        return;
      case MountVerdict::MountedAsFile:
        add_mounted_as_file(need, state);
        return;
      case MountVerdict::TypeUnfit:
        add_type(need, state);
        return;
      case MountVerdict::OtherKind:
        add_other_kind(need, state);
        return;
    }
  }

  void add_writable(const MountNeed& need, const VolumeMount& mount, std::string_view fix) {
    add("policy-mount-writable", need, mount.read_only_span,
        fmt::format("the mount of {} {} is writable", audit::describe(need.purpose),
                    mount.mount_path),
        "a compromised API server could change what is recorded", std::string(fix));
  }

  void add_unfit(const MountNeed& need, const MountState& state) {
    const VolumeMount& mount = server_.mounts[*state.mount];
    const std::string what(audit::describe(need.purpose));
    const bool exact = state.verdict == MountVerdict::NotFromHost;
    if (!exact && need.writable && mount.read_only) {
      add("log-mount-read-only", need, mount.read_only_span,
          fmt::format("{} {} lies in the read-only mount {}", what, need.path, mount.mount_path),
          std::string(unwritable_log(version_)), std::string(kEnable));
      return;
    }
    // A hostPath that leads nowhere is a finding of its own.
    if (state.volume && server_.volumes[*state.volume].host_path && !state.host) return;
    if (need.purpose == Purpose::Log && state.volume &&
        server_.volumes[*state.volume].source == "emptyDir") {
      add("empty-dir-log", need, mount.name_span,
          fmt::format("{} {} lies in the emptyDir '{}'", what, need.path, mount.name),
          "it is deleted with its Pod, and the log with it", std::string(kEnable));
      return;
    }
    const std::string message =
        exact ? fmt::format("the mount of {} {} is not from the host", what, need.path)
              : fmt::format("{} {} lies in the mount {}, which is not from the host", what,
                            need.path, mount.mount_path);
    add(not_mounted(need.purpose), need, mount.name_span, message, lost(need),
        std::string(kEnable));
  }

  // The log's path is a mount of its own: a file, or what was taken for the log's directory.
  void add_mounted_as_file(const MountNeed& need, const MountState& state) {
    const VolumeMount& mount = server_.mounts[*state.mount];
    if (is_mounted_directory(server_, state)) {
      found_
          .add("log-path-is-directory", flag_place(need), need.file,
               fmt::format("the log path {} is a mounted directory", need.file),
               "the API server cannot open it as a file",
               fmt::format("give the path of a file in it, such as {}/audit.log", need.file))
          .related.push_back({mount.path_span, "it is mounted here"});
      return;
    }
    Finding& finding = found_.add("log-mounted-as-file", mount.path_span, need.file,
                                  fmt::format("the log file {} is mounted by itself", need.file),
                                  "rotation cannot rename it, and events are lost from then on",
                                  std::string(kEnable));
    if (const auto flag = flag_place(need))
      finding.related.push_back({*flag, "the log file is named here"});
    const auto size = settings_.integer(AuditFlag::LogMaxSize, version_);
    const bool no_rotation =
        size &&
        (*size >= kNeverReached || (*size == 0 && version_ >= kube::KubernetesVersion{1, 36, {}}));
    if (!no_rotation) return;
    finding.severity = Severity::Warning;
    finding.consequence = "it can never be rotated, and grows until the disk is full";
  }

  void add_other_kind(const MountNeed& need, const MountState& state) {
    const kube::HostPath& host = *server_.volumes[*state.volume].host_path;
    Finding& finding = found_.add(
        "host-path-type-unfit", host.type_span, host.path,
        fmt::format("the hostPath {} has type {} and cannot be {} {}", host.path,
                    kube::to_string(host.type), audit::describe(need.purpose), need.path),
        "the API server does not find what it needs, or the kubelet cannot mount it",
        "correct the path or the type of that volume, or the name in its mount");
    finding.related.push_back({server_.mounts[*state.mount].path_span, "it is mounted here"});
  }

  void add_type(const MountNeed& need, const MountState& state) {
    const kube::HostPath& host = *server_.volumes[*state.volume].host_path;
    const bool is_pod = server_.kind == kube::DocumentKind::Pod;
    const std::string fix =
        fmt::format("set {}: {}", is_pod ? "type" : "pathType", kube::to_string(wanted_type(need)));
    if (host.type == kube::HostPathType::Invalid) return;  // said by check_mount_lists
    if (host.type == kube::HostPathType::Unset) {
      found_.add("host-path-type-unset", host.type_span, host.path,
                 fmt::format("the hostPath {} has no type", host.path),
                 "if the file is missing, the container runtime makes a directory of it", fix);
      return;
    }
    found_.add("host-path-type-unfit", host.type_span, host.path,
               fmt::format("the hostPath {} has type {}", host.path, kube::to_string(host.type)),
               need.directory ? "the kubelet cannot mount the log's directory"
                              : "the API server may start with an empty policy, or not at all",
               fix);
  }

  void check_sub_path(const MountNeed& need) {
    const auto covering = kube::coverage(need.file, server_.mounts, server_.volumes);
    if (need.writable || !covering) return;
    const VolumeMount& mount = server_.mounts[covering->mount];
    if (mount.sub_path.empty() && !mount.has_sub_path_expr) return;
    add("sub-path-pins-file", need, mount.sub_path_span,
        fmt::format("{} {} is mounted with a subPath", describe(need.purpose), need.path),
        "a file that is replaced on the host is not seen until the Pod is made anew",
        "mount the file by its own hostPath");
  }

  void check_user(const MountNeed& need, const MountState& state) {
    if (!server_.other_user || !state.volume) return;
    const auto& host = server_.volumes[*state.volume].host_path;
    if (!host || host->type != kube::HostPathType::DirectoryOrCreate) return;
    found_
        .add("run-as-non-root-log", server_.other_user, need.path,
             fmt::format("the API server runs as user {}, and the kubelet makes {} for root",
                         server_.run_as_user, host->path),
             "unless the directory is there with another owner, the log cannot be written",
             fmt::format("make it before: install -d -m 0700 -o {} {}", server_.run_as_user,
                         host->path))
        .related.push_back({host->path_span, "the log's directory"});
  }

  void check_shared_mount() {
    const auto mount_of = [&](Purpose purpose) -> std::optional<std::size_t> {
      const auto need = std::find_if(needs_.begin(), needs_.end(),
                                     [&](const MountNeed& n) { return n.purpose == purpose; });
      if (need == needs_.end()) return {};
      const auto covering = kube::coverage(need->file, server_.mounts, server_.volumes);
      return covering ? std::optional(covering->mount) : std::nullopt;
    };
    const auto policy = mount_of(Purpose::Policy);
    if (!policy || policy != mount_of(Purpose::Log) || server_.mounts[*policy].read_only) return;
    const VolumeMount& mount = server_.mounts[*policy];
    Finding& finding =
        found_.add("policy-log-share-mount", mount.path_span, mount.mount_path,
                   fmt::format("the policy {} and the log {} lie in one mount, {}",
                               settings_.policy_file(), settings_.log_path(), mount.mount_path),
                   "a compromised API server could change what is recorded",
                   "keep the policy in a directory of its own, mounted read-only");
    for (AuditFlag flag : {AuditFlag::PolicyFile, AuditFlag::LogPath}) {
      if (const auto place = server_.value_span(audit::name_of(flag)))
        finding.related.push_back({*place, "it is named here"});
    }
  }

  const ApiServer& server_;
  const audit::AuditSettings& settings_;
  const kube::KubernetesVersion& version_;
  std::vector<MountNeed> needs_;
  FindingList& found_;
};

// What the kubelet rejects (pkg/apis/core/validation, ValidateVolumes, ValidateVolumeMounts,
// validateHostPathVolumeSource), and what the runtime does with the rest.
class ListChecker {
 public:
  ListChecker(const ApiServer& server, FindingList& found) : server_(server), found_(found) {}

  void run() {
    std::map<std::string_view, const Volume*> names;
    for (const Volume& volume : server_.volumes) check_volume(volume, names);
    std::map<std::string, const VolumeMount*, std::less<>> raw;
    std::map<std::string, const VolumeMount*, std::less<>> clean;
    // The implied ones first: what collides with one is what the document has.
    const auto implied = std::find_if(server_.mounts.begin(), server_.mounts.end(),
                                      [](const VolumeMount& mount) { return mount.implied; });
    for (auto mount = implied; mount != server_.mounts.end(); ++mount)
      check_mount_path(*mount, raw, clean);
    for (auto at = server_.mounts.begin(); at != implied; ++at) {
      const VolumeMount& mount = *at;
      if (!names.contains(mount.name)) {
        found_.add("mount-without-volume", mount.name_span, mount.name,
                   fmt::format("the mount {} names the volume '{}', which the Pod does not have",
                               mount.mount_path, mount.name),
                   "the kubelet rejects the Pod", "add the volume or remove the mount");
      }
      check_mount_path(mount, raw, clean);
    }
    check_nesting(clean);
    check_unused();
  }

 private:
  void check_volume(const Volume& volume, std::map<std::string_view, const Volume*>& names) {
    if (!kube::is_dns1123_label(volume.name)) {
      found_.add("volume-name-invalid", volume.name_span, volume.name,
                 fmt::format("'{}' is no valid volume name", volume.name),
                 "the kubelet rejects the Pod", "use lower-case letters, digits and '-'");
    }
    const auto [first, is_new] = names.emplace(volume.name, &volume);
    if (!is_new) {
      found_
          .add("volume-name-duplicate", volume.name_span, volume.name,
               fmt::format("two volumes are named '{}'", volume.name),
               "the kubelet rejects the Pod", "rename one of them")
          .related.push_back({first->second->name_span, "the other one"});
    }
    if (volume.host_path) check_host_path(volume, *volume.host_path);
  }

  void check_host_path(const Volume& volume, const kube::HostPath& host) {
    const auto add = [&](std::string_view id, text::Span place, std::string_view why,
                         std::string_view consequence, std::string_view fix) {
      found_.add(id, place, volume.name,
                 fmt::format("the hostPath '{}' of volume '{}' {}", host.path, volume.name, why),
                 std::string(consequence), std::string(fix));
    };
    constexpr std::string_view kRejected = "the kubelet rejects the Pod";
    if (host.type == kube::HostPathType::Invalid) {
      add("host-path-invalid", host.type_span,
          fmt::format("has the unknown type '{}'", host.unknown_type), kRejected,
          "write it as Kubernetes spells it, for instance DirectoryOrCreate");
    }
    if (host.path.empty()) {
      add("host-path-invalid", host.path_span, "is empty", kRejected, "give a path");
    } else if (!kube::clean_path(host.path)) {
      add("host-path-dotdot", host.path_span, "has a '..' element", kRejected,
          "write the path out");
    } else if (!host.path.starts_with('/')) {
      add("host-path-invalid", host.path_span, "is not an absolute path",
          "it is taken from the working directory of the container runtime",
          "write the path out, beginning with '/'");
    }
  }

  static std::string described(const VolumeMount& mount, std::string_view what) {
    return mount.implied ? fmt::format("kubeadm mounts {} itself", mount.mount_path)
                         : std::string(what);
  }

  void check_mount_path(const VolumeMount& mount,
                        std::map<std::string, const VolumeMount*, std::less<>>& raw,
                        std::map<std::string, const VolumeMount*, std::less<>>& clean) {
    const auto [first, is_new] = raw.emplace(mount.mount_path, &mount);
    if (!is_new) {
      found_
          .add("mount-path-duplicate", mount.path_span, mount.mount_path,
               fmt::format("two mounts have the mountPath {}", mount.mount_path),
               "the kubelet rejects the Pod", "remove one of them")
          .related.push_back(
              {first->second->path_span, described(*first->second, "the other one")});
      return;
    }
    const auto path = kube::clean_path(mount.mount_path);
    if (!path) return;
    if (!mount.mount_path.starts_with('/')) {
      found_.add("mount-path-not-absolute", mount.path_span, mount.mount_path,
                 fmt::format("the mountPath '{}' is not absolute", mount.mount_path),
                 fmt::format("the kubelet mounts it at {}", *path), fmt::format("write {}", *path));
    }
    check_image(mount, *path);
    const auto [same, fresh] = clean.emplace(*path, &mount);
    if (fresh) return;
    Finding& finding = found_.add(
        "mount-shadows", mount.path_span, mount.mount_path,
        fmt::format("the mount {} hides the mount {}", mount.mount_path, same->second->mount_path),
        "only the later one is seen", "remove one of them");
    finding.severity = Severity::Warning;
    finding.related.push_back(
        {same->second->path_span, described(*same->second, "the hidden one")});
    same->second = &mount;
  }

  // The image's own program must not be hidden. Which file of another image runs, nobody knows.
  void check_image(const VolumeMount& mount, std::string_view path) {
    const std::string_view image =
        std::string_view(server_.image).substr(0, server_.image.find('@'));
    const std::string_view name = kube::base_name(image);
    if (!name.starts_with("kube-apiserver") && !name.starts_with("hyperkube")) return;
    const std::size_t words = server_.command_line.first_flag;
    // The element before the flags runs the server; behind hyperkube it is a subcommand.
    const std::size_t runs =
        words > 0 && !server_.arguments[words - 1].value.starts_with('/') ? 0 : words - 1;
    const std::string_view program =
        words == 0 ? std::string_view() : server_.arguments[runs].value;
    const std::string file =
        kube::clean_path(program.starts_with('/') ? program : "/usr/local/bin/kube-apiserver")
            .value_or("/");
    // Somebody who mounts that very file means to replace it.
    if (file == path || !kube::is_at_or_below(file, path)) return;
    found_.add("mount-shadows", mount.path_span, mount.mount_path,
               fmt::format("the mount {} hides the image's {}", mount.mount_path, file),
               "the container cannot start", "mount a directory of its own");
  }

  // runc does not make a mount point inside a read-only mount; it is there if the parent shows the
  // very directory of the host that is mounted.
  void check_nesting(const std::map<std::string, const VolumeMount*, std::less<>>& mounts) {
    for (const auto& [path, mount] : mounts) {
      const VolumeMount* parent = parent_of(path, mounts);
      if (parent == nullptr || !parent->read_only) continue;
      const auto own = location(*mount, path, path);
      const auto in_parent = location(*parent, *kube::clean_path(parent->mount_path), path);
      if (own && own == in_parent) continue;
      found_
          .add("mount-below-read-only-parent", mount->path_span, mount->mount_path,
               fmt::format("the mount {} lies in the read-only mount {}", mount->mount_path,
                           parent->mount_path),
               in_parent
                   ? fmt::format("unless {} is on the host, the container cannot start", *in_parent)
                   : "unless that path is there, the container cannot start",
               in_parent ? fmt::format("make {} on the host, or mount it elsewhere", *in_parent)
                         : "mount it elsewhere")
          .related.push_back({parent->path_span, described(*parent, "the read-only mount")});
    }
  }

  static const VolumeMount* parent_of(
      std::string_view path, const std::map<std::string, const VolumeMount*, std::less<>>& mounts) {
    while (path != "/") {
      path = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
      if (const auto found = mounts.find(path); found != mounts.end()) return found->second;
    }
    return nullptr;
  }

  // Where `path`, at or below the mount point, lies on the host.
  std::optional<std::string> location(const VolumeMount& mount, std::string_view mount_point,
                                      std::string_view path) const {
    const auto volume = kube::find_volume(server_.volumes, mount.name);
    if (!volume || !server_.volumes[*volume].host_path || mount.has_sub_path_expr) return {};
    const std::string_view rest = mount_point == "/" ? path : path.substr(mount_point.size());
    return kube::clean_path(server_.volumes[*volume].host_path->path + "/" + mount.sub_path +
                            std::string(rest));
  }

  void check_unused() {
    std::set<std::string_view> used;
    for (const VolumeMount& mount : server_.mounts) used.insert(mount.name);
    for (const kube::ForeignMount& other : server_.foreign_mounts) used.insert(other.mount.name);
    for (const Volume& volume : server_.volumes) {
      if (used.contains(volume.name)) continue;
      found_.add("volume-unused", volume.name_span, volume.name,
                 fmt::format("no container mounts the volume '{}'", volume.name),
                 "it serves nothing", "mount it, or remove it");
    }
  }

  const ApiServer& server_;
  FindingList& found_;
};

}  // namespace

std::string_view unwritable_log(const kube::KubernetesVersion& version) {
  return version >= kube::KubernetesVersion{1, 22, {}} ? "the API server will not start"
                                                       : "every event is lost";
}

void check_needs(const ApiServer& server, const audit::AuditSettings& settings,
                 const kube::KubernetesVersion& version,
                 const std::vector<audit::ReferredFile>& webhook_files, FindingList& found) {
  NeedChecker(server, settings, version, webhook_files, found).run();
}

void check_mount_lists(const ApiServer& server, FindingList& found) {
  ListChecker(server, found).run();
}

}  // namespace kaudit::check
