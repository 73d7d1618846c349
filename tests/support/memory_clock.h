#pragma once

#include <functional>

#include "host/clock.h"

namespace kaudit::host {

// A Clock that moves only when somebody sleeps, and then at once.
class MemoryClock : public Clock {
 public:
  UtcTime utc_now() const override { return utc; }
  std::chrono::nanoseconds monotonic() const override { return slept; }
  std::chrono::nanoseconds since_boot() const override { return boot + slept; }
  void sleep_for(std::chrono::milliseconds duration) override {
    slept += duration;
    if (on_sleep) on_sleep();
  }

  UtcTime utc{1'795'417'200, 0};  // 2026-11-23T07:00:00Z
  std::chrono::nanoseconds slept{0};
  std::chrono::nanoseconds boot = std::chrono::hours(1);  // since_boot() when nobody has slept
  std::function<void()> on_sleep;
};

}  // namespace kaudit::host
