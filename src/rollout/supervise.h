// After a manifest was written: wait until the new API server is well, and put the old bytes back
// when it is not. The manifest is bytes here; what runs is recognised by a function of the
// caller's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/api_server_probe.h"
#include "host/clock.h"
#include "host/file_system.h"
#include "host/process_table.h"
#include "host/stop_requests.h"
#include "rollout/container_logs.h"
#include "rollout/restart_watch.h"

namespace kaudit::rollout {

// Everything of the host that a wait needs.
struct LiveHost {
  host::FileSystem& files;
  host::Clock& clock;
  const host::ProcessTable& processes;
  host::ApiServerProbe& probe;
  const host::StopRequests& stops;
};

// One version of the manifest as it runs.
struct RunningForm {
  // Are these the arguments of an API server with this version's settings?
  std::function<bool(const std::vector<std::string>& argv)> is_expected;
  host::ProbeRequest probe;
};

// What there was before anything was written.
struct Before {
  std::vector<ApiServerProcess> processes;
  bool healthy = false;
  std::string trouble;  // why not, as a clause
};

// The processes that run kube-apiserver now; none where they cannot be read.
std::vector<ApiServerProcess> api_server_processes(const LiveHost& host, const RunningForm& form);

// Unsafe when no kubelet can be seen: it does not run, or /proc is not the host's.
host::Result<void> find_kubelet(const host::ProcessTable& processes);

// Unsafe as above; Conflict when somebody asks to stop. Asks the API server up to three times, a
// second apart, whether it is well.
host::Result<Before> look_before(const LiveHost& host, const RunningForm& form);

enum class StepKind : std::uint8_t {
  Written,       // text: what, and where its backup is
  Waiting,       // for the state of things in `text`
  ProcessFound,  // pid
  ProcessEnded,  // count: how many so far
  GoodAnswer,    // count of `of`
  Ready,         //
  FirstEvent,    // text: the level
  NoEvent,       // text: why nothing was looked for, or that nothing was seen
  TakingBack,    // text: why
  PutBack,       // the old bytes are in place
  StopsLater,    // somebody asked to stop, and once more is needed
  HealthyAgain,  //
};

struct Progress {
  StepKind kind = StepKind::Waiting;
  std::chrono::nanoseconds elapsed{0};  // since the wait began
  int pid = 0;
  int count = 0;
  int of = 0;
  std::string text = {};
};

// Whether and where the first event is looked for.
struct FirstEvent {
  std::string log;              // on the host; "": nothing is looked for
  std::string uri = {};         // that nobody else asks for: "/kaudit-probe-4f2a…"
  std::string level = {};       // that the policy records it at; "" is not known
  std::string why_unsure = {};  // a clause; "": unseen it is a warning
  std::string why_not = {};     // a sentence, where nothing is looked for
};

struct Supervision {
  std::string manifest;  // canonical path
  std::string written;   // its bytes now
  std::string replaced;  // its bytes before
  RunningForm now;       // as it should run
  RunningForm old;       // as it ran
  Before before;
  // Of those: what ran with the new settings and without the old ones, because the kubelet had not
  // yet seen the change that this one takes back.
  std::vector<ApiServerProcess> untouched;
  bool restart_expected = true;       // false: only comments differ
  std::chrono::nanoseconds since{0};  // Clock::since_boot, right before the bytes were written
  std::chrono::milliseconds limit{0};
  std::chrono::milliseconds rollback_limit{0};
  LogPlace logs;
  FirstEvent first_event;

  // What the end of a container's log says.
  std::function<ExitCause(std::string_view log)> cause_of;
  // Why no API server came up, where no log tells; "" if it cannot be told.
  std::function<std::string()> explain;
  // Keeps the manifest that failed and the container's log, before both vanish. Gives the paths of
  // what was kept. May be empty.
  std::function<std::vector<std::string>(std::string_view log)> keep;
  // Puts the old bytes back in the same safe way.
  std::function<host::Result<void>()> put_back;
  std::function<void(const Progress&)> tell;
};

struct Outcome {
  enum class Kind : std::uint8_t {
    Kept,         // the new API server is well
    TakenBack,    // the old one is well again
    Unhealthy,    // the old bytes are back, and the API server is not well
    NotRestored,  // the old bytes could not be put back
    Foreign,      // somebody else changed the manifest: it was left as it is then
    GivenUp,      // asked twice to stop
  };
  Kind kind = Kind::Kept;
  std::string reason;              // why the change failed, as a clause; "" for Kept
  std::string trouble;             // why the API server is not well, or not known to be
  bool old_is_back = false;        // the old bytes were put back, whatever happened then
  std::vector<std::string> kept;   // paths
  std::optional<bool> event_seen;  // nothing: not looked for
  std::vector<text::Error> warnings;
  std::chrono::nanoseconds took{0};
};

// The logs as they were before the write come as `logs`: ContainerLogs remembers them.
Outcome supervise(const LiveHost& host, const Supervision& supervision, ContainerLogs& logs);

// Nothing was written: does an API server run with the settings, and is it well? Waits up to
// `limit` for one that is just being started. One that is older than the manifest, which was
// changed at `changed` (Clock::since_boot), counts only when the kubelet has had the time to
// restart it, or when the limit is near. Gives why not, as a clause.
std::optional<std::string> check_running(const LiveHost& host, const RunningForm& form,
                                         std::chrono::nanoseconds changed,
                                         std::chrono::milliseconds limit,
                                         const std::function<void(const Progress&)>& tell);

}  // namespace kaudit::rollout
