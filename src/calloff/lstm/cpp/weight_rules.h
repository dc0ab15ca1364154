// The penalties on a network's weights and the projections after each update.
#pragma once
#include "kernels.h"
#include "arena.h"
#include "layout.h"

namespace calloff {

class WeightRules {
 public:
  WeightRules(const std::vector<WeightRule>&, const NetworkLayout&, const Kernels&);
  // The sum of all penalties; adds their derivatives to `gradients` unless that is null. `transposed`: what
  // Model::transpose_kernels has made of the params.
  double penalty(const float* params, const float* transposed, float* gradients);
  void project(float* params) const;

 private:
  const std::vector<WeightRule>& rules_;
  const NetworkLayout& layout_;
  const Kernels& kernels_;
  AlignedFloats scratch_;
};

// The same for as many networks side by side as there are lanes, which have these rules in common.
class GroupRules {
 public:
  // `alone`: as in Kernels::forward_group.
  GroupRules(const std::vector<WeightRule>&, const NetworkLayout&, const Kernels&, int alone);
  std::vector<double> penalties(const float* params, float* gradients);  // of each network
  void project(float* params) const;

 private:
  const std::vector<WeightRule>& rules_;
  const NetworkLayout& layout_;
  const Kernels& kernels_;
  const int alone_;
  AlignedFloats scratch_;
};

}  // namespace calloff
