#include "host/system_clock.h"

#include <time.h>

#include <cerrno>

namespace kaudit::host {
namespace {

std::chrono::nanoseconds read(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

UtcTime SystemClock::utc_now() const {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return {now.tv_sec, static_cast<std::int32_t>(now.tv_nsec)};
}

std::chrono::nanoseconds SystemClock::monotonic() const {
  return read(CLOCK_MONOTONIC);
}

std::chrono::nanoseconds SystemClock::since_boot() const {
  return read(CLOCK_BOOTTIME);
}

void SystemClock::sleep_for(std::chrono::milliseconds duration) {
  timespec left{};
  left.tv_sec = duration.count() / 1000;
  left.tv_nsec = (duration.count() % 1000) * 1'000'000;
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

}  // namespace kaudit::host
