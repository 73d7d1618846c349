// What `kaudit check` says of a manifest, as text.
#pragma once

#include <fmt/core.h>

#include <string>

#include "check/check_manifest.h"
#include "support/given.h"

namespace kaudit::support {

// "LINE:COLUMN SEVERITY [rule] MESSAGE | CONSEQUENCE | FIX", one finding a line, 0:0 without a
// place.
inline std::string said(const Pod& given) {
  const check::CheckedManifest manifest = check::check_manifest(source(text_of(given)), {});
  if (manifest.error) return manifest.error->message;
  std::string out;
  for (const check::Finding& f : manifest.findings) {
    const text::Position at =
        f.place ? manifest.source->position(f.place->begin) : text::Position{0, 0};
    out += fmt::format("{}:{} {} [{}] {} | {} | {}\n", at.line, at.column,
                       check::to_string(f.severity), f.rule, f.message, f.consequence, f.fix);
  }
  return out;
}

}  // namespace kaudit::support
