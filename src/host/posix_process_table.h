#pragma once

#include <cstdint>
#include <string>

#include "host/process_table.h"

namespace kaudit::host {

// When each process was started costs a file more for each.
enum class StartTimes : std::uint8_t { Read, Skip };

// The ProcessTable read from a mounted proc file system.
class PosixProcessTable : public ProcessTable {
 public:
  explicit PosixProcessTable(std::string proc = "/proc", StartTimes starts = StartTimes::Read)
      : proc_(std::move(proc)), starts_(starts) {}

  text::Result<std::vector<Process>> processes() const override;

 private:
  std::string proc_;
  StartTimes starts_;
};

}  // namespace kaudit::host
