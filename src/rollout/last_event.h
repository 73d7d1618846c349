// When the last event of an audit log was written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/file_system.h"

namespace kaudit::rollout {

// The moment that an event tells of itself: in JSON its stageTimestamp, or the
// requestReceivedTimestamp where that is missing; in the legacy format the time that it begins
// with. Of an event in JSON the beginning may be missing. Nothing if it is no event.
std::optional<host::UtcTime> time_of_event(std::string_view line);

// That of the last whole line of a log of `size` bytes; a line that is just being written does not
// count. Reads no more than the end of the file.
std::optional<host::UtcTime> last_event_time(const host::FileSystem& files, const std::string& log,
                                             std::uint64_t size);

}  // namespace kaudit::rollout
