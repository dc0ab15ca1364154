#include "weight_rules.h"

#include <algorithm>

namespace calloff {

static std::size_t scratch_for(const std::vector<WeightRule>& rules, const NetworkLayout& layout,
                               std::size_t (*floats)(const Variable&)) {
  std::size_t most = 0;
  for (std::size_t k = 0; k < rules.size(); ++k)
    if (rules[k].orthogonal != 0) most = std::max(most, floats(layout.variables()[k]));
  return most;
}

WeightRules::WeightRules(const std::vector<WeightRule>& rules, const NetworkLayout& layout, const Kernels& kernels)
    : rules_(rules), layout_(layout), kernels_(kernels), scratch_(scratch_for(rules, layout, kernels.orthogonal_scratch)) {}

double WeightRules::penalty(const float* params, const float* transposed, float* gradients) {
  double total = 0;
  for (std::size_t k = 0; k < rules_.size(); ++k) {
    const WeightRule& rule = rules_[k];
    const Variable& v = layout_.variables()[k];
    const float* w = params + v.offset;
    float* g = gradients ? gradients + v.offset : nullptr;
    if (rule.l1 != 0 || rule.l2 != 0)
      total += kernels_.penalty(rule, v, w, g);
    if (rule.orthogonal == 0) continue;
    const float* rows = k == 0 ? nullptr : transposed + v.transposed;  // nothing goes back through the first kernel
    total += kernels_.orthogonal_penalty(rule, v, w, rows, g, scratch_.get());
  }
  return total;
}

void WeightRules::project(float* params) const {
  for (std::size_t k = 0; k < rules_.size(); ++k)
    if (rules_[k].projection != ProjectionKind::none)
      kernels_.project(rules_[k], layout_.variables()[k], params + layout_.variables()[k].offset);
}

GroupRules::GroupRules(const std::vector<WeightRule>& rules, const NetworkLayout& layout, const Kernels& kernels,
                       int alone)
    : rules_(rules),
      layout_(layout),
      kernels_(kernels),
      alone_(alone),
      scratch_(scratch_for(rules, layout, kernels.orthogonal_scratch_group)) {}

std::vector<double> GroupRules::penalties(const float* params, float* gradients) {
  std::vector<double> totals(kernels_.lanes), found(kernels_.lanes);
  const auto add_found = [&] {
    for (std::size_t lane = 0; lane < totals.size(); ++lane) totals[lane] += found[lane];
  };
  for (std::size_t k = 0; k < rules_.size(); ++k) {
    const WeightRule& rule = rules_[k];
    const Variable& v = layout_.variables()[k];
    const float* w = params + v.offset;
    float* g = gradients ? gradients + v.offset : nullptr;
    if (rule.l1 != 0 || rule.l2 != 0) {
      kernels_.penalty_group(rule, v, w, g, alone_, found.data());
      add_found();
    }
    if (rule.orthogonal == 0) continue;
    kernels_.orthogonal_penalty_group(rule, v, w, g, scratch_.get(), alone_, found.data());
    add_found();
  }
  return totals;
}

void GroupRules::project(float* params) const {
  for (std::size_t k = 0; k < rules_.size(); ++k)
    if (rules_[k].projection != ProjectionKind::none)
      kernels_.project_group(rules_[k], layout_.variables()[k], params + layout_.variables()[k].offset, alone_);
}

}  // namespace calloff
