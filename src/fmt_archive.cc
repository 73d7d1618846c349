// What fmt's headers only declare. Debian has it as a shared library, but has no archive of it.
#include <fmt/format-inl.h>

// Declared `extern template` by fmt/format.h (fmt, src/format.cc).
FMT_BEGIN_NAMESPACE
namespace detail {
template FMT_API auto thousands_sep_impl<char>(locale_ref) -> thousands_sep_result<char>;
template FMT_API auto decimal_point_impl(locale_ref) -> char;
}  // namespace detail
FMT_END_NAMESPACE
