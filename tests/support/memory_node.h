#pragma once

#include <string>
#include <vector>

#include "rollout/backup_store.h"
#include "support/memory_clock.h"
#include "support/memory_file_system.h"
#include "text/sha256.h"

namespace kaudit::rollout {

inline const std::string kDirectory = "/etc/kubernetes/manifests";
inline const std::string kManifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";
inline const std::string kBackups = "/var/lib/kaudit/backups";
inline const std::string kOld = "kind: Pod # old\n";
inline const std::string kNew = "kind: Pod # new\n";

// A control-plane node as kubeadm leaves it, as far as files go.
struct MemoryNode {
  MemoryNode() {
    files.put_file(kManifest, kOld, {0600, 0, 12});
    files.set_xattr(kManifest, "security.selinux", "system_u:object_r:kubernetes_file_t:s0");
    files.put_file(kDirectory + "/etcd.yaml", "kind: Pod # etcd\n");
    files.put_directory("/var/lib");
    files.put_directory("/var/log");
  }

  std::string manifest() const { return files.bytes(kManifest).value_or("(no manifest)"); }

  // What the kubelet would read: the names without a leading dot.
  std::vector<std::string> visible() const {
    std::vector<std::string> names = files.names(kDirectory);
    std::erase_if(names, [](const std::string& name) { return name.starts_with('.'); });
    return names;
  }

  // The records of the manifest, newest first, and their states in short: "done pending".
  std::vector<BackupRecord> records() {
    return BackupStore(files, kBackups).list(kManifest).value().records;
  }
  std::string states() {
    std::string text;
    for (const BackupRecord& record : records()) {
      if (!text.empty()) text += ' ';
      text += record.state == RecordState::Pending ? "pending"
              : record.state == RecordState::Done  ? "done"
                                                   : "rolled-back";
    }
    return text;
  }

  // Every record has its backup, and the backup is what the record says.
  bool backups_are_whole() {
    for (const BackupRecord& record : records()) {
      const auto bytes = files.bytes(record.backup_path);
      if (!bytes || text::sha256_hex(*bytes) != record.sha256_before) return false;
    }
    return true;
  }

  host::MemoryFileSystem files;
  host::MemoryClock clock;
};

}  // namespace kaudit::rollout
