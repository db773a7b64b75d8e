/* options.cpp -- what the environment asks for, and the order that it asks for. */
#include "cudahost.h"

namespace cudahost
{
static const char *from_environment(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

static Options read_options()
{
    Options o;
    const char *order = from_environment("CUDAHOST_SCHED", "forward");
    o.order = !strcmp(order, "forward")   ? Options::FORWARD
              : !strcmp(order, "reverse") ? Options::REVERSE
                                          : Options::SEEDED;
    char *end = nullptr;
    o.seed = strtoull(order, &end, 10);
    if (o.order == Options::SEEDED && *end) {
        fprintf(stderr, "cudahost: CUDAHOST_SCHED=%s: forward, reverse or a number\n", order);
        exit(98);
    }
    o.leaks = atoi(from_environment("CUDAHOST_LEAKS", "0")) != 0;
    o.memory = strtoull(from_environment("CUDAHOST_MEMORY", "85899345920"), nullptr, 10);
    o.devices = atoi(from_environment("CUDAHOST_DEVICES", "1"));
    o.arch = atoi(from_environment("CUDAHOST_ARCH", "90"));
    const char *device = from_environment("CUDAHOST_DEVICE", "yes");
    o.start = !strcmp(device, "none")       ? cudaErrorNoDevice
              : !strcmp(device, "nodriver") ? cudaErrorInsufficientDriver
                                            : cudaSuccess;
    o.fail = from_environment("CUDAHOST_FAIL", "");
    o.spoil = from_environment("CUDAHOST_SPOIL", "");
    return o;
}

const Options &options()
{
    static const Options o = read_options();
    return o;
}

/* CUDAHOST_MUTANTS_SEEN=FILE: at the end, the numbers of those that were reached. */
static std::vector<bool> &seen = *new std::vector<bool>;

static void write_seen()
{
    FILE *file = fopen(getenv("CUDAHOST_MUTANTS_SEEN"), "w");
    for (size_t i = 0; file && i < seen.size(); i++)
        if (seen[i])
            fprintf(file, "%zu\n", i);
    if (file)
        fclose(file);
}

int is_mutant(int number)
{
    static const int chosen = atoi(from_environment("CUDAHOST_MUTANT", "0"));
    static const bool list = getenv("CUDAHOST_MUTANTS_SEEN") && !atexit(write_seen);
    if (list && seen.size() <= (size_t)number)
        seen.resize((size_t)number + 1);
    if (list)
        seen[(size_t)number] = true;
    return number == chosen;
}

/* splitmix64 */
uint64_t random_bits()
{
    static uint64_t state = options().seed;
    uint64_t x = state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

size_t pick(size_t n)
{
    switch (options().order) {
    case Options::FORWARD:
        return 0;
    case Options::REVERSE:
        return n - 1;
    default:
        return (size_t)(random_bits() % n);
    }
}

void set_order(std::vector<int> &order, size_t n)
{
    order.resize(n);
    for (size_t i = 0; i < n; i++)
        order[i] = (int)(options().order == Options::REVERSE ? n - 1 - i : i);
    if (options().order == Options::SEEDED)
        for (size_t i = n; i > 1; i--)
            std::swap(order[i - 1], order[random_bits() % i]);
}
} // namespace cudahost
