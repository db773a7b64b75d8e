/* output.c -- see output.h. */
#include "driver/output.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codegen/emit.h"
#include "driver/options.h"
#include "support/file.h"

/* ---- what may be overwritten ---- */

static bool text_contains(const char *bytes, size_t size, const char *word)
{
    const size_t length = strlen(word);
    const char *end = bytes + size;
    for (const char *at = bytes; (size_t)(end - at) >= length; at++) {
        at = memchr(at, word[0], (size_t)(end - at) - length + 1);
        if (!at)
            return false;
        if (memcmp(at, word, length) == 0)
            return true;
    }
    return false;
}

static bool made_by_gradc(Arena *arena, const char *path)
{
    enum { LARGEST = 256 << 20 };
    char *bytes;
    size_t size;
    const char *why;
    return file_read(arena, path, LARGEST, &bytes, &size, &why) &&
           text_contains(bytes, size, EMIT_MARKER);
}

static bool same_file(const char *path, const char *input)
{
    struct stat a, b;
    return stat(path, &a) == 0 && stat(input, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

bool output_allowed(Arena *arena, const char *path, const char *input, bool force)
{
    struct stat info;
    if (lstat(path, &info) != 0)
        return true; /* not there; or out of reach, which writing it will say */
    const char *why = NULL;
    if (same_file(path, input))
        why = "it is the model itself";
    else if (S_ISDIR(info.st_mode))
        why = "it is a directory";
    else if (!S_ISREG(info.st_mode) && !S_ISLNK(info.st_mode))
        why = "it is not a regular file";
    else if (S_ISLNK(info.st_mode) && !force)
        why = "it is a symbolic link (-f replaces it)";
    else if (!force && !made_by_gradc(arena, path))
        why = "it is there already, and gradc did not make it (-f overwrites it)";
    if (why)
        driver_fail(EXIT_USAGE, "'%s' is not overwritten: %s", path, why);
    return !why;
}

/* ---- what must not be left ---- */

enum { NOTED_FILES = 16 };

static const char *noted_files[NOTED_FILES];
static volatile sig_atomic_t noted_count;
static const char *volatile noted_dir;
static volatile sig_atomic_t stop_signal;

/* Safe in a signal handler: nothing but unlink and rmdir. */
static void remove_noted(void)
{
    for (int i = 0; i < noted_count; i++)
        unlink(noted_files[i]);
    if (noted_dir)
        rmdir(noted_dir);
}

/* While a C compiler runs it gets the signal, and process_run comes back with its death; else
 * gradc ends here, leaving nothing. */
static void handle_signal(int signal_number)
{
    const int saved = errno;
    stop_signal = signal_number;
    if (process_child <= 0) {
        remove_noted();
        _exit(128 + signal_number);
    }
    kill((pid_t)process_child, signal_number);
    errno = saved;
}

static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { STOP_SIGNALS = sizeof stop_signals / sizeof *stop_signals };

void output_guard(void)
{
    for (int i = 0; i < STOP_SIGNALS; i++) {
        struct sigaction old, action = {.sa_handler = handle_signal};
        sigemptyset(&action.sa_mask);
        /* What the caller ignores (nohup, a background job) stays ignored. */
        if (sigaction(stop_signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(stop_signals[i], &action, NULL);
    }
}

/* While something is made that isn't noted yet, signals wait. */
static void hold_signals(bool hold)
{
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < STOP_SIGNALS; i++)
        sigaddset(&set, stop_signals[i]);
    sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

bool output_write(Arena *arena, const char *path, const char *text, size_t size)
{
    const char *why;
    hold_signals(true);
    const bool ok = file_write(arena, path, text, size, &why);
    hold_signals(false);
    if (!ok)
        driver_fail(EXIT_ENVIRONMENT, "cannot write '%s': %s", path, why);
    return ok;
}

const char *output_temporary_dir(Arena *arena)
{
    const char *why;
    hold_signals(true);
    noted_dir = dir_make_temp(arena, &why);
    hold_signals(false);
    if (!noted_dir)
        driver_fail(EXIT_ENVIRONMENT, "cannot make a temporary folder: %s", why);
    return noted_dir;
}

void output_note_file(const char *path)
{
    if (noted_count == NOTED_FILES)
        ice("more than %d temporary files", NOTED_FILES);
    noted_files[noted_count] = path;
    noted_count = noted_count + 1;
}

void output_tidy(void)
{
    remove_noted();
    noted_count = 0;
    noted_dir = NULL;
}

int output_signal(void)
{
    return stop_signal;
}
