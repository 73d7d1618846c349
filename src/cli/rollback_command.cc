#include "cli/rollback_command.h"

#include <fmt/core.h>

#include "cli/host_inspection.h"
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
    const auto outcome = rollout::roll_back(*node_.manifest_files, clock, *lock, request_);
    if (!outcome) return refused(outcome.error());
    print(outcome->plan, outcome->backup, outcome->warnings, done_text(outcome->plan));
    return ExitCode::Done;
  }

  // What is restored must be able to run; an old backup may name files that are gone.
  text::Result<void> approve(const RollbackPlan& plan) const {
    if (options_.force || !checks_host(options_, liveness_)) return {};
    const auto against = objection_to(node_, liveness_, plan.restored,
                                      plan.policy ? plan.policy->plan : std::nullopt);
    if (against) return std::unexpected(*against);
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
        return fmt::format("the change of {} had not reached {}; its record was removed", time,
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
    report.advice.push_back(std::move(closing));
    if (report.restart_expected && !report.dry_run) report.advice.emplace_back(kRestartsNow);
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
};

}  // namespace

ExitCode run_rollback(const Options& options, Output& output) {
  return RollbackCommand(options, output).run();
}

}  // namespace kaudit::cli
