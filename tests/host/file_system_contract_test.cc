// One contract, three implementations: the twin, the machine's file system, and one that is
// confined to a directory. What a test relies on in the twin is true of the real ones because of
// this file.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "host/node_path.h"
#include "host/posix_file_system.h"
#include "support/memory_file_system.h"

namespace kaudit::host {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using text::ErrorKind;

constexpr std::size_t kPlenty = 1 << 20;

// A file system with an empty directory that the test may fill.
class World {
 public:
  virtual ~World() = default;
  virtual FileSystem& files() = 0;
  virtual std::string at(const std::string& path) const = 0;
  virtual void symlink(const std::string& path, const std::string& target) = 0;
  virtual void fifo(const std::string& path) = 0;
};

class MemoryWorld : public World {
 public:
  MemoryWorld() { files_.is_root = geteuid() == 0; }
  FileSystem& files() override { return files_; }
  std::string at(const std::string& path) const override { return path; }
  void symlink(const std::string& path, const std::string& target) override {
    files_.put_symlink(path, target);
  }
  void fifo(const std::string& path) override { files_.put_special(path, FileKind::Fifo); }

 private:
  MemoryFileSystem files_;
};

class PosixWorld : public World {
 public:
  explicit PosixWorld(bool confined) {
    std::string pattern = std::filesystem::temp_directory_path() / "kaudit-test-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    directory_ = std::filesystem::canonical(directory_);
    prefix_ = confined ? "" : directory_;
    files_ = std::move(PosixFileSystem::open(confined ? directory_ : "/").value());
  }
  ~PosixWorld() override { std::filesystem::remove_all(directory_); }
  FileSystem& files() override { return *files_; }
  std::string at(const std::string& path) const override { return prefix_ + path; }
  void symlink(const std::string& path, const std::string& target) override {
    std::filesystem::create_symlink(target, outside(path));
  }
  void fifo(const std::string& path) override { mkfifo(outside(path).c_str(), 0600); }
  // Where the machine has it.
  std::string outside(const std::string& path) const {
    return prefix_.empty() ? directory_ + path : path;
  }

 private:
  std::string directory_;
  std::string prefix_;
  std::unique_ptr<PosixFileSystem> files_;
};

struct Implementation {
  const char* name;
  std::unique_ptr<World> (*make)();
};

const Implementation kImplementations[] = {
    {"Memory", [] { return std::unique_ptr<World>(std::make_unique<MemoryWorld>()); }},
    {"Machine", [] { return std::unique_ptr<World>(std::make_unique<PosixWorld>(false)); }},
    {"Confined", [] { return std::unique_ptr<World>(std::make_unique<PosixWorld>(true)); }},
};

class FileSystemContract : public testing::TestWithParam<Implementation> {
 protected:
  std::string at(const std::string& path) const { return world_->at(path); }
  void write(const std::string& path, std::string_view bytes, Attributes attributes = {}) {
    ASSERT_TRUE(files().create_file(at(path), bytes, attributes));
  }
  void directory(const std::string& path) {
    ASSERT_TRUE(files().make_directory(at(path), {0755, {}, {}}));
  }
  std::string read(const std::string& path) {
    return files().read_file(at(path), kPlenty).value_or("(unreadable)");
  }
  FileSystem& files() { return world_->files(); }

  std::unique_ptr<World> world_ = GetParam().make();
};

INSTANTIATE_TEST_SUITE_P(All, FileSystemContract, testing::ValuesIn(kImplementations),
                         [](const auto& implementation) { return implementation.param.name; });

// The whole refusal, with the path as the world shows it.
template <typename T>
std::string message_of(const Result<T>& result) {
  return result ? "(no error)" : result.error().message;
}

template <typename T>
ErrorKind kind_of(const Result<T>& result) {
  return result.error().kind;
}

TEST_P(FileSystemContract, ReadsBackWhatWasCreated) {
  const std::string bytes("a\0b\r\n\xff", 6);
  write("/x", bytes, {0640, {}, {}});
  EXPECT_EQ(read("/x"), bytes);
  const auto status = files().status(at("/x"));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->kind, FileKind::Regular);
  EXPECT_EQ(status->size, 6u);
  EXPECT_EQ(status->mode, 0640u);
  EXPECT_EQ(status->uid, geteuid() * (GetParam().name != std::string("Memory")));
}

TEST_P(FileSystemContract, GivesTheModeWhateverTheUmask) {
  const mode_t old = umask(0077);
  write("/x", "", {0666, {}, {}});
  const auto made = files().make_directory(at("/d"), {0775, {}, {}});
  umask(old);
  ASSERT_TRUE(made);
  EXPECT_EQ(files().status(at("/x"))->mode, 0666u);
  EXPECT_EQ(files().status(at("/d"))->mode, 0775u);
}

TEST_P(FileSystemContract, GivesTheOwner) {
  if (geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  write("/x", "", {0600, 1234, 567});
  ASSERT_TRUE(files().make_directory(at("/d"), {0700, 89, 10}));
  EXPECT_EQ(files().status(at("/x"))->uid, 1234u);
  EXPECT_EQ(files().status(at("/x"))->gid, 567u);
  EXPECT_EQ(files().status(at("/d"))->uid, 89u);
  EXPECT_EQ(files().status(at("/d"))->gid, 10u);
}

TEST_P(FileSystemContract, CreatesLikeAModelBehindASymlink) {
  write("/model", "old", {0604, {}, {}});
  world_->symlink(at("/link"), at("/model"));
  ASSERT_TRUE(files().create_file_like(at("/x"), "new", at("/link")));
  EXPECT_EQ(read("/x"), "new");
  EXPECT_EQ(files().status(at("/x"))->mode, 0604u);
  EXPECT_EQ(message_of(files().create_file_like(at("/y"), "new", at("/none"))),
            "cannot read " + files().shown(at("/none")) + ": No such file or directory");
}

TEST_P(FileSystemContract, ReadsLargeFilesUpToTheLimit) {
  const std::string bytes(100'000, 'x');
  write("/x", bytes);
  EXPECT_EQ(read("/x"), bytes);
  EXPECT_EQ(files().read_file(at("/x"), 100'000).value(), bytes);
  const auto over = files().read_file(at("/x"), 99'999);
  ASSERT_FALSE(over);
  EXPECT_EQ(kind_of(over), ErrorKind::Unsupported);
  EXPECT_EQ(message_of(over), files().shown(at("/x")) + " is larger than 99999 bytes");
}

TEST_P(FileSystemContract, ReadsAPartOfAFile) {
  write("/x", "0123456789");
  const auto part = [&](std::uint64_t offset, std::size_t length) {
    return files().read_range(at("/x"), offset, length).value();
  };
  EXPECT_EQ(part(0, 4), "0123");
  EXPECT_EQ(part(7, 2), "78");
  EXPECT_EQ(part(7, 100), "789");
  EXPECT_EQ(part(10, 5), "");
  EXPECT_EQ(part(5'000'000'000, 5), "");
  directory("/d");
  EXPECT_EQ(message_of(files().read_range(at("/d"), 0, 1)),
            "cannot read " + files().shown(at("/d")) + ": Is a directory");
  EXPECT_EQ(message_of(files().read_range(at("/none"), 0, 1)),
            "cannot read " + files().shown(at("/none")) + ": No such file or directory");
}

TEST_P(FileSystemContract, SaysWhatIsMissing) {
  directory("/d");
  write("/x", "");
  const std::string none = at("/d/none"), shown = files().shown(none);
  EXPECT_EQ(message_of(files().read_file(none, 1)),
            "cannot read " + shown + ": No such file or directory");
  EXPECT_EQ(message_of(files().status(none)),
            "cannot look at " + shown + ": No such file or directory");
  EXPECT_EQ(message_of(files().canonical_path(none)),
            "cannot find " + shown + ": No such file or directory");
  EXPECT_EQ(message_of(files().free_bytes(none)),
            "cannot tell the free space at " + shown + ": No such file or directory");
  EXPECT_EQ(message_of(files().list_directory(none)),
            "cannot list " + shown + ": No such file or directory");
  EXPECT_EQ(message_of(files().remove_file(none)),
            "cannot remove " + shown + ": No such file or directory");
  EXPECT_EQ(message_of(files().sync_file(none)),
            "cannot sync " + shown + ": No such file or directory");
  EXPECT_EQ(message_of(files().sync_directory(none)),
            "cannot sync the directory " + shown + ": No such file or directory");
  EXPECT_EQ(message_of(files().try_lock_directory(none)),
            "cannot lock " + shown + ": No such file or directory");
  EXPECT_EQ(
      message_of(files().rename(none, at("/y"))),
      "cannot rename " + shown + " to " + files().shown(at("/y")) + ": No such file or directory");
  EXPECT_EQ(message_of(files().create_file(none + "/y", "", {})),
            "cannot create " + shown + "/y: No such file or directory");
  EXPECT_EQ(message_of(files().make_directory(none + "/y", {})),
            "cannot make the directory " + shown + "/y: No such file or directory");
  EXPECT_EQ(kind_of(files().status(none)), ErrorKind::NotFound);
  EXPECT_EQ(files().status(none).error().hint, "check the path");
  EXPECT_EQ(kind_of(files().status(at("/x/below"))), ErrorKind::NotFound);
}

TEST_P(FileSystemContract, DoesNotTakeOneKindForAnother) {
  directory("/d");
  write("/x", "");
  EXPECT_EQ(message_of(files().read_file(at("/d"), 1)),
            "cannot read " + files().shown(at("/d")) + ": Is a directory");
  EXPECT_EQ(message_of(files().list_directory(at("/x"))),
            "cannot list " + files().shown(at("/x")) + ": Not a directory");
  EXPECT_EQ(message_of(files().try_lock_directory(at("/x"))),
            "cannot lock " + files().shown(at("/x")) + ": Not a directory");
  EXPECT_EQ(message_of(files().remove_file(at("/d"))),
            "cannot remove " + files().shown(at("/d")) + ": Is a directory");
  EXPECT_EQ(message_of(files().remove_directory(at("/x"))),
            "cannot remove " + files().shown(at("/x")) + ": Not a directory");
  EXPECT_EQ(message_of(files().rename(at("/x"), at("/d"))),
            "cannot rename " + files().shown(at("/x")) + " to " + files().shown(at("/d")) +
                ": Is a directory");
}

TEST_P(FileSystemContract, NeverOverwritesWhenItCreates) {
  write("/x", "old");
  world_->symlink(at("/dangling"), at("/none"));
  directory("/d");
  const auto again = files().create_file(at("/x"), "new", {});
  ASSERT_FALSE(again);
  EXPECT_EQ(kind_of(again), ErrorKind::Conflict);
  EXPECT_EQ(message_of(again), "cannot create " + files().shown(at("/x")) + ": File exists");
  EXPECT_EQ(read("/x"), "old");
  EXPECT_FALSE(files().create_file(at("/dangling"), "new", {}));
  EXPECT_EQ(kind_of(files().status(at("/none"))), ErrorKind::NotFound);
  EXPECT_EQ(kind_of(files().make_directory(at("/d"), {})), ErrorKind::Conflict);
  EXPECT_EQ(kind_of(files().make_directory(at("/dangling"), {})), ErrorKind::Conflict);
}

TEST_P(FileSystemContract, ListsSortedByBytes) {
  directory("/d");
  for (const char* name : {"/d/b", "/d/.hidden", "/d/B", "/d/a.yaml~"}) write(name, "");
  EXPECT_THAT(files().list_directory(at("/d")).value(),
              ElementsAre(".hidden", "B", "a.yaml~", "b"));
}

TEST_P(FileSystemContract, RenamesOverAFileAndKeepsTheIdentityOfWhatCame) {
  write("/x", "old");
  write("/y", "new");
  const auto identity = files().status(at("/y"))->identity;
  ASSERT_TRUE(files().sync_file(at("/y")));
  ASSERT_TRUE(files().rename(at("/y"), at("/x")));
  ASSERT_TRUE(files().sync_directory(at("/")));
  EXPECT_EQ(read("/x"), "new");
  EXPECT_EQ(files().status(at("/x"))->identity, identity);
  EXPECT_EQ(kind_of(files().status(at("/y"))), ErrorKind::NotFound);
}

TEST_P(FileSystemContract, RenamesAndRemovesASymlinkItself) {
  write("/target", "kept");
  write("/y", "new");
  world_->symlink(at("/link"), at("/target"));
  world_->symlink(at("/other"), at("/target"));
  ASSERT_TRUE(files().rename(at("/y"), at("/link")));
  ASSERT_TRUE(files().remove_file(at("/other")));
  EXPECT_EQ(read("/target"), "kept");
  EXPECT_EQ(read("/link"), "new");
  EXPECT_EQ(files().canonical_path(at("/link")).value(), at("/link"));
  EXPECT_EQ(kind_of(files().status(at("/other"))), ErrorKind::NotFound);
}

TEST_P(FileSystemContract, RemovesOnlyEmptyDirectories) {
  directory("/d");
  write("/d/x", "");
  EXPECT_EQ(kind_of(files().remove_directory(at("/d"))), ErrorKind::Conflict);
  ASSERT_TRUE(files().remove_file(at("/d/x")));
  ASSERT_TRUE(files().remove_directory(at("/d")));
  EXPECT_EQ(kind_of(files().status(at("/d"))), ErrorKind::NotFound);
}

TEST_P(FileSystemContract, ResolvesSymlinks) {
  directory("/a");
  directory("/a/b");
  write("/a/b/x", "here");
  world_->symlink(at("/relative"), "a/b/../b/./x");
  world_->symlink(at("/absolute"), at("/a"));
  world_->symlink(at("/chain"), "absolute/b");
  world_->symlink(at("/dangling"), "none");
  world_->symlink(at("/loop"), "loop");
  EXPECT_EQ(files().canonical_path(at("/relative")).value(), at("/a/b/x"));
  EXPECT_EQ(files().canonical_path(at("/chain/x")).value(), at("/a/b/x"));
  EXPECT_EQ(files().canonical_path(at("/chain/../b//x")).value(), at("/a/b/x"));
  EXPECT_EQ(files().canonical_path(at("/a/")).value(), at("/a"));
  EXPECT_EQ(files().canonical_path("/").value(), "/");
  EXPECT_EQ(read("/chain/x"), "here");
  EXPECT_EQ(kind_of(files().status(at("/dangling"))), ErrorKind::NotFound);
  EXPECT_EQ(kind_of(files().canonical_path(at("/dangling"))), ErrorKind::NotFound);
  EXPECT_EQ(message_of(files().canonical_path(at("/loop"))),
            "cannot find " + files().shown(at("/loop")) + ": Too many levels of symbolic links");
}

TEST_P(FileSystemContract, TellsASymlinkFromWhatItLeadsTo) {
  write("/x", "");
  directory("/d");
  world_->symlink(at("/to-x"), "x");
  world_->symlink(at("/to-d"), "d");
  world_->symlink(at("/to-itself"), "to-itself");
  world_->symlink(at("/d/nowhere"), "none");
  for (const char* path : {"/to-x", "/to-d", "/to-itself", "/d/nowhere", "/to-d/nowhere"}) {
    const auto is = files().names_symlink(at(path));
    ASSERT_TRUE(is) << path;
    EXPECT_TRUE(*is) << path;
  }
  for (const char* path : {"/x", "/d", "/"}) {
    const auto is = files().names_symlink(at(path));
    ASSERT_TRUE(is) << path;
    EXPECT_FALSE(*is) << path;
  }
  EXPECT_EQ(message_of(files().names_symlink(at("/d/none"))),
            "cannot look at " + files().shown(at("/d/none")) + ": No such file or directory");
  EXPECT_EQ(kind_of(files().names_symlink(at("/d/none"))), ErrorKind::NotFound);
}

TEST_P(FileSystemContract, TellsTheFreeSpaceOfFilesDirectoriesAndWhatSymlinksLeadTo) {
  directory("/d");
  write("/d/x", "1");
  world_->symlink(at("/link"), at("/d"));
  world_->symlink(at("/dangling"), "none");
  for (const char* path : {"/", "/d", "/d/x", "/link", "/link/x"}) {
    const auto free = files().free_bytes(at(path));
    ASSERT_TRUE(free) << path << ": " << message_of(free);
    EXPECT_GT(*free, 0u) << path;
  }
  EXPECT_EQ(kind_of(files().free_bytes(at("/dangling"))), ErrorKind::NotFound);
  EXPECT_EQ(kind_of(files().free_bytes(at("/d/x/below"))), ErrorKind::NotFound);
}

TEST_P(FileSystemContract, WritesThroughASymlinkedDirectory) {
  directory("/real");
  world_->symlink(at("/link"), at("/real"));
  write("/link/x", "1");
  ASSERT_TRUE(files().make_directory(at("/link/d"), {}));
  EXPECT_THAT(files().list_directory(at("/real")).value(), ElementsAre("d", "x"));
}

TEST_P(FileSystemContract, SeesAFifoWithoutWaitingForIt) {
  world_->fifo(at("/fifo"));
  EXPECT_EQ(files().status(at("/fifo"))->kind, FileKind::Fifo);
  EXPECT_EQ(files().read_file(at("/fifo"), 10).value(), "");
}

TEST_P(FileSystemContract, LocksADirectoryOnceAndLeavesNoFile) {
  directory("/d");
  auto first = files().try_lock_directory(at("/d"));
  ASSERT_TRUE(first);
  EXPECT_TRUE(std::holds_alternative<std::unique_ptr<DirectoryLock>>(*first));
  auto second = files().try_lock_directory(at("/d"));
  ASSERT_TRUE(second);
  EXPECT_TRUE(std::holds_alternative<LockHolder>(*second));
  EXPECT_THAT(files().list_directory(at("/d")).value(), IsEmpty());
  first = LockAttempt(LockHolder{});  // gives the lock back
  auto third = files().try_lock_directory(at("/d"));
  ASSERT_TRUE(third);
  EXPECT_TRUE(std::holds_alternative<std::unique_ptr<DirectoryLock>>(*third));
}

TEST_P(FileSystemContract, RewritesASmallFile) {
  directory("/d");
  write("/d/.x.kaudit-tmp", "left by a crash");
  ASSERT_TRUE(rewrite_file(files(), at("/d/x"), "1", {0600, {}, {}}));
  ASSERT_TRUE(rewrite_file(files(), at("/d/x"), "2", {0640, {}, {}}));
  EXPECT_EQ(read("/d/x"), "2");
  EXPECT_EQ(files().status(at("/d/x"))->mode, 0640u);
  EXPECT_THAT(files().list_directory(at("/d")).value(), ElementsAre("x"));
}

TEST(PosixFileSystem, NamesTheHolderOfALock) {
  PosixWorld world(false);
  FileSystem& files = world.files();
  const auto first = files.try_lock_directory(world.at("/"));
  std::ifstream locks("/proc/locks");
  const std::string all((std::istreambuf_iterator<char>(locks)), {});
  if (all.find(" " + std::to_string(getpid()) + " ") == std::string::npos) {
    GTEST_SKIP() << "/proc/locks does not show this process";
  }
  const auto second = files.try_lock_directory(world.at("/"));
  const LockHolder holder = std::get<LockHolder>(*second);
  EXPECT_EQ(holder.pid, getpid());
  std::string command;
  std::getline(std::ifstream("/proc/self/comm"), command);
  EXPECT_EQ(holder.command, command);
  EXPECT_FALSE(command.empty());
}

TEST(PosixFileSystem, CopiesExtendedAttributes) {
  PosixWorld world(false);
  FileSystem& files = world.files();
  ASSERT_TRUE(files.create_file(world.at("/model"), "", {}));
  if (setxattr(world.at("/model").c_str(), "user.kaudit", "v\0w", 3, 0) != 0) {
    GTEST_SKIP() << "no extended attributes here";
  }
  ASSERT_TRUE(files.create_file_like(world.at("/x"), "new", world.at("/model")));
  char value[8] = {};
  ASSERT_EQ(getxattr(world.at("/x").c_str(), "user.kaudit", value, sizeof value), 3);
  EXPECT_EQ(std::string(value, 3), std::string("v\0w", 3));
}

// The disk is not ours alone: the number is compared where it stands still for a moment.
TEST(PosixFileSystem, TellsWhatIsFreeForOthersThanRoot) {
  for (const bool confined : {false, true}) {
    PosixWorld world(confined);
    bool compared = false;
    for (int tries = 0; tries < 1000 && !compared; ++tries) {
      const std::uintmax_t before = std::filesystem::space(world.outside("/")).available;
      const auto free = world.files().free_bytes(world.at("/"));
      const std::uintmax_t after = std::filesystem::space(world.outside("/")).available;
      if (before != after) continue;
      compared = true;
      ASSERT_TRUE(free);
      EXPECT_EQ(*free, before);
    }
    if (!compared) GTEST_SKIP() << "the disk is never at rest";
  }
}

TEST(MemoryFileSystem, HasTheRoomThatItIsGiven) {
  MemoryFileSystem files;
  files.set_free_bytes(5);
  files.put_file("/x", "123456");
  EXPECT_EQ(files.free_bytes("/x").value(), 5u);
  files.fail_at(Step::FreeBytes, 1, EIO);
  EXPECT_EQ(message_of(files.free_bytes("/x")),
            "cannot tell the free space at /x: Input/output error");
  EXPECT_THAT(files.diary(), ElementsAre("free /x", "free /x"));
  EXPECT_EQ(files.changes(), 0);
}

TEST(PosixFileSystem, ShowsPathsBelowTheRoot) {
  PosixWorld world(true);
  const std::string shown = world.files().shown("/etc/none");
  EXPECT_EQ(shown, world.outside("/etc/none"));
  EXPECT_EQ(message_of(world.files().read_file("/etc/none", 1)),
            "cannot read " + shown + ": No such file or directory");
}

TEST(PosixFileSystem, SaysWhenTheRootCannotBeOpened) {
  const auto none = PosixFileSystem::open("/nonexistent-root");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message,
            "cannot open the root directory /nonexistent-root: No such file or directory");
}

TEST(PosixFileSystem, TakesOtherSpellingsOfTheMachinesRoot) {
  EXPECT_EQ(PosixFileSystem::open("//.").value()->shown("/etc"), "/etc");
}

// A tree made by somebody who wants root to write outside it.
class HostileTree : public testing::Test {
 protected:
  HostileTree() {
    EXPECT_TRUE(outside_.files().create_file(outside_.at("/secret"), "secret", {}));
    tree_.symlink("/absolute", outside_.at("/"));
    std::string up;
    for (int i = 0; i < 30; ++i) up += "../";
    tree_.symlink("/dots", up + outside_.at("/").substr(1));
    tree_.symlink("/file", outside_.at("/secret"));
    tree_.symlink("/magic", "/proc/self/root");
  }
  PosixWorld outside_{false};
  PosixWorld tree_{true};
};

TEST_F(HostileTree, CannotBeReadThrough) {
  for (const char* path : {"/absolute/secret", "/dots/secret", "/file", "/magic/etc/passwd"}) {
    EXPECT_EQ(kind_of(tree_.files().read_file(path, kPlenty)), ErrorKind::NotFound) << path;
    EXPECT_EQ(kind_of(tree_.files().canonical_path(path)), ErrorKind::NotFound) << path;
    EXPECT_EQ(kind_of(tree_.files().free_bytes(path)), ErrorKind::NotFound) << path;
  }
  const std::string up = "/../../../../../../../.." + outside_.at("/secret");
  EXPECT_EQ(kind_of(tree_.files().read_file(up, kPlenty)), ErrorKind::NotFound);
}

TEST_F(HostileTree, CannotBeWrittenThrough) {
  FileSystem& files = tree_.files();
  ASSERT_TRUE(files.create_file("/mine", "mine", {}));
  for (const std::string& directory :
       {std::string("/absolute"), std::string("/dots"), "/../../../.." + outside_.at("")}) {
    EXPECT_FALSE(files.create_file(directory + "/new", "x", {})) << directory;
    EXPECT_FALSE(files.create_file_like(directory + "/new", "x", "/mine")) << directory;
    EXPECT_FALSE(files.make_directory(directory + "/dir", {})) << directory;
    EXPECT_FALSE(files.rename("/mine", directory + "/secret")) << directory;
    EXPECT_FALSE(files.remove_file(directory + "/secret")) << directory;
    EXPECT_FALSE(files.try_lock_directory(directory)) << directory;
  }
  EXPECT_THAT(outside_.files().list_directory(outside_.at("/")).value(), ElementsAre("secret"));
  EXPECT_EQ(outside_.files().read_file(outside_.at("/secret"), 10).value(), "secret");
}

TEST_F(HostileTree, LeadsToItsOwnFilesInstead) {
  FileSystem& files = tree_.files();
  std::filesystem::create_directories(tree_.outside(outside_.at("/")));
  ASSERT_TRUE(files.create_file("/absolute/new", "inside", {}));
  EXPECT_EQ(files.canonical_path("/dots/new").value(), outside_.at("/new"));
  EXPECT_EQ(files.read_file("/dots/new", 10).value(), "inside");
  EXPECT_THAT(outside_.files().list_directory(outside_.at("/")).value(), ElementsAre("secret"));
}

}  // namespace
}  // namespace kaudit::host
