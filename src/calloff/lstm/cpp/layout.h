// The layout of a network, or of several side by side, for one width of vectors, and weights in and out of it.
#pragma once
#include <cstddef>
#include <vector>
#include "network.h"

namespace calloff {

// A plan laid out for vectors of `lanes` floats, whose lanes are the columns of one network or (columns = 1) one
// column of as many networks. Owns what Network points to; it stays where it is.
class NetworkLayout {
 public:
  NetworkLayout(const NetworkPlan&, const Loss&, int steps, int lanes, int columns);
  NetworkLayout(const NetworkLayout&) = delete;
  const Network& net() const { return net_; }
  const std::vector<Variable>& variables() const { return variables_; }  // in the order of Job.weights
  std::size_t size_of(const Variable& v) const {
    return static_cast<std::size_t>(v.panels()) * v.rows * net_.lanes;
  }
  // From Keras's layout into panels, and back; `params + k` for the network of lane k.
  void pack(const Weights&, float* params) const;
  std::vector<std::vector<float>> unpack(const float* params) const;
  void unpack_one(const Variable&, const float* params, float* out) const;

 private:
  int panels(int width) const { return (width + columns_ - 1) / columns_; }
  Variable add_variable(int rows, int gates, int width);
  Variable add_matrix(int rows, int gates, int width);
  void add_layer(const LayerPlan&, int inputs, int static_inputs);
  void add_head(const HeadPlan&, int units);

  const int columns_;  // of one network in a panel
  std::vector<LayerShape> layers_;
  std::vector<Variable> variables_;
  std::vector<float> quantiles_;
  Network net_{};
};

}  // namespace calloff
