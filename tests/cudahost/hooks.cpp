/* hooks.cpp -- the functions that a compiler calls with -fsanitize=thread, in place of libtsan's.
 */
#include "shadow.h"

using cudahost::check_access;
#define PC __builtin_return_address(0)

extern "C" {
void __tsan_init()
{
}
void __tsan_func_entry(void *)
{
}
void __tsan_func_exit()
{
}
void __tsan_vptr_update(void **, void *)
{
}
void __tsan_vptr_read(void **)
{
}

#define ACCESS(prefix, n, aligned)                          \
    void __tsan_##prefix##read##n(void *memory)             \
    {                                                       \
        check_access(memory, n, false, false, aligned, PC); \
    }                                                       \
    void __tsan_##prefix##write##n(void *memory)            \
    {                                                       \
        check_access(memory, n, true, false, aligned, PC);  \
    }
#define ACCESSES(n) ACCESS(, n, true) ACCESS(unaligned_, n, false) ACCESS(volatile_, n, true)
ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)

void __tsan_read_range(void *memory, size_t bytes)
{
    if (bytes)
        check_access(memory, bytes, false, false, false, PC);
}
void __tsan_write_range(void *memory, size_t bytes)
{
    if (bytes)
        check_access(memory, bytes, true, false, false, PC);
}
void *__tsan_memcpy(void *to, const void *from, size_t bytes)
{
    if (bytes) {
        check_access(from, bytes, false, false, false, PC);
        check_access(to, bytes, true, false, false, PC);
    }
    return memcpy(to, from, bytes);
}
void *__tsan_memmove(void *to, const void *from, size_t bytes)
{
    if (bytes) {
        check_access(from, bytes, false, false, false, PC);
        check_access(to, bytes, true, false, false, PC);
    }
    return memmove(to, from, bytes);
}
void *__tsan_memset(void *memory, int value, size_t bytes)
{
    if (bytes)
        check_access(memory, bytes, true, false, false, PC);
    return memset(memory, value, bytes);
}

/* Of C++'s own counters and of the host's: there is one thread of the host. */
#define ATOMIC(T, bits)                                                                         \
    T __tsan_atomic##bits##_load(const volatile T *memory, int)                                 \
    {                                                                                           \
        return *memory;                                                                         \
    }                                                                                           \
    void __tsan_atomic##bits##_store(volatile T *memory, T value, int)                          \
    {                                                                                           \
        *memory = value;                                                                        \
    }                                                                                           \
    T __tsan_atomic##bits##_exchange(volatile T *memory, T value, int)                          \
    {                                                                                           \
        T old = *memory;                                                                        \
        *memory = value;                                                                        \
        return old;                                                                             \
    }                                                                                           \
    T __tsan_atomic##bits##_fetch_add(volatile T *memory, T value, int)                         \
    {                                                                                           \
        T old = *memory;                                                                        \
        *memory = (T)(old + value);                                                             \
        return old;                                                                             \
    }                                                                                           \
    T __tsan_atomic##bits##_fetch_sub(volatile T *memory, T value, int)                         \
    {                                                                                           \
        T old = *memory;                                                                        \
        *memory = (T)(old - value);                                                             \
        return old;                                                                             \
    }                                                                                           \
    int __tsan_atomic##bits##_compare_exchange_strong(volatile T *memory, T *expected, T value, \
                                                      int, int)                                 \
    {                                                                                           \
        if (*memory == *expected) {                                                             \
            *memory = value;                                                                    \
            return 1;                                                                           \
        }                                                                                       \
        *expected = *memory;                                                                    \
        return 0;                                                                               \
    }
ATOMIC(char, 8)
ATOMIC(short, 16)
ATOMIC(int, 32)
ATOMIC(long, 64)
}
