// --wait of a command that changes the live manifest: what rollout/supervise.h wants to know, from
// the manifest's bytes and the host; and what the operator is told.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/exit_code.h"
#include "cli/node.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/wait_report.h"
#include "host/https_api_server_probe.h"
#include "host/posix_process_table.h"
#include "host/signal_stop_requests.h"
#include "host/system_clock.h"
#include "kube/health_endpoint.h"
#include "rollout/supervise.h"

namespace kaudit::cli {

// A manifest's API server as it is known from the manifest's bytes.
struct ManifestForm {
  kube::ApiServer server;
  kube::KubernetesVersion version;
  rollout::RunningForm running;
  rollout::LogPlace logs;
  std::string audit_log;  // on the host; "" where events go into no file there
};

class LiveWait {
 public:
  LiveWait(const Options& options, Output& output, const Node& node, const Liveness& liveness);

  // Unsafe where no kubelet can be seen: nothing would start an API server then.
  text::Result<void> find_kubelet() const;

  // Before anything is written: can one wait at all? Remembers how things are. From here on signals
  // are counted.
  text::Result<void> begin(const std::string& before, const std::string& after);

  // Right before the new bytes are put in place.
  void at_write();

  // How the change ends: its own part, from the caller.
  struct Ending {
    // The change stays: the API server is well, or somebody else has gone on from there.
    std::function<void()> settle;
    std::function<text::Result<void>()> put_back;
    std::function<void()> close;  // after put_back, once nobody waits any more
    std::function<std::vector<std::string>(std::string_view log)> keep;
    std::function<std::span<const text::Error>()> warnings;  // of these calls
    std::vector<std::string> written;                        // the first steps, a line each
    std::string_view advice;                                 // a line for the end, if it is good
    std::string left;  // a line: what stays on the host where the manifest is not put back
  };

  // After the report on the change was collected in `output`: writes that, waits, and says what
  // came of it.
  ExitCode finish(const Ending& ending);

  // The manifest was not changed: is what it says what runs? `written` names what else was written
  // on the host, if anything was.
  ExitCode check_only(const std::string& bytes, const std::string& written = {});

 private:
  text::Result<ManifestForm> form_of(const std::string& bytes) const;
  std::string explanation() const;
  rollout::FirstEvent first_event() const;
  rollout::Supervision supervision(const Ending& ending);
  std::chrono::nanoseconds manifest_changed() const;
  void say_what_to_expect(const std::string& before);
  void flush_report();
  ExitCode conclude(const rollout::Outcome& outcome, std::string_view advice);
  void conclude_json(const rollout::Outcome& outcome, ExitCode code, bool changed,
                     std::string_view advice = {});
  void say_failure(const rollout::Outcome& outcome);

  const Options& options_;
  Output& output_;
  const Node& node_;
  const Liveness& liveness_;
  host::SystemClock clock_;
  host::PosixProcessTable processes_;
  host::HttpsApiServerProbe probe_;
  std::unique_ptr<host::SignalStopRequests> stops_;
  std::unique_ptr<rollout::ContainerLogs> logs_;
  WaitReport report_;
  std::string before_;
  std::string after_;
  ManifestForm old_;
  ManifestForm new_;
  bool restart_expected_ = true;
  std::vector<rollout::ApiServerProcess> untouched_;
  rollout::Before state_before_;
  std::chrono::nanoseconds since_{0};
};

}  // namespace kaudit::cli
