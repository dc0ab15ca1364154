// One LSTM layer over whole sequences, for the rows of one slice: forward, and back through time.
// Row t * rows + n of a buffer is row n at step t in the order of processing.
#pragma once
#include "cell.h"
#include "product.h"

namespace calloff::CALLOFF_ISA {

struct Layer {
  const LayerShape& shape;
  LayerWorkspace& work;
  int rows, steps;  // N, T
  bool training;    // with dropout
  bool masked;

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
static inline ConstPanels recurrent_inputs(const Layer& layer, int g, int t) {
  const LayerWorkspace& work = layer.work;
  if (!layer.drops_recurrent()) return {work.h + t * layer.step_panel(), layer.state_panel()};
  return {work.dropped_h + g * layer.shape.unit_panels * layer.sequence_panel() + t * layer.step_panel(),
          layer.sequence_panel()};
}

static inline void apply_recurrent_dropout(const Layer& layer, int t) {
  const int unit_panels = layer.shape.unit_panels;
  const Index step = layer.step_panel();
  for (int g = 0; g < 4; ++g)
    for (int panel = 0; panel < unit_panels; ++panel)
      multiply(layer.work.dropped_h + (g * unit_panels + panel) * layer.sequence_panel() + t * step,
               layer.work.h + panel * layer.state_panel() + t * step,
               layer.work.recurrent_dropout_mask + (g * unit_panels + panel) * step, step);
}

static inline Step step_at(const Layer& layer, int t) {
  const LayerWorkspace& work = layer.work;
  const Index at = t * layer.step_panel();
  Step s{};
  s.unit_panels = layer.shape.unit_panels, s.rows = layer.rows;
  s.gates = {work.gates.p + at}, s.gate_stride = layer.sequence_panel();
  s.saved_z = layer.shape.save_z ? work.saved_z + at : nullptr;
  s.c = work.c + at, s.h = work.h + at, s.state_stride = layer.state_panel();
  s.phi_c = work.phi_c + at, s.phi_c_stride = layer.sequence_panel();
  s.step_mask = layer.masked ? work.step_mask + static_cast<Index>(t) * layer.rows : nullptr;
  s.d_h = work.d_h, s.d_c = work.d_c;
  s.last = t + 1 == layer.steps;
  return s;
}

// z = x W + b of all steps at once.
static inline void multiply_inputs(const Layer& layer, const float* params, ConstPanels x, Index x_group) {
  const LayerShape& shape = layer.shape;
  const int groups = layer.input_groups(), panels = group_panels(shape, groups);
  const Index kernel_stride = static_cast<Index>(shape.inputs) * V, sequence = layer.sequence_panel();
  for (int g = 0; g < groups; ++g)
    product({layer.rows * layer.steps, panels, shape.inputs}, {x.p + g * x_group, x.stride},
            {params + shape.kernel.offset + g * panels * kernel_stride, kernel_stride},
            {layer.work.gates.z() + g * panels * sequence, sequence},
            shape.use_bias ? from_bias(params + shape.bias.offset + g * panels * V) : from_zero());
}

// z += h U of step t.
static inline void multiply_state(const Layer& layer, const float* params, int t) {
  const LayerShape& shape = layer.shape;
  const int groups = layer.recurrent_groups(), panels = group_panels(shape, groups);
  const Index kernel_stride = static_cast<Index>(shape.units) * V, sequence = layer.sequence_panel();
  if (layer.drops_recurrent()) apply_recurrent_dropout(layer, t);
  for (int g = 0; g < groups; ++g) {
    const Panels z{layer.work.gates.z() + g * panels * sequence + t * layer.step_panel(), sequence};
    product({layer.rows, panels, shape.units}, recurrent_inputs(layer, g, t),
            {params + shape.recurrent_kernel.offset + g * panels * kernel_stride, kernel_stride}, z,
            from_sums(z));
  }
}

static inline void zero_first_state(const Layer& layer) {
  for (int panel = 0; panel < layer.shape.unit_panels; ++panel)
    for (Index k = 0; k < layer.step_panel(); k += V)
      store(layer.work.h + panel * layer.state_panel() + k, vf{}),
          store(layer.work.c + panel * layer.state_panel() + k, vf{});
}

static inline void layer_forward(const Layer& layer, const float* params, ConstPanels x, Index x_group) {
  multiply_inputs(layer, params, x, x_group);
  zero_first_state(layer);
  for (int t = 0; t < layer.steps; ++t) {
    if (t > 0) multiply_state(layer, params, t);  // before the first step h is 0
    with_activations(layer.shape, [&](auto phi, auto sigma) { step_forward(step_at(layer, t), phi, sigma); });
  }
}

// d_h += d_z U^T of step t, times the dropout masks: equation (12).
static inline void backprop_to_previous_step(const Layer& layer, const float* transposed, int t) {
  const LayerShape& shape = layer.shape;
  const int unit_panels = shape.unit_panels;
  const Index step = layer.step_panel();
  const ConstPanels u{transposed + shape.recurrent_kernel_transposed, Index{4} * unit_panels * V * V};
  const ConstPanels d_z{layer.work.gates.d_z() + t * step, layer.sequence_panel()};
  const Panels d_h{layer.work.d_h, step};
  if (!layer.drops_recurrent())
    return product({layer.rows, unit_panels, 4 * unit_panels * V}, d_z, u, d_h, from_sums(d_h));
  for (int g = 0; g < 4; ++g) {
    product({layer.rows, unit_panels, unit_panels * V}, {d_z.p + g * unit_panels * d_z.stride, d_z.stride},
            {u.p + static_cast<Index>(g) * unit_panels * V * V, u.stride}, {layer.work.scratch, step},
            from_zero());
    multiply_add(layer.work.d_h, layer.work.scratch,
                 layer.work.recurrent_dropout_mask + g * unit_panels * step, unit_panels * step);
  }
}

// The derivatives by W, U and b from d_z of all steps: equations (13).
static inline void weight_gradients(const Layer& layer, float* grads, ConstPanels x, Index x_group) {
  const LayerShape& shape = layer.shape;
  const float* d_z = layer.work.gates.d_z();
  const int in_groups = layer.input_groups(), in_panels = group_panels(shape, in_groups);
  const Index w_stride = static_cast<Index>(shape.inputs) * V, u_stride = static_cast<Index>(shape.units) * V;
  const Index sequence = layer.sequence_panel();
  const int all_rows = layer.rows * layer.steps;
  for (int g = 0; g < in_groups; ++g)
    transposed_product({shape.inputs, in_panels, all_rows}, {x.p + g * x_group, x.stride},
                       {d_z + g * in_panels * sequence, sequence},
                       {grads + shape.kernel.offset + g * in_panels * w_stride, w_stride});
  const int rec_groups = layer.recurrent_groups(), rec_panels = group_panels(shape, rec_groups);
  for (int g = 0; g < rec_groups; ++g)  // from the second step on: h is 0 before the first
    transposed_product({shape.units, rec_panels, all_rows - layer.rows}, recurrent_inputs(layer, g, 1),
                       {d_z + g * rec_panels * sequence + layer.step_panel(), sequence},
                       {grads + shape.recurrent_kernel.offset + g * rec_panels * u_stride, u_stride});
  if (shape.use_bias)
    column_sums(4 * shape.unit_panels, all_rows, {d_z, sequence}, grads + shape.bias.offset);
}

// Time from the last step to the first. d_output: of every step, or (top layer) of the last one only.
static inline void layer_backward(const Layer& layer, const float* transposed, bool top) {
  const float* d_output = layer.work.d_output;
  for (int t = layer.steps - 1; t >= 0; --t) {
    Step s = step_at(layer, t);
    s.d_output = !top ? d_output + t * layer.step_panel() : s.last ? d_output : nullptr;
    s.d_output_stride = top ? layer.step_panel() : layer.sequence_panel();
    with_activations(layer.shape, [&](auto phi, auto sigma) { step_backward(s, phi, sigma); });
    if (t > 0) backprop_to_previous_step(layer, transposed, t);
  }
}

}  // namespace calloff::CALLOFF_ISA
