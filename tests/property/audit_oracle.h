// What a manifest says about auditing, read by libyaml and judged by rules that are written here a
// second time, so that a mistake in kaudit's reading cannot excuse a mistake in its writing.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/libyaml_referee.h"

namespace kaudit::support {

struct OracleVolume {
  std::string name;
  std::optional<std::string> host;  // of a hostPath
  std::string type;
  bool operator==(const OracleVolume&) const = default;
};

struct OracleMount {
  std::string name;
  std::string path;
  bool read_only = false;
  bool by_expression = false;  // subPathExpr: nothing can be said
  bool operator==(const OracleMount&) const = default;
};

// What a static Pod, or kubeadm's ClusterConfiguration, says.
struct OraclePod {
  std::optional<std::size_t> configuration;  // the node of a ClusterConfiguration; then no Pod's
  std::size_t spec = 0;                      // nodes of the tree
  std::size_t container = 0;
  std::optional<std::size_t> metadata;
  std::optional<int> minor;            // release 1.N, from the image
  std::vector<std::string> arguments;  // command and args
  std::vector<bool> is_audit;          // parallel: names an audit flag, or is the value of one
  std::map<std::string, std::string> flags;  // the audit flags that count, names with dashes
  std::vector<std::pair<std::string, std::string>> all_values;  // of all audit flags, in order
  bool lacks_a_value = false;  // the last argument is an audit flag that wants one
  std::vector<OracleVolume> volumes;
  std::vector<OracleMount> mounts;
  // volumes or volumeMounts is null or []; args, where it would be filled; so for kubeadm's keys
  bool has_empty_list = false;
  bool has_annotation = false;  // kaudit.io/policy-sha256
};

// Nothing where no container runs kube-apiserver and no document is a ClusterConfiguration.
std::optional<OraclePod> read_oracle_pod(const RefereeTree& tree);

// "" for a path that no mount can be told for: relative, with "..", with $(VARIABLES), or "-".
std::string oracle_clean(std::string_view path);
std::string oracle_directory(std::string_view clean_path);

// What the given flags must lead to. All functions below add a line per broken promise.
struct Asked {
  std::map<std::string, std::string> given;  // names with dashes
  std::vector<std::string> webhook_files;
  bool sets_annotation = false;
  std::optional<int> minor;  // of the release, where it is given
};

void judge_enabled(const OraclePod& before, const OraclePod& after, const Asked& asked,
                   std::vector<std::string>& broken);
void judge_disabled(const OraclePod& before, const OraclePod& after, const Asked& asked,
                    std::vector<std::string>& broken);
// Everything outside command, args, volumeMounts, volumes and the annotation is the same, and
// everything outside extraArgs and extraVolumes.
void judge_the_rest(const RefereeTree& before, const OraclePod& pod_before,
                    const RefereeTree& after, const OraclePod& pod_after,
                    std::vector<std::string>& broken);

// Whether `disable` must give back the bytes of a manifest that `enable` changes by insertions
// alone.
bool is_untouched_by_auditing(const OraclePod& pod, const Asked& asked);

}  // namespace kaudit::support
