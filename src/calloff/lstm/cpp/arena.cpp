#include "arena.h"

#include <algorithm>
#include <limits>
#include <new>

namespace calloff {

constexpr std::align_val_t alignment{64};

void AlignedDelete::operator()(float* p) const { ::operator delete[](p, alignment); }

AlignedFloats::AlignedFloats(std::size_t count, Fill fill)
    : p_(static_cast<float*>(::operator new[](std::max<std::size_t>(count, 1) * sizeof(float), alignment))),
      count_(count) {
  if (fill == Fill::nothing) return;
  std::fill_n(p_.get(), count, fill == Fill::nan ? std::numeric_limits<float>::quiet_NaN() : 0.0f);
}

}  // namespace calloff
