#include "cli/check_command.h"

#include <algorithm>

#include "check/check_configuration.h"
#include "check/check_host.h"
#include "check/check_policy.h"
#include "cli/check_report.h"
#include "cli/findings_output.h"
#include "cli/host_inspection.h"
#include "cli/input.h"
#include "cli/manifest_files.h"
#include "cli/node.h"
#include "cli/refusal.h"
#include "kube/cluster_configuration.h"
#include "kube/manifest.h"
#include "rollout/replace_manifest.h"

namespace kaudit::cli {
namespace {

using check::CheckedManifest;
using check::Finding;
using check::Severity;
using text::SourceText;

// What the controls of a benchmark look at.
struct Judged {
  CheckedManifest manifest;
  check::HostFacts facts;
};

class CheckCommand {
 public:
  CheckCommand(const Options& options, Output& output) : options_(options), output_(output) {}

  ExitCode run() {
    if (const text::Result<void> read = read_kubeadm_config(); !read)
      return refuse(options_, output_, read.error(), config_source_.get());
    const std::vector<std::string> words =
        options_.files.empty() ? std::vector{options_.manifest} : options_.files;
    for (const std::string& word : words) {
      const auto files = manifest_files(options_, word);
      if (!files) {
        add_unreadable(word, files.error());
        continue;
      }
      const std::size_t before = report_.files.size();
      for (const ManifestFile& file : *files) {
        if (file.error)
          add_unreadable(file.name, *file.error);
        else
          check_file(file);
      }
      // A directory that was mistyped must not pass for one in which all is well.
      if (report_.files.size() == before) {
        add_unreadable(word, {text::ErrorKind::NotFound,
                              "no API server's manifest is in it",
                              "name the file itself, whatever its extension",
                              {}});
      }
    }
    add_errors_of_config();
    if (options_.profile)
      print_controls();
    else
      print_findings(options_, report_, output_);
    output_.must_deliver = true;
    return exit_code();
  }

 private:
  void add_unreadable(const std::string& name, text::Error error) {
    CheckedManifest manifest;
    manifest.source = std::make_shared<const SourceText>(name == "-" ? "<stdin>" : name, "");
    manifest.error = std::move(error);
    manifest.error->place.reset();
    add(std::move(manifest), {});
  }

  // Of two files that define the same Pod one is told of the other; told of both, a person might
  // move both away.
  bool is_told(const Finding& finding) const {
    return finding.rule == "sibling-manifest" &&
           std::ranges::any_of(report_.files, [&](const check::CheckedFile& file) {
             return file.source->name() == finding.subject;
           });
  }

  void add(CheckedManifest manifest, check::HostFacts facts) {
    std::erase_if(manifest.findings, [&](const Finding& finding) { return is_told(finding); });
    const auto policy = facts.policy;
    const kube::KubernetesVersion version = manifest.version;
    if (options_.profile) judged_.push_back({manifest, std::move(facts)});
    add_file(std::move(manifest));
    if (policy && !options_.profile) add_policy(*policy, version);
  }

  void add_file(check::CheckedFile file) {
    keep_wanted(options_, file.findings);
    report_.files.push_back(std::move(file));
  }

  // The policy of a manifest, once for all manifests that name it.
  void add_policy(const check::HostPolicy& policy, const kube::KubernetesVersion& version) {
    const bool is_told = std::ranges::any_of(report_.files, [&](const check::CheckedFile& file) {
      return file.source->name() == policy.source->name();
    });
    if (!is_told) add_file(check::check_policy_file(policy.source, policy.loaded, version));
  }

  // The configuration to compare with, of --kubeadm-config.
  text::Result<void> read_kubeadm_config() {
    if (options_.kubeadm_config.empty()) return {};
    Options of_file = options_;
    of_file.manifest = options_.kubeadm_config;
    of_file.manifest_given = true;
    const text::Result<Node> node = open_node(of_file);
    if (!node) return std::unexpected(node.error());
    auto bytes = of_file.reads_stdin()
                     ? read_standard_input(rollout::kManifestLimit, "give the file that has it")
                     : node->manifest_files->read_file(node->manifest, rollout::kManifestLimit);
    if (!bytes) return std::unexpected(bytes.error());
    config_source_ = std::make_shared<const SourceText>(node->shown_manifest, std::move(*bytes));
    CheckedManifest config = check::check_manifest(config_source_, options_.kubernetes_version);
    const std::string unwrap =
        std::string(kube::kUnwrapConfigMap) + ", and give --kubeadm-config=kubeadm.yaml";
    if (config.error) {
      if (config.document && kube::find_kubeadm_config_map(*config.document))
        config.error->hint = unwrap;
      return std::unexpected(*config.error);
    }
    if (!is_configuration(config))
      return text::fail(text::ErrorKind::Usage, "this is no ClusterConfiguration", unwrap);
    config_ = std::move(config);
    return {};
  }

  // With an error in it kubeadm writes nothing, or nothing that works. The rest is for a check of
  // the configuration itself.
  void add_errors_of_config() {
    if (!config_ || options_.profile) return;
    std::erase_if(config_->findings,
                  [](const Finding& finding) { return finding.severity != Severity::Error; });
    const bool is_told = std::ranges::any_of(report_.files, [&](const check::CheckedFile& file) {
      return file.source->name() == config_source_->name();
    });
    if (!config_->findings.empty() && !is_told) add_file(*config_);
  }

  static bool is_configuration(const CheckedManifest& manifest) {
    return manifest.api_server.kind == kube::DocumentKind::ClusterConfiguration;
  }

  // Of two configurations neither says what runs now. That nothing was compared must not pass for
  // an upgrade that changes nothing.
  static void refuse_configuration(CheckedManifest& manifest) {
    const yaml::Document& document = *manifest.document;
    const auto index = kube::find_cluster_configuration(document);
    const auto kind = document.find(document.roots()[*index], "kind");
    manifest.findings.clear();
    manifest.error = {text::ErrorKind::Usage,
                      "this is a ClusterConfiguration, and --kubeadm-config compares a manifest",
                      "name the API server's manifest, or leave --kubeadm-config out",
                      document.text_span(kind->value)};
  }

  void compare_with_config(CheckedManifest& manifest) const {
    if (!config_ || manifest.error || is_configuration(manifest)) return;
    const std::string& name = manifest.source->name();
    const bool is_own = name == kDefaultManifest || name == "<stdin>";
    check::add_findings(
        manifest,
        check::check_upgrade(manifest.api_server, manifest.version, is_own ? "" : name,
                             {&config_->api_server, config_source_.get(), config_->mend_first}));
  }

  void check_file(const ManifestFile& file) {
    Options of_file = options_;
    of_file.manifest = file.name;
    of_file.manifest_given = options_.manifest_given || !options_.files.empty();
    const text::Result<Node> node = open_node(of_file);
    if (!node) return add_unreadable(file.name, node.error());
    constexpr std::size_t kLimit = rollout::kManifestLimit;
    text::Result<std::string> bytes =
        of_file.reads_stdin()
            ? read_standard_input(kLimit, "the kubelet does not read so large a file either")
            : node->manifest_files->read_file(node->manifest, kLimit);
    if (!bytes)
      return add_unreadable(node->shown_manifest, with_manifest_hint(bytes.error(), of_file));
    if (!file.is_named && !may_run_api_server(*bytes)) {
      ++report_.skipped;
      return;
    }
    const auto source = std::make_shared<const SourceText>(node->shown_manifest, std::move(*bytes));
    CheckedManifest manifest = check::check_manifest(source, options_.kubernetes_version);
    if (!file.is_named && manifest.error &&
        manifest.error->kind == text::ErrorKind::NotAnApiServer) {
      ++report_.skipped;
      return;
    }
    if (config_ && !manifest.error && is_configuration(manifest)) {
      if (!file.is_named) {
        ++report_.skipped;
        return;
      }
      refuse_configuration(manifest);
    }
    check::HostFacts facts;
    if (!manifest.error) facts = check_host(*node, manifest);
    compare_with_config(manifest);
    add(std::move(manifest), std::move(facts));
  }

  // Adds what the host's files say, where they are to be looked at; gives what was seen.
  check::HostFacts check_host(const Node& node, CheckedManifest& manifest) {
    if (!static_pods_) static_pods_ = find_static_pods(node);
    Liveness liveness = find_liveness(node, *static_pods_);
    // The kubelet runs no ClusterConfiguration, wherever it lies.
    if (manifest.api_server.kind != kube::DocumentKind::Pod) liveness.live = false;
    if (!checks_host(options_, liveness)) return {};
    HostView view = look_at_host(node, liveness, manifest.api_server, manifest.version);
    look_closer(node, liveness, manifest.api_server, view.facts);
    if (!view.webhook_files.empty()) {
      manifest =
          check::check_manifest(manifest.source, options_.kubernetes_version, view.webhook_files);
    }
    check::settle_by_host(manifest.findings, manifest.api_server, view.facts);
    check::add_findings(manifest,
                        check::check_host(manifest.api_server, view.webhook_files, view.facts));
    check::add_findings(manifest, check::audit_host(manifest.api_server, manifest.version,
                                                    view.webhook_files, view.facts));
    auto deletion = check::check_log_deletion(
        manifest.api_server, log_deletion(node, manifest.api_server, manifest.version, {}));
    if (deletion) {
      // These limits are in force already, and may have deleted for years.
      deletion->severity = Severity::Warning;
      deletion->fix = "move them elsewhere, or set larger limits";
      check::add_findings(manifest, {std::move(*deletion)});
    }
    return std::move(view.facts);
  }

  void print_controls() {
    std::vector<std::vector<check::ControlResult>> results;
    for (const Judged& judged : judged_) {
      const CheckedManifest& manifest = judged.manifest;
      results.push_back(manifest.error
                            ? std::vector<check::ControlResult>{}
                            : check::assess_benchmark(*options_.profile, manifest.api_server,
                                                      manifest.version, judged.facts));
    }
    output_.out = options_.format == ReportFormat::Json
                      ? controls_json(report_, *options_.profile, results)
                      : controls_text(report_, *options_.profile, results, output_.color_out);
    control_fails_ = std::ranges::any_of(results, [](const auto& controls) {
      return std::ranges::any_of(controls, [](const check::ControlResult& control) {
        return control.state == check::ControlState::Fail;
      });
    });
  }

  ExitCode exit_code() const {
    if (!options_.profile) return exit_code_of(options_, report_);
    const bool judged = std::ranges::none_of(
        report_.files, [](const check::CheckedFile& file) { return file.error.has_value(); });
    if (!judged) return ExitCode::Refused;
    return control_fails_ ? ExitCode::Findings : ExitCode::Done;
  }

  const Options& options_;
  Output& output_;
  CheckReport report_;
  std::vector<Judged> judged_;  // with --profile, parallel to the report's files
  std::optional<rollout::StaticPodPath> static_pods_;
  std::optional<CheckedManifest> config_;  // of --kubeadm-config
  std::shared_ptr<const SourceText> config_source_;
  bool control_fails_ = false;
};

}  // namespace

ExitCode run_check(const Options& options, Output& output) {
  if (print_rules(options, output)) return ExitCode::Done;
  return CheckCommand(options, output).run();
}

}  // namespace kaudit::cli
