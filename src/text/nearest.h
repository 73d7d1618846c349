// "Did you mean": the word of a list that a mistyped word most likely stands for.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace kaudit::text {

// The least number of single-byte insertions, deletions, replacements and swaps of two neighbours
// that turns `a` into `b`, where no byte is touched twice (the "optimal string alignment" form of
// the Damerau-Levenshtein distance). ASCII letters count as equal in either case.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `word`, the first of equals. Nothing if even that is further away than
// one edit for every three bytes of `word` (rounded up): a wild guess helps nobody.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates);

}  // namespace kaudit::text
