#include "cli/live_wait.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "audit/flag_table.h"
#include "check/check_api_server.h"
#include "check/check_host.h"
#include "check/check_manifest.h"
#include "check/running_settings.h"
#include "cli/event_expectation.h"
#include "cli/exit_cause.h"
#include "cli/host_inspection.h"
#include "cli/own_request.h"
#include "cli/refusal.h"
#include "cli/report.h"
#include "host/kubelet_journal.h"
#include "kube/node_paths.h"
#include "kube/same_pod.h"
#include "rollout/policy_file.h"
#include "yaml/parse.h"

namespace kaudit::cli {
namespace {

using nlohmann::ordered_json;
using rollout::Outcome;
using text::ErrorKind;
using text::Result;
using text::SourceText;

constexpr std::chrono::seconds kLeastUseful{15};

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

// The audit log on the host, where events go into one.
std::string audit_log_of(const kube::ApiServer& server) {
  const audit::AuditSettings settings = check::effective_settings(server);
  if (settings.policy_file().empty() || settings.logs_to_stdout()) return {};
  return host_path_of(server, audit::name_of(audit::AuditFlag::LogPath)).value_or("");
}

std::string_view word_of(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::Kept:
      return "kept";
    case Outcome::Kind::TakenBack:
      return "taken-back";
    case Outcome::Kind::Unhealthy:
      return "unhealthy";
    case Outcome::Kind::NotRestored:
      return "not-restored";
    case Outcome::Kind::Foreign:
      return "foreign";
    case Outcome::Kind::GivenUp:
      return "given-up";
  }
  return "";
}

bool decodes_to_same_pod(const std::string& before, const std::string& after) {
  const auto a = yaml::parse(std::make_shared<const SourceText>("", before));
  const auto b = yaml::parse(std::make_shared<const SourceText>("", after));
  return a && b && kube::same_pod(*a, *b);
}

}  // namespace

LiveWait::LiveWait(const Options& options, Output& output, const Node& node,
                   const Liveness& liveness)
    : options_(options),
      output_(output),
      node_(node),
      liveness_(liveness),
      report_(options, output, clock_) {}

Result<ManifestForm> LiveWait::form_of(const std::string& bytes) const {
  const auto document =
      yaml::parse(std::make_shared<const SourceText>(node_.shown_manifest, bytes));
  if (!document) return std::unexpected(document.error());
  const auto pod = kube::read_pod_manifest(*document, audit::arity_of);
  if (!pod) return std::unexpected(pod.error());
  const kube::ApiServer& server = pod->api_server;
  const kube::KubernetesVersion version =
      options_.kubernetes_version.value_or(server.version.value_or(kube::kNewestKnown));
  ManifestForm form;
  form.server = server;
  form.version = version;
  form.running.probe =
      probe_of(*node_.node_files, server, kube::health_endpoint(*document, *pod, version));
  form.running.is_expected =
      [expected = check::expected_settings(server)](const std::vector<std::string>& argv) {
        return check::differing_flags(expected, check::running_settings(argv)).empty();
      };
  form.logs.pod_namespace = server.pod_namespace.empty() ? "default" : server.pod_namespace;
  form.logs.pod_name = server.pod_name;
  form.logs.container = kube::container_name(*document, *pod);
  form.audit_log = audit_log_of(server);
  return form;
}

Result<void> LiveWait::find_kubelet() const {
  return rollout::find_kubelet(processes_);
}

Result<void> LiveWait::begin(const std::string& before, const std::string& after) {
  Result<ManifestForm> now = form_of(after);
  if (!now) {
    return text::fail(
        ErrorKind::Unsupported,
        fmt::format("one cannot wait for this manifest's API server: {}", now.error().message),
        "leave out --wait");
  }
  new_ = std::move(*now);
  // A manifest that cannot be read runs nothing; where it would listen, the new one tells.
  Result<ManifestForm> old = form_of(before);
  const bool old_is_readable = old.has_value();
  old_ = old_is_readable ? std::move(*old) : new_;
  before_ = before;
  after_ = after;
  restart_expected_ = !decodes_to_same_pod(before, after);
  say_what_to_expect(before);
  stops_ = std::make_unique<host::SignalStopRequests>();
  const rollout::LiveHost host{*node_.node_files, clock_, processes_, probe_, *stops_};
  const auto state = rollout::look_before(host, old_.running);
  if (!state) return std::unexpected(state.error());
  state_before_ = *state;
  if (!old_is_readable) {
    state_before_.healthy = false;
    state_before_.trouble = "its manifest cannot be read";
  }
  if (!state_before_.healthy) {
    output_.say(
        fmt::format("the API server is not healthy before the change: {}", state_before_.trouble));
  }
  return {};
}

void LiveWait::say_what_to_expect(const std::string& before) {
  if (*options_.wait < kLeastUseful) {
    output_.say(
        "an API server counts as healthy 10 s after its start at the earliest, so that so short a "
        "--wait can hardly end well");
  }
  if (const auto against = objection_to(node_, liveness_, before)) {
    output_.say(fmt::format("if this fails there is no way back to a healthy API server: {}",
                            against->message));
  }
}

void LiveWait::at_write() {
  const rollout::LiveHost host{*node_.node_files, clock_, processes_, probe_, *stops_};
  state_before_.processes = rollout::api_server_processes(host, old_.running);
  untouched_ = rollout::api_server_processes(host, new_.running);
  std::erase_if(untouched_, [this](const rollout::ApiServerProcess& process) {
    return !process.is_expected ||
           std::ranges::any_of(state_before_.processes, [&process](const auto& before) {
             return before.is(process) && before.is_expected;
           });
  });
  logs_ = std::make_unique<rollout::ContainerLogs>(*node_.node_files, new_.logs);
  since_ = clock_.since_boot();
}

// Why no container came up: a mount that fails leaves no log, but the host tells.
std::string LiveWait::explanation() const {
  if (const auto against = objection_to(node_, liveness_, after_)) return against->message;
  const auto since = std::chrono::ceil<std::chrono::seconds>(clock_.since_boot() - since_);
  std::string complaint = kubelet_complaint(host::kubelet_journal(since), new_.logs.pod_name);
  if (!complaint.empty()) return complaint;
  const check::CheckedManifest checked =
      check::check_manifest(std::make_shared<const SourceText>(node_.shown_manifest, after_),
                            options_.kubernetes_version);
  for (const check::Finding& finding : checked.findings) {
    if (finding.severity == check::Severity::Error)
      return fmt::format("{}; {}", finding.message, finding.consequence);
  }
  return {};
}

rollout::FirstEvent LiveWait::first_event() const {
  const auto host = host_path_of(new_.server, audit::name_of(audit::AuditFlag::PolicyFile));
  const auto policy = host ? node_.node_files->read_file(*host, rollout::kPolicyLimit)
                           : Result<std::string>(text::fail(ErrorKind::NotFound, "", ""));
  return expect_event(new_.server, new_.version, new_.audit_log,
                      policy ? std::optional(*policy) : std::nullopt, random_uri());
}

rollout::Supervision LiveWait::supervision(const Ending& ending) {
  rollout::Supervision what;
  what.manifest = liveness_.canonical;
  what.written = after_;
  what.replaced = before_;
  what.now = new_.running;
  what.old = old_.running;
  what.before = state_before_;
  what.untouched = untouched_;
  what.restart_expected = restart_expected_;
  what.since = since_;
  what.limit = *options_.wait;
  what.rollback_limit = options_.rollback_wait;
  what.logs = new_.logs;
  what.first_event = first_event();
  what.cause_of = exit_cause;
  what.explain = [this] { return explanation(); };
  what.keep = ending.keep;
  what.put_back = ending.put_back;
  what.tell = [this](const rollout::Progress& progress) { report_.tell(progress); };
  return what;
}

// What was collected so far is said before the wait begins.
void LiveWait::flush_report() {
  if (options_.format == ReportFormat::Json) {
    ordered_json json = ordered_json::parse(output_.out, nullptr, false);
    ordered_json line{{"event", "manifest"},
                      {"time", host::to_rfc3339(clock_.utc_now())},
                      {"elapsedSeconds", 0.0}};
    if (json.is_object()) line.update(json);
    output_.out = json_line(line);
  }
  flush_briefly(output_);
  output_.out.clear();
  output_.err.clear();
}

ExitCode LiveWait::finish(const Ending& ending) {
  flush_report();
  for (const std::string& line : ending.written)
    report_.tell({.kind = rollout::StepKind::Written, .text = line});
  const rollout::LiveHost host{*node_.node_files, clock_, processes_, probe_, *stops_};
  Outcome outcome = rollout::supervise(host, supervision(ending), *logs_);
  report_.end();
  const bool stays = outcome.kind == Outcome::Kind::Kept || outcome.kind == Outcome::Kind::Foreign;
  if (outcome.old_is_back)
    ending.close();
  else if (stays)
    ending.settle();
  std::ranges::copy(ending.warnings(), std::back_inserter(outcome.warnings));
  const bool is_left =
      outcome.kind == Outcome::Kind::NotRestored || outcome.kind == Outcome::Kind::Foreign;
  if (is_left && !ending.left.empty())
    outcome.warnings.push_back({ErrorKind::Conflict, ending.left, "", {}});
  return conclude(outcome, ending.advice);
}

// On the clock since boot.
std::chrono::nanoseconds LiveWait::manifest_changed() const {
  const auto status = node_.node_files->status(liveness_.canonical);
  const host::UtcTime now = clock_.utc_now();
  // A time that is still to come tells nothing.
  if (!status || status->modified > now) return std::chrono::nanoseconds(0);
  const auto ago = std::chrono::seconds(now.seconds - status->modified.seconds) +
                   std::chrono::nanoseconds(now.nanoseconds - status->modified.nanoseconds);
  return std::max(clock_.since_boot() - ago, std::chrono::nanoseconds(0));
}

ExitCode LiveWait::check_only(const std::string& bytes, const std::string& written) {
  Result<ManifestForm> form = form_of(bytes);
  if (!form) return refuse(options_, output_, form.error(), nullptr);
  flush_report();
  stops_.reset();  // what it restores must not come after what the next one sets
  stops_ = std::make_unique<host::SignalStopRequests>();
  const rollout::LiveHost host{*node_.node_files, clock_, processes_, probe_, *stops_};
  const std::chrono::nanoseconds begin = clock_.monotonic();
  const auto trouble =
      rollout::check_running(host, form->running, manifest_changed(), *options_.wait,
                             [this](const rollout::Progress& step) { report_.tell(step); });
  report_.end();
  Outcome outcome;
  outcome.took = clock_.monotonic() - begin;
  outcome.kind = trouble ? Outcome::Kind::Unhealthy : Outcome::Kind::Kept;
  outcome.reason = trouble.value_or("");
  if (options_.format == ReportFormat::Json) {
    conclude_json(outcome, trouble ? ExitCode::Unhealthy : ExitCode::Done, !written.empty());
  } else if (trouble) {
    const std::string hint = written.empty()
                                 ? "nothing was changed"
                                 : fmt::format("only {} was written, and it stays", written);
    output_.err +=
        error_text({ErrorKind::Conflict, *trouble, hint, {}}, nullptr, output_.color_err);
  } else {
    output_.say("the API server runs with these settings and is healthy");
  }
  return trouble ? ExitCode::Unhealthy : ExitCode::Done;
}

ExitCode LiveWait::conclude(const Outcome& outcome, std::string_view advice) {
  const ExitCode code = outcome.kind == Outcome::Kind::Kept        ? ExitCode::Done
                        : outcome.kind == Outcome::Kind::TakenBack ? ExitCode::TakenBack
                                                                   : ExitCode::Unhealthy;
  if (options_.format == ReportFormat::Json) {
    conclude_json(outcome, code,
                  outcome.kind == Outcome::Kind::Kept ||
                      outcome.kind == Outcome::Kind::NotRestored ||
                      (outcome.kind == Outcome::Kind::Foreign && !outcome.old_is_back),
                  code == ExitCode::Done ? advice : "");
    return code;
  }
  for (const text::Error& warning : outcome.warnings)
    output_.err += warning_text(warning, nullptr, output_.color_err);
  if (code != ExitCode::Done) {
    say_failure(outcome);
    return code;
  }
  output_.say(fmt::format("the API server runs with the {} manifest and is healthy ({:.1f} s)",
                          options_.command == Command::Rollback ? "restored" : "new",
                          seconds(outcome.took)));
  if (!advice.empty()) output_.say(advice);
  return code;
}

void LiveWait::say_failure(const Outcome& outcome) {
  const std::string& name = node_.shown_manifest;
  std::string state, hint;
  switch (outcome.kind) {
    case Outcome::Kind::Kept:
      return;
    case Outcome::Kind::TakenBack:
      state =
          fmt::format("{} was put back as it was; the API server is healthy as before ({:.1f} s)",
                      name, seconds(outcome.took));
      break;
    case Outcome::Kind::Unhealthy:
      state = fmt::format("{} was put back as it was, but the API server is not healthy: {}", name,
                          outcome.trouble);
      hint = "crictl ps -a and journalctl -u kubelet tell more";
      break;
    case Outcome::Kind::NotRestored:
      state = fmt::format("{} could not be put back and still has the change: {}", name,
                          outcome.trouble);
      hint = "kaudit rollback --wait puts it back once that is mended";
      break;
    case Outcome::Kind::Foreign:
      state = fmt::format("{} was left as it is now, and nobody waited for its API server", name);
      hint = "kaudit check, and look whether the API server is healthy";
      break;
    case Outcome::Kind::GivenUp:
      state = outcome.trouble;
      hint = "look whether the API server becomes healthy";
      break;
  }
  output_.err +=
      error_text({ErrorKind::Conflict, outcome.reason, hint, {}}, nullptr, output_.color_err);
  output_.err += state + "\n";
  for (const std::string& path : outcome.kept)
    output_.err += fmt::format("kept for inspection: {}\n", node_.node_files->shown(path));
}

void LiveWait::conclude_json(const Outcome& outcome, ExitCode code, bool changed,
                             std::string_view advice) {
  ordered_json json{{"schemaVersion", kSchemaVersion},
                    {"event", "result"},
                    {"time", host::to_rfc3339(clock_.utc_now())},
                    {"elapsedSeconds", seconds(outcome.took)},
                    {"exitCode", to_int(code)},
                    {"outcome", word_of(outcome.kind)},
                    {"changed", changed},
                    {"healthy", code != ExitCode::Unhealthy},
                    {"reason", outcome.reason},
                    {"trouble", outcome.trouble},
                    {"kept", outcome.kept}};
  json["eventSeen"] =
      outcome.event_seen ? ordered_json(*outcome.event_seen) : ordered_json(nullptr);
  json["warnings"] = ordered_json::array();
  for (const text::Error& warning : outcome.warnings) json["warnings"].push_back(warning.message);
  json["advice"] = ordered_json::array();
  if (!advice.empty()) json["advice"].push_back(advice);
  output_.out = json_line(json);
}

}  // namespace kaudit::cli
