#pragma once

#include <csignal>

#include "host/stop_requests.h"

namespace kaudit::host {

// SIGINT and SIGTERM are counted instead of ending the process, and SIGHUP and SIGPIPE are ignored:
// a terminal that goes away must not leave half a change. As long as the object lives; one at a
// time.
class SignalStopRequests : public StopRequests {
 public:
  SignalStopRequests();
  ~SignalStopRequests() override;
  SignalStopRequests(const SignalStopRequests&) = delete;
  SignalStopRequests& operator=(const SignalStopRequests&) = delete;

  int count() const override;

 private:
  struct sigaction before_[5];
};

}  // namespace kaudit::host
