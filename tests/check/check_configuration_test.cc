// What check says of a ClusterConfiguration, beyond an example for each rule.

#include "check/check_configuration.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "check/check_manifest.h"
#include "support/dump.h"

namespace kaudit::check {
namespace {

// A line a finding: "5:3 error rule: message (fix) [path] <- 2:7 what stands there".
std::string findings(const std::string& text) {
  const CheckedManifest manifest = check_manifest(support::source(text), {});
  if (manifest.error) return "refused: " + manifest.error->message;
  const auto at = [&](text::Span place) {
    const text::Position position = manifest.source->position(place.begin);
    return fmt::format("{}:{}", position.line, position.column);
  };
  std::string out;
  for (const Finding& f : manifest.findings) {
    if (f.rule == "auditing-off") continue;
    out += fmt::format("{} {} {}: {} ({}) [{}]", f.place ? at(*f.place) : "-",
                       to_string(f.severity), f.rule, f.message, f.fix, f.path);
    for (const RelatedPlace& related : f.related)
      out += fmt::format(" <- {} {}", at(related.place), related.message);
    out += "\n";
  }
  return out;
}

std::string with(std::string_view version, std::string_view server) {
  return fmt::format("apiVersion: kubeadm.k8s.io/{}\nkind: ClusterConfiguration\napiServer:\n{}",
                     version, server);
}

TEST(CheckConfiguration, KnowsWhatKubeadmMountsItself) {
  EXPECT_EQ(findings(with("v1beta3",
                          "  extraVolumes:\n"
                          "  - {name: mine, hostPath: /srv, mountPath: /etc/kubernetes/pki}\n")),
            "5:45 error mount-path-duplicate: two mounts have the mountPath /etc/kubernetes/pki "
            "(remove one of them) [apiServer.extraVolumes[0].mountPath] <- 2:7 kubeadm mounts "
            "/etc/kubernetes/pki itself\n");
  EXPECT_EQ(findings(with("v1beta3",
                          "  extraVolumes:\n"
                          "  - {name: mine, hostPath: /srv, mountPath: /etc/ssl/certs/mine}\n")),
            "5:45 warning mount-below-read-only-parent: the mount /etc/ssl/certs/mine lies in the "
            "read-only mount /etc/ssl/certs (make /etc/ssl/certs/mine on the host, or mount it "
            "elsewhere) [apiServer.extraVolumes[0].mountPath] <- 2:7 kubeadm mounts /etc/ssl/certs "
            "itself\n");
}

// etcd-certs-N are those of an external etcd, a directory each.
TEST(CheckConfiguration, KnowsWhichVolumesAreKubeadms) {
  const auto said = [](std::string_view name, std::string_view rest) {
    return findings(with("v1beta3", fmt::format("  extraVolumes:\n  - {{name: {}, hostPath: /srv, "
                                                "mountPath: /srv}}\n{}",
                                                name, rest)));
  };
  const std::string_view external =
      "etcd: {external: {endpoints: ['https://e'], caFile: /etc/etcd/ca.crt, certFile: "
      "/etc/etcd/tls/a.crt, keyFile: /srv/etcd/a.key}}\n";
  for (const char* name : {"etcd-certs", "etcd-certs-0", "etcd-certs-a", "mine"})
    EXPECT_EQ(said(name, ""), "") << name;
  for (const char* name : {"etcd-certs", "etcd-certs-2", "etcd-certs-00"})
    EXPECT_EQ(said(name, external), "") << name;
  EXPECT_EQ(said("etcd-certs-0", external),
            "5:12 error extra-volume-replaces-kubeadms: the extraVolume 'etcd-certs-0' takes the "
            "place of kubeadm's own for /etc/etcd (give it another name) "
            "[apiServer.extraVolumes[0].name]\n");
  EXPECT_EQ(said("etcd-certs-1", external),
            "5:12 error extra-volume-replaces-kubeadms: the extraVolume 'etcd-certs-1' takes the "
            "place of kubeadm's own for /srv/etcd (give it another name) "
            "[apiServer.extraVolumes[0].name]\n");
  // What kubeadm mounts anyway has no volume of etcd's.
  EXPECT_EQ(said("etcd-certs-0",
                 "etcd: {external: {caFile: /etc/kubernetes/pki/etcd/ca.crt, certFile: "
                 "/etc/ssl/certs/a.crt, keyFile: /etc/pki/a.key}}\n"),
            "");
}

TEST(CheckConfiguration, IsNotSureOfDirectoriesThatSomeHostsHave) {
  const auto said = [](std::string_view path) {
    return findings(with("v1beta3", fmt::format("  extraVolumes:\n  - {{name: etc-pki, hostPath: "
                                                "{}, mountPath: /etc/pki}}\n",
                                                path)));
  };
  EXPECT_EQ(said("/srv/pki"),
            "5:12 warning extra-volume-replaces-kubeadms: the extraVolume 'etc-pki' takes the "
            "place of kubeadm's own for /etc/pki (give it another name) "
            "[apiServer.extraVolumes[0].name]\n");
  EXPECT_EQ(said("/etc/pki"), "");
}

TEST(CheckConfiguration, SaysOnceThatAFlagIsGivenTwice) {
  EXPECT_EQ(findings(with("v1beta3",
                          "  extraArgs:\n    audit-log-path: '-'\n"
                          "    audit-policy-file: /etc/kubernetes/pki/p.yaml\n"
                          "    audit-log-path: '-'\n    v: '1'\n    v: '2'\n")),
            "5:5 warning flag-duplicate: --audit-log-path is given more than once, with the same "
            "value (remove this one) [apiServer.extraArgs.audit-log-path] <- 7:5 this one counts\n"
            "7:22 note log-to-stdout: --audit-log-path=- writes to standard output (give the path "
            "of a file to keep them) [apiServer.extraArgs.audit-log-path]\n"
            "9:5 warning duplicate-key: the key 'v' is given twice (remove one of them) "
            "[apiServer.extraArgs.v] <- 8:5 the one that is lost\n");
}

// kubeadm sorts a map: the name with underscores comes last, wherever it stands.
TEST(CheckConfiguration, KnowsWhichSpellingCounts) {
  EXPECT_EQ(findings(with("v1beta3",
                          "  extraArgs:\n    audit_log_path: '-'\n"
                          "    audit-log-path: /x/y\n"
                          "    audit-policy-file: /etc/kubernetes/pki/p.yaml\n")),
            "5:5 note flag-underscores: --audit_log_path is spelled with underscores (write "
            "--audit-log-path) [apiServer.extraArgs.audit_log_path]\n"
            "5:22 note log-to-stdout: --audit-log-path=- writes to standard output (give the path "
            "of a file to keep them) [apiServer.extraArgs.audit_log_path]\n"
            "6:5 warning flag-duplicate: --audit-log-path is given more than once; '/x/y' is "
            "shadowed by '-' (remove this one) [apiServer.extraArgs.audit-log-path] <- 5:5 this "
            "one counts\n");
}

TEST(CheckConfiguration, SpeaksOfKubeadmsFields) {
  EXPECT_EQ(findings(with("v1beta4",
                          "  extraArgs:\n  - {name: audit-log-path, value: '-'}\n"
                          "  - {name: audit-policy-file, value: /p.yaml}\n"
                          "  extraVolumes:\n"
                          "  - {name: p, hostPath: /p.yaml, mountPath: /p.yaml, "
                          "readOnly: true}\n")),
            "5:36 note log-to-stdout: --audit-log-path=- writes to standard output (give the path "
            "of a file to keep them) [apiServer.extraArgs[0].value]\n"
            "8:5 warning host-path-type-unset: the hostPath /p.yaml has no type (set pathType: "
            "File) [apiServer.extraVolumes[0]]\n");
}

TEST(CheckConfiguration, SaysEverythingThatCannotBeDecoded) {
  EXPECT_EQ(findings(with("v1beta4",
                          "  extraArgs: [x, {name: ''}, {name: v, value: [4]}]\n"
                          "  extraVolumes: {}\n")),
            "4:15 error kubeadm-would-reject: apiServer.extraArgs[0] is no mapping of name and "
            "value (write it as kubeadm reads it) [apiServer.extraArgs[0]]\n"
            "4:25 error kubeadm-would-reject: apiServer.extraArgs[1] has no name (give it a "
            "name, or remove it) [apiServer.extraArgs[1]]\n"
            "4:47 error kubeadm-would-reject: apiServer.extraArgs[2].value is not a string (write "
            "it as kubeadm reads it) [apiServer.extraArgs[2].value]\n"
            "5:17 error kubeadm-would-reject: apiServer.extraVolumes is not a list (write it as "
            "kubeadm reads it) [apiServer.extraVolumes]\n");
  EXPECT_EQ(findings("apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n"
                     "apiServer: none\n"),
            "3:12 error kubeadm-would-reject: apiServer is not a mapping (write it as kubeadm "
            "reads it) [apiServer]\n");
}

// kubeadm decodes all of it, and more than the apiServer can stop it.
TEST(CheckConfiguration, SaysWhatElseKubeadmWouldStopAt) {
  const std::string fix = " (write it as kubeadm reads it) ";
  const auto all = [](std::string_view version, const std::string& rest) {
    return findings(fmt::format("apiVersion: kubeadm.k8s.io/{}\nkind: ClusterConfiguration\n{}",
                                version, rest));
  };
  EXPECT_EQ(
      all("v1beta2",
          "networking: []\nfeatureGates: {A: 'true'}\netcd:\n  local:\n    extraArgs: {v: 4}\n"
          "    serverCertSANs: a\ndns: {type: 4}\nuseHyperKubeImage: 'no'\n"),
      "3:13 error kubeadm-would-reject: networking is not a mapping" + fix +
          "[networking]\n"
          "4:20 error kubeadm-would-reject: featureGates.A is neither true nor false" +
          fix +
          "[featureGates.A]\n"
          "7:20 error extra-arg-unquoted: etcd.local.extraArgs.v is 4, and not a string (quote "
          "it: \"4\") [etcd.local.extraArgs.v]\n"
          "8:21 error kubeadm-would-reject: etcd.local.serverCertSANs is not a list" +
          fix +
          "[etcd.local.serverCertSANs]\n"
          "9:13 error kubeadm-would-reject: dns.type is 4, and not a string (quote it: \"4\") "
          "[dns.type]\n"
          "10:21 error kubeadm-would-reject: useHyperKubeImage is neither true nor false" +
          fix + "[useHyperKubeImage]\n");
  // What an API version does not have is not decoded.
  EXPECT_EQ(
      all("v1beta4",
          "useHyperKubeImage: 'no'\nproxy: {disabled: 1}\nscheduler:\n  extraEnvs:\n"
          "  - {name: A, value: 1}\n  extraArgs: {v: '4'}\n  ignored: x\n"),
      "3:1 warning kubeadm-unknown-field: kubeadm.k8s.io/v1beta4 has no field "
      "'useHyperKubeImage' (remove it) [useHyperKubeImage]\n"
      "4:19 error kubeadm-would-reject: proxy.disabled is neither true nor false" +
          fix +
          "[proxy.disabled]\n"
          "7:22 error kubeadm-would-reject: scheduler.extraEnvs[0].value is 1, and not a string "
          "(quote it: \"1\") [scheduler.extraEnvs[0].value]\n"
          "8:3 error extra-args-form: scheduler.extraArgs is a map, and kubeadm.k8s.io/v1beta4 "
          "has a list of name and value (write '- name: NAME' and 'value: \"VALUE\"' for each) "
          "[scheduler.extraArgs]\n");
  EXPECT_EQ(all("v1beta3", "apiserver: {extraArgs: {v: 4}}\n---\nkind: x\n"),
            "3:1 warning kubeadm-unknown-field: kubeadm.k8s.io/v1beta3 has no field 'apiserver' "
            "(write apiServer) [apiserver]\n"
            "5:1 error kubeadm-would-reject: document 2 of the file has no apiVersion with a group "
            "(move it to a file of its own) [document 2]\n");
}

// What kubeadm's own way to divide a file makes of it; in JSON there is nothing wrong.
TEST(CheckConfiguration, KnowsThePartsOfAFile) {
  EXPECT_EQ(findings("# licence\n---\n" + with("v1beta3", "  extraArgs: {}\n") + "--- # init\n" +
                     "apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\n"),
            "1:1 error kubeadm-would-reject: a part of the file holds nothing but comments (remove "
            "the line '---' below it) []\n"
            "8:1 error kubeadm-would-reject: older releases of kubeadm do not read this document: "
            "they divide a file only at lines of nothing but '---' (write '---' on a line of its "
            "own above it) [document 2]\n");
  EXPECT_EQ(findings("apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\n---\n"
                     "{\"apiVersion\": \"kubeadm.k8s.io/v1beta3\", "
                     "\"kind\": \"ClusterConfiguration\"}\n"),
            "");
}

TEST(CheckConfiguration, KnowsDurations) {
  const auto said = [](std::string_view duration) {
    return findings(with("v1beta3", fmt::format("  timeoutForControlPlane: {}\n", duration)));
  };
  for (const char* good : {"4m0s", "1h", "-1.5h", "+3us", "'0'", ".5s", "3µs", "300ms"})
    EXPECT_EQ(said(good), "") << good;
  for (const char* bad : {"x", "4", "4m0", "''", "1.2.3s", "m", "4 m", "4d"})
    EXPECT_NE(said(bad), "") << bad;
  EXPECT_EQ(said("4d"),
            "4:27 error kubeadm-would-reject: apiServer.timeoutForControlPlane is no duration such "
            "as 4m0s (write it as kubeadm reads it) [apiServer.timeoutForControlPlane]\n");
}

// `kaudit enable` alone would be about the node's own manifest.
TEST(CheckConfiguration, NamesTheFileInTheWayOut) {
  const std::string text = with("v1beta3", "  extraArgs: {v: '4'}\n");
  const auto fix = [&](const char* name) {
    return check_manifest(std::make_shared<const text::SourceText>(name, text), {})
        .findings.front()
        .fix;
  };
  EXPECT_EQ(fix("my kubeadm.yaml"), "run kaudit enable --manifest='my kubeadm.yaml'");
  EXPECT_EQ(fix("<stdin>"), "run kaudit enable");
}

TEST(CheckConfiguration, HasFatalFaultsMendedBeforeEnable) {
  const CheckedManifest manifest =
      check_manifest(support::source(with("v1beta4", "  extraArgs: {v: '4'}\n")), {});
  ASSERT_FALSE(manifest.findings.empty());
  EXPECT_EQ(manifest.findings.front().rule, "auditing-off");
  EXPECT_TRUE(manifest.findings.front().fix.starts_with(
      "mend the errors of the configuration, then run kaudit enable"))
      << manifest.findings.front().fix;
}

// Quoted as it stands, a flag might not take it.
TEST(CheckConfiguration, SaysHowAnArgumentIsWritten) {
  const auto fix = [](std::string_view value) {
    const std::string config = with("v1beta3", fmt::format("  extraArgs:\n    x: {}\n", value));
    for (const Finding& finding : check_manifest(support::source(config), {}).findings)
      if (finding.rule == "extra-arg-unquoted") return finding.fix;
    return std::string("none");
  };
  for (const char* word : {"yes", "Yes", "on", "y", "TRUE"})
    EXPECT_EQ(fix(word), "write \"true\"") << word;
  for (const char* word : {"no", "Off", "n", "False"})
    EXPECT_EQ(fix(word), "write \"false\"") << word;
  EXPECT_EQ(fix("1e2"), "write \"100\"");
  EXPECT_EQ(fix("-1.0"), "write \"-1\"");
  for (const char* word :
       {"true", "false", "30", "0x10", "010", "1_000", "1.5", "1.30", "1e30", ".inf"})
    EXPECT_EQ(fix(word), fmt::format("quote it: \"{}\"", word)) << word;
  EXPECT_EQ(fix("!!int 30"), "remove its tag");
  // What is no argument keeps its spelling.
  EXPECT_EQ(findings("apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n"
                     "clusterName: yes\n"),
            "3:14 error kubeadm-would-reject: clusterName is yes, and not a string (quote it: "
            "\"yes\") [clusterName]\n");
}

// What kubeadm reads, and `enable` does not edit.
TEST(CheckConfiguration, SaysWhatEnableWouldRefuse) {
  const auto fix = [](std::string_view server) {
    return check_manifest(support::source(with("v1beta3", server)), {}).findings.front().fix;
  };
  const std::string enable = "then run kaudit enable --manifest=in";
  EXPECT_EQ(fix("  extraVolumes: [{name: a, hostPath: /a, mountPath: /a}, {name: a}]\n"),
            "two extraVolumes are named 'a', and kubeadm takes the last; rename or remove one of "
            "them, " +
                enable);
  EXPECT_EQ(fix("  extraArgs: {cloud-provider: }\n"),
            "apiServer.extraArgs.cloud-provider is null; give it a value, or remove it, " + enable);
  EXPECT_EQ(fix("  extraArgs: &a {v: '4'}\n  x: *a\n"),
            "apiServer.extraArgs is shared: the alias '*a' repeats it elsewhere; write the list "
            "out where the alias stands, " +
                enable);
}

TEST(CheckConfiguration, SpeaksOfNullArguments) {
  const std::string fix = " (write \"\" if that is meant, or remove it) ";
  EXPECT_EQ(findings(with("v1beta3", "  extraArgs:\n    cloud-provider:\n    v: ~\n    x: ''\n") +
                     "scheduler:\n  extraArgs: {v: }\n"),
            "5:5 warning extra-arg-null: apiServer.extraArgs.cloud-provider is null" + fix +
                "[apiServer.extraArgs.cloud-provider]\n"
                "6:5 warning extra-arg-null: apiServer.extraArgs.v is null" +
                fix + "[apiServer.extraArgs.v]\n");
  EXPECT_EQ(findings(with("v1beta4", "  extraArgs: [{name: v, value: null}, {name: x}]\n")),
            "4:25 warning extra-arg-null: apiServer.extraArgs[0].value is null" + fix +
                "[apiServer.extraArgs[0].value]\n");
}

TEST(CheckConfiguration, SaysThatAReleaseDecides) {
  const std::string list =
      "  extraArgs:\n  - {name: audit-log-path, value: '-'}\n"
      "  - {name: audit-policy-file, value: /etc/kubernetes/pki/b.yaml}\n"
      "  - {name: audit-policy-file, value: /etc/kubernetes/pki/a.yaml}\n";
  const std::string stdout_note =
      "5:36 note log-to-stdout: --audit-log-path=- writes to standard output (give the path of a "
      "file to keep them) [apiServer.extraArgs[0].value]\n";
  EXPECT_EQ(
      findings(with("v1beta4", list)),
      stdout_note +
          "6:12 warning flag-duplicate: audit-policy-file is given more than once; kubeadm "
          "1.31 takes '/etc/kubernetes/pki/b.yaml', and later releases take "
          "'/etc/kubernetes/pki/a.yaml' (remove one of them) [apiServer.extraArgs[1].name] <- 7:12 "
          "another one\n");
  EXPECT_EQ(findings(with("v1beta4", list) + "kubernetesVersion: v1.33.1\n"),
            stdout_note +
                "6:12 warning flag-duplicate: --audit-policy-file is given more than once; "
                "'/etc/kubernetes/pki/b.yaml' is shadowed by '/etc/kubernetes/pki/a.yaml' (remove "
                "this one) [apiServer.extraArgs[1].name] <- 7:12 this one counts\n");
}

// ---- what an upgrade would change ----

constexpr std::string_view kManifest = R"(apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec:
  containers:
  - name: kube-apiserver
    image: registry.k8s.io/kube-apiserver:v1.31.4
    command:
    - kube-apiserver
    - --audit-policy-file=/etc/kubernetes/audit/p.yaml
    - --audit-log-path=/var/log/audit/a.log
    volumeMounts:
    - {name: audit-log, mountPath: /var/log/audit}
    - {name: audit-policy, mountPath: /etc/kubernetes/audit/p.yaml, readOnly: true}
  volumes:
  - {name: audit-log, hostPath: {path: /data/my logs, type: DirectoryOrCreate}}
  - {name: audit-policy, hostPath: {path: /etc/kubernetes/audit/p.yaml, type: File}}
)";
constexpr std::string_view kSettings = R"(apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
apiServer:
  extraArgs:
    audit-policy-file: /etc/kubernetes/audit/p.yaml
    audit-log-path: /var/log/audit/a.log
  extraVolumes:
)";

// A line a finding: "10:7 warning: message => fix".
std::string upgrade(std::string_view manifest_text, std::string_view config_text) {
  const CheckedManifest manifest = check_manifest(support::source(std::string(manifest_text)), {});
  const auto source =
      std::make_shared<const text::SourceText>("my kubeadm.yaml", std::string(config_text));
  const CheckedManifest config = check_manifest(source, {});
  if (manifest.error || config.error) return "refused";
  std::string out;
  for (const Finding& f : check_upgrade(manifest.api_server, manifest.version, "my manifest.yaml",
                                        {&config.api_server, source.get(), config.mend_first})) {
    const text::Position at =
        f.place ? manifest.source->position(f.place->begin) : text::Position{0, 0};
    out += fmt::format("{}:{} {}: {} => {}\n", at.line, at.column, to_string(f.severity), f.message,
                       f.fix);
  }
  return out;
}

std::string volumes(std::string_view log, std::string_view policy) {
  return fmt::format("{}  - {{name: audit-log, {}}}\n  - {{name: audit-policy, {}}}\n", kSettings,
                     log, policy);
}

constexpr std::string_view kLog =
    "hostPath: /data/my logs, mountPath: /var/log/audit, pathType: DirectoryOrCreate";
constexpr std::string_view kPolicy =
    "hostPath: /etc/kubernetes/audit/p.yaml, mountPath: /etc/kubernetes/audit/p.yaml, readOnly: "
    "true, pathType: File";

TEST(CheckUpgrade, FindsNothingWhereAllIsEqual) {
  EXPECT_EQ(upgrade(kManifest, volumes(kLog, kPolicy)), "");
}

// One command for all of it: with the host's paths, and with no limits that `enable` would add.
TEST(CheckUpgrade, GivesOneCommandForAllSettings) {
  const std::string fix =
      " => run kaudit enable --manifest='my kubeadm.yaml' "
      "--audit-policy-file=/etc/kubernetes/audit/p.yaml --audit-log-path=/var/log/audit/a.log "
      "--audit-log-maxage=0 --audit-log-maxbackup=0 --audit-log-maxsize=0 "
      "--host-path='/var/log/audit=/data/my logs'\n";
  EXPECT_EQ(upgrade(kManifest, "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n"),
            "10:27 warning: --audit-policy-file=/etc/kubernetes/audit/p.yaml is not in my "
            "kubeadm.yaml" +
                fix +
                "11:24 warning: --audit-log-path=/var/log/audit/a.log is not in my kubeadm.yaml" +
                fix);
}

// A limit that is equal to its default says so, where `enable` would add another.
TEST(CheckUpgrade, KeepsLimitsThatAreZeroInTheManifest) {
  std::string manifest(kManifest);
  manifest.insert(manifest.find("    - --audit-log-path"),
                  "    - --audit-log-maxbackup=0\n    - --audit-log-maxage=7\n");
  const std::string said =
      upgrade(manifest, "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n");
  EXPECT_EQ(
      said.substr(0, said.find('\n')),
      "10:27 warning: --audit-policy-file=/etc/kubernetes/audit/p.yaml is not in my "
      "kubeadm.yaml => run kaudit enable --manifest='my kubeadm.yaml' "
      "--audit-policy-file=/etc/kubernetes/audit/p.yaml --audit-log-path=/var/log/audit/a.log "
      "--audit-log-maxage=7 --audit-log-maxbackup=0 --audit-log-maxsize=0 "
      "--host-path='/var/log/audit=/data/my logs'");
}

// `enable` would give the configuration a policy that the manifest does not have.
TEST(CheckUpgrade, SendsAManifestWithoutAPolicyToEnableFirst) {
  std::string manifest(kManifest);
  const std::size_t at = manifest.find("    - --audit-policy-file");
  manifest.erase(at, manifest.find('\n', at) + 1 - at);
  EXPECT_EQ(upgrade(manifest, "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n"),
            "10:24 warning: --audit-log-path=/var/log/audit/a.log is not in my kubeadm.yaml => "
            "first run kaudit enable --manifest='my manifest.yaml', then check again\n");
}

// `enable` refuses a configuration that kubeadm cannot read.
TEST(CheckUpgrade, HasABrokenConfigurationMendedFirst) {
  std::string config = volumes(kLog, kPolicy);
  config.insert(config.find("    audit-log-path"), "    v: 4\n");
  const std::size_t at = config.find("    audit-log-path");
  config.erase(at, config.find('\n', at) + 1 - at);
  const std::string said = upgrade(kManifest, config);
  EXPECT_EQ(said.substr(0, said.find('\n')),
            "11:24 warning: --audit-log-path=/var/log/audit/a.log is not in my kubeadm.yaml => "
            "mend the errors of the configuration, then run kaudit enable --manifest='my "
            "kubeadm.yaml' --audit-log-path=/var/log/audit/a.log --audit-log-maxage=0 "
            "--audit-log-maxbackup=0 --audit-log-maxsize=0");
}

TEST(CheckUpgrade, HasWhatEnableRefusesMendedFirst) {
  const std::string said =
      upgrade(kManifest, with("v1beta3", "  extraArgs:\n    cloud-provider:\n"));
  EXPECT_TRUE(
      said.contains(" => apiServer.extraArgs.cloud-provider is null; give it a value, or "
                    "remove it, then run kaudit enable --manifest='my kubeadm.yaml' "
                    "--audit-policy-file="))
      << said;
}

TEST(CheckUpgrade, GivesOneCommandForWhatIsNew) {
  std::string config = volumes(kLog, kPolicy);
  config.insert(config.find("    audit-log-path"),
                "    audit-log-maxage: '9'\n    audit-log-mode: batch\n");
  EXPECT_EQ(upgrade(kManifest, config),
            "0:0 warning: --audit-log-maxage=9 is in my kubeadm.yaml:6, and not in the manifest => "
            "run kaudit enable --manifest='my manifest.yaml' --audit-log-maxage=9 "
            "--audit-log-mode=batch\n"
            "0:0 warning: --audit-log-mode=batch is in my kubeadm.yaml:7, and not in the manifest "
            "=> run kaudit enable --manifest='my manifest.yaml' --audit-log-maxage=9 "
            "--audit-log-mode=batch\n");
}

// What the configuration does not have `enable` shall not add to the manifest either.
TEST(CheckUpgrade, GivesTheManifestAllThatIsNew) {
  const std::string said = upgrade(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"
      "  - {name: a, image: 'kube-apiserver:v1.31.4', command: [kube-apiserver]}\n",
      volumes(kLog, kPolicy));
  const std::string fix =
      " => run kaudit enable --manifest='my manifest.yaml' "
      "--audit-policy-file=/etc/kubernetes/audit/p.yaml --audit-log-path=/var/log/audit/a.log "
      "--audit-log-maxage=0 --audit-log-maxbackup=0 --audit-log-maxsize=0 "
      "--host-path='/var/log/audit=/data/my logs'\n";
  EXPECT_EQ(said,
            "0:0 warning: --audit-policy-file=/etc/kubernetes/audit/p.yaml is in my "
            "kubeadm.yaml:5, and not in the manifest" +
                fix +
                "0:0 warning: --audit-log-path=/var/log/audit/a.log is in my kubeadm.yaml:6, and "
                "not in the manifest" +
                fix);
}

TEST(CheckUpgrade, SendsAConfigurationWithoutAPolicyToEnableFirst) {
  EXPECT_EQ(upgrade("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"
                    "  - {name: a, image: 'kube-apiserver:v1.31.4', command: [kube-apiserver]}\n",
                    with("v1beta3", "  extraArgs: {audit-log-path: /var/log/a.log}\n")),
            "0:0 warning: --audit-log-path=/var/log/a.log is in my kubeadm.yaml:4, and not in the "
            "manifest => first run kaudit enable --manifest='my kubeadm.yaml', then check again\n");
}

// `enable` keeps the host path of a mount that covers the log, or is meant for it.
TEST(CheckUpgrade, TellsTheHostPathWhereTheConfigurationHasAnother) {
  std::string manifest(kManifest);
  manifest.replace(manifest.find("/data/my logs"), 13, "/var/log/audit");
  const auto fix = [&](std::string_view volume) {
    const std::string said =
        upgrade(manifest, with("v1beta3", fmt::format("  extraVolumes:\n  - {}\n", volume)));
    const std::size_t at = said.find("--audit-log-maxsize");
    return said.substr(at, said.find('\n') - at);
  };
  const std::string_view told = "--audit-log-maxsize=0 --host-path=/var/log/audit=/var/log/audit";
  EXPECT_EQ(fix("{name: logs, hostPath: /data/logs, mountPath: /var/log}"), told);
  EXPECT_EQ(fix("{name: logs, hostPath: /data/logs, mountPath: /var/log/kubernetes/audit}"), told);
  EXPECT_EQ(fix("{name: logs, hostPath: /var/log, mountPath: /var/log}"), "--audit-log-maxsize=0");
  EXPECT_EQ(fix("{name: x, hostPath: /x, mountPath: /x}"), "--audit-log-maxsize=0");
}

TEST(CheckUpgrade, ComparesTheHostsSide) {
  const std::string fix =
      " => run kaudit enable --manifest='my kubeadm.yaml' --host-path='/var/log/audit=/data/my "
      "logs'\n";
  EXPECT_EQ(upgrade(kManifest, volumes("hostPath: /var/log/audit, mountPath: /var/log/audit, "
                                       "pathType: DirectoryOrCreate",
                                       kPolicy)),
            "13:36 warning: the log directory /var/log/audit comes from the host's /data/my logs, "
            "and from /var/log/audit in my kubeadm.yaml:8" +
                fix);
  EXPECT_EQ(upgrade(kManifest, volumes("hostPath: /x, mountPath: /x", kPolicy)),
            "13:36 warning: no extraVolume of my kubeadm.yaml mounts the log directory "
            "/var/log/audit" +
                fix);
}

TEST(CheckUpgrade, ComparesHowItIsMounted) {
  EXPECT_EQ(upgrade(kManifest, volumes("hostPath: /data/my logs, mountPath: /var/log/audit, "
                                       "readOnly: true, pathType: Directory",
                                       "hostPath: /etc/kubernetes/audit/p.yaml, mountPath: "
                                       "/etc/kubernetes/audit/p.yaml")),
            "13:7 warning: the log directory /var/log/audit is writable, and read-only in my "
            "kubeadm.yaml:8 => write readOnly: false there\n"
            "14:79 warning: the policy file /etc/kubernetes/audit/p.yaml is read-only, and "
            "writable in my kubeadm.yaml:9 => write readOnly: true there\n"
            "16:61 warning: the hostPath of the log directory /var/log/audit has type "
            "DirectoryOrCreate, and type Directory in my kubeadm.yaml:8 => write pathType: "
            "DirectoryOrCreate there\n"
            "17:79 warning: the hostPath of the policy file /etc/kubernetes/audit/p.yaml has type "
            "File, and no type in my kubeadm.yaml:9 => write pathType: File there\n");
  EXPECT_EQ(upgrade(kManifest, volumes("hostPath: /data, mountPath: /var/log", kPolicy)),
            "13:36 warning: the log directory /var/log/audit comes from the host's /data/my logs, "
            "and from /data/audit in my kubeadm.yaml:8 => run kaudit enable --manifest='my "
            "kubeadm.yaml' --host-path='/var/log/audit=/data/my logs'\n");
  EXPECT_EQ(upgrade(kManifest, volumes(kLog,
                                       "hostPath: /etc/kubernetes, mountPath: "
                                       "/etc/kubernetes, readOnly: true, pathType: "
                                       "Directory")),
            "14:39 note: the policy file /etc/kubernetes/audit/p.yaml is in the mount "
            "/etc/kubernetes/audit/p.yaml, and in /etc/kubernetes in my kubeadm.yaml:9 => nothing "
            "needs to be done if that is meant\n");
}

TEST(CheckUpgrade, SaysThatTheReleaseDecides) {
  std::string config = volumes(kLog, kPolicy);
  config =
      "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer:\n"
      "  extraArgs:\n  - {name: audit-policy-file, value: /etc/kubernetes/audit/p.yaml}\n"
      "  - {name: audit-log-path, value: /var/log/audit/a.log}\n"
      "  - {name: audit-log-path, value: /a.log}\n" +
      config.substr(config.find("  extraVolumes"));
  EXPECT_EQ(upgrade(kManifest, config),
            "11:24 warning: --audit-log-path=/var/log/audit/a.log is more than one value in my "
            "kubeadm.yaml:7, and which one counts depends on kubeadm's release => remove all but "
            "one of them from my kubeadm.yaml\n");
}

}  // namespace
}  // namespace kaudit::check
