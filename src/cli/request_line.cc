// How a line is read: the parser calls back, and what it says is kept by key.
#include "cli/request_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "audit/policy_matrix.h"
#include "cli/asked_request.h"
#include "kube/decoded.h"
#include "text/excerpt.h"
#include "text/nearest.h"

namespace kaudit::cli {
namespace {

using audit::RequestAttributes;
using audit::with_implied_groups;
using nlohmann::json;
using text::Error;
using text::ErrorKind;
using text::Span;

// ---- where the parser is ------------------------------------------------------------------------

// The SAX interface tells what is read, but not where. This iterator does: it leaves its place
// behind.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char** seen) : at_(at), seen_(seen) {}

  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *seen_ = ++at_;
    return *this;
  }
  bool operator==(const Cursor& other) const { return at_ == other.at_; }
  bool operator!=(const Cursor& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** seen_;
};

// The string that ends before `end`, with its quotes.
Span string_before(std::string_view line, std::size_t end) {
  std::size_t begin = end - 1;
  while (begin > 0) {
    --begin;
    if (line[begin] != '"') continue;
    std::size_t slashes = 0;
    while (slashes < begin && line[begin - slashes - 1] == '\\') ++slashes;
    if (slashes % 2 == 0) break;
  }
  return {begin, end};
}

// The number or word before `end`, which may be one behind it: numbers end where something else
// begins.
Span word_before(std::string_view line, std::size_t end) {
  const auto is_part = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '+' || c == '-' || c == '.' ||
           c == 'E';
  };
  if (end > 0 && !is_part(line[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && is_part(line[begin - 1])) --begin;
  return {begin, end};
}

// ---- keys ---------------------------------------------------------------------------------------

enum class Key : std::uint8_t {
  User,
  Groups,
  Verb,
  ApiGroup,
  Resource,
  Subresource,
  Namespace,
  Name,
  Path,
  AuditId,
  RequestUri,
  Other
};
constexpr std::size_t kKeyCount = static_cast<std::size_t>(Key::Other);

// In the order of Key; the first nine are of requests.
constexpr std::array<std::string_view, kKeyCount> kKeys{
    "user",      "groups", "verb", "apiGroup", "resource",  "subresource",
    "namespace", "name",   "path", "auditID",  "requestURI"};
constexpr std::span<const std::string_view> kRequestKeys{kKeys.data(), 9};

constexpr std::size_t index_of(Key key) {
  return static_cast<std::size_t>(key);
}

Key key_of(std::string_view name) {
  for (std::size_t i = 0; i < kKeyCount; ++i)
    if (kKeys.at(i) == name) return static_cast<Key>(i);
  return Key::Other;
}

std::string keys_hint() {
  return fmt::format("the keys are {}", fmt::join(kRequestKeys, ", "));
}

Error usage(Span place, std::string message, std::string hint) {
  return {ErrorKind::Usage, std::move(message), std::move(hint), place};
}

Error user_of_event(Span place, std::string_view kind) {
  return usage(place, fmt::format("'user' of an event is {}, not an object", kind),
               "write it as {\"username\": \"NAME\", \"groups\": []}");
}

// What is wrong with a line if it has the one shape, or the other. The first of each counts.
void keep_first(std::optional<Error>& problem, Error error) {
  if (!problem) problem = std::move(error);
}

// The parser's message is "[id] parse error at line L, column C: syntax error while parsing WHAT -
// WHY; last read: 'TEXT'; expected WHAT". The place is known better, and the text is shown.
std::string reason_of(std::string_view message) {
  const std::size_t dash = message.find(" - ");
  if (dash == std::string_view::npos) return "";
  std::string_view why = message.substr(dash + 3);
  const std::size_t read = why.find("; last read: '");
  if (read == std::string_view::npos) return std::string(why);
  const std::size_t expected = why.rfind("; expected ");
  std::string out(why.substr(0, read));
  if (expected != std::string_view::npos && expected > read) out += why.substr(expected);
  return out;
}

bool is_utf16(std::string_view line) {
  return line.starts_with("\xFF\xFE") || line.starts_with("\xFE\xFF") ||
         line.find('\0') != std::string_view::npos;
}

}  // namespace

// ---- one line -----------------------------------------------------------------------------------

// Which shape a line has may be said by its last key. So both are read, each with its own problems,
// and the end decides.
class RequestLine::Reader {
 public:
  // Null where there is an error().
  const RequestAttributes* read(std::string_view line);
  Error error() const { return *error_; }

  // The SAX interface of nlohmann::json.
  bool null() { return scalar("null"); }
  bool boolean(bool /*value*/) { return scalar("a boolean"); }
  bool number_integer(std::int64_t /*value*/) { return scalar("a number"); }
  bool number_unsigned(std::uint64_t /*value*/) { return scalar("a number"); }
  bool number_float(double /*value*/, const std::string& /*text*/) { return scalar("a number"); }
  bool string(std::string& value);
  bool binary(json::binary_t& /*value*/) { return true; }  // not in JSON
  bool start_object(std::size_t /*size*/);
  bool key(std::string& name);
  bool end_object();
  bool start_array(std::size_t /*size*/);
  bool end_array();
  bool parse_error(std::size_t position, const std::string& last, const json::exception& why);

 private:
  enum class In : std::uint8_t { Nothing, Request, User, Groups, UserGroups };

  // A list that keeps the memory of its strings.
  struct Groups {
    std::vector<std::string> items;
    std::size_t size = 0;
    bool is_given = false;

    void clear() {
      size = 0;
      is_given = false;
    }
    void add(const std::string& value) {
      if (size < items.size())
        items[size] = value;
      else
        items.push_back(value);
      ++size;
    }
    void move_to(std::vector<std::string>& target) {
      items.resize(size);
      target.swap(items);
    }
  };

  void clear();
  std::size_t offset() const { return static_cast<std::size_t>(at_ - line_.data()); }
  // Of the value that has just been read; of a list or an object its bracket.
  Span place() const;
  bool scalar(std::string_view kind);
  void wrong_type(std::string_view kind);
  void wrong_type_of_user(std::string_view kind);
  void begin_ignored() { ignored_ = 1; }
  void keep(Key key, const std::string& value);
  bool is_given(Key key) const { return (given_ & bit(key)) != 0; }
  static constexpr unsigned bit(Key key) { return 1U << index_of(key); }
  std::string& text_of(Key key) { return texts_.at(index_of(key)); }
  Span place_of(Key key) const { return string_before(line_, ends_.at(index_of(key))); }

  bool settle();
  bool settle_event();
  bool settle_request();
  bool settle_path();
  bool settle_resource();
  bool fail(Error error);

  std::string_view line_;
  const char* at_ = nullptr;

  In in_ = In::Nothing;
  std::size_t ignored_ = 0;  // so many brackets deep in something that nobody wants to know
  Key key_ = Key::Other;
  bool is_username_ = false;

  unsigned seen_ = 0;   // keys, as bits
  unsigned given_ = 0;  // those with a string
  bool user_is_null_ = false;
  std::array<std::string, kKeyCount> texts_;
  std::array<std::size_t, kKeyCount> ends_{};  // behind the strings
  std::string username_;
  Groups groups_;
  Groups user_groups_;

  std::optional<Error> request_problem_;
  std::optional<Error> event_problem_;
  std::optional<Error> error_;
  RequestAttributes request_;
};

void RequestLine::Reader::clear() {
  in_ = In::Nothing;
  ignored_ = 0;
  seen_ = given_ = 0;
  user_is_null_ = false;
  username_.clear();
  groups_.clear();
  user_groups_.clear();
  request_problem_.reset();
  event_problem_.reset();
  error_.reset();
}

const RequestAttributes* RequestLine::Reader::read(std::string_view line) {
  clear();
  line_ = line;
  at_ = line.data();
  const Cursor begin(at_, &at_);
  const Cursor end(at_ + line.size(), &at_);
  const bool is_read = json::sax_parse(begin, end, this) && settle();
  return is_read ? &request_ : nullptr;
}

bool RequestLine::Reader::fail(Error error) {
  error_ = std::move(error);
  return false;
}

Span RequestLine::Reader::place() const {
  const std::size_t end = offset();
  const char last = line_[end - 1];
  if (last == '"') return string_before(line_, end);
  if (last == '{' || last == '[') return {end - 1, end};
  return word_before(line_, end);
}

// A value where another type is needed. Null is the same as nothing.
bool RequestLine::Reader::scalar(std::string_view kind) {
  if (ignored_ > 0) return true;
  switch (in_) {
    case In::Nothing:
      return fail(usage(place(), fmt::format("the line is {}, not an object", kind),
                        "write a request as {\"verb\": \"get\", \"path\": \"/healthz\"}"));
    case In::Request:
      if (kind == "null") {
        user_is_null_ = user_is_null_ || key_ == Key::User;
        return true;
      }
      wrong_type(kind);
      return true;
    case In::User:
      if (kind != "null") wrong_type_of_user(kind);
      return true;
    case In::Groups:
      keep_first(request_problem_, usage(place(), fmt::format("'groups' has {} in it", kind),
                                         "it is a list of strings"));
      return true;
    case In::UserGroups:
      keep_first(event_problem_, usage(place(), fmt::format("'user.groups' has {} in it", kind),
                                       "it is a list of strings"));
      return true;
  }
  return true;
}

// Of a key at the top.
void RequestLine::Reader::wrong_type(std::string_view kind) {
  if (key_ == Key::Other) return;
  const std::string_view name = kKeys.at(index_of(key_));
  const bool is_list = key_ == Key::Groups;
  const std::string_view needed = is_list ? "a list of strings" : "a string";
  const Error error = usage(place(), fmt::format("'{}' is {}, not {}", name, kind, needed),
                            is_list ? "write it as [\"system:masters\"]" : "put it into quotes");
  if (key_ == Key::User)
    keep_first(event_problem_, user_of_event(place(), kind));
  else if (key_ == Key::Verb || key_ == Key::AuditId || key_ == Key::RequestUri)
    keep_first(event_problem_, error);
  if (index_of(key_) < kRequestKeys.size()) keep_first(request_problem_, error);
}

void RequestLine::Reader::wrong_type_of_user(std::string_view kind) {
  if (key_ == Key::Groups) {
    keep_first(event_problem_,
               usage(place(), fmt::format("'user.groups' is {}, not a list of strings", kind),
                     "write it as [\"system:masters\"]"));
  } else if (is_username_) {
    keep_first(event_problem_,
               usage(place(), fmt::format("'user.username' is {}, not a string", kind),
                     "put it into quotes"));
  }
}

void RequestLine::Reader::keep(Key key, const std::string& value) {
  text_of(key) = value;
  ends_.at(index_of(key)) = offset();
  given_ |= bit(key);
}

bool RequestLine::Reader::string(std::string& value) {
  if (ignored_ > 0) return true;
  switch (in_) {
    case In::Nothing:
      return scalar("a string");
    case In::Request:
      if (key_ == Key::Other) return true;
      if (key_ == Key::Groups)
        wrong_type("a string");
      else
        keep(key_, value);
      return true;
    case In::User:
      if (is_username_)
        username_ = value;
      else if (key_ == Key::Groups)
        wrong_type_of_user("a string");
      return true;
    case In::Groups:
      groups_.add(value);
      return true;
    case In::UserGroups:
      user_groups_.add(value);
      return true;
  }
  return true;
}

bool RequestLine::Reader::start_object(std::size_t /*size*/) {
  if (ignored_ > 0) {
    ++ignored_;
  } else if (in_ == In::Nothing) {
    in_ = In::Request;
  } else if (in_ == In::Request && key_ == Key::User) {
    keep_first(request_problem_,
               usage(place(), "'user' is an object, not a string",
                     "only an event of an audit log has one, which is known by its 'auditID'"));
    in_ = In::User;
  } else {
    scalar("an object");
    begin_ignored();
  }
  return true;
}

bool RequestLine::Reader::end_object() {
  if (ignored_ > 0)
    --ignored_;
  else
    in_ = in_ == In::User ? In::Request : In::Nothing;
  return true;
}

bool RequestLine::Reader::start_array(std::size_t /*size*/) {
  if (ignored_ > 0) {
    ++ignored_;
  } else if (in_ == In::Nothing) {
    return fail(usage(place(), "the line is a list, not an object",
                      "'jq -c .[]' writes what is in it on lines of their own"));
  } else if (key_ == Key::Groups && in_ == In::Request) {
    in_ = In::Groups;
    groups_.is_given = true;
  } else if (key_ == Key::Groups && in_ == In::User) {
    in_ = In::UserGroups;
  } else {
    scalar("a list");
    begin_ignored();
  }
  return true;
}

bool RequestLine::Reader::end_array() {
  if (ignored_ > 0)
    --ignored_;
  else
    in_ = in_ == In::UserGroups ? In::User : In::Request;
  return true;
}

bool RequestLine::Reader::key(std::string& name) {
  if (ignored_ > 0) return true;
  if (in_ == In::User) {
    is_username_ = name == "username";
    key_ = name == "groups" ? Key::Groups : Key::Other;
    return true;
  }
  key_ = key_of(name);
  if (key_ != Key::Other && (seen_ & bit(key_)) != 0) {
    Error error = usage(place(), fmt::format("'{}' is there twice", name), "leave one out");
    keep_first(event_problem_, error);
    keep_first(request_problem_, std::move(error));
  }
  if (key_ != Key::Other) seen_ |= bit(key_);
  if (request_problem_ || index_of(key_) < kRequestKeys.size() || key_ == Key::AuditId) return true;
  std::string message =
      fmt::format("'{}' is no key of a request", text::one_line(kube::shortened(name)));
  if (const auto guess = text::nearest(name, kRequestKeys))
    message += fmt::format("; did you mean '{}'?", *guess);
  request_problem_ = usage(place(), std::move(message), keys_hint());
  return true;
}

bool RequestLine::Reader::parse_error(std::size_t position, const std::string& /*last*/,
                                      const json::exception& why) {
  constexpr std::string_view kOneLine =
      "a request is an object on one line, as 'jq -c .' writes it";
  const std::size_t at = std::min(std::max<std::size_t>(position, 1) - 1, line_.size());
  if (is_utf16(line_))
    return fail(
        usage({0, 1}, "the line is UTF-16, not UTF-8", "'iconv -f UTF-16 -t UTF-8' converts it"));
  if (position > line_.size())
    return fail(usage({at, at}, "the line ends before its JSON does", std::string(kOneLine)));
  const std::string reason = reason_of(why.what());
  if (reason.find("ill-formed UTF-8") != std::string::npos)
    return fail(usage({at, at + 1}, "the line is not UTF-8 from here on",
                      "'iconv -t UTF-8' converts text"));
  // JSON has no largest number, but doubles have.
  if (reason.empty())
    return fail(usage(word_before(line_, at + 1), "the number is too large", "leave it out"));
  const bool is_string = reason.starts_with("unexpected string literal");
  return fail(usage(is_string ? string_before(line_, at + 1) : Span{at, at + 1},
                    fmt::format("the line is not JSON: {}", text::one_line(reason)),
                    std::string(kOneLine)));
}

// ---- what the line says as a whole --------------------------------------------------------------

bool RequestLine::Reader::settle() {
  return (seen_ & bit(Key::AuditId)) != 0 ? settle_event() : settle_request();
}

bool RequestLine::Reader::settle_event() {
  if (event_problem_) return fail(*std::move(event_problem_));
  const Span all{0, line_.size()};
  if (is_given(Key::User)) {
    return fail(user_of_event(place_of(Key::User), "a string"));
  }
  if (!is_given(Key::RequestUri) || !is_given(Key::Verb)) {
    return fail(usage(
        all, fmt::format("the event has no '{}'", is_given(Key::Verb) ? "requestURI" : "verb"),
        "every event of an API server has one"));
  }
  auto request = request_of_event(text_of(Key::Verb), text_of(Key::RequestUri));
  if (!request) {
    Error error = std::move(request).error();
    error.place = place_of(Key::RequestUri);
    return fail(std::move(error));
  }
  request_ = *std::move(request);
  request_.has_user = !username_.empty();
  request_.user.swap(username_);
  user_groups_.move_to(request_.groups);
  return true;
}

bool RequestLine::Reader::settle_request() {
  if (request_problem_) return fail(*std::move(request_problem_));
  const bool has_resource = is_given(Key::Resource) && !text_of(Key::Resource).empty();
  const bool has_path = is_given(Key::Path) && !text_of(Key::Path).empty();
  if (!has_resource && !has_path) {
    return fail(
        usage({0, line_.size()}, "the request has neither 'resource' nor 'path'", keys_hint()));
  }
  if (!(has_path ? settle_path() : settle_resource())) return false;
  request_.has_user = !user_is_null_;
  request_.user.clear();
  if (is_given(Key::User)) request_.user.swap(text_of(Key::User));
  if (groups_.is_given)
    groups_.move_to(request_.groups);
  else if (request_.has_user)
    request_.groups = with_implied_groups(request_.user, {});
  else
    request_.groups.clear();
  return true;
}

bool RequestLine::Reader::settle_path() {
  for (const Key key :
       {Key::Resource, Key::ApiGroup, Key::Subresource, Key::Namespace, Key::Name}) {
    if (!is_given(key) || text_of(key).empty()) continue;
    return fail(usage(place_of(key),
                      fmt::format("'path' and '{}' are both there", kKeys.at(index_of(key))),
                      "a path says all of it by itself"));
  }
  auto request = request_of_path(is_given(Key::Verb) ? text_of(Key::Verb) : "", text_of(Key::Path));
  if (request) {
    request_ = *std::move(request);
    return true;
  }
  Error error = std::move(request).error();
  error.place = place_of(Key::Path);
  return fail(std::move(error));
}

bool RequestLine::Reader::settle_resource() {
  if (!is_given(Key::Verb))
    return fail(usage({0, line_.size()}, "the request has no 'verb'", keys_hint()));
  if (auto error = wrong_verb(text_of(Key::Verb))) {
    error->place = place_of(Key::Verb);
    return fail(*std::move(error));
  }
  if (text_of(Key::Resource).find_first_of("./") != std::string::npos) {
    return fail(usage(place_of(Key::Resource), "'resource' has more than the resource in it",
                      "'apiGroup' and 'subresource' are keys of their own"));
  }
  if (is_given(Key::ApiGroup) && text_of(Key::ApiGroup).find('/') != std::string::npos) {
    return fail(usage(place_of(Key::ApiGroup), "'apiGroup' has a version in it",
                      "leave it out: rules do not see it"));
  }
  const auto take = [&](Key key, std::string& target) {
    target.clear();
    if (is_given(key)) target.swap(text_of(key));
  };
  request_.is_resource = true;
  request_.path.clear();
  take(Key::Verb, request_.verb);
  take(Key::ApiGroup, request_.api_group);
  take(Key::Resource, request_.resource);
  take(Key::Subresource, request_.subresource);
  take(Key::Namespace, request_.namespace_name);
  take(Key::Name, request_.name);
  settle_names(request_);
  return true;
}

// ---- for those who have lines -------------------------------------------------------------------

RequestLine::RequestLine() : reader_(std::make_unique<Reader>()) {}

RequestLine::~RequestLine() = default;

const RequestAttributes* RequestLine::read(std::string_view line) {
  return reader_->read(line);
}

Error RequestLine::error() const {
  return reader_->error();
}

}  // namespace kaudit::cli
