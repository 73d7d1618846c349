// What every plan shares; the decisions are in plan_enable.cc and plan_disable.cc.

#include "edit/plan.h"

#include <fmt/core.h>

namespace kaudit::edit {
namespace {

struct Printer {
  std::string operator()(const InsertArgument& c) const {
    return fmt::format("argument before {}{}: + {}", c.before, c.in_args ? " in args" : "", c.text);
  }
  std::string operator()(const SetArgument& c) const {
    return fmt::format("argument {}: = {}", c.argument, c.text);
  }
  std::string operator()(const RemoveArgument& c) const {
    return fmt::format("argument {}: -", c.argument);
  }
  std::string operator()(const InsertVolume& c) const {
    return fmt::format("volume before {}: + {} {} {}", c.before, c.name, c.host_path,
                       kube::to_string(c.type));
  }
  std::string operator()(const SetVolume& c) const {
    std::string out = fmt::format("volume {}:", c.volume);
    if (c.host_path) out += " path=" + *c.host_path;
    if (c.type) out += fmt::format(" type={}", kube::to_string(*c.type));
    return out;
  }
  std::string operator()(const RemoveVolume& c) const {
    return fmt::format("volume {}: -", c.volume);
  }
  std::string operator()(const InsertMount& c) const {
    return fmt::format("mount before {}: + {} {}{}", c.before, c.mount_path, c.name,
                       c.read_only ? " read-only" : "");
  }
  std::string operator()(const SetMount& c) const {
    std::string out = fmt::format("mount {}:", c.mount);
    if (c.mount_path) out += " mountPath=" + *c.mount_path;
    if (c.name) out += " name=" + *c.name;
    if (c.read_only) out += fmt::format(" readOnly={}", *c.read_only);
    return out;
  }
  std::string operator()(const RemoveMount& c) const { return fmt::format("mount {}: -", c.mount); }
  std::string operator()(const SetAnnotation& c) const {
    return fmt::format("annotation {}: = {}", kube::kPolicyAnnotation, c.value);
  }
  std::string operator()(const RemoveAnnotation&) const {
    return fmt::format("annotation {}: -", kube::kPolicyAnnotation);
  }
};

}  // namespace

std::string to_string(const Change& change) {
  return std::visit(Printer{}, change);
}

text::Result<void> check_restarts(const kube::ApiServer& server, const PlanRequest& request) {
  if (!server.uid || !request.live) return {};
  return text::fail(text::ErrorKind::Unsafe,
                    "metadata.uid is set, so the kubelet would not restart the container and the "
                    "change would not take effect",
                    "remove metadata.uid from the manifest", server.uid);
}

kube::KubernetesVersion version_for(const kube::ApiServer& server, const PlanRequest& request) {
  if (request.version) return *request.version;
  return server.version.value_or(kube::kNewestKnown);
}

}  // namespace kaudit::edit
