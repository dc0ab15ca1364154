// The table of what is compiled once for each instruction set.
#pragma once
#include "network.h"

namespace calloff {

struct AdamStep {
  float alpha, decay;  // rate * sqrt(1 - b2^t) / (1 - b1^t); 1 - rate * weight decay
  float one_minus_beta_1, one_minus_beta_2, epsilon;
};

struct Part { int number, count; };  // of something that is shared out

struct Kernels {
  const char* name;
  int lanes;
  // Predictions of a slice, into the workspace; with targets also the loss.
  void (*forward)(const Network&, const float* params, Workspace&, const Slice&);
  // After forward with training: the gradients of the slice.
  void (*backward)(const Network&, const float* transposed, Workspace&, const Slice&, float* grads);
  // The transposed kernels that `backward` needs: a part of those of a layer, or (layer = depth) of the head's.
  void (*transpose)(const Network&, const float* params, float* transposed, int layer, Part);
  // Adds `count` arrays of gradients, in order, into the first, from `from` on; n a multiple of lanes.
  void (*add_gradients)(float* const* arrays, int count, std::size_t from, std::size_t n);
  double (*sum_of_squares)(const float* g, std::size_t n);
  void (*scale)(float* g, std::size_t n, float factor);
  void (*clip_values)(float* g, std::size_t n, float limit);
  void (*adam)(const AdamStep&, float* w, float* m, float* v, const float* g, std::size_t n);
  // l1 sum |w| + l2 sum w^2; adds the derivative to g unless that is null.
  double (*penalty)(const WeightRule&, const Variable&, const float* w, float* g);
  // The same for the mean |cosine| of two rows (or columns) of a matrix; `transposed` is the matrix transposed,
  // or null; `scratch` holds orthogonal_scratch(v) floats.
  double (*orthogonal_penalty)(const WeightRule&, const Variable&, const float* w, const float* transposed, float* g,
                               float* scratch);
  std::size_t (*orthogonal_scratch)(const Variable&);
  // The projection of a weight array.
  void (*project)(const WeightRule&, const Variable&, float* w);
  // Multiply-adds by registers alone, `rounds` x 10 vectors: what the processor can do at most.
  float (*multiply_add)(Index rounds, float factor, float summand);
  void (*activation)(Activation, const float* z, float* value, float* derivative, std::size_t n);
  void (*square_root)(const float* x, float* out, std::size_t n);  // as every second one of `adam`

  // The same for as many networks at once as there are lanes, each in a lane of its own (interleaved.h), with a
  // slice for each. `alone`: the lanes of the kernels that would train one of them alone, to the same bits.
  void (*forward_group)(const Network&, const float* params, Workspace&, const Slice* each, double* losses, int alone);
  void (*backward_group)(const Network&, const float* params, Workspace&, const Slice* each, float* grads, int alone);
  // Copies the weights of some networks: bit k of `lanes` for the one in lane k.
  void (*keep_lanes)(unsigned lanes, const float* w, float* kept, std::size_t n);
  unsigned (*finite_lanes)(const float* w, std::size_t n);  // whose weights are all finite
  // The penalties of each into `penalties`; `scratch` holds orthogonal_scratch_group(v) floats.
  void (*penalty_group)(const WeightRule&, const Variable&, const float* w, float* g, int alone, double* penalties);
  void (*orthogonal_penalty_group)(const WeightRule&, const Variable&, const float* w, float* g, float* scratch,
                                   int alone, double* penalties);
  std::size_t (*orthogonal_scratch_group)(const Variable&);
  void (*project_group)(const WeightRule&, const Variable&, float* w, int alone);
};

}  // namespace calloff
