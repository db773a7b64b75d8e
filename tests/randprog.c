/* randprog.c -- random programs, by the thousand: each computed in every way there is, all
 * compared.
 *
 *     randprog --count 10000               programs 0 .. 9999
 *     randprog --first 5000 --count 100
 *     randprog --seed 5017                 one, and what it is
 *     randprog --coverage                  has each function of the language a recipe?
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
#include "tests/random_try.h"

enum { GROUP = 40, MOST_FAILURES = 5 };

typedef struct Settings {
    uint64_t first;
    long count;
    const char *save;
    bool one, coverage;
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
    const char *wrong = random_try(arena, programs, count, options, &v.counts, &v.which);
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
        alarm(300);
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

static void fail(const Settings *s, Arena *arena, RandomProgram *p, const Verdict *first)
{
    Verdict last;
    p = shrink(arena, p, &s->options, kind_of(first));
    keep(s, arena, p, fails(arena, p, &s->options, &last) ? last.text : first->text);
}

/* One group; the number of failures. */
static int try_group(const Settings *s, uint64_t first, int count, TryCounts *counts)
{
    Arena *arena = arena_new();
    RandomProgram *programs[GROUP];
    int failures = 0;
    for (int i = 0; i < count; i++)
        programs[i] = random_program_new(arena, first + (uint64_t)i);
    const Verdict whole = try_apart(arena, programs, count, &s->options);
    if (whole.which < 0)
        counts_add(counts, &whole.counts);
    for (int i = 0; i < count && whole.which >= 0 && failures < MOST_FAILURES; i++) {
        const Verdict v = try_apart(arena, &programs[i], 1, &s->options);
        counts_add(counts, &v.counts);
        if (v.which >= 0) {
            fail(s, arena, programs[i], &v);
            failures++;
        }
    }
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

static int run_all(const Settings *s)
{
    TryCounts counts = {0};
    int failures = 0;
    for (long done = 0; done < s->count && failures < MOST_FAILURES; done += GROUP) {
        const long left = s->count - done;
        failures +=
            try_group(s, s->first + (uint64_t)done, left < GROUP ? (int)left : GROUP, &counts);
    }
    printf("%ld programs, %d disagree; %ld values (%ld hang on the last bit), %.1f %% of them the "
           "same to the bit "
           "in every way; %ld gradients (%ld at a kink)\n",
           s->count, failures, counts.values, counts.unsteady,
           100.0 * (double)counts.same_bits / (double)(counts.values ? counts.values : 1),
           counts.gradients, counts.kinks);
    if (s->count >= 200)
        failures += report_never_made(&counts);
    if (counts.unsteady * 5 > counts.values || counts.kinks * 2 > counts.gradients + 10) {
        printf("too little is compared\n");
        failures++;
    }
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
          "                [--cflags FLAGS] [--coverage]\n",
          stderr);
    return 2;
}

int main(int argc, char **argv)
{
    const char *top = getenv("top_srcdir");
    Settings s = {.count = 400,
                  .save = "random-failures",
                  .options = {.top = top ? top : ".", .cflags = "-O0"}};
    for (int i = 1; i < argc; i++) {
        const char *flag = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(flag, "--coverage") == 0) {
            s.coverage = true;
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
        else
            return usage();
    }
    Arena *arena = arena_new();
    const bool found = access(arena_printf(arena, "%s/runtime/grt.h", s.options.top), R_OK) == 0;
    arena_free(arena);
    if (!found) {
        fprintf(stderr, "randprog: %s is not the source tree: give --top, or set top_srcdir\n",
                s.options.top);
        return 2;
    }
    return s.coverage ? check_coverage(&s) : s.one ? run_one(&s) : run_all(&s);
}
