// A hang must end the run and name its input.
#pragma once

#include <string>
#include <string_view>

namespace kaudit::support {

// While a value of this type lives, the program has 20 seconds; then it prints the input and
// aborts.
class Watched {
 public:
  Watched(std::string_view name, std::string_view bytes);
  ~Watched();
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
};

// The bytes as one C string literal a line, to be pasted into a test.
std::string printable(std::string_view bytes);
// With N for each number, so that messages of one kind are equal.
std::string without_numbers(std::string_view message);

}  // namespace kaudit::support
