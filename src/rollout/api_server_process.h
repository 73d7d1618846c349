// The API server among the processes of the node.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "host/process_table.h"

namespace kaudit::rollout {

// "kube-apiserver …" with any path, or hyperkube as one. A go-runner is none; its child is.
bool is_api_server(const host::Process& process);

// When the API server that runs was started; of several the newest, because the kubelet lets an old
// one end while the new one begins. Seconds since 1970, UTC. Absent: none runs, or it cannot be
// told.
std::optional<std::int64_t> api_server_started(const std::vector<host::Process>& processes);

// The newest of them, by when it was started; null if none runs. Where that is not known of any,
// the one with the highest pid.
const host::Process* newest_api_server(const std::vector<host::Process>& processes);

}  // namespace kaudit::rollout
