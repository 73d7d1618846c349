#include "cli/status_command.h"

#include <algorithm>

#include "audit/flag_table.h"
#include "check/check_host.h"
#include "check/check_manifest.h"
#include "check/running_settings.h"
#include "cli/node.h"
#include "cli/refusal.h"
#include "cli/status_report.h"
#include "host/posix_process_table.h"
#include "host/system_clock.h"
#include "kube/node_paths.h"
#include "rollout/api_server_process.h"
#include "rollout/host_facts.h"
#include "rollout/manifest_lock.h"
#include "text/sha256.h"

namespace kaudit::cli {
namespace {

using audit::AuditFlag;

constexpr std::size_t kPolicyLimit = std::size_t{10} << 20;
constexpr std::size_t kFirstLine = std::size_t{64} << 10;

// Where a path of the container lies on the host; both are of the manifest, and of the running API
// server as far as the two agree.
std::optional<std::string> host_of(const kube::ApiServer& server, std::string_view path) {
  const auto clean = path.starts_with('/') ? kube::clean_path(path) : std::nullopt;
  return clean ? check::on_host(server, *clean) : std::nullopt;
}

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
    settings_ = check::running_settings(newest->argv);
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
    const auto bytes = host ? node_.node_files->read_file(*host, kPolicyLimit)
                            : text::fail(text::ErrorKind::NotFound, "");
    if (bytes) policy.sha256 = text::sha256_hex(*bytes);
    report_.policy = std::move(policy);
  }

  void look_at_log() {
    report_.to_webhook = settings_.has_webhook_backend();
    if (settings_.logs_to_stdout()) return;
    const auto host = host_of(manifest_.api_server, settings_.log_path());
    if (!host) return;
    const rollout::LogFacts facts = rollout::log_facts(*node_.node_files, *host);
    LogStatus log;
    log.path = node_.node_files->shown(*host);
    if (facts.file.status) log.last_event = facts.file.status->modified;
    log.is_file = !facts.file.status || facts.file.status->kind == host::FileKind::Regular;
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

  const Options& options_;
  Output& output_;
  Node node_;
  check::CheckedManifest manifest_;
  audit::AuditSettings settings_;  // of the running API server, else of the manifest
  StatusReport report_;
};

}  // namespace

ExitCode run_status(const Options& options, Output& output) {
  return StatusCommand(options, output).run();
}

}  // namespace kaudit::cli
