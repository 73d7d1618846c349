#include "rollout/make_directories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "support/memory_file_system.h"

namespace kaudit::rollout {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(MakeLogDirectory, MakesWhatIsMissing) {
  host::MemoryFileSystem files;
  files.put_directory("/var/log");
  const auto made = make_log_directory(files, "/var/log/kubernetes/audit", 1000, 2000);
  ASSERT_TRUE(made);
  EXPECT_THAT(made->made, ElementsAre("/var/log/kubernetes", "/var/log/kubernetes/audit"));
  const auto parent = files.must_status("/var/log/kubernetes");
  EXPECT_EQ(parent.mode, 0755u);
  EXPECT_EQ(parent.uid, 0u);
  const auto last = files.must_status("/var/log/kubernetes/audit");
  EXPECT_EQ(last.mode, 0700u);
  EXPECT_EQ(last.uid, 1000u);
  EXPECT_EQ(last.gid, 2000u);
  remove_made(files, *made);
  EXPECT_THAT(files.names("/var/log"), IsEmpty());
}

TEST(MakeLogDirectory, NeverChangesWhatExists) {
  host::MemoryFileSystem files;
  files.put_directory("/var/log/audit", 0777);
  files.put_symlink("/link", "/var/log");
  for (const char* path : {"/var/log/audit", "/link/audit", "/"}) {
    const auto made = make_log_directory(files, path, 1000, 1000);
    ASSERT_TRUE(made) << path;
    EXPECT_THAT(made->made, IsEmpty());
  }
  EXPECT_EQ(files.must_status("/var/log/audit").mode, 0777u);
  EXPECT_EQ(files.changes(), 0);
}

TEST(MakeLogDirectory, SaysWhatIsInTheWay) {
  host::MemoryFileSystem files;
  files.put_file("/var/log", "");
  files.put_symlink("/dangling", "/none");
  const auto file = make_log_directory(files, "/var/log", 0, 0);
  EXPECT_EQ(file.error().kind, text::ErrorKind::Conflict);
  EXPECT_EQ(file.error().message, "/var/log is not a directory");
  EXPECT_EQ(file.error().hint, "move it away, or choose another directory");
  EXPECT_EQ(make_log_directory(files, "/var/log/audit", 0, 0).error().message,
            "/var/log is not a directory");
  EXPECT_EQ(make_log_directory(files, "/dangling", 0, 0).error().message,
            "cannot make the directory /dangling: File exists");
}

TEST(MakeLogDirectory, TakesBackWhatItMadeWhenItFails) {
  for (int n = 1;; ++n) {
    host::MemoryFileSystem files;
    files.put_directory("/var/log");
    files.fail_at(n, EROFS);
    const auto made = make_log_directory(files, "/var/log/a/b/c", 0, 0);
    if (!files.fired()) break;
    EXPECT_FALSE(made);
    EXPECT_THAT(files.names("/var/log"), IsEmpty()) << n;
  }
}

TEST(RemoveMade, LeavesADirectoryThatIsInUse) {
  host::MemoryFileSystem files;
  const auto made = make_log_directory(files, "/a/b/c", 0, 0);
  files.put_file("/a/b/theirs", "");
  remove_made(files, *made);
  EXPECT_THAT(files.names("/a/b"), ElementsAre("theirs"));
}

}  // namespace
}  // namespace kaudit::rollout
