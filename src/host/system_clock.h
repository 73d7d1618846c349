#pragma once

#include "host/clock.h"

namespace kaudit::host {

// The Clock of this machine.
class SystemClock : public Clock {
 public:
  UtcTime utc_now() const override;
  std::chrono::nanoseconds monotonic() const override;
  std::chrono::nanoseconds since_boot() const override;
  void sleep_for(std::chrono::milliseconds duration) override;
};

}  // namespace kaudit::host
