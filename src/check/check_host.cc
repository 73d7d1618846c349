#include "check/check_host.h"

#include <fmt/core.h>

#include <algorithm>

#include "audit/mount_need.h"
#include "check/check_api_server.h"
#include "check/rules.h"
#include "kube/node_paths.h"
#include "text/excerpt.h"

namespace kaudit::check {
namespace {

using audit::MountNeed;
using audit::Purpose;
using kube::ApiServer;
using kube::HostPathType;
using Kind = PathFact::Kind;

Finding finding(std::string_view id, std::optional<text::Span> place, std::string subject,
                std::string message, std::string consequence, std::string fix) {
  return {id,
          rule(id).severity,
          place,
          std::move(subject),
          text::one_line(std::move(message)),
          std::move(consequence),
          text::one_line(std::move(fix))};
}

std::optional<text::Span> place_of(const ApiServer& server, const MountNeed& need) {
  return server.value_span(audit::name_of(need.flag));
}

// Root may do everything; anybody else needs the bit of his class (4 reads, 2 writes). Capabilities
// and ACLs are not looked at.
bool may(const ApiServer& server, const PathFact& fact, unsigned bits) {
  if (server.run_as_user == 0) return true;
  const bool is_owner = static_cast<long>(fact.uid) == server.run_as_user;
  const bool is_group = static_cast<long>(fact.gid) == server.run_as_group;
  const unsigned shift = is_owner ? 6 : is_group ? 3 : 0;
  return (fact.mode >> shift & bits) == bits;
}

void check_policy(const ApiServer& server, const MountNeed& need, const std::string& path,
                  const HostFacts& facts, std::vector<Finding>& found) {
  const PathFact fact = facts.at(path);
  const std::string shown = facts.shown(path);
  constexpr std::string_view kConsequence = "the API server will not start";
  const auto add = [&](std::string_view id, std::string message, std::string fix) {
    found.push_back(finding(id, place_of(server, need), path, std::move(message),
                            std::string(kConsequence), std::move(fix)));
  };
  if (fact.kind == Kind::Missing) {
    add("policy-file-missing", fmt::format("the policy file {} is not on this host", shown),
        "write an audit policy there first (a later release of kaudit will do it with "
        "--policy-from)");
  } else if (fact.kind == Kind::Directory) {
    add("policy-file-is-directory",
        fmt::format("the policy file {} is a directory on this host", shown),
        "remove the directory, which a container runtime may have made, and write an audit policy "
        "there");
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
}

void check_webhook(const ApiServer& server, const MountNeed& need, const std::string& path,
                   const HostFacts& facts, std::vector<Finding>& found) {
  const PathFact fact = facts.at(path);
  if (need.purpose == Purpose::WebhookConfig && facts.webhook_config_problem) {
    found.push_back(finding("webhook-config-invalid", place_of(server, need), path,
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
      finding(id, place_of(server, need), path,
              need.purpose == Purpose::WebhookConfig
                  ? fmt::format("the webhook's kubeconfig {} {}", facts.shown(path), what)
                  : fmt::format("the file {}, which the webhook's kubeconfig names, {}",
                                facts.shown(path), what),
              "the API server will not start", "put it there first"));
}

// From 1.22 on the API server opens its log at start (audit.go, ensureLogFile).
void check_log(const ApiServer& server, const MountNeed& need, const std::string& path,
               const HostFacts& facts, std::vector<Finding>& found) {
  const std::string directory = kube::parent_path(path);
  const PathFact holder = facts.at(directory);
  if (facts.at(path).kind == Kind::Directory) {
    found.push_back(
        finding("log-path-is-directory", place_of(server, need), path,
                fmt::format("the log file {} is a directory on this host", facts.shown(path)),
                "the API server will not start", "give the path of a file"));
  } else if (holder.kind == Kind::Directory && !may(server, holder, 3)) {
    found.push_back(finding(
        "log-directory-not-writable-by-user", place_of(server, need), directory,
        fmt::format("the API server runs as user {} and may not write {} (mode {:04o}, owner {})",
                    server.run_as_user, facts.shown(directory), holder.mode, holder.uid),
        "the API server will not start",
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
    found.push_back(finding("host-path-missing", volume.host_path->path_span, *path,
                            fmt::format("{} {}, and its type is {}", facts.shown(*path), *problem,
                                        kube::to_string(volume.host_path->type)),
                            "the kubelet cannot mount it, and the API server will not start",
                            "make it, or correct the volume"));
  }
}

std::vector<MountNeed> needs_of(const ApiServer& server,
                                const std::vector<audit::ReferredFile>& webhook_files) {
  return audit::mount_needs(effective_settings(server), webhook_files);
}

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
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

std::vector<Finding> check_siblings(const HostFacts& facts) {
  std::vector<Finding> found;
  for (const std::string& sibling : facts.siblings) {
    found.push_back(
        finding("sibling-manifest", {}, sibling, fmt::format("{} defines the same Pod", sibling),
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

std::optional<Finding> check_log_deletion(const ApiServer& server, const LogDeletionFact& fact) {
  if (fact.count == 0) return {};
  return finding("retention-would-delete", server.value_span("audit-log-path"), "audit-log-maxage",
                 fmt::format("the limits would make the API server delete {} rotated log{} on this "
                             "host, the oldest of {}",
                             fact.count, fact.count == 1 ? "" : "s", fact.oldest),
                 "they are gone within seconds of its start",
                 "move them elsewhere, give larger limits, or accept it with --allow-log-deletion");
}

}  // namespace kaudit::check
