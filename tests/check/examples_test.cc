// testdata/check/RULE: what breaks a rule and what keeps it, written by hand (testdata/README.md).

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <charconv>
#include <filesystem>
#include <map>
#include <set>

#include "check/check_configuration.h"
#include "check/check_host.h"
#include "check/check_manifest.h"
#include "check/rules.h"
#include "check/running_settings.h"
#include "support/policies.h"
#include "support/rule_mutants.h"
#include "support/text_files.h"

namespace kaudit::check {
namespace {

namespace fs = std::filesystem;

using support::lines_of;
using support::read_text_file;

const fs::path kFolder = fs::path(KAUDIT_TESTDATA) / "check";

std::vector<std::string> words_of(std::string_view line) {
  line = line.substr(0, line.find('#'));
  std::vector<std::string> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) words.emplace_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

template <typename T>
T number(std::string_view digits, int base = 10) {
  T value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || end != digits.data() + digits.size())
    ADD_FAILURE() << "no number: " << digits;
  return value;
}

PathFact fact_of(const std::vector<std::string>& words) {
  if (words.at(1) == "missing") return {PathFact::Kind::Missing, 0, 0, 0, 0, 0};
  PathFact fact;
  fact.kind = words[1] == "directory" ? PathFact::Kind::Directory : PathFact::Kind::File;
  fact.mode = number<std::uint32_t>(words.at(2), 8);
  const std::string& owner = words.at(3);
  fact.uid = number<std::uint32_t>(std::string_view(owner).substr(0, owner.find(':')));
  fact.gid = number<std::uint32_t>(std::string_view(owner).substr(owner.find(':') + 1));
  if (words.size() > 4) fact.size = number<std::uint64_t>(words[4]);
  if (words.size() > 5) fact.modified = number<std::int64_t>(words[5]);
  return fact;
}

struct Host {
  bool is_looked_at = false;
  HostFacts facts;
  LogDeletionFact deletion;
};

void read_host_line(const std::string& line, Host& host) {
  const std::vector<std::string> words = words_of(line);
  if (words.empty()) return;
  const std::string rest = line.substr(std::min(line.find(' ') + 1, line.size()));
  HostFacts& facts = host.facts;
  if (words[0].starts_with('/'))
    facts.paths[words[0]] = fact_of(words);
  else if (words[0] == "sibling")
    facts.siblings.push_back(words.at(1));
  else if (words[0] == "runs")
    facts.runs = words.at(1);
  else if (words[0] == "runs-now")
    facts.runs_now = words.at(1);
  else if (words[0] == "running")
    facts.running = running_settings(words_of("kube-apiserver " + rest));
  else if (words[0] == "manifest")
    facts.manifest = fact_of({"", "file", words.at(1), words.at(2)});
  else if (words[0] == "log-free")
    facts.log_free = number<std::uint64_t>(words.at(1));
  else if (words[0] == "log-used")
    facts.log_used = number<std::uint64_t>(words.at(1));
  else if (words[0] == "started")
    facts.api_server_started = number<std::int64_t>(words.at(1));
  else if (words[0] == "policy")
    facts.policy = support::host_policy(rest);
  else if (words[0] == "webhook-problem")
    facts.webhook_config_problem = rest;
  else if (words[0] == "delete")
    host.deletion = {number<std::size_t>(words.at(1)), words.at(2)};
  else
    ADD_FAILURE() << "unknown: " << line;
}

Host read_host(const fs::path& folder, const std::string& lines) {
  Host host;
  host.is_looked_at = !lines.empty();
  for (const std::string& line : lines_of(lines)) read_host_line(line, host);
  if (const fs::path file = folder / "policy.yaml"; fs::exists(file)) {
    host.is_looked_at = true;
    host.facts.policy = support::host_policy(read_text_file(file));
  }
  return host;
}

// What FOLDER/STEM.host says, "" without such a file.
std::string host_lines(const fs::path& folder, const std::string& stem) {
  const fs::path file = folder / (stem + ".host");
  return fs::exists(file) ? read_text_file(file) : std::string();
}

std::vector<audit::ReferredFile> webhook_files(const fs::path& folder) {
  std::vector<audit::ReferredFile> files;
  if (!fs::exists(folder / "webhook-files")) return files;
  for (const std::string& line : lines_of(read_text_file(folder / "webhook-files"))) {
    const std::vector<std::string> words = words_of(line);
    if (!words.empty()) files.push_back({words.at(0), words.at(1)});
  }
  return files;
}

// Adds what --kubeadm-config shows, where the folder has a kubeadm.yaml.
void compare(const fs::path& folder, CheckedManifest& manifest) {
  const fs::path file = folder / "kubeadm.yaml";
  if (!fs::exists(file)) return;
  const auto source =
      std::make_shared<const text::SourceText>("kubeadm.yaml", read_text_file(file));
  const CheckedManifest config = check_manifest(source, {});
  ASSERT_FALSE(config.error) << config.error->message;
  add_findings(manifest,
               check_upgrade(manifest.api_server, manifest.version, manifest.source->name(),
                             {&config.api_server, source.get(), config.mend_first}));
}

// What `kaudit check` finds in a manifest on such a host.
CheckedManifest check(const fs::path& folder, std::string bytes, const Host& host,
                      const std::vector<audit::ReferredFile>& files) {
  CheckedManifest manifest = check_manifest(
      std::make_shared<const text::SourceText>("manifest", std::move(bytes)), {}, files);
  if (!manifest.error) compare(folder, manifest);
  if (manifest.error || !host.is_looked_at) return manifest;
  settle_by_host(manifest.findings, manifest.api_server, host.facts);
  add_findings(manifest, check_host(manifest.api_server, files, host.facts));
  add_findings(manifest, audit_host(manifest.api_server, manifest.version, files, host.facts));
  if (auto deletion = check_log_deletion(manifest.api_server, host.deletion)) {
    deletion->severity = Severity::Warning;
    add_findings(manifest, {*deletion});
  }
  return manifest;
}

// "failing" or "failing-VARIANT" of a file, "" for other files.
std::string stem_of(const fs::path& file, std::string_view prefix) {
  const std::string name = file.filename().string();
  const std::string extension = file.extension().string();
  if (!name.starts_with(prefix) || (extension != ".yaml" && extension != ".json")) return {};
  return name.substr(0, name.size() - extension.size());
}

std::string shown(const CheckedManifest& manifest, const Finding& finding) {
  const text::Position at =
      finding.place ? manifest.source->position(finding.place->begin) : text::Position{0, 0};
  return fmt::format("{}:{} {}", at.line, at.column, to_string(finding.severity));
}

std::string all_of(const CheckedManifest& manifest) {
  std::string out = manifest.error ? "refused: " + manifest.error->message + "\n" : "";
  for (const Finding& finding : manifest.findings)
    out += fmt::format("{} [{}] {}\n", shown(manifest, finding), finding.rule, finding.message);
  return out;
}

// A line of `failing`'s finding, and no others but those that it cannot avoid.
void expect_broken(const fs::path& folder, const fs::path& file, const std::string& stem) {
  const std::string rule = folder.filename().string();
  const std::vector<std::string> wanted =
      lines_of(read_text_file(folder / ("finding" + stem.substr(7))));
  std::set<std::string> also;
  if (fs::exists(folder / "also")) {
    for (const std::string& line : lines_of(read_text_file(folder / "also")))
      also.insert(words_of(line).at(0));
  }
  const CheckedManifest manifest =
      check(folder, read_text_file(file), read_host(folder, host_lines(folder, stem)),
            webhook_files(folder));
  bool found = false;
  for (const Finding& finding : manifest.findings) {
    const bool same = finding.rule == rule && shown(manifest, finding) == wanted.at(0);
    if (same && finding.message.find(wanted.at(1)) != std::string::npos) found = true;
    EXPECT_TRUE(finding.rule == rule || also.contains(std::string(finding.rule)))
        << file << ": unexpected " << finding.rule << ": " << finding.message;
  }
  EXPECT_TRUE(found) << file << ": wanted " << wanted[0] << " " << wanted[1] << "\nfound\n"
                     << all_of(manifest);
}

TEST(Examples, BreakAndKeepEveryRule) {
  for (const Rule& row : all_rules()) {
    if (row.group == RuleGroup::Policy) continue;  // testdata/policy, policy_examples_test.cc
    const fs::path folder = kFolder / row.id;
    ASSERT_TRUE(fs::is_directory(folder)) << "no example of " << row.id;
    std::size_t failing = 0;
    std::size_t passing = 0;
    for (const fs::path& file : support::files_below(folder)) {
      if (const std::string stem = stem_of(file, "failing"); !stem.empty()) {
        ++failing;
        expect_broken(folder, file, stem);
      } else if (const std::string right = stem_of(file, "passing"); !right.empty()) {
        ++passing;
        const std::string said =
            all_of(check(folder, read_text_file(file), read_host(folder, host_lines(folder, right)),
                         webhook_files(folder)));
        EXPECT_EQ(said, "") << file;
      }
    }
    EXPECT_GT(failing, 0U) << row.id;
    EXPECT_GT(passing, 0U) << row.id;
  }
}

TEST(Examples, AreOfRulesThatExist) {
  for (const fs::directory_entry& entry : fs::directory_iterator(kFolder))
    EXPECT_NE(find_rule(entry.path().filename().string()), nullptr) << entry.path();
}

bool finds(const CheckedManifest& manifest, std::string_view rule) {
  return std::any_of(manifest.findings.begin(), manifest.findings.end(),
                     [&](const Finding& f) { return f.rule == rule; });
}

// Whether a small mistake in what keeps the rule, or on its host, breaks it.
bool can_be_broken(const Rule& row, const fs::path& folder, const fs::path& file) {
  const std::string lines = host_lines(folder, stem_of(file, "passing"));
  const std::vector<audit::ReferredFile> files = webhook_files(folder);
  const std::string manifest = read_text_file(file);
  if (row.group == RuleGroup::Host) {
    return support::any_host_mutant(lines, [&](const std::string& mutant) {
      return finds(check(folder, manifest, read_host(folder, mutant), files), row.id);
    });
  }
  const Host host = read_host(folder, lines);
  return support::any_rule_mutant(manifest, [&](std::string mutant) {
    return finds(check(folder, std::move(mutant), host, files), row.id);
  });
}

// A rule that no small mistake can raise would find nothing in real manifests.
TEST(Examples, MutantsOfWhatKeepsARuleCanBreakIt) {
  for (const Rule& row : all_rules()) {
    if (row.group == RuleGroup::Policy) continue;
    const fs::path folder = kFolder / row.id;
    bool raised = false;
    for (const fs::path& file : support::files_below(folder)) {
      if (raised || stem_of(file, "passing").empty()) continue;
      raised = can_be_broken(row, folder, file);
    }
    EXPECT_TRUE(raised) << "no mutant raises " << row.id;
  }
}

}  // namespace
}  // namespace kaudit::check
