// The memory behind a Workspace, for slices of up to `rows` rows: all its buffers in one allocation.
#pragma once
#include <vector>
#include "arena.h"
#include "network.h"

namespace calloff {

class WorkspaceMemory {
 public:
  WorkspaceMemory(const Network&, int rows, bool poison);
  Workspace& workspace() { return workspace_; }

 private:
  std::size_t allocate_all(const Network&, int rows, float* base);
  std::vector<LayerWorkspace> layers_;
  AlignedFloats floats_;
  Workspace workspace_{};
};

}  // namespace calloff
