#include "check/check_host.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "audit/mount_need.h"
#include "check/check_api_server.h"
#include "check/check_mounts.h"
#include "check/finding_list.h"
#include "check/running_settings.h"
#include "kube/node_paths.h"
#include "text/shell_word.h"

namespace kaudit::check {
namespace {

using audit::MountNeed;
using audit::Purpose;
using kube::ApiServer;
using kube::HostPathType;
using Kind = PathFact::Kind;

std::optional<text::Span> place_of(const ApiServer& server, const MountNeed& need) {
  return server.value_span(audit::name_of(need.flag));
}

bool is_own_group(const ApiServer& server, std::uint32_t gid) {
  const auto& more = server.supplemental_groups;
  return static_cast<long>(gid) == server.run_as_group ||
         std::find(more.begin(), more.end(), static_cast<long>(gid)) != more.end();
}

// Root may do everything; anybody else needs the bit of his class (4 reads, 2 writes). Capabilities
// and ACLs are not looked at.
bool may(const ApiServer& server, const PathFact& fact, unsigned bits) {
  if (server.run_as_user == 0) return true;
  const bool is_owner = static_cast<long>(fact.uid) == server.run_as_user;
  const bool is_group = is_own_group(server, fact.gid);
  const unsigned shift = is_owner ? 6 : is_group ? 3 : 0;
  return (fact.mode >> shift & bits) == bits;
}

void check_policy(const ApiServer& server, const MountNeed& need, const std::string& path,
                  const HostFacts& facts, std::vector<Finding>& found) {
  const PathFact fact = facts.at(path);
  const std::string shown = facts.shown(path);
  constexpr std::string_view kConsequence = "the API server will not start";
  const auto add = [&](std::string_view id, std::string_view message, std::string_view fix) {
    found.push_back(make_finding(id, place_of(server, need), path, message, kConsequence, fix));
  };
  if (fact.kind == Kind::Missing) {
    // --policy-from writes only together with a manifest that the kubelet runs.
    const bool is_configuration = server.kind == kube::DocumentKind::ClusterConfiguration;
    add("policy-file-missing", fmt::format("the policy file {} is not on this host", shown),
        "write an audit policy there first; " +
            (is_configuration ? "kaudit policy init -o " + text::shell_word(shown)
                              : std::string("kaudit enable --policy-from=preset:recommended")) +
            " does it");
  } else if (fact.kind == Kind::Directory) {
    add("policy-file-is-directory",
        fmt::format("the policy file {} is a directory on this host", shown),
        "if a container runtime made it, remove it and write an audit policy there; otherwise "
        "correct the hostPath");
  } else if (fact.kind == Kind::File && fact.size == 0) {
    add("policy-file-empty", fmt::format("the policy file {} is empty", shown),
        "write an audit policy into it first");
  } else if (fact.kind == Kind::File && !may(server, fact, 4)) {
    add("policy-file-unreadable",
        fmt::format("the API server runs as user {} and may not read the policy file {} (mode "
                    "{:04o}, owner {})",
                    server.run_as_user, shown, fact.mode, fact.uid),
        fmt::format("chown {} {}", server.run_as_user, shown));
  }
  const bool has_content = fact.kind == Kind::File && fact.size > 0;
  const auto problem = has_content && facts.policy ? facts.policy->problem() : std::nullopt;
  if (problem) {
    add("policy-file-invalid",
        fmt::format("the policy file {} cannot be loaded: {}", shown, *problem), "mend it first");
  }
}

void check_webhook(const ApiServer& server, const MountNeed& need, const std::string& path,
                   const HostFacts& facts, std::vector<Finding>& found) {
  const PathFact fact = facts.at(path);
  if (need.purpose == Purpose::WebhookConfig && facts.webhook_config_problem) {
    found.push_back(make_finding("webhook-config-invalid", place_of(server, need), path,
                                 fmt::format("the webhook's kubeconfig {} cannot be loaded: {}",
                                             facts.shown(path), *facts.webhook_config_problem),
                                 "the API server will not start", "mend it first"));
  }
  if (fact.kind == Kind::File || fact.kind == Kind::Unknown) return;
  const std::string_view id = need.purpose == Purpose::WebhookConfig
                                  ? "webhook-config-missing"
                                  : "webhook-credentials-missing";
  const std::string_view what =
      fact.kind == Kind::Missing ? "is not on this host" : "is not a regular file on this host";
  found.push_back(
      make_finding(id, place_of(server, need), path,
                   need.purpose == Purpose::WebhookConfig
                       ? fmt::format("the webhook's kubeconfig {} {}", facts.shown(path), what)
                       : fmt::format("the file {}, which the webhook's kubeconfig names, {}",
                                     facts.shown(path), what),
                   "the API server will not start", "put it there first"));
}

// From 1.22 on the API server opens its log at start (audit.go, ensureLogFile). Before that the
// first event opens it, and what is in the way is renamed, a directory as well (lumberjack 2.0.0,
// openNew; seen with 1.20.2).
bool makes_log_at_start(const ApiServer& server) {
  return server.version.value_or(kube::kNewestKnown) >= kube::KubernetesVersion{1, 22, {}};
}

void check_log(const ApiServer& server, const MountNeed& need, const std::string& path,
               const HostFacts& facts, std::vector<Finding>& found) {
  const std::string directory = kube::parent_path(path);
  const PathFact holder = facts.at(directory);
  if (facts.at(path).kind == Kind::Directory) {
    found.push_back(make_finding(
        "log-path-is-directory", place_of(server, need), path,
        fmt::format("the log file {} is a directory on this host", facts.shown(path)),
        makes_log_at_start(server) ? "the API server will not start"
                                   : "the API server renames it, and writes a log in its place",
        "give the path of a file"));
    if (!makes_log_at_start(server)) found.back().severity = Severity::Warning;
  } else if (holder.kind == Kind::Directory && !may(server, holder, 3)) {
    found.push_back(make_finding(
        "log-directory-not-writable-by-user", place_of(server, need), directory,
        fmt::format("the API server runs as user {} and may not write {} (mode {:04o}, owner {})",
                    server.run_as_user, facts.shown(directory), holder.mode, holder.uid),
        std::string(unwritable_log(server.version.value_or(kube::kNewestKnown))),
        fmt::format("chown {} {}", server.run_as_user, facts.shown(directory))));
  }
}

// pkg/volume/hostpath, checkTypeInternal: what the kubelet finds wrong, or nothing.
std::optional<std::string> type_problem(HostPathType type, const PathFact& fact,
                                        const PathFact& parent) {
  const bool missing = fact.kind == Kind::Missing;
  const auto unless = [&](Kind wanted, std::string_view what) -> std::optional<std::string> {
    if (fact.kind == wanted) return {};
    return fmt::format("is not a {}", what);
  };
  switch (type) {
    case HostPathType::Unset:
    case HostPathType::Invalid:
      return {};
    case HostPathType::DirectoryOrCreate:
      return missing ? std::nullopt : unless(Kind::Directory, "directory");
    case HostPathType::Directory:
      return missing ? "does not exist" : unless(Kind::Directory, "directory");
    case HostPathType::FileOrCreate:
      if (missing)
        return parent.kind == Kind::Missing
                   ? std::optional<std::string>("has no directory to be made in")
                   : std::nullopt;
      return unless(Kind::File, "regular file");
    case HostPathType::File:
      return missing ? "does not exist" : unless(Kind::File, "regular file");
    case HostPathType::Socket:
      return missing ? "does not exist" : unless(Kind::Socket, "socket");
    case HostPathType::CharDevice:
      return missing ? "does not exist" : unless(Kind::CharDevice, "character device");
    case HostPathType::BlockDevice:
      return missing ? "does not exist" : unless(Kind::BlockDevice, "block device");
  }
  return {};
}

void check_types(const ApiServer& server, const HostFacts& facts, std::vector<Finding>& found) {
  for (const kube::Volume& volume : server.volumes) {
    const auto path = volume.host_path ? kube::clean_path(volume.host_path->path) : std::nullopt;
    if (!path || facts.at(*path).kind == Kind::Unknown) continue;
    const bool said = std::any_of(found.begin(), found.end(),
                                  [&](const Finding& f) { return f.subject == *path; });
    const auto problem =
        type_problem(volume.host_path->type, facts.at(*path), facts.at(kube::parent_path(*path)));
    if (said || !problem) continue;
    found.push_back(make_finding("host-path-missing", volume.host_path->path_span, *path,
                                 fmt::format("{} {}, and its type is {}", facts.shown(*path),
                                             *problem, kube::to_string(volume.host_path->type)),
                                 "the kubelet cannot mount it, and the API server will not start",
                                 "make it, or correct the volume"));
  }
}

std::vector<MountNeed> needs_of(const ApiServer& server,
                                const std::vector<audit::ReferredFile>& webhook_files) {
  return audit::mount_needs(effective_settings(server), webhook_files);
}

// Where the mount point of a mount lies on the host, if it lies in a read-only mount from there:
// the runtime cannot make it (runc, libcontainer/rootfs_linux.go, createMountpoint). The mounts of
// one path hide each other and hold none of each other.
std::optional<std::string> mount_point_in_read_only(const ApiServer& server,
                                                    const kube::VolumeMount& inner) {
  const auto path = kube::clean_path(inner.mount_path);
  if (!path) return {};
  std::vector<kube::VolumeMount> others;
  std::copy_if(server.mounts.begin(), server.mounts.end(), std::back_inserter(others),
               [&](const kube::VolumeMount& m) { return kube::clean_path(m.mount_path) != path; });
  const auto outer = kube::coverage(*path, others, server.volumes);
  if (!outer || !others[outer->mount].read_only) return {};
  return outer->host;
}

// Of the mount that such a finding is about.
std::optional<std::string> mount_point_of(const ApiServer& server, const Finding& finding) {
  const auto mount =
      std::find_if(server.mounts.begin(), server.mounts.end(),
                   [&](const kube::VolumeMount& m) { return finding.place == m.path_span; });
  if (mount == server.mounts.end()) return {};
  return mount_point_in_read_only(server, *mount);
}

// "900 MiB", "1.1 GiB". What is needed is rounded up and what there is rounded down, so that two
// sizes of which the first is larger never look the same.
enum class Rounding : std::uint8_t { Up, Down };

std::string size_text(double bytes, Rounding rounding) {
  constexpr double kMiB = 1024.0 * 1024.0;
  constexpr double kGiB = 1024.0 * kMiB;
  const auto rounded = [&](double value) {
    return rounding == Rounding::Up ? std::ceil(value) : std::floor(value);
  };
  if (bytes < kGiB) return fmt::format("{:.0f} MiB", rounded(bytes / kMiB));
  return fmt::format("{:.1f} GiB", rounded(bytes / kGiB * 10) / 10);
}

// "2026-01-31 07:00:00 UTC" of seconds since 1970.
std::string moment(std::int64_t seconds) {
  using std::chrono::floor;
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto midnight = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::hh_mm_ss clock(time - midnight);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

// What is wrong with an API server that works.
class HostAudit {
 public:
  HostAudit(const ApiServer& server, const kube::KubernetesVersion& version, const HostFacts& facts)
      : server_(server), version_(version), facts_(facts), settings_(effective_settings(server)) {}

  std::vector<Finding> run(const std::vector<audit::ReferredFile>& webhook_files) {
    check_manifest();
    check_running();
    for (const MountNeed& need : needs_of(server_, webhook_files)) {
      if (need.purpose == Purpose::Policy) check_use_of_policy(need);
      const auto path = on_host(server_, need.file);
      if (path && need.purpose == Purpose::Policy) check_policy_age(need, *path);
      if (path && need.purpose == Purpose::Log) {
        check_disk_budget(need, *path);
        check_log_directory(need, kube::parent_path(*path));
      }
    }
    return std::move(found_);
  }

 private:
  void add(std::string_view id, std::optional<text::Span> place, std::string subject,
           std::string_view message, std::string_view consequence, std::string_view fix) {
    found_.push_back(make_finding(id, place, std::move(subject), message, consequence, fix));
  }

  bool since(int minor) const { return version_ >= kube::KubernetesVersion{1, minor, {}}; }

  void check_manifest() {
    if (!facts_.manifest || facts_.manifest->kind != Kind::File) return;
    const PathFact& file = *facts_.manifest;
    // CIS 1.1.1: 600 in the benchmarks for 1.24 and newer, 644 in the older ones.
    const std::uint32_t allowed = since(24) ? 0600 : 0644;
    if ((file.mode & ~allowed) != 0) {
      add("manifest-mode", {}, "manifest",
          fmt::format("the manifest has mode {:04o}, and the CIS benchmark asks for {:04o} or "
                      "stricter",
                      file.mode, allowed),
          consequence_of_mode(file.mode), fmt::format("give it mode {:04o} with chmod", allowed));
    }
    if (file.uid != 0 || file.gid != 0) {
      add("manifest-owner", {}, "manifest",
          fmt::format("the manifest belongs to user {} and group {}, not to root and its group",
                      file.uid, file.gid),
          file.uid != 0 ? "its owner can make the API server run anything"
                        : "that group has whatever rights the file's mode gives it",
          "give it to root:root with chown");
    }
  }

  // Of several files that define the Pod another rule tells.
  void check_running() {
    if (!facts_.running || !facts_.siblings.empty()) return;
    const auto flags = differing_flags(expected_settings(server_), *facts_.running);
    if (flags.empty()) return;
    std::string list;
    std::optional<text::Span> place;
    for (const audit::AuditFlag flag : flags) {
      const std::string name(audit::name_of(flag));
      const auto runs_with = facts_.running->value(flag);
      list += list.empty() ? "" : ", ";
      list += runs_with ? fmt::format("--{}={}", name, *runs_with) : fmt::format("no --{}", name);
      if (!place) place = server_.value_span(name);
    }
    add("running-differs", place, "running",
        fmt::format("the API server that runs has {}, unlike the manifest", list),
        "what the manifest says is not in force",
        "wait until the kubelet has restarted the API server, or look why it does not "
        "(journalctl -u kubelet)");
  }

  static std::string consequence_of_mode(std::uint32_t mode) {
    if ((mode & 0022) != 0) return "others than root can make the API server run anything";
    if ((mode & 0044) != 0) return "others than root can read how the API server is run";
    return "the benchmark counts it as a failure";
  }

  // lumberjack.go, millRunOnce: the log and maxbackup rotated ones. Without a limit of the number
  // there is no budget, and another rule says so.
  void check_disk_budget(const MountNeed& need, const std::string& path) {
    const auto backups = settings_.integer(audit::AuditFlag::LogMaxBackup, version_);
    auto megabytes = settings_.integer(audit::AuditFlag::LogMaxSize, version_);
    // 0 is lumberjack's own 100; from 1.36 on it turns rotation off.
    if (megabytes == 0 && !since(36)) megabytes = 100;
    if (!facts_.log_free || !backups || !megabytes || *backups <= 0 || *megabytes <= 0) return;
    const double budget =
        (static_cast<double>(*backups) + 1) * static_cast<double>(*megabytes) * 1024 * 1024;
    const double room =
        static_cast<double>(*facts_.log_free) + static_cast<double>(facts_.log_used);
    if (budget <= room) return;
    add("disk-budget", place_of(server_, need), path,
        fmt::format("the log {} and {} rotated ones of {} MiB may grow to {}, and there is room "
                    "for {}",
                    facts_.shown(path), *backups, *megabytes, size_text(budget, Rounding::Up),
                    size_text(room, Rounding::Down)),
        "the disk is full before the limits delete anything, and events are lost",
        "free space there, or lower --audit-log-maxsize or --audit-log-maxbackup");
  }

  void check_log_directory(const MountNeed& need, const std::string& directory) {
    const PathFact fact = facts_.at(directory);
    // A user that is not root may need its group's way in.
    const bool needs_group = server_.run_as_user != 0 && is_own_group(server_, fact.gid);
    const unsigned others = needs_group ? 0007 : 0077;
    if (fact.kind != Kind::Directory || (fact.mode & others) == 0) return;
    const std::string shown = facts_.shown(directory);
    // ensureLogFile of 1.22 made the log 0600; lumberjack before that makes it 0644.
    add("log-directory-mode", place_of(server_, need), directory,
        fmt::format("the log's directory {} is open to others than its owner (mode {:04o})", shown,
                    fact.mode),
        since(22) ? "others see that there are logs; the logs themselves are private"
                  : "others can read who did what, because the logs have mode 0644",
        "keep the log in a directory of its own that only the API server's user may enter");
    if (!since(22)) found_.back().severity = Severity::Warning;
  }

  void check_policy_age(const MountNeed& need, const std::string& path) {
    const PathFact fact = facts_.at(path);
    if (fact.kind != Kind::File || !facts_.api_server_started) return;
    if (fact.modified <= *facts_.api_server_started) return;
    add("policy-newer-than-process", place_of(server_, need), path,
        fmt::format("the policy file {} was changed at {}, and the API server runs since {}",
                    facts_.shown(path), moment(fact.modified), moment(*facts_.api_server_started)),
        "the change is not in force, because the API server reads its policy only at start",
        fmt::format("kaudit policy install {} restarts it", facts_.shown(path)));
  }

  void check_use_of_policy(const MountNeed& policy) {
    if (!facts_.policy || !facts_.policy->loaded.policy) return;
    const auto host = on_host(server_, policy.file);
    const std::string shown = host ? facts_.shown(*host) : policy.file;
    if (settings_.has_log_backend()) check_strict(audit::AuditFlag::LogMode, shown);
    if (!settings_.has_webhook_backend()) return;
    check_strict(audit::AuditFlag::WebhookMode, shown);
    check_truncation(shown);
  }

  // WithAudit (pkg/endpoints/filters/audit.go) rejects a request only when its RequestReceived
  // event cannot be stored.
  void check_strict(audit::AuditFlag flag, const std::string& policy) {
    constexpr std::string_view kStrict = "blocking-strict";
    if (!facts_.policy->loaded.policy->omits_request_received() ||
        settings_.value(flag) != kStrict || !audit::info(flag).takes_word(kStrict, version_))
      return;
    const std::string name(audit::name_of(flag));
    add("blocking-strict-omits-request-received", server_.value_span(name), name,
        fmt::format("--{}={} has no effect, because the policy {} omits the stage RequestReceived",
                    name, kStrict, policy),
        "a request is served although its event cannot be stored",
        "take RequestReceived out of the policy's omitStages, or choose the mode blocking");
  }

  void check_truncation(const std::string& policy) {
    constexpr auto kTruncate = audit::AuditFlag::WebhookTruncateEnabled;
    if (!facts_.policy->loaded.policy->records_bodies() ||
        settings_.boolean(kTruncate, version_) != false)
      return;
    const std::string config(audit::name_of(audit::AuditFlag::WebhookConfigFile));
    const std::string_view name = audit::name_of(kTruncate);
    add("truncation-off-with-request-bodies", server_.value_span(config), config,
        fmt::format("the policy {} sends bodies of requests to the webhook of --{}={}, and --{} is "
                    "not on",
                    policy, config, settings_.webhook_config_file(), name),
        "a batch that is larger than the receiver takes is refused as a whole, and its events are "
        "lost after the retries",
        fmt::format("set --{}=true", name));
  }

  const ApiServer& server_;
  const kube::KubernetesVersion& version_;
  const HostFacts& facts_;
  audit::AuditSettings settings_;
  std::vector<Finding> found_;
};

}  // namespace

std::optional<std::string> on_host(const ApiServer& server, std::string_view path) {
  const auto covering = kube::coverage(path, server.mounts, server.volumes);
  return covering ? covering->host : std::nullopt;
}

std::vector<std::string> host_paths_to_look_at(
    const ApiServer& server, const std::vector<audit::ReferredFile>& webhook_files) {
  std::vector<std::string> paths;
  const auto add = [&](const std::optional<std::string>& path) {
    if (!path) return;
    paths.push_back(*path);
    paths.push_back(kube::parent_path(*path));
  };
  for (const kube::Volume& volume : server.volumes) {
    if (volume.host_path) add(kube::clean_path(volume.host_path->path));
  }
  for (const MountNeed& need : needs_of(server, webhook_files)) {
    add(on_host(server, need.file));
    add(need.path);
  }
  for (const kube::VolumeMount& mount : server.mounts) add(mount_point_in_read_only(server, mount));
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

std::vector<Finding> check_siblings(const HostFacts& facts) {
  std::vector<Finding> found;
  std::string who;
  if (!facts.runs.empty()) who += fmt::format(", and the kubelet runs {}", facts.runs);
  if (!facts.runs_now.empty() && facts.runs_now != facts.runs)
    who += fmt::format(
        " from its next listing on; the API server that runs now has the settings of "
        "{}",
        facts.runs_now);
  for (const std::string& sibling : facts.siblings) {
    found.push_back(make_finding(
        "sibling-manifest", {}, sibling, fmt::format("{} defines the same Pod{}", sibling, who),
        "the kubelet runs the file whose name sorts last, and may undo every change",
        "stop the kubelet, move that file out of the directory, start the kubelet"));
  }
  return found;
}

std::vector<Finding> check_host(const ApiServer& server,
                                const std::vector<audit::ReferredFile>& webhook_files,
                                const HostFacts& facts) {
  std::vector<Finding> found = check_siblings(facts);
  for (const MountNeed& need : needs_of(server, webhook_files)) {
    const auto path = on_host(server, need.file);
    if (!path) continue;
    if (need.purpose == Purpose::Policy) {
      check_policy(server, need, *path, facts, found);
    } else if (need.purpose == Purpose::Log) {
      check_log(server, need, *path, facts, found);
    } else {
      check_webhook(server, need, *path, facts, found);
    }
  }
  check_types(server, facts, found);
  return found;
}

std::vector<Finding> audit_host(const ApiServer& server, const kube::KubernetesVersion& version,
                                const std::vector<audit::ReferredFile>& webhook_files,
                                const HostFacts& facts) {
  return HostAudit(server, version, facts).run(webhook_files);
}

void settle_nested_mounts(const ApiServer& server, const HostFacts& facts,
                          std::vector<Finding>& findings) {
  std::vector<Finding> settled;
  for (Finding& f : findings) {
    const auto point =
        f.rule == "mount-below-read-only-parent" ? mount_point_of(server, f) : std::nullopt;
    const Kind kind = point ? facts.at(*point).kind : Kind::Unknown;
    if (kind == Kind::Missing) {
      const std::string shown = text::one_line(facts.shown(*point));
      f.severity = Severity::Error;
      f.message += fmt::format(", and its mount point {} is not on this host", shown);
      f.consequence = "the container runtime cannot make it, and the API server will not start";
      f.fix = fmt::format("make {} first, or mount it elsewhere", shown);
    }
    if (kind == Kind::Missing || kind == Kind::Unknown) settled.push_back(std::move(f));
  }
  findings = std::move(settled);
}

std::optional<Finding> check_log_deletion(const ApiServer& server, const LogDeletionFact& fact) {
  if (fact.count == 0) return {};
  return make_finding(
      "retention-would-delete", server.value_span("audit-log-path"), "audit-log-maxage",
      fmt::format("the limits would make the API server delete {} rotated log{} on this "
                  "host, the oldest of {}",
                  fact.count, fact.count == 1 ? "" : "s", fact.oldest),
      "they are gone within seconds of its start",
      "move them elsewhere, give larger limits, or accept it with --allow-log-deletion");
}

void settle_by_host(std::vector<Finding>& findings, const ApiServer& server,
                    const HostFacts& facts) {
  settle_nested_mounts(server, facts, findings);
  // Where the directory is there, its owner is known, and judged by itself.
  std::erase_if(findings, [&](const Finding& finding) {
    const auto host =
        finding.rule == "run-as-non-root-log" ? on_host(server, finding.subject) : std::nullopt;
    return host && facts.at(*host).kind == Kind::Directory;
  });
}

}  // namespace kaudit::check
