#include "rollout/host_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "support/memory_node.h"

namespace kaudit::rollout {
namespace {

using host::FileKind;
using host::UtcTime;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names_of(const std::vector<RotatedLog>& logs) {
  std::vector<std::string> names;
  for (const RotatedLog& log : logs) names.push_back(log.name);
  return names;
}

TEST(RotatedLogs, AreExactlyTheNamesThatLumberjackMakes) {
  const std::vector<std::string> names = {
      "audit.log",
      "audit-2024-05-01T10-20-30.123.log",
      "audit-2024-05-01T10-20-30.124.log.gz",
      "audit-2024-05-01T10-20-30.123.log.gz",  // the plain one is not yet removed
      "audit-2024-05-01T10-20-30.log",
      "audit-2024-05-01T10:20:30.123.log",
      "audit-2024-02-30T10-20-30.123.log",
      "audit-2024-05-01T24-20-30.123.log",
      "audit-2024-05-01T10-20-30.12x.log",
      "audit-2024-05-01T10-20-30.123.log.gz.gz",
      "audit-2024-05-01T10-20-30.123",
      "audit2-2024-05-01T10-20-30.123.log",
      "audit-old.log",
      "audit-.log",
      "audit-2024-05-01T10-20-30.123-2024-05-01T10-20-30.123.log",
  };
  const auto found = rotated_logs("audit.log", names);
  EXPECT_THAT(names_of(found), ElementsAre("audit-2024-05-01T10-20-30.124.log",
                                           "audit-2024-05-01T10-20-30.123.log"));
  // date -u -d 2024-05-01T10:20:30 +%s
  EXPECT_EQ(found[1].time, (UtcTime{1'714'558'830, 123'000'000}));
}

TEST(RotatedLogs, TakeTheExtensionFromTheLastDot) {
  EXPECT_THAT(names_of(rotated_logs("audit", {"audit-2024-05-01T10-20-30.123"})),
              ElementsAre("audit-2024-05-01T10-20-30.123"));
  EXPECT_THAT(names_of(rotated_logs("kube.audit.log", {"kube.audit-2024-05-01T10-20-30.123.log"})),
              ElementsAre("kube.audit-2024-05-01T10-20-30.123.log"));
  EXPECT_THAT(rotated_logs("kube.audit.log", {"kube-2024-05-01T10-20-30.123.audit.log"}),
              IsEmpty());
}

struct Row {
  const char* why;
  RotationLimits limits;  // maxage in days, maxbackup
  std::size_t count;
  std::int64_t oldest;  // days before now
};

TEST(LogsToBeDeleted, FollowsLumberjack) {
  constexpr std::int64_t kDay = 86'400;
  const UtcTime now{1'714'558'830, 0};
  std::vector<RotatedLog> logs;  // 1, 5, 10, 30 and 400 days old
  for (const std::int64_t days : {1, 5, 10, 30, 400}) {
    logs.push_back({"", {now.seconds - days * kDay, 0}});
  }
  const Row rows[] = {
      {"no limits", {0, 0}, 0, 0},
      {"by age", {10, 0}, 2, 400},
      {"exactly as old is kept", {30, 0}, 1, 400},
      {"by count", {0, 2}, 3, 400},
      {"as many as there are", {0, 5}, 0, 0},
      {"both, counted once", {7, 4}, 3, 400},
      {"count is the stricter", {365, 1}, 4, 400},
      {"all", {0, -1}, 0, 0},
      {"negative age is refused elsewhere", {-1, 0}, 0, 0},
      {"the longest age that Go can hold", {106'751, 0}, 0, 0},
      {"one more day wraps around to the future", {106'752, 0}, 5, 400},
  };
  for (const Row& row : rows) {
    const LogDeletion deletion = logs_to_be_deleted(logs, row.limits, now);
    EXPECT_EQ(deletion.count, row.count) << row.why;
    EXPECT_EQ(deletion.oldest.has_value(), row.count > 0) << row.why;
    if (deletion.oldest) {
      EXPECT_EQ(deletion.oldest->seconds, now.seconds - row.oldest * kDay) << row.why;
    }
  }
}

TEST(LogsToBeDeleted, JudgesAgeToTheNanosecond) {
  const UtcTime now{86'400, 500'000'000};
  const RotationLimits one_day{1, 0};
  EXPECT_EQ(logs_to_be_deleted({{"", {0, 500'000'000}}}, one_day, now).count, 0u);
  EXPECT_EQ(logs_to_be_deleted({{"", {0, 499'000'000}}}, one_day, now).count, 1u);
}

TEST(LookAt, TellsWhatIsThere) {
  MemoryNode node;
  node.files.put_special("/run/x.sock", FileKind::Socket);
  const PathFact manifest = look_at(node.files, kManifest);
  EXPECT_TRUE(manifest.exists());
  EXPECT_EQ(manifest.path, kManifest);
  EXPECT_EQ(manifest.status->kind, FileKind::Regular);
  EXPECT_EQ(manifest.status->size, kOld.size());
  EXPECT_TRUE(manifest.parent_exists);
  EXPECT_EQ(look_at(node.files, "/run/x.sock").status->kind, FileKind::Socket);
  const PathFact none = look_at(node.files, "/none/x");
  EXPECT_FALSE(none.exists());
  EXPECT_FALSE(none.unknown);
  EXPECT_FALSE(none.parent_exists);
  EXPECT_TRUE(look_at(node.files, "/var/none").parent_exists);
}

TEST(LookAt, TellsWhenItCannotSay) {
  MemoryNode node;
  node.files.is_root = false;
  node.files.fail_at(1, EACCES);
  const PathFact fact = look_at(node.files, kManifest);
  EXPECT_FALSE(fact.exists());
  ASSERT_TRUE(fact.unknown);
  EXPECT_EQ(fact.unknown->message, "cannot look at " + kManifest + ": Permission denied");
}

TEST(LogFacts, FindsRotatedLogs) {
  MemoryNode node;
  node.files.put_file("/var/log/audit/audit.log", "events");
  node.files.put_file("/var/log/audit/audit-2024-05-01T10-20-30.123.log", "");
  node.files.put_file("/var/log/audit/other-2024-05-01T10-20-30.123.log", "");
  const LogFacts facts = log_facts(node.files, "/var/log/audit/audit.log");
  EXPECT_EQ(facts.file.status->size, 6u);
  EXPECT_EQ(facts.directory.status->kind, FileKind::Directory);
  EXPECT_THAT(names_of(facts.rotated), ElementsAre("audit-2024-05-01T10-20-30.123.log"));
  EXPECT_THAT(log_facts(node.files, "/none/audit.log").rotated, IsEmpty());
}

TEST(LogFacts, CountsTheBytesOfTheLogAndOfEachRotatedFile) {
  MemoryNode node;
  const std::string directory = "/var/log/audit/";
  node.files.put_file(directory + "audit.log", "1");
  node.files.put_file(directory + "audit-2024-05-01T10-20-30.123.log", "22");
  node.files.put_file(directory + "audit-2024-05-01T10-20-30.123.log.gz", "4444");
  node.files.put_file(directory + "audit-2024-05-02T10-20-30.123.log.gz", "88888888");
  node.files.put_file(directory + "audit.log.gz", std::string(16, 'x'));
  node.files.put_file(directory + "other-2024-05-01T10-20-30.123.log", std::string(32, 'x'));
  node.files.put_directory(directory + "audit-2024-05-03T10-20-30.123.log");
  node.files.put_symlink(directory + "audit-2024-05-04T10-20-30.123.log", "/none");
  EXPECT_EQ(log_facts(node.files, directory + "audit.log").used_bytes, 15u);
  EXPECT_EQ(log_facts(node.files, directory + "new.log").used_bytes, 0u);
  EXPECT_EQ(log_facts(node.files, "/none/audit.log").used_bytes, 0u);
}

TEST(LogFacts, TellsWhenTheDirectoryCannotBeListed) {
  MemoryNode node;
  node.files.put_directory("/var/log/audit");
  node.files.fail_at(host::Step::List, 1, EACCES);
  const LogFacts facts = log_facts(node.files, "/var/log/audit/audit.log");
  ASSERT_TRUE(facts.directory.unknown);
  EXPECT_EQ(facts.directory.unknown->message, "cannot list /var/log/audit: Permission denied");
}

TEST(SiblingFiles, AreWhatTheKubeletAlsoReads) {
  MemoryNode node;
  node.files.put_file(kDirectory + "/kube-apiserver.yaml.bak", kOld);
  node.files.put_file(kDirectory + "/.hidden", "");
  node.files.put_file(kDirectory + "/below/x.yaml", "");
  node.files.put_special(kDirectory + "/fifo", FileKind::Fifo);
  node.files.put_symlink(kDirectory + "/again.yaml", kManifest);
  node.files.put_symlink(kDirectory + "/dangling", "/none");
  node.files.put_file(kDirectory + "/huge", std::string((std::size_t{10} << 20) + 1, 'x'));
  const auto siblings = sibling_files(node.files, kDirectory, "kube-apiserver.yaml");
  ASSERT_TRUE(siblings);
  std::vector<std::string> seen;
  for (const SiblingFile& one : *siblings) {
    seen.push_back(one.path.substr(kDirectory.size() + 1) + "=" +
                   (one.bytes ? *one.bytes : one.bytes.error().message));
  }
  EXPECT_THAT(seen, ElementsAre("again.yaml=" + kOld, "etcd.yaml=kind: Pod # etcd\n",
                                "huge=" + kDirectory + "/huge is larger than 10485760 bytes",
                                "kube-apiserver.yaml.bak=" + kOld));
  EXPECT_FALSE(sibling_files(node.files, "/none", "x"));
}

}  // namespace
}  // namespace kaudit::rollout
