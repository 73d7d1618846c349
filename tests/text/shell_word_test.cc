#include "text/shell_word.h"

#include <gtest/gtest.h>

namespace kaudit::text {
namespace {

TEST(ShellWord, StaysAsItIsWhereNothingIsSpecial) {
  EXPECT_EQ(shell_word("/etc/kubernetes/audit-policy.yaml"), "/etc/kubernetes/audit-policy.yaml");
  EXPECT_EQ(shell_word("a@b%c+d,e:f=g_h"), "a@b%c+d,e:f=g_h");
  EXPECT_EQ(shell_word("Köln.yaml"), "Köln.yaml");
}

TEST(ShellWord, IsQuotedWhereAShellWouldTakeItApart) {
  EXPECT_EQ(shell_word("my cluster.yaml"), "'my cluster.yaml'");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("~/kubeadm.yaml"), "'~/kubeadm.yaml'");
  EXPECT_EQ(shell_word("$HOME;x*"), "'$HOME;x*'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
}

}  // namespace
}  // namespace kaudit::text
