#include "host/signal_stop_requests.h"

#include <array>

namespace kaudit::host {
namespace {

constexpr std::array<int, 5> kSignals = {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGPIPE};

volatile std::sig_atomic_t stops = 0;

void count_stop(int) {
  stops = stops + 1;
}

}  // namespace

SignalStopRequests::SignalStopRequests() {
  stops = 0;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    struct sigaction action = {};
    const bool is_stop = kSignals[i] != SIGHUP && kSignals[i] != SIGPIPE;
    action.sa_handler = is_stop ? count_stop : SIG_IGN;
    // What was begun is finished: a write or a rename is not cut short.
    action.sa_flags = SA_RESTART;
    sigaction(kSignals[i], &action, &before_[i]);
  }
}

SignalStopRequests::~SignalStopRequests() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
}

int SignalStopRequests::count() const {
  return stops;
}

}  // namespace kaudit::host
