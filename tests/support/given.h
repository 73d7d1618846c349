// The vocabulary of tests that speak of a whole manifest:
//
//   Given(pod({...})).Enable("--audit-log-path=/x").Plans("argument before 1: + …")
//   Given(text).Disable().Produces(text)
//   Given(text).Enable().Refuses("message", line, column)
#pragma once

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/flag_table.h"
#include "edit/patch.h"
#include "edit/plan.h"
#include "kube/pod_manifest.h"
#include "support/dump.h"
#include "yaml/parse.h"

namespace kaudit::support {

// A request in the making, and what comes of it.
class Given {
 public:
  explicit Given(std::string manifest) : source_(source(std::move(manifest))) {}

  // "--audit-log-path=/x --audit-log-maxage=3": words parted by blanks.
  Given& Enable(std::string_view flags = "") {
    request_.kind = edit::PatchRequest::Kind::Enable;
    while (!flags.empty()) {
      const std::string_view word = flags.substr(0, flags.find(' '));
      flags.remove_prefix(std::min(word.size() + 1, flags.size()));
      const std::size_t equals = word.find('=');
      const audit::FlagInfo* info = audit::find_flag(word.substr(2, equals - 2));
      if (info == nullptr) {
        ADD_FAILURE() << "no audit flag: " << word;
        continue;
      }
      request_.plan.given.set(info->flag, std::string(word.substr(equals + 1)));
    }
    return *this;
  }
  Given& Disable() {
    request_.kind = edit::PatchRequest::Kind::Disable;
    return *this;
  }
  // `policy install`; without a SHA-256 nothing must restart.
  Given& InstallPolicy(std::optional<std::string> sha256) {
    request_.kind = edit::PatchRequest::Kind::Policy;
    request_.plan.policy_sha256 = std::move(sha256);
    return *this;
  }
  Given& HostPath(std::string container, std::string host) {
    request_.plan.host_paths.push_back({std::move(container), std::move(host)});
    return *this;
  }
  Given& Version(int minor) {
    request_.plan.version = kube::KubernetesVersion{1, minor, {}};
    return *this;
  }
  Given& Profile(check::Benchmark benchmark) {
    request_.plan.profile = benchmark;
    return *this;
  }
  Given& Live() {
    request_.plan.live = true;
    return *this;
  }
  Given& OnHost(std::string path, check::PathFact::Kind kind) {
    request_.plan.facts.paths[std::move(path)].kind = kind;
    return *this;
  }
  Given& PolicyReplaced(std::string sha256) {
    request_.plan.policy_sha256 = std::move(sha256);
    return *this;
  }
  Given& WebhookNames(std::string field, std::string path) {
    request_.plan.webhook_files.push_back({std::move(field), std::move(path)});
    return *this;
  }

  // The changes of the plan, one a line.
  std::string plan() const {
    const auto document = yaml::parse(source_);
    if (!document) return "unreadable: " + said(document.error(), *source_);
    const auto pod = kube::read_pod_manifest(*document, audit::arity_of);
    if (!pod) return "unreadable: " + said(pod.error(), *source_);
    const auto plan = request_.kind == edit::PatchRequest::Kind::Enable
                          ? edit::plan_enable(pod->api_server, request_.plan)
                      : request_.kind == edit::PatchRequest::Kind::Disable
                          ? edit::plan_disable(pod->api_server, request_.plan)
                          : edit::plan_policy(pod->api_server, request_.plan);
    if (!plan) return "refused: " + said(plan.error(), *source_);
    std::string out;
    for (const edit::Change& change : plan->changes) out += edit::to_string(change) + "\n";
    return out;
  }

  // What the report says about the flags: "Changed --audit-log-maxage=30 (given; it was 7)".
  std::string flag_steps() const {
    const auto patch = edit::patch(source_, request_);
    if (!patch) return "refused: " + said(patch.error(), *source_);
    using Action = edit::Step::Action;
    std::string out;
    for (const edit::Step& step : patch->plan.steps) {
      if (!step.what.starts_with("--")) continue;
      const std::string_view action = step.action == Action::Added       ? "Added"
                                      : step.action == Action::Changed   ? "Changed"
                                      : step.action == Action::Removed   ? "Removed"
                                      : step.action == Action::LeftAlone ? "LeftAlone"
                                                                         : "Kept";
      out += fmt::format("{} {} ({})\n", action, step.what, step.why);
    }
    return out;
  }

  // The resulting text, proven; or the refusal.
  std::string result() const {
    const auto patch = edit::patch(source_, request_);
    if (!patch) return "refused: " + said(patch.error(), *source_);
    return std::string(patch->result->bytes());
  }

  // The plan has exactly these changes, and the whole way to a proven text can be gone.
  void Plans(std::string_view changes) const {
    EXPECT_EQ(plan(), changes);
    const auto patch = edit::patch(source_, request_);
    EXPECT_TRUE(patch) << (patch ? "" : said(patch.error(), *source_));
  }
  void Produces(std::string_view text) const { EXPECT_EQ(result(), text); }
  void ChangesNothing() const {
    EXPECT_EQ(plan(), "");
    Produces(source_->bytes());
  }
  // The whole message, and its place; line 0 for none.
  void Refuses(std::string_view message, std::size_t line = 0, std::size_t column = 0) const {
    const auto patch = edit::patch(source_, request_);
    ASSERT_FALSE(patch) << patch->result->bytes();
    EXPECT_EQ(patch.error().message, message);
    EXPECT_FALSE(patch.error().hint.empty());
    const auto& place = patch.error().place;
    const text::Position at = place ? source_->position(place->begin) : text::Position{0, 0};
    EXPECT_EQ(fmt::format("{}:{}", at.line, at.column),
              fmt::format("{}:{}", line, place ? column : at.column));
  }

 private:
  std::shared_ptr<const text::SourceText> source_;
  edit::PatchRequest request_;
};

// What a static Pod of kube-apiserver is made of; the rest is always the same.
struct Pod {
  std::vector<std::string> flags = {"--secure-port=6443"};
  // "NAME PATH", "NAME PATH TYPE"; a name alone is an emptyDir.
  std::vector<std::string> volumes = {};
  // "NAME PATH", "NAME PATH ro"; a further word is a subPath.
  std::vector<std::string> mounts = {};
  std::string image = "registry.k8s.io/kube-apiserver:v1.29.4";
  std::string metadata = "  name: kube-apiserver\n";
  std::string container = {};  // further lines of the container
  std::string spec = {};       // further lines of the spec
};

// The settings, volumes and mounts of a Pod in which auditing is on and nothing is wrong.
inline constexpr const char* kPolicyFlag =
    "--audit-policy-file=/etc/kubernetes/audit/audit-policy.yaml";
inline constexpr const char* kLogFlag = "--audit-log-path=/var/log/kubernetes/audit/audit.log";
inline constexpr const char* kPolicyVolume =
    "audit-policy /etc/kubernetes/audit/audit-policy.yaml File";
inline constexpr const char* kPolicyMount =
    "audit-policy /etc/kubernetes/audit/audit-policy.yaml ro";
inline constexpr const char* kLogVolume = "audit-log /var/log/kubernetes/audit DirectoryOrCreate";
inline constexpr const char* kLogMount = "audit-log /var/log/kubernetes/audit";

inline std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (!line.empty()) {
    const std::string_view word = line.substr(0, line.find(' '));
    words.emplace_back(word);
    line.remove_prefix(std::min(word.size() + 1, line.size()));
  }
  return words;
}

// As kubeadm lays a Pod out.
inline std::string text_of(const Pod& pod) {
  std::string out = "apiVersion: v1\nkind: Pod\n";
  if (!pod.metadata.empty()) out += "metadata:\n" + pod.metadata;
  out += "spec:\n  containers:\n  - command:\n    - kube-apiserver\n";
  for (const std::string& flag : pod.flags) out += "    - " + flag + "\n";
  out += "    image: " + pod.image + "\n    name: kube-apiserver\n" + pod.container;
  if (!pod.mounts.empty()) out += "    volumeMounts:\n";
  for (const std::string& line : pod.mounts) {
    const std::vector<std::string> w = words_of(line);
    out += fmt::format("    - mountPath: {}\n      name: {}\n", w[1], w[0]);
    if (w.size() > 2 && w[2] == "ro") out += "      readOnly: true\n";
    if (w.size() > 3) out += fmt::format("      subPath: {}\n", w[3]);
  }
  out += pod.spec;
  if (!pod.volumes.empty()) out += "  volumes:\n";
  for (const std::string& line : pod.volumes) {
    const std::vector<std::string> w = words_of(line);
    if (w.size() == 1) {
      out += fmt::format("  - emptyDir: {{}}\n    name: {}\n", w[0]);
      continue;
    }
    out += fmt::format("  - hostPath:\n      path: {}\n", w[1]);
    if (w.size() > 2) out += fmt::format("      type: {}\n", w[2]);
    out += fmt::format("    name: {}\n", w[0]);
  }
  return out;
}

inline Given given(const Pod& pod) {
  return Given(text_of(pod));
}

}  // namespace kaudit::support
