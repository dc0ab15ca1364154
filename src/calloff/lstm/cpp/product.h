// Products of matrices in panels (net.h): C = A B and C = A^T B, by tiles of MR x NV vectors whose
// sums stay in registers. Each sum runs over k in order, so a result never depends on the tiling.
#pragma once
#include "net.h"
#include "simd.h"

namespace calloff::CALLOFF_ISA {

struct In { const float* p; Index panel; };  // panel: floats from one panel to the next
struct Out { float* p; Index panel; };

// What the sums start from: the vector at p + panel * j + row * i. One way for all three cases below
// spares the short products a branch.
struct Start { const float* p; Index panel, row; };

alignas(64) static const float zeros[V] = {};
static inline Start from_zero() { return {zeros, 0, 0}; }
static inline Start from_bias(const float* b) { return {b, V, 0}; }  // one row for all rows
static inline Start from_sums(Out c) { return {c.p, c.panel, V}; }

struct Shape { int m, np, k; };  // rows of C, panels of C, length of the sums

template <int MR, int NV>
struct Sums {
  vf s[MR][NV];

  void start(const Start& from) {
    for (int j = 0; j < NV; ++j)
      for (int i = 0; i < MR; ++i) s[i][j] = load(from.p + j * from.panel + i * from.row);
  }
  void finish(const Out& c) const {
    for (int j = 0; j < NV; ++j)
      for (int i = 0; i < MR; ++i) store(c.p + j * c.panel + i * V, s[i][j]);
  }
  void finish_in_two(In a, In b, const Out& c, int k) {
    Sums<MR, NV> odd{};
    const float* pa = a.p;
    const float* pb = b.p;
    int left = k;
    for (; left >= V; left -= V, pa += a.panel, pb += V * V)
#pragma GCC unroll 16
      for (int kk = 0; kk < V; kk += 2) {
        add(pa + kk, V, pb + kk * V, b.panel);
        odd.add(pa + kk + 1, V, pb + kk * V + V, b.panel);
      }
    for (int kk = 0; kk < left; ++kk) add(pa + kk, V, pb + kk * V, b.panel);
    for (int i = 0; i < MR; ++i) s[i][0] += odd.s[i][0];
    finish(c);
  }
  // row k of B times MR elements of A, a_step floats apart
  inline __attribute__((always_inline)) void add(const float* a, Index a_step, const float* b,
                                                 Index b_panel) {
    vf row[NV];
    for (int j = 0; j < NV; ++j) row[j] = load(b + j * b_panel);
    for (int i = 0; i < MR; ++i) {
      const vf x = all(a[i * a_step]);
      for (int j = 0; j < NV; ++j) s[i][j] += x * row[j];
    }
  }
};

template <int MR, int NV>
static inline void tile(In a, In b, Out c, int k, Start from) {
  Sums<MR, NV> sums;
  sums.start(from);
  if constexpr (NV == 1) {  // few sums wait for each other: let odd and even k go side by side
    if (k >= V) return sums.finish_in_two(a, b, c, k);
  }
  const float* pa = a.p;
  const float* pb = b.p;
  int left = k;
  for (; left >= V; left -= V, pa += a.panel, pb += V * V)
#pragma GCC unroll 16
    for (int kk = 0; kk < V; ++kk) sums.add(pa + kk, V, pb + kk * V, b.panel);
  for (int kk = 0; kk < left; ++kk) sums.add(pa + kk, V, pb + kk * V, b.panel);
  sums.finish(c);
}

template <int MR, int NV>
static inline void turned_tile(In a, In b, Out c, int k) {
  Sums<MR, NV> sums;
  sums.start(from_zero());
  for (int r = 0; r < k; ++r) sums.add(a.p + r * V, 1, b.p + r * V, b.panel);
  sums.finish(c);
}

template <int NV>
static inline void rows_of(int mr, In a, In b, Out c, int k, Start from) {
  switch (mr) {
    case 6: return tile<6, NV>(a, b, c, k, from);
    case 5: return tile<5, NV>(a, b, c, k, from);
    case 4: return tile<4, NV>(a, b, c, k, from);
    case 3: return tile<3, NV>(a, b, c, k, from);
    case 2: return tile<2, NV>(a, b, c, k, from);
    default: return tile<1, NV>(a, b, c, k, from);
  }
}

template <int NV>
static inline void panels_of(int m, In a, In b, Out c, int k, Start from) {
  int blocks = (m + max_mr - 1) / max_mr;
  for (int i = 0; i < m; --blocks) {  // even shares: 32 rows go as 6 6 5 5 5 5, not 6 6 6 6 6 2
    const int mr = (m - i + blocks - 1) / blocks;
    rows_of<NV>(mr, {a.p + i * V, a.panel}, b, {c.p + i * V, c.panel}, k,
                {from.p + i * from.row, from.panel, from.row});
    i += mr;
  }
}

// Calls f.operator()<NV>(first panel) for all panels, as many at a time as registers allow.
template <class F>
static inline void by_panels(int np, F f) {
  int j = 0;
  for (; j + max_nv <= np; j += max_nv) f.template operator()<max_nv>(j);
  if constexpr (max_nv > 2)
    for (; j + 2 <= np; j += 2) f.template operator()<2>(j);
  for (; j < np; ++j) f.template operator()<1>(j);
}

// C (m, np panels) = start + A (m, k) B (k, np panels)
static CALLOFF_APART void product(Shape s, In a, In b, Out c, Start from) {
  by_panels(s.np, [&]<int NV>(int j) {
    panels_of<NV>(s.m, a, {b.p + j * b.panel, b.panel}, {c.p + j * c.panel, c.panel}, s.k,
                  {from.p + j * from.panel, from.panel, from.row});
  });
}

template <int NV>
static inline void turned_rows(int m, In a, In b, Out c, int k) {
  for (int i = 0; i < m;) {  // 4 rows of C are 4 columns of A, side by side in one panel
    const In from{a.p + (i / V) * a.panel + i % V, a.panel};
    const Out to{c.p + i * V, c.panel};
    if (m - i >= 4) turned_tile<4, NV>(from, b, to, k), i += 4;
    else if (m - i >= 2) turned_tile<2, NV>(from, b, to, k), i += 2;
    else turned_tile<1, NV>(from, b, to, k), i += 1;
  }
}

// C (m, np panels) = A^T B, A (k, m), B (k, np panels)
static CALLOFF_APART void turned_product(Shape s, In a, In b, Out c) {
  by_panels(s.np, [&]<int NV>(int j) {
    turned_rows<NV>(s.m, a, {b.p + j * b.panel, b.panel}, {c.p + j * c.panel, c.panel}, s.k);
  });
}

// The sum of k rows of each panel.
static inline void column_sums(int np, int k, In b, float* out) {
  for (int j = 0; j < np; ++j) {
    const float* p = b.p + j * b.panel;
    vf s{};
    for (int r = 0; r < k; ++r) s += load(p + r * V);
    store(out + j * V, s);
  }
}

}  // namespace calloff::CALLOFF_ISA
