// The audit settings of an API server that runs, beside those of its manifest.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "audit/audit_settings.h"
#include "kube/api_server.h"

namespace kaudit::check {

// What a manifest's API server runs with, once the kubelet has expanded its variables.
struct ExpectedSettings {
  audit::AuditSettings settings;
  std::vector<audit::AuditFlag> uncertain;  // hold a variable that cannot be resolved here
};

ExpectedSettings expected_settings(const kube::ApiServer& server);

// The command line of a process; it points into `argv`. Empty if it runs no API server.
kube::CommandLine running_command_line(std::span<const std::string> argv);

// The audit settings in the arguments of a process; empty if it runs no API server.
audit::AuditSettings running_settings(std::span<const std::string> argv);

// The flags in which the process is not what the manifest makes of it. Those that are uncertain are
// not compared, and equal values may be spelled differently.
std::vector<audit::AuditFlag> differing_flags(const ExpectedSettings& expected,
                                              const audit::AuditSettings& running);

}  // namespace kaudit::check
