// Text to Document. The only way into the yaml layer.
#pragma once

#include <memory>

#include "text/result.h"
#include "yaml/document.h"

namespace kaudit::yaml {

// Reads all documents of a text. Refuses, with the place: what go-yaml v2 (the kubelet's parser)
// would refuse, and what it would read otherwise than yaml-cpp does. A text that begins with "{"
// must be JSON, because the kubelet reads it as JSON (apimachinery util/yaml, hasJSONPrefix).
// A text without any document, for instance only comments, gives a Document without roots.
text::Result<Document> parse(std::shared_ptr<const text::SourceText> source);

}  // namespace kaudit::yaml
