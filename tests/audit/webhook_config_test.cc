#include "audit/webhook_config.h"

#include <gtest/gtest.h>

#include "support/dump.h"

namespace kaudit::audit {
namespace {

std::string files(const std::string& kubeconfig, const std::string& path = "/etc/hook/conf") {
  const auto text = support::source(kubeconfig);
  const auto found = files_of_kubeconfig(text, path);
  if (!found) return "refused: " + support::said(found.error(), *text);
  std::string out;
  for (const ReferredFile& f : *found) out += (out.empty() ? "" : ", ") + f.field + " " + f.path;
  return out;
}

const std::string kTwoOfEach =
    "clusters:\n- name: c1\n  cluster:\n    certificate-authority: /c1/ca\n- name: c2\n  "
    "cluster:\n    certificate-authority: /c2/ca\n"
    "users:\n- name: u1\n  user:\n    tokenFile: /u1/token\n- name: u2\n  user:\n    "
    "client-certificate: /u2/crt\n    client-key: /u2/key\n"
    "contexts:\n- name: one\n  context:\n    cluster: c1\n    user: u1\n- name: two\n  context: "
    "{cluster: c2, user: u2}\n";

TEST(WebhookConfig, NamesTheFilesOfTheCurrentContext) {
  EXPECT_EQ(files(kTwoOfEach + "current-context: one\n"),
            "certificate-authority /c1/ca, tokenFile /u1/token");
  EXPECT_EQ(files(kTwoOfEach + "current-context: two\n"),
            "certificate-authority /c2/ca, client-certificate /u2/crt, client-key /u2/key");
}

TEST(WebhookConfig, NamesAllWhereTheContextIsUnknown) {
  const std::string all =
      "certificate-authority /c1/ca, certificate-authority /c2/ca, client-certificate /u2/crt, "
      "client-key /u2/key, tokenFile /u1/token";
  EXPECT_EQ(files(kTwoOfEach), all);
  EXPECT_EQ(files(kTwoOfEach + "current-context: three\n"), all);
}

TEST(WebhookConfig, TakesRelativePathsFromItsOwnDirectory) {
  const std::string config =
      "users:\n- name: u\n  user:\n    client-key: key\n    client-certificate: ../crt\n";
  EXPECT_EQ(files(config), "client-certificate /etc/hook/../crt, client-key /etc/hook/key");
}

TEST(WebhookConfig, NeedsNoFileForInlineData) {
  EXPECT_EQ(files("users:\n- name: u\n  user:\n    client-key: /k\n    client-key-data: QQ==\n    "
                  "client-certificate: /c\n    client-certificate-data: \"\"\n"
                  "clusters:\n- name: c\n  cluster:\n    certificate-authority: /a\n    "
                  "certificate-authority-data: QQ==\n"),
            "client-certificate /c");
}

TEST(WebhookConfig, NamesAFileOnce) {
  EXPECT_EQ(files("users:\n- name: u\n  user:\n    client-key: /k\n    client-certificate: /k\n"),
            "client-certificate /k");
}

TEST(WebhookConfig, ReadsJsonAndOddShapes) {
  EXPECT_EQ(files("{\"users\":[{\"name\":\"u\",\"user\":{\"tokenFile\":\"/t\"}}]}"),
            "tokenFile /t");
  EXPECT_EQ(files("users: &u\n- user: {tokenFile: /t}\nclusters: nothing\n"), "tokenFile /t");
  EXPECT_EQ(files("kind: Config\n"), "");
  EXPECT_EQ(files("users:\n- a\n- user: [x]\n- user:\n    tokenFile: [a]\n"), "");
}

TEST(WebhookConfig, RefusesWhatIsNone) {
  EXPECT_EQ(files(""),
            "refused: the webhook's configuration is no kubeconfig (write one of kind Config)");
  EXPECT_EQ(files("- a\n"),
            "refused: the webhook's configuration is no kubeconfig (write one of kind Config)");
  EXPECT_EQ(files("a: 'b\n"),
            "refused: 1:4 this quote is never closed (close it; the file may have been cut off)");
}

}  // namespace
}  // namespace kaudit::audit
