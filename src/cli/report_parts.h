// What reports and help texts share.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>
#include <string_view>

#include "cli/check_report.h"

namespace kaudit::cli {

// The SGR colour of a severity.
std::string_view color_of(check::Severity severity);

// "MESSAGE; CONSEQUENCE".
std::string sentence(const check::Finding& finding);

struct Tally {
  std::size_t errors = 0;
  std::size_t warnings = 0;
  std::size_t notes = 0;
  std::size_t checked = 0;   // files
  std::size_t unjudged = 0;  // files in error
};
Tally tally(const CheckReport& report);

// The closing line: `counted` and in how many files, which files were no API server's manifest and
// which could not be checked.
std::string closing_line(std::string_view counted, const CheckReport& report);

// The source with a name that cannot steer a terminal, nor break a line. Anybody may name a file.
std::shared_ptr<const text::SourceText> with_printable_name(
    const std::shared_ptr<const text::SourceText>& source);

// Where a marked place ends: behind its last character, never behind a line's end.
text::Position end_of(const text::SourceText& source, text::Span span);

// Appends `words` and a line end, wrapped between the columns `indent` and 80. The line already has
// `column` columns; words that do not stand two columns behind them begin on the next line.
void append_wrapped(std::string& out, std::string_view words, std::size_t column,
                    std::size_t indent);

// A file name may hold bytes that are not UTF-8; JSON may not.
std::string dump(const nlohmann::ordered_json& json);

}  // namespace kaudit::cli
