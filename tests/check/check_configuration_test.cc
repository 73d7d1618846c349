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
            "4:25 error kubeadm-would-reject: apiServer.extraArgs[1] has no name (write it as "
            "kubeadm reads it) [apiServer.extraArgs[1]]\n"
            "4:47 error kubeadm-would-reject: apiServer.extraArgs[2].value is not a string (write "
            "it as kubeadm reads it) [apiServer.extraArgs[2].value]\n"
            "5:17 error kubeadm-would-reject: apiServer.extraVolumes is not a list (write it as "
            "kubeadm reads it) [apiServer.extraVolumes]\n");
  EXPECT_EQ(findings("apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n"
                     "apiServer: none\n"),
            "3:12 error kubeadm-would-reject: apiServer is not a mapping (write it as kubeadm "
            "reads it) [apiServer]\n");
}

}  // namespace
}  // namespace kaudit::check
