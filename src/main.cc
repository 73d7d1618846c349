#include "cli/cli.h"

int main(int argc, char** argv) {
  return kaudit::cli::run(argc, argv);
}
