/* launch.cpp -- launches: are their numbers allowed, and then block after block. */
#include "cudahost.h"

#include <set>
#include <string>

namespace cudahost
{
enum { SHARED_USUAL = 48 << 10, SHARED_MOST = 227 << 10 };
static std::map<const void *, size_t> shared_allowed;

/* "(k<4>)" is named k<4>. Names live as long as the program. */
static const char *name_of(const char *kernel)
{
    static std::set<std::string> names;
    std::string text = kernel;
    if (text.size() > 1 && text[0] == '(')
        text = text.substr(1, text.size() - 2);
    return names.insert(text).first->c_str();
}

static const char *wrong_config(const Config &c, const void *function)
{
    const dim3 &b = c.blocks, &t = c.threads;
    if (!t.x || !t.y || !t.z || t.x > 1024 || t.y > 1024 || t.z > 64 ||
        (size_t)t.x * t.y * t.z > 1024)
        return "threads in a block";
    if (!b.x || !b.y || !b.z || b.x > 0x7fffffffu || b.y > 65535 || b.z > 65535)
        return "blocks";
    auto it = shared_allowed.find(function);
    if (c.shared > (it == shared_allowed.end() ? (size_t)SHARED_USUAL : it->second))
        return "bytes of shared memory";
    return nullptr;
}

static Config running_config({1, 1, 1}, {1, 1, 1});
static const std::vector<Range> *running_ranges;

static void run_blocks(const Arguments &arguments)
{
    Unlock unlock;
    const Config &c = running_config;
    now.blocks = c.blocks;
    now.threads = c.threads;
    block_start(c.threads);
    shared_start(running_kernel, c.shared);
    shadow_launch(*running_ranges, arguments);
    size_t plane = (size_t)c.blocks.x * c.blocks.y;
    std::vector<int> order;
    set_order(order, plane * c.blocks.z);
    for (int k : order) {
        now.block = {(unsigned)(k % c.blocks.x), (unsigned)(k / c.blocks.x % c.blocks.y),
                     (unsigned)(k / plane)};
        shared_enter_block();
        block_run(arguments);
        shared_leave_block();
    }
    now.threads.x = 0;
}

/* CUDAHOST_SPOIL: what this run of the kernel has made, the last of its tensors, becomes NaN, as if
 * memory had failed. */
static void spoil(const char *name)
{
    static std::map<std::string, int> runs;
    const std::string turn = std::string(name) + ":" + std::to_string(++runs[name]) + ",";
    if (("," + std::string(options().spoil) + ",").find("," + turn) == std::string::npos)
        return;
    Unlock unlock;
    const Range &last = running_ranges->back();
    memset((void *)last.memory, 0xff, last.bytes);
}

void launch(const Config &config, const char *kernel, const void *function,
            const std::vector<Range> &ranges,
            const std::function<void(void (*)(const Arguments &))> &with, Place at)
{
    const char *name = name_of(kernel);
    if (cudaError_t error = failure_of(name)) {
        set_error(error);
        return;
    }
    if (const char *wrong = wrong_config(config, function)) {
        fflush(stdout);
        fprintf(stderr,
                "cudahost: %s:%d: %s<<<(%u, %u, %u), (%u, %u, %u), %zu>>>: too many or no %s\n",
                at.file, at.line, name, config.blocks.x, config.blocks.y, config.blocks.z,
                config.threads.x, config.threads.y, config.threads.z, config.shared, wrong);
        set_error(cudaErrorInvalidConfiguration);
        return;
    }
    if (!stream_is_known(config.stream)) {
        fault(at, "%s is launched on a stream that does not exist", name);
        set_error(cudaErrorInvalidResourceHandle);
        return;
    }
    if (!stream_is_here(config.stream)) {
        set_error(cudaErrorInvalidResourceHandle);
        return;
    }
    std::vector<Range> held = ranges;
    for (Range &range : held)
        if (range.memory)
            range.bytes = extent_of(range.memory);
    submit(config.stream, {name, at, [=] {
                               running_kernel = name;
                               running_config = config;
                               running_ranges = &held;
                               with(run_blocks);
                               spoil(name);
                               running_kernel = nullptr;
                           }});
}
} // namespace cudahost

using namespace cudahost;

cudaError_t cudaFuncSetAttribute(const void *kernel, cudaFuncAttribute attribute, int value)
{
    CUDAHOST_CALL("cudaFuncSetAttribute");
    if (attribute == cudaFuncAttributeMaxDynamicSharedMemorySize) {
        if (value < 0 || value > SHARED_MOST)
            return set_error(cudaErrorInvalidValue);
        shared_allowed[kernel] = (size_t)value;
    }
    return cudaSuccess;
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes *attributes, const void *)
{
    CUDAHOST_CALL("cudaFuncGetAttributes");
    *attributes = {};
    attributes->maxThreadsPerBlock = 1024;
    attributes->numRegs = 32;
    attributes->ptxVersion = attributes->binaryVersion = options().arch;
    return cudaSuccess;
}
