// The command line, second step: what the operator asks for, as one value that is consistent in
// itself. Whether the audit settings are valid depends on the release, which the manifest's image
// may tell; that is the command's business (audit/validate_settings.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit_settings.h"
#include "check/benchmark.h"
#include "check/finding.h"
#include "cli/arguments.h"
#include "kube/kubernetes_version.h"
#include "text/result.h"

namespace kaudit::cli {

inline constexpr std::string_view kDefaultManifest =
    "/etc/kubernetes/manifests/kube-apiserver.yaml";

// `container`, or a path below it, lies at `host` on the host. Both absolute and without "..".
struct HostPathPair {
  std::string container;
  std::string host;

  bool operator==(const HostPathPair&) const = default;
};

enum class HostChecks : std::uint8_t { Auto, On, Off };
enum class ReportFormat : std::uint8_t { Text, Json, Sarif, Github, Markdown, Html };
enum class ColorMode : std::uint8_t { Auto, Always, Never };

// A request as the operator describes it; what is absent was not given.
struct AskedRequest {
  std::optional<std::string> user = {};
  std::vector<std::string> groups = {};
  std::optional<std::string> verb = {};
  std::optional<std::string> resource = {};  // "deployments.apps/scale"
  std::optional<std::string> namespace_name = {};
  std::optional<std::string> name = {};
  std::optional<std::string> path = {};
};

struct Options {
  Command command = Command::Help;
  std::optional<Command> help_for;  // with Command::Help: whose help, nothing for kaudit's
  std::string_view help_group;      // or that of a group of commands

  std::string manifest{kDefaultManifest};  // "-": standard input
  bool manifest_given = false;
  std::string output;             // "" is none; "-": standard output
  audit::AuditSettings settings;  // as given, not yet validated
  std::vector<HostPathPair> host_paths;
  std::string policy_from;  // a file, "-" or "preset:NAME"; "" is none
  bool replace_policy = false;
  std::optional<kube::KubernetesVersion> kubernetes_version;
  std::string root = "/";
  std::string backup_dir;  // "" is none given
  std::optional<std::chrono::milliseconds> wait;
  std::chrono::milliseconds rollback_wait = std::chrono::minutes(4);
  HostChecks host_checks = HostChecks::Auto;
  ReportFormat format = ReportFormat::Text;
  ColorMode color = ColorMode::Auto;
  bool dry_run = false;
  bool exit_code = false;
  bool diff = false;
  bool force = false;
  bool allow_log_deletion = false;
  bool quiet = false;
  bool print_command = false;  // of `kubeadm patch`

  // Of `check` and `policy lint`.
  std::vector<std::string> files;  // as given, also of the other commands that take any
  std::vector<std::string> disabled_rules;
  check::Severity fail_on = check::Severity::Error;
  std::optional<check::Benchmark> profile;  // of `enable`, too
  bool summary = false;
  bool list_rules = false;
  std::string explained_rule;  // "" is none

  // Of the other policy commands.
  std::string preset = "recommended";
  AskedRequest request;
  std::string requests;      // a file of many; "" is none, "-" standard input
  std::string other_policy;  // to compare with; "" is none

  std::string kubeadm_config;  // of `check`, to compare with; "" is none

  std::string patches_dir;  // of `kubeadm patch`

  bool reads_stdin() const { return manifest == "-"; }
  // Does the patched document go to standard output? Then nothing else does.
  bool writes_stdout() const {
    return !dry_run && (output == "-" || (reads_stdin() && output.empty()));
  }
};

// `words` are the arguments without the program's name, as main has them. Every error has
// ErrorKind::Usage; its message is to be printed behind "kaudit: ".
text::Result<Options> parse_options(std::span<const std::string_view> words);

}  // namespace kaudit::cli
