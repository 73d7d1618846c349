#include "check/running_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kube/pod_manifest.h"
#include "yaml/parse.h"

namespace kaudit::check {
namespace {

using audit::AuditFlag;
using testing::ElementsAre;
using testing::IsEmpty;

kube::ApiServer server_with(const std::string& flags, const std::string& env = "") {
  const std::string text =
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-apiserver\nspec:\n  containers:\n"
      "  - name: kube-apiserver\n    command:\n    - kube-apiserver\n" +
      flags + env;
  const auto document = yaml::parse(std::make_shared<const text::SourceText>("x.yaml", text));
  return kube::read_pod_manifest(document.value(), audit::arity_of).value().api_server;
}

struct Row {
  const char* why;
  std::string manifest;
  std::vector<std::string> argv;
  std::vector<AuditFlag> differing;
};

TEST(DifferingFlags, AreThoseInWhichProcessAndManifestDisagree) {
  const Row rows[] = {
      {"none on both sides", "", {"kube-apiserver", "--v=2"}, {}},
      {"equal",
       "    - --audit-log-path=/a\n",
       {"/usr/bin/kube-apiserver", "--audit-log-path=/a"},
       {}},
      {"spelled differently",
       "    - --audit-log-maxage=036\n    - --audit-log-compress\n",
       {"kube-apiserver", "--audit_log_maxage", "30", "--audit-log-compress=T"},
       {}},
      {"the last one wins",
       "    - --audit-log-path=/b\n    - --audit-log-path=/a\n",
       {"kube-apiserver", "--audit-log-path=/a"},
       {}},
      {"only in the manifest",
       "    - --audit-log-path=/a\n",
       {"kube-apiserver"},
       {AuditFlag::LogPath}},
      {"only in the process", "", {"kube-apiserver", "--audit-log-path=/a"}, {AuditFlag::LogPath}},
      {"another value",
       "    - --audit-log-path=/a\n    - --audit-log-maxage=3\n",
       {"kube-apiserver", "--audit-log-path=/b", "--audit-log-maxage=3"},
       {AuditFlag::LogPath}},
      {"behind hyperkube",
       "    - --audit-log-path=/a\n",
       {"/hyperkube", "kube-apiserver", "--audit-log-path=/a"},
       {}},
      {"behind go-runner",
       "    - --audit-log-path=/a\n",
       {"/go-runner", "--log-file=/x", "kube-apiserver", "--audit-log-path=/a"},
       {}},
      {"another program",
       "    - --audit-log-path=/a\n",
       {"grep", "--audit-log-path=/a"},
       {AuditFlag::LogPath}},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(
        differing_flags(expected_settings(server_with(row.manifest)), running_settings(row.argv)),
        row.differing)
        << row.why;
  }
}

TEST(DifferingFlags, FollowVariablesAsFarAsTheyAreKnown) {
  const kube::ApiServer server = server_with(
      "    - --audit-log-path=$(DIR)/a.log\n    - --audit-policy-file=$(SECRET)/p.yaml\n",
      "    env:\n    - {name: DIR, value: /var/log}\n");
  const ExpectedSettings expected = expected_settings(server);
  EXPECT_EQ(expected.settings.log_path(), "/var/log/a.log");
  EXPECT_THAT(expected.uncertain, ElementsAre(AuditFlag::PolicyFile));
  const auto differing = [&](std::vector<std::string> argv) {
    return differing_flags(expected, running_settings(argv));
  };
  EXPECT_THAT(differing({"kube-apiserver", "--audit-log-path=/var/log/a.log",
                         "--audit-policy-file=/x/p.yaml"}),
              IsEmpty());
  EXPECT_THAT(differing({"kube-apiserver", "--audit-log-path=$(DIR)/a.log"}),
              ElementsAre(AuditFlag::LogPath));
}

}  // namespace
}  // namespace kaudit::check
