// Aligned memory, and the layout of a network and of its buffers for one width of vectors.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>
#include "kernels.h"

namespace calloff {

struct Free { void operator()(float* p) const; };

// Floats at an address that any vector may be loaded from. Zero at first, or NaN where a test wants
// to see that nothing is read before it is written.
class Floats {
 public:
  Floats() = default;
  explicit Floats(std::size_t count, bool poison = false);
  float* get() const { return p_.get(); }
  std::size_t size() const { return count_; }

 private:
  std::unique_ptr<float, Free> p_;
  std::size_t count_ = 0;
};

// A plan laid out for vectors of `lanes` floats. Owns what Net points to; it stays where it is.
class Layout {
 public:
  Layout(const NetPlan&, const LossPlan&, int steps, int lanes);
  Layout(const Layout&) = delete;
  const Net& net() const { return net_; }
  const std::vector<Var>& variables() const { return variables_; }  // in the order of Job.weights
  std::size_t size_of(const Var& v) const { return static_cast<std::size_t>(v.panels()) * v.rows * net_.lanes; }
  void bring_in(const Weights&, float* params) const;
  std::vector<std::vector<float>> take_out(const float* params) const;
  void take_out_one(const Var&, const float* params, float* out) const;

 private:
  Var add(int rows, int gates, int width);
  std::vector<LayerShape> layers_;
  std::vector<Var> variables_;
  std::vector<float> quantiles_;
  Net net_{};
};

// Buffers for slices of up to `rows` rows.
class Buffers {
 public:
  Buffers(const Net&, int rows, bool poison);
  Work& work() { return work_; }

 private:
  std::vector<LayerWork> layers_;
  Floats floats_;
  Work work_{};
};

}  // namespace calloff
