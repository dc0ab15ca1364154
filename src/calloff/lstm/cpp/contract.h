// What the engine is asked to do and what it gives back: contract.py as plain data, with no vectors of
// any width. Every file may include this.
//
// Dimensions: N samples, T steps, F features of a step, D static ones, H units of a layer, O outputs of the head.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace calloff {

using Index = std::int64_t;  // into arrays; `long` has 32 bits on some systems

enum class Activation : int {
  linear, tanh, sigmoid, hard_sigmoid, relu, leaky_relu, elu, selu,
  softplus, softsign, swish, gelu  // the derivative of these four needs z, not only the value
};

inline constexpr bool derivative_needs_z(Activation a) { return a >= Activation::softplus; }

enum class LossKind : int { mae, mse, huber, pinball };
enum class ScheduleKind : int { constant, cosine, plateau };

struct LayerPlan {
  int units = 0;
  Activation activation = Activation::tanh, recurrent_activation = Activation::sigmoid;
  bool use_bias = true, go_backwards = false;
  double dropout = 0, recurrent_dropout = 0;
  int input_groups = 1;  // dropout masks of the inputs: 1 for all gates, or 4, one for each
  bool operator==(const LayerPlan&) const = default;
};

struct HeadPlan {
  int outputs = 0;
  Activation activation = Activation::linear;
  bool use_bias = true;
  bool operator==(const HeadPlan&) const = default;
};

struct NetworkPlan {
  int features = 0, static_features = 0;  // F + D, of which D, the last ones, are the same at every step; D
  std::vector<LayerPlan> layers;
  HeadPlan head;
  bool operator==(const NetworkPlan&) const = default;
};

struct Loss {
  LossKind kind = LossKind::mae;
  double delta = 1;
  std::vector<float> quantiles;
  bool operator==(const Loss&) const = default;
};

struct Schedule {
  ScheduleKind kind = ScheduleKind::constant;
  double final = 0, factor = 0.1, min_delta = 1e-4, min_rate = 0;
  int patience = 10;
  bool operator==(const Schedule&) const = default;
};

struct Training {
  Loss loss;
  Schedule schedule;
  int epochs = 1, batch_size = 32;
  bool shuffle = true, restore_best = false, monitor_validation = true;
  double learning_rate = 1e-3, beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7, weight_decay = 0;
  double clipnorm = 0, clipvalue = 0, global_clipnorm = 0;  // 0: not asked for
  int early_stopping = -1;                                  // patience; -1: never
  double min_delta = 0;
  bool operator==(const Training&) const = default;
};

// Arrays stay the caller's; they are C-contiguous.
struct Data {
  const float* x = nullptr;             // (N, T, F)
  const float* static_x = nullptr;      // (N, D) or null; never with a mask, or dropout of the inputs
  const float* y = nullptr;             // (N, O)
  const float* sample_weight = nullptr; // (N) or null
  const std::uint8_t* mask = nullptr;   // (N, T) or null; 0: the step repeats the state
  Index samples = 0;
  int steps = 0;
};

using Weights = std::vector<const float*>;  // Keras's layout and order, as Job.weights

enum class ProjectionKind : int { none, non_negative, norm };

// The penalty on one weight array, added to the loss, and its projection after each update.
struct WeightRule {
  double l1 = 0, l2 = 0, orthogonal = 0;  // factors
  bool orthogonal_columns = false;        // between columns of the matrix, not rows
  ProjectionKind projection = ProjectionKind::none;
  double min_norm = 0, max_norm = 0, rate = 1;  // norms are brought to min .. max, `rate` of the way
  bool norm_of_rows = false;                    // of each row, not of each column
  bool operator==(const WeightRule&) const = default;
};

struct Job {
  NetworkPlan plan;
  Training training;
  Weights weights;
  std::vector<WeightRule> rules;  // one for each weight array; empty: none has any
  Data data, validation;
  std::uint64_t seed = 0;
};

struct Outcome {
  std::vector<std::vector<float>> weights;
  std::vector<double> loss, val_loss, learning_rate;
  int best_epoch = -1, stopped_epoch = -1, failed_epoch = -1;  // -1: none
  const char* instruction_set = "";                            // that trained it
};

}  // namespace calloff
