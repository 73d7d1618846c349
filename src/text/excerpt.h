// The source line with a caret under the place, as a good compiler prints it.
#pragma once

#include <string>
#include <string_view>

#include "text/result.h"
#include "text/source_text.h"

namespace kaudit::text {

// Two lines, each ending in "\n": the line that holds span.begin, and "^~~~" under the part of the
// span that is on it. A long line is cut to a window around the caret. Control characters show as
// spaces and what turns the direction of text as "?" per byte, so that a hostile file cannot steer
// a terminal.
std::string excerpt(const SourceText& source, Span span, std::string_view indent = "    ");

// `words` as one line that cannot steer a terminal: control characters, what turns the
// direction of text, and what is not UTF-8 are written as Go and Kubernetes write them in quoted
// strings (\n, \t, \x1b). For messages that repeat a value of somebody else's file.
std::string one_line(std::string_view words);

// "NAME:LINE:COLUMN: " of a place, or "NAME: " without one.
std::string place_prefix(const SourceText& source, const std::optional<Span>& place);

// The Error as a person reads it: "NAME:LINE:COLUMN: error: MESSAGE", the excerpt, "  hint: HINT".
std::string render(const Error& error, const SourceText& source);

}  // namespace kaudit::text
