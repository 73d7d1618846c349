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

struct EventSearch {
  std::optional<std::string> level;  // of the event; nothing: none was seen in time
  bool stopped = false;              // somebody asked to stop
};

// The level of the event with that requestURI among the lines of an audit log, if there is one.
std::optional<std::string> level_of_event(std::string_view lines, std::string_view uri);

// Requests event.uri from where `probe` leads, and reads what is appended to the log.
EventSearch search_event(const LiveHost& host, const FirstEvent& event,
                         const host::ProbeRequest& probe);

}  // namespace kaudit::rollout
