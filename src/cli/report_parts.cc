#include "cli/report_parts.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "text/excerpt.h"

namespace kaudit::cli {
namespace {

constexpr std::size_t kWidth = 80;

}  // namespace

std::string_view color_of(check::Severity severity) {
  return severity == check::Severity::Error     ? "1;31"
         : severity == check::Severity::Warning ? "1;33"
                                                : "1;36";
}

std::string sentence(const check::Finding& finding) {
  return finding.consequence.empty() ? finding.message
                                     : fmt::format("{}; {}", finding.message, finding.consequence);
}

Tally tally(const CheckReport& report) {
  Tally all;
  for (const check::CheckedFile& file : report.files) {
    ++(file.error ? all.unjudged : all.checked);
    for (const check::Finding& finding : file.findings) {
      ++(finding.severity == check::Severity::Error     ? all.errors
         : finding.severity == check::Severity::Warning ? all.warnings
                                                        : all.notes);
    }
  }
  return all;
}

std::string closing_line(std::string_view counted, const CheckReport& report) {
  const Tally all = tally(report);
  std::vector<std::string> parts;
  // "no findings in 0 files" beside a file that could not be checked would sound like praise.
  const bool found = all.errors + all.warnings + all.notes > 0;
  if (found || all.checked > 0 || report.skipped + all.unjudged == 0) {
    const std::size_t files = all.checked > 0 ? all.checked : report.files.size();
    parts.push_back(fmt::format("{} in {} file{}", counted, files, files == 1 ? "" : "s"));
  }
  if (report.skipped > 0) {
    parts.push_back(fmt::format(
        "{} no API server's manifest",
        report.skipped == 1 ? "1 file is" : fmt::format("{} files are", report.skipped)));
  }
  if (all.unjudged > 0) {
    parts.push_back(
        fmt::format("{} file{} could not be checked", all.unjudged, all.unjudged == 1 ? "" : "s"));
  }
  std::string line;
  for (const std::string& part : parts) line += (line.empty() ? "" : "; ") + part;
  return line + "\n";
}

std::shared_ptr<const text::SourceText> with_printable_name(
    const std::shared_ptr<const text::SourceText>& source) {
  std::string name = text::one_line(source->name());
  if (name == source->name()) return source;
  return std::make_shared<const text::SourceText>(std::move(name), std::string(source->bytes()));
}

text::Position end_of(const text::SourceText& source, text::Span span) {
  const std::size_t last = span.empty() ? span.begin : span.end - 1;
  const std::size_t line_end = source.line_content(source.line_of(last)).end;
  return source.position(std::max(span.begin, std::min(span.end, line_end)));
}

void append_wrapped(std::string& out, std::string_view words, std::size_t column,
                    std::size_t indent) {
  if (column + 2 > indent && column > 0) {
    out.push_back('\n');
    column = 0;
  }
  out.append(words.empty() ? 0 : indent - column, ' ');
  column = indent;
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    const std::size_t width = text::count_characters(word);
    if (column > indent && column + 1 + width > kWidth) {
      out.append("\n").append(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out.push_back(' ');
      ++column;
    }
    out.append(word);
    column += width;
    words.remove_prefix(std::min(word.size() + 1, words.size()));
  }
  out.push_back('\n');
}

std::string dump(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace kaudit::cli
