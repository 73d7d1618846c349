// What is said, word for word, and what is near the mark and right. testdata/check has an example
// of every rule (examples_test.cc).

#include "check/rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "check/check_api_server.h"
#include "check/check_host.h"
#include "support/given.h"

namespace kaudit::check {
namespace {

using support::kLogFlag;
using support::kLogMount;
using support::kLogVolume;
using support::kPolicyFlag;
using support::kPolicyMount;
using support::kPolicyVolume;
using support::Pod;
using support::text_of;
using Kind = PathFact::Kind;

constexpr const char* kAge = "--audit-log-maxage=30";
constexpr const char* kPolicyPath = "/etc/kubernetes/audit/audit-policy.yaml";

Pod good() {
  return {.flags = {kAge, kLogFlag, kPolicyFlag},
          .volumes = {kLogVolume, kPolicyVolume},
          .mounts = {kLogMount, kPolicyMount}};
}
Pod with_flags(std::vector<std::string> flags) {
  Pod pod = good();
  pod.flags = std::move(flags);
  return pod;
}
Pod with_mounts(std::vector<std::string> volumes, std::vector<std::string> mounts) {
  Pod pod = good();
  pod.volumes = std::move(volumes);
  pod.mounts = std::move(mounts);
  return pod;
}
Pod with_flag(const char* flag) {
  return with_flags({flag, kAge, kLogFlag, kPolicyFlag});
}

constexpr const char* kHookFlag = "--audit-webhook-config-file=/etc/hook/conf";
const std::vector<audit::ReferredFile> kHookFiles = {{"client-key", "/etc/hook/key"}};

Pod with_webhook(std::vector<std::string> volumes, std::vector<std::string> mounts) {
  Pod pod{.flags = {kPolicyFlag, kHookFlag},
          .volumes = std::move(volumes),
          .mounts = std::move(mounts)};
  pod.volumes.push_back(kPolicyVolume);
  pod.mounts.push_back(kPolicyMount);
  return pod;
}

struct Example {
  std::string_view rule;
  Pod pod;
  HostFacts facts = {};
  std::vector<audit::ReferredFile> webhook_files = {};
  std::optional<LogDeletionFact> deletion = {};
};

HostFacts fact(std::string path, Kind kind, std::uint64_t size = 1, std::uint32_t mode = 0600) {
  HostFacts facts;
  facts.paths[std::move(path)] = {kind, size, mode, 0, 0};
  return facts;
}
HostFacts sibling() {
  HostFacts facts;
  facts.siblings = {"copy.yaml"};
  return facts;
}

HostFacts unloadable_kubeconfig() {
  HostFacts facts = fact("/etc/hook/conf", Kind::File);
  facts.webhook_config_problem = "it is no kubeconfig";
  return facts;
}
Pod as_user_1000() {
  Pod pod = good();
  pod.container = "    securityContext:\n      runAsUser: 1000\n";
  return pod;
}

// The finding of the rule as "line:column message | consequence | fix"; "" for none.
std::string found(const Example& example) {
  const auto text = support::source(text_of(example.pod));
  const auto document = yaml::parse(text);
  if (!document) return "unreadable: " + document.error().message;
  const auto pod = kube::read_pod_manifest(*document, audit::arity_of);
  if (!pod) return "unreadable: " + pod.error().message;
  const kube::KubernetesVersion version = pod->api_server.version.value_or(kube::kNewestKnown);
  std::vector<Finding> all = check_api_server(pod->api_server, version, example.webhook_files);
  for (Finding& f : check_host(pod->api_server, example.webhook_files, example.facts))
    all.push_back(std::move(f));
  if (example.deletion) {
    if (auto f = check_log_deletion(pod->api_server, *example.deletion))
      all.push_back(std::move(*f));
  }
  std::string out;
  for (const Finding& f : all) {
    if (f.rule != example.rule) continue;
    EXPECT_EQ(f.severity, rule(f.rule).severity);
    EXPECT_FALSE(f.subject.empty());
    const text::Position at = f.place ? text->position(f.place->begin) : text::Position{0, 0};
    out += fmt::format("{}{}:{} {} | {} | {}", out.empty() ? "" : "\n", at.line, at.column,
                       f.message, f.consequence, f.fix);
  }
  return out;
}

struct Breaking {
  Example example;
  std::string_view finding;
};

const std::vector<Breaking>& breaking() {
  static const std::vector<Breaking> kAll = {
      {{"backend-without-policy", with_flags({kAge, kLogFlag})},
       "10:24 --audit-log-path=/var/log/kubernetes/audit/audit.log is set, but no "
       "--audit-policy-file | nothing is recorded | run "
       "kaudit enable"},
      {{"backend-without-policy", with_flags({kHookFlag})},
       "9:35 --audit-webhook-config-file=/etc/hook/conf is set, but no --audit-policy-file | "
       "nothing is recorded | "
       "run kaudit enable"},
      {{"flag-duplicate",
        with_flags({"--audit-log-maxage=3", "--audit_log_maxage=30", kLogFlag, kPolicyFlag})},
       "9:7 --audit-log-maxage is given more than once; '3' is shadowed by '30' | the last one "
       "counts | remove this one"},
      {{"flag-invalid-value", with_flags({"--audit-log-maxage=x", kLogFlag, kPolicyFlag})},
       "9:26 *"},
      {{"flag-needs-other", with_flag("--audit-webhook-mode=blocking")}, "9:7 *"},
      {{"flag-not-yet",
        [] {
          Pod pod = with_flag("--audit-log-compress=true");
          pod.image = "kube-apiserver:v1.17.0";
          return pod;
        }()},
       "9:7 *"},
      {{"flag-removed", with_flag("--audit-dynamic-configuration=true")}, "9:7 *"},
      {{"flag-unknown", with_flag("--audit-log-maxages=3")}, "9:7 *"},
      {{"flag-unresolved-variable", with_flags({kAge, "--audit-log-path=$(LOG)", kPolicyFlag})},
       "10:24 --audit-log-path=$(LOG) depends on a variable | its path cannot be checked | write "
       "the value out"},
      {{"flag-value-missing", with_flags({kAge, kLogFlag, kPolicyFlag, "--audit-webhook-mode"})},
       "12:7 --audit-webhook-mode has no value | kube-apiserver exits at once | give it one with "
       "'='"},
      {{"host-path-type-unfit",
        with_mounts({kLogVolume, "audit-policy /p.yaml FileOrCreate"}, {kLogMount, kPolicyMount})},
       "27:13 the hostPath /p.yaml has type FileOrCreate | the API server may start with an empty "
       "policy, or not at all | set type: File"},
      {{"host-path-type-unfit",
        with_mounts({"audit-log /srv/audit File", kPolicyVolume}, {kLogMount, kPolicyMount})},
       "23:13 the hostPath /srv/audit has type File | the kubelet cannot mount the log's directory "
       "| set type: DirectoryOrCreate"},
      // By its type and its name the hostPath is something else.
      {{"host-path-type-unfit",
        with_mounts({"audit-log /srv/audit.log File", kPolicyVolume}, {kLogMount, kPolicyMount})},
       "23:13 the hostPath /srv/audit.log has type File and cannot be the log directory "
       "/var/log/kubernetes/audit | the API server does not find what it needs, or the kubelet "
       "cannot mount it | correct the path or the type of that volume, or the name in its mount"},
      {{"host-path-type-unfit",
        with_mounts({kLogVolume, "audit-policy /etc/kubernetes/audit Directory"},
                    {kLogMount, kPolicyMount})},
       "27:13 the hostPath /etc/kubernetes/audit has type Directory and cannot be the policy file "
       "/etc/kubernetes/audit/audit-policy.yaml | the API server does not find what it needs, or "
       "the kubelet cannot mount it | correct the path or the type of that volume, or the name in "
       "its mount"},
      {{"host-path-type-unset",
        with_mounts({kLogVolume, "audit-policy /p.yaml"}, {kLogMount, kPolicyMount})},
       "26:7 the hostPath /p.yaml has no type | if the file is missing, the container runtime "
       "makes a directory of it | set type: File"},
      {{"log-mount-read-only",
        with_mounts({kLogVolume, kPolicyVolume},
                    {"audit-log /var/log/kubernetes/audit ro", kPolicyMount})},
       "17:17 the mount /var/log/kubernetes/audit is read-only | the API server will not start | "
       "run "
       "kaudit enable"},
      {{"log-mount-read-only",
        with_mounts({"l /var/log", kPolicyVolume}, {"l /var/log ro", kPolicyMount})},
       "17:17 the log directory /var/log/kubernetes/audit lies in the read-only mount /var/log | "
       "the API server will not start | run kaudit enable"},
      {{"log-mounted-as-file",
        with_mounts({"l /l.log File", kPolicyVolume},
                    {"l /var/log/kubernetes/audit/audit.log", kPolicyMount})},
       "15:18 the log file /var/log/kubernetes/audit/audit.log is mounted by itself | rotation "
       "cannot rename it, and events are lost from then on | run kaudit enable"},
      {{"log-not-mounted", with_mounts({kPolicyVolume}, {kPolicyMount})},
       "10:24 no mount covers the log directory /var/log/kubernetes/audit | the log stays in the "
       "container and is lost with it | run kaudit enable"},
      {{"empty-dir-log", with_mounts({"audit-log", kPolicyVolume}, {kLogMount, kPolicyMount})},
       "16:13 the log directory /var/log/kubernetes/audit lies in the emptyDir 'audit-log' | it is "
       "deleted with its Pod, and the log with it | run kaudit enable"},
      {{"empty-dir-log", with_mounts({"l", kPolicyVolume}, {"l /var/log", kPolicyMount})},
       "16:13 the log directory /var/log/kubernetes/audit lies in the emptyDir 'l' | it is deleted "
       "with its Pod, and the log with it | run kaudit enable"},
      {{"policy-not-mounted", with_mounts({kLogVolume, "audit-policy"}, {kLogMount, kPolicyMount})},
       "18:13 the mount of the policy file /etc/kubernetes/audit/audit-policy.yaml is not from the "
       "host | the API server does not find the file and will not start | run kaudit enable"},
      {{"mount-near-miss", with_mounts({kLogVolume, "p /p.yaml File"},
                                       {kLogMount, "p /etc/kubernetes/audit-policy.yaml ro"})},
       "17:18 the mount /etc/kubernetes/audit-policy.yaml misses the policy file "
       "/etc/kubernetes/audit/audit-policy.yaml | the API server does not find the file and will "
       "not start | run kaudit enable"},
      {{"mount-path-duplicate", with_mounts({kLogVolume, kPolicyVolume, "x /x", "y /y"},
                                            {kLogMount, kPolicyMount, "x /same", "y /same"})},
       "22:18 two mounts have the mountPath /same | the kubelet rejects the Pod | remove one of "
       "them"},
      {{"mount-without-volume",
        with_mounts({kLogVolume, kPolicyVolume}, {kLogMount, kPolicyMount, "none /x"})},
       "21:13 the mount /x names the volume 'none', which the Pod does not have | the kubelet "
       "rejects the Pod | add the volume or remove the mount"},
      {{"path-not-absolute", with_flags({kAge, "--audit-log-path=audit.log", kPolicyFlag})},
       "10:24 *"},
      {{"policy-mount-writable",
        with_mounts({kLogVolume, kPolicyVolume},
                    {kLogMount, "audit-policy /etc/kubernetes/audit/audit-policy.yaml"})},
       "17:7 the mount of the policy file /etc/kubernetes/audit/audit-policy.yaml is writable | a "
       "compromised API server could change what is recorded | run kaudit enable"},
      {{"policy-not-mounted", with_mounts({kLogVolume}, {kLogMount})},
       "11:27 no mount covers the policy file /etc/kubernetes/audit/audit-policy.yaml | the API "
       "server does not find the file and will not start | run kaudit enable"},
      {{"policy-without-backend", with_flags({kPolicyFlag})},
       "9:27 --audit-policy-file=/etc/kubernetes/audit/audit-policy.yaml is set, but neither a log "
       "nor a webhook | nothing is recorded | "
       "run kaudit enable"},
      {{"positional-argument", with_flags({kAge, kLogFlag, kPolicyFlag, "word"})},
       "12:7 'word' is neither a flag nor a flag's value | kube-apiserver exits at once | remove "
       "it, or join it to its flag with '='"},
      {{"rotation-unset", with_flags({kLogFlag, kPolicyFlag})},
       "9:24 neither --audit-log-maxage nor --audit-log-maxbackup limits the rotated logs | they "
       "fill the disk in time | give limits; kaudit adds none where a log is already there, "
       "because they delete old logs at once"},
      {{"static-pod-uid",
        [] {
          Pod pod = good();
          pod.metadata = "  uid: abc\n";
          return pod;
        }()},
       "4:8 metadata.uid is set | the kubelet does not restart the container when its command "
       "changes | remove metadata.uid"},
      {{"tuning-without-backend", with_flags({kAge})},
       "9:26 --audit-log-maxage=30 is set, but neither a policy nor a log nor a webhook | nothing "
       "is "
       "recorded | run kaudit enable"},
      {{"volume-name-duplicate",
        with_mounts({kLogVolume, kPolicyVolume, "audit-log /x"}, {kLogMount, kPolicyMount})},
       "31:11 two volumes are named 'audit-log' | the kubelet rejects the Pod | rename one of "
       "them"},
      {{"volume-name-invalid",
        with_mounts({kLogVolume, kPolicyVolume, "Audit_Log /x"}, {kLogMount, kPolicyMount})},
       "31:11 'Audit_Log' is no valid volume name | the kubelet rejects the Pod | use lower-case "
       "letters, digits and '-'"},
      {{"webhook-config-not-mounted", with_webhook({}, {})},
       "10:35 no mount covers the webhook's kubeconfig /etc/hook/conf | the API server does not "
       "find the file and will not start | run kaudit enable"},
      {{"webhook-credentials-not-mounted",
        with_webhook({"h /h File"}, {"h /etc/hook/conf ro"}),
        {},
        kHookFiles},
       "10:35 no mount covers a file that the webhook's kubeconfig names /etc/hook/key | the API "
       "server does not find the file and will not start | run kaudit enable"},
      // ---- the host
      {{"host-path-missing",
        with_mounts({kLogVolume, kPolicyVolume, "x /srv/x Directory"}, {kLogMount, kPolicyMount}),
        fact("/srv/x", Kind::Missing)},
       "30:13 /srv/x does not exist, and its type is Directory | the kubelet cannot mount it, and "
       "the API server will not start | make it, or correct the volume"},
      {{"host-path-missing", good(), fact("/var/log/kubernetes/audit", Kind::File)},
       "22:13 /var/log/kubernetes/audit is not a directory, and its type is DirectoryOrCreate | "
       "the kubelet cannot mount it, and the API server will not start | make it, or correct the "
       "volume"},
      {{"policy-file-empty", good(), fact(kPolicyPath, Kind::File, 0)},
       "11:27 the policy file /etc/kubernetes/audit/audit-policy.yaml is empty | the API server "
       "will not start | write an audit policy into it first"},
      {{"policy-file-is-directory", good(), fact(kPolicyPath, Kind::Directory)},
       "11:27 the policy file /etc/kubernetes/audit/audit-policy.yaml is a directory on this host "
       "| "
       "the API server will not start | if a container runtime made it, "
       "remove it and write an audit policy there; otherwise correct the hostPath"},
      {{"policy-file-missing", good(), fact(kPolicyPath, Kind::Missing)},
       "11:27 the policy file /etc/kubernetes/audit/audit-policy.yaml is not on this host | the "
       "API "
       "server will not start | *"},
      {{"policy-file-unreadable",
        [] {
          Pod pod = good();
          pod.container = "    securityContext:\n      runAsUser: 1000\n";
          return pod;
        }(),
        fact(kPolicyPath, Kind::File)},
       "11:27 the API server runs as user 1000 and may not read the policy file "
       "/etc/kubernetes/audit/audit-policy.yaml (mode 0600, owner 0) | the API server will not "
       "start | chown 1000 /etc/kubernetes/audit/audit-policy.yaml"},
      {{"retention-would-delete", good(), {}, {}, LogDeletionFact{25, "2026-01-31"}},
       "10:24 the limits would make the API server delete 25 rotated logs on this host, the oldest "
       "of 2026-01-31 | they are gone within seconds of its start | move them elsewhere, give "
       "larger limits, or accept it with --allow-log-deletion"},
      {{"retention-would-delete", good(), {}, {}, LogDeletionFact{1, "2026-01-31"}},
       "10:24 the limits would make the API server delete 1 rotated log on this host, the oldest "
       "of "
       "2026-01-31 | they are gone within seconds of its start | move them elsewhere, give larger "
       "limits, or accept it with --allow-log-deletion"},
      {{"sibling-manifest", good(), sibling()},
       "0:0 copy.yaml defines the same Pod | the kubelet runs the file whose name sorts last, and "
       "may undo every change | stop the kubelet, move that file out of the directory, start the "
       "kubelet"},
      {{"webhook-config-missing", with_webhook({"h /etc/hook Directory"}, {"h /etc/hook ro"}),
        fact("/etc/hook/conf", Kind::Missing)},
       "10:35 the webhook's kubeconfig /etc/hook/conf is not on this host | the API server will "
       "not "
       "start | put it there first"},
      {{"webhook-credentials-missing", with_webhook({"h /etc/hook Directory"}, {"h /etc/hook ro"}),
        fact("/etc/hook/key", Kind::Directory), kHookFiles},
       "10:35 the file /etc/hook/key, which the webhook's kubeconfig names, is not a regular file "
       "on "
       "this host | the API server will not start | put it there first"},
      {{"webhook-config-invalid", with_webhook({"h /etc/hook Directory"}, {"h /etc/hook ro"}),
        unloadable_kubeconfig()},
       "10:35 the webhook's kubeconfig /etc/hook/conf cannot be loaded: it is no kubeconfig | the "
       "API "
       "server will not start | mend it first"},
      {{"log-path-is-directory", good(),
        fact("/var/log/kubernetes/audit/audit.log", Kind::Directory)},
       "10:24 the log file /var/log/kubernetes/audit/audit.log is a directory on this host | the "
       "API "
       "server will not start | give the path of a file"},
      {{"log-directory-not-writable-by-user", as_user_1000(),
        fact("/var/log/kubernetes/audit", Kind::Directory, 0, 0755)},
       "10:24 the API server runs as user 1000 and may not write /var/log/kubernetes/audit (mode "
       "0755, owner 0) | the API server will not start | chown 1000 /var/log/kubernetes/audit"},
      {{"host-path-invalid",
        with_mounts({kLogVolume, kPolicyVolume, "x srv/x Directory"}, {kLogMount, kPolicyMount})},
       "30:13 the hostPath 'srv/x' of volume 'x' is not an absolute path | it is taken from the "
       "working directory of the container runtime | write the path out, beginning with '/'"},
      {{"host-path-dotdot", with_mounts({kLogVolume, kPolicyVolume, "x /srv/../x Directory"},
                                        {kLogMount, kPolicyMount})},
       "30:13 the hostPath '/srv/../x' of volume 'x' has a '..' element | the kubelet rejects the "
       "Pod | write the path out"},
      {{"host-path-invalid",
        with_mounts({kLogVolume, kPolicyVolume, "x /srv/x directory"}, {kLogMount, kPolicyMount})},
       "31:13 the hostPath '/srv/x' of volume 'x' has the unknown type 'directory' | the kubelet "
       "rejects the Pod | write it as Kubernetes spells it, for instance DirectoryOrCreate"},
  };
  return kAll;
}

// Near the mark, and right.
const std::vector<Example>& keeping() {
  static const std::vector<Example> kAll = {
      {"backend-without-policy", good()},
      {"flag-duplicate", good()},
      {"flag-invalid-value", with_flags({"--audit-log-maxage=0x1e", kLogFlag, kPolicyFlag})},
      {"flag-needs-other", with_flag("--audit-log-mode=batch")},
      {"flag-not-yet", with_flag("--audit-log-compress=true")},
      {"flag-removed",
       [] {
         Pod pod = with_flag("--audit-dynamic-configuration=false");
         pod.image = "kube-apiserver:v1.18.0";
         return pod;
       }()},
      {"flag-unknown", with_flag("--audit_log_maxsize=3")},
      {"flag-unresolved-variable",
       with_flags({kAge, "--audit-log-path=/var/log/kubernetes/audit/$LOG", kPolicyFlag})},
      {"flag-value-missing", with_flag("--audit-log-truncate-enabled")},
      {"host-path-type-unfit",
       with_mounts({"audit-log /l Directory", kPolicyVolume}, {kLogMount, kPolicyMount})},
      {"host-path-type-unset",
       with_mounts({"audit-log /l", kPolicyVolume}, {kLogMount, kPolicyMount})},
      {"log-mount-read-only", good()},
      {"log-mounted-as-file",
       with_mounts({kLogVolume, kPolicyVolume, "x /x"},
                   {kLogMount, kPolicyMount, "x /var/log/kubernetes/audit/audit.log2"})},
      {"log-not-mounted", with_mounts({"l /var/log", kPolicyVolume}, {"l /var/log", kPolicyMount})},
      {"mount-near-miss", good()},
      {"mount-path-duplicate", with_mounts({kLogVolume, kPolicyVolume, "x /x", "y /y"},
                                           {kLogMount, kPolicyMount, "x /same", "y /same2"})},
      {"mount-without-volume", good()},
      {"path-not-absolute", with_flags({kAge, "--audit-log-path=-", kPolicyFlag})},
      {"policy-mount-writable", good()},
      {"policy-not-mounted",
       with_mounts({kLogVolume, "p /etc"}, {kLogMount, "p /etc/kubernetes ro"})},
      {"policy-without-backend", with_flags({"--audit-log-path=-", kPolicyFlag})},
      {"positional-argument", with_flags({kAge, kLogFlag, kPolicyFlag, "\"\""})},
      {"rotation-unset", with_flags({"--audit-log-path=-", kPolicyFlag})},
      {"static-pod-uid",
       [] {
         Pod pod = good();
         pod.metadata = "  uid:\n";
         return pod;
       }()},
      {"tuning-without-backend", with_flags({"--secure-port=6443"})},
      {"volume-name-duplicate", good()},
      {"volume-name-invalid",
       with_mounts({kLogVolume, kPolicyVolume, "a-0 /x"}, {kLogMount, kPolicyMount})},
      {"webhook-config-not-mounted", with_webhook({"h /h File"}, {"h /etc/hook/conf ro"})},
      {"webhook-credentials-not-mounted",
       with_webhook({"h /h"}, {"h /etc/hook ro"}),
       {},
       kHookFiles},
      {"host-path-missing", good(), fact("/var/log/kubernetes/audit", Kind::Missing)},
      {"policy-file-empty", good(), fact(kPolicyPath, Kind::File, 1)},
      {"policy-file-is-directory", good(), fact(kPolicyPath, Kind::File)},
      {"policy-file-missing", good()},
      {"policy-file-unreadable",
       [] {
         Pod pod = good();
         pod.container = "    securityContext:\n      runAsUser: 1000\n";
         return pod;
       }(),
       fact(kPolicyPath, Kind::File, 1, 0640)},
      {"retention-would-delete", good(), {}, {}, LogDeletionFact{0, ""}},
      {"sibling-manifest", good()},
      {"webhook-config-missing", with_webhook({"h /etc/hook Directory"}, {"h /etc/hook ro"}),
       fact("/etc/hook/conf", Kind::File)},
      {"webhook-credentials-missing", with_webhook({"h /etc/hook Directory"}, {"h /etc/hook ro"}),
       fact("/etc/hook/key", Kind::File), kHookFiles},
      {"webhook-config-invalid", with_webhook({"h /etc/hook Directory"}, {"h /etc/hook ro"}),
       fact("/etc/hook/conf", Kind::File)},
      {"log-path-is-directory", good(), fact("/var/log/kubernetes/audit/audit.log", Kind::File)},
      {"log-directory-not-writable-by-user", as_user_1000(),
       fact("/var/log/kubernetes/audit", Kind::Directory, 0, 0777)},
      {"host-path-invalid",
       with_mounts({kLogVolume, kPolicyVolume, "x /srv/..x Directory"}, {kLogMount, kPolicyMount})},
  };
  return kAll;
}

TEST(Rules, FindWhatBreaksThem) {
  for (const Breaking& b : breaking()) {
    const std::string is = found(b.example);
    const std::size_t star =
        b.finding.find('*');  // the rest is said, and tested, by audit/validate_settings
    if (star == std::string_view::npos)
      EXPECT_EQ(is, b.finding) << b.example.rule;
    else
      EXPECT_TRUE(is.starts_with(b.finding.substr(0, star)) && is.size() > star)
          << b.example.rule << ": " << is;
  }
}

TEST(Rules, LeaveInPeaceWhatKeepsThem) {
  for (const Example& k : keeping()) EXPECT_EQ(found(k), "") << k.rule;
}

TEST(Rules, AreATableInGoodOrder) {
  std::set<std::string_view> ids;
  for (const Rule& row : all_rules()) {
    EXPECT_TRUE(ids.insert(row.id).second) << row.id << " stands twice";
    EXPECT_EQ(rule(row.id).summary, row.summary);
    EXPECT_TRUE(row.summary.ends_with('.')) << row.id;
    EXPECT_TRUE(std::all_of(row.id.begin(), row.id.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || c == '-';
    })) << row.id;
  }
  EXPECT_EQ(to_string(Severity::Error), "error");
  EXPECT_EQ(to_string(Severity::Warning), "warning");
  EXPECT_EQ(to_string(Severity::Note), "note");
}

TEST(Findings, ComeInTheOrderOfTheFile) {
  Pod pod = good();
  pod.flags = {"--audit-log-maxage=1", "word", kAge, kLogFlag};
  pod.mounts = {"audit-log /var/log/kubernetes/audit ro", "none /x"};
  const auto document = yaml::parse(support::source(text_of(pod)));
  const auto read = kube::read_pod_manifest(*document, audit::arity_of);
  ASSERT_TRUE(read);
  std::string ids;
  for (const Finding& f : check_api_server(read->api_server, *read->api_server.version, {}))
    ids += std::string(f.rule) + " ";
  EXPECT_EQ(ids,
            "flag-duplicate positional-argument backend-without-policy rotation-below-benchmark "
            "rotation-below-benchmark log-mount-read-only mount-without-volume volume-unused ");
}

TEST(Findings, OfAGoodPodAreNone) {
  Pod pod = good();
  pod.flags = {kAge, "--audit-log-maxbackup=10", "--audit-log-maxsize=100", kLogFlag, kPolicyFlag};
  const auto document = yaml::parse(support::source(text_of(pod)));
  const auto read = kube::read_pod_manifest(*document, audit::arity_of);
  ASSERT_TRUE(read);
  EXPECT_TRUE(check_api_server(read->api_server, *read->api_server.version, {}).empty());
}

// kube-apiserver does not look at the words of a backend that is off.
TEST(Findings, OfABackendThatIsOffAreNoErrors) {
  const auto document =
      yaml::parse(support::source(text_of(with_flag("--audit-webhook-mode=nonsense"))));
  const auto read = kube::read_pod_manifest(*document, audit::arity_of);
  ASSERT_TRUE(read);
  const auto all = check_api_server(read->api_server, *read->api_server.version, {});
  for (const Finding& finding : all)
    EXPECT_EQ(finding.severity, Severity::Warning) << finding.rule << ": " << finding.message;
  EXPECT_EQ(all.at(0).rule, "flag-needs-other");
}

TEST(HostPaths, AreThoseThatTheFindingsNeed) {
  const auto document = yaml::parse(support::source(
      text_of(with_mounts({"l /srv/logs", kPolicyVolume}, {"l /var/log", kPolicyMount}))));
  const auto read = kube::read_pod_manifest(*document, audit::arity_of);
  ASSERT_TRUE(read);
  EXPECT_EQ(host_paths_to_look_at(read->api_server, {}),
            (std::vector<std::string>{
                "/etc/kubernetes/audit", "/etc/kubernetes/audit/audit-policy.yaml", "/srv",
                "/srv/logs", "/srv/logs/kubernetes/audit", "/srv/logs/kubernetes/audit/audit.log",
                "/var/log/kubernetes", "/var/log/kubernetes/audit"}));
  EXPECT_EQ(on_host(read->api_server, "/var/log/x"), "/srv/logs/x");
  EXPECT_EQ(on_host(read->api_server, "/opt"), std::nullopt);
}

// pkg/volume/hostpath, checkTypeInternal.
TEST(HostPathType, IsCheckedAsTheKubeletDoes) {
  struct Row {
    std::string_view type;
    Kind kind;
    std::string_view problem;  // "" for none
  };
  for (const Row& row : std::initializer_list<Row>{
           {"", Kind::Missing, ""},
           {"", Kind::Socket, ""},
           {"DirectoryOrCreate", Kind::Missing, ""},
           {"DirectoryOrCreate", Kind::Directory, ""},
           {"DirectoryOrCreate", Kind::File, "is not a directory"},
           {"Directory", Kind::Missing, "does not exist"},
           {"Directory", Kind::Directory, ""},
           {"Directory", Kind::File, "is not a directory"},
           {"FileOrCreate", Kind::Missing, ""},
           {"FileOrCreate", Kind::File, ""},
           {"FileOrCreate", Kind::Directory, "is not a regular file"},
           {"File", Kind::Missing, "does not exist"},
           {"File", Kind::File, ""},
           {"File", Kind::Directory, "is not a regular file"},
           {"Socket", Kind::Missing, "does not exist"},
           {"Socket", Kind::Socket, ""},
           {"Socket", Kind::File, "is not a socket"},
           {"CharDevice", Kind::CharDevice, ""},
           {"CharDevice", Kind::BlockDevice, "is not a character device"},
           {"BlockDevice", Kind::BlockDevice, ""},
           {"BlockDevice", Kind::Missing, "does not exist"},
           {"BlockDevice", Kind::Other, "is not a block device"},
           {"Directory", Kind::Unknown, ""},
       }) {
    Pod pod = good();
    pod.volumes.push_back("x /srv/x " + std::string(row.type));
    const std::string is = found({"host-path-missing", pod, fact("/srv/x", row.kind)});
    const std::string expected =
        row.problem.empty()
            ? ""
            : fmt::format(
                  "30:13 /srv/x {}, and its type is {} | the kubelet cannot mount it, and the API "
                  "server will not start | make it, or correct the volume",
                  row.problem, row.type);
    EXPECT_EQ(is, expected) << row.type << " " << static_cast<int>(row.kind);
  }
  HostFacts facts = fact("/srv/x", Kind::Missing);
  facts.paths["/srv"].kind = Kind::Missing;
  Pod pod = good();
  pod.volumes.push_back("x /srv/x FileOrCreate");
  EXPECT_TRUE(found({"host-path-missing", pod, facts})
                  .starts_with(
                      "30:13 /srv/x has no directory to be made in, and its type is FileOrCreate"));
}

}  // namespace
}  // namespace kaudit::check
