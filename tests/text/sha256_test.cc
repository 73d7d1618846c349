#include "text/sha256.h"

#include <gtest/gtest.h>

namespace kaudit::text {
namespace {

struct Row {
  std::string bytes;
  const char* digest;
};

// The examples of FIPS 180-4 (NIST, "Examples with Intermediate Values") and of the NIST CAVP
// byte-oriented tests.
TEST(Sha256, GivesThePublishedDigests) {
  const Row rows[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
       "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
       "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
      {"\xd3", "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"},
  };
  for (const Row& row : rows) EXPECT_EQ(sha256_hex(row.bytes), row.digest) << row.bytes.size();
}

// Where the padding takes one block more, by sha256sum of GNU coreutils.
TEST(Sha256, PadsAtBlockBorders) {
  const Row rows[] = {
      {std::string(55, 'x'), "d5e285683cd4efc02d021a5c62014694958901005d6f71e89e0989fac77e4072"},
      {std::string(56, 'x'), "04c26261370ee7541549d16dee320c723e3fd14671e66a099afe0a377c16888e"},
      {std::string(63, 'x'), "75220b47218278e656f2013bb8f0c455a25eaf01e86c64924e9d48d89776d6f2"},
      {std::string(64, 'x'), "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c"},
      {std::string(120, 'x'), "13f05a0b594787f5ecd315edc96141bd3243203d1b7d4f0836f37308b276ba98"},
  };
  for (const Row& row : rows) EXPECT_EQ(sha256_hex(row.bytes), row.digest) << row.bytes.size();
}

}  // namespace
}  // namespace kaudit::text
