#include "weight_rules.h"

#include <algorithm>

namespace calloff {

static std::size_t scratch_for(const std::vector<WeightRule>& rules, const NetworkLayout& layout,
                               const Kernels& kernels) {
  std::size_t most = 0;
  for (std::size_t k = 0; k < rules.size(); ++k)
    if (rules[k].orthogonal != 0) most = std::max(most, kernels.orthogonal_scratch(layout.variables()[k]));
  return most;
}

WeightRules::WeightRules(const std::vector<WeightRule>& rules, const NetworkLayout& layout, const Kernels& kernels)
    : rules_(rules), layout_(layout), kernels_(kernels), scratch_(scratch_for(rules, layout, kernels)) {}

double WeightRules::penalty(const float* params, const float* transposed, float* gradients) {
  double total = 0;
  for (std::size_t k = 0; k < rules_.size(); ++k) {
    const WeightRule& rule = rules_[k];
    const Variable& v = layout_.variables()[k];
    const float* w = params + v.offset;
    float* g = gradients ? gradients + v.offset : nullptr;
    if (rule.l1 != 0 || rule.l2 != 0)
      total += kernels_.penalty(static_cast<float>(rule.l1), static_cast<float>(rule.l2), w, g, layout_.size_of(v));
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

}  // namespace calloff
