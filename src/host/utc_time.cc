#include "host/utc_time.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

namespace kaudit::host {
namespace {

CivilTime civil(const UtcTime& time) {
  using namespace std::chrono;
  const sys_seconds moment{seconds{time.seconds}};
  const sys_days day = floor<days>(moment);
  const year_month_day date{day};
  const hh_mm_ss clock{moment - day};
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count())};
}

// The number that `digits` spell; absent when one of them is not a digit.
std::optional<int> number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool matches(std::string_view text, std::string_view shape) {
  if (text.size() != shape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == '0' ? !digit : text[i] != shape[i]) return false;
  }
  return true;
}

}  // namespace

std::optional<UtcTime> utc_time(const CivilTime& civil, std::int32_t nanoseconds) {
  using namespace std::chrono;
  const year_month_day date{year{civil.year}, month{static_cast<unsigned>(civil.month)},
                            day{static_cast<unsigned>(civil.day)}};
  if (!date.ok() || civil.hour < 0 || civil.hour > 23 || civil.minute < 0 || civil.minute > 59 ||
      civil.second < 0 || civil.second > 59) {
    return std::nullopt;
  }
  const sys_seconds moment =
      sys_days{date} + hours{civil.hour} + minutes{civil.minute} + seconds{civil.second};
  return UtcTime{moment.time_since_epoch().count(), nanoseconds};
}

std::string to_rfc3339(const UtcTime& time) {
  const CivilTime at = civil(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", at.year, at.month, at.day,
                     at.hour, at.minute, at.second, time.nanoseconds);
}

std::optional<UtcTime> from_rfc3339(std::string_view text) {
  if (!matches(text, "0000-00-00T00:00:00.000000000Z")) return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t size) {
    return number(text.substr(at, size)).value_or(-1);
  };
  return utc_time({part(0, 4), part(5, 2), part(8, 2), part(11, 2), part(14, 2), part(17, 2)},
                  part(20, 9));
}

std::optional<UtcTime> from_go_time(std::string_view text) {
  constexpr std::size_t kSeconds = std::string_view("2026-11-23T07:00:00").size();
  constexpr std::size_t kMostDigits = 9;
  if (text.size() <= kSeconds) return std::nullopt;
  std::string digits;
  std::string_view zone = text.substr(kSeconds);
  if (zone.starts_with('.')) {
    const std::size_t end = std::min(zone.find_first_of("Z+-"), zone.size());
    digits = zone.substr(1, end - 1);
    if (digits.empty() || digits.size() > kMostDigits) return std::nullopt;
    zone.remove_prefix(end);
  }
  digits.resize(kMostDigits, '0');
  auto time = from_rfc3339(std::string(text.substr(0, kSeconds)) + "." + digits + "Z");
  if (!time || zone == "Z") return time;
  if (!matches(zone, "+00:00") && !matches(zone, "-00:00")) return std::nullopt;
  constexpr int kMinute = 60;
  const int ahead =
      (number(zone.substr(1, 2)).value_or(0) * kMinute + number(zone.substr(4, 2)).value_or(0)) *
      kMinute;
  time->seconds -= zone.front() == '+' ? ahead : -ahead;
  return time;
}

std::string to_date(const UtcTime& time) {
  const CivilTime at = civil(time);
  return fmt::format("{:04}-{:02}-{:02}", at.year, at.month, at.day);
}

}  // namespace kaudit::host
