// Whether somebody asked kaudit to stop. Abstract so that tests can ask.
#pragma once

namespace kaudit::host {

class StopRequests {
 public:
  virtual ~StopRequests() = default;

  // How many times since kaudit began to listen.
  virtual int count() const = 0;
};

}  // namespace kaudit::host
