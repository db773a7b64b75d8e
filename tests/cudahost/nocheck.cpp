/* nocheck.cpp -- in place of the checker (shadow.cpp, check.cpp), where there is none. */
#include "cudahost.h"

namespace cudahost
{
const bool collect_faults = false;
void shadow_new(const void *, size_t)
{
}
void shadow_gone(const void *)
{
}
void shadow_write(void *, size_t)
{
}
void shadow_read(const void *, size_t, const char *, Place)
{
}
void shadow_launch(const std::vector<Range> &, const Arguments &)
{
}
void before_atomic(void *, size_t, Place)
{
}
} // namespace cudahost
