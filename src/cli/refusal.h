// A command's refusal, on both streams.
#pragma once

#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/output.h"

namespace kaudit::cli {

// Says the Error on standard error, and with --format json on standard output too. `source` is the
// text that the Error has its place in; null if none was read. `diff` is what the JSON shows of it.
ExitCode refuse(const Options& options, Output& output, const text::Error& error,
                const text::SourceText* source, std::string_view diff = "");

// The same Error; if the default manifest is not there, with the hint that this may be no node.
text::Error with_manifest_hint(text::Error error, const Options& options);

}  // namespace kaudit::cli
