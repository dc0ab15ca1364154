// A job as the engine sees it: plain data and no vectors of any width. Every file may include this.
//
// Dimensions: N samples, T steps, F features, H units of a layer, O outputs of the head.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace calloff {

using Index = std::int64_t;  // into arrays; `long` has 32 bits on some systems

enum class Act : int {
  linear, tanh, sigmoid, hard_sigmoid, relu, leaky_relu, elu, selu,
  softplus, softsign, swish, gelu  // the slope of these four needs z, not only the value
};

inline constexpr bool slope_needs_input(Act a) { return a >= Act::softplus; }

enum class LossKind : int { mae, mse, huber, pinball };
enum class ScheduleKind : int { constant, cosine, plateau };

struct LayerPlan {
  int units = 0;
  Act activation = Act::tanh, recurrent = Act::sigmoid;
  bool bias = true, backwards = false;
  double dropout = 0, recurrent_dropout = 0;
  int groups = 1;  // dropout masks: one for all gates, or 4, one for each
};

struct HeadPlan {
  int outputs = 0;
  Act activation = Act::linear;
  bool bias = true;
};

struct NetPlan {
  int features = 0;
  std::vector<LayerPlan> layers;
  HeadPlan head;
};

struct LossPlan {
  LossKind kind = LossKind::mae;
  double delta = 1;
  std::vector<float> quantiles;
};

struct SchedulePlan {
  ScheduleKind kind = ScheduleKind::constant;
  double final = 0, factor = 0.1, min_delta = 1e-4, min_rate = 0;
  int patience = 10;
};

struct TrainingPlan {
  LossPlan loss;
  SchedulePlan schedule;
  int epochs = 1, batch_size = 32;
  bool shuffle = true, restore_best = false, monitor_validation = true;
  double learning_rate = 1e-3, beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7, weight_decay = 0;
  double clipnorm = 0, clipvalue = 0, global_clipnorm = 0;  // 0: not asked for
  int early_stopping = -1;                                  // patience; -1: never
  double min_delta = 0;
};

// Arrays stay the caller's; they are C-contiguous.
struct Data {
  const float* x = nullptr;             // (N, T, F)
  const float* y = nullptr;             // (N, O)
  const float* weight = nullptr;        // (N) or null
  const std::uint8_t* mask = nullptr;   // (N, T) or null; 0: the step repeats the state
  Index samples = 0;
  int steps = 0;
};

using Weights = std::vector<const float*>;  // Keras's layout and order, as Job.weights

struct Job {
  NetPlan plan;
  TrainingPlan training;
  Weights weights;
  Data data, validation;
  std::uint64_t seed = 0;
};

struct Result {
  std::vector<std::vector<float>> weights;
  std::vector<double> loss, val_loss, learning_rate;
  int best_epoch = -1, stopped_epoch = -1, failed_epoch = -1;  // -1: none
};

}  // namespace calloff
