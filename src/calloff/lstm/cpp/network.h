// How a network lies in memory.
//
// A matrix is stored in panels of V columns, V being the floats in one vector: column j of row r is
// at (j / V) * rows * V + r * V + j % V. Every row of a panel is one whole vector, a product walks a
// panel from front to back, and nothing needs a special case for the last columns: a gate is padded
// to whole vectors, and padding is zero. (Rows of 1024 floats side by side would fall into the same
// few cache sets.) A stride is the number of floats from one panel to the next.
//
// This header is read by code compiled for each instruction set, so it holds plain data only.
#pragma once
#include <cstddef>
#include "contract.h"

namespace calloff {

// A trained array: kernel (F + D, 4H), recurrent kernel (H, 4H), bias (4H), and those of the head.
struct Variable {
  std::size_t offset = 0;    // in floats
  int rows = 0;
  int gates = 0, width = 0;  // columns = gates * width
  int gate_panels = 0;       // panels of one gate
  std::size_t transposed = 0;  // offset of a matrix among the transposed ones
  int panels() const { return gates * gate_panels; }
};

constexpr int many_rows = 64;  // of a matrix, from which sums of its rows with signs are faster by signed_sums.h

struct LayerShape {
  int inputs, units;
  int static_inputs;  // the last so many inputs, which are the same at every step, have a product of their own
  int input_panels, static_panels, unit_panels;  // input_panels: of the others; unit_panels: also those of one gate
  Activation activation, recurrent_activation;
  bool use_bias, go_backwards;
  bool save_z;  // a derivative needs the arguments of the gates
  double dropout, recurrent_dropout;
  int input_groups, recurrent_groups;  // dropout masks: 1 for all gates, or 4, one for each
  Variable kernel, recurrent_kernel, bias;
  int changing_inputs() const { return inputs - static_inputs; }
};

struct HeadShape {
  int units, outputs;
  int unit_panels, output_panels;
  Activation activation;
  bool use_bias;
  Variable kernel, bias;
};

struct LossShape {
  LossKind kind;
  float delta;
  const float* quantiles;
};

struct Network {
  int lanes, depth, features;
  int max_steps;  // that the workspaces are large enough for
  const LayerShape* layers;
  HeadShape head;
  LossShape loss;
  std::size_t parameters, transposed;  // floats of all variables, of all transposed kernels
};

struct Philox { std::uint32_t k0, k1; };

// Who works on one slice together: `run` calls task(closure, k) for each k below count and comes
// back when all are done.
struct SliceTeam {
  void* owner = nullptr;
  void (*run)(void* owner, int count, void (*task)(void* closure, int k), void* closure) = nullptr;
};

// The part of a batch that one thread, or one team, works on: rows [first, first + rows) of the batch.
struct Slice {
  const Data* data;
  const Index* samples;  // sample of each row of the batch, or null: sample = first + row
  Index first;
  int rows;
  Index batch_rows;  // of the whole batch
  std::uint32_t batch_number;
  Philox key;
  bool training;  // with dropout, and all kept that `backward` needs
  const SliceTeam* team = nullptr;  // whose threads share the units of each layer; null: one thread
};

// One buffer that holds three things in turn, each in the place of the one before: the arguments z of
// the gates; from the step's activations on their values i, f, g, o; on the way back d_z.
struct GateBuffer {
  float* p;
  float* z() const { return p; }
  float* values() const { return p; }
  float* d_z() const { return p; }
};

// The buffers of one layer. R = T * rows; all in panels, see above.
struct LayerWorkspace {
  float *x, *input_dropout_mask;  // input_groups x (R, F), input_groups x (rows, F)
  float* static_x;                // (rows, D), D being LayerShape::static_inputs
  float* static_z;                // (rows, 4H): their part of z, with the bias; on the way back d_z of all steps summed
  GateBuffer gates;               // (R, 4H)
  float* saved_z;                 // (R, 4H), with LayerShape::save_z
  float *h, *c;                   // (R + rows, H): block 0 is the state before the first step
  float* phi_c;                   // (R, H): activation(c)
  float* dropped_h;               // 4 x (R, H): h times the masks, with recurrent dropout only
  float* recurrent_dropout_mask;  // 4 x (rows, H)
  float* d_output;  // (R, H), or (rows, H) for the last layer: from above, the derivative by h
  float *d_h, *d_c;  // (rows, H): carried from step to step
  float* scratch;    // (max(R * F, rows * H))
  float* step_mask;  // (R): 1, or 0 where the step is masked, in the order of processing
};

struct Workspace {
  LayerWorkspace* layers;
  float *predictions, *head_z;  // (rows, O)
  float* d_predictions;         // (rows, O); then, in its place, the derivative by head_z
  float* dropout_rows;          // masks row by row, before they are put into panels
  bool masked;
  double loss;  // sum over rows of w_n * l_n
};

}  // namespace calloff
