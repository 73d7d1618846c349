#pragma once

#include <unistd.h>

#include <utility>

namespace kaudit::host {

// A file descriptor that is closed with the object, or a failure: then get() is -errno.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      close_now();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~UniqueFd() { close_now(); }

  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }
  int error() const { return ok() ? 0 : -fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  void close_now() {
    if (fd_ >= 0) ::close(fd_);
  }

  int fd_ = -1;
};

}  // namespace kaudit::host
