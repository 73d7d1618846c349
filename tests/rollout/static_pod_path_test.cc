#include "rollout/static_pod_path.h"

#include <gtest/gtest.h>

#include "support/memory_node.h"

namespace kaudit::rollout {
namespace {

using host::Process;

struct Processes : host::ProcessTable {
  text::Result<std::vector<Process>> processes() const override { return all; }
  std::vector<Process> all;
};

// The file says nothing but the path; how to read YAML is not this layer's business.
std::optional<std::string> whole_file(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  return std::string(bytes);
}

struct Row {
  const char* why;
  std::vector<std::string> argv;
  const char* path;
  const char* source;
};

TEST(StaticPodPath, AsksTheRunningKubeletFirst) {
  const Row rows[] = {
      {"flag",
       {"/usr/bin/kubelet", "--pod-manifest-path=/flag"},
       "/flag",
       "--pod-manifest-path of the running kubelet"},
      {"flag in two words",
       {"kubelet", "--v=2", "--pod-manifest-path", "/flag"},
       "/flag",
       "--pod-manifest-path of the running kubelet"},
      {"underscores",
       {"kubelet", "--pod_manifest_path=/flag"},
       "/flag",
       "--pod-manifest-path of the running kubelet"},
      {"the last wins",
       {"kubelet", "--pod-manifest-path=/a", "--pod-manifest-path=/flag"},
       "/flag",
       "--pod-manifest-path of the running kubelet"},
      {"flag over file",
       {"kubelet", "--config=/kubelet.conf", "--pod-manifest-path=/flag"},
       "/flag",
       "--pod-manifest-path of the running kubelet"},
      {"file", {"kubelet", "--config=/kubelet.conf"}, "/from-config", "/kubelet.conf"},
      {"hyperkube",
       {"/hyperkube", "kubelet", "--config", "/kubelet.conf"},
       "/from-config",
       "/kubelet.conf"},
      {"file without a path",
       {"kubelet", "--config=/empty.conf"},
       "/default-config",
       "/var/lib/kubelet/config.yaml"},
      {"no file",
       {"kubelet", "--config=/none.conf"},
       "/default-config",
       "/var/lib/kubelet/config.yaml"},
      {"relative file",
       {"kubelet", "--config=kubelet.conf"},
       "/default-config",
       "/var/lib/kubelet/config.yaml"},
      {"relative flag",
       {"kubelet", "--pod-manifest-path=manifests"},
       "/default-config",
       "/var/lib/kubelet/config.yaml"},
      {"value missing",
       {"kubelet", "--pod-manifest-path"},
       "/default-config",
       "/var/lib/kubelet/config.yaml"},
      {"another program",
       {"kubeletd", "--pod-manifest-path=/flag"},
       "/default-config",
       "/var/lib/kubelet/config.yaml"},
      {"another hyperkube",
       {"hyperkube", "apiserver", "--pod-manifest-path=/flag"},
       "/default-config",
       "/var/lib/kubelet/config.yaml"},
  };
  host::MemoryFileSystem files;
  files.put_file("/kubelet.conf", "/from-config");
  files.put_file("/empty.conf", "");
  files.put_file("/var/lib/kubelet/config.yaml", "/default-config");
  for (const Row& row : rows) {
    Processes processes;
    processes.all = {{1, {"init"}}, {7, row.argv}};
    const StaticPodPath found = find_static_pod_path(files, &processes, whole_file);
    EXPECT_EQ(found.path, row.path) << row.why;
    EXPECT_EQ(found.source, row.source) << row.why;
  }
}

TEST(StaticPodPath, FallsBackToKubeadmsDirectory) {
  host::MemoryFileSystem files;
  const StaticPodPath found = find_static_pod_path(files, nullptr, whole_file);
  EXPECT_EQ(found.path, "/etc/kubernetes/manifests");
  EXPECT_EQ(found.source, "kubeadm's default");
}

TEST(IsLive, IsWhatTheKubeletReads) {
  MemoryNode node;
  node.files.put_file("/elsewhere/real.yaml", "");
  node.files.put_file("/elsewhere/other.yaml", "");
  node.files.put_symlink(kDirectory + "/link.yaml", "/elsewhere/real.yaml");
  node.files.put_symlink(kDirectory + "/.link.yaml", "/elsewhere/other.yaml");
  node.files.put_symlink(kDirectory + "/dangling.yaml", "/none");
  node.files.put_file(kDirectory + "/below/x.yaml", "");
  node.files.put_file(kDirectory + "/.hidden.yaml", "");
  node.files.put_symlink("/manifests", kDirectory);
  const auto live = [&](const std::string& path, const std::string& manifest) {
    return is_live(node.files, {path, ""}, manifest);
  };
  for (const std::string& path : {kDirectory, kDirectory + "/", std::string("/manifests")}) {
    EXPECT_TRUE(live(path, kManifest)) << path;
    EXPECT_TRUE(live(path, "/elsewhere/real.yaml")) << path;
    EXPECT_FALSE(live(path, "/elsewhere/other.yaml")) << path;
    EXPECT_FALSE(live(path, kDirectory + "/below/x.yaml")) << path;
    EXPECT_FALSE(live(path, kDirectory + "/.hidden.yaml")) << path;
    EXPECT_FALSE(live(path, "/none")) << path;
  }
  EXPECT_FALSE(live("/none", kManifest));
}

TEST(IsLive, KnowsASingleFile) {
  MemoryNode node;
  node.files.put_symlink("/pod.yaml", kManifest);
  EXPECT_TRUE(is_live(node.files, {"/pod.yaml", ""}, kManifest));
  EXPECT_FALSE(is_live(node.files, {"/pod.yaml", ""}, kDirectory + "/etcd.yaml"));
}

}  // namespace
}  // namespace kaudit::rollout
