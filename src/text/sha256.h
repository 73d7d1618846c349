// SHA-256 (FIPS 180-4), for naming contents, not for keeping secrets. Its own few lines because the
// binary does not link a cryptographic library for this.
#pragma once

#include <string>
#include <string_view>

namespace kaudit::text {

// The digest of the bytes as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace kaudit::text
