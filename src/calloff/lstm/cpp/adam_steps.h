// The factors of Adam's steps (Kingma & Ba 2015), one after the other.
#pragma once
#include <cmath>
#include "contract.h"
#include "kernels.h"

namespace calloff {

class AdamSteps {
 public:
  explicit AdamSteps(const Training& training) : training_(training) {}
  AdamStep next(double rate) {
    beta_1_power_ *= training_.beta_1, beta_2_power_ *= training_.beta_2;
    return {static_cast<float>(rate * std::sqrt(1 - beta_2_power_) / (1 - beta_1_power_)),
            static_cast<float>(1 - rate * training_.weight_decay),
            static_cast<float>(1 - training_.beta_1), static_cast<float>(1 - training_.beta_2),
            static_cast<float>(training_.epsilon)};
  }

 private:
  const Training& training_;
  double beta_1_power_ = 1, beta_2_power_ = 1;
};

}  // namespace calloff
