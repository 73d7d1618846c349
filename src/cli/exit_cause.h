// What the log of a kube-apiserver that ended says about why.
#pragma once

#include <string>
#include <string_view>

#include "rollout/restart_watch.h"

namespace kaudit::cli {

// `log` is the end of a container's log as the kubelet keeps it: lines of a CRI runtime
// ("2026-11-23T07:00:00.1Z stderr F message") or of Docker's JSON. Fatal are causes that the next
// start meets again: a policy, a flag or a file that kube-apiserver refuses.
rollout::ExitCause exit_cause(std::string_view log);

// What the kubelet's journal says about a Pod that it could not run, as a clause; "" for nothing
// known. The last such line counts.
std::string kubelet_complaint(std::string_view journal, std::string_view pod_name);

}  // namespace kaudit::cli
