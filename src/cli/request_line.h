// A line of `kaudit policy explain --requests` as the request that it says. Which lines there are
// is told in explain_requests.h.
#pragma once

#include <memory>
#include <string_view>

#include "audit/policy_match.h"
#include "text/result.h"

namespace kaudit::cli {

// Reads one line after the other, and keeps its memory for the next one.
class RequestLine {
 public:
  RequestLine();
  ~RequestLine();
  RequestLine(const RequestLine&) = delete;
  RequestLine& operator=(const RequestLine&) = delete;

  // The request, until the next line is read; null where the line is none, which error() explains.
  const audit::RequestAttributes* read(std::string_view line);
  // Its place lies in the line.
  text::Error error() const;

 private:
  class Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace kaudit::cli
