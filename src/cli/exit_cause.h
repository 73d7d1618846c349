// What the log of a kube-apiserver that ended says about why.
#pragma once

#include <string_view>

#include "rollout/restart_watch.h"

namespace kaudit::cli {

// `log` is the end of a container's log as the kubelet keeps it: lines of a CRI runtime
// ("2026-11-23T07:00:00.1Z stderr F message") or of Docker's JSON. Fatal are causes that the next
// start meets again: a policy, a flag or a file that kube-apiserver refuses.
rollout::ExitCause exit_cause(std::string_view log);

}  // namespace kaudit::cli
