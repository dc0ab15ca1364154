// The penalty of OrthogonalRegularizer (regularizers.py): the mean |cosine| of two rows, or columns, of a matrix.
#pragma once
#include <algorithm>
#include "signed_sums.h"

namespace calloff::CALLOFF_ISA {

// The products C = M M^T of a matrix's n rows with each other, and what is made of them. With s_r = 1 /
// |m_r|, the cosines are s_r s_t c_rt, and half the sum of their sizes over r != t has the derivative
// s_r (sum over t != r of sign(c_rt) s_t m_t - q_r s_r m_r) by m_r, where q_r = s_r sum over t != r of
// s_t |c_rt|. No row is divided by its norm.
struct Cosines {
  int n;
  float *products, *inverses, *sizes;  // (n, n); (n): s_r; (n): q_r

  int panels() const { return (n + V - 1) / V; }
  Index stride() const { return static_cast<Index>(n) * V; }
  float* at(int r, int panel) const { return products + panel * stride() + static_cast<Index>(r) * V; }
  static std::size_t floats(int n) {
    const std::size_t rows = static_cast<std::size_t>(n), padded = (rows + V - 1) / V * V;
    return rows * padded + 2 * padded;
  }
  Cosines(int rows, float* scratch) : n(rows), products(scratch) {
    inverses = products + panels() * stride();
    sizes = inverses + panels() * V;
  }

  vi is_diagonal(int r, int panel) const { return lane_numbers() == r - panel * V; }
  // The products of row r with others, 0 for that with itself.
  vf with_others(int r, int panel) const { return select(is_diagonal(r, panel), vf{}, load(at(r, panel))); }

  // Norms below 1e-7 count as that, as in Keras.
  void invert_norms() const {
    for (int panel = 0; panel < panels(); ++panel) {
      vf squares{};
      for (int r = panel * V; r < std::min(n, (panel + 1) * V); ++r)
        squares = select(is_diagonal(r, panel), load(at(r, panel)), squares);
      store(inverses + panel * V, 1.0f / vsqrt(vmax(broadcast(1e-14f), squares)));
    }
  }

  // The sum of |cosine| over all pairs of different rows, each counted twice.
  double sum_sizes() const {
    double total = 0;
    for (int panel = 0; panel < panels(); ++panel) {
      vf sum{};
      for (int r = 0; r < n; ++r) sum += vabs(with_others(r, panel)) * broadcast(inverses[r]);
      sum = sum * load(inverses + panel * V);
      store(sizes + panel * V, sum);
      total += static_cast<double>(sum_of_lanes(sum));
    }
    return total;
  }

  // q_r s_r s_r, by which row r is drawn along itself; a row that counts as longer than it is, is not.
  vf along_itself(int panel) const {
    const vf s = load(inverses + panel * V);
    return select(s < 1e7f, load(sizes + panel * V) * s * s, vf{});
  }

  // The matrix whose product with M is the derivative, times `factor`, in the place of the products.
  void differentiate(float factor) const {
    for (int panel = 0; panel < panels(); ++panel) {
      const vf scaled = load(inverses + panel * V) * factor, diagonal = -factor * along_itself(panel);
      for (int r = 0; r < n; ++r) {
        const vf c = load(at(r, panel)), size = scaled * broadcast(inverses[r]);
        const vf others = select(c != 0.0f, copy_sign(size, c), vf{});
        store(at(r, panel), select(is_diagonal(r, panel), diagonal, others));
      }
    }
  }

  // Whether two different rows are exactly at right angles: the sign of their cosine is neither.
  bool has_right_angle() const {
    vi found{};
    for (int panel = 0; panel < panels(); ++panel)
      for (int r = 0; r < n; ++r)
        found |= (load(at(r, panel)) == 0.0f) & ~is_diagonal(r, panel) & (lane_numbers() < n - panel * V);
    bool any = false;
    for (int k = 0; k < V; ++k) any |= found[k] != 0;
    return any;
  }

  // Copies the blocks of rows before its own in panel j to where they lie as columns.
  void mirror(int j) const {
    const int rows = std::min(V, n - j * V);
    for (int block = 0; block < j; ++block) {
      const float* from = at(block * V, j);
      float* to = at(j * V, block);
      if (rows == V) {
        transpose_block(from, to);
        continue;
      }
      for (int r = 0; r < rows; ++r)
        for (int k = 0; k < V; ++k) to[r * V + k] = from[k * V + r];
    }
  }
};

// Up to as many columns (16 units) networks side by side compute the same sums; from then on the other way is faster.
constexpr int most_columns = 64;

static inline std::size_t scratch_of_rows(int rows, int panels) {
  const std::size_t transposed = static_cast<std::size_t>(panels) * V * static_cast<std::size_t>((rows + V - 1) / V) * V;
  return Cosines::floats(rows) + std::max(transposed, signed_sums_floats(rows));
}

// The columns of v as the rows of a matrix.
static inline Variable columns_as_rows(const Variable& v) {
  Variable lines;
  lines.rows = v.gates * v.width;
  lines.gates = 1;
  lines.width = v.rows;
  lines.gate_panels = (v.rows + V - 1) / V;
  return lines;
}
static inline std::size_t floats_of(const Variable& v) {
  return static_cast<std::size_t>(v.panels()) * static_cast<std::size_t>(v.rows) * V;
}

static std::size_t orthogonal_scratch(const Variable& v) {
  const Variable lines = columns_as_rows(v);
  const std::size_t of_columns = lines.rows > most_columns
                                     ? 2 * floats_of(lines) + scratch_of_rows(lines.rows, lines.panels())
                                     : Cosines::floats(v.panels() * V);
  return std::max(scratch_of_rows(v.rows, v.panels()), of_columns);
}

// C of the rows, where `transposed` is the matrix transposed. Of each panel only the rows up to its own are
// computed: C is symmetric.
static void multiply_by_transpose(const Cosines& c, ConstPanels rows, int columns, ConstPanels transposed) {
  for (int j = 0; j < c.panels(); ++j) {
    product({std::min(c.n, (j + 1) * V), 1, columns}, rows, {transposed.p + j * transposed.stride, transposed.stride},
            {c.at(0, j), c.stride()}, from_zero());
    c.mirror(j);
  }
}

// g += the derivative of `factor` times half the sum, by a product or, where rows are many, by signs.
static void add_derivative(const Cosines& c, float factor, ConstPanels rows, int panels, Panels g, float* scratch) {
  if (c.n < many_rows || c.has_right_angle()) {
    c.differentiate(factor);
    return product({c.n, panels, c.n}, {c.products, c.stride()}, rows, g, from_sums(g));
  }
  SignedSums sums(c.n, scratch);
  for (int panel = 0; panel < c.panels(); ++panel) {
    for (int r = 0; r < c.n; ++r) sums.keep_signs(r, panel, load(c.at(r, panel)));
    const vf s = load(c.inverses + panel * V);  // the sums have s_r m_r itself with a plus: c_rr >= 0
    store(sums.factors + panel * V, factor * s);
    store(sums.own + panel * V, -factor * (c.along_itself(panel) + s * s));
  }
  sums.add(panels, rows, c.inverses, g);
}

static double penalty_of_rows(double factor, const Variable& v, const float* w, const float* transposed, float* g,
                              float* scratch) {
  const Cosines c(v.rows, scratch);
  float* free = scratch + Cosines::floats(v.rows);
  if (!transposed) transpose_panels({w, v.rows, v.panels()}, free, 0, v.panels());
  multiply_by_transpose(c, {w, c.stride()}, v.gates == 1 ? v.width : v.panels() * V,
                        {transposed ? transposed : free, static_cast<Index>(v.panels()) * V * V});
  c.invert_norms();
  const double total = c.sum_sizes();
  if (g) add_derivative(c, static_cast<float>(factor), {w, c.stride()}, v.panels(), {g, c.stride()}, free);
  return factor * 0.5 * total;
}

// Copies the columns of w, without padding, to the rows of a matrix as columns_as_rows says, or adds such rows to w.
template <bool Back, class Weight, class Line>
static inline void exchange_columns(const Variable& v, Weight* w, const Variable& lines, Line* rows) {
  for (int panel = 0; panel < v.panels(); ++panel) {
    const int within = panel % v.gate_panels * V, count = std::min(V, v.width - within);
    const Index first = static_cast<Index>(panel / v.gate_panels) * v.width + within;
    for (int r = 0; r < v.rows; ++r, w += V)
      for (int k = 0; k < count; ++k) {
        Line& line = rows[(static_cast<Index>(r / V) * lines.rows + first + k) * V + r % V];
        if constexpr (Back) w[k] += line;
        else line = w[k];
      }
  }
}

static double penalty_of_many_columns(double factor, const Variable& v, const float* w, float* g, float* scratch) {
  const Variable lines = columns_as_rows(v);
  float *rows = scratch, *slopes = rows + floats_of(lines), *free = slopes + floats_of(lines);
  std::fill_n(scratch, 2 * floats_of(lines), 0.0f);
  exchange_columns<false>(v, w, lines, rows);
  const double penalty = penalty_of_rows(factor, lines, rows, nullptr, g ? slopes : nullptr, free);
  if (g) exchange_columns<true>(v, g, lines, slopes);
  return penalty;
}

// Padding is columns of zeros, whose products are 0.
static double penalty_of_columns(double factor, const Variable& v, const float* w, float* g, float* scratch) {
  const Cosines c(v.panels() * V, scratch);
  const ConstPanels rows{w, static_cast<Index>(v.rows) * V};
  transposed_product({c.n, v.panels(), v.rows}, rows, rows, {c.products, c.stride()});
  c.invert_norms();
  const double total = c.sum_sizes();
  if (!g) return factor * 0.5 * total;
  c.differentiate(static_cast<float>(factor));
  const Panels sums{g, rows.stride};
  product({v.rows, v.panels(), v.gates == 1 ? v.width : c.n}, rows, {c.products, c.stride()}, sums, from_sums(sums));
  return factor * 0.5 * total;
}

static inline double orthogonal_factor(const WeightRule& rule, const Variable& v) {
  const double count = rule.orthogonal_columns ? v.gates * v.width : v.rows;
  return rule.orthogonal / std::max(count * (count - 1) / 2, 1.0);
}

static double orthogonal_penalty(const WeightRule& rule, const Variable& v, const float* w, const float* transposed,
                                 float* g, float* scratch) {
  const double factor = orthogonal_factor(rule, v);
  if (rule.orthogonal_columns && v.gates * v.width > most_columns)
    return penalty_of_many_columns(factor, v, w, g, scratch);
  if (rule.orthogonal_columns) return penalty_of_columns(factor, v, w, g, scratch);
  return penalty_of_rows(factor, v, w, transposed, g, scratch);
}

}  // namespace calloff::CALLOFF_ISA
