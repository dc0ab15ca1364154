// Penalties on weights and projections of weights, on the panels that weights lie in: regularizers.py
// and constraints.py. Padding is zero, has no penalty and stays zero.
#pragma once
#include <algorithm>
#include "product.h"

namespace calloff::CALLOFF_ISA {

constexpr int added_vectors = 64;  // so many are added up in float

// The sums of |w| and of w^2 in each lane.
struct WeightSizes {
  vf sizes{}, squares{};

  // Of n weights; adds the derivative of their penalty to g unless that is null.
  void add(const WeightRule& rule, const float* w, float* g, Index n) {
    const float l1 = static_cast<float>(rule.l1), l2 = static_cast<float>(rule.l2);
    for (Index k = 0; k < n; k += V) {
      const vf x = load(w + k);
      sizes += vabs(x), squares += x * x;
      const vf slope = select(x != 0.0f, copy_sign(broadcast(l1), x), vf{});
      if (g) store(g + k, load(g + k) + (slope + 2.0f * l2 * x));
    }
  }
};

// One product for each sum, so that every compiler rounds both the same way wherever this is part of a loop.
static inline void add_penalty(const WeightRule& rule, float size, float square, double& penalty) {
  penalty += static_cast<double>(static_cast<float>(rule.l1)) * static_cast<double>(size);
  penalty += static_cast<double>(static_cast<float>(rule.l2)) * static_cast<double>(square);
}

static double penalty(const WeightRule& rule, const Variable& v, const float* w, float* g) {
  double total = 0;
  const Index count = static_cast<Index>(v.panels()) * v.rows * V, block = added_vectors * V;
  for (Index from = 0; from < count; from += block) {
    WeightSizes sums;
    sums.add(rule, w + from, g ? g + from : nullptr, std::min(block, count - from));
    add_penalty(rule, sum_of_lanes(sums.sizes), sum_of_lanes(sums.squares), total);
  }
  return total;
}

// What a norm is multiplied by: towards min .. max, and by Keras's epsilon too little.
static inline vf factor_of(const WeightRule& rule, vf square) {
  const vf norm = vsqrt(square), rate = broadcast(static_cast<float>(rule.rate));
  const vf inside = vmax(broadcast(static_cast<float>(rule.min_norm)),
                         vmin(broadcast(static_cast<float>(rule.max_norm)), norm));
  return (rate * inside + (1.0f - rate) * norm) / (1e-7f + norm);
}

static void project_columns(const WeightRule& rule, const Variable& v, float* w) {
  for (int j = 0; j < v.panels(); ++j) {
    float* panel = w + static_cast<Index>(j) * v.rows * V;
    vf square{};
    for (int r = 0; r < v.rows; ++r) square += load(panel + r * V) * load(panel + r * V);
    const vf factor = factor_of(rule, square);
    for (int r = 0; r < v.rows; ++r) store(panel + r * V, load(panel + r * V) * factor);
  }
}

static void project_rows(const WeightRule& rule, const Variable& v, float* w) {
  const Index stride = static_cast<Index>(v.rows) * V;
  for (int r = 0; r < v.rows; ++r) {
    vf square{};
    for (int j = 0; j < v.panels(); ++j) square += load(w + j * stride + r * V) * load(w + j * stride + r * V);
    const vf factor = factor_of(rule, broadcast(sum_of_lanes(square)));
    for (int j = 0; j < v.panels(); ++j) store(w + j * stride + r * V, load(w + j * stride + r * V) * factor);
  }
}

static void project(const WeightRule& rule, const Variable& v, float* w) {
  if (rule.projection == ProjectionKind::norm) return (rule.norm_of_rows ? project_rows : project_columns)(rule, v, w);
  const Index count = static_cast<Index>(v.panels()) * v.rows * V;
  for (Index k = 0; k < count; k += V) store(w + k, vmax(vf{}, load(w + k)));
}

}  // namespace calloff::CALLOFF_ISA
