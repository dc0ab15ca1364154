#include "workspace.h"

#include <algorithm>
#include "philox.h"

namespace calloff {

static void allocate_layer(Arena& arena, const Network& net, int number, std::size_t rows, LayerWorkspace& work) {
  const LayerShape& shape = net.layers[number];
  const std::size_t step = rows * net.lanes, sequence = net.max_steps * step;  // one panel of each
  const std::size_t inputs = shape.input_panels, units = shape.unit_panels;
  const std::size_t input_groups = shape.dropout > 0 ? shape.input_groups : 1;
  const std::size_t recurrent_groups = shape.recurrent_dropout > 0 ? 4 : 0;
  const bool top = number + 1 == net.depth, copies_inputs = number == 0 || shape.dropout > 0 || shape.go_backwards;
  work.x = arena.allocate(copies_inputs ? input_groups * inputs * sequence : 0);
  work.input_dropout_mask = arena.allocate(shape.dropout > 0 ? input_groups * inputs * step : 0);
  work.static_x = arena.allocate(shape.static_panels * step);
  work.static_z = arena.allocate(shape.static_inputs > 0 ? 4 * units * step : 0);
  work.gates = {arena.allocate(4 * units * sequence)};
  work.saved_z = arena.allocate(shape.save_z ? 4 * units * sequence : 0);
  work.h = arena.allocate(units * (sequence + step));
  work.c = arena.allocate(units * (sequence + step));
  work.phi_c = arena.allocate(units * sequence);
  work.dropped_h = arena.allocate(recurrent_groups * units * sequence);
  work.recurrent_dropout_mask = arena.allocate(recurrent_groups * units * step);
  work.d_output = arena.allocate(units * (top ? step : sequence));
  work.d_h = arena.allocate(units * step);
  work.d_c = arena.allocate(units * step);
  work.scratch = arena.allocate(std::max(inputs * sequence, units * step));
  work.step_mask = arena.allocate(net.max_steps * rows);
}

WorkspaceMemory::WorkspaceMemory(const Network& net, int rows, bool poison) : layers_(net.depth) {
  floats_ = AlignedFloats(allocate_all(net, rows, nullptr), fill_of_buffers(poison));
  allocate_all(net, rows, floats_.get());
  workspace_.layers = layers_.data();
}

// Gives how many floats it takes.
std::size_t WorkspaceMemory::allocate_all(const Network& net, int rows, float* base) {
  Arena arena(base);
  int widest = 0;
  for (int n = 0; n < net.depth; ++n) {
    allocate_layer(arena, net, n, rows, layers_[n]);
    widest = std::max({widest, net.layers[n].inputs, net.layers[n].units});
  }
  const std::size_t outputs = static_cast<std::size_t>(net.head.output_panels) * rows * net.lanes;
  workspace_.predictions = arena.allocate(outputs);
  workspace_.head_z = arena.allocate(outputs);
  workspace_.d_predictions = arena.allocate(outputs);
  workspace_.dropout_rows = arena.allocate(static_cast<std::size_t>(rows) * widest + mask_padding);
  return arena.used();
}

}  // namespace calloff
