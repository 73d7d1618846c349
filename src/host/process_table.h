// The processes that run on this machine. Abstract so that tests can pretend a kubelet.
#pragma once

#include <string>
#include <vector>

#include "text/result.h"

namespace kaudit::host {

struct Process {
  int pid = 0;
  std::vector<std::string> argv;  // never empty: kernel threads are left out
};

class ProcessTable {
 public:
  virtual ~ProcessTable() = default;

  // All processes that this user can see, by ascending pid. Io or Permission when there is no
  // process table to read; a process that ends meanwhile is left out.
  virtual text::Result<std::vector<Process>> processes() const = 0;
};

}  // namespace kaudit::host
