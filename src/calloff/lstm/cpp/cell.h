// One step of a layer for all rows, between the products: equations (1)-(6) and (14) of reference.py
// forward, (7)-(11), (16) and (17) backward. The output y is h here: both are 0 at first, so (14) and
// (15) say the same. Gates lie in the order i, f, g, o, each of unit_panels.
#pragma once
#include "activation.h"

namespace calloff::CALLOFF_ISA {

struct Step {
  int unit_panels, rows;   // panels: those of a range of units; all pointers are to its first one
  GateBuffer gates;        // of this step
  float* saved_z;          // or null
  Index gate_stride;
  Index gate;              // floats from one gate to the next
  float *c, *h;            // before the step; the state after it lies one block (rows) behind
  Index state_stride;
  float* phi_c;
  Index phi_c_stride;
  const float* step_mask;  // (rows) or null
  const float* d_output;   // from the layer above, or null
  Index d_output_stride;
  float *d_h, *d_c;        // (rows, H): carried from step to step
  bool last;               // the last step of time: nothing has been carried yet
};

template <class Phi, class Sigma>
static void step_forward(const Step& s, Phi phi, Sigma sigma) {
  const Index block = static_cast<Index>(s.rows) * V, gate = s.gate;
  for (int panel = 0; panel < s.unit_panels; ++panel) {
    const float* z = s.gates.z() + panel * s.gate_stride;
    float* values = s.gates.values() + panel * s.gate_stride;
    float* saved = s.saved_z ? s.saved_z + panel * s.gate_stride : nullptr;
    float *cs = s.c + panel * s.state_stride, *hs = s.h + panel * s.state_stride;
    float* phi_cs = s.phi_c + panel * s.phi_c_stride;
    for (int n = 0; n < s.rows; ++n) {
      const Index k = static_cast<Index>(n) * V;
      const vf z_i = load(z + k), z_f = load(z + gate + k);
      const vf z_g = load(z + 2 * gate + k), z_o = load(z + 3 * gate + k);
      if (saved) {
        store(saved + k, z_i), store(saved + gate + k, z_f);
        store(saved + 2 * gate + k, z_g), store(saved + 3 * gate + k, z_o);
      }
      const vf i = sigma.value(z_i), f = sigma.value(z_f), g = phi.value(z_g), o = sigma.value(z_o);
      store(values + k, i), store(values + gate + k, f);
      store(values + 2 * gate + k, g), store(values + 3 * gate + k, o);
      store(cs + block + k, f * load(cs + k) + i * g);
    }
    // In a loop of its own: it waits for the gates, and a processor has only a few rows under way at once.
    for (int n = 0; n < s.rows; ++n) {
      const Index k = static_cast<Index>(n) * V;
      const vf c = load(cs + block + k);
      const vf phi_c = phi.value(c);
      vf h = load(values + 3 * gate + k) * phi_c;
      if (s.step_mask) {
        const vi counts = broadcast(s.step_mask[n]) > 0.5f;
        store(cs + block + k, select(counts, c, load(cs + k)));
        h = select(counts, h, load(hs + k));
      }
      store(phi_cs + k, phi_c), store(hs + block + k, h);
    }
  }
}

// Overwrites the gates by d_z. Through a masked step d_h and d_c pass as they are, and its d_z is 0.
template <class Phi, class Sigma>
static void step_backward(const Step& s, Phi phi, Sigma sigma) {
  const Index block = static_cast<Index>(s.rows) * V, gate = s.gate;
  for (int panel = 0; panel < s.unit_panels; ++panel) {
    const float* values = s.gates.values() + panel * s.gate_stride;
    float* d_z = s.gates.d_z() + panel * s.gate_stride;
    const float* z = s.saved_z ? s.saved_z + panel * s.gate_stride : values;  // then no one looks at z
    const float *cs = s.c + panel * s.state_stride, *phi_cs = s.phi_c + panel * s.phi_c_stride;
    for (int n = 0; n < s.rows; ++n) {
      const Index k = static_cast<Index>(n) * V, carried = panel * block + k;
      const vf i = load(values + k), f = load(values + gate + k);
      const vf g = load(values + 2 * gate + k), o = load(values + 3 * gate + k);
      const vf phi_c = load(phi_cs + k);
      vf d_h = s.last ? vf{} : load(s.d_h + carried);
      if (s.d_output) d_h += load(s.d_output + panel * s.d_output_stride + k);
      const vf d_c_after = s.last ? vf{} : load(s.d_c + carried);
      const vf d_c = d_c_after + d_h * o * phi.derivative(load(cs + block + k), phi_c);
      vf d_z_i = d_c * g * sigma.derivative(load(z + k), i);
      vf d_z_f = d_c * load(cs + k) * sigma.derivative(load(z + gate + k), f);
      vf d_z_g = d_c * i * phi.derivative(load(z + 2 * gate + k), g);
      vf d_z_o = d_h * phi_c * sigma.derivative(load(z + 3 * gate + k), o);
      vf d_c_before = d_c * f, d_h_before{};  // the products add to d_h_before: equation (12)
      if (s.step_mask) {
        const vi counts = broadcast(s.step_mask[n]) > 0.5f;
        d_z_i = select(counts, d_z_i, vf{}), d_z_f = select(counts, d_z_f, vf{});
        d_z_g = select(counts, d_z_g, vf{}), d_z_o = select(counts, d_z_o, vf{});
        d_c_before = select(counts, d_c_before, d_c_after);
        d_h_before = select(counts, vf{}, d_h);
      }
      store(d_z + k, d_z_i), store(d_z + gate + k, d_z_f);
      store(d_z + 2 * gate + k, d_z_g), store(d_z + 3 * gate + k, d_z_o);
      store(s.d_c + carried, d_c_before), store(s.d_h + carried, d_h_before);
    }
  }
}

// The pairs of activations worth code of their own; the others choose by vector.
template <class Use>
static inline void with_activations(const LayerShape& shape, Use use) {
  const StaticActivation<Activation::sigmoid> sigmoid{};
  if (shape.recurrent_activation == Activation::sigmoid) {
    if (shape.activation == Activation::tanh) return use(StaticActivation<Activation::tanh>{}, sigmoid);
    if (shape.activation == Activation::relu) return use(StaticActivation<Activation::relu>{}, sigmoid);
  }
  use(DynamicActivation{shape.activation}, DynamicActivation{shape.recurrent_activation});
}

}  // namespace calloff::CALLOFF_ISA
