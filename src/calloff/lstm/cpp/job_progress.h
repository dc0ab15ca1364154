// Where the training of one job stands: the order of its samples, its learning rate, its losses, its end.
#pragma once
#include <limits>
#include <vector>
#include "contract.h"
#include "job_context.h"
#include "network.h"

namespace calloff {

class JobProgress {
 public:
  JobProgress(const Job&, RunStatus&);
  const Job& job() const { return job_; }
  Philox key() const { return key_; }
  bool running() const { return running_; }
  double rate() const { return rate_; }        // of this epoch
  const Index* order() const { return order_.data(); }  // of the samples in this epoch
  void begin_epoch(int epoch);
  // Keeps the epoch's figures, and whether training goes on; true: the weights are worth keeping.
  bool end_epoch(int epoch, double loss, double val_loss, bool finite);
  Outcome take_outcome() { return std::move(outcome_); }

 private:
  double learning_rate(int epoch) const;
  void shuffle(int epoch);
  void stop(int epochs_left);

  const Job& job_;
  const Training& training_;
  RunStatus& status_;
  const Philox key_;
  std::vector<Index> order_;
  double rate_ = 0, best_loss_ = std::numeric_limits<double>::infinity();
  double plateau_rate_, plateau_best_ = std::numeric_limits<double>::infinity();  // of the schedule of that name
  int wait_ = 0, plateau_wait_ = 0;
  bool running_ = true;
  Outcome outcome_;

  void follow_plateau(double loss);
};

}  // namespace calloff
