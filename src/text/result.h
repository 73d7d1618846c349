// What a function gives that can fail: a value, or an Error that a person can act on.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "text/span.h"

namespace kaudit::text {

// What the caller does next, not what went wrong inside.
enum class ErrorKind {
  Usage,           // the command line is wrong
  NotFound,        // a file or directory is not there
  Permission,      // it is there, and this user may not
  NotYaml,         // the kubelet could not read this text either
  NotAnApiServer,  // readable, but not a document that kaudit edits
  Unsupported,     // a form that cannot be edited safely
  Conflict,        // what is asked contradicts what is there
  Unsafe,          // possible, but it would break the API server or lose data; --force may lift it
  Busy,            // somebody else holds the lock, or changed the file meanwhile
  Io,              // the operating system refused
  Proof,           // kaudit's own result did not pass its proof: never written
};

// One refusal. `message` is one sentence without a final full stop that names the values involved;
// `hint` says the way out. `place` is a byte range of the text that the function was given, or
// absent when the refusal is not about a place in it.
struct Error {
  ErrorKind kind = ErrorKind::Unsupported;
  std::string message;
  std::string hint;
  std::optional<Span> place;
};

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorKind kind, std::string message, std::string hint = {},
                                   std::optional<Span> place = {}) {
  return std::unexpected(Error{kind, std::move(message), std::move(hint), place});
}

}  // namespace kaudit::text
