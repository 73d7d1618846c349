// Reading the files that tests are made of. A test that cannot read its input must say so, so these
// throw std::runtime_error.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kaudit::support {

std::string read_text_file(const std::filesystem::path& path);
void write_text_file(const std::filesystem::path& path, std::string_view bytes);
// Without the line end; a text without lines gives none.
std::vector<std::string> lines_of(std::string_view text);
// The files below a directory, in byte order of their paths.
std::vector<std::filesystem::path> files_below(const std::filesystem::path& directory);

// A directory that goes with the value.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace kaudit::support
