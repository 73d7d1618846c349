#include "rollout/api_server_process.h"

#include <gtest/gtest.h>

namespace kaudit::rollout {
namespace {

using host::Process;

struct Row {
  const char* why;
  std::vector<Process> processes;
  std::optional<std::int64_t> started;
};

TEST(ApiServerStarted, IsThatOfTheNewestApiServer) {
  const Row rows[] = {
      {"no process", {}, {}},
      {"no API server",
       {{1, {"init"}, 10}, {2, {"kubelet", "kube-apiserver"}, 20}, {3, {"hyperkube"}, 30}},
       {}},
      {"by name", {{1, {"init"}, 10}, {7, {"kube-apiserver", "--v=2"}, 20}}, 20},
      {"by path", {{7, {"/usr/local/bin/kube-apiserver"}, 20}}, 20},
      {"hyperkube", {{7, {"/hyperkube", "apiserver"}, 20}}, 20},
      {"hyperkube with the long name", {{7, {"hyperkube", "kube-apiserver"}, 20}}, 20},
      {"another part of hyperkube", {{7, {"hyperkube", "kubelet", "apiserver"}, 20}}, {}},
      {"go-runner and its child",
       {{7, {"/go-runner", "--log-file=x", "/kube-apiserver"}, 30}, {8, {"/kube-apiserver"}, 31}},
       31},
      {"a name that only begins so", {{7, {"kube-apiserver-proxy"}, 20}}, {}},
      {"the newest first", {{7, {"kube-apiserver"}, 30}, {9, {"kube-apiserver"}, 20}}, 30},
      {"the newest last", {{7, {"kube-apiserver"}, 20}, {9, {"kube-apiserver"}, 30}}, 30},
      {"unknown", {{7, {"kube-apiserver"}}}, {}},
      {"one unknown", {{7, {"kube-apiserver"}, 20}, {9, {"kube-apiserver"}}}, 20},
  };
  for (const Row& row : rows) EXPECT_EQ(api_server_started(row.processes), row.started) << row.why;
}

TEST(NewestApiServer, IsTheOneThatWasStartedLast) {
  EXPECT_EQ(newest_api_server({{1, {"init"}}}), nullptr);
  std::vector<Process> processes = {{1, {"init"}},
                                    {7, {"kube-apiserver"}},
                                    {8, {"/go-runner", "kube-apiserver"}},
                                    {9, {"kube-apiserver"}}};
  EXPECT_EQ(newest_api_server(processes)->pid, 9);
  processes[3].started_since_boot = std::chrono::seconds(5);
  processes[1].started_since_boot = std::chrono::seconds(6);  // pids come back
  EXPECT_EQ(newest_api_server(processes)->pid, 7);
}

}  // namespace
}  // namespace kaudit::rollout
