// What `kaudit check` found, in every form. Values in, strings out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "check/benchmark.h"
#include "check/check_manifest.h"
#include "check/rules.h"

namespace kaudit::cli {

struct CheckReport {
  std::vector<check::CheckedFile> files;  // source->name() is the file as the operator knows it
  std::size_t skipped = 0;                // files of directories that are no API server's
  std::string_view command = "check";
};

// As a good compiler prints it, grouped by file: "NAME:LINE:COLUMN: error: MESSAGE; CONSEQUENCE
// [id]", the source line with a caret, related places, "  fix: …"; a closing count.
std::string to_text(const CheckReport& report, bool color);

// A line a file, then totals per rule.
std::string to_summary(const CheckReport& report, bool color);

// One JSON object: {schemaVersion, findings, errors, summary}.
std::string to_json(const CheckReport& report);

// SARIF 2.1.0 (OASIS), one run.
std::string to_sarif(const CheckReport& report);

// GitHub's workflow commands, one a line: "::error file=…,line=…,col=…,title=…::…".
std::string to_github(const CheckReport& report);

// The controls of one benchmark for each file.
std::string controls_text(const CheckReport& report, check::Benchmark benchmark,
                          const std::vector<std::vector<check::ControlResult>>& results,
                          bool color);
std::string controls_json(const CheckReport& report, check::Benchmark benchmark,
                          const std::vector<std::vector<check::ControlResult>>& results);

// The table of rules.
std::string rules_text();
std::string rules_json();
std::string rules_markdown();  // docs/rules.md
std::string explanation(const check::Rule& rule, bool color);

}  // namespace kaudit::cli
