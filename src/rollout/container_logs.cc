#include "rollout/container_logs.h"

#include <algorithm>

#include "host/node_path.h"

namespace kaudit::rollout {
namespace {

// "0.log"; not "0.log.20261123-070000", which is one that the kubelet put aside.
bool is_log_name(const std::string& name) {
  constexpr std::string_view kSuffix = ".log";
  if (name.size() <= kSuffix.size() || !name.ends_with(kSuffix)) return false;
  return name.find_first_not_of("0123456789") == name.size() - kSuffix.size();
}

}  // namespace

ContainerLogs::ContainerLogs(const host::FileSystem& files, LogPlace place)
    : files_(files), place_(std::move(place)) {
  host::UtcTime last;
  for (const auto& [pod, logs] : files_by_pod()) {
    old_pods_.insert(pod);
    for (const File& log : logs) {
      old_files_.insert(log.path);
      if (log.modified < last) continue;
      last = log.modified;
      ran_ = pod;
    }
  }
}

std::map<std::string, std::vector<ContainerLogs::File>> ContainerLogs::files_by_pod() const {
  std::map<std::string, std::vector<File>> found;
  const auto pods = files_.list_directory(place_.root);
  if (!pods) return found;
  const std::string prefix = place_.pod_namespace + "_" + place_.pod_name + "-";
  for (const std::string& pod : *pods) {
    if (!pod.starts_with(prefix)) continue;
    const std::string directory = host::join(host::join(place_.root, pod), place_.container);
    const auto names = files_.list_directory(directory);
    if (!names) continue;
    std::vector<File>& logs = found[pod];
    for (const std::string& name : *names) {
      if (!is_log_name(name)) continue;
      const std::string path = host::join(directory, name);
      // A container runtime may keep the file elsewhere, with a symlink here.
      const auto status = files_.status(path);
      logs.push_back({path, status ? status->modified : host::UtcTime{}});
    }
  }
  return found;
}

ContainerNews ContainerLogs::news() {
  ContainerNews news;
  File newest, newest_of_new_pod;
  for (const auto& [pod, logs] : files_by_pod()) {
    const bool is_new_pod = !old_pods_.contains(pod);
    for (const File& log : logs) {
      if (old_files_.contains(log.path)) continue;
      (is_new_pod ? new_files_of_new_pods_ : new_files_).insert(log.path);
      if (pod != ran_) has_other_pod_ = true;
      File& best = is_new_pod ? newest_of_new_pod : newest;
      if (best.path.empty() || best.modified <= log.modified) best = log;
    }
  }
  news.is_new_pod = !new_files_of_new_pods_.empty();
  news.is_old_pod_again = !new_files_.empty() && !has_other_pod_;
  news.starts =
      static_cast<int>(news.is_new_pod ? new_files_of_new_pods_.size() : new_files_.size());
  news.newest = news.is_new_pod ? newest_of_new_pod.path : newest.path;
  return news;
}

std::string end_of_log(const host::FileSystem& files, const std::string& path, std::size_t length) {
  const auto status = files.status(path);
  if (!status) return {};
  const std::uint64_t begin = status->size > length ? status->size - length : 0;
  return files.read_range(path, begin, length).value_or("");
}

}  // namespace kaudit::rollout
