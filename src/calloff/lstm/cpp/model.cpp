#include <algorithm>
#include <cmath>
#include "trainer.h"

namespace calloff {

// Rows of a batch that are worked on together. It depends on the batch alone: the order of sums, and
// so each bit, is the same for any number of threads. 32 rows keep a slice in the second-level cache.
constexpr int usual_rows = 32, most_parts = 16;

static int rows_per_slice(Index batch) {
  const Index parts = std::clamp<Index>((batch + usual_rows - 1) / usual_rows, 1, most_parts);
  return static_cast<int>((batch + parts - 1) / parts);
}

static int parts_of(Index rows, int per_slice) {
  return static_cast<int>((rows + per_slice - 1) / per_slice);
}

Model::Model(const NetPlan& plan, const LossPlan& loss, int steps, const Kernels& kernels, Place& place,
             int most_rows)
    : kernels_(kernels),
      place_(place),
      layout_(plan, loss, steps, kernels.lanes),
      slice_rows_(rows_per_slice(most_rows)),
      params_(layout_.net().params),
      turned_(layout_.net().turned, place.poison),
      losses_(most_parts),
      buffers_(place.threads) {
  for (int p = 0; p < parts_of(most_rows, slice_rows_); ++p) {
    parts_.emplace_back(layout_.net().params, place.poison);
    part_pointers_.push_back(parts_.back().get());
  }
}

Work& Model::work_of(int thread) {
  if (!buffers_[thread])
    buffers_[thread] = std::make_unique<Buffers>(layout_.net(), std::max(slice_rows_, usual_rows), place_.poison);
  return buffers_[thread]->work();
}

void Model::turn() {
  const Net& net = layout_.net();
  place_.gang.run(net.depth + 1, place_.thread, place_.threads == 1 || net.params < 65536, [&](int task, int) {
    kernels_.turn(net, params_.get(), turned_.get(), task);
  });
}

double Model::learn(Slice batch) {
  const Net& net = layout_.net();
  const int parts = parts_of(batch.batch, slice_rows_);
  const Index per_slice = (batch.batch + parts - 1) / parts;
  place_.gang.run(parts, place_.thread, place_.threads == 1, [&](int part, int thread) {
    losses_[part] = 0;
    if (place_.signals.stop) return;
    Slice s = batch;
    s.first = part * per_slice;
    s.rows = static_cast<int>(std::min(per_slice, batch.batch - s.first));
    Work& work = work_of(thread);
    kernels_.forward(net, params_.get(), work, s);
    kernels_.backward(net, turned_.get(), work, s, part_pointers_[part]);
    losses_[part] = work.loss;
  });
  double loss = 0;
  for (int part = 0; part < parts; ++part) loss += losses_[part];
  if (parts > 1)
    each_block([&](std::size_t from, std::size_t n) { kernels_.add(part_pointers_.data(), parts, from, n); });
  return loss / static_cast<double>(batch.batch);
}

double Model::evaluate(const Data& data, float* predictions) {
  const Net& net = layout_.net();
  const int outputs = net.head.outputs, lanes = net.lanes;
  double total = 0;
  constexpr Index many = 8192;  // tasks of a phase, so that a long evaluation can be interrupted
  losses_.resize(std::max<std::size_t>(losses_.size(), parts_of(std::min(data.samples, many * usual_rows), usual_rows)));
  for (Index start = 0; start < data.samples && !place_.signals.stop; start += many * usual_rows) {
    const Index rows = std::min(many * usual_rows, data.samples - start);
    const int tasks = parts_of(rows, usual_rows);
    place_.gang.run(tasks, place_.thread, place_.threads == 1, [&](int task, int thread) {
      if (place_.signals.stop) return;
      Slice s{&data, nullptr, start + static_cast<Index>(task) * usual_rows, 0, 1, 0, {}, false};
      s.rows = static_cast<int>(std::min<Index>(usual_rows, data.samples - s.first));
      Work& work = work_of(thread);
      kernels_.forward(net, params_.get(), work, s);
      losses_[task] = work.loss;
      for (int n = 0; predictions && n < s.rows; ++n)
        for (int o = 0; o < outputs; ++o)
          predictions[(s.first + n) * outputs + o] =
              work.out[(static_cast<Index>(o / lanes) * s.rows + n) * lanes + o % lanes];
    });
    for (int task = 0; task < tasks; ++task) total += losses_[task];
  }
  return total;
}

}  // namespace calloff
