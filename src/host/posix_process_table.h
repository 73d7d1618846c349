#pragma once

#include <string>

#include "host/process_table.h"

namespace kaudit::host {

// The ProcessTable read from a mounted proc file system.
class PosixProcessTable : public ProcessTable {
 public:
  explicit PosixProcessTable(std::string proc = "/proc") : proc_(std::move(proc)) {}

  text::Result<std::vector<Process>> processes() const override;

 private:
  std::string proc_;
};

}  // namespace kaudit::host
