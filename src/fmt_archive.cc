// What fmt's headers only declare. Debian has it as a shared library, but has no archive of it.
#include <fmt/format-inl.h>
