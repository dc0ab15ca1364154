// Memory for floats, aligned for any vector, and an arena that gives out parts of it.
#pragma once
#include <cstddef>
#include <memory>

namespace calloff {

struct AlignedDelete { void operator()(float* p) const; };

// What new memory holds. NaN: where a test wants to see that nothing is read before it is written. Where that
// holds, nothing is written either: zeroing what long sequences need took as long as a batch.
enum class Fill { zero, nothing, nan };

inline Fill fill_of_buffers(bool poison) { return poison ? Fill::nan : Fill::nothing; }

class AlignedFloats {
 public:
  AlignedFloats() = default;
  explicit AlignedFloats(std::size_t count, Fill = Fill::zero);
  float* get() const { return p_.get(); }
  std::size_t size() const { return count_; }

 private:
  std::unique_ptr<float, AlignedDelete> p_;
  std::size_t count_ = 0;
};

// Gives out aligned parts of one allocation; all are freed together. A first round without memory
// (base null) measures how much there must be.
class Arena {
 public:
  explicit Arena(float* base) : base_(base) {}
  float* allocate(std::size_t count) {
    float* p = base_ ? base_ + used_ : nullptr;
    used_ += (count + 15) / 16 * 16;
    return p;
  }
  std::size_t used() const { return used_; }

 private:
  float* base_;
  std::size_t used_ = 0;
};

}  // namespace calloff
