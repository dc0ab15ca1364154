// One LSTM layer over whole sequences, for the rows of one slice: forward, and back through time.
// Row t * rows + n of a buffer is row n at step t in the order of processing.
#pragma once
#include "cell.h"
#include "product.h"

namespace calloff::CALLOFF_ISA {

struct Layer {
  const LayerShape& l;
  LayerWork& w;
  int rows, time;  // N, T
  bool training;  // with dropout
  bool masked;

  int steps() const { return time; }
  Index block() const { return static_cast<Index>(rows) * V; }
  Index sequence() const { return steps() * block(); }         // one panel of (R, .)
  Index states() const { return (steps() + 1) * block(); }     // one panel of (R + rows, .)
  bool in_dropped() const { return training && l.dropout > 0; }
  bool rec_dropped() const { return training && l.recurrent_dropout > 0; }
};

// Panels [g * 4q / groups, ...) of a matrix with 4q panels are those of mask group g.
static inline int group_panels(const LayerShape& l, int groups) { return 4 * l.q / groups; }

static inline void multiply(float* out, const float* x, const float* mask, Index count) {
  for (Index k = 0; k < count; k += V) store(out + k, load(x + k) * load(mask + k));
}

static inline void multiply_add(float* out, const float* x, const float* mask, Index count) {
  for (Index k = 0; k < count; k += V) store(out + k, load(out + k) + load(x + k) * load(mask + k));
}

// The state before step t, as it enters the products of mask group g.
static inline In fed_back(const Layer& y, int g, int t) {
  if (!y.rec_dropped()) return {y.w.h + t * y.block(), y.states()};
  return {y.w.h_in + g * y.l.q * y.sequence() + t * y.block(), y.sequence()};
}

static inline void drop_state(const Layer& y, int t) {
  for (int g = 0; g < 4; ++g)
    for (int q = 0; q < y.l.q; ++q)
      multiply(y.w.h_in + (g * y.l.q + q) * y.sequence() + t * y.block(),
               y.w.h + q * y.states() + t * y.block(), y.w.h_mask + (g * y.l.q + q) * y.block(),
               y.block());
}

static inline Step step_at(const Layer& y, int t) {
  Step s{};
  s.q = y.l.q, s.rows = y.rows;
  s.z = y.w.z + t * y.block(), s.z_panel = y.sequence();
  s.z_kept = y.l.keep_z ? y.w.z_kept + t * y.block() : nullptr;
  s.c = y.w.c + t * y.block(), s.h = y.w.h + t * y.block(), s.state_panel = y.states();
  s.a = y.w.a + t * y.block(), s.a_panel = y.sequence();
  s.alive = y.masked ? y.w.alive + static_cast<Index>(t) * y.rows : nullptr;
  s.d_h = y.w.d_h, s.d_c = y.w.d_c;
  s.last = t + 1 == y.steps();
  return s;
}

// z = x W + b for all steps at once, then step by step z += h U and the gates.
static inline void layer_forward(const Layer& y, const float* params, In x, Index x_group) {
  const LayerShape& l = y.l;
  const int in_groups = y.in_dropped() ? l.in_groups : 1, np = group_panels(l, in_groups);
  const int all_rows = y.rows * y.steps();
  for (int g = 0; g < in_groups; ++g)
    product({all_rows, np, l.inputs}, {x.p + g * x_group, x.panel},
            {params + l.w.at + static_cast<Index>(g) * np * l.inputs * V, static_cast<Index>(l.inputs) * V},
            {y.w.z + g * np * y.sequence(), y.sequence()},
            l.bias ? from_bias(params + l.b.at + g * np * V) : from_zero());
  for (int q = 0; q < l.q; ++q)
    for (Index k = 0; k < y.block(); k += V)
      store(y.w.h + q * y.states() + k, vf{}), store(y.w.c + q * y.states() + k, vf{});
  const int rec_groups = y.rec_dropped() ? l.rec_groups : 1, rp = group_panels(l, rec_groups);
  const Index u_panel = static_cast<Index>(l.units) * V;
  for (int t = 0; t < y.steps(); ++t) {
    if (t > 0 && y.rec_dropped()) drop_state(y, t);
    for (int g = 0; t > 0 && g < rec_groups; ++g) {  // before the first step h is 0
      const Out z{y.w.z + g * rp * y.sequence() + t * y.block(), y.sequence()};
      product({y.rows, rp, l.units}, fed_back(y, g, t), {params + l.u.at + g * rp * u_panel, u_panel}, z,
              from_sums(z));
    }
    with_activations(l, [&](auto phi, auto sigma) { step_forward(step_at(y, t), phi, sigma); });
  }
}

// d_h += d_z U^T of step t, behind the masks.
static inline void hand_back_state(const Layer& y, const float* turned, int t) {
  const LayerShape& l = y.l;
  const In u{turned + l.ut, Index{4} * l.q * V * V}, d_z{y.w.z + t * y.block(), y.sequence()};
  const Out d_h{y.w.d_h, y.block()};
  if (!y.rec_dropped())
    return product({y.rows, l.q, 4 * l.q * V}, d_z, u, d_h, from_sums(d_h));
  for (int g = 0; g < 4; ++g) {
    product({y.rows, l.q, l.q * V}, {d_z.p + g * l.q * d_z.panel, d_z.panel},
            {u.p + static_cast<Index>(g) * l.q * V * V, u.panel}, {y.w.scratch, y.block()}, from_zero());
    multiply_add(y.w.d_h, y.w.scratch, y.w.h_mask + g * l.q * y.block(), l.q * y.block());
  }
}

// The derivatives by W, U and b from d_z of all steps: equations (13).
static inline void layer_gradients(const Layer& y, float* grads, In x, Index x_group) {
  const LayerShape& l = y.l;
  const int in_groups = y.in_dropped() ? l.in_groups : 1, np = group_panels(l, in_groups);
  const Index w_panel = static_cast<Index>(l.inputs) * V, u_panel = static_cast<Index>(l.units) * V;
  const int all_rows = y.rows * y.steps();
  for (int g = 0; g < in_groups; ++g)
    turned_product({l.inputs, np, all_rows}, {x.p + g * x_group, x.panel},
                   {y.w.z + g * np * y.sequence(), y.sequence()},
                   {grads + l.w.at + g * np * w_panel, w_panel});
  const int rec_groups = y.rec_dropped() ? l.rec_groups : 1, rp = group_panels(l, rec_groups);
  for (int g = 0; g < rec_groups; ++g)  // from the second step on: h is 0 before the first
    turned_product({l.units, rp, all_rows - y.rows}, fed_back(y, g, 1),
                   {y.w.z + g * rp * y.sequence() + y.block(), y.sequence()},
                   {grads + l.u.at + g * rp * u_panel, u_panel});
  if (l.bias) column_sums(4 * l.q, all_rows, {y.w.z, y.sequence()}, grads + l.b.at);
}

// Time from the last step to the first. d_out: of every step, or (top) of the last one only.
static inline void layer_backward(const Layer& y, const float* turned, bool top) {
  for (int t = y.steps() - 1; t >= 0; --t) {
    Step s = step_at(y, t);
    s.d_out = !top ? y.w.d_out + t * y.block() : s.last ? y.w.d_out : nullptr;
    s.d_out_panel = top ? y.block() : y.sequence();
    with_activations(y.l, [&](auto phi, auto sigma) { step_backward(s, phi, sigma); });
    if (t > 0) hand_back_state(y, turned, t);
  }
}

}  // namespace calloff::CALLOFF_ISA
