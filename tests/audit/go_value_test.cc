#include "audit/go_value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace kaudit::audit {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

TEST(GoInt, ReadsWhatParseIntReads) {
  struct Row {
    std::string_view text;
    std::int64_t value;
  };
  for (const Row& row : std::initializer_list<Row>{{"30", 30},
                                                   {"-1", -1},
                                                   {"+7", 7},
                                                   {"0", 0},
                                                   {"-0", 0},
                                                   {"036", 30},
                                                   {"00", 0},
                                                   {"0x1e", 30},
                                                   {"0X1E", 30},
                                                   {"-0x1e", -30},
                                                   {"0o36", 30},
                                                   {"0O36", 30},
                                                   {"0b11110", 30},
                                                   {"0B1", 1},
                                                   {"1_000", 1000},
                                                   {"0x_1e", 30},
                                                   {"0x1_e", 30},
                                                   {"0_36", 30},
                                                   {"0b_1", 1},
                                                   {"9223372036854775807", kMax},
                                                   {"-9223372036854775808", kMin},
                                                   {"0x7fffffffffffffff", kMax},
                                                   {"000000000000000000000000000001", 1}}) {
    const GoResult<std::int64_t> result = parse_go_int(row.text);
    ASSERT_TRUE(result) << row.text << " " << result.error();
    EXPECT_EQ(*result, row.value) << row.text;
  }
}

TEST(GoInt, RefusesWhatParseIntRefuses) {
  for (const std::string_view text :
       {"30d",  "10.0", "1e3", " 30",  "30 ",  "abc",   "+",   "-",     "--1",
        "0x",   "0b",   "0o",  "08",   "0b2",  "0o8",   "0xg", "_1",    "1_",
        "1__0", "0_",   "0x_", "0x1_", "0__1", "0x__1", "-_1", "1,000", "\xd9\xa3"}) {
    const GoResult<std::int64_t> result = parse_go_int(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error(), "is not a whole number (digits only, no unit)") << text;
  }
  for (const std::string_view text :
       {"9223372036854775808", "-9223372036854775809", "0x8000000000000000", "18446744073709551616",
        "99999999999999999999999999999999999999"}) {
    const GoResult<std::int64_t> result = parse_go_int(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error(), "does not fit into a 64-bit integer") << text;
  }
  EXPECT_EQ(parse_go_int("").error(), "is empty");
}

TEST(GoBool, ReadsWhatParseBoolReads) {
  for (const std::string_view text : {"1", "t", "T", "true", "TRUE", "True"}) {
    EXPECT_EQ(parse_go_bool(text), true) << text;
  }
  for (const std::string_view text : {"0", "f", "F", "false", "FALSE", "False"}) {
    EXPECT_EQ(parse_go_bool(text), false) << text;
  }
  for (const std::string_view text : {"yes", "on", "tRUE", "2", "true ", "y"}) {
    ASSERT_FALSE(parse_go_bool(text)) << text;
    EXPECT_EQ(parse_go_bool(text).error(), "is neither true nor false") << text;
  }
  EXPECT_EQ(parse_go_bool("").error(), "is empty");
}

TEST(GoDuration, ReadsWhatParseDurationReads) {
  struct Row {
    std::string_view text;
    nanoseconds value;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"0", 0ns},
           {"+0", 0ns},
           {"-0", 0ns},
           {"30s", 30s},
           {"0s", 0s},
           {"+5s", 5s},
           {"-5s", -5s},
           {"1m30s", 90s},
           {"30s1m", 90s},
           {"500ms", 500ms},
           {"1.5h", 90min},
           {"-1.5h", -90min},
           {".5s", 500ms},
           {"5.s", 5s},
           {"1us", 1us},
           {"1\u00b5s", 1us},
           {"1\u03bcs", 1us},
           {"7ns", 7ns},
           {"3h2m1s", 10921s},
           {"0.5ns", 0ns},
           {"00030s", 30s},
           {"0.100000000000000000000h", 6min},
           {"0.3333333333333333333h", 1'200'000'000'000ns},  // as time's own tests have it
           {"9223372036854775807ns", nanoseconds(kMax)},
           {"9223372036.854775807s", nanoseconds(kMax)},
           {"-9223372036854775808ns", nanoseconds(kMin)}}) {
    const GoResult<nanoseconds> result = parse_go_duration(row.text);
    ASSERT_TRUE(result) << row.text << " " << result.error();
    EXPECT_EQ(result->count(), row.value.count()) << row.text;
  }
}

TEST(GoDuration, SaysWhyItRefuses) {
  struct Row {
    std::string_view text;
    std::string_view reason;
  };
  constexpr std::string_view kNoUnit = "has no unit (write it like 30s, 500ms or 1m30s)";
  constexpr std::string_view kNone = "is not a duration (write it like 30s, 500ms or 1m30s)";
  constexpr std::string_view kLong = "is too long for a duration (292 years at most)";
  for (const Row& row : std::initializer_list<Row>{
           {"", "is empty"},
           {"30", kNoUnit},
           {"1m30", kNoUnit},
           {"00", kNoUnit},
           {"-", kNone},
           {"+", kNone},
           {"s", kNone},
           {".s", kNone},
           {" 30s", kNone},
           {"--5s", kNone},
           {"1m-30s", "has the unknown unit 'm-' (known are ns, us, ms, s, m and h)"},
           {"30S", "has the unknown unit 'S' (known are ns, us, ms, s, m and h)"},
           {"1d", "has the unknown unit 'd' (known are ns, us, ms, s, m and h)"},
           {"30s ", "has the unknown unit 's ' (known are ns, us, ms, s, m and h)"},
           {"1.2.3s", kNoUnit},
           {"9223372036854775808ns", kLong},
           {"-9223372036854775809ns", kLong},
           {"9223372036.854775808s", kLong},
           {"2562048h", kLong},
           {"2562047h60m", kLong},
           {"-9223372036854775808ns9223372036854775808ns", kLong},
           {"99999999999999999999s", kLong}}) {
    const GoResult<nanoseconds> result = parse_go_duration(row.text);
    ASSERT_FALSE(result) << row.text;
    EXPECT_EQ(result.error(), row.reason) << row.text;
  }
}

TEST(GoFloat32, ReadsWhatParseFloatReads) {
  struct Row {
    std::string_view text;
    float value;
  };
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const Row& row : std::initializer_list<Row>{{"10", 10},
                                                   {"0.5", 0.5F},
                                                   {".5", 0.5F},
                                                   {"5.", 5},
                                                   {"-1.5", -1.5F},
                                                   {"+2", 2},
                                                   {"1e3", 1000},
                                                   {"1E-1", 0.1F},
                                                   {"010", 10},
                                                   {"0x1p4", 16},
                                                   {"0X1.8P+1", 3},
                                                   {"-0x.8p0", -0.5F},
                                                   {"1_000.5", 1000.5F},
                                                   {"1e1_0", 1e10F},
                                                   {"0x_1p4", 16},
                                                   {"inf", kInfinity},
                                                   {"+Inf", kInfinity},
                                                   {"-INFINITY", -kInfinity},
                                                   {"3.4028234e38", 3.4028234e38F},
                                                   {"1e-60", 0},
                                                   {"0e999999", 0}}) {
    const GoResult<float> result = parse_go_float32(row.text);
    ASSERT_TRUE(result) << row.text << " " << result.error();
    EXPECT_EQ(*result, row.value) << row.text;
  }
  ASSERT_TRUE(parse_go_float32("NaN"));
  EXPECT_TRUE(std::isnan(*parse_go_float32("NaN")));
}

TEST(GoFloat32, RefusesWhatParseFloatRefuses) {
  using namespace std::string_view_literals;
  for (const std::string_view text :
       {"ten"sv,  "1e"sv,    "1e+"sv,  "."sv,       "+"sv,      "1.2.3"sv, "1x"sv,
        " 1"sv,   "1 "sv,    "1,5"sv,  "0x"sv,      "0x1"sv,    "0x1.8"sv, "0x1e3"sv,
        "0xp1"sv, "0x1pf"sv, "_1"sv,   "1_"sv,      "1__0"sv,   "1_.5"sv,  "1._5"sv,
        "1e_5"sv, "+nan"sv,  "-nan"sv, "infinit"sv, "nan(1)"sv, "1\0"sv,   "1f"sv}) {
    ASSERT_FALSE(parse_go_float32(text)) << text;
    EXPECT_EQ(parse_go_float32(text).error(), "is not a number") << text;
  }
  for (const std::string_view text : {"1e39", "-3.5e38", "1e99999999999999999999", "0x1p128"}) {
    ASSERT_FALSE(parse_go_float32(text)) << text;
    EXPECT_EQ(parse_go_float32(text).error(), "is too large for a 32-bit floating-point number")
        << text;
  }
  EXPECT_EQ(parse_go_float32("").error(), "is empty");
}

}  // namespace
}  // namespace kaudit::audit
