// The same code on a real disk: a node mounted below a temporary directory.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "host/posix_file_system.h"
#include "host/system_clock.h"
#include "rollout/replace_manifest.h"
#include "rollout/rollback.h"

namespace kaudit::rollout {
namespace {

using testing::ElementsAre;

constexpr const char* kPath = "/etc/kubernetes/manifests/kube-apiserver.yaml";

class OnDisk : public testing::Test {
 protected:
  OnDisk() {
    std::string pattern = std::filesystem::temp_directory_path() / "kaudit-test-XXXXXX";
    root_ = mkdtemp(pattern.data());
    root_ = std::filesystem::canonical(root_);
    std::filesystem::create_directories(root_ + "/etc/kubernetes/manifests");
    std::ofstream(root_ + kPath) << "old\n";
    std::filesystem::permissions(
        root_ + kPath, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    files_ = std::move(host::PosixFileSystem::open(root_).value());
    request_.change = [](std::string_view) { return std::optional<std::string>("new\n"); };
    request_.backup_directory = "/backups";
  }
  ~OnDisk() override { std::filesystem::remove_all(root_); }

  std::string manifest() { return files_->read_file(kPath, 100).value_or("(unreadable)"); }

  std::string root_;
  std::unique_ptr<host::PosixFileSystem> files_;
  host::SystemClock clock_;
  ReplaceRequest request_;
};

TEST_F(OnDisk, ChangesAndPutsBack) {
  const auto changed = replace_manifest(*files_, clock_, kPath, request_);
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_TRUE(changed->changed);
  EXPECT_EQ(manifest(), "new\n");
  EXPECT_EQ(files_->status(kPath)->mode, 0600u);
  EXPECT_EQ(files_->read_file(*changed->backup, 100).value(), "old\n");
  EXPECT_EQ(files_->status("/backups")->mode, 0700u);

  const auto identity = files_->status(kPath)->identity;
  const auto modified = files_->status(kPath)->modified;
  EXPECT_FALSE(replace_manifest(*files_, clock_, kPath, request_)->changed);
  EXPECT_EQ(files_->status(kPath)->identity, identity);
  EXPECT_EQ(files_->status(kPath)->modified, modified);

  const auto lock = lock_manifest(*files_, clock_, kPath);
  ASSERT_TRUE(lock);
  const auto back = roll_back(*files_, clock_, *lock, {"/backups", false, kManifestLimit});
  ASSERT_TRUE(back) << back.error().error.message;
  EXPECT_EQ(manifest(), "old\n");
  EXPECT_THAT(files_->list_directory("/etc/kubernetes/manifests").value(),
              ElementsAre("kube-apiserver.yaml"));
}

TEST_F(OnDisk, RefusesWhileAnotherProcessHoldsTheLock) {
  int ready[2], done[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(done), 0);
  const pid_t child = fork();
  char byte = 0;
  if (child == 0) {
    const auto lock = lock_manifest(*files_, clock_, kPath);
    (void)!write(ready[1], &byte, lock ? 1 : 0);
    (void)!read(done[0], &byte, 1);
    _exit(0);
  }
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  const auto refused =
      replace_manifest(*files_, clock_, kPath, request_, std::chrono::milliseconds(0));
  ASSERT_EQ(write(done[1], &byte, 1), 1);
  waitpid(child, nullptr, 0);
  for (const int fd : {ready[0], ready[1], done[0], done[1]}) close(fd);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, text::ErrorKind::Busy);
  EXPECT_THAT(
      refused.error().message,
      testing::EndsWith(" has locked " + root_ + "/etc/kubernetes/manifests for more than 0 s"));
  // The lock went with the process.
  EXPECT_TRUE(replace_manifest(*files_, clock_, kPath, request_, std::chrono::milliseconds(0)));
}

TEST_F(OnDisk, FollowsASymlinkInsideTheRoot) {
  std::filesystem::create_symlink(kPath, root_ + "/link.yaml");
  ASSERT_TRUE(replace_manifest(*files_, clock_, "/link.yaml", request_));
  EXPECT_TRUE(std::filesystem::is_symlink(root_ + "/link.yaml"));
  EXPECT_EQ(manifest(), "new\n");
}

}  // namespace
}  // namespace kaudit::rollout
