// How a network lies in memory.
//
// A matrix is stored in panels of V columns, V being the floats in one vector: column j of row r is
// at (j / V) * rows * V + r * V + j % V. Every row of a panel is one whole vector, a product walks a
// panel from front to back, and nothing needs a special case for the last columns: a gate is padded
// to whole vectors, and padding is zero. (Rows of 1024 floats side by side would fall into the same
// few cache sets.)
//
// This header is read by code compiled for each instruction set, so it holds plain data only.
#pragma once
#include <cstddef>
#include "plan.h"

namespace calloff {

// A variable: kernel (F, 4H), recurrent kernel (H, 4H), bias (4H), and those of the head.
struct Var {
  std::size_t at = 0;      // offset in floats
  int rows = 0;
  int gates = 0, width = 0;  // columns = gates * width
  int q = 0;                 // panels of one gate
  int panels() const { return gates * q; }
};

struct LayerShape {
  int inputs, units, iq, q;  // iq, q: panels of the inputs, of one gate
  Act activation, recurrent;
  bool bias, backwards, keep_z;  // keep_z: a slope needs the pre-activations
  double dropout, recurrent_dropout;
  int in_groups, rec_groups;  // 1 or 4
  Var w, u, b;
  std::size_t wt, ut;  // offsets of the transposed kernels
};

struct HeadShape {
  int units, outputs, q, oq;
  Act activation;
  bool bias;
  Var k, b;
  std::size_t kt;
};

struct LossShape {
  LossKind kind;
  float delta;
  const float* quantiles;
};

struct Net {
  int lanes, depth, features;
  int most_steps;  // that buffers have room for
  const LayerShape* layers;
  HeadShape head;
  LossShape loss;
  std::size_t params, turned;  // floats of all variables, of all transposed kernels
};

struct Philox { std::uint32_t k0, k1; };

// The part of a batch that one thread works on: rows [first, first + rows) of the batch.
struct Slice {
  const Data* data;
  const Index* index;  // sample of each row, or null: sample = first + row
  Index first;
  int rows;
  Index batch;                 // rows of the whole batch
  std::uint32_t batch_number;
  Philox key;
  bool training;              // dropout, and a tape for the way back
};

// The buffers of one layer. R = T * rows; all in panels, see above.
struct LayerWork {
  float *x, *x_mask;          // in_groups x (R, F), in_groups x (rows, F)
  float *z, *z_kept;          // (R, 4H): arguments of the gates, then their values, then d_z
  float *h, *c;               // (R + rows, H): block 0 is the state before the first step
  float *a;                   // (R, H): activation(c)
  float *h_in, *h_mask;       // 4 x (R, H), 4 x (rows, H): with recurrent dropout only
  float *d_out;               // (R, H), or (rows, H) for the last layer: the derivative by h
  float *d_h, *d_c, *scratch; // (rows, H) x 2, (max(R * F, rows * H))
  float *alive;               // (R): 1, or 0 where the step is masked, in the order of processing
};

struct Work {
  LayerWork* layers;
  float *out, *out_z, *d_out, *linear;  // (rows, O) x 3; linear: random numbers before their layout
  bool masked;
  double loss;  // sum over rows of w_n * l_n
};

}  // namespace calloff
