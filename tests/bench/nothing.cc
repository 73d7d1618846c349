// What any static program costs: the yardstick of the benchmark.
int main() {
  return 0;
}
