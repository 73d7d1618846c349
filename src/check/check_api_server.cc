#include "check/check_api_server.h"

#include <fmt/core.h>

#include "check/check_flags.h"
#include "check/check_mounts.h"
#include "check/finding_list.h"
#include "kube/node_paths.h"

namespace kaudit::check {
namespace {

using kube::ApiServer;
using kube::Flag;

void check_pod(const ApiServer& server, const audit::AuditSettings& settings,
               const kube::KubernetesVersion& version, FindingList& found) {
  if (server.uid) {
    found.add("static-pod-uid", server.uid, "metadata.uid", "metadata.uid is set",
              "the kubelet does not restart the container when its command changes",
              "remove metadata.uid");
  }
  const std::string_view log = settings.log_path();
  const bool is_file = log.starts_with('/') && !audit::is_unresolved(log);
  const auto path = is_file ? kube::clean_path(log) : std::nullopt;
  if (!server.read_only_root || !path || kube::coverage(*path, server.mounts, server.volumes))
    return;
  found
      .add("read-only-root-filesystem", server.read_only_root, *path,
           fmt::format("readOnlyRootFilesystem is true, and no mount holds the log {}", *path),
           std::string(unwritable_log(version)),
           "run kaudit enable, which mounts the log's directory")
      .related.push_back({*server.value_span("audit-log-path"), "the log is named here"});
}

// Nobody meant the paths of garbled items.
audit::AuditSettings without_garbled(const ApiServer& server, audit::AuditSettings settings) {
  for (const Flag& flag : server.command_line.flags) {
    const audit::FlagInfo* info = audit::find_flag(flag.name);
    if (info != nullptr && is_garbled(server, flag)) settings.erase(info->flag);
  }
  return settings;
}

}  // namespace

audit::AuditSettings settings_of(const kube::CommandLine& line) {
  audit::AuditSettings settings;
  for (const Flag& flag : line.flags) {
    const audit::FlagInfo* info = audit::find_flag(flag.name);
    if (info == nullptr) continue;
    if (flag.form != kube::FlagForm::Bare)
      settings.set(info->flag, std::string(flag.value));
    else if (info->type == audit::FlagType::Bool)
      settings.set(info->flag, "true");
  }
  return settings;
}

audit::AuditSettings effective_settings(const ApiServer& server) {
  return settings_of(server.command_line);
}

std::vector<Finding> check_api_server(const ApiServer& server,
                                      const kube::KubernetesVersion& version,
                                      const std::vector<audit::ReferredFile>& webhook_files) {
  const audit::AuditSettings settings = effective_settings(server);
  FindingList found;
  check_flags(server, settings, version, found);
  check_needs(server, without_garbled(server, settings), version, webhook_files, found);
  check_mount_lists(server, found);
  check_pod(server, settings, version, found);
  return found.take();
}

}  // namespace kaudit::check
