#include "rollout/policy_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "host/node_path.h"
#include "host/posix_file_system.h"
#include "rollout/replace_manifest.h"
#include "rollout/rollback.h"
#include "support/memory_node.h"

namespace kaudit::rollout {
namespace {

using host::Crash;
using host::FileKind;
using host::Step;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using text::ErrorKind;

const std::string kAudit = "/etc/kubernetes/audit";
const std::string kPolicy = kAudit + "/audit-policy.yaml";
const std::string kTemporary = kAudit + "/.audit-policy.yaml.kaudit-tmp";
const std::string kOldPolicy = "kind: Policy # old\n";
const std::string kNewPolicy = "kind: Policy # new\n";

PolicyRequest wanted(bool replace = false) {
  PolicyRequest request;
  request.path = kPolicy;
  request.bytes = kNewPolicy;
  request.replace = replace;
  return request;
}

// ---- what the twin and the disk must do alike --------------------------------------------------

// An empty node, in memory or below a temporary directory.
class World {
 public:
  virtual ~World() = default;
  virtual host::FileSystem& files() = 0;
  virtual void symlink(const std::string& path, const std::string& target) = 0;
  virtual void fifo(const std::string& path) = 0;
};

class MemoryWorld : public World {
 public:
  host::FileSystem& files() override { return files_; }
  void symlink(const std::string& path, const std::string& target) override {
    files_.put_symlink(path, target);
  }
  void fifo(const std::string& path) override { files_.put_special(path, FileKind::Fifo); }

 private:
  host::MemoryFileSystem files_;
};

class DiskWorld : public World {
 public:
  DiskWorld() {
    std::string pattern = std::filesystem::temp_directory_path() / "kaudit-test-XXXXXX";
    root_ = mkdtemp(pattern.data());
    root_ = std::filesystem::canonical(root_);
    files_ = std::move(host::PosixFileSystem::open(root_).value());
  }
  ~DiskWorld() override { std::filesystem::remove_all(root_); }
  host::FileSystem& files() override { return *files_; }
  void symlink(const std::string& path, const std::string& target) override {
    std::filesystem::create_symlink(target, root_ + path);
  }
  void fifo(const std::string& path) override { mkfifo((root_ + path).c_str(), 0600); }

 private:
  std::string root_;
  std::unique_ptr<host::PosixFileSystem> files_;
};

struct Implementation {
  const char* name;
  std::unique_ptr<World> (*make)();
};

const Implementation kImplementations[] = {
    {"Memory", [] { return std::unique_ptr<World>(std::make_unique<MemoryWorld>()); }},
    {"Disk", [] { return std::unique_ptr<World>(std::make_unique<DiskWorld>()); }},
};

class PolicyFile : public testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root, who alone may give files away";
    for (const char* path : {"/etc", "/etc/kubernetes", "/etc/kubernetes/manifests"})
      ASSERT_TRUE(files().make_directory(path, {0755, 0, 0}));
  }

  host::FileSystem& files() { return world_->files(); }
  void put(const std::string& path, const std::string& bytes, host::Attributes attributes) {
    if (files().status(path)) {
      ASSERT_TRUE(files().remove_file(path));
    }
    ASSERT_TRUE(make_directories(files(), host::parent_path(path), {0755, 0, 0}, {0755, 0, 0}));
    ASSERT_TRUE(files().create_file(path, bytes, attributes));
  }
  std::string read(const std::string& path) {
    return files().read_file(path, kPolicyLimit).value_or("(unreadable)");
  }
  // "0600 0:0"
  std::string rights(const std::string& path) {
    const auto status = files().status(path);
    if (!status) return "(missing)";
    char text[64];
    std::snprintf(text, sizeof text, "%04o %u:%u", status->mode, status->uid, status->gid);
    return text;
  }
  PolicyPlan plan(const PolicyRequest& request) {
    const auto planned = plan_policy(files(), request);
    EXPECT_TRUE(planned) << (planned ? "" : planned.error().message);
    return planned.value_or(PolicyPlan{});
  }
  WrittenPolicy write(const PolicyPlan& plan) {
    const auto written = write_policy(files(), plan);
    EXPECT_TRUE(written) << (written ? "" : written.error().message);
    return written.value_or(WrittenPolicy());
  }
  // Kind, message and hint of the refusal, with the paths of the node.
  std::string refusal(const PolicyRequest& request) {
    const auto planned = plan_policy(files(), request);
    if (planned) return "(none)";
    std::string text = planned.error().message + " | " + planned.error().hint;
    const std::string root = files().shown("/");
    for (std::size_t at = root.size() > 1 ? text.find(root) : std::string::npos;
         at != std::string::npos; at = text.find(root, at))
      text.replace(at, root.size(), "/");
    return text;
  }

  std::unique_ptr<World> world_ = GetParam().make();
};

INSTANTIATE_TEST_SUITE_P(All, PolicyFile, testing::ValuesIn(kImplementations),
                         [](const auto& implementation) { return implementation.param.name; });

TEST_P(PolicyFile, IsPrivateInDirectoriesThatAllMayEnter) {
  const mode_t old = umask(0077);
  PolicyRequest request = wanted();
  request.path = kAudit + "/more/policy.yaml";
  const PolicyPlan planned = plan(request);
  EXPECT_EQ(planned.action, PolicyAction::Installed);
  EXPECT_EQ(rights(kAudit), "(missing)");
  write(planned);
  umask(old);
  EXPECT_EQ(read(request.path), kNewPolicy);
  EXPECT_EQ(rights(request.path), "0600 0:0");
  EXPECT_EQ(rights(kAudit), "0755 0:0");
  EXPECT_EQ(rights(kAudit + "/more"), "0755 0:0");
  EXPECT_THAT(files().list_directory(kAudit + "/more").value(), ElementsAre("policy.yaml"));
}

TEST_P(PolicyFile, BelongsToWhomTheApiServerRunsAs) {
  PolicyRequest request = wanted();
  request.uid = 65532;
  request.gid = 65533;
  write(plan(request));
  EXPECT_EQ(rights(kPolicy), "0600 65532:65533");
  EXPECT_EQ(rights(kAudit), "0755 0:0");
}

TEST_P(PolicyFile, IsLeftAloneWhereItIsThere) {
  put(kPolicy, kNewPolicy, {0644, 3, 4});
  const auto before = files().status(kPolicy);
  PolicyRequest request = wanted(true);
  request.uid = 65532;
  const PolicyPlan planned = plan(request);
  EXPECT_EQ(planned.action, PolicyAction::Unchanged);
  const WrittenPolicy written = write(planned);
  EXPECT_TRUE(written.put_back(files()));
  const auto after = files().status(kPolicy);
  EXPECT_EQ(after->identity, before->identity);
  EXPECT_EQ(after->modified, before->modified);
  EXPECT_EQ(rights(kPolicy), "0644 3:4");
}

TEST_P(PolicyFile, IsNotReplacedUnasked) {
  for (const std::string& present : {kOldPolicy, std::string(), kNewPolicy + "\n"}) {
    put(kPolicy, present, {0600, 0, 0});
    EXPECT_EQ(refusal(wanted()),
              "there is a different policy in /etc/kubernetes/audit/audit-policy.yaml already | "
              "--replace-policy replaces it and keeps a backup; with --dry-run it shows the "
              "difference");
  }
}

struct Rights {
  std::uint32_t mode;
  std::uint32_t owner, group;
  std::uint32_t uid, gid;
  std::vector<std::uint32_t> groups;
  const char* after;
};

TEST_P(PolicyFile, KeepsModeAndOwnerIfTheApiServerCanReadIt) {
  const Rights rows[] = {
      {0640, 7, 8, 0, 0, {}, "0640 7:8"},      // root reads everything
      {0400, 7, 8, 7, 9, {}, "0400 7:8"},      // its owner
      {0040, 1, 8, 7, 8, {}, "0040 1:8"},      // its group
      {0040, 1, 8, 7, 9, {5, 8}, "0040 1:8"},  // a group besides
      {0644, 1, 2, 7, 9, {}, "0644 1:2"},      // everybody
      {0044, 7, 8, 7, 9, {}, "0600 7:9"},      // not the owner, whatever others may
      {0604, 1, 9, 7, 9, {}, "0600 7:9"},      // nor the group
      {0640, 0, 0, 65532, 65532, {}, "0600 65532:65532"},
  };
  for (const Rights& row : rows) {
    put(kPolicy, kOldPolicy, {row.mode, row.owner, row.group});
    const std::string old = rights(kPolicy);
    PolicyRequest request = wanted(true);
    request.uid = row.uid;
    request.gid = row.gid;
    request.groups = row.groups;
    const PolicyPlan planned = plan(request);
    EXPECT_EQ(planned.action, PolicyAction::Replaced);
    EXPECT_EQ(planned.before, kOldPolicy);
    const WrittenPolicy written = write(planned);
    EXPECT_EQ(read(kPolicy), kNewPolicy);
    EXPECT_EQ(rights(kPolicy), row.after);
    ASSERT_TRUE(written.put_back(files()));
    EXPECT_EQ(read(kPolicy), kOldPolicy);
    EXPECT_EQ(rights(kPolicy), old);
    EXPECT_THAT(files().list_directory(kAudit).value(), ElementsAre("audit-policy.yaml"));
  }
}

TEST_P(PolicyFile, IsTakenBackWithItsDirectories) {
  const WrittenPolicy written = write(plan(wanted()));
  ASSERT_TRUE(written.put_back(files()));
  EXPECT_THAT(files().list_directory("/etc/kubernetes").value(), ElementsAre("manifests"));
}

TEST_P(PolicyFile, StaysWhenSomebodyElseChangedItMeanwhile) {
  for (const bool replaced : {false, true}) {
    put(kPolicy, kOldPolicy, {0600, 0, 0});
    if (!replaced) {
      ASSERT_TRUE(files().remove_file(kPolicy));
    }
    const WrittenPolicy written = write(plan(wanted(true)));
    ASSERT_TRUE(host::rewrite_file(files(), kPolicy, "theirs", {0600, 0, 0}));
    const auto back = written.put_back(files());
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().kind, ErrorKind::Conflict);
    EXPECT_EQ(back.error().message, "the policy " + files().shown(kPolicy) +
                                        " was changed by somebody else meanwhile and stays as it "
                                        "is");
    EXPECT_EQ(read(kPolicy), "theirs");
  }
}

TEST_P(PolicyFile, NoticesWhatComesBetweenPlanAndRename) {
  const PolicyPlan fresh = plan(wanted());
  put(kPolicy, kOldPolicy, {0600, 0, 0});
  const PolicyPlan replacing = plan(wanted(true));
  ASSERT_TRUE(host::rewrite_file(files(), kPolicy, "theirs", {0600, 0, 0}));
  for (const PolicyPlan& planned : {fresh, replacing}) {
    const auto written = write_policy(files(), planned);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::Busy);
    EXPECT_EQ(written.error().message,
              files().shown(kPolicy) + " was changed by somebody else while kaudit worked on it");
    EXPECT_EQ(written.error().hint, "run this again");
    EXPECT_EQ(read(kPolicy), "theirs");
    EXPECT_THAT(files().list_directory(kAudit).value(), ElementsAre("audit-policy.yaml"));
  }
}

TEST_P(PolicyFile, FollowsSymlinksAndLeavesThem) {
  put("/etc/policies/real.yaml", kOldPolicy, {0600, 0, 0});
  ASSERT_TRUE(files().make_directory(kAudit, {0755, 0, 0}));
  world_->symlink(kPolicy, "/etc/policies/real.yaml");  // absolute, as the node sees it
  const PolicyPlan planned = plan(wanted(true));
  EXPECT_EQ(planned.path, "/etc/policies/real.yaml");
  write(planned);
  EXPECT_EQ(read("/etc/policies/real.yaml"), kNewPolicy);
  EXPECT_EQ(files().canonical_path(kPolicy).value(), "/etc/policies/real.yaml");
}

TEST_P(PolicyFile, MakesAFileBehindASymlinkedDirectory) {
  ASSERT_TRUE(files().make_directory("/etc/policies", {0755, 0, 0}));
  world_->symlink(kAudit, "/etc/policies");
  write(plan(wanted()));
  EXPECT_EQ(read("/etc/policies/audit-policy.yaml"), kNewPolicy);
}

TEST_P(PolicyFile, SaysWhatIsInTheWay) {
  ASSERT_TRUE(files().make_directory(kAudit, {0755, 0, 0}));
  ASSERT_TRUE(files().make_directory(kPolicy, {0755, 0, 0}));
  EXPECT_EQ(
      refusal(wanted(true)),
      "the policy cannot be written, because /etc/kubernetes/audit/audit-policy.yaml is a "
      "directory | if a container runtime made it, remove it; otherwise correct the hostPath");
  PolicyRequest request = wanted(true);
  request.path = kAudit + "/pipe";
  world_->fifo(request.path);
  EXPECT_EQ(refusal(request),
            "the policy cannot be written, because /etc/kubernetes/audit/pipe is not a regular "
            "file | remove it, or correct the hostPath");
  request.path = kAudit + "/link";
  world_->symlink(request.path, "nowhere");
  EXPECT_EQ(refusal(request),
            "/etc/kubernetes/audit/link is a symlink that leads nowhere | remove it, or make the "
            "file that it names");
  put(kAudit + "/file", "", {0600, 0, 0});
  request.path = kAudit + "/file/more/policy.yaml";
  EXPECT_EQ(refusal(request),
            "/etc/kubernetes/audit/file is not a directory | move it away, or give the policy "
            "another path");
}

TEST_P(PolicyFile, NeverLiesWhereTheKubeletReads) {
  world_->symlink(kAudit, "manifests");
  PolicyRequest request = wanted(true);
  request.static_pod_directory = "/etc/kubernetes/manifests";
  for (const bool is_there : {false, true}) {
    if (is_there) put(kPolicy, kOldPolicy, {0600, 0, 0});
    const std::string path = is_there ? "/etc/kubernetes/manifests/audit-policy.yaml" : kPolicy;
    EXPECT_EQ(refusal(request),
              "the policy " + path +
                  " would lie among the kubelet's manifests, and the kubelet would take it for one "
                  "| give --audit-policy-file or --host-path a path in another directory");
  }
}

TEST_P(PolicyFile, IsNotReplacedIfItIsHuge) {
  put(kPolicy, std::string(kPolicyLimit + 1, '#'), {0600, 0, 0});
  EXPECT_EQ(refusal(wanted(true)),
            "/etc/kubernetes/audit/audit-policy.yaml is larger than 10485760 bytes | ");
}

// ---- failures ----------------------------------------------------------------------------------

struct Failure {
  Step step;
  int n;
  int code;
  const char* message;
};

TEST(WritePolicy, SaysWhyItCouldNotAndLeavesNothing) {
  const Failure rows[] = {
      {Step::MakeDirectory, 1, EROFS,
       "cannot make the directory /etc/kubernetes/audit: Read-only file system"},
      {Step::Create, 1, EACCES,
       "cannot create /etc/kubernetes/audit/.audit-policy.yaml.kaudit-tmp: Permission denied"},
      {Step::Write, 1, ENOSPC,
       "cannot write /etc/kubernetes/audit/.audit-policy.yaml.kaudit-tmp: No space left on device"},
      {Step::SetAttributes, 1, EPERM,
       "cannot set the owner and mode of /etc/kubernetes/audit/.audit-policy.yaml.kaudit-tmp: "
       "Operation not permitted"},
      {Step::SyncFile, 1, EIO,
       "cannot sync /etc/kubernetes/audit/.audit-policy.yaml.kaudit-tmp: Input/output error"},
      {Step::Rename, 1, EIO,
       "cannot rename /etc/kubernetes/audit/.audit-policy.yaml.kaudit-tmp to "
       "/etc/kubernetes/audit/audit-policy.yaml: Input/output error"},
      // The first two are of the directories that were made.
      {Step::SyncDirectory, 2, EIO,
       "cannot sync the directory /etc/kubernetes/audit: Input/output error"},
  };
  for (const Failure& row : rows) {
    MemoryNode node;
    const auto planned = plan_policy(node.files, wanted());
    ASSERT_TRUE(planned);
    node.files.fail_at(row.step, row.n, row.code);
    const auto written = write_policy(node.files, *planned);
    ASSERT_FALSE(written) << row.message;
    EXPECT_EQ(written.error().message, row.message);
    EXPECT_THAT(node.files.names("/etc/kubernetes"), ElementsAre("manifests")) << row.message;
  }
}

TEST(WritePolicy, LeavesTheOldPolicyWhateverStepFails) {
  int failed = 0;
  for (int n = 1;; ++n) {
    MemoryNode node;
    node.files.put_file(kPolicy, kOldPolicy, {0640, 7, 8});
    const auto planned = plan_policy(node.files, wanted(true));
    node.files.fail_at(n, ENOSPC);
    const auto written = write_policy(node.files, *planned);
    if (!node.files.fired()) break;
    SCOPED_TRACE(n);
    ASSERT_FALSE(written);
    ++failed;
    EXPECT_THAT(written.error().message, HasSubstr(": No space left on device"));
    EXPECT_EQ(node.files.bytes(kPolicy), kOldPolicy);
    EXPECT_EQ(node.files.must_status(kPolicy).mode, 0640u);
    EXPECT_THAT(node.files.names(kAudit), ElementsAre("audit-policy.yaml"));
  }
  EXPECT_GE(failed, 8);
}

TEST(WritePolicy, ClearsAwayWhatADeadRunLeft) {
  MemoryNode node;
  node.files.put_file(kTemporary, "half");
  ASSERT_TRUE(write_policy(node.files, *plan_policy(node.files, wanted())));
  EXPECT_THAT(node.files.names(kAudit), ElementsAre("audit-policy.yaml"));
}

TEST(WritePolicy, KeepsTheLabelOfWhatItReplaces) {
  MemoryNode node;
  node.files.put_file(kPolicy, kOldPolicy);
  node.files.set_xattr(kPolicy, "security.selinux", "label");
  ASSERT_TRUE(write_policy(node.files, *plan_policy(node.files, wanted(true))));
  EXPECT_EQ(node.files.xattrs(kPolicy).at("security.selinux"), "label");
}

// The directory cannot be synced, and then the old policy cannot be written again.
TEST(WritePolicy, TellsIfTheOldPolicyCannotBePutBack) {
  MemoryNode node;
  node.files.put_file(kPolicy, kOldPolicy);
  const auto planned = plan_policy(node.files, wanted(true));
  node.files.fail_at(Step::SyncDirectory, 1, EIO);
  node.files.fail_at(Step::Write, 2, ENOSPC);
  const auto written = write_policy(node.files, *planned);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message,
            "cannot sync the directory /etc/kubernetes/audit: Input/output error; and the policy "
            "that was written before could not be taken back: cannot write "
            "/etc/kubernetes/audit/.audit-policy.yaml.kaudit-tmp: No space left on device");
  EXPECT_EQ(node.files.bytes(kPolicy), kNewPolicy);
}

// ---- with the manifest -------------------------------------------------------------------------

// As `enable --policy-from --replace-policy` does: the manifest changes if the policy was replaced.
text::Result<ReplaceOutcome> enable(MemoryNode& node, bool manifest_changes = true) {
  auto planned = std::make_shared<std::optional<PolicyPlan>>();
  ReplaceRequest request;
  request.change = [&node, planned, manifest_changes](
                       std::string_view before) -> text::Result<std::optional<std::string>> {
    PolicyRequest policy = wanted(true);
    if (auto list = BackupStore(node.files, kBackups).list(kManifest))
      policy.earlier = std::move(list->records);
    policy.manifest_sha256 = text::sha256_hex(before);
    auto plan = plan_policy(node.files, policy);
    if (!plan) return std::unexpected(plan.error());
    *planned = *plan;
    if (!manifest_changes || before == kNew) return std::nullopt;
    return kNew;
  };
  request.policy = [planned] { return *planned; };
  request.backup_directory = kBackups;
  return replace_manifest(node.files, node.clock, kManifest, request);
}

std::expected<RollbackOutcome, RollbackRefusal> rollback(MemoryNode& node) {
  auto lock = lock_manifest(node.files, node.clock, kManifest);
  if (!lock) return std::unexpected(RollbackRefusal{lock.error(), {}, {}});
  return roll_back(node.files, node.clock, *lock, {kBackups, false, kManifestLimit});
}

struct Audited : MemoryNode {
  Audited() { files.put_file(kPolicy, kOldPolicy, {0640, 0, 0}); }
  std::string policy() const { return files.bytes(kPolicy).value_or("(none)"); }
};

TEST(PolicyWithManifest, KeepsTheOldPolicyInTheRecord) {
  Audited node;
  const auto outcome = enable(node);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(node.policy(), kNewPolicy);
  EXPECT_EQ(node.manifest(), kNew);
  const BackupRecord record = node.records().at(0);
  EXPECT_EQ(outcome->policy_backup, record.policy_backup);
  EXPECT_EQ(node.files.bytes(*record.policy_backup), kOldPolicy);
  EXPECT_EQ(node.files.must_status(*record.policy_backup).mode, 0600u);
  EXPECT_EQ(record.policy_path, kPolicy);
  EXPECT_EQ(record.policy_sha256_before, text::sha256_hex(kOldPolicy));
  EXPECT_EQ(record.policy_sha256_after, text::sha256_hex(kNewPolicy));
  const std::string json = node.files.bytes(record.record_path).value();
  EXPECT_THAT(json, HasSubstr("  \"policyBackup\": \"" + *record.policy_backup +
                              "\",\n"
                              "  \"policyPath\": \"/etc/kubernetes/audit/audit-policy.yaml\",\n"
                              "  \"policySha256Before\": \"" +
                              record.policy_sha256_before +
                              "\",\n"
                              "  \"policySha256After\": \"" +
                              record.policy_sha256_after + "\",\n"));
}

// The kubelet starts the new API server at the rename: then its policy must be there.
TEST(PolicyWithManifest, IsThereBeforeTheManifestChanges) {
  Audited node;
  std::string seen;
  // The renames: the record, the policy, the manifest.
  node.files.before(Step::Rename, 3, [&] { seen = node.policy() + node.states(); });
  ASSERT_TRUE(enable(node));
  EXPECT_EQ(seen, kNewPolicy + "pending");
}

TEST(PolicyWithManifest, InstalledNeedsNoBackupAndStaysAtARollback) {
  MemoryNode node;
  const auto outcome = enable(node);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->policy_backup, std::nullopt);
  EXPECT_EQ(node.records().at(0).policy_path, kPolicy);
  const auto back = rollback(node);
  ASSERT_TRUE(back);
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_EQ(back->plan.policy->path, kPolicy);
  EXPECT_EQ(back->plan.policy->plan, std::nullopt);
  EXPECT_THAT(back->warnings, IsEmpty());
  EXPECT_EQ(node.files.bytes(kPolicy), kNewPolicy);
}

TEST(PolicyWithManifest, IsInstalledThoughTheManifestStays) {
  MemoryNode node;
  const auto outcome = enable(node, false);
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->changed);
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_EQ(node.files.bytes(kPolicy), kNewPolicy);
  // A rollback has nothing to take back.
  EXPECT_EQ(node.states(), "");
}

TEST(PolicyWithManifest, IsWrittenWithoutWhatOnlyAChangedManifestNeeds) {
  MemoryNode node;
  bool prepared = false;
  ReplaceRequest request;
  request.change = [](std::string_view) { return std::optional<std::string>(); };
  request.before_write = [&] {
    prepared = true;
    return Preparation{};
  };
  request.policy = [&] { return std::optional(plan_policy(node.files, wanted()).value()); };
  ASSERT_TRUE(replace_manifest(node.files, node.clock, kManifest, request));
  EXPECT_FALSE(prepared);
  EXPECT_EQ(node.files.bytes(kPolicy), kNewPolicy);
}

TEST(PolicyWithManifest, IsReplacedThoughTheManifestStays) {
  Audited node;
  const auto identity = node.files.must_status(kManifest).identity;
  const auto outcome = enable(node, false);
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->changed);
  EXPECT_EQ(outcome->backup, std::nullopt);
  EXPECT_EQ(node.files.bytes(outcome->policy_backup.value()), kOldPolicy);
  EXPECT_EQ(node.states(), "done");
  const auto back = rollback(node);
  ASSERT_TRUE(back);
  EXPECT_FALSE(back->changed);
  EXPECT_EQ(node.policy(), kOldPolicy);
  EXPECT_EQ(node.states(), "rolled-back");
  EXPECT_EQ(node.files.must_status(kManifest).identity, identity);
}

TEST(PolicyWithManifest, WritesNothingWhenBothAreThere) {
  Audited node;
  ASSERT_TRUE(enable(node));
  const int changes = node.files.changes();
  const auto outcome = enable(node);
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->changed);
  EXPECT_EQ(node.files.changes(), changes);
}

TEST(PolicyWithManifest, BackupsAreDiscardedAndPrunedTogether) {
  Audited node;
  for (int i = 0; i < 12; ++i) {
    node.files.put_file(kPolicy, kOldPolicy + std::to_string(i));
    ASSERT_TRUE(enable(node, false));
  }
  EXPECT_EQ(node.files.names(kBackups).size(), 30u);
}

// Whatever step fails, both are old or both are new.
TEST(PolicyWithManifest, SurvivesAFailureAtEveryStep) {
  int failed = 0, done = 0;
  for (const bool is_there : {false, true}) {
    for (int n = 1;; ++n) {
      MemoryNode node;
      if (is_there) node.files.put_file(kPolicy, kOldPolicy);
      node.files.fail_at(n, EIO);
      const auto outcome = enable(node);
      if (!node.files.fired()) break;
      SCOPED_TRACE(std::to_string(n) + ": " +
                   node.files.diary().at(static_cast<std::size_t>(n) - 1));
      const auto policy = node.files.bytes(kPolicy);
      EXPECT_EQ(node.manifest(), outcome ? kNew : kOld);
      if (outcome) {
        ++done;
        EXPECT_EQ(policy, kNewPolicy);
        continue;
      }
      ++failed;
      EXPECT_EQ(policy, is_there ? std::optional(kOldPolicy) : std::nullopt);
      EXPECT_EQ(node.files.names("/etc/kubernetes").size(), is_there ? 2u : 1u);
      EXPECT_THAT(node.files.names(kDirectory), ElementsAre("etcd.yaml", "kube-apiserver.yaml"));
      EXPECT_THAT(node.files.names("/var/lib"), IsEmpty());
    }
  }
  EXPECT_GE(failed, 50);
  EXPECT_GE(done, 10);
}

// The manifest cannot be written, and then the policy cannot be put back.
TEST(PolicyWithManifest, TellsAndKeepsTheBackupIfThePolicyCannotBePutBack) {
  Audited node;
  node.files.before(Step::Rename, 3, [&] { node.files.fail_always(Step::Rename, EROFS); });
  const auto outcome = enable(node);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message,
            "cannot rename /etc/kubernetes/manifests/.kube-apiserver.yaml.kaudit-new to "
            "/etc/kubernetes/manifests/kube-apiserver.yaml: Read-only file system; and the policy "
            "that was written before could not be taken back: cannot rename "
            "/etc/kubernetes/audit/.audit-policy.yaml.kaudit-tmp to "
            "/etc/kubernetes/audit/audit-policy.yaml: Read-only file system");
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_EQ(node.policy(), kNewPolicy);
  EXPECT_EQ(node.states(), "pending");
  EXPECT_EQ(node.files.bytes(*node.records().at(0).policy_backup), kOldPolicy);
  // Once the disk is well again, the policy goes back although the manifest never changed.
  node.files.recover();
  const auto back = rollback(node);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->plan.step, RollbackStep::DropPending);
  EXPECT_EQ(node.policy(), kOldPolicy);
  EXPECT_EQ(node.states(), "");
}

TEST(PolicyWithManifest, AnotherChangeKeepsTheBackupOfAnInterruptedOne) {
  Audited node;
  node.files.before(Step::Rename, 3, [&] { node.files.fail_always(Step::Rename, EROFS); });
  ASSERT_FALSE(enable(node));
  node.files.recover();
  ReplaceRequest other;
  other.change = [](std::string_view) { return std::optional<std::string>("other\n"); };
  other.backup_directory = kBackups;
  ASSERT_TRUE(replace_manifest(node.files, node.clock, kManifest, other));
  EXPECT_EQ(node.states(), "done done");
  ASSERT_TRUE(rollback(node));
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_EQ(node.policy(), kNewPolicy);
  ASSERT_TRUE(rollback(node));
  EXPECT_EQ(node.policy(), kOldPolicy);
}

// Each policy that was there can be had back, one rollback after the other.
TEST(PolicyWithManifest, AnotherPolicyKeepsTheBackupOfAnInterruptedOne) {
  Audited node;
  node.files.before(Step::Rename, 3, [&] { node.files.fail_always(Step::Rename, EROFS); });
  ASSERT_FALSE(enable(node));
  node.files.recover();
  PolicyRequest third = wanted(true);
  third.bytes = "kind: Policy # third\n";
  ReplaceRequest request;
  request.change = [](std::string_view) { return std::optional<std::string>("third\n"); };
  request.policy = [&] { return std::optional(plan_policy(node.files, third).value()); };
  request.backup_directory = kBackups;
  ASSERT_TRUE(replace_manifest(node.files, node.clock, kManifest, request));
  EXPECT_EQ(node.policy(), third.bytes);
  EXPECT_EQ(node.states(), "done done");
  ASSERT_TRUE(rollback(node));
  EXPECT_EQ(node.manifest() + node.policy(), kOld + kNewPolicy);
  ASSERT_TRUE(rollback(node));
  EXPECT_EQ(node.manifest() + node.policy(), kOld + kOldPolicy);
}

// ---- the way back ------------------------------------------------------------------------------

struct Enabled : Audited {
  Enabled() { EXPECT_TRUE(enable(*this)); }
};

TEST(PolicyRollback, PutsThePolicyBackBeforeTheManifest) {
  Enabled node;
  std::string seen;
  // The renames: the policy, the manifest, the record.
  node.files.before(Step::Rename, 2, [&] { seen = node.policy(); });
  const auto back = rollback(node);
  ASSERT_TRUE(back);
  EXPECT_EQ(seen, kOldPolicy);
  EXPECT_EQ(node.policy(), kOldPolicy);
  EXPECT_EQ(node.files.must_status(kPolicy).mode, 0640u);
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_THAT(back->warnings, IsEmpty());
}

TEST(PolicyRollback, PlansWithoutWriting) {
  Enabled node;
  const int changes = node.files.changes();
  const auto plan = plan_rollback(node.files, kManifest, {kBackups, false, kManifestLimit});
  ASSERT_TRUE(plan);
  ASSERT_TRUE(plan->policy && plan->policy->plan);
  EXPECT_EQ(plan->policy->plan->before, kNewPolicy);
  EXPECT_EQ(plan->policy->plan->after, kOldPolicy);
  EXPECT_EQ(node.files.changes(), changes);
}

struct Kept {
  std::function<void(MemoryNode&)> event;
  std::string message, hint;
};

TEST(PolicyRollback, TellsWhyAPolicyStays) {
  Enabled model;
  const BackupRecord record = model.records().at(0);
  const Kept rows[] = {
      {[](MemoryNode& node) { node.files.put_file(kPolicy, "theirs"); },
       "the policy /etc/kubernetes/audit/audit-policy.yaml was changed by somebody else after "
       "kaudit wrote it on 2026-11-23, so the older one is not put back",
       "it is kept in " + *record.policy_backup},
      {[](MemoryNode& node) { node.files.take_away(kPolicy); },
       "the policy /etc/kubernetes/audit/audit-policy.yaml was removed by somebody else after "
       "kaudit wrote it on 2026-11-23, so the older one is not put back",
       "it is kept in " + *record.policy_backup},
      {[&](MemoryNode& node) { node.files.put_file(*record.policy_backup, "rotten"); },
       "the backup " + *record.policy_backup + " is damaged: its SHA-256 is " +
           text::sha256_hex("rotten") + ", its record says " + text::sha256_hex(kOldPolicy),
       "write the policy that should be there, or kaudit enable --policy-from=FILE "
       "--replace-policy"},
  };
  for (const Kept& row : rows) {
    Enabled node;
    row.event(node);
    const std::string there = node.policy();
    const auto back = rollback(node);
    ASSERT_TRUE(back);
    EXPECT_EQ(node.manifest(), kOld);
    EXPECT_EQ(node.policy(), there);
    ASSERT_EQ(back->warnings.size(), 1u);
    EXPECT_EQ(back->warnings[0].message, row.message);
    EXPECT_EQ(back->warnings[0].hint, row.hint);
  }
}

TEST(PolicyRollback, SaysNothingOfAPolicyThatIsBackAlready) {
  Enabled node;
  node.files.put_file(kPolicy, kOldPolicy);
  const auto back = rollback(node);
  ASSERT_TRUE(back);
  EXPECT_THAT(back->warnings, IsEmpty());
  EXPECT_EQ(node.policy(), kOldPolicy);
}

TEST(PolicyRollback, SurvivesAFailureAtEveryStep) {
  int failed = 0;
  for (int n = 1;; ++n) {
    Enabled node;
    const std::size_t steps = node.files.diary().size();
    node.files.fail_at(n, EIO);
    const auto back = rollback(node);
    if (!node.files.fired()) break;
    SCOPED_TRACE(node.files.diary().at(steps + static_cast<std::size_t>(n) - 1));
    EXPECT_EQ(node.manifest(), back ? kOld : kNew);
    EXPECT_THAT(node.files.names(kAudit), ElementsAre("audit-policy.yaml"));
    // What cannot be read is no reason to leave the manifest; it is told.
    const bool told = back && !back->warnings.empty();
    EXPECT_TRUE(told || node.policy() == (back ? kOldPolicy : kNewPolicy)) << node.policy();
    if (back) continue;
    ++failed;
    ASSERT_TRUE(rollback(node));
    EXPECT_EQ(node.policy(), kOldPolicy);
  }
  EXPECT_GE(failed, 20);
}

class PolicyCrash : public testing::TestWithParam<Crash> {};

INSTANTIATE_TEST_SUITE_P(All, PolicyCrash,
                         testing::Values(Crash::Killed, Crash::ContentLost, Crash::NamesLost));

template <typename Run>
bool crashes(MemoryNode& node, int n, Crash kind, Run run) {
  node.files.crash_at(n, kind);
  try {
    (void)run();
  } catch (const host::PowerLoss&) {
  }
  if (!node.files.fired()) return false;
  node.files.recover();
  return true;
}

// Wherever it dies: the policy is whole, the same command completes it with the manifest's change
// that makes the new policy count, and one rollback leads back to where it began.
TEST_P(PolicyCrash, CanBeRunAgainAfterEveryStep) {
  int crashed = 0, resumed = 0;
  for (int n = 1;; ++n) {
    Audited node;
    if (!crashes(node, n, GetParam(), [&] { return enable(node); })) break;
    ++crashed;
    SCOPED_TRACE(std::to_string(n) + ": " + node.files.diary().back());
    const std::string policy = node.policy();
    EXPECT_TRUE(policy == kOldPolicy || policy == kNewPolicy) << policy;
    const bool half = policy == kNewPolicy && node.manifest() == kOld;
    // The file alone does not tell that it has been replaced and nobody has read it.
    PolicyRequest request = wanted(true);
    request.earlier = node.records();
    request.manifest_sha256 = text::sha256_hex(kOld);
    if (half && plan_policy(node.files, request)->action == PolicyAction::Replaced) ++resumed;
    EXPECT_TRUE(!half || plan_policy(node.files, request)->action == PolicyAction::Replaced);
    const auto again = enable(node);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(node.policy(), kNewPolicy);
    EXPECT_EQ(node.manifest(), kNew);
    EXPECT_TRUE(node.backups_are_whole());
    ASSERT_TRUE(rollback(node));
    EXPECT_EQ(node.policy(), kOldPolicy);
    EXPECT_EQ(node.manifest(), kOld);
    EXPECT_THAT(node.files.names(kAudit), ElementsAre("audit-policy.yaml"));
  }
  EXPECT_GE(crashed, 25);
  EXPECT_GE(resumed, 5);
}

TEST_P(PolicyCrash, OfAPolicyAloneLeavesOneRecord) {
  for (int n = 1;; ++n) {
    Audited node;
    if (!crashes(node, n, GetParam(), [&] { return enable(node, false); })) break;
    SCOPED_TRACE(std::to_string(n) + ": " + node.files.diary().back());
    ASSERT_TRUE(enable(node, false));
    EXPECT_EQ(node.policy(), kNewPolicy);
    ASSERT_TRUE(rollback(node));
    EXPECT_EQ(node.policy(), kOldPolicy);
    EXPECT_EQ(node.states().find("done"), std::string::npos) << node.states();
  }
}

TEST_P(PolicyCrash, IsTakenBackByRollbackAfterEveryStep) {
  for (int n = 1;; ++n) {
    Audited node;
    if (!crashes(node, n, GetParam(), [&] { return enable(node); })) break;
    SCOPED_TRACE(std::to_string(n) + ": " + node.files.diary().back());
    (void)rollback(node);
    EXPECT_EQ(node.policy(), kOldPolicy);
    EXPECT_EQ(node.manifest(), kOld);
  }
}

TEST_P(PolicyCrash, RollbackCanBeRunAgainAfterEveryStep) {
  for (int n = 1;; ++n) {
    Enabled node;
    if (!crashes(node, n, GetParam(), [&] { return rollback(node); })) break;
    SCOPED_TRACE(std::to_string(n) + ": " + node.files.diary().back());
    (void)rollback(node);
    EXPECT_EQ(node.policy(), kOldPolicy);
    EXPECT_EQ(node.manifest(), kOld);
    EXPECT_EQ(node.states(), "rolled-back");
  }
}

}  // namespace
}  // namespace kaudit::rollout
