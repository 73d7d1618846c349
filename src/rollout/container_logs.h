// What the containers of the API server's Pod wrote since a moment: the kubelet keeps their output
// below /var/log/pods, also of those that ended at once.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "host/file_system.h"

namespace kaudit::rollout {

// Whose logs: directories NAMESPACE_NAME-NODE_UID with a directory for each container, in it a file
// N.log for each start (pkg/kubelet/kuberuntime/helpers.go, BuildContainerLogsDirectory).
struct LogPlace {
  std::string pod_namespace = "kube-system";
  std::string pod_name = "kube-apiserver";  // as in the manifest, without the node's name
  std::string container = "kube-apiserver";
  std::string root = "/var/log/pods";
};

struct ContainerNews {
  int starts = 0;           // files that were not there at first
  bool is_new_pod = false;  // in a directory that was not there at first: another UID
  // All of them are of the Pod that wrote last at first: its container was started once more.
  bool is_old_pod_again = false;
  std::string newest;  // path of the newest of them; "" for none
};

class ContainerLogs {
 public:
  // Remembers what is there now.
  ContainerLogs(const host::FileSystem& files, LogPlace place);

  // What is there now and was not there at first. Containers of a new Pod count alone once there
  // are any: the old Pod's may have been started once more meanwhile. What cannot be read is passed
  // over.
  ContainerNews news();

 private:
  struct File {
    std::string path;
    host::UtcTime modified;
  };
  std::map<std::string, std::vector<File>> files_by_pod() const;

  const host::FileSystem& files_;
  LogPlace place_;
  std::set<std::string> old_pods_;
  std::string ran_;  // of these the one that wrote last
  std::set<std::string> old_files_;
  // Found so far: the kubelet removes the logs of containers that ended long ago.
  std::set<std::string> new_files_, new_files_of_new_pods_;
  bool has_other_pod_ = false;  // than `ran_`
};

// The last `length` bytes of a log; "" if it cannot be read.
std::string end_of_log(const host::FileSystem& files, const std::string& path, std::size_t length);

}  // namespace kaudit::rollout
