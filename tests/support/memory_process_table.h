#pragma once

#include <optional>
#include <vector>

#include "host/process_table.h"

namespace kaudit::host {

// The processes that the test says there are.
class MemoryProcessTable : public ProcessTable {
 public:
  text::Result<std::vector<Process>> processes() const override {
    if (failure) return std::unexpected(*failure);
    return list;
  }

  void end(int pid) {
    std::erase_if(list, [pid](const Process& process) { return process.pid == pid; });
  }

  std::vector<Process> list;
  std::optional<text::Error> failure;
};

}  // namespace kaudit::host
