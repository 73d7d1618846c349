// Is auditing on, and is it being recorded, now? Values in, text and JSON out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/utc_time.h"

namespace kaudit::cli {

struct RunningApiServer {
  int pid = 0;
  std::optional<std::int64_t> started;                     // seconds since 1970, UTC
  std::vector<std::pair<std::string, std::string>> flags;  // of auditing, without dashes
};

struct PolicyStatus {
  std::string path;                       // on the host
  std::optional<std::string> sha256;      // of the file; absent: it cannot be read
  std::optional<std::string> annotation;  // kaudit.io/policy-sha256, if the manifest has it
};

struct LogStatus {
  std::string path;  // on the host
  bool is_there = true;
  bool is_file = true;                       // not a directory or a FIFO
  std::optional<host::UtcTime> last_event;   // when it was written; absent: none is there
  std::uint64_t bytes = 0;                   // of the log and all rotated ones
  std::size_t rotated = 0;                   // how many
  std::optional<host::UtcTime> oldest;       // the oldest rotated one, by its name
  std::optional<host::UtcTime> first_event;  // of all that is there, as far as it is known
  // What the running API server keeps; absent: without limit.
  std::optional<std::uint64_t> capacity;  // bytes
  std::optional<std::int64_t> maxage_days;
};

struct StatusReport {
  std::string manifest;                     // as the operator knows it
  std::vector<std::string> differing;       // flags in which the running API server differs
  std::optional<RunningApiServer> running;  // absent: none runs, or none can be seen
  std::optional<PolicyStatus> policy;       // absent: none is set
  std::optional<LogStatus> log;             // absent: events go into no file on this host
  bool to_webhook = false;                  // events are sent to a webhook
  std::optional<bool> probe_recorded;       // a request of kaudit's own; absent: that told nothing
  host::UtcTime now;
};

// Why events are not being recorded, or cannot be seen to be, as a clause; nothing if they are: an
// API server runs with a policy and a log, and a request of kaudit's own came into that; or, where
// that told nothing, an event has been written to it since the API server was started.
std::optional<std::string> not_recording(const StatusReport& report);

// For how many days the logs reach back when they are as full as the limits let them be, at the
// rate of what is there: nothing where no rate is known yet, or nothing limits them.
std::optional<double> days_covered(const LogStatus& log, const host::UtcTime& now);

std::string to_text(const StatusReport& report, bool color);
std::string to_json(const StatusReport& report);

}  // namespace kaudit::cli
