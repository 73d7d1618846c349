// Is a request recorded? Asks for a path that nobody else asks for, and looks for it in the log.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "rollout/supervise.h"

namespace kaudit::rollout {

// Of an event in the legacy format.
inline constexpr std::string_view kUnknownLevel = "unknown";

inline constexpr std::chrono::seconds kEventWait{10};
// Of somebody who only wants to know how things are.
inline constexpr std::chrono::seconds kShortWait{2};

struct EventSearch {
  std::optional<std::string> level;  // of the event; nothing: none was seen in time
  bool stopped = false;              // somebody asked to stop
};

// The level of the event with that requestURI among the lines of an audit log, if there is one.
std::optional<std::string> level_of_event(std::string_view lines, std::string_view uri);

// Requests event.uri from where `probe` leads, and reads what is appended to the log.
EventSearch search_event(const LiveHost& host, const FirstEvent& event,
                         const host::ProbeRequest& probe);

// The same in kShortWait: is such a request recorded? Nothing where that cannot be told: the policy
// may leave it out (then nobody is asked), the API server does not answer, or not as one that has
// seen to its audit event, events are written in batches and none has come yet, or the log cannot
// be read or was put aside meanwhile.
std::optional<bool> is_request_recorded(const host::FileSystem& files, host::Clock& clock,
                                        host::ApiServerProbe& api_server, const FirstEvent& event,
                                        host::ProbeRequest probe);

}  // namespace kaudit::rollout
