#include "cli/refusal.h"

#include "cli/report.h"

namespace kaudit::cli {

ExitCode refuse(const Options& options, Output& output, const text::Error& error,
                const text::SourceText* source, std::string_view diff) {
  output.err += error_text(error, source, output.color_err);
  if (options.format == ReportFormat::Json)
    output.out = refusal_to_json(options, error, source, diff);
  return ExitCode::Refused;
}

text::Error with_manifest_hint(text::Error error, const Options& options) {
  if (error.kind == text::ErrorKind::NotFound && !options.manifest_given) {
    error.hint = "is this a control-plane node? --manifest names another file";
  }
  return error;
}

}  // namespace kaudit::cli
