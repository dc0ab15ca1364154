// One step of a layer for all rows, between the products: equations (1)-(6) of reference.py on the
// way there, (7)-(11) on the way back. Gates lie in the order i, f, c, o, each q panels wide.
#pragma once
#include "activation.h"

namespace calloff::CALLOFF_ISA {

struct Step {
  int q, rows;
  float* z;              // gates of this step, q panels each
  float* z_kept;         // or null
  Index z_panel;          // floats from panel to panel of z
  float *c, *h;          // before the step; the state after it lies one block (rows) behind
  Index state_panel;
  float* a;
  Index a_panel;
  const float* alive;    // (rows) or null
  const float* d_out;    // what comes from above, or null
  Index d_out_panel;
  float *d_h, *d_c;      // (rows, H): carried from step to step
  bool last;             // the last step of time: nothing has been carried yet
};

template <class Phi, class Sigma>
static void step_forward(const Step& s, Phi phi, Sigma sigma) {
  const Index block = static_cast<Index>(s.rows) * V, gate = s.q * s.z_panel;
  for (int q = 0; q < s.q; ++q) {
    float* z = s.z + q * s.z_panel;
    float* kept = s.z_kept ? s.z_kept + q * s.z_panel : nullptr;
    float *cs = s.c + q * s.state_panel, *hs = s.h + q * s.state_panel, *as = s.a + q * s.a_panel;
    for (int n = 0; n < s.rows; ++n) {
      const Index k = static_cast<Index>(n) * V;
      const vf z_i = load(z + k), z_f = load(z + gate + k);
      const vf z_c = load(z + 2 * gate + k), z_o = load(z + 3 * gate + k);
      if (kept) {
        store(kept + k, z_i), store(kept + gate + k, z_f);
        store(kept + 2 * gate + k, z_c), store(kept + 3 * gate + k, z_o);
      }
      const vf i = sigma.value(z_i), f = sigma.value(z_f), g = phi.value(z_c), o = sigma.value(z_o);
      const vf before = load(cs + k);
      vf c = f * before + i * g;
      const vf a = phi.value(c);
      vf h = o * a;
      if (s.alive) {
        const vi alive = all(s.alive[n]) > 0.5f;
        c = pick(alive, c, before);
        h = pick(alive, h, load(hs + k));
      }
      store(z + k, i), store(z + gate + k, f), store(z + 2 * gate + k, g), store(z + 3 * gate + k, o);
      store(cs + block + k, c), store(as + k, a), store(hs + block + k, h);
    }
  }
}

// Overwrites the gates by d_z. Of a masked step nothing flows back: d_h and d_c pass it by.
template <class Phi, class Sigma>
static void step_backward(const Step& s, Phi phi, Sigma sigma) {
  const Index block = static_cast<Index>(s.rows) * V, gate = s.q * s.z_panel;
  for (int q = 0; q < s.q; ++q) {
    float* z = s.z + q * s.z_panel;
    const float* kept = s.z_kept ? s.z_kept + q * s.z_panel : z;  // z: then no slope looks at it
    const float *cs = s.c + q * s.state_panel, *as = s.a + q * s.a_panel;
    for (int n = 0; n < s.rows; ++n) {
      const Index k = static_cast<Index>(n) * V, carried = q * block + k;
      const vf i = load(z + k), f = load(z + gate + k);
      const vf g = load(z + 2 * gate + k), o = load(z + 3 * gate + k);
      const vf a = load(as + k);
      vf d_h = s.last ? vf{} : load(s.d_h + carried);
      if (s.d_out) d_h += load(s.d_out + q * s.d_out_panel + k);
      const vf d_c_after = s.last ? vf{} : load(s.d_c + carried);
      const vf d_c = d_c_after + d_h * o * phi.slope(load(cs + block + k), a);
      vf d_i = d_c * g * sigma.slope(load(kept + k), i);
      vf d_f = d_c * load(cs + k) * sigma.slope(load(kept + gate + k), f);
      vf d_g = d_c * i * phi.slope(load(kept + 2 * gate + k), g);
      vf d_o = d_h * a * sigma.slope(load(kept + 3 * gate + k), o);
      vf d_c_before = d_c * f, past{};
      if (s.alive) {
        const vi alive = all(s.alive[n]) > 0.5f;
        d_i = pick(alive, d_i, vf{}), d_f = pick(alive, d_f, vf{});
        d_g = pick(alive, d_g, vf{}), d_o = pick(alive, d_o, vf{});
        d_c_before = pick(alive, d_c_before, d_c_after);
        past = pick(alive, vf{}, d_h);
      }
      store(z + k, d_i), store(z + gate + k, d_f);
      store(z + 2 * gate + k, d_g), store(z + 3 * gate + k, d_o);
      store(s.d_c + carried, d_c_before), store(s.d_h + carried, past);
    }
  }
}

// The pairs of activations worth code of their own; the others choose by vector.
template <class Use>
static inline void with_activations(const LayerShape& l, Use use) {
  const bool usual = l.recurrent == Act::sigmoid;
  if (usual && l.activation == Act::tanh) return use(Known<Act::tanh>{}, Known<Act::sigmoid>{});
  if (usual && l.activation == Act::relu) return use(Known<Act::relu>{}, Known<Act::sigmoid>{});
  use(Any{l.activation}, Any{l.recurrent});
}

}  // namespace calloff::CALLOFF_ISA
