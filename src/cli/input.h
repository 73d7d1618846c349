// Standard input.
#pragma once

#include <cstddef>
#include <string>

#include "text/result.h"

namespace kaudit::cli {

// All of it. Unsupported when it is larger than `limit` bytes; `hint` says what to do then.
text::Result<std::string> read_standard_input(std::size_t limit, std::string hint);

}  // namespace kaudit::cli
