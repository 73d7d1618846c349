#include "cli/status_command.h"

#include <algorithm>

#include "audit/flag_table.h"
#include "check/check_manifest.h"
#include "check/running_settings.h"
#include "cli/event_expectation.h"
#include "cli/host_inspection.h"
#include "cli/node.h"
#include "cli/own_request.h"
#include "cli/refusal.h"
#include "cli/status_report.h"
#include "host/https_api_server_probe.h"
#include "host/posix_process_table.h"
#include "host/system_clock.h"
#include "kube/health_endpoint.h"
#include "rollout/api_server_process.h"
#include "rollout/first_event.h"
#include "rollout/host_facts.h"
#include "rollout/last_event.h"
#include "rollout/manifest_lock.h"
#include "rollout/policy_file.h"
#include "text/sha256.h"

namespace kaudit::cli {
namespace {

using audit::AuditFlag;

constexpr std::size_t kFirstLine = std::size_t{64} << 10;

// The requestReceivedTimestamp ("2026-11-23T07:00:00.123456Z") of a log's first event, to the
// second.
std::optional<host::UtcTime> first_event_of(const host::FileSystem& files, const std::string& log) {
  constexpr std::string_view kKey = "\"requestReceivedTimestamp\":\"";
  constexpr std::size_t kSeconds = std::string_view("2026-11-23T07:00:00").size();
  const std::string begin = files.read_range(log, 0, kFirstLine).value_or("");
  const std::size_t at = begin.find(kKey);
  if (at == std::string::npos || begin.find('\n') < at) return {};
  return host::from_rfc3339(begin.substr(at + kKey.size(), kSeconds) + ".000000000Z");
}

// When the last event was written, to the log or, if that is empty, to the one before it.
std::optional<host::UtcTime> last_event_of(const host::FileSystem& files, const std::string& log,
                                           const rollout::LogFacts& facts) {
  if (facts.file.status && facts.file.status->size > 0) {
    const auto told = rollout::last_event_time(files, log, facts.file.status->size);
    return told ? told : facts.file.status->modified;
  }
  return facts.rotated.empty() ? std::nullopt : std::optional(facts.rotated.front().time);
}

std::optional<std::uint64_t> capacity_of(const audit::AuditSettings& settings,
                                         const kube::KubernetesVersion& version) {
  const auto backups = settings.integer(AuditFlag::LogMaxBackup, version).value_or(0);
  auto megabytes = settings.integer(AuditFlag::LogMaxSize, version).value_or(0);
  // 0 is lumberjack's own 100; from 1.36 on it turns rotation off.
  if (megabytes == 0 && version < kube::KubernetesVersion{1, 36, {}}) megabytes = 100;
  if (backups <= 0 || megabytes <= 0) return {};
  return (static_cast<std::uint64_t>(backups) + 1) * static_cast<std::uint64_t>(megabytes) << 20;
}

class StatusCommand {
 public:
  StatusCommand(const Options& options, Output& output) : options_(options), output_(output) {}

  ExitCode run() {
    auto node = open_node(options_);
    if (!node) return refuse(options_, output_, node.error(), nullptr);
    node_ = std::move(*node);
    auto bytes = node_.manifest_files->read_file(node_.manifest, rollout::kManifestLimit);
    if (!bytes)
      return refuse(options_, output_, with_manifest_hint(bytes.error(), options_), nullptr);
    manifest_ = check::check_manifest(
        std::make_shared<const text::SourceText>(node_.shown_manifest, std::move(*bytes)),
        options_.kubernetes_version);
    if (manifest_.error) {
      return refuse(options_, output_, *manifest_.error, manifest_.source.get());
    }
    report_.manifest = node_.shown_manifest;
    report_.now = host::SystemClock().utc_now();
    look_at_process();
    look_at_policy();
    look_at_log();
    ask();
    output_.out = options_.format == ReportFormat::Json ? to_json(report_)
                                                        : to_text(report_, output_.color_out);
    output_.must_deliver = true;
    return not_recording(report_) ? ExitCode::Findings : ExitCode::Done;
  }

 private:
  void look_at_process() {
    const check::ExpectedSettings expected = check::expected_settings(manifest_.api_server);
    settings_ = expected.settings;
    // The processes here are not those of a node that is mounted somewhere.
    if (!node_.at_root) return;
    const auto processes = host::PosixProcessTable().processes();
    const host::Process* newest = processes ? rollout::newest_api_server(*processes) : nullptr;
    if (newest == nullptr) return;
    argv_ = newest->argv;
    is_only_one_ = std::ranges::count_if(*processes, rollout::is_api_server) == 1;
    settings_ = check::running_settings(argv_);
    RunningApiServer running{newest->pid, newest->started, {}};
    for (const AuditFlag flag : settings_.flags())
      running.flags.emplace_back(audit::name_of(flag), *settings_.value(flag));
    for (const AuditFlag flag : check::differing_flags(expected, settings_))
      report_.differing.emplace_back(audit::name_of(flag));
    report_.running = std::move(running);
  }

  void look_at_policy() {
    if (settings_.policy_file().empty()) return;
    const auto host = host_of(manifest_.api_server, settings_.policy_file());
    PolicyStatus policy;
    policy.path = host ? node_.node_files->shown(*host) : std::string(settings_.policy_file());
    policy.annotation = manifest_.api_server.policy_sha256;
    const auto bytes = host ? node_.node_files->read_file(*host, rollout::kPolicyLimit)
                            : text::fail(text::ErrorKind::NotFound, "");
    if (bytes) {
      policy.sha256 = text::sha256_hex(*bytes);
      if (is_in_force(*host)) policy_ = *bytes;
    }
    report_.policy = std::move(policy);
  }

  // An API server reads its policy when it starts, and never again.
  bool is_in_force(const std::string& policy) const {
    const auto status = node_.node_files->status(policy);
    return status && report_.running && report_.running->started &&
           *report_.running->started >= status->modified.seconds;
  }

  void look_at_log() {
    report_.to_webhook = settings_.has_webhook_backend();
    if (settings_.logs_to_stdout()) return;
    const auto host = host_of(manifest_.api_server, settings_.log_path());
    if (!host) return;
    const rollout::LogFacts facts = rollout::log_facts(*node_.node_files, *host);
    log_ = *host;
    LogStatus log;
    log.path = node_.node_files->shown(*host);
    log.is_there = facts.file.exists();
    log.is_file = !facts.file.status || facts.file.status->kind == host::FileKind::Regular;
    if (log.is_file) log.last_event = last_event_of(*node_.node_files, *host, facts);
    log.bytes = facts.used_bytes;
    log.rotated = facts.rotated.size();
    if (!facts.rotated.empty()) log.oldest = facts.rotated.back().time;
    // The oldest one's own beginning is unknown, and its end is what its name says.
    log.first_event = log.oldest ? log.oldest : first_event_of(*node_.node_files, *host);
    log.capacity = capacity_of(settings_, manifest_.version);
    const auto age = settings_.integer(AuditFlag::LogMaxAge, manifest_.version);
    if (age.value_or(0) > 0) log.maxage_days = age;
    report_.log = std::move(log);
  }

  // Whether the API server that runs records a request of kaudit's own. Of several nobody knows
  // which one answers.
  void ask() {
    if (!report_.running || !is_only_one_ || !policy_ || !report_.log || !report_.log->is_file)
      return;
    kube::ApiServer server = manifest_.api_server;
    server.command_line = check::running_command_line(argv_);
    const rollout::FirstEvent event =
        expect_event(server, manifest_.version, log_, policy_, random_uri());
    // Where it listens itself: the manifest's probes may ask a balancer.
    const host::ProbeRequest probe =
        probe_of(*node_.node_files, server, kube::endpoint_of_flags(server));
    host::SystemClock clock;
    host::HttpsApiServerProbe api_server;
    report_.probe_recorded =
        rollout::is_request_recorded(*node_.node_files, clock, api_server, event, probe);
    if (report_.probe_recorded == true && !report_.log->last_event) look_at_log();
  }

  const Options& options_;
  Output& output_;
  Node node_;
  check::CheckedManifest manifest_;
  std::vector<std::string> argv_;  // of the running API server
  bool is_only_one_ = false;
  audit::AuditSettings settings_;      // of the running API server, else of the manifest
  std::optional<std::string> policy_;  // that the running API server has surely read
  std::string log_;                    // on the host, as the node sees it
  StatusReport report_;
};

}  // namespace

ExitCode run_status(const Options& options, Output& output) {
  return StatusCommand(options, output).run();
}

}  // namespace kaudit::cli
