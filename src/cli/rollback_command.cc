#include "cli/rollback_command.h"

#include <fmt/core.h>

#include <span>

#include "cli/host_inspection.h"
#include "cli/live_wait.h"
#include "cli/node.h"
#include "cli/policy_change.h"
#include "cli/refusal.h"
#include "cli/report.h"
#include "host/system_clock.h"
#include "rollout/manifest_lock.h"
#include "rollout/rollback.h"
#include "text/line_diff.h"
#include "text/shell_word.h"
#include "text/unified_diff.h"

namespace kaudit::cli {
namespace {

using rollout::RollbackPlan;
using rollout::RollbackStep;
using text::SourceText;

class RollbackCommand {
 public:
  RollbackCommand(const Options& options, Output& output) : options_(options), output_(output) {}

  ExitCode run() {
    auto node = open_node(options_);
    if (!node) return refuse(options_, output_, node.error(), nullptr);
    node_ = std::move(*node);
    liveness_ = find_liveness(node_);
    request_.force = options_.force;
    request_.settle_later = options_.wait.has_value();
    request_.approve = [this](const RollbackPlan& plan) { return approve(plan); };
    if (!options_.backup_dir.empty()) {
      const auto directory = backup_directory(node_, options_.backup_dir);
      if (!directory) return refuse(options_, output_, directory.error(), nullptr);
      request_.backup_directory = *directory;
    }
    return options_.dry_run ? show() : restore();
  }

 private:
  std::string diff(const std::string& before, const std::string& after, bool color) const {
    const SourceText old_text(node_.shown_manifest, before);
    const SourceText new_text(node_.shown_manifest, after);
    return text::unified_diff(old_text, text::line_diff(old_text, new_text),
                              {node_.shown_manifest, node_.shown_manifest, 3, color});
  }

  // The way out names `kaudit disable`; here with the options that lead to this manifest.
  text::Error with_whole_command(text::Error error) const {
    constexpr std::string_view kDisable = "kaudit disable";
    if (!error.hint.starts_with(kDisable)) return error;
    std::string command(kDisable);
    if (options_.root != "/") command += " --root=" + text::shell_word(options_.root);
    if (options_.manifest_given) command += " --manifest=" + text::shell_word(options_.manifest);
    error.hint.replace(0, kDisable.size(), command);
    return error;
  }

  ExitCode refused(const rollout::RollbackRefusal& refusal) {
    const bool json = options_.format == ReportFormat::Json;
    const std::string changes = diff(refusal.current, refusal.restored, !json && output_.color_out);
    if (!json) output_.out = changes;
    return refuse(options_, output_, with_whole_command(refusal.error), nullptr, changes);
  }

  ExitCode show() {
    const auto canonical = node_.manifest_files->canonical_path(node_.manifest);
    if (!canonical)
      return refuse(options_, output_, with_manifest_hint(canonical.error(), options_), nullptr);
    const auto plan = rollout::plan_rollback(*node_.manifest_files, *canonical, request_);
    if (!plan) return refused(plan.error());
    std::vector<text::Error> warnings;
    if (plan->policy && plan->policy->kept) warnings.push_back(*plan->policy->kept);
    print(*plan, {}, warnings, fmt::format("dry run: {} was not changed", node_.shown_manifest));
    return options_.exit_code && changes(*plan) ? ExitCode::Findings : ExitCode::Done;
  }

  ExitCode restore() {
    host::SystemClock clock;
    const auto lock = rollout::lock_manifest(*node_.manifest_files, clock, node_.manifest);
    if (!lock)
      return refuse(options_, output_, with_manifest_hint(lock.error(), options_), nullptr);
    if (options_.wait) {
      if (!liveness_.live) return refuse(options_, output_, nothing_to_wait_for(), nullptr);
      wait_ = std::make_unique<LiveWait>(options_, output_, node_, liveness_);
    }
    auto outcome = rollout::roll_back(*node_.manifest_files, clock, *lock, request_);
    if (!outcome) return refused(outcome.error());
    print(outcome->plan, outcome->backup, outcome->warnings, done_text(outcome->plan));
    return wait_ ? finish_wait(*lock, *outcome) : ExitCode::Done;
  }

  text::Error nothing_to_wait_for() const {
    return {text::ErrorKind::Conflict,
            fmt::format("the kubelet does not run {}, so that there is nothing to wait for",
                        node_.shown_manifest),
            "leave out --wait",
            {}};
  }

  // A rollback that fails is taken back, too: then the manifest is as it was before it.
  ExitCode finish_wait(const rollout::ManifestLock& lock, rollout::RollbackOutcome& outcome) {
    const RollbackPlan& plan = outcome.plan;
    if (!outcome.changed) {
      const bool with_policy = plan.policy && plan.policy->plan;
      return wait_->check_only(plan.current,
                               with_policy ? fmt::format("the audit policy {}",
                                                         node_.node_files->shown(plan.policy->path))
                                           : "");
    }
    host::FileSystem& files = *node_.manifest_files;
    LiveWait::Ending ending;
    ending.settle = [&] { rollout::settle_rollback(files, lock, request_, outcome); };
    ending.written = {written_};
    ending.close = [] {};  // undone, a rollback has no record
    ending.put_back = [&] { return rollout::undo_rollback(files, lock, request_, outcome); };
    ending.keep = [&](std::string_view log) {
      rollout::BackupStore store(files, request_.backup_directory);
      auto kept = store.keep_failed(plan.record, plan.restored, log);
      if (!kept) outcome.warnings.push_back(kept.error());
      return kept.value_or(std::vector<std::string>());
    };
    ending.warnings = [&outcome, told = outcome.warnings.size()] {
      return std::span(outcome.warnings).subspan(told);
    };
    return wait_->finish(ending);
  }

  // What is restored must be able to run; an old backup may name files that are gone.
  text::Result<void> approve(const RollbackPlan& plan) const {
    const bool checks = !options_.force && checks_host(options_, liveness_);
    const auto against = checks ? objection_to(node_, liveness_, plan.restored,
                                               plan.policy ? plan.policy->plan : std::nullopt)
                                : std::optional<text::Error>();
    if (against) return std::unexpected(*against);
    if (!wait_) return {};
    if (text::Result<void> begun = wait_->begin(plan.current, plan.restored); !begun) return begun;
    wait_->at_write();
    return {};
  }

  static bool changes(const RollbackPlan& plan) {
    return plan.changes_manifest() || (plan.policy && plan.policy->plan);
  }

  // What became of the policy that the change wrote, or would.
  void add_policy(const RollbackPlan& plan, ChangeReport& report) const {
    if (!plan.policy) return;
    const std::string path = node_.node_files->shown(plan.policy->path);
    report.policy = PolicyReport{path, "kept", {}, {}};
    if (const auto& back = plan.policy->plan) {
      report.policy =
          report_of(node_, *back, options_.format == ReportFormat::Text && output_.color_out);
      report.policy->action = "restored";
      report.advice.push_back(report.dry_run
                                  ? fmt::format("the audit policy {} would be put back", path)
                                  : fmt::format("put the audit policy {} back", path));
      if (!plan.changes_manifest()) report.warnings.push_back(policy_not_read());
    } else if (!plan.policy->kept && !plan.record.policy_backup) {
      report.advice.push_back(fmt::format("left on the host: the policy {}", path));
    }
  }

  std::string done_text(const RollbackPlan& plan) const {
    const std::string time = host::to_rfc3339(plan.record.time);
    switch (plan.step) {
      case RollbackStep::Restore:
        if (!plan.changes_manifest())
          return fmt::format("{} stays as it is; the change of {} was of the policy alone",
                             node_.shown_manifest, time);
        return fmt::format("restored {} as it was before the change of {}", node_.shown_manifest,
                           time);
      case RollbackStep::DropPending:
        return fmt::format("the change of {} is not in {}; its record was removed", time,
                           node_.shown_manifest);
      case RollbackStep::MarkRolledBack:
        return fmt::format("{} was already as before the change of {}; its record was completed",
                           node_.shown_manifest, time);
    }
    return {};
  }

  void print(const RollbackPlan& plan, const std::optional<std::string>& backup,
             const std::vector<text::Error>& warnings, std::string closing) {
    ChangeReport report;
    report.command = name_of(options_.command);
    report.manifest = node_.shown_manifest;
    report.changed = changes(plan);
    report.dry_run = options_.dry_run;
    report.restart_expected = plan.changes_manifest() && liveness_.live;
    if (backup) report.backup = node_.manifest_files->shown(*backup);
    report.warnings = warnings;
    add_policy(plan, report);
    if (wait_ && report.restart_expected) {
      written_ = std::move(closing);
    } else {
      report.advice.push_back(std::move(closing));
      if (report.restart_expected && !report.dry_run) report.advice.emplace_back(kRestartsNow);
    }
    if (report.changed && report.dry_run && !approve(plan))
      report.advice.emplace_back(kWouldBeRefused);
    if (options_.format == ReportFormat::Json) {
      report.diff = diff(plan.current, plan.restored, false);
      output_.out = to_json(report);
      return;
    }
    if (options_.dry_run || options_.diff)
      output_.out = diff(plan.current, plan.restored, output_.color_out) +
                    (report.policy ? report.policy->diff : "");
    print_text(report, output_);
  }

  const Options& options_;
  Output& output_;
  Node node_;
  Liveness liveness_;
  rollout::RollbackRequest request_;
  std::unique_ptr<LiveWait> wait_;  // with --wait
  std::string written_;             // the first step of the wait
};

}  // namespace

ExitCode run_rollback(const Options& options, Output& output) {
  return RollbackCommand(options, output).run();
}

}  // namespace kaudit::cli
