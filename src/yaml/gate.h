// The bytes that may come near a YAML parser.
//
// yaml-cpp 0.7 accepts, or reads otherwise, much that the kubelet's parser (go-yaml v2) rejects.
// The first gate looks at bytes alone, before any parsing.
#pragma once

#include "text/result.h"
#include "text/source_text.h"

namespace kaudit::yaml {

// Refuses what is not UTF-8 text in the sense of go-yaml's reader (readerc.go,
// yaml_parser_update_buffer): other encodings, broken UTF-8, control characters, and the line
// breaks of YAML 1.1 that yaml-cpp does not know (a lone CR, NEL, U+2028, U+2029).
text::Result<void> check_bytes(const text::SourceText& source);

}  // namespace kaudit::yaml
