// Seeded mutation of manifests: small damage of the kinds that editors, templates and bad merges
// do, and of the kinds that parsers disagree about. The same seed gives the same texts everywhere.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace kaudit::support {

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  // A text that was changed one to three times. It may be the text itself again.
  std::string mutate(std::string_view text);
  // A number below `bound`, which must not be 0.
  std::size_t below(std::size_t bound);

 private:
  void change_bytes(std::string& text);
  void change_tokens(std::string& text);
  void change_lines(std::string& text);
  void change_indentation(std::string& text);
  void change_settings(std::string& text);
  void change_configuration(std::string& text);

  // The standard fixes this engine's numbers, but not those of its distributions.
  std::mt19937_64 random_;
};

}  // namespace kaudit::support
