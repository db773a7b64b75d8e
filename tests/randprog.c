/* randprog.c -- random programs, by the thousand: each computed in every way there is, all
 * compared.
 *
 *     randprog --count 10000               programs 0 .. 9999
 *     randprog --first 5000 --count 100
 *     randprog --seed 5017                 one, and what it is
 *     randprog --coverage                  has each function of the language a recipe?
 *     randprog --grid --every 3            each recipe alone, in every third of its sizes
 *                                          (random_grid.c)
 *     randprog --grid --share 0/4          a quarter of that
 *     randprog --grid --target cuda        as a CUDA program, in the test bed (random_cuda.h)
 *
 * A program that fails is made smaller while it fails the same way, and kept as FOLDER/SEED.dsl,
 * where the folder is --save's (random-failures).  Exit status: 0 all agree, 1 one does not, 2
 * usage. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frontend/builtins.h"
#include "support/file.h"
#include "tests/random_cuda.h"

enum { GROUP = 40, MOST_FAILURES = 5 };

typedef struct Settings {
    uint64_t first;
    long count;
    const char *save;
    bool one, coverage, grid;
    long every;         /* of the grid */
    long share, shares; /* of its groups */
    const char *emit;   /* a folder for its models, which are not run then */
    TryOptions options;
} Settings;

/* What a child says: how it went, the counts, then the text. */
typedef struct Verdict {
    bool done; /* false: it died on the way */
    int which; /* the program that is wrong; -1: none */
    TryCounts counts;
    char text[2000];
} Verdict;

static void counts_add(TryCounts *to, const TryCounts *more)
{
    to->values += more->values;
    to->unsteady += more->unsteady;
    to->same_bits += more->same_bits;
    to->gradients += more->gradients;
    to->kinks += more->kinks;
    for (int i = 0; i < OP_COUNT; i++)
        to->made[i] += more->made[i];
}

/* ---- in a process of their own: a bug may end it ---- */

static void try_here(Arena *arena, RandomProgram *const *programs, int count,
                     const TryOptions *options, int out)
{
    Verdict v = {.which = -1};
    const char *wrong = (options->cuda ? random_try_cuda : random_try)(
        arena, programs, count, options, &v.counts, &v.which);
    v.done = true;
    if (wrong)
        snprintf(v.text, sizeof v.text, "%s", wrong);
    else
        v.which = -1;
    const ssize_t sent = write(out, &v, sizeof v);
    _exit(sent == (ssize_t)sizeof v ? 0 : 1);
}

static void how_it_ended(Verdict *v, int status)
{
    v->which = 0;
    if (WIFSIGNALED(status))
        snprintf(v->text, sizeof v->text, "ended by signal %d", WTERMSIG(status));
    else
        snprintf(v->text, sizeof v->text, "ended with status %d", WEXITSTATUS(status));
}

static Verdict try_apart(Arena *arena, RandomProgram *const *programs, int count,
                         const TryOptions *options)
{
    Verdict v = {0};
    int ends[2], status = 0;
    if (pipe(ends) != 0) {
        perror("randprog: pipe");
        exit(2);
    }
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        alarm(options->cuda ? 1800 : 300);
        try_here(arena, programs, count, options, ends[1]);
    }
    close(ends[1]);
    size_t got = 0;
    for (ssize_t n = 1; n > 0 && got<sizeof v; got += n> 0 ? (size_t)n : 0)
        n = read(ends[0], (char *)&v + got, sizeof v - got);
    close(ends[0]);
    waitpid(child, &status, 0);
    if (got < sizeof v || !v.done) {
        memset(&v, 0, sizeof v);
        how_it_ended(&v, status);
    }
    return v;
}

/* ---- smaller ---- */

static bool fails(Arena *arena, RandomProgram *p, const TryOptions *options, Verdict *v)
{
    *v = try_apart(arena, &p, 1, options);
    return v->which >= 0;
}

/* What kind of failure it is: a smaller program must fail like the one before, not for a new
 * reason. */
static int kind_of(const Verdict *v)
{
    return !v->done                            ? 0
           : strstr(v->text, "interpreted")    ? 1
           : strstr(v->text, "at -O0")         ? 2
           : strstr(v->text, "differences of") ? 3
           : strstr(v->text, "random.dsl:")    ? 4
                                               : 5;
}

static bool keeps_failing(Arena *arena, RandomProgram *p, const TryOptions *options, int kind)
{
    Verdict v;
    return fails(arena, p, options, &v) && kind_of(&v) == kind;
}

static RandomProgram *drop(Arena *arena, const RandomProgram *p, int part, int k)
{
    RandomProgram *less = arena_new_of(arena, RandomProgram);
    *less = *p;
    if (part == 0)
        less->statements[k].output = false;
    else if (part == 1 && k < less->wanted_count)
        less->wanted[k] = less->wanted[--less->wanted_count];
    else if (part == 2 && k < less->term_count && (less->term_count > 1 || less->wanted_count == 0))
        less->terms[k] = less->terms[--less->term_count];
    else if (part == 3)
        less->second = false;
    return less;
}

/* Fewer outputs, gradients and terms; then values from inputs instead of from statements. */
static RandomProgram *shrink(Arena *arena, RandomProgram *p, const TryOptions *options, int kind)
{
    for (int round = 0; round < 2; round++) {
        for (int part = 0; part < 4; part++)
            for (int k = part == 0 ? p->count - 1 : part == 3 ? 0 : 3; k >= 0; k--) {
                RandomProgram *less =
                    part || p->statements[k].output ? drop(arena, p, part, k) : NULL;
                if (less && keeps_failing(arena, less, options, kind))
                    p = less;
            }
        for (int k = p->count - 1; k >= 0; k--) {
            if (p->statements[k].is_source || !random_program_needs(p, k))
                continue;
            RandomProgram *less = random_program_without(p, k);
            if (keeps_failing(arena, less, options, kind))
                p = less;
        }
    }
    return p;
}

/* ---- failures ---- */

static void keep(const Settings *s, Arena *arena, const RandomProgram *p, const char *what)
{
    const char *why,
        *name = arena_printf(arena, "%s/%llu.dsl", s->save, (unsigned long long)p->seed);
    StrBuf text = strbuf_new(arena);
    for (const char *line = what; *line; line += strcspn(line, "\n"), line += *line == '\n')
        strbuf_printf(&text, "# %.*s\n", (int)strcspn(line, "\n"), line);
    strbuf_printf(&text, "# Made smaller from: randprog --seed %llu\n%s",
                  (unsigned long long)p->seed, random_program_text(p));
    mkdir(s->save, 0777);
    if (!file_write(arena, name, strbuf_text(&text), text.length, &why))
        fprintf(stderr, "randprog: cannot write %s: %s\n", name, why);
    fprintf(stderr, "program %llu: %s\n  kept in %s:\n%s\n", (unsigned long long)p->seed, what,
            name, random_program_text(p));
}

/* A CUDA program is long in building: it is made smaller when it is asked for by its number. */
static void fail(const Settings *s, Arena *arena, RandomProgram *p, const Verdict *first)
{
    Verdict last = *first;
    if (!s->grid && (!s->options.cuda || s->one)) {
        p = shrink(arena, p, &s->options, kind_of(first));
        if (!fails(arena, p, &s->options, &last))
            last = *first;
    }
    keep(s, arena, p, last.text);
}

/* So many together; where one of them fails, in halves; the number of failures. */
static int try_programs(const Settings *s, Arena *arena, RandomProgram **programs, int count,
                        TryCounts *counts, int failures)
{
    if (count == 0 || failures >= MOST_FAILURES)
        return 0;
    const Verdict v = try_apart(arena, programs, count, &s->options);
    if (v.which < 0) {
        counts_add(counts, &v.counts);
        return 0;
    }
    if (count == 1) {
        fail(s, arena, programs[0], &v);
        return 1;
    }
    const int half = count / 2;
    const int found = try_programs(s, arena, programs, half, counts, failures);
    return found + try_programs(s, arena, programs + half, count - half, counts, failures + found);
}

/* One group; the number of failures. */
static int try_group(const Settings *s, uint64_t first, int count, TryCounts *counts)
{
    Arena *arena = arena_new();
    RandomProgram *programs[GROUP];
    for (int i = 0; i < count; i++)
        programs[i] = random_program_new(arena, first + (uint64_t)i);
    const int failures = try_programs(s, arena, programs, count, counts, 0);
    arena_free(arena);
    return failures;
}

/* ---- the whole run ---- */

/* The last ones stand in few bodies of scans.  An operation that none of many programs has is one
 * that nobody tries. */
static int report_never_made(const TryCounts *counts)
{
    static const Op not_values[] = {OP_option, OP_counter, OP_grad, OP_arg, OP_turn};
    int missing = 0;
    for (int op = 0; op < OP_COUNT; op++) {
        bool expected = counts->made[op] == 0;
        for (size_t i = 0; i < sizeof not_values / sizeof *not_values; i++)
            expected = expected && op != (int)not_values[i];
        if (expected) {
            printf("no program has the operation %s: it needs a recipe in tests/random_*.c\n",
                   op_info[op].name);
            missing++;
        }
    }
    return missing;
}

static int report(long programs, int failures, const TryCounts *counts)
{
    printf("%ld programs, %d disagree; %ld values (%ld hang on the last bit), %.1f %% of them the "
           "same to the bit in every way; %ld gradients (%ld at a kink)\n",
           programs, failures, counts->values, counts->unsteady,
           100.0 * (double)counts->same_bits / (double)(counts->values ? counts->values : 1),
           counts->gradients, counts->kinks);
    if (counts->values == 0 || counts->unsteady * 5 > counts->values ||
        counts->kinks * 2 > counts->gradients + 10) {
        printf("too little is compared\n");
        failures++;
    }
    return failures;
}

static int run_all(const Settings *s)
{
    TryCounts counts = {0};
    int failures = 0;
    for (long done = 0; done < s->count && failures < MOST_FAILURES; done += GROUP) {
        const long left = s->count - done;
        failures +=
            try_group(s, s->first + (uint64_t)done, left < GROUP ? (int)left : GROUP, &counts);
    }
    failures = report(s->count, failures, &counts);
    if (s->count >= 200 && !s->options.cuda)
        failures += report_never_made(&counts);
    return failures ? 1 : 0;
}

/* ---- the grid ---- */

static void emit(const Settings *s, Arena *arena, RandomProgram *const *programs, int count,
                 int variant, int last)
{
    const char *why, *path = arena_printf(arena, "%s/grid_%d_%d.dsl", s->emit, variant, last),
                     *text = random_merged_text(arena, programs, count);
    mkdir(s->emit, 0777);
    if (!file_write(arena, path, text, strlen(text), &why))
        fprintf(stderr, "randprog: cannot write %s: %s\n", path, why);
    else
        puts(path);
}

/* Row by row of its sizes; every n-th place of it, another one of each recipe in each row; of the
 * groups that are built as one, those of a share. */
static int run_grid(const Settings *s)
{
    TryCounts counts = {0};
    int failures = 0;
    long programs = 0, groups = 0;
    for (int variant = 0; variant < random_variant_count(); variant++) {
        Arena *arena = arena_new();
        RandomProgram *group[GROUP];
        int count = 0;
        for (int recipe = 0; recipe < random_recipe_count(); recipe++) {
            if ((recipe + variant) % s->every == (long)s->first % s->every &&
                (group[count] = random_grid_program(arena, recipe, variant)))
                count++;
            if (count == GROUP || (recipe + 1 == random_recipe_count() && count > 0)) {
                if (groups++ % s->shares != s->share)
                    count = 0;
                else if (s->emit)
                    emit(s, arena, group, count, variant, recipe);
                else
                    failures += try_programs(s, arena, group, count, &counts, failures);
                programs += count;
                count = 0;
            }
        }
        arena_free(arena);
    }
    if (groups > 0 && groups <= s->share)
        puts("the grid has fewer groups than shares: there is none in this one");
    else if (!s->emit)
        failures = report(programs, failures, &counts);
    return failures ? 1 : 0;
}

static int run_one(const Settings *s)
{
    Arena *arena = arena_new();
    RandomProgram *p = random_program_new(arena, s->first);
    Verdict v;
    fputs(random_program_text(p), stdout);
    const bool wrong = fails(arena, p, &s->options, &v);
    printf("%s\n", wrong ? v.text : "all agree");
    if (wrong)
        fail(s, arena, p, &v);
    arena_free(arena);
    return wrong;
}

/* ---- does each name have a recipe? ---- */

static int check_name(const char *name, const char *where)
{
    if (random_has_recipe(name) || random_excuse(name))
        return 0;
    printf("%s has no recipe (%s): add one to tests/random_*.c, or say why not in `excuses`\n",
           name, where);
    return 1;
}

/* The names that a library file defines, helpers left out. */
static int check_library(Arena *arena, const char *path)
{
    char *text;
    size_t size;
    const char *why;
    bool helper = false;
    int missing = 0;
    if (!file_read(arena, path, 1 << 24, &text, &size, &why)) {
        printf("cannot read %s: %s\n", path, why);
        return 1;
    }
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        char kind[16], name[64];
        helper = helper || strncmp(line, "# Helper of:", 12) == 0;
        if (sscanf(line, "%15[a-z] %63[a-zA-Z0-9_](", kind, name) != 2)
            continue;
        const bool defines =
            !strcmp(kind, "def") || !strcmp(kind, "module") || !strcmp(kind, "optimizer");
        if (defines && !helper)
            missing += check_name(name, path);
        helper = helper && !defines;
    }
    return missing;
}

static int check_coverage(const Settings *s)
{
    Arena *arena = arena_new();
    int count, missing = 0;
    const Builtin *table = builtin_table(&count);
    for (int i = 0; i < count; i++)
        missing += check_name(table[i].name, "frontend/builtins.c");
    const char *folder = arena_printf(arena, "%s/lib/std", s->options.top);
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (strstr(entry->d_name, ".dsl"))
            missing += check_library(arena, path_join(arena, folder, entry->d_name));
    if (!dir)
        missing++;
    else
        closedir(dir);
    arena_free(arena);
    printf("%d names without a recipe\n", missing);
    return missing ? 1 : 0;
}

static int usage(void)
{
    fputs("usage: randprog [--first N] [--count N] [--seed N] [--save FOLDER] [--top SOURCE-TREE]\n"
          "                [--cflags FLAGS] [--coverage] [--grid] [--every N] [--share I/N]\n"
          "                [--emit FOLDER] [--target c|cuda] [--orders 'forward 1 2']\n"
          "                [--gradc -O0]\n",
          stderr);
    return 2;
}

int main(int argc, char **argv)
{
    const char *top = getenv("top_srcdir");
    Settings s = {
        .count = 400,
        .every = 1,
        .shares = 1,
        .save = "random-failures",
        .options = {.top = top ? top : ".", .cflags = "-O0", .orders = "forward reverse 7"}};
    for (int i = 1; i < argc; i++) {
        const char *flag = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(flag, "--coverage") == 0) {
            s.coverage = true;
            continue;
        }
        if (strcmp(flag, "--grid") == 0) {
            s.grid = true;
            continue;
        }
        if (!value)
            return usage();
        i++;
        if (strcmp(flag, "--first") == 0)
            s.first = strtoull(value, NULL, 10);
        else if (strcmp(flag, "--count") == 0)
            s.count = strtol(value, NULL, 10);
        else if (strcmp(flag, "--seed") == 0)
            s.first = strtoull(value, NULL, 10), s.one = true;
        else if (strcmp(flag, "--save") == 0)
            s.save = value;
        else if (strcmp(flag, "--top") == 0)
            s.options.top = value;
        else if (strcmp(flag, "--cflags") == 0)
            s.options.cflags = value;
        else if (strcmp(flag, "--every") == 0 && strtol(value, NULL, 10) > 0)
            s.every = strtol(value, NULL, 10);
        else if (strcmp(flag, "--share") == 0) {
            if (sscanf(value, "%ld/%ld", &s.share, &s.shares) != 2 || s.share < 0 ||
                s.share >= s.shares)
                return usage();
        } else if (strcmp(flag, "--emit") == 0)
            s.emit = value;
        else if (strcmp(flag, "--target") == 0)
            s.options.cuda = strcmp(value, "cuda") == 0;
        else if (strcmp(flag, "--orders") == 0)
            s.options.orders = value;
        else if (strcmp(flag, "--gradc") == 0)
            s.options.gradc = value;
        else
            return usage();
    }
    Arena *arena = arena_new();
    const bool found = access(arena_printf(arena, "%s/runtime/grt.h", s.options.top), R_OK) == 0;
    arena_free(arena);
    setenv("GRADC", "./gradc", 0); /* for CUDA programs */
    if (!found) {
        fprintf(stderr, "randprog: %s is not the source tree: give --top, or set top_srcdir\n",
                s.options.top);
        return 2;
    }
    return s.coverage ? check_coverage(&s)
           : s.grid   ? run_grid(&s)
           : s.one    ? run_one(&s)
                      : run_all(&s);
}
