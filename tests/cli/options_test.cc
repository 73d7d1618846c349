#include "cli/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kaudit::cli {
namespace {

using audit::AuditFlag;
using testing::ElementsAre;
using testing::IsEmpty;
using Words = std::vector<std::string_view>;

Options parsed(const Words& words) {
  const text::Result<Options> result = parse_options(words);
  EXPECT_TRUE(result) << result.error().message;
  return result.value_or(Options{});
}

// "message | hint", "" if the words are accepted.
std::string refusal(const Words& words) {
  const text::Result<Options> result = parse_options(words);
  if (result) return "";
  EXPECT_EQ(result.error().kind, text::ErrorKind::Usage);
  return result.error().message + " | " + result.error().hint;
}

TEST(Options, HaveDefaults) {
  const Options options = parsed({"enable"});
  EXPECT_EQ(options.command, Command::Enable);
  EXPECT_EQ(options.help_for, std::nullopt);
  EXPECT_EQ(options.manifest, "/etc/kubernetes/manifests/kube-apiserver.yaml");
  EXPECT_FALSE(options.manifest_given);
  EXPECT_EQ(options.output, "");
  EXPECT_TRUE(options.settings.empty());
  EXPECT_THAT(options.host_paths, IsEmpty());
  EXPECT_EQ(options.kubernetes_version, std::nullopt);
  EXPECT_EQ(options.root, "/");
  EXPECT_EQ(options.backup_dir, "");
  EXPECT_EQ(options.host_checks, HostChecks::Auto);
  EXPECT_EQ(options.format, ReportFormat::Text);
  EXPECT_EQ(options.color, ColorMode::Auto);
  EXPECT_FALSE(options.dry_run || options.exit_code || options.diff || options.force ||
               options.allow_log_deletion || options.quiet);
  EXPECT_FALSE(options.reads_stdin());
  EXPECT_FALSE(options.writes_stdout());
}

TEST(Options, BindEveryValue) {
  const Options options = parsed(
      {"enable", "--manifest=m.yaml", "--output=o.yaml", "--host-path=/c=/h", "--host-path=/d=/i=j",
       "--kubernetes-version=v1.30.2", "--root=/mnt", "--backup-dir=/b", "--host-checks=on",
       "--format=json", "--color=always", "--diff", "--force", "--allow-log-deletion", "--quiet",
       "--audit-log-maxage=036", "--audit-log-compress", "--audit-log-path", "-"});
  EXPECT_EQ(options.manifest, "m.yaml");
  EXPECT_TRUE(options.manifest_given);
  EXPECT_EQ(options.output, "o.yaml");
  EXPECT_THAT(options.host_paths,
              ElementsAre(HostPathPair{"/c", "/h"}, HostPathPair{"/d", "/i=j"}));
  EXPECT_EQ(options.kubernetes_version, (kube::KubernetesVersion{1, 30, 2}));
  EXPECT_EQ(options.root, "/mnt");
  EXPECT_EQ(options.backup_dir, "/b");
  EXPECT_EQ(options.host_checks, HostChecks::On);
  EXPECT_EQ(options.format, ReportFormat::Json);
  EXPECT_EQ(options.color, ColorMode::Always);
  EXPECT_TRUE(options.diff);
  EXPECT_TRUE(options.force);
  EXPECT_TRUE(options.allow_log_deletion);
  EXPECT_TRUE(options.quiet);
  EXPECT_FALSE(options.dry_run);
  EXPECT_EQ(options.settings.value(AuditFlag::LogMaxAge), "036");
  EXPECT_EQ(options.settings.value(AuditFlag::LogCompress), "true");
  EXPECT_EQ(options.settings.value(AuditFlag::LogPath), "-");
  EXPECT_EQ(options.settings.flags().size(), 3U);
}

TEST(Options, BindSwitchesThatAreOff) {
  const Options options = parsed({"disable", "--dry-run=false", "--force=0"});
  EXPECT_EQ(options.command, Command::Disable);
  EXPECT_FALSE(options.dry_run);
  EXPECT_FALSE(options.force);
  EXPECT_EQ(parsed({"rollback", "--dry-run", "--exit-code"}).exit_code, true);
  EXPECT_EQ(parsed({"disable", "--color=never", "--host-checks=off"}).color, ColorMode::Never);
  EXPECT_EQ(parsed({"disable", "--host-checks=off"}).host_checks, HostChecks::Off);
}

TEST(Options, BindThoseAboutKubeadm) {
  const Options patch =
      parsed({"kubeadm", "patch", "--dir=/p", "--audit-log-maxage=7", "--host-path=/a=/b"});
  EXPECT_EQ(patch.command, Command::KubeadmPatch);
  EXPECT_EQ(patch.patches_dir, "/p");
  EXPECT_EQ(patch.settings.value(AuditFlag::LogMaxAge), "7");
  EXPECT_EQ(patch.host_paths.size(), 1U);
  EXPECT_FALSE(patch.print_command);
  EXPECT_TRUE(parsed({"kubeadm", "patch", "--dir=/p", "--print-command"}).print_command);
  EXPECT_EQ(parsed({"check", "m.yaml", "--kubeadm-config=k.yaml"}).kubeadm_config, "k.yaml");
}

TEST(Options, RefuseWhatTheLinesForKubeadmHaveNoUseFor) {
  const auto said = [](std::string_view word) {
    return refusal({"kubeadm", "patch", "--dir=/p", "--print-command", word});
  };
  const auto all = [](std::string_view name) {
    return "'--print-command' writes no patch, and '" + std::string(name) +
           "' is for one | leave one out";
  };
  EXPECT_EQ(said("--audit-log-maxage=3"), all("--audit-log-maxage"));
  EXPECT_EQ(said("--host-path=/a=/b"), all("--host-path"));
  EXPECT_EQ(said("--profile=cis"), all("--profile"));
}

// What CLI11 would give a meaning of its own.
TEST(Options, LeaveValuesAsTheyAre) {
  for (const std::string_view value :
       {"[a,b]", "{x}", "\"q\"", "a b", "--x", "%%", "a,b", "$(LOG)/a", "\xff", "#", "/a;b"}) {
    const std::string word = std::string("--audit-log-path=").append(value);
    EXPECT_EQ(parsed({"enable", word}).settings.value(AuditFlag::LogPath), value);
    const std::string manifest = std::string("--manifest=").append(value);
    EXPECT_EQ(parsed({"enable", manifest}).manifest, value);
  }
}

TEST(Options, GiveEveryAuditFlagItsPlace) {
  for (const audit::FlagInfo& flag : audit::all_flags()) {
    const std::string word = std::string("--").append(flag.name).append("=1");
    const Options options = parsed({"enable", word});
    EXPECT_THAT(options.settings.flags(), ElementsAre(flag.flag)) << word;
    EXPECT_EQ(options.settings.value(flag.flag), "1") << word;
  }
}

TEST(Options, HelpAndVersion) {
  EXPECT_EQ(parsed({"--version"}).command, Command::Version);
  EXPECT_EQ(parsed({"--help-all"}).command, Command::HelpAll);
  EXPECT_EQ(parsed({"--help"}).command, Command::Help);
  EXPECT_EQ(parsed({"--help"}).help_for, std::nullopt);
  EXPECT_EQ(parsed({"disable", "-h"}).command, Command::Help);
  EXPECT_EQ(parsed({"disable", "-h"}).help_for, Command::Disable);
}

TEST(Options, PassOnWhatTheNormalizerRefuses) {
  EXPECT_EQ(refusal({"enable", "--audit-log-path=", "--dry-run"}),
            "'--audit-log-path=' has no value | was a shell variable unset? give a value, or leave "
            "the option out");
}

TEST(Options, RefuseWordsThatAreNone) {
  EXPECT_EQ(refusal({"enable", "--format=yaml"}),
            "'--format=yaml' is not possible | give text or json");
  EXPECT_EQ(refusal({"enable", "--color", "Always"}),
            "'--color=Always' is not possible | give auto, always or never");
  EXPECT_EQ(refusal({"enable", "--host-checks=true"}),
            "'--host-checks=true' is not possible | give auto, on or off");
  EXPECT_EQ(refusal({"enable", "--kubernetes-version=latest"}),
            "'--kubernetes-version=latest' is not a Kubernetes version | write it as 1.30 or "
            "v1.30.2");
}

TEST(Options, WritePoliciesOnlyToTheNode) {
  const Options options = parsed({"enable", "--policy-from=preset:cis", "--replace-policy"});
  EXPECT_EQ(options.policy_from, "preset:cis");
  EXPECT_TRUE(options.replace_policy);
  EXPECT_EQ(parsed({"enable"}).policy_from, "");
  EXPECT_EQ(parsed({"enable", "--policy-from", "-"}).policy_from, "-");
  EXPECT_EQ(
      refusal({"enable", "--replace-policy"}),
      "'--replace-policy' needs '--policy-from' | name the policy that is to be there instead");
  const std::string hint =
      " leaves the node as it is | leave one out; 'kaudit policy init -o FILE' writes a policy "
      "anywhere";
  EXPECT_EQ(refusal({"enable", "--policy-from=p", "-o", "-"}),
            "'--policy-from' writes a policy to the node, and '-o'" + hint);
  EXPECT_EQ(refusal({"enable", "--policy-from=p", "--manifest=-"}),
            "'--policy-from' writes a policy to the node, and '--manifest -'" + hint);
}

TEST(Options, CheckHostPaths) {
  EXPECT_EQ(refusal({"enable", "--host-path=/a"}),
            "'--host-path=/a' is not CONTAINER=HOST | write "
            "'--host-path=/path/in/container=/path/on/host'");
  EXPECT_EQ(refusal({"enable", "--host-path=a=/b"}),
            "'a' in '--host-path=a=/b' is not an absolute path | both paths begin with /");
  EXPECT_EQ(refusal({"enable", "--host-path=/a="}),
            "'' in '--host-path=/a=' is not an absolute path | both paths begin with /");
  EXPECT_EQ(refusal({"enable", "--host-path=/a=/b/../c"}),
            "'/b/../c' in '--host-path=/a=/b/../c' contains '..' | the kubelet refuses such paths; "
            "write where it leads to");
  EXPECT_EQ(refusal({"enable", "--host-path=/a=/b..c"}), "");
  EXPECT_EQ(refusal({"enable", "--host-path=/a=/b", "--host-path=/a=/c"}),
            "'--host-path' is given twice for '/a', as '/b' and as '/c' | give it once");
}

TEST(Options, KeepStandardOutputForOneThing) {
  const std::string_view json_way =
      " | add '--dry-run', or write to a file with '-o FILE' and '--manifest FILE'";
  EXPECT_EQ(refusal({"enable", "--format=json", "-o", "-"}),
            std::string("'--format json' and '-o -' both want standard output").append(json_way));
  EXPECT_EQ(
      refusal({"enable", "--format=json", "--manifest=-"}),
      std::string("'--format json' and '--manifest -' both want standard output").append(json_way));
  EXPECT_EQ(refusal({"enable", "--format=json", "--manifest=-", "--dry-run"}), "");
  EXPECT_EQ(refusal({"enable", "--format=json", "-o", "f"}), "");
  EXPECT_EQ(refusal({"enable", "--diff", "--manifest=-"}),
            "'--diff' and '--manifest -' both want standard output | add '--dry-run' to see the "
            "diff alone");
  EXPECT_EQ(refusal({"enable", "--diff", "--manifest=-", "-o", "f"}), "");
  EXPECT_EQ(refusal({"enable", "--diff", "--manifest=-", "--dry-run"}), "");
  EXPECT_EQ(refusal({"rollback", "--manifest=-", "--dry-run"}),
            "'kaudit rollback' cannot read standard input | name the manifest whose last change is "
            "to be undone");
}

TEST(Options, SayWhoWritesStandardOutput) {
  EXPECT_TRUE(parsed({"enable", "--manifest=-"}).writes_stdout());
  EXPECT_TRUE(parsed({"enable", "-o", "-"}).writes_stdout());
  EXPECT_TRUE(parsed({"enable", "--manifest=-", "-o", "-"}).writes_stdout());
  EXPECT_FALSE(parsed({"enable", "--manifest=-", "-o", "f"}).writes_stdout());
  EXPECT_FALSE(parsed({"enable", "--manifest=-", "--dry-run"}).writes_stdout());
  EXPECT_TRUE(parsed({"enable", "--manifest=-", "--dry-run"}).reads_stdin());
}

TEST(Options, WaitAsLongAsIsSaid) {
  using std::chrono::milliseconds;
  EXPECT_EQ(parsed({"enable"}).wait, std::nullopt);
  EXPECT_EQ(parsed({"enable", "--wait"}).wait, milliseconds(240'000));
  EXPECT_EQ(parsed({"enable", "--wait"}).rollback_wait, milliseconds(240'000));
  EXPECT_EQ(parsed({"disable", "--wait=90"}).wait, milliseconds(90'000));
  EXPECT_EQ(parsed({"rollback", "--wait=1m30s"}).wait, milliseconds(90'000));
  EXPECT_EQ(parsed({"enable", "--wait", "--rollback-wait=1500ms"}).rollback_wait,
            milliseconds(1'500));
  for (const char* time : {"0", "-5", "soon", "0.5s", "25h", "1e9", "99999999999999999999"}) {
    const std::string word = std::string("--wait=") + time;
    EXPECT_EQ(refusal({"enable", word}), "'" + word +
                                             "' is no time from a second to a day | write "
                                             "seconds, or a duration such as 90s or 4m");
  }
  EXPECT_EQ(refusal({"enable", "--wait", "5m"}), "unexpected argument '5m' | write '--wait=5m'");
  EXPECT_EQ(
      refusal({"enable", "--wait="}),
      "'--wait=' has no value | was a shell variable unset? give a value, or leave the option "
      "out");
  EXPECT_EQ(refusal({"check", "--wait"}),
            "'--wait' is not an option of 'kaudit check' | it belongs to 'kaudit enable', 'kaudit "
            "disable', 'kaudit policy install', 'kaudit rollback'");
}

TEST(Options, WaitOnlyForTheKubeletOfThisMachine) {
  EXPECT_EQ(refusal({"enable", "--rollback-wait=5s"}),
            "'--rollback-wait' needs '--wait' | without it nothing is taken back");
  for (const auto& [words, other] :
       {std::pair("--dry-run", "--dry-run"), std::pair("--output=x", "-o"),
        std::pair("--manifest=-", "--manifest -")}) {
    EXPECT_EQ(refusal({"enable", "--wait", words}),
              std::string("'--wait' waits for the kubelet, and with '") + other +
                  "' it has nothing to do | leave one out");
  }
  EXPECT_EQ(refusal({"enable", "--wait", "--root=/mnt"}),
            "'--wait' needs this machine's processes, and '--root' names another's files | leave "
            "out '--wait', or run kaudit on the node itself");
  EXPECT_EQ(refusal({"enable", "--wait", "--root=//"}), "");
}

TEST(Options, RefuseContradictions) {
  EXPECT_EQ(refusal({"enable", "--dry-run", "-o", "f"}),
            "'--dry-run' writes nothing, and '-o' names a file to write | leave one out");
  EXPECT_EQ(refusal({"enable", "--exit-code"}),
            "'--exit-code' needs '--dry-run' | without it the exit code says whether kaudit "
            "succeeded");
  EXPECT_EQ(refusal({"enable", "--exit-code", "--dry-run=false"}).empty(), false);
  EXPECT_EQ(refusal({"enable", "--audit-webhook-initial-backoff=5s",
                     "--audit-webhook-batch-initial-backoff=6s"}),
            "'--audit-webhook-initial-backoff=5s' contradicts "
            "'--audit-webhook-batch-initial-backoff=6s', its old name | give only the first");
  EXPECT_EQ(refusal({"enable", "--audit-webhook-initial-backoff=60s",
                     "--audit-webhook-batch-initial-backoff=1m"}),
            "");
}

}  // namespace
}  // namespace kaudit::cli
