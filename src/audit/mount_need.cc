#include "audit/mount_need.h"

#include "kube/node_paths.h"

namespace kaudit::audit {
namespace {

// The clean path of a file that a flag names, or "" if nothing can be said about it.
std::string file_path(std::string_view value) {
  if (!value.starts_with('/') || is_unresolved(value)) return {};
  return kube::clean_path(value).value_or("");
}

std::string credential_volume_name(std::string_view field) {
  if (field == "certificate-authority") return "audit-webhook-ca";
  if (field == "client-certificate") return "audit-webhook-client-cert";
  if (field == "client-key") return "audit-webhook-client-key";
  return "audit-webhook-token";
}

}  // namespace

std::string_view describe(Purpose purpose) {
  switch (purpose) {
    case Purpose::Policy:
      return "the policy file";
    case Purpose::Log:
      return "the log directory";
    case Purpose::WebhookConfig:
      return "the webhook's kubeconfig";
    case Purpose::WebhookCredential:
      return "a file that the webhook's kubeconfig names";
  }
  return "";
}

std::vector<MountNeed> mount_needs(const AuditSettings& settings,
                                   const std::vector<ReferredFile>& webhook_files) {
  std::vector<MountNeed> needs;
  if (const std::string policy = file_path(settings.policy_file()); !policy.empty()) {
    needs.push_back({Purpose::Policy, policy, policy, false, false, "audit-policy",
                     "--audit-policy-file", AuditFlag::PolicyFile});
  }
  if (const std::string log = file_path(settings.log_path()); !log.empty()) {
    needs.push_back({Purpose::Log, kube::parent_path(log), log, true, true, "audit-log",
                     "--audit-log-path", AuditFlag::LogPath});
  }
  if (const std::string config = file_path(settings.webhook_config_file()); !config.empty()) {
    needs.push_back({Purpose::WebhookConfig, config, config, false, false, "audit-webhook-config",
                     "--audit-webhook-config-file", AuditFlag::WebhookConfigFile});
    for (const ReferredFile& file : webhook_files) {
      const std::string path = file_path(file.path);
      if (path.empty()) continue;
      needs.push_back({Purpose::WebhookCredential, path, path, false, false,
                       credential_volume_name(file.field),
                       file.field + " in the webhook's kubeconfig", AuditFlag::WebhookConfigFile});
    }
  }
  return needs;
}

}  // namespace kaudit::audit
