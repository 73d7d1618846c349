#include "rollout/api_server_process.h"

#include <algorithm>

#include "host/node_path.h"

namespace kaudit::rollout {

bool is_api_server(const host::Process& process) {
  const std::string name = host::base_name(process.argv.front());
  if (name == "kube-apiserver") return true;
  return name == "hyperkube" && process.argv.size() > 1 &&
         (process.argv[1] == "apiserver" || process.argv[1] == "kube-apiserver");
}

std::optional<std::int64_t> api_server_started(const std::vector<host::Process>& processes) {
  std::optional<std::int64_t> newest;
  for (const host::Process& process : processes) {
    // Nothing is less than any moment.
    if (is_api_server(process)) newest = std::max(newest, process.started);
  }
  return newest;
}

const host::Process* newest_api_server(const std::vector<host::Process>& processes) {
  const host::Process* newest = nullptr;
  for (const host::Process& process : processes) {
    if (!is_api_server(process)) continue;
    if (newest == nullptr || process.started_since_boot >= newest->started_since_boot)
      newest = &process;
  }
  return newest;
}

}  // namespace kaudit::rollout
