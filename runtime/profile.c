/* profile.c -- ./model --profile: how long each kernel took, beside what it had to do.
 *
 *     profile of train: 160 runs in 0.1042 s, 0.1040 s of it in kernels; 1 thread
 *       here a core does 116.9 GFLOP/s, and copies 22.1 GB/s
 *       share  total ms    calls   mean us  GFLOP/s  of peak     GB/s  of copy  line  kernel
 *        38.1 %     39.7      160     248.3     51.7     44 %      7.4     33 %     7 k_fc1_product
 *       ...
 *       share  total ms  GFLOP/s  of peak     GB/s  of copy  line
 *        91.2 %     95.0     ...
 *
 * A kernel's time is from the end of the one before to its own: the hook that generated routines
 * call behind each (grt.h) reads the clock.  Without --profile there is no hook.
 *
 * On a GPU the first of several runs, in which kernels are loaded, is left out, and there is
 * nothing to compare with: bench/gpu measures a GPU's peak. */
#include <stdlib.h>
#include <string.h>

#include "grt_trainer.h"

int omp_get_max_threads(void) __attribute__((weak));

typedef struct ProfileRow { /* a kernel; or, in the table of lines, all of a line */
    const char *name;
    int line;
    int64_t calls;
    double seconds, flops, bytes;
    double fastest; /* seconds of a call */
} ProfileRow;

typedef struct ProfileEntry {
    const GrtEntry *entry;
    ProfileRow *rows; /* one for each kernel */
    int64_t runs;
    double seconds;
    bool warm; /* a run is left out */
} ProfileEntry;

struct GrtProfile {
    const GrtModel *model;
    ProfileEntry *entries;
    int count;
    ProfileEntry *now; /* what runs */
    double last;       /* when the kernel before was done */
    double started;
};

/* ---- while it runs ---- */

static void profile_kernel(GrtRun *run, int kernel)
{
    GrtProfile *profile = run->profile;
    const double now = grt_seconds();
    ProfileEntry *entry = profile->now;
    if (entry && kernel >= 0 && kernel < entry->entry->kernel_count) {
        ProfileRow *row = &entry->rows[kernel];
        const double spent = now - profile->last;
        row->fastest = row->calls == 0 || spent < row->fastest ? spent : row->fastest;
        row->calls++;
        row->seconds += spent;
    }
    profile->last = now;
}

/* What was counted so far was for warming up. */
static void profile_forget(ProfileEntry *entry)
{
    for (int i = 0; i < entry->entry->kernel_count; i++) {
        entry->rows[i].calls = 0;
        entry->rows[i].seconds = 0;
    }
    entry->runs = 0;
    entry->seconds = 0;
    entry->warm = true;
}

void grt_profile_start(GrtRun *run, const GrtEntry *entry)
{
    GrtProfile *profile = run->profile;
    profile->now = NULL;
    for (int i = 0; i < profile->count; i++)
        if (profile->entries[i].entry == entry)
            profile->now = &profile->entries[i];
    if (profile->model->device && profile->now && profile->now->runs == 1 && !profile->now->warm)
        profile_forget(profile->now);
    run->hook = profile_kernel;
    profile->started = profile->last = grt_seconds();
}

void grt_profile_stop(GrtRun *run)
{
    GrtProfile *profile = run->profile;
    run->hook = NULL;
    if (profile->now) {
        profile->now->runs++;
        profile->now->seconds += grt_seconds() - profile->started;
    }
}

/* ---- memory ---- */

static bool profile_add(GrtProfile *profile, const GrtEntry *entry)
{
    if (!entry)
        return true;
    ProfileEntry *added = &profile->entries[profile->count];
    *added = (ProfileEntry){.entry = entry};
    added->rows = calloc((size_t)entry->kernel_count + 1, sizeof *added->rows);
    if (!added->rows)
        return false;
    profile->count++;
    for (int i = 0; i < entry->kernel_count; i++) {
        added->rows[i].name = entry->kernels[i].name;
        added->rows[i].line = entry->kernels[i].line;
    }
    return true;
}

GrtProfile *grt_profile_new(const GrtModel *model, GrtError *error)
{
    const size_t most = (size_t)model->entry_count + 2 * (size_t)model->split_count + 1;
    GrtProfile *profile = calloc(1, sizeof *profile);
    bool good = profile && (profile->entries = calloc(most, sizeof *profile->entries));
    if (good)
        profile->model = model;
    for (int i = 0; good && i < model->entry_count; i++)
        good = profile_add(profile, &model->entries[i]);
    for (int i = 0; good && i < model->split_count; i++)
        good = profile_add(profile, model->splits[i].fetch);
    if (good)
        return profile;
    grt_profile_free(profile);
    grt_fail(error, 3, "not enough memory");
    return NULL;
}

void grt_profile_free(GrtProfile *profile)
{
    for (int i = 0; profile && i < profile->count; i++)
        free(profile->entries[i].rows);
    if (profile)
        free(profile->entries);
    free(profile);
}

/* ---- what is shown ---- */

typedef struct ProfileScale { /* what numbers are compared with; peaks of 0: with nothing */
    GrtPeak core;
    int threads;
} ProfileScale;

static ProfileScale profile_scale(const GrtModel *model)
{
    const int threads = model->threads && omp_get_max_threads ? omp_get_max_threads() : 1;
    return (ProfileScale){model->device ? (GrtPeak){0} : grt_peak(), threads};
}

/* The kernels' work of all runs: the table has it for one run, all turns of loops together. */
static void profile_work(ProfileEntry *entry)
{
    for (int i = 0; i < entry->entry->kernel_count; i++) {
        const GrtKernel *kernel = &entry->entry->kernels[i];
        entry->rows[i].flops = (double)kernel->flops * (double)entry->runs;
        entry->rows[i].bytes = (double)kernel->bytes * (double)entry->runs;
    }
}

static int profile_longest_first(const void *a, const void *b)
{
    const ProfileRow *x = a, *y = b;
    if (x->seconds != y->seconds)
        return x->seconds < y->seconds ? 1 : -1;
    return strcmp(x->name, y->name);
}

static double profile_percent(double part, double whole)
{
    return whole > 0 ? 100 * part / whole : 0;
}

/* "    51.7     44 %", or "    51.7      - " */
static void profile_rate(FILE *out, double work, double seconds, double peak)
{
    const double rate = seconds > 0 ? work / seconds : 0;
    fprintf(out, " %8.1f", rate * 1e-9);
    if (peak > 0)
        fprintf(out, " %6.0f %%", profile_percent(rate, peak));
    else
        fputs("      -  ", out);
}

static void profile_rates(FILE *out, const ProfileRow *row, const ProfileScale *scale)
{
    profile_rate(out, row->flops, row->seconds, scale->core.flops * scale->threads);
    profile_rate(out, row->bytes, row->seconds, scale->core.bytes);
}

static void profile_line(FILE *out, int line)
{
    if (line > 0)
        fprintf(out, " %5d", line);
    else
        fputs("     -", out);
}

/* Those below a thousandth of the time are one row together. */
static void profile_kernels(FILE *out, const ProfileRow *rows, int count, double whole,
                            const ProfileScale *scale)
{
    ProfileRow rest = {0};
    int left_out = 0;
    fputs("   share  total ms     calls   mean us   best us  GFLOP/s  of peak     GB/s  of copy  "
          "line  kernel\n",
          out);
    for (int i = 0; i < count; i++) {
        const ProfileRow *row = &rows[i];
        if (row->calls == 0 || row->seconds < 1e-3 * whole) {
            rest.seconds += row->seconds;
            left_out++;
            continue;
        }
        fprintf(out, "  %5.1f %% %9.2f %9lld %9.2f %9.2f", profile_percent(row->seconds, whole),
                1e3 * row->seconds, (long long)row->calls, 1e6 * row->seconds / (double)row->calls,
                1e6 * row->fastest);
        profile_rates(out, row, scale);
        profile_line(out, row->line);
        fprintf(out, "  %s\n", row->name);
    }
    if (left_out > 0)
        fprintf(out, "  %5.1f %% %9.2f  %d more kernel%s\n", profile_percent(rest.seconds, whole),
                1e3 * rest.seconds, left_out, left_out == 1 ? "" : "s");
}

/* Rows of a line become one; `rows` is changed.  The number of lines. */
static int profile_join_lines(ProfileRow *rows, int count)
{
    int lines = 0;
    for (int i = 0; i < count; i++) {
        int at = 0;
        while (at < lines && rows[at].line != rows[i].line)
            at++;
        if (at == lines) {
            rows[lines++] = rows[i];
            continue;
        }
        rows[at].seconds += rows[i].seconds;
        rows[at].flops += rows[i].flops;
        rows[at].bytes += rows[i].bytes;
    }
    qsort(rows, (size_t)lines, sizeof *rows, profile_longest_first);
    return lines;
}

/* "1 thread", and what a core does; or "NVIDIA H100 80GB HBM3" */
static void profile_print_machine(FILE *out, const GrtModel *model, const ProfileScale *scale)
{
    char name[256];
    if (model->device) {
        model->device->name(name, sizeof name);
        fprintf(out, "%s\n", name);
        return;
    }
    fprintf(out, "%d thread%s\n", scale->threads, scale->threads == 1 ? "" : "s");
    fprintf(out, "  here a core does %.1f GFLOP/s, and copies %.1f GB/s\n",
            scale->core.flops * 1e-9, scale->core.bytes * 1e-9);
}

static void profile_print_entry(FILE *out, const GrtProfile *profile, ProfileEntry *entry,
                                const ProfileScale *scale)
{
    int count = entry->entry->kernel_count;
    double whole = 0;
    for (int i = 0; i < count; i++)
        whole += entry->rows[i].seconds;
    fprintf(out, "\nprofile of %s: %lld run%s in %.4f s, %.4f s of it in kernels; ",
            entry->entry->name, (long long)entry->runs, entry->runs == 1 ? "" : "s", entry->seconds,
            whole);
    profile_print_machine(out, profile->model, scale);
    if (entry->warm)
        fputs("  the run before these, which loaded kernels, is not counted\n", out);
    qsort(entry->rows, (size_t)count, sizeof *entry->rows, profile_longest_first);
    profile_kernels(out, entry->rows, count, whole, scale);
    count = profile_join_lines(entry->rows, count);
    fprintf(out, "   share  total ms  GFLOP/s  of peak     GB/s  of copy  line of %s\n",
            profile->model->file);
    for (int i = 0; i < count; i++) {
        fprintf(out, "  %5.1f %% %9.2f", profile_percent(entry->rows[i].seconds, whole),
                1e3 * entry->rows[i].seconds);
        profile_rates(out, &entry->rows[i], scale);
        profile_line(out, entry->rows[i].line);
        fputc('\n', out);
    }
}

static int profile_write(GrtProfile *profile, const char *path, const ProfileScale *scale,
                         GrtError *error)
{
    GrtAtomic file;
    if (!grt_file_is_ours(path, 0, "entry,kernel,line,"))
        return grt_fail(error, 2, "'%s' exists and is not a profile; name another file", path);
    if (grt_atomic_open(&file, path, error) != 0)
        return error->status;
    fputs("entry,kernel,line,runs,calls,seconds,fastest,operations,bytes,peak_flops,copy_bytes,"
          "threads\n",
          file.out);
    for (int i = 0; i < profile->count; i++) {
        const ProfileEntry *entry = &profile->entries[i];
        for (int k = 0; k < entry->entry->kernel_count && entry->runs > 0; k++) {
            const ProfileRow *row = &entry->rows[k];
            fprintf(file.out, "%s,%s,%d,%lld,%lld,%.9g,%.9g,%.17g,%.17g,%.6g,%.6g,%d\n",
                    entry->entry->name, row->name, row->line, (long long)entry->runs,
                    (long long)row->calls, row->seconds, row->fastest, row->flops, row->bytes,
                    scale->core.flops, scale->core.bytes, scale->threads);
        }
    }
    return grt_atomic_commit(&file, error);
}

int grt_profile_show(GrtProfile *profile, const char *path, GrtError *error)
{
    const ProfileScale scale = profile_scale(profile->model);
    for (int i = 0; i < profile->count; i++)
        profile_work(&profile->entries[i]);
    if (path)
        return profile_write(profile, path, &scale, error);
    for (int i = 0; i < profile->count; i++)
        if (profile->entries[i].runs > 0 && profile->entries[i].entry->kernel_count > 0)
            profile_print_entry(stderr, profile, &profile->entries[i], &scale);
    return 0;
}
