// A moment in UTC, and its two written forms. Nothing here knows a local time zone.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kaudit::host {

// `nanoseconds` is 0…999999999, also before 1970.
struct UtcTime {
  std::int64_t seconds = 0;  // since 1970-01-01T00:00:00Z, leap seconds not counted
  std::int32_t nanoseconds = 0;

  auto operator<=>(const UtcTime&) const = default;
};

// The calendar form of a moment; all counted as people write them (month and day from 1).
struct CivilTime {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
};

// The moment of a date and time; absent when there is no such date or time (February 30).
std::optional<UtcTime> utc_time(const CivilTime& civil, std::int32_t nanoseconds);

// "2026-11-23T07:12:53.000000042Z": always nine digits, so that texts sort as moments do.
std::string to_rfc3339(const UtcTime& time);

// Reads exactly what to_rfc3339 writes.
std::optional<UtcTime> from_rfc3339(std::string_view text);

// Reads what Go writes as RFC3339Nano and Kubernetes as MicroTime: a fraction of one to nine digits
// or none, then "Z" or an offset such as "+02:00".
std::optional<UtcTime> from_go_time(std::string_view text);

// "2026-11-23"
std::string to_date(const UtcTime& time);

}  // namespace kaudit::host
