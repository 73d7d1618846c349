#include "cli/change_command.h"

#include <fmt/core.h>

#include <algorithm>
#include <span>

#include "check/check_api_server.h"
#include "check/check_host.h"
#include "check/check_policy.h"
#include "cli/host_inspection.h"
#include "cli/input.h"
#include "cli/live_wait.h"
#include "cli/node.h"
#include "cli/policy_change.h"
#include "cli/refusal.h"
#include "cli/report.h"
#include "host/system_clock.h"
#include "kube/node_paths.h"
#include "rollout/make_directories.h"
#include "rollout/replace_manifest.h"
#include "rollout/settle_change.h"
#include "rollout/write_output.h"
#include "text/sha256.h"
#include "text/shell_word.h"
#include "text/unified_diff.h"

namespace kaudit::cli {
namespace {

using text::ErrorKind;
using text::fail;
using text::Result;
using text::SourceText;

// With -o the result goes to no kubelet, so its limit does not count; but a mistyped device must
// end.
constexpr std::size_t kOutputLimit = std::size_t{1} << 30;

constexpr std::string_view kDroppedByUpgrade =
    "`kubeadm upgrade` writes this file anew and will drop the change: run kaudit enable "
    "--manifest FILE on the ClusterConfiguration, too";

class ChangeCommand {
 public:
  ChangeCommand(const Options& options, Output& output) : options_(options), output_(output) {}

  ExitCode run() {
    Result<Node> node = open_node(options_);
    if (!node) return refuse(options_, output_, node.error(), nullptr);
    node_ = std::move(*node);
    liveness_ = find_liveness(node_);
    host_checks_ = checks_host(options_, liveness_);
    if (Result<void> read = read_sources(); !read)
      return refuse(options_, output_, read.error(), nullptr);
    const Result<void> done = writes_in_place() ? write_in_place() : write_elsewhere();
    if (!done) return refused(done.error());
    print();
    if (wait_) return finish_wait();
    output_.must_deliver = options_.dry_run || options_.writes_stdout();
    const bool would_change =
        options_.dry_run && options_.exit_code && (patch_->changed() || changes_policy());
    return would_change ? ExitCode::Findings : ExitCode::Done;
  }

 private:
  bool enables() const { return options_.command == Command::Enable; }
  bool disables() const { return options_.command == Command::Disable; }
  bool installs() const { return options_.command == Command::PolicyInstall; }
  bool changes_policy() const {
    return policy_plan_ && policy_plan_->action != rollout::PolicyAction::Unchanged;
  }
  bool writes_in_place() const {
    return !options_.dry_run && options_.output.empty() && !options_.reads_stdin();
  }

  // What is read before the lock is taken: where backups go, and the policy.
  Result<void> read_sources() {
    if (liveness_.live) backups_ = rollout::kDefaultBackupDirectory;
    const bool counts = writes_in_place() || !options_.policy_from.empty();
    if (!options_.backup_dir.empty() && counts) {
      Result<std::string> directory = backup_directory(node_, options_.backup_dir);
      if (!directory) return std::unexpected(directory.error());
      backups_ = std::move(*directory);
    }
    if (options_.policy_from.empty()) return {};
    Result<PolicyText> policy = read_policy(options_, options_.policy_from);
    if (!policy) return std::unexpected(policy.error());
    policy_ = std::move(*policy);
    return {};
  }

  // ---- from bytes to a patch -----------------------------------------------------------------

  edit::PatchRequest request() const {
    edit::PatchRequest request;
    request.kind = enables()    ? edit::PatchRequest::Kind::Enable
                   : disables() ? edit::PatchRequest::Kind::Disable
                                : edit::PatchRequest::Kind::Policy;
    request.plan.given = options_.settings;
    for (const HostPathPair& pair : options_.host_paths)
      request.plan.host_paths.push_back({pair.container, pair.host});
    request.plan.version = options_.kubernetes_version;
    request.plan.profile = options_.profile;
    request.plan.live = liveness_.live;
    return request;
  }

  // A plan may depend on the host, and what there is to look at depends on the plan: so first
  // without, then, where it matters, again.
  Result<void> compute(std::string bytes) {
    source_ = std::make_shared<const SourceText>(node_.shown_manifest, std::move(bytes));
    edit::PatchRequest request = this->request();
    Result<edit::Patch> patch = edit::patch(source_, request);
    HostView view;
    if (patch && is_configuration(*patch) && liveness_.live) {
      // The kubelet runs no ClusterConfiguration, wherever it lies.
      warnings_.push_back({ErrorKind::Unsupported,
                           fmt::format("{} lies in the static Pod directory, and the kubelet does "
                                       "not run a ClusterConfiguration",
                                       node_.shown_manifest),
                           "move it elsewhere; kubeadm is given it with --config",
                           {}});
      liveness_.live = request.plan.live = false;
      host_checks_ = checks_host(options_, liveness_);
    }
    if (patch && host_checks_) {
      view =
          look_at_host(node_, liveness_, patch->api_server, patch->version, patch->plan.depends_on);
      if (enables() && (!view.webhook_files.empty() || !patch->plan.depends_on.empty())) {
        request.plan.webhook_files = view.webhook_files;
        request.plan.facts = std::move(view.facts);
        patch = edit::patch(source_, request);
        if (patch) view = look_at_host(node_, liveness_, patch->api_server, patch->version);
      }
    }
    if (patch && policy_) {
      if (Result<void> planned = plan_policy(*patch); !planned) return planned;
      if (must_restart()) {
        request.plan.policy_sha256 = policy_mark(*policy_plan_, patch->api_server.policy_sha256);
        patch = edit::patch(source_, request);
      }
      if (patch) expect_policy(node_, patch->api_server, patch->version, *policy_plan_, view.facts);
    }
    if (patch && host_checks_) check_host(*patch, view);
    if (!patch) return std::unexpected(patch.error());
    patch_ = std::move(*patch);
    return {};
  }

  Result<void> plan_policy(const edit::Patch& patch) {
    auto planned =
        plan_policy_change(options_, node_, liveness_, *policy_, patch, backups_, refused_source_);
    if (!planned) return std::unexpected(planned.error());
    policy_plan_ = std::move(*planned);
    mark_present_ = patch.api_server.policy_sha256;
    add_policy_findings(patch.version);
    return {};
  }

  // An API server that runs reads its policy no more.
  bool must_restart() const {
    switch (policy_plan_->action) {
      case rollout::PolicyAction::Replaced:
        return true;
      case rollout::PolicyAction::Installed:
        return installs();
      case rollout::PolicyAction::Unchanged:
        return options_.replace_policy && is_edited_in_place();
    }
    return false;
  }

  // The policy is there, and the API server was not started with it.
  bool is_edited_in_place() const {
    if (mark_present_ && !is_mark_of(*mark_present_, text::sha256_hex(policy_plan_->after)))
      return true;
    return is_unread(node_, liveness_, *policy_plan_, host::SystemClock().utc_now());
  }

  // What is worth a warning; a policy that is not used is refused elsewhere.
  void add_policy_findings(const kube::KubernetesVersion& version) {
    check::CheckedFile checked = check::check_policy_file(
        policy_->source, audit::load_policy(policy_->source, version), version);
    policy_findings_ = std::move(checked.findings);
    std::erase_if(policy_findings_, [](const check::Finding& finding) {
      return finding.severity == check::Severity::Note;
    });
  }

  static bool is_configuration(const edit::Patch& patch) {
    return patch.api_server.kind == kube::DocumentKind::ClusterConfiguration;
  }

  void check_host(const edit::Patch& patch, const HostView& view) {
    // Taking auditing out needs no policy; but a sibling would undo it.
    if (disables()) {
      host_findings_ = check::check_siblings(view.facts);
      return;
    }
    host_findings_ = check::check_host(patch.api_server, view.webhook_files, view.facts);
    if (installs()) return;
    const auto deletion = check::check_log_deletion(
        patch.api_server,
        log_deletion(node_, patch.api_server, patch.version, patch.plan.settings_before));
    if (deletion && !options_.allow_log_deletion) host_findings_.push_back(*deletion);
  }

  // ---- writing -------------------------------------------------------------------------------

  // What speaks against writing the patch, or the policy alone.
  std::optional<text::Error> gate() const {
    if (options_.force || !(patch_->changed() || changes_policy())) return {};
    return objection(host_findings_);
  }

  Result<void> check_size(std::size_t limit) const {
    const auto status = node_.manifest_files->status(node_.manifest);
    if (!status || status->size <= limit) return {};
    return fail(ErrorKind::Unsupported,
                fmt::format("{} is larger than {} MiB, the kubelet's limit", node_.shown_manifest,
                            limit >> 20),
                "use -o FILE to patch it all the same");
  }

  Result<void> write_in_place() {
    if (Result<void> small = check_size(rollout::kManifestLimit); !small) return small;
    rollout::ReplaceRequest request;
    request.change = [this](std::string_view before) -> Result<std::optional<std::string>> {
      if (Result<void> computed = compute(std::string(before)); !computed)
        return std::unexpected(computed.error());
      if (const auto against = gate()) return std::unexpected(*against);
      if (!patch_->changed()) {
        if (const Result<void> may = may_write_policy_alone(); !may)
          return std::unexpected(may.error());
        return std::nullopt;
      }
      if (patch_->result->size() > rollout::kManifestLimit)
        return fail(ErrorKind::Unsupported, "the result is larger than 10 MiB, the kubelet's limit",
                    "use -o to write it elsewhere");
      return std::string(patch_->result->bytes());
    };
    request.before_write = [this] { return prepare(); };
    request.policy = [this] { return policy_plan_; };
    request.backup_directory = backups_;
    request.static_pod_directory = liveness_.static_pods;
    if (options_.wait) {
      if (Result<void> prepared = prepare_wait(request); !prepared) return prepared;
    }
    host::SystemClock clock;
    auto lock = rollout::lock_manifest(*node_.manifest_files, clock, node_.manifest);
    if (!lock) return std::unexpected(lock.error());
    auto outcome = rollout::replace_manifest(*node_.manifest_files, clock, *lock, request);
    if (!outcome) return std::unexpected(outcome.error());
    tell(*outcome);
    if (options_.wait) keep_for_wait(std::move(*lock), std::move(request), std::move(*outcome));
    return {};
  }

  void tell(const rollout::ReplaceOutcome& done) {
    const rollout::ReplaceOutcome* outcome = &done;
    if (outcome->changed) written_to_ = node_.shown_manifest;
    if (outcome->policy_backup)
      policy_backup_ = node_.manifest_files->shown(*outcome->policy_backup);
    if (outcome->backup) backup_ = node_.manifest_files->shown(*outcome->backup);
    for (const text::Error& warning : outcome->warnings) warnings_.push_back(warning);
    tell_pending(outcome->pending);
  }

  void tell_pending(const std::vector<rollout::BackupRecord>& pending) {
    for (const rollout::BackupRecord& record : pending) {
      warnings_.push_back({ErrorKind::Conflict,
                           fmt::format("an earlier {} of {} was interrupted",
                                       record.rolls_back.empty() ? "change" : "rollback",
                                       host::to_rfc3339(record.time)),
                           "kaudit rollback --dry-run shows what it left",
                           {}});
    }
  }

  // ---- --wait --------------------------------------------------------------------------------

  Result<void> prepare_wait(rollout::ReplaceRequest& request) {
    if (!liveness_.live) {
      return fail(ErrorKind::Conflict,
                  fmt::format("the kubelet does not run {}, so that there is nothing to wait for",
                              node_.shown_manifest),
                  "leave out --wait");
    }
    wait_ = std::make_unique<LiveWait>(options_, output_, node_, liveness_);
    request.settle_later = true;
    request.before_write =
        [this, prepare = std::move(request.before_write)]() -> Result<rollout::Preparation> {
      const Result<void> begun =
          wait_->begin(std::string(source_->bytes()), std::string(patch_->result->bytes()));
      if (!begun) return std::unexpected(begun.error());
      return prepare();
    };
    request.at_write = [this] { wait_->at_write(); };
    return {};
  }

  // Nothing else would look for the kubelet before something is written.
  Result<void> may_write_policy_alone() const {
    const bool writes = policy_plan_ && policy_plan_->action != rollout::PolicyAction::Unchanged;
    return wait_ && writes ? wait_->find_kubelet() : Result<void>{};
  }

  void keep_for_wait(rollout::ManifestLock lock, rollout::ReplaceRequest request,
                     rollout::ReplaceOutcome outcome) {
    lock_ = std::make_unique<rollout::ManifestLock>(std::move(lock));
    request_ = std::move(request);
    request_.old_reads_policy = !patch_->plan.settings_before.policy_file().empty();
    replaced_ = std::move(outcome);
  }

  ExitCode check_unchanged(host::FileSystem& files) {
    const std::string bytes(source_->bytes());
    const ExitCode code = wait_->check_only(
        bytes,
        replaced_.policy ? fmt::format("the audit policy {}", shown(policy_plan_->path)) : "");
    if (code == ExitCode::Done && request_.backup_directory)
      rollout::settle_pending(files, *lock_, *request_.backup_directory, bytes);
    return code;
  }

  ExitCode finish_wait() {
    host::FileSystem& files = *node_.manifest_files;
    if (!replaced_.changed) return check_unchanged(files);
    LiveWait::Ending ending;
    ending.settle = [&] { rollout::settle_change(files, *lock_, request_, replaced_); };
    host::SystemClock clock;
    ending.written = written_;
    ending.close = [&] { rollout::close_taken_back(files, *lock_, request_, replaced_); };
    ending.put_back = [&] {
      const auto back = rollout::take_back_change(files, clock, *lock_, request_, replaced_);
      if (back && replaced_.preparation.undo) replaced_.preparation.undo();
      return back;
    };
    if (replaced_.policy && policy_backup_)
      ending.left = fmt::format("the audit policy {} is the new one, and the old one is in {}",
                                shown(policy_plan_->path), *policy_backup_);
    ending.keep = [&](std::string_view log) {
      rollout::BackupStore store(files, *request_.backup_directory);
      auto kept = store.keep_failed(*replaced_.record, replaced_.after, log);
      if (!kept) replaced_.warnings.push_back(kept.error());
      return kept.value_or(std::vector<std::string>());
    };
    ending.warnings = [this, told = replaced_.warnings.size()] {
      return std::span(replaced_.warnings).subspan(told);
    };
    if (enables() && is_kubeadm_node()) ending.advice = kDroppedByUpgrade;
    return wait_->finish(ending);
  }

  // The log's directory, as private as the API server itself would make it.
  Result<rollout::Preparation> prepare() {
    rollout::Preparation preparation;
    if (!enables() || !liveness_.live || !patch_->plan.log_directory_on_host) return preparation;
    const auto made =
        rollout::make_log_directory(*node_.node_files, *patch_->plan.log_directory_on_host,
                                    static_cast<std::uint32_t>(patch_->api_server.run_as_user),
                                    static_cast<std::uint32_t>(patch_->api_server.run_as_group));
    if (!made) return std::unexpected(made.error());
    if (!made->made.empty())
      advice_.push_back(
          fmt::format("made the log directory {}", shown(*patch_->plan.log_directory_on_host)));
    preparation.undo = [this, made = *made] { rollout::remove_made(*node_.node_files, made); };
    return preparation;
  }

  Result<void> write_elsewhere() {
    const std::size_t limit = options_.output.empty() ? rollout::kManifestLimit : kOutputLimit;
    if (!options_.reads_stdin()) {
      if (Result<void> small = check_size(limit); !small) return small;
    }
    Result<std::string> bytes =
        options_.reads_stdin() ? read_standard_input(limit, "use -o FILE to patch it all the same")
                               : node_.manifest_files->read_file(node_.manifest, limit);
    if (!bytes) return std::unexpected(bytes.error());
    if (Result<void> computed = compute(std::move(*bytes)); !computed) return computed;
    if (options_.dry_run && liveness_.live && backups_)
      tell_pending(
          rollout::BackupStore(*node_.manifest_files, *backups_).pending(liveness_.canonical));
    if (options_.dry_run || options_.writes_stdout()) return {};
    return write_output();
  }

  Result<void> write_output() {
    rollout::OutputRequest request;
    const auto on_node = path_on_node(node_, options_.output);
    if (!on_node) return std::unexpected(on_node.error());
    host::FileSystem& files = *on_node ? *node_.node_files : node_.own();
    request.path = *on_node ? **on_node : absolute_path(options_.output);
    // What comes from a pipe may become the manifest under kubeadm's name, and no other.
    request.manifest_name = "kube-apiserver.yaml";
    if (!node_.manifest.empty()) {
      request.manifest = rollout::identity_of(*node_.manifest_files, node_.manifest);
      request.manifest_name = node_.manifest.substr(node_.manifest.rfind('/') + 1);
    }
    if (liveness_.static_pods)
      request.static_pod_directory =
          rollout::identity_of(*node_.node_files, *liveness_.static_pods);
    host::SystemClock clock;
    const Result<void> written =
        rollout::write_output(files, clock, request, patch_->result->bytes());
    if (written) written_to_ = options_.output;
    return written;
  }

  // ---- printing ------------------------------------------------------------------------------

  ExitCode refused(const text::Error& error) {
    if (liveness_.live && backups_ && options_.format == ReportFormat::Text) {
      tell_pending(
          rollout::BackupStore(*node_.manifest_files, *backups_).pending(liveness_.canonical));
      for (const text::Error& warning : warnings_)
        output_.err += warning_text(warning, nullptr, output_.color_err);
    }
    // The first is the refusal itself; the others are worth knowing too.
    if (patch_ && error.kind == ErrorKind::Unsafe) {
      ChangeReport rest;
      for (const check::Finding& finding : host_findings_) {
        if (!error.message.starts_with(finding.message)) rest.findings.push_back(finding);
      }
      print_text(rest, output_);
    }
    if (refused_source_) return refuse(options_, output_, error, refused_source_.get());
    return refuse(options_, output_, with_manifest_hint(error, options_), source_.get());
  }

  std::string diff(bool color) const {
    const std::string name = node_.shown_manifest;
    return text::unified_diff(*source_, patch_->edits, {name, name, 3, color});
  }

  // The result is not in the file whose name stands before a place. What kaudit added has no place
  // there.
  void place_in_original(ChangeReport& report) const {
    for (check::Finding& finding : report.findings) {
      if (finding.place) finding.place = text::place_before(patch_->edits, *finding.place);
    }
    report.source = source_.get();
  }

  ChangeReport report() const {
    ChangeReport report;
    report.command = name_of(options_.command);
    report.manifest = node_.shown_manifest;
    report.changed = patch_->changed() || changes_policy();
    report.dry_run = options_.dry_run;
    report.restart_expected = patch_->changed() && liveness_.live && options_.output.empty();
    report.backup = backup_;
    report.steps = patch_->plan.steps;
    report.findings = patch_->findings;
    // What is only worth knowing is for `kaudit check` to say; but a value that kaudit could not
    // judge limits what it has proven here.
    std::erase_if(report.findings, [](const check::Finding& finding) {
      return finding.severity == check::Severity::Note &&
             finding.rule != "flag-unresolved-variable";
    });
    report.findings.insert(report.findings.begin(), host_findings_.begin(), host_findings_.end());
    report.source = patch_->result.get();
    if (!writes_in_place()) place_in_original(report);
    report.warnings = patch_->warnings;
    report.warnings.insert(report.warnings.end(), warnings_.begin(), warnings_.end());
    report.warning_source = source_.get();
    report.advice = advice_;
    if (policy_plan_) {
      report.policy = report_of(node_, *policy_plan_, false);
      report.policy->backup = policy_backup_;
      report.policy->findings = policy_findings_;
      report.policy->source = policy_->source.get();
    }
    return report;
  }

  void print() {
    add_advice();
    ChangeReport report = this->report();
    if (options_.format == ReportFormat::Json) {
      report.diff = diff(false);
      output_.out = to_json(report);
      return;
    }
    if (options_.writes_stdout())
      output_.out = patch_->result->bytes();
    else if (options_.dry_run || options_.diff)
      output_.out = diff(output_.color_out) + policy_diff();
    print_text(report, output_);
  }

  std::string policy_diff() const {
    return policy_plan_ ? report_of(node_, *policy_plan_, output_.color_out).diff : "";
  }

  // The first steps of a wait, or a part of the report.
  void say_written(std::string line) {
    (wait_ && replaced_.changed ? written_ : advice_).push_back(std::move(line));
  }

  void say_restarts() {
    if (!wait_) advice_.emplace_back(kRestartsNow);
  }

  void add_policy_advice() {
    if (!policy_plan_) return;
    say_written(policy_line(node_, *policy_plan_, policy_->source->name(), options_.dry_run));
    if (policy_backup_) say_written(fmt::format("backup of the old policy: {}", *policy_backup_));
    if (changes_policy() && !patch_->changed()) warnings_.push_back(policy_not_read());
  }

  void add_advice() {
    add_policy_advice();
    add_failing_controls();
    if (!patch_->changed()) {
      if (installs()) return;  // said of the policy
      const std::string_view state = enables() ? "enabled" : "disabled";
      return advice_.push_back(fmt::format("already {}: {}", state, node_.shown_manifest));
    }
    if (options_.dry_run)
      advice_.push_back(fmt::format("dry run: {} was not changed", node_.shown_manifest));
    if (options_.dry_run && liveness_.live && gate()) advice_.emplace_back(kWouldBeRefused);
    if (written_to_) say_written(fmt::format("wrote {}", *written_to_));
    if (backup_) say_written(fmt::format("backup: {}", *backup_));
    if (enables())
      add_enable_advice();
    else if (disables())
      add_disable_advice();
    else if (writes_in_place())
      add_install_advice();
  }

  // What the profile asks for and `enable` does not give: how a flag is written, say.
  void add_failing_controls() {
    if (!enables() || !options_.profile) return;
    for (const check::ControlResult& control :
         check::assess_benchmark(*options_.profile, patch_->api_server, patch_->version, {})) {
      if (control.state != check::ControlState::Fail) continue;
      advice_.push_back(fmt::format("{} still fails: {}{}{}", control.number, control.title,
                                    control.remark.empty() ? "" : "; ", control.remark));
    }
  }

  // What makes kubeadm use it.
  void add_kubeadm_advice() {
    if (!is_configuration(*patch_) || options_.dry_run) return;
    const std::string file = written_to_ ? text::shell_word(*written_to_) : "FILE";
    advice_.push_back(fmt::format(
        "a new cluster: kubeadm init --config {0}; a running one: kubeadm init phase upload-config "
        "kubeadm --config {0}, then kaudit {1} on each control-plane node, one after the other",
        file, enables() ? "enable with the same settings" : "disable"));
  }

  void add_enable_advice() {
    // Of all the nodes that kubeadm will set up, at most one was looked at.
    if (!host_checks_ || is_configuration(*patch_)) add_unseen_files();
    add_kubeadm_advice();
    if (!liveness_.live || !writes_in_place()) return;
    say_restarts();
    // With --wait it is the last thing that is said.
    if (!wait_ && is_kubeadm_node()) advice_.emplace_back(kDroppedByUpgrade);
  }

  bool is_kubeadm_node() const {
    return source_->bytes().find("kubeadm.kubernetes.io/") != std::string_view::npos ||
           node_.node_files->status("/var/lib/kubelet/kubeadm-flags.env").has_value();
  }

  // What must be on the node, where nobody looked.
  void add_unseen_files() {
    if (patch_->plan.policy_on_host) {
      advice_.push_back(
          fmt::format("the audit policy must be at {} on {}", *patch_->plan.policy_on_host,
                      is_configuration(*patch_)
                          ? "every control-plane node before kubeadm starts the API server there"
                          : "the node before the kubelet reads this manifest"));
    }
    const auto on_host = webhook_on_host(patch_->api_server);
    if (!on_host) return;
    advice_.push_back(
        fmt::format("the webhook's kubeconfig must be at {} on {}, too; which files it names "
                    "was not looked at",
                    *on_host, is_configuration(*patch_) ? "all of them" : "the node"));
  }

  void add_install_advice() {
    if (policy_plan_->action == rollout::PolicyAction::Unchanged) {
      warnings_.push_back(
          {ErrorKind::Conflict,
           "the policy was edited in place, so that kaudit has no older one to go back to",
           "kaudit policy install with a file of its own keeps the old one",
           {}});
    }
    say_restarts();
  }

  // A path of the node as the operator finds it.
  std::string shown(const std::string& path) const { return node_.node_files->shown(path); }

  void add_disable_advice() {
    const edit::Plan& plan = patch_->plan;
    // A configuration is for many nodes, and speaks of none in particular.
    const bool is_for_many = is_configuration(*patch_);
    const auto at = [&](const std::string& path) { return is_for_many ? path : shown(path); };
    std::string left;
    if (plan.policy_on_host) left += fmt::format("the policy {}", at(*plan.policy_on_host));
    if (plan.log_directory_on_host)
      left += fmt::format("{}the logs in {}", left.empty() ? "" : " and ",
                          at(*plan.log_directory_on_host));
    if (!left.empty())
      advice_.push_back(fmt::format("left on {}: {}",
                                    is_for_many ? "the control-plane nodes" : "the host", left));
    add_kubeadm_advice();
    if (liveness_.live && writes_in_place()) say_restarts();
  }

  const Options& options_;
  Output& output_;
  Node node_;
  Liveness liveness_;
  bool host_checks_ = false;
  std::shared_ptr<const SourceText> source_;
  std::optional<std::string> backups_;  // where they go
  std::optional<PolicyText> policy_;    // of --policy-from
  std::optional<rollout::PolicyPlan> policy_plan_;
  std::optional<std::string> mark_present_;  // the annotation before
  std::optional<std::string> policy_backup_;
  std::vector<check::Finding> policy_findings_;
  std::shared_ptr<const SourceText> refused_source_;  // of a refusal that is not the manifest's
  std::optional<edit::Patch> patch_;
  std::vector<check::Finding> host_findings_;
  std::vector<text::Error> warnings_;
  std::optional<std::string> written_to_;
  std::optional<std::string> backup_;
  std::vector<std::string> advice_;
  std::vector<std::string> written_;
  std::unique_ptr<LiveWait> wait_;  // with --wait
  std::unique_ptr<rollout::ManifestLock> lock_;
  rollout::ReplaceRequest request_;
  rollout::ReplaceOutcome replaced_;
};

}  // namespace

ExitCode run_change(const Options& options, Output& output) {
  return ChangeCommand(options, output).run();
}

}  // namespace kaudit::cli
