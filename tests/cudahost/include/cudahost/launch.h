/* launch.h -- launches, which cu2host.awk writes so that a C++ compiler takes them.
 *
 *     k<4><<<blocks, 256, 0, stream>>>(x, n)   →   CUDAHOST_LAUNCH((k<4>), blocks, 256, 0,
 * stream)(x, n)
 *
 * Arguments are kept by value until the stream gets there, as CUDA keeps them. */
#ifndef CUDAHOST_LAUNCH_H
#define CUDAHOST_LAUNCH_H

#include "api.h"

#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace cudahost
{
struct Config {
    dim3 blocks, threads;
    size_t shared;
    cudaStream_t stream;
    Config(dim3 b, dim3 t, size_t s = 0, cudaStream_t on = nullptr)
        : blocks(b), threads(t), shared(s), stream(on)
    {
    }
};

/* What a kernel's argument lets it touch: how many bytes, launch() finds out. */
struct Range {
    const void *memory;
    bool writable;
    size_t bytes;
};

/* Where the arguments of the running kernel are kept: memory it may read. */
struct Arguments {
    void (*call)(const void *data);
    const void *data;
    size_t bytes;
};

/* `with` runs the kernel once, for the thread in `now`. */
void launch(const Config &config, const char *kernel, const void *function,
            const std::vector<Range> &ranges,
            const std::function<void(void (*)(const Arguments &))> &with, Place at);

/* A structure may hold any pointer. */
template <class T> static inline void add_range(std::vector<Range> &ranges, const T &argument)
{
    if constexpr (std::is_pointer_v<T>)
        ranges.push_back({(const void *)argument, !std::is_const_v<std::remove_pointer_t<T>>, 0});
    else if constexpr (std::is_class_v<T>)
        ranges.push_back({nullptr, true, SIZE_MAX});
    (void)argument;
}

template <class... P> struct Launcher {
    Config config;
    void (*kernel)(P...);
    const char *name;
    Place at;

    struct Job {
        void (*kernel)(P...);
        std::tuple<std::decay_t<P>...> arguments;
    };

    template <class... A> void operator()(A &&...arguments) const
    {
        static_assert(sizeof...(A) == sizeof...(P), "a kernel's arguments");
        Job job = {kernel, std::tuple<std::decay_t<P>...>(std::forward<A>(arguments)...)};
        std::vector<Range> ranges;
        std::apply([&](const auto &...each) { (add_range(ranges, each), ...); }, job.arguments);
        launch(
            config, name, (const void *)kernel, ranges,
            [job](void (*run)(const Arguments &)) {
                run({[](const void *data) {
                         const Job *it = (const Job *)data;
                         std::apply(it->kernel, it->arguments);
                     },
                     &job, sizeof job});
            },
            at);
    }
};

template <class... P>
static inline Launcher<P...> launcher(const Config &config, void (*kernel)(P...), const char *name,
                                      Place at)
{
    return {config, kernel, name, at};
}

/* Says how much of an allocation belongs to `memory`: accesses through a kernel's argument are held
 * to it. */
void declare(const void *memory, size_t bytes);
template <class T> static inline T *part(T *memory, size_t bytes)
{
    declare((const void *)memory, bytes);
    return memory;
}
} // namespace cudahost

/* What gradc's programs say of each tensor's place. */
#define GRT_CUDA_AT(base, offset, bytes) cudahost::part((base) + (offset), bytes)

#define CUDAHOST_STRIP(...) __VA_ARGS__
#define CUDAHOST_LAUNCH(kernel, ...)                                                  \
    cudahost::launcher(cudahost::Config(__VA_ARGS__), CUDAHOST_STRIP kernel, #kernel, \
                       cudahost::here())

#endif
