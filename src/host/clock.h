// The time, and waiting. Abstract so that tests never sleep.
#pragma once

#include <chrono>

#include "host/utc_time.h"

namespace kaudit::host {

class Clock {
 public:
  virtual ~Clock() = default;

  // The wall clock. It may jump, also backwards.
  virtual UtcTime utc_now() const = 0;

  // Time since some moment in the past; never goes back. For measuring how long something took.
  virtual std::chrono::nanoseconds monotonic() const = 0;

  // Time since the machine was booted, sleep of the machine included; never goes back. The clock
  // that the start times of processes are counted on.
  virtual std::chrono::nanoseconds since_boot() const = 0;

  virtual void sleep_for(std::chrono::milliseconds duration) = 0;
};

}  // namespace kaudit::host
