// What fmt's headers only declare. Debian has it as a shared library, but has no archive of it.
#include <fmt/format-inl.h>

// The headers promise that these stand in the library.
template auto fmt::detail::thousands_sep_impl<char>(locale_ref) -> thousands_sep_result<char>;
template auto fmt::detail::decimal_point_impl<char>(locale_ref) -> char;
