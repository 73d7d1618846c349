#include "cli/host_inspection.h"

#include <fmt/core.h>

#include <algorithm>

#include "check/check_api_server.h"
#include "check/check_host.h"
#include "check/check_manifest.h"
#include "check/running_settings.h"
#include "host/node_path.h"
#include "host/posix_process_table.h"
#include "host/system_clock.h"
#include "kube/node_paths.h"
#include "kube/pod_manifest.h"
#include "rollout/api_server_process.h"
#include "rollout/host_facts.h"
#include "rollout/manifest_lock.h"
#include "rollout/policy_file.h"
#include "yaml/parse.h"

namespace kaudit::cli {

std::optional<std::string> host_of(const kube::ApiServer& server, std::string_view value) {
  const auto path = value.starts_with('/') ? kube::clean_path(value) : std::nullopt;
  return path ? check::on_host(server, *path) : std::nullopt;
}

std::optional<std::string> webhook_on_host(const kube::ApiServer& server) {
  return host_of(server, check::effective_settings(server).webhook_config_file());
}

namespace {

using audit::AuditFlag;
using check::PathFact;

constexpr std::size_t kKubeconfigLimit = std::size_t{1} << 20;

// "/mnt/node/" or "/mnt/node" gives "/mnt/node".
std::string without_last_slash(std::string path) {
  if (path.ends_with('/')) path.pop_back();
  return path;
}

PathFact::Kind kind_of(host::FileKind kind) {
  switch (kind) {
    case host::FileKind::Regular:
      return PathFact::Kind::File;
    case host::FileKind::Directory:
      return PathFact::Kind::Directory;
    case host::FileKind::Socket:
      return PathFact::Kind::Socket;
    case host::FileKind::CharDevice:
      return PathFact::Kind::CharDevice;
    case host::FileKind::BlockDevice:
      return PathFact::Kind::BlockDevice;
    case host::FileKind::Fifo:
      return PathFact::Kind::Other;
  }
  return PathFact::Kind::Unknown;
}

PathFact fact_of(const rollout::PathFact& seen) {
  if (seen.unknown) return {};
  if (!seen.status) return {PathFact::Kind::Missing, 0, 0, 0, 0, 0};
  return {kind_of(seen.status->kind), seen.status->size, seen.status->mode,
          seen.status->uid,           seen.status->gid,  seen.status->modified.seconds};
}

std::vector<std::string> siblings_of(const Node& node, const Liveness& liveness,
                                     const kube::ApiServer& server) {
  std::vector<std::string> names;
  const std::string directory = host::parent_path(node.manifest);
  const auto files =
      rollout::sibling_files(*node.node_files, directory, host::base_name(liveness.canonical));
  if (!files) return names;
  const kube::PodName own{server.pod_namespace, server.pod_name};
  for (const rollout::SiblingFile& file : *files) {
    if (!file.bytes || host::base_name(file.path) == host::base_name(node.manifest)) continue;
    const auto document =
        yaml::parse(std::make_shared<const text::SourceText>(file.path, *file.bytes));
    if (document && kube::pod_name_of(*document) == own)
      names.push_back(node.node_files->shown(file.path));
  }
  return names;
}

rollout::RotationLimits limits_of(const audit::AuditSettings& settings,
                                  const kube::KubernetesVersion& version) {
  return {settings.integer(AuditFlag::LogMaxAge, version).value_or(0),
          settings.integer(AuditFlag::LogMaxBackup, version).value_or(0)};
}

// The files that the webhook's kubeconfig names; `problem` says why one that is there cannot be
// loaded. A missing one is a finding of its own.
std::vector<audit::ReferredFile> webhook_files(const Node& node, const kube::ApiServer& server,
                                               std::optional<std::string>& problem) {
  const audit::AuditSettings settings = check::effective_settings(server);
  if (!settings.has_webhook_backend()) return {};
  const auto path = kube::clean_path(settings.webhook_config_file());
  const auto host = path ? check::on_host(server, *path) : std::nullopt;
  if (!host || !node.node_files->status(*host)) return {};
  const auto bytes = node.node_files->read_file(*host, kKubeconfigLimit);
  if (!bytes) {
    problem = bytes.error().message;
    return {};
  }
  auto files =
      audit::files_of_kubeconfig(std::make_shared<const text::SourceText>(*host, *bytes), *path);
  if (files) return std::move(*files);
  problem = files.error().message;
  return {};
}

// Of manifest and siblings the one that the kubelet runs: the last by name
// (pkg/kubelet/config/file.go, extractFromDir).
std::string file_that_runs(const Node& node, const std::vector<std::string>& siblings) {
  if (siblings.empty()) return {};
  return std::max(node.node_files->shown(node.manifest),
                  *std::max_element(siblings.begin(), siblings.end()));
}

std::optional<check::HostPolicy> policy_on(const Node& node, const kube::ApiServer& server,
                                           const kube::KubernetesVersion& version) {
  const auto path = host_of(server, check::effective_settings(server).policy_file());
  if (!path) return {};
  auto bytes = node.node_files->read_file(*path, rollout::kPolicyLimit);
  if (!bytes || bytes->empty()) return {};
  auto source =
      std::make_shared<const text::SourceText>(node.node_files->shown(*path), std::move(*bytes));
  audit::LoadedPolicy loaded = audit::load_policy(source, version);
  return check::HostPolicy{std::move(source), std::move(loaded)};
}

// Of manifest and siblings the one whose settings the running API server has, if only one has them.
std::string file_that_fits(const Node& node, const kube::ApiServer& server,
                           const check::HostFacts& facts) {
  std::vector<std::string> fitting;
  if (check::differing_flags(check::expected_settings(server), *facts.running).empty())
    fitting.push_back(node.node_files->shown(node.manifest));
  for (const std::string& sibling : facts.siblings) {
    const auto bytes = node.node_files->read_file(sibling, rollout::kManifestLimit);
    if (!bytes) continue;
    const check::CheckedManifest other =
        check::check_manifest(std::make_shared<const text::SourceText>(sibling, *bytes), {});
    if (!other.error &&
        check::differing_flags(check::expected_settings(other.api_server), *facts.running).empty())
      fitting.push_back(sibling);
  }
  return fitting.size() == 1 ? fitting.front() : std::string();
}

void look_at_log(const Node& node, const std::string& host, check::HostFacts& facts) {
  facts.log_used = rollout::log_facts(*node.node_files, host).used_bytes;
  // The directory may not be there yet; then its file system is that of the nearest one that is.
  std::string directory = host::parent_path(host);
  while (directory != "/" && !node.node_files->status(directory))
    directory = host::parent_path(directory);
  if (const auto free = node.node_files->free_bytes(directory)) facts.log_free = *free;
}

}  // namespace

void look_closer(const Node& node, const Liveness& liveness, const kube::ApiServer& server,
                 check::HostFacts& facts) {
  facts.runs = file_that_runs(node, facts.siblings);
  if (liveness.live) facts.manifest = fact_of(rollout::look_at(*node.node_files, node.manifest));
  const audit::AuditSettings settings = check::effective_settings(server);
  if (const auto log = host_of(server, settings.log_path())) look_at_log(node, *log, facts);
  if (!node.at_root || !liveness.live) return;
  const auto processes = host::PosixProcessTable().processes();
  if (!processes) return;
  facts.api_server_started = rollout::api_server_started(*processes);
  const host::Process* newest = rollout::newest_api_server(*processes);
  if (newest == nullptr) return;
  facts.running = check::running_settings(newest->argv);
  facts.runs_now = file_that_fits(node, server, facts);
}

bool checks_host(const Options& options, const Liveness& liveness) {
  return options.host_checks == HostChecks::On ||
         (options.host_checks == HostChecks::Auto && liveness.live);
}

HostView look_at_host(const Node& node, const Liveness& liveness, const kube::ApiServer& server,
                      const kube::KubernetesVersion& version,
                      const std::vector<std::string>& further) {
  HostView view;
  check::HostFacts& facts = view.facts;
  view.webhook_files = webhook_files(node, server, facts.webhook_config_problem);
  if (!node.at_root) facts.root = without_last_slash(node.node_files->shown("/"));
  const auto look = [&](const std::vector<std::string>& paths) {
    for (const std::string& path : paths)
      facts.paths[path] = fact_of(rollout::look_at(*node.node_files, path));
  };
  look(check::host_paths_to_look_at(server, view.webhook_files));
  look(further);
  facts.policy = policy_on(node, server, version);
  if (liveness.live) facts.siblings = siblings_of(node, liveness, server);
  return view;
}

std::optional<text::Error> objection(const std::vector<check::Finding>& findings) {
  const auto bad = std::find_if(findings.begin(), findings.end(), [](const check::Finding& f) {
    return f.severity == check::Severity::Error;
  });
  if (bad == findings.end()) return {};
  // Lost logs have an option of their own, which the fix names.
  const bool deletion = bad->rule == "retention-would-delete";
  return text::Error{text::ErrorKind::Unsafe,
                     fmt::format("{}; {}", bad->message, bad->consequence),
                     deletion ? bad->fix : bad->fix + "; --force skips this check",
                     {}};
}

std::optional<text::Error> objection_to(const Node& node, const Liveness& liveness,
                                        const std::string& bytes,
                                        const std::optional<rollout::PolicyPlan>& policy) {
  const auto document =
      yaml::parse(std::make_shared<const text::SourceText>(node.shown_manifest, bytes));
  if (!document) return {};
  const auto pod = kube::read_pod_manifest(*document, audit::arity_of);
  if (!pod) return {};
  const auto version = pod->api_server.version.value_or(kube::kNewestKnown);
  HostView view = look_at_host(node, liveness, pod->api_server, version);
  if (policy) expect_policy(node, pod->api_server, version, *policy, view.facts);
  return objection(check::check_host(pod->api_server, view.webhook_files, view.facts));
}

void expect_policy(const Node& node, const kube::ApiServer& server,
                   const kube::KubernetesVersion& version, const rollout::PolicyPlan& policy,
                   check::HostFacts& facts) {
  const auto host = host_of(server, check::effective_settings(server).policy_file());
  if (!host || policy.action == rollout::PolicyAction::Unchanged) return;
  if (node.node_files->canonical_path(*host).value_or(*host) != policy.path) return;
  PathFact file = facts.at(*host);
  file.kind = PathFact::Kind::File;
  file.size = policy.after.size();
  if (policy.attributes) {
    file.mode = policy.attributes->mode;
    file.uid = policy.attributes->uid.value_or(0);
    file.gid = policy.attributes->gid.value_or(0);
  }
  facts.paths[*host] = file;
  // Directories are made as far as they are missing.
  for (std::string up = host::parent_path(*host); up != "/"; up = host::parent_path(up)) {
    const auto seen = facts.paths.find(up);
    if (seen != facts.paths.end() && seen->second.kind == PathFact::Kind::Missing)
      seen->second = {PathFact::Kind::Directory, 0, 0755, 0, 0, 0};
  }
  auto source =
      std::make_shared<const text::SourceText>(node.node_files->shown(policy.path), policy.after);
  audit::LoadedPolicy loaded = audit::load_policy(source, version);
  facts.policy = check::HostPolicy{std::move(source), std::move(loaded)};
}

check::LogDeletionFact log_deletion(const Node& node, const kube::ApiServer& after,
                                    const kube::KubernetesVersion& version,
                                    const audit::AuditSettings& before) {
  const audit::AuditSettings settings = check::effective_settings(after);
  const auto log = settings.logs_to_stdout() ? std::nullopt : kube::clean_path(settings.log_path());
  const auto host = log ? check::on_host(after, *log) : std::nullopt;
  if (!host) return {};
  const rollout::LogFacts facts = rollout::log_facts(*node.node_files, *host);
  const host::UtcTime now = host::SystemClock().utc_now();
  const rollout::LogDeletion next =
      rollout::logs_to_be_deleted(facts.rotated, limits_of(settings, version), now);
  // What the present limits delete anyway is not this change's doing.
  const bool same_log = kube::clean_path(before.log_path()) == log;
  const std::size_t anyway =
      same_log ? rollout::logs_to_be_deleted(facts.rotated, limits_of(before, version), now).count
               : 0;
  if (next.count <= anyway || !next.oldest) return {};
  return {next.count, host::to_date(*next.oldest)};
}

}  // namespace kaudit::cli
