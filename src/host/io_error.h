// One wording for what the operating system refuses, shared by the real file system and its twin.
#pragma once

#include <string>

#include "text/result.h"

namespace kaudit::host {

// "cannot read /etc/x" and EACCES give "cannot read /etc/x: Permission denied", with the kind that
// tells the caller what to do next and a hint that tells the person.
text::Error io_error(const std::string& what, int code, bool is_root);

}  // namespace kaudit::host
