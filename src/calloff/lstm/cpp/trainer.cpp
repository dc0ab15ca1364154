#include "trainer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include "philox.h"

namespace calloff {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Keras's ReduceLROnPlateau.
struct Plateau {
  double rate, best = infinity;
  int wait = 0;
  void after_epoch(const SchedulePlan& s, double loss) {
    if (loss < best - s.min_delta) {
      best = loss, wait = 0;
    } else if (++wait >= s.patience) {
      rate = std::min(rate, std::max(rate * s.factor, s.min_rate)), wait = 0;
    }
  }
};

class Trainer {
 public:
  Trainer(const Job&, const Kernels&, Place&);
  Result run();

 private:
  double rate_of(int epoch) const;
  void shuffle(int epoch);
  double run_epoch(int epoch);
  void update();
  void clip();
  void shrink(const Var* only, double limit);
  bool finite();
  bool finish_epoch(int epoch, double loss, double val_loss);

  const Job& job_;
  const TrainingPlan& t_;
  Place& place_;
  Model model_;
  const std::size_t params_;
  Floats m_, v_, last_, best_;
  std::vector<Index> order_;
  Philox key_;
  Plateau plateau_;
  double power_1_ = 1, power_2_ = 1, rate_ = 0, best_loss_ = infinity;
  int wait_ = 0;
  std::uint32_t batches_ = 0;
  Result result_;
};

Trainer::Trainer(const Job& job, const Kernels& kernels, Place& place)
    : job_(job),
      t_(job.training),
      place_(place),
      model_(job.plan, job.training.loss, std::max(job.data.steps, job.validation.steps), kernels, place,
             static_cast<int>(std::min<Index>(job.training.batch_size, job.data.samples))),
      params_(model_.layout().net().params),
      m_(params_),
      v_(params_),
      last_(params_),
      best_(params_),
      order_(job.data.samples),
      key_{static_cast<std::uint32_t>(job.seed), static_cast<std::uint32_t>(job.seed >> 32)},
      plateau_{job.training.learning_rate} {
  model_.layout().bring_in(job.weights, model_.params());
  std::copy_n(model_.params(), params_, last_.get());
  std::copy_n(model_.params(), params_, best_.get());
}

double Trainer::rate_of(int epoch) const {
  if (t_.schedule.kind == ScheduleKind::plateau) return plateau_.rate;
  if (t_.schedule.kind == ScheduleKind::constant) return t_.learning_rate;
  const double wave = 0.5 * (1 + std::cos(3.141592653589793 * epoch / t_.epochs));
  return t_.learning_rate * (t_.schedule.final + (1 - t_.schedule.final) * wave);
}

void Trainer::shuffle(int epoch) {
  std::iota(order_.begin(), order_.end(), 0);
  if (!t_.shuffle) return;
  Words words{};
  Index held = -1;  // the counter that `words` belongs to
  for (Index i = job_.data.samples - 1; i > 0; --i) {
    if (i / 4 != held) {
      held = i / 4;
      words = philox(key_, {{static_cast<std::uint32_t>(held), static_cast<std::uint32_t>(epoch), 0, shuffle_stream}});
    }
    const std::uint64_t j = (std::uint64_t{words.w[i % 4]} * static_cast<std::uint64_t>(i + 1)) >> 32;
    std::swap(order_[i], order_[static_cast<Index>(j)]);
  }
}

// The mean loss of the epoch; not finite as soon as one batch's is not.
double Trainer::run_epoch(int epoch) {
  shuffle(epoch);
  rate_ = rate_of(epoch);
  double total = 0;
  for (Index start = 0; start < job_.data.samples && !place_.signals.stop; start += t_.batch_size) {
    const Index rows = std::min<Index>(t_.batch_size, job_.data.samples - start);
    const double loss = model_.learn({&job_.data, order_.data() + start, 0, 0, rows, batches_++, key_, true});
    if (!std::isfinite(loss)) return loss;
    total += loss * static_cast<double>(rows);
    update();
  }
  return total / static_cast<double>(job_.data.samples);
}

void Trainer::shrink(const Var* only, double limit) {
  float* g = model_.gradients() + (only ? only->at : 0);
  const std::size_t n = only ? model_.layout().size_of(*only) : params_;
  const double norm = std::sqrt(model_.kernels().sum_of_squares(g, n));
  if (norm > limit) model_.kernels().scale(g, n, static_cast<float>(limit / norm));
}

void Trainer::clip() {
  if (t_.clipvalue > 0) model_.kernels().limit(model_.gradients(), params_, static_cast<float>(t_.clipvalue));
  if (t_.clipnorm > 0)
    for (const Var& v : model_.layout().variables()) shrink(&v, t_.clipnorm);
  if (t_.global_clipnorm > 0) shrink(nullptr, t_.global_clipnorm);
}

void Trainer::update() {
  clip();
  power_1_ *= t_.beta_1, power_2_ *= t_.beta_2;
  const AdamStep step{static_cast<float>(rate_ * std::sqrt(1 - power_2_) / (1 - power_1_)),
                      static_cast<float>(1 - rate_ * t_.weight_decay), static_cast<float>(1 - t_.beta_1),
                      static_cast<float>(1 - t_.beta_2), static_cast<float>(t_.epsilon)};
  model_.each_block([&](std::size_t from, std::size_t n) {
    model_.kernels().adam(step, model_.params() + from, m_.get() + from, v_.get() + from,
                          model_.gradients() + from, n);
  });
  model_.turn();
}

bool Trainer::finite() {
  const float* w = model_.params();
  constexpr std::uint32_t exponent = 0x7f800000u;  // all set in NaN and infinity only
  std::uint32_t bad = 0;
  for (std::size_t k = 0; k < params_; ++k)
    bad |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(w[k]) & exponent) == exponent);
  return bad == 0;
}

// Notes the epoch's figures; false: stop early.
bool Trainer::finish_epoch(int epoch, double loss, double val_loss) {
  const bool validated = job_.validation.samples > 0;
  result_.loss.push_back(loss);
  result_.learning_rate.push_back(rate_);
  if (validated) result_.val_loss.push_back(val_loss);
  std::copy_n(model_.params(), params_, last_.get());
  const double now = validated && t_.monitor_validation ? val_loss : loss;
  plateau_.after_epoch(t_.schedule, now);
  ++wait_;
  if (now + t_.min_delta < best_loss_) {
    best_loss_ = now, wait_ = 0, result_.best_epoch = epoch;
    std::copy_n(model_.params(), params_, best_.get());
  }
  if (t_.early_stopping < 0 || wait_ == 0 || wait_ < t_.early_stopping || epoch == 0) return true;
  result_.stopped_epoch = epoch;
  return false;
}

Result Trainer::run() {
  model_.turn();
  for (int epoch = 0; epoch < t_.epochs && !place_.signals.stop; ++epoch) {
    const double loss = run_epoch(epoch);
    double val_loss = 0;
    if (job_.validation.samples > 0 && std::isfinite(loss))
      val_loss = model_.evaluate(job_.validation, nullptr) / static_cast<double>(job_.validation.samples);
    if (place_.signals.stop) break;
    if (!std::isfinite(loss) || !std::isfinite(val_loss) || !finite()) {
      result_.failed_epoch = epoch;
      place_.signals.epochs += t_.epochs - epoch;
      break;
    }
    ++place_.signals.epochs;
    if (finish_epoch(epoch, loss, val_loss)) continue;
    place_.signals.epochs += t_.epochs - epoch - 1;
    break;
  }
  result_.weights = model_.layout().take_out(t_.restore_best ? best_.get() : last_.get());
  return std::move(result_);
}

}  // namespace

Result train(const Job& job, const Kernels& kernels, Place& place) {
  return Trainer(job, kernels, place).run();
}

}  // namespace calloff
