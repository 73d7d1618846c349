// The main of every test binary. It runs GoogleTest and closes with one line that a person and a
// script can read: "NAME: N passed, N failed, N skipped".

#include <gtest/gtest.h>

#include <cstdio>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const int code = RUN_ALL_TESTS();
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  std::printf("%s: %d passed, %d failed, %d skipped\n", KAUDIT_SUITE, all.successful_test_count(),
              all.failed_test_count(), all.skipped_test_count());
  // A run in which nothing ran has shown nothing.
  return all.test_to_run_count() == 0 ? 1 : code;
}
