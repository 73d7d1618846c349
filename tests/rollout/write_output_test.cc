#include "rollout/write_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "support/memory_node.h"

namespace kaudit::rollout {
namespace {

using testing::ElementsAre;
using text::ErrorKind;

struct Output : testing::Test {
  Output() { node.files.put_directory("/out"); }
  host::Result<void> write(const std::string& path, std::string name = "kube-apiserver.yaml") {
    return write_output(node.files, node.clock,
                        {path, identity_of(node.files, kManifest), std::move(name),
                         identity_of(node.files, kDirectory)},
                        kNew);
  }
  void expect_refused(const std::string& path, const std::string& message,
                      const std::string& hint) {
    const int changes = node.files.changes();
    const auto result = write(path);
    ASSERT_FALSE(result) << path;
    EXPECT_EQ(result.error().kind, ErrorKind::Conflict);
    EXPECT_EQ(result.error().message, message);
    EXPECT_EQ(result.error().hint, hint);
    EXPECT_EQ(node.files.changes(), changes);
    EXPECT_EQ(node.manifest(), kOld);
  }
  MemoryNode node;
};

TEST_F(Output, MakesANewFile) {
  ASSERT_TRUE(write("/out/x.yaml"));
  EXPECT_EQ(node.files.bytes("/out/x.yaml"), kNew);
  EXPECT_EQ(node.files.must_status("/out/x.yaml").mode, 0600u);
  EXPECT_THAT(node.files.diary(),
              testing::Contains("sync /out/.kaudit-output.x.yaml.18ea9a6e4da06000"));
  EXPECT_THAT(node.files.names("/out"), ElementsAre("x.yaml"));
}

TEST_F(Output, ReplacesAFileAndKeepsItsAttributes) {
  node.files.put_file("/out/x.yaml", "old", {0644, 7, 8});
  ASSERT_TRUE(write("/out/x.yaml"));
  EXPECT_EQ(node.files.bytes("/out/x.yaml"), kNew);
  EXPECT_EQ(node.files.must_status("/out/x.yaml").mode, 0644u);
  EXPECT_EQ(node.files.must_status("/out/x.yaml").uid, 7u);
}

TEST_F(Output, FollowsASymlink) {
  node.files.put_file("/elsewhere/x.yaml", "old");
  node.files.put_symlink("/out/x.yaml", "/elsewhere/x.yaml");
  ASSERT_TRUE(write("/out/x.yaml"));
  EXPECT_TRUE(node.files.is_symlink("/out/x.yaml"));
  EXPECT_EQ(node.files.bytes("/elsewhere/x.yaml"), kNew);
  EXPECT_THAT(node.files.names("/elsewhere"), ElementsAre("x.yaml"));
}

TEST_F(Output, NeverIsTheManifest) {
  const std::string hint = "leave out -o to change it, or name another file";
  node.files.put_symlink("/out/link", kManifest);
  expect_refused(kManifest, kManifest + " is the manifest itself, which -o never changes", hint);
  expect_refused("/out/link", "/out/link is the manifest itself, which -o never changes", hint);
}

TEST_F(Output, NeverIsASecondManifest) {
  const std::string hint = "name a file in another directory";
  const std::string tail =
      " lies in the kubelet's static Pod directory: the kubelet would run it beside "
      "kube-apiserver.yaml";
  node.files.put_symlink("/out/manifests", kDirectory);
  expect_refused(kDirectory + "/new.yaml", kDirectory + "/new.yaml" + tail, hint);
  expect_refused(kDirectory + "/etcd.yaml", kDirectory + "/etcd.yaml" + tail, hint);
  expect_refused("/out/manifests/new.yaml", kDirectory + "/new.yaml" + tail, hint);
  // The kubelet does not read names with a leading dot.
  EXPECT_TRUE(write(kDirectory + "/.new.yaml"));
}

TEST_F(Output, MayInstallTheManifestUnderItsOwnName) {
  node.files.put_file("/out/kube-apiserver.yaml", kOld);
  ASSERT_TRUE(write_output(node.files, node.clock,
                           {kManifest, identity_of(node.files, "/out/kube-apiserver.yaml"),
                            "kube-apiserver.yaml", identity_of(node.files, kDirectory)},
                           kNew));
  EXPECT_EQ(node.manifest(), kNew);
  EXPECT_THAT(node.files.names(kDirectory), ElementsAre("etcd.yaml", "kube-apiserver.yaml"));
}

TEST_F(Output, ReplacesNoDeviceAndNoDirectory) {
  node.files.put_special("/dev/null", host::FileKind::CharDevice);
  const std::string hint = "write to standard output with -o -";
  expect_refused("/dev/null", "/dev/null is not a regular file", hint);
  expect_refused("/out", "/out is not a regular file", hint);
}

TEST_F(Output, SaysThatTheDirectoryIsMissing) {
  const auto result = write("/none/x.yaml");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::NotFound);
  EXPECT_EQ(result.error().message, "cannot find /none: No such file or directory");
}

TEST_F(Output, TakesAnotherTemporaryNameWhenOneIsTaken) {
  node.files.put_file("/out/.kaudit-output.x.yaml.18ea9a6e4da06000", "theirs");
  node.clock.utc = {1'795'417'200, 0};
  ASSERT_TRUE(write("/out/x.yaml"));
  EXPECT_EQ(node.files.bytes("/out/x.yaml"), kNew);
  EXPECT_THAT(node.files.names("/out"),
              ElementsAre(".kaudit-output.x.yaml.18ea9a6e4da06000", "x.yaml"));
  EXPECT_THAT(node.files.diary(), testing::Contains("create /out/.kaudit-output.x.yaml."
                                                    "18ea9a6e4da06001"));
}

TEST_F(Output, SurvivesAFailureAtEveryStep) {
  int failed = 0;
  for (int n = 1;; ++n) {
    MemoryNode fresh;
    fresh.files.put_file("/out/x.yaml", "old");
    fresh.files.fail_at(n, ENOSPC);
    const auto result =
        write_output(fresh.files, fresh.clock,
                     {"/out/x.yaml", std::nullopt, "", host::FileIdentity{1, 1}}, kNew);
    if (!fresh.files.fired()) break;
    const std::string bytes = fresh.files.bytes("/out/x.yaml").value();
    const bool renamed = bytes == kNew;
    EXPECT_TRUE(renamed || bytes == "old");
    EXPECT_THAT(fresh.files.names("/out"), ElementsAre("x.yaml"));
    failed += !result;
  }
  EXPECT_GE(failed, 7);
}

}  // namespace
}  // namespace kaudit::rollout
