// Penalties on weights and projections of weights, on the panels that weights lie in: regularizers.py
// and constraints.py. Padding is zero, has no penalty and stays zero.
#pragma once
#include <algorithm>
#include "product.h"

namespace calloff::CALLOFF_ISA {

static double penalty(float l1, float l2, const float* w, float* g, std::size_t n) {
  double total = 0;
  constexpr std::size_t block = 64 * V;  // so many are added up in float
  for (std::size_t from = 0; from < n; from += block) {
    vf sizes{}, squares{};
    const std::size_t end = std::min(n, from + block);
    for (std::size_t k = from; k < end; k += V) {
      const vf x = load(w + k);
      sizes += vabs(x), squares += x * x;
      const vf slope = select(x != 0.0f, copy_sign(broadcast(l1), x), vf{});
      if (g) store(g + k, load(g + k) + (slope + 2.0f * l2 * x));
    }
    total += static_cast<double>(l1) * static_cast<double>(sum_of_lanes(sizes)) +
             static_cast<double>(l2) * static_cast<double>(sum_of_lanes(squares));
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
