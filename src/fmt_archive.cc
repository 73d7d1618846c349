// What fmt's headers only declare. Debian has it as a shared library, but has no archive of it.
#include <fmt/format-inl.h>

// As fmt's own src/format.cc; linkers that drop unused sections do not miss them.
template auto fmt::detail::thousands_sep_impl<char>(locale_ref) -> thousands_sep_result<char>;
template auto fmt::detail::decimal_point_impl<char>(locale_ref) -> char;
