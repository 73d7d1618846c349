// What was done, for people and for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/output.h"
#include "edit/patch.h"

namespace kaudit::cli {

inline constexpr int kSchemaVersion = 1;  // of all JSON that kaudit prints

// Said after a live manifest got other bytes.
inline constexpr std::string_view kRestartsNow = "the kubelet restarts the API server now";
// Said behind a dry run.
inline constexpr std::string_view kWouldBeRefused = "without --dry-run this would be refused";

// What became of the policy file.
struct PolicyReport {
  std::string path;         // as the operator finds it
  std::string_view action;  // "installed", "replaced", "unchanged"; of rollback "restored", "kept"
  std::optional<std::string> backup;  // of the policy that was replaced
  std::string diff;                   // to another policy that was there
  std::vector<check::Finding> findings = {};
  const text::SourceText* source = nullptr;  // that their places refer to
};

// Everything that a report on a change can say.
struct ChangeReport {
  std::string command;   // "enable"
  std::string manifest;  // as the operator knows it
  bool changed = false;
  bool dry_run = false;
  // The kubelet restarts the API server, or would: a live manifest gets other bytes.
  bool restart_expected = false;
  std::optional<std::string> backup;
  std::string diff;  // without colour
  std::optional<PolicyReport> policy;
  std::vector<edit::Step> steps;
  std::vector<check::Finding> findings;
  const text::SourceText* source = nullptr;  // that the findings' places refer to
  std::vector<text::Error> warnings;
  const text::SourceText* warning_source = nullptr;
  std::vector<std::string> advice;  // what the operator must still do
};

// One line a step, the findings, the warnings and the advice, on standard error.
void print_text(const ChangeReport& report, Output& output);

// One JSON object with the stable keys schemaVersion, command, manifest, changed, restartExpected,
// backup, diff, steps, findings, warnings; and policy, with path, action, backup, diff and
// findings, where one was to be written.
std::string to_json(const ChangeReport& report);

// The JSON of a refusal.
std::string refusal_to_json(const Options& options, const text::Error& error,
                            const text::SourceText* source, std::string_view diff);

}  // namespace kaudit::cli
