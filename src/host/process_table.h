// The processes that run on this machine. Abstract so that tests can pretend a kubelet.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "text/result.h"

namespace kaudit::host {

struct Process {
  int pid = 0;
  std::vector<std::string> argv;  // never empty: kernel threads are left out
  // When it was started, in seconds since 1970, UTC; absent when it cannot be told. The wall clock
  // of that moment may have been wrong: the kernel counts from boot.
  std::optional<std::int64_t> started = {};
  // The same on the clock that Clock::since_boot reads, to the hundredth of a second, rounded down.
  // With the pid it tells one process from all others.
  std::optional<std::chrono::nanoseconds> started_since_boot = {};
};

class ProcessTable {
 public:
  virtual ~ProcessTable() = default;

  // All processes that this user can see, by ascending pid. Io or Permission when there is no
  // process table to read; a process that ends meanwhile is left out.
  virtual text::Result<std::vector<Process>> processes() const = 0;
};

}  // namespace kaudit::host
