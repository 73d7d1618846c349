#include "audit/mount_need.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace kaudit::audit {
namespace {

std::string needs(std::initializer_list<std::pair<AuditFlag, const char*>> values,
                  std::vector<ReferredFile> files = {}) {
  AuditSettings settings;
  for (const auto& [flag, value] : values) settings.set(flag, value);
  std::string out;
  for (const MountNeed& n : mount_needs(settings, files)) {
    out += fmt::format("{}: {} ({}){}{} as {} for {}\n", describe(n.purpose), n.path, n.file,
                       n.directory ? " directory" : "", n.writable ? " writable" : "",
                       n.volume_name, n.why);
  }
  return out;
}

TEST(MountNeeds, FollowFromTheSettings) {
  EXPECT_EQ(needs({}), "");
  EXPECT_EQ(needs({{AuditFlag::PolicyFile, "/p/q.yaml"}}),
            "the policy file: /p/q.yaml (/p/q.yaml) as audit-policy for --audit-policy-file\n");
  EXPECT_EQ(
      needs({{AuditFlag::LogPath, "/l//a.log"}}),
      "the log directory: /l (/l/a.log) directory writable as audit-log for --audit-log-path\n");
  EXPECT_EQ(needs({{AuditFlag::LogPath, "/a.log"}}),
            "the log directory: / (/a.log) directory writable as audit-log for --audit-log-path\n");
  EXPECT_EQ(needs({{AuditFlag::WebhookConfigFile, "/w"},
                   {AuditFlag::LogPath, "/l/a"},
                   {AuditFlag::PolicyFile, "/p/q"}}),
            "the policy file: /p/q (/p/q) as audit-policy for --audit-policy-file\n"
            "the log directory: /l (/l/a) directory writable as audit-log for --audit-log-path\n"
            "the webhook's kubeconfig: /w (/w) as audit-webhook-config for "
            "--audit-webhook-config-file\n");
}

TEST(MountNeeds, AreNoneForWhatCannotBeTold) {
  for (const char* path : {"", "a.log", "./a.log", "/a/../b", "$(X)/a", "/a/$(X)"}) {
    EXPECT_EQ(needs({{AuditFlag::PolicyFile, path}}), "") << path;
    EXPECT_EQ(needs({{AuditFlag::LogPath, path}}), "") << path;
    EXPECT_EQ(needs({{AuditFlag::WebhookConfigFile, path}}, {{"client-key", "/k"}}), "") << path;
  }
  EXPECT_EQ(needs({{AuditFlag::LogPath, "-"}}), "");
}

TEST(MountNeeds, IncludeTheFilesThatTheWebhookNames) {
  EXPECT_EQ(
      needs({{AuditFlag::WebhookConfigFile, "/w"}}, {{"certificate-authority", "/c/ca"},
                                                     {"client-certificate", "/c/crt"},
                                                     {"client-key", "/c/key"},
                                                     {"tokenFile", "/c/token"},
                                                     {"client-key", "../x"}}),
      "the webhook's kubeconfig: /w (/w) as audit-webhook-config for --audit-webhook-config-file\n"
      "a file that the webhook's kubeconfig names: /c/ca (/c/ca) as audit-webhook-ca for "
      "certificate-authority in the webhook's kubeconfig\n"
      "a file that the webhook's kubeconfig names: /c/crt (/c/crt) as audit-webhook-client-cert "
      "for client-certificate in the webhook's kubeconfig\n"
      "a file that the webhook's kubeconfig names: /c/key (/c/key) as audit-webhook-client-key for "
      "client-key in the webhook's kubeconfig\n"
      "a file that the webhook's kubeconfig names: /c/token (/c/token) as audit-webhook-token for "
      "tokenFile in the webhook's kubeconfig\n");
  EXPECT_EQ(needs({{AuditFlag::PolicyFile, "/p"}}, {{"client-key", "/k"}}),
            "the policy file: /p (/p) as audit-policy for --audit-policy-file\n");
}

}  // namespace
}  // namespace kaudit::audit
