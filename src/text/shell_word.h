// Words of commands that a person copies into a shell.
#pragma once

#include <string>
#include <string_view>

namespace kaudit::text {

// `word` as a POSIX shell takes it for one word that means itself: as it is where nothing in it is
// special, in single quotes otherwise.
std::string shell_word(std::string_view word);

}  // namespace kaudit::text
