// The table of what is compiled once for each instruction set.
#pragma once
#include "net.h"

namespace calloff {

struct AdamStep {
  float alpha, decay;            // rate * sqrt(1 - b2^t) / (1 - b1^t); 1 - rate * weight decay
  float rest_1, rest_2, epsilon; // 1 - b1, 1 - b2
};

struct Kernels {
  const char* name;
  int lanes;
  // Predictions of a slice, in work.out; with targets also work.loss.
  void (*forward)(const Net&, const float* params, Work&, const Slice&);
  // After forward with training: the gradients of the slice.
  void (*backward)(const Net&, const float* turned, Work&, const Slice&, float* grads);
  // The transposed kernels that `backward` needs: task k of Net::depth + 1.
  void (*turn)(const Net&, const float* params, float* turned, int task);
  // sums[0 .. n) of `count` arrays of gradients, in order, into the first; n a multiple of lanes.
  void (*add)(float* const* parts, int count, std::size_t from, std::size_t n);
  double (*sum_of_squares)(const float* g, std::size_t n);
  void (*scale)(float* g, std::size_t n, float factor);
  void (*limit)(float* g, std::size_t n, float most);
  void (*adam)(const AdamStep&, float* w, float* m, float* v, const float* g, std::size_t n);
  // Multiply-adds by registers alone, `rounds` x 10 vectors: what the processor can do at most.
  float (*multiply_add)(Index rounds, float factor, float summand);
  void (*activation)(Act, const float* z, float* value, float* slope, std::size_t n);
};

// The fastest table that this processor runs, or null if it has none of that name.
const Kernels* find_kernels(const char* name);
// Their names, the fastest first.
std::vector<std::string> kernel_names();

}  // namespace calloff
