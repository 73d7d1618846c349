// What the settings need from the host: one file or directory each, inside the container.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit_settings.h"
#include "audit/webhook_config.h"

namespace kaudit::audit {

enum class Purpose : std::uint8_t { Policy, Log, WebhookConfig, WebhookCredential };

struct MountNeed {
  Purpose purpose = Purpose::Policy;
  std::string path;  // clean; of the log its directory, because rotation renames the file in it
  std::string file;  // clean; of the log the file itself, otherwise the same as path
  bool directory = false;
  bool writable = false;
  std::string volume_name;                 // the name that kaudit gives to a new Volume
  std::string why;                         // for people: "--audit-policy-file"
  AuditFlag flag = AuditFlag::PolicyFile;  // whose value it follows from

  bool operator==(const MountNeed&) const = default;
};

// "the policy file", "the log directory", …
std::string_view describe(Purpose purpose);

// In the order policy, log, webhook. A path that is relative, has "..", or holds a $(VARIABLE)
// needs nothing that could be told; "-" is standard output. `webhook_files` are what the webhook's
// kubeconfig names.
std::vector<MountNeed> mount_needs(const AuditSettings& settings,
                                   const std::vector<ReferredFile>& webhook_files);

}  // namespace kaudit::audit
