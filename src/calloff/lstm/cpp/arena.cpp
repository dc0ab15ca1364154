#include "arena.h"

#include <algorithm>
#include <limits>
#include <new>

namespace calloff {

constexpr std::align_val_t alignment{64};

void AlignedDelete::operator()(float* p) const { ::operator delete[](p, alignment); }

AlignedFloats::AlignedFloats(std::size_t count, bool poison)
    : p_(static_cast<float*>(::operator new[](std::max<std::size_t>(count, 1) * sizeof(float), alignment))),
      count_(count) {
  std::fill_n(p_.get(), count, poison ? std::numeric_limits<float>::quiet_NaN() : 0.0f);
}

}  // namespace calloff
