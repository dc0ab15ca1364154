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

// The products C = M M^T of a matrix's n rows with each other, and what is made of them. With s_r = 1 /
// |m_r|, the cosines are s_r s_t c_rt, and half the sum of their sizes over r != t has the derivative
// s_r (sum over t != r of sign(c_rt) s_t m_t - q_r s_r m_r) by m_r, where q_r = s_r sum over t != r of
// s_t |c_rt|: a product of M with a symmetric matrix, which takes the place of C. No row is divided by
// its norm.
struct Cosines {
  int n;
  float *products, *inverses, *sums;  // (n, n); (n): s_r; (n): q_r

  int panels() const { return (n + V - 1) / V; }
  Index stride() const { return static_cast<Index>(n) * V; }
  float& at(int r, int t) const { return products[t / V * stride() + static_cast<Index>(r) * V + t % V]; }
  static std::size_t floats(int n) {
    const std::size_t rows = static_cast<std::size_t>(n), padded = (rows + V - 1) / V * V;
    return rows * padded + 2 * padded;
  }
  Cosines(int rows, float* scratch) : n(rows), products(scratch) {
    inverses = products + panels() * stride();
    sums = inverses + panels() * V;
  }

  // Norms below 1e-7 count as that, as in Keras. The diagonal becomes 0.
  void invert_norms() {
    for (int r = 0; r < panels() * V; ++r) inverses[r] = r < n ? at(r, r) : 0.0f;
    for (int r = 0; r < panels() * V; r += V)
      store(inverses + r, 1.0f / vsqrt(vmax(broadcast(1e-14f), load(inverses + r))));
    for (int r = 0; r < n; ++r) at(r, r) = 0.0f;
  }

  // The sum of |cosine| over all pairs of different rows; the products become the matrix above, times
  // `factor`.
  double differentiate(float factor) {
    invert_norms();
    double total = 0;
    for (int panel = 0; panel < panels(); ++panel) {
      const vf s_t = load(inverses + panel * V), scaled = s_t * factor;
      vf sum{};
      for (int r = 0; r < n; ++r) {
        float* place = products + panel * stride() + static_cast<Index>(r) * V;
        const vf c = load(place), s_r = broadcast(inverses[r]);
        sum += vabs(c) * s_r;
        store(place, select(c != 0.0f, copy_sign(scaled * s_r, c), vf{}));
      }
      store(sums + panel * V, sum * s_t);
      total += static_cast<double>(sum_of_lanes(sum * s_t));
    }
    for (int r = 0; r < n; ++r)
      if (inverses[r] < 1e7f) at(r, r) = -factor * inverses[r] * inverses[r] * sums[r];
    return total;
  }

  // Copies the blocks of rows before panel `first` in panel `j` to where they lie as columns.
  void mirror(int j, int first) const {
    const int rows = std::min(V, n - j * V);
    for (int block = 0; block < first; ++block) {
      const float* from = products + j * stride() + static_cast<Index>(block) * V * V;
      float* to = products + block * stride() + static_cast<Index>(j) * V * V;
      if (rows == V) {
        transpose_block(from, to);
        continue;
      }
      for (int r = 0; r < rows; ++r)
        for (int k = 0; k < V; ++k) to[r * V + k] = from[k * V + r];
    }
  }
};

static std::size_t orthogonal_scratch(const Variable& v) {
  const std::size_t panels = static_cast<std::size_t>(v.panels());
  const std::size_t transposed = panels * V * static_cast<std::size_t>((v.rows + V - 1) / V) * V;
  return std::max(Cosines::floats(v.rows) + transposed, Cosines::floats(v.panels() * V));
}

static double penalty_of_rows(double factor, const Variable& v, const float* w, float* g, float* scratch) {
  const Index stride = static_cast<Index>(v.panels()) * V * V;  // of the transpose
  Cosines c(v.rows, scratch + (v.rows + V - 1) / V * stride);
  const ConstPanels rows{w, c.stride()};
  transpose_panels({w, v.rows, v.panels()}, scratch, 0, v.panels());
  for (int j = 0; j < c.panels(); j += max_nv) {  // the rows up to those of these panels: C is symmetric
    const int end = std::min(j + max_nv, c.panels());
    product({std::min(c.n, end * V), end - j, v.panels() * V}, rows, {scratch + j * stride, stride},
            {c.products + j * c.stride(), c.stride()}, from_zero());
    for (int panel = j; panel < end; ++panel) c.mirror(panel, j);
  }
  const double total = c.differentiate(static_cast<float>(factor));
  const Panels sums{g, c.stride()};
  if (g) product({c.n, v.panels(), c.n}, {c.products, c.stride()}, rows, sums, from_sums(sums));
  return factor * 0.5 * total;
}

// Padding is columns of zeros, whose products are 0.
static double penalty_of_columns(double factor, const Variable& v, const float* w, float* g, float* scratch) {
  Cosines c(v.panels() * V, scratch);
  const ConstPanels rows{w, static_cast<Index>(v.rows) * V};
  transposed_product({c.n, v.panels(), v.rows}, rows, rows, {c.products, c.stride()});
  const double total = c.differentiate(static_cast<float>(factor));
  const Panels sums{g, rows.stride};
  if (g) product({v.rows, v.panels(), c.n}, rows, {c.products, c.stride()}, sums, from_sums(sums));
  return factor * 0.5 * total;
}

static double orthogonal_penalty(const WeightRule& rule, const Variable& v, const float* w, float* g, float* scratch) {
  const double count = rule.orthogonal_columns ? v.gates * v.width : v.rows;
  const double factor = rule.orthogonal / std::max(count * (count - 1) / 2, 1.0);
  return (rule.orthogonal_columns ? penalty_of_columns : penalty_of_rows)(factor, v, w, g, scratch);
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
