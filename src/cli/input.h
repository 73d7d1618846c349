// Standard input, and other input that is not read whole.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "text/result.h"

namespace kaudit::cli {

// All of it. Unsupported when it is larger than `limit` bytes; `hint` says what to do then.
text::Result<std::string> read_standard_input(std::size_t limit, std::string hint);

// A stream that is read piece by piece: standard input for "-", else a file of this machine, pipes
// and devices included. A piece is valid until the next one is read.
class InputStream {
 public:
  // NotFound, Permission or Io.
  static text::Result<InputStream> open(const std::string& path);
  ~InputStream();
  InputStream(InputStream&& other) noexcept;
  InputStream& operator=(InputStream&&) = delete;

  // Empty at the end.
  text::Result<std::string_view> read();

 private:
  InputStream(int descriptor, std::string name);

  int descriptor_;  // -1: moved from
  std::string name_;
  std::string buffer_;
};

}  // namespace kaudit::cli
