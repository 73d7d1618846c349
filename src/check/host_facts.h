// What is known about the host's files, as values. Whoever has a file system gathers them
// (rollout/host_facts.h, cli); nobody in the core looks at a disk.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit_settings.h"
#include "audit/policy_load.h"
#include "text/source_text.h"

namespace kaudit::check {

struct PathFact {
  enum class Kind : std::uint8_t {
    Missing,
    File,
    Directory,
    Socket,
    CharDevice,
    BlockDevice,
    Other,
    Unknown
  };
  Kind kind = Kind::Unknown;
  std::uint64_t size = 0;  // bytes
  std::uint32_t mode = 0;  // permission bits
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::int64_t modified = 0;  // its content; seconds since 1970, UTC
};

// Rotated logs that the limits of the result would make the API server delete.
struct LogDeletionFact {
  std::size_t count = 0;
  std::string oldest;  // "2026-01-31"
};

// The policy file as the API server would read it.
struct HostPolicy {
  std::shared_ptr<const text::SourceText> source;  // named as a person finds it
  audit::LoadedPolicy loaded;

  // Why kube-apiserver refuses it; nothing where it does not, or where that cannot be told.
  std::optional<std::string> problem() const { return audit::first_problem(loaded, *source); }
};

struct HostFacts {
  std::map<std::string, PathFact, std::less<>> paths;  // by clean host path
  // Files in the static Pod directory that define the same Pod, as a person finds them.
  std::vector<std::string> siblings;
  std::optional<std::string>
      webhook_config_problem;  // why the webhook's kubeconfig cannot be loaded
  // Of manifest and siblings the one that the kubelet runs, as a person finds it; "" without
  // siblings.
  std::string runs;
  // Of manifest and siblings the one that the running API server has its settings from, where
  // exactly one fits; "" otherwise.
  std::string runs_now;
  // The audit settings in the arguments of the newest API server that runs; absent: none does, or
  // it cannot be told.
  std::optional<audit::AuditSettings> running;
  std::optional<PathFact> manifest;       // the manifest itself
  std::optional<std::uint64_t> log_free;  // bytes that are free where the log lies
  std::uint64_t log_used = 0;             // bytes of the log and its rotated ones
  // When the running API server was started; seconds since 1970, UTC. Absent: none runs, or it
  // cannot be told.
  std::optional<std::int64_t> api_server_started;
  std::optional<HostPolicy> policy;  // where the file could be read and is not empty
  std::string root;  // how a person names the node's "/" from outside: "" or "/mnt/node"

  // A path of the node as a person finds it, for messages.
  std::string shown(std::string_view path) const { return root + std::string(path); }

  // Unknown for a path that nobody looked at.
  PathFact at(std::string_view path) const {
    const auto found = paths.find(path);
    return found == paths.end() ? PathFact{} : found->second;
  }
};

}  // namespace kaudit::check
