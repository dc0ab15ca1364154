// One LSTM layer over whole sequences, for the rows of one slice: forward, and back through time.
// Row t * rows + n of a buffer is row n at step t in the order of processing.
#pragma once
#include <algorithm>
#include "cell.h"
#include "product.h"

namespace calloff::CALLOFF_ISA {

// Some of the panels of a layer's units, for all four gates: what one thread of a team works on.
struct UnitRange { int first, count; };

// Lanes: what the lanes of a vector are, with the products for that.
template <class Lanes>
struct Layer {
  const LayerShape& shape;
  LayerWorkspace& work;
  int rows, steps;  // N, T
  bool training;    // with dropout
  bool masked;
  const SliceTeam* team;
  Lanes lanes;

  // Floats of one panel: of one step (rows, .), of all steps (R, .), of the states (R + rows, .).
  Index step_panel() const { return static_cast<Index>(rows) * V; }
  Index sequence_panel() const { return steps * step_panel(); }
  Index state_panel() const { return (steps + 1) * step_panel(); }
  bool drops_inputs() const { return training && shape.dropout > 0; }
  bool drops_recurrent() const { return training && shape.recurrent_dropout > 0; }
  // How many parts of the gates have a dropout mask of their own, and so a product of their own.
  int input_groups() const { return drops_inputs() ? shape.input_groups : 1; }
  int recurrent_groups() const { return drops_recurrent() ? shape.recurrent_groups : 1; }
  // Where step t lies in a sequence that is held in the order of time.
  int time_of(int t) const { return shape.go_backwards ? steps - 1 - t : t; }
};

// Calls body(first, count) for ranges of `panels`, by the threads of the team if there is one. The ranges
// depend on the number of panels alone, so that each bit is the same for any number of threads.
template <class Body>
static inline void for_ranges(const SliceTeam* team, int panels, Body body) {
  constexpr int most = 8;
  const int size = std::max(max_nv, (panels + most - 1) / most), count = (panels + size - 1) / size;
  if (!team || count == 1) return body(0, panels);
  const auto one = [&](int k) { body(k * size, std::min(size, panels - k * size)); };
  team->run(team->owner, count, [](void* f, int k) { (*static_cast<decltype(one)*>(f))(k); },
            const_cast<void*>(static_cast<const void*>(&one)));
}

// Calls body(first panel, panels) for what a range of units has of the gates [from, to): one piece where
// the range is all there is.
template <class Body>
static inline void for_gates(const LayerShape& shape, UnitRange range, int from, int to, Body body) {
  if (range.count == shape.unit_panels) return body(from * shape.unit_panels, (to - from) * shape.unit_panels);
  for (int gate = from; gate < to; ++gate) body(gate * shape.unit_panels + range.first, range.count);
}

// Panels [g * 4 unit_panels / groups, ...) of a matrix with 4 gates are those of mask group g.
static inline int group_panels(const LayerShape& shape, int groups) {
  return 4 * shape.unit_panels / groups;
}

static inline void multiply(float* out, const float* x, const float* mask, Index count) {
  for (Index k = 0; k < count; k += V) store(out + k, load(x + k) * load(mask + k));
}

static inline void multiply_add(float* out, const float* x, const float* mask, Index count) {
  for (Index k = 0; k < count; k += V) store(out + k, load(out + k) + load(x + k) * load(mask + k));
}

// The state before step t, as it enters the products of mask group g.
template <class Lanes>
static inline ConstPanels recurrent_inputs(const Layer<Lanes>& layer, int g, int t) {
  const LayerWorkspace& work = layer.work;
  if (!layer.drops_recurrent()) return {work.h + t * layer.step_panel(), layer.state_panel()};
  return {work.dropped_h + g * layer.shape.unit_panels * layer.sequence_panel() + t * layer.step_panel(),
          layer.sequence_panel()};
}

template <class Lanes>
static inline void apply_recurrent_dropout(const Layer<Lanes>& layer, UnitRange range, int t) {
  const int unit_panels = layer.shape.unit_panels;
  const Index step = layer.step_panel();
  for (int g = 0; g < 4; ++g)
    for (int panel = range.first; panel < range.first + range.count; ++panel)
      multiply(layer.work.dropped_h + (g * unit_panels + panel) * layer.sequence_panel() + t * step,
               layer.work.h + panel * layer.state_panel() + t * step,
               layer.work.recurrent_dropout_mask + (g * unit_panels + panel) * step, step);
}

template <class Lanes>
static inline Step step_at(const Layer<Lanes>& layer, UnitRange range, int t) {
  const LayerWorkspace& work = layer.work;
  const Index at = t * layer.step_panel(), first = range.first;
  const Index in_sequence = at + first * layer.sequence_panel(), in_states = at + first * layer.state_panel();
  Step s{};
  s.unit_panels = range.count, s.rows = layer.rows;
  s.gates = {work.gates.p + in_sequence}, s.gate_stride = layer.sequence_panel();
  s.gate = layer.shape.unit_panels * s.gate_stride;
  s.saved_z = layer.shape.save_z ? work.saved_z + in_sequence : nullptr;
  s.c = work.c + in_states, s.h = work.h + in_states, s.state_stride = layer.state_panel();
  s.phi_c = work.phi_c + in_sequence, s.phi_c_stride = layer.sequence_panel();
  s.step_mask = layer.masked ? work.step_mask + static_cast<Index>(t) * layer.rows : nullptr;
  s.d_h = work.d_h + first * layer.step_panel(), s.d_c = work.d_c + first * layer.step_panel();
  s.last = t + 1 == layer.steps;
  return s;
}

// z = x W + b of all steps, where some inputs are the same at every step: their product, with b, is made once.
template <class Lanes>
static inline void multiply_static_inputs(const Layer<Lanes>& layer, UnitRange range, const float* params,
                                          ConstPanels x) {
  const LayerShape& shape = layer.shape;
  const int changing = shape.changing_inputs();
  const Index kernel_stride = static_cast<Index>(shape.inputs) * V, step = layer.step_panel();
  for_gates(shape, range, 0, 4, [&](int panel, int count) {
    const float* kernel = params + shape.kernel.offset + panel * kernel_stride;
    const Panels same{layer.work.static_z + panel * step, step};
    layer.lanes.product({layer.rows, count, shape.static_inputs}, {layer.work.static_x, step},
                        {kernel + changing * V, kernel_stride}, same,
                        shape.use_bias ? from_bias(params + shape.bias.offset + panel * V) : from_zero());
    const Index sequence = layer.sequence_panel();
    float* z = layer.work.gates.z() + panel * sequence;
    for (int t = 0; t < layer.steps; ++t)
      layer.lanes.product({layer.rows, count, changing}, {x.p + t * step, x.stride}, {kernel, kernel_stride},
                          {z + t * step, sequence}, from_sums(same));
  });
}

// The same for all inputs, of all steps at once where none of them is static.
template <class Lanes>
static inline void multiply_inputs(const Layer<Lanes>& layer, UnitRange range, const float* params, ConstPanels x,
                                   Index x_group) {
  const LayerShape& shape = layer.shape;
  if (shape.static_inputs > 0) return multiply_static_inputs(layer, range, params, x);
  const int groups = layer.input_groups(), gates = 4 / groups;
  const Index kernel_stride = static_cast<Index>(shape.inputs) * V, sequence = layer.sequence_panel();
  for (int g = 0; g < groups; ++g)
    for_gates(shape, range, g * gates, (g + 1) * gates, [&](int panel, int count) {
      layer.lanes.product({layer.rows * layer.steps, count, shape.inputs}, {x.p + g * x_group, x.stride},
                          {params + shape.kernel.offset + panel * kernel_stride, kernel_stride},
                          {layer.work.gates.z() + panel * sequence, sequence},
                          shape.use_bias ? from_bias(params + shape.bias.offset + panel * V) : from_zero());
    });
}

// z += h U of step t.
template <class Lanes>
static inline void multiply_state(const Layer<Lanes>& layer, UnitRange range, const float* params, int t) {
  const LayerShape& shape = layer.shape;
  const int groups = layer.recurrent_groups(), gates = 4 / groups;
  const Index kernel_stride = static_cast<Index>(shape.units) * V, sequence = layer.sequence_panel();
  for (int g = 0; g < groups; ++g)
    for_gates(shape, range, g * gates, (g + 1) * gates, [&](int panel, int count) {
      const Panels z{layer.work.gates.z() + panel * sequence + t * layer.step_panel(), sequence};
      layer.lanes.product({layer.rows, count, shape.units}, recurrent_inputs(layer, g, t),
                          {params + shape.recurrent_kernel.offset + panel * kernel_stride, kernel_stride}, z,
                          from_sums(z));
    });
}

template <class Lanes>
static inline void zero_first_state(const Layer<Lanes>& layer) {
  for (int panel = 0; panel < layer.shape.unit_panels; ++panel)
    for (Index k = 0; k < layer.step_panel(); k += V)
      store(layer.work.h + panel * layer.state_panel() + k, vf{}),
          store(layer.work.c + panel * layer.state_panel() + k, vf{});
}

template <class Lanes>
static inline void layer_forward(const Layer<Lanes>& layer, const float* params, ConstPanels x, Index x_group) {
  zero_first_state(layer);
  for (int t = 0; t < layer.steps; ++t)  // each step needs the whole state before it
    for_ranges(layer.team, layer.shape.unit_panels, [&](int first, int count) {
      const UnitRange range{first, count};
      if (t == 0) multiply_inputs(layer, range, params, x, x_group);
      if (t > 0) multiply_state(layer, range, params, t);  // before the first step h is 0
      with_activations(layer.shape,
                       [&](auto phi, auto sigma) { step_forward(step_at(layer, range, t), phi, sigma); });
      if (layer.drops_recurrent() && t + 1 < layer.steps) apply_recurrent_dropout(layer, range, t + 1);
    });
}

// d_h += d_z U^T of step t, times the dropout masks: equation (12).
template <class Lanes>
static inline void backprop_to_previous_step(const Layer<Lanes>& layer, UnitRange range, const float* weights, int t) {
  const LayerShape& shape = layer.shape;
  const int unit_panels = shape.unit_panels, gate_columns = unit_panels * Lanes::columns;
  const Index step = layer.step_panel();
  const TransposedWeights u{weights, shape.recurrent_kernel, range.first};
  const ConstPanels d_z{layer.work.gates.d_z() + t * step, layer.sequence_panel()};
  const Panels d_h{layer.work.d_h + range.first * step, step};
  if (!layer.drops_recurrent())
    return layer.lanes.transposed_weights_product({layer.rows, range.count, 4 * gate_columns}, d_z, u, d_h,
                                                  from_sums(d_h));
  float* scratch = layer.work.scratch + range.first * step;
  for (int g = 0; g < 4; ++g) {
    layer.lanes.transposed_weights_product({layer.rows, range.count, gate_columns},
                                           {d_z.p + g * unit_panels * d_z.stride, d_z.stride},
                                           {u.p, u.v, u.first_panel, g * gate_columns}, {scratch, step}, from_zero());
    multiply_add(d_h.p, scratch, layer.work.recurrent_dropout_mask + (g * unit_panels + range.first) * step,
                 range.count * step);
  }
}

// The derivatives by the rows of W for inputs that are the same at every step, for which d_z of all steps adds up.
template <class Lanes>
static inline void static_weight_gradients(const Layer<Lanes>& layer, UnitRange range, float* grads) {
  const LayerShape& shape = layer.shape;
  const Index w_stride = static_cast<Index>(shape.inputs) * V, step = layer.step_panel();
  const int changing = shape.changing_inputs();
  for_gates(shape, range, 0, 4, [&](int panel, int count) {
    for (int j = panel; j < panel + count; ++j) {
      const float* d_z = layer.work.gates.d_z() + j * layer.sequence_panel();
      for (Index k = 0; k < step; k += V) {
        vf sum = load(d_z + k);
        for (int t = 1; t < layer.steps; ++t) sum += load(d_z + t * step + k);
        store(layer.work.static_z + j * step + k, sum);
      }
    }
    layer.lanes.transposed_product({shape.static_inputs, count, layer.rows}, {layer.work.static_x, step},
                                   {layer.work.static_z + panel * step, step},
                                   {grads + shape.kernel.offset + panel * w_stride + changing * V, w_stride});
  });
}

// The derivatives by W, U and b from d_z of all steps: equations (13).
template <class Lanes>
static inline void weight_gradients(const Layer<Lanes>& layer, UnitRange range, float* grads, ConstPanels x,
                                    Index x_group) {
  const LayerShape& shape = layer.shape;
  const float* d_z = layer.work.gates.d_z();
  const Index w_stride = static_cast<Index>(shape.inputs) * V, u_stride = static_cast<Index>(shape.units) * V;
  const Index sequence = layer.sequence_panel();
  const int all_rows = layer.rows * layer.steps, changing = shape.changing_inputs();
  const int in_groups = layer.input_groups(), in_gates = 4 / in_groups;
  for (int g = 0; g < in_groups; ++g)
    for_gates(shape, range, g * in_gates, (g + 1) * in_gates, [&](int panel, int count) {
      layer.lanes.transposed_product({changing, count, all_rows}, {x.p + g * x_group, x.stride},
                                     {d_z + panel * sequence, sequence},
                                     {grads + shape.kernel.offset + panel * w_stride, w_stride});
    });
  if (shape.static_inputs > 0) static_weight_gradients(layer, range, grads);
  const int groups = layer.recurrent_groups(), gates = 4 / groups;
  for (int g = 0; g < groups; ++g)  // from the second step on: h is 0 before the first
    for_gates(shape, range, g * gates, (g + 1) * gates, [&](int panel, int count) {
      layer.lanes.transposed_product({shape.units, count, all_rows - layer.rows}, recurrent_inputs(layer, g, 1),
                                     {d_z + panel * sequence + layer.step_panel(), sequence},
                                     {grads + shape.recurrent_kernel.offset + panel * u_stride, u_stride});
    });
  if (!shape.use_bias) return;
  for_gates(shape, range, 0, 4, [&](int panel, int count) {
    column_sums(count, all_rows, {d_z + panel * sequence, sequence}, grads + shape.bias.offset + panel * V);
  });
}

// Time from the last step to the first. weights: as TransposedWeights::p. d_output: of every step, or (top layer)
// of the last one only.
template <class Lanes>
static inline void layer_backward(const Layer<Lanes>& layer, const float* weights, bool top) {
  const float* d_output = layer.work.d_output;
  for (int t = layer.steps - 1; t >= 0; --t)  // each step needs d_z of the whole step behind it
    for_ranges(layer.team, layer.shape.unit_panels, [&](int first, int count) {
      const UnitRange range{first, count};
      Step s = step_at(layer, range, t);
      s.d_output_stride = top ? layer.step_panel() : layer.sequence_panel();
      s.d_output = !top ? d_output + t * layer.step_panel() : s.last ? d_output : nullptr;
      if (s.d_output) s.d_output += first * s.d_output_stride;
      if (!s.last) backprop_to_previous_step(layer, range, weights, t + 1);
      with_activations(layer.shape, [&](auto phi, auto sigma) { step_backward(s, phi, sigma); });
    });
}

}  // namespace calloff::CALLOFF_ISA
