// Hardening benchmarks: what they ask of auditing, and whether an API server meets it.
//
// CIS Kubernetes Benchmark by the profiles of kube-bench (cfg/cis-*/master.yaml, controlplane.yaml;
// cfg/config.yaml, version_mapping), DISA Kubernetes STIG by its check texts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "check/host_facts.h"
#include "kube/api_server.h"
#include "kube/kubernetes_version.h"

namespace kaudit::check {

enum class Benchmark : std::uint8_t { Cis, Stig };

// What the three limits must at least be, in both benchmarks.
inline constexpr std::int64_t kBenchmarkMaxAge = 30;     // days
inline constexpr std::int64_t kBenchmarkMaxBackup = 10;  // files
inline constexpr std::int64_t kBenchmarkMaxSize = 100;   // MiB

enum class ControlState : std::uint8_t { Pass, Fail, Manual };
std::string_view to_string(ControlState state);  // "pass", …

struct ControlResult {
  std::string number;  // "1.2.16", "V-242462"
  std::string title;   // what it asks, one phrase
  ControlState state = ControlState::Manual;
  std::string value;   // what was found: "30", "not set"
  std::string remark;  // why it is manual or fails, "" if there is nothing to say
};

// "CIS 1.9 (Kubernetes 1.27)", "DISA Kubernetes STIG": the benchmark's edition for the release.
std::string edition(Benchmark benchmark, const kube::KubernetesVersion& version);

// All controls about auditing, in the benchmark's order. `facts` may be empty: what depends on the
// host is manual then.
std::vector<ControlResult> assess_benchmark(Benchmark benchmark, const kube::ApiServer& server,
                                            const kube::KubernetesVersion& version,
                                            const HostFacts& facts);

// The controls that a rule's finding breaks, of both benchmarks: "CIS-1.9:1.2.17",
// "STIG:V-242464". `subject` is the finding's, because a rule may speak of several flags. Empty for
// most rules.
std::vector<std::string> controls_of(std::string_view rule, std::string_view subject,
                                     const kube::KubernetesVersion& version);

}  // namespace kaudit::check
