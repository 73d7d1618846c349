#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>

#include "audit/mount_need.h"
#include "check/check_api_server.h"
#include "check/check_flags.h"
#include "check/mount_state.h"
#include "edit/plan.h"
#include "kube/node_paths.h"

namespace kaudit::edit {
namespace {

using kube::ApiServer;
using kube::Flag;
using text::Result;

// Of the files that only the webhook's kubeconfig knows: named by kaudit itself.
bool is_webhook_credential(const ApiServer& server, std::size_t mount) {
  static constexpr std::array<std::string_view, 4> kNames{
      "audit-webhook-ca", "audit-webhook-client-cert", "audit-webhook-client-key",
      "audit-webhook-token"};
  const auto named = [&](std::string_view name) {
    const std::string_view is = server.mounts[mount].name;
    return is == name ||
           (is.starts_with(name) && is.size() > name.size() + 1 && is[name.size()] == '-' &&
            is.find_first_not_of("0123456789", name.size() + 1) == std::string_view::npos);
  };
  return std::any_of(kNames.begin(), kNames.end(), named);
}

class Disabler {
 public:
  Disabler(const ApiServer& server, const PlanRequest& request)
      : server_(server), request_(request) {}

  Plan run() {
    remove_flags();
    find_mounts();
    remove_mounts();
    if (server_.policy_sha256) {
      plan_.changes.push_back(RemoveAnnotation{});
      removed(fmt::format("annotation {}", kube::kPolicyAnnotation), "it belongs to auditing");
    }
    return std::move(plan_);
  }

 private:
  void removed(std::string what, std::string why) {
    plan_.steps.push_back({Step::Action::Removed, std::move(what), std::move(why)});
  }

  void remove_flags() {
    for (const Flag& flag : server_.command_line.flags) {
      const audit::FlagInfo* info = audit::find_flag(flag.name);
      if (info == nullptr) {
        if (flag.name.starts_with("audit-"))
          plan_.steps.push_back({Step::Action::LeftAlone, fmt::format("--{}", flag.spelling),
                                 "kaudit does not know it"});
        continue;
      }
      plan_.changes.push_back(RemoveArgument{flag.argument});
      if (flag.value_argument != flag.argument)
        plan_.changes.push_back(RemoveArgument{flag.value_argument});
      // "false" behind a bare bool flag was meant as its value, and means nothing without it.
      if (const auto stray = check::stray_value_of(server_, flag))
        plan_.changes.push_back(RemoveArgument{*stray});
      removed(flag.form == kube::FlagForm::Bare ? fmt::format("--{}", flag.spelling)
                                                : fmt::format("--{}={}", flag.spelling, flag.value),
              "an audit flag");
      add_paths(*info, flag.value);
    }
  }

  // The places at which a mount serves this value alone: the file, or the log's directory.
  void add_paths(const audit::FlagInfo& info, std::string_view value) {
    audit::AuditSettings one;
    one.set(info.flag, std::string(value));
    for (const audit::MountNeed& need : audit::mount_needs(one, request_.webhook_files)) {
      paths_.insert(need.path);
      paths_.insert(need.file);
      const auto covering = kube::coverage(need.path, server_.mounts, server_.volumes);
      if (need.purpose == audit::Purpose::Policy && covering) plan_.policy_on_host = covering->host;
      if (need.purpose == audit::Purpose::Log && covering)
        plan_.log_directory_on_host = covering->host;
    }
    has_webhook_ = has_webhook_ || info.flag == audit::AuditFlag::WebhookConfigFile;
  }

  bool goes(std::size_t mount) const {
    const auto path = kube::clean_path(server_.mounts[mount].mount_path);
    if (!path || kube::is_kubeadms_volume(server_.mounts[mount].name)) return false;
    const bool ours =
        paths_.contains(*path) || (has_webhook_ && is_webhook_credential(server_, mount));
    return ours && !check::is_mentioned(server_, *path);
  }

  void find_mounts() {
    for (std::size_t i = 0; i < server_.mounts.size(); ++i) {
      if (goes(i)) leaving_.insert(i);
    }
    // A mount inside one that goes needs it as its mount point.
    for (std::size_t i = 0; i < server_.mounts.size(); ++i) {
      const auto inner = kube::clean_path(server_.mounts[i].mount_path);
      if (leaving_.contains(i) || !inner) continue;
      std::erase_if(leaving_, [&](std::size_t outer) {
        return kube::is_at_or_below(*inner, *kube::clean_path(server_.mounts[outer].mount_path));
      });
    }
  }

  bool stays_mounted(const std::string& volume) const {
    for (std::size_t i = 0; i < server_.mounts.size(); ++i) {
      if (!leaving_.contains(i) && server_.mounts[i].name == volume) return true;
    }
    return std::any_of(server_.foreign_mounts.begin(), server_.foreign_mounts.end(),
                       [&](const kube::ForeignMount& m) { return m.mount.name == volume; });
  }

  void remove_mounts() {
    std::set<std::size_t> volumes;
    for (std::size_t i : leaving_) {
      const kube::VolumeMount& mount = server_.mounts[i];
      plan_.changes.push_back(RemoveMount{i});
      removed(fmt::format("mount {} (volume {})", mount.mount_path, mount.name),
              "it served only auditing");
      const auto volume = kube::find_volume(server_.volumes, mount.name);
      if (volume && !stays_mounted(mount.name)) volumes.insert(*volume);
    }
    for (std::size_t i : volumes) plan_.changes.push_back(RemoveVolume{i});
  }

  const ApiServer& server_;
  const PlanRequest& request_;
  Plan plan_;
  std::set<std::string> paths_;
  std::set<std::size_t> leaving_;
  bool has_webhook_ = false;
};

}  // namespace

Result<Plan> plan_disable(const ApiServer& server, const PlanRequest& request) {
  if (Result<void> restarts = check_restarts(server, request); !restarts) {
    return std::unexpected(restarts.error());
  }
  return Disabler(server, request).run();
}

}  // namespace kaudit::edit
