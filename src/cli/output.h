// What a command prints: collected while it works, written at the end.
//
// Standard output carries data, standard error what is said to a person. Nothing is written before
// the work is done, so a closed pipe cannot stop it half-way.
#pragma once

#include <string>
#include <string_view>

#include "cli/options.h"
#include "text/result.h"
#include "text/source_text.h"

namespace kaudit::cli {

struct Output {
  std::string out;
  std::string err;
  bool color_out = false;
  bool color_err = false;
  bool quiet = false;
  bool must_deliver = false;  // standard output is the whole product: nothing else was written

  // A line for a person; not with --quiet.
  void say(std::string_view line) {
    if (!quiet) err.append(line).append("\n");
  }
};

// Colour only where it is asked for, or on a terminal that wants it (NO_COLOR, TERM=dumb).
Output make_output(const Options& options);

// `text` in an SGR colour ("31"), if `color`.
std::string painted(std::string_view text, std::string_view code, bool color);

// An Error as it is shown: with place and source line if there is a text that it is about.
std::string error_text(const text::Error& error, const text::SourceText* source, bool color);
// The same for something that stops nobody, with "warning: " instead.
std::string warning_text(const text::Error& error, const text::SourceText* source, bool color);

// Writes to standard output at once, for what is too much to be collected. Gives 0, or the errno
// with which it refused.
int write_now(std::string_view bytes);

// Writes both streams, and drops what a reader does not take within a second: for what must go on
// whoever listens.
void flush_briefly(const Output& output);

// Writes both streams. Gives 0, or the errno with which standard output refused.
int flush(const Output& output);

}  // namespace kaudit::cli
