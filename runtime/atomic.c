/* atomic.c -- files that are replaced whole or not at all.
 *
 * What is written goes to PATH.tmp.PID beside the target, is synced, and renamed over it; then the
 * directory is synced too.  A kill at any moment leaves the old file or the new one; a temporary
 * that a killed process left behind is removed by the next one to probe the same path. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grt_trainer.h"

/* The directory part of path, "." where there is none; malloc's. */
static char *atomic_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static const char *atomic_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int atomic_fail(GrtAtomic *file, const char *doing, GrtError *error)
{
    const int cause = errno;
    grt_fail(error, 3, "cannot %s '%s': %s", doing, file->path ? file->path : "a file",
             strerror(cause));
    grt_atomic_abort(file);
    return error->status;
}

int grt_atomic_open(GrtAtomic *file, const char *path, GrtError *error)
{
    const size_t size = strlen(path) + 32;
    *file = (GrtAtomic){.path = strdup(path), .temporary = malloc(size)};
    if (!file->path || !file->temporary) {
        errno = ENOMEM;
        return atomic_fail(file, "write", error);
    }
    snprintf(file->temporary, size, "%s.tmp.%ld", path, (long)getpid());
    /* One of our own number can only be a dead process's: numbers are used again. */
    unlink(file->temporary);
    const int fd =
        open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd >= 0 && !(file->out = fdopen(fd, "w"))) {
        close(fd);
        unlink(file->temporary);
    }
    if (!file->out)
        return atomic_fail(file, "write", error);
    return 0;
}

void grt_atomic_abort(GrtAtomic *file)
{
    if (file->out) {
        fclose(file->out);
        unlink(file->temporary);
    }
    free(file->path);
    free(file->temporary);
    *file = (GrtAtomic){0};
}

/* A rename lasts only once the directory is on the disk.  Some file systems can't sync one; that
 * is no reason to call a good file bad. */
static void atomic_sync_directory(const char *path)
{
    char *directory = atomic_directory(path);
    const int fd = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(directory);
}

int grt_atomic_commit(GrtAtomic *file, GrtError *error)
{
    if (fflush(file->out) != 0 || ferror(file->out) || fsync(fileno(file->out)) != 0)
        return atomic_fail(file, "write", error);
    const int closed = fclose(file->out);
    file->out = NULL;
    if (closed != 0 || rename(file->temporary, file->path) != 0) {
        const int cause = errno;
        unlink(file->temporary);
        errno = cause;
        return atomic_fail(file, "write", error);
    }
    atomic_sync_directory(file->path);
    grt_atomic_abort(file); /* only its memory is left */
    return 0;
}

/* The process number behind "BASE.tmp." in the name of a temporary of base, or 0. */
static long atomic_owner(const char *name, const char *base)
{
    const size_t length = strlen(base);
    if (strncmp(name, base, length) != 0 || strncmp(name + length, ".tmp.", 5) != 0)
        return 0;
    const char *digits = name + length + 5;
    const size_t count = strspn(digits, "0123456789");
    return count > 0 && count < 10 && digits[count] == '\0' ? strtol(digits, NULL, 10) : 0;
}

static void atomic_sweep(const char *path, const char *directory)
{
    DIR *entries = opendir(directory);
    if (!entries)
        return;
    for (const struct dirent *entry; (entry = readdir(entries));) {
        const long owner = atomic_owner(entry->d_name, atomic_base(path));
        if (owner > 0 && kill((pid_t)owner, 0) != 0 && errno == ESRCH)
            unlinkat(dirfd(entries), entry->d_name, 0);
    }
    closedir(entries);
}

int grt_atomic_probe(const char *path, GrtError *error)
{
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return grt_fail(error, 3, "cannot write '%s': it is not a plain file", path);
    char *directory = atomic_directory(path);
    if (!directory)
        return grt_fail(error, 3, "out of memory");
    atomic_sweep(path, directory);
    free(directory);
    GrtAtomic file;
    const int failed = grt_atomic_open(&file, path, error);
    if (!failed)
        grt_atomic_abort(&file);
    return failed;
}

bool grt_file_is_ours(const char *path, long offset, const char *mark)
{
    char head[256];
    const size_t length = strlen(mark);
    /* O_NONBLOCK: opening a FIFO must not hang. */
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return true;
    const ssize_t size = read(descriptor, head, sizeof head);
    close(descriptor);
    return size == 0 ||
           (size >= offset + (ssize_t)length && memcmp(head + offset, mark, length) == 0);
}
