/* file.c -- whole files in and out, temporary directories, processes without a shell. */
#include "support/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Reads up to size bytes; the count, or -1. */
static ssize_t read_all(int fd, char *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t n = read(fd, bytes + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static bool read_open_file(Arena *arena, int fd, size_t limit, char **bytes, size_t *size,
                           const char **why)
{
    struct stat info;
    if (fstat(fd, &info) != 0) {
        *why = strerror(errno);
        return false;
    }
    if (!S_ISREG(info.st_mode)) {
        *why = S_ISDIR(info.st_mode) ? "it is a directory" : "it is not a regular file";
        return false;
    }
    if ((uintmax_t)info.st_size > limit) {
        *why = arena_printf(arena, "it is larger than %zu bytes", limit);
        return false;
    }
    *bytes = arena_alloc(arena, (size_t)info.st_size + 1);
    const ssize_t got = read_all(fd, *bytes, (size_t)info.st_size);
    if (got < 0) {
        *why = strerror(errno);
        return false;
    }
    *size = (size_t)got;
    return true;
}

bool file_read(Arena *arena, const char *path, size_t limit, char **bytes, size_t *size,
               const char **why)
{
    /* O_NONBLOCK: opening a FIFO must not wait for its writer. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        *why = strerror(errno);
        return false;
    }
    const bool ok = read_open_file(arena, fd, limit, bytes, size, why);
    close(fd);
    return ok;
}

bool file_read_stream(Arena *arena, FILE *in, size_t limit, char **bytes, size_t *size,
                      const char **why)
{
    StrBuf text = strbuf_new(arena);
    char part[8192];
    for (size_t n; (n = fread(part, 1, sizeof part, in)) > 0;) {
        if (n > limit - text.length) {
            *why = "too large";
            return false;
        }
        strbuf_write(&text, part, n);
    }
    *why = ferror(in) ? strerror(errno) : NULL;
    *bytes = text.data ? text.data : arena_strdup(arena, "");
    *size = text.length;
    return !*why;
}

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        size -= (size_t)n;
    }
    return true;
}

/* mode: the permissions to set, or NULL for those of any new file. */
static bool write_whole(Arena *arena, const char *path, const mode_t *mode, const char *bytes,
                        size_t size, const char **why)
{
    const char *temporary = arena_printf(arena, "%s.tmp.%ld", path, (long)getpid());
    const int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) {
        *why = strerror(errno);
        return false;
    }
    bool ok = (!mode || fchmod(fd, *mode) == 0) && write_all(fd, bytes, size) && fsync(fd) == 0;
    int error = errno;
    if (close(fd) != 0 && ok) {
        ok = false;
        error = errno;
    }
    if (ok && rename(temporary, path) != 0) {
        ok = false;
        error = errno;
    }
    if (!ok) {
        unlink(temporary);
        *why = strerror(error);
    }
    return ok;
}

bool file_write(Arena *arena, const char *path, const char *bytes, size_t size, const char **why)
{
    return write_whole(arena, path, NULL, bytes, size, why);
}

bool file_replace(Arena *arena, const char *path, const char *bytes, size_t size, const char **why)
{
    struct stat status;
    if (access(path, W_OK) != 0 || stat(path, &status) != 0) {
        *why = strerror(errno);
        return false;
    }
    const mode_t mode = status.st_mode & 07777;
    return write_whole(arena, path, &mode, bytes, size, why);
}

const char *path_dir(Arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ".";
    return slash == path ? "/" : arena_strndup(arena, path, (size_t)(slash - path));
}

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *path_join(Arena *arena, const char *dir, const char *name)
{
    if (name[0] == '/' || strcmp(dir, ".") == 0 || dir[0] == '\0')
        return name;
    return arena_printf(arena, "%s%s%s", dir, dir[strlen(dir) - 1] == '/' ? "" : "/", name);
}

const char *dir_make_temp(Arena *arena, const char **why)
{
    const char *parent = getenv("TMPDIR");
    if (!parent || !*parent)
        parent = "/tmp";
    char *path = arena_printf(arena, "%s/gradc.XXXXXX", parent);
    if (!mkdtemp(path)) {
        *why = arena_printf(arena, "%s: %s", parent, strerror(errno));
        return NULL;
    }
    return path;
}

void dir_remove(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir)
        return;
    for (const struct dirent *entry; (entry = readdir(dir));)
        unlinkat(dirfd(dir), entry->d_name, 0); /* "." and ".." fail, as they should */
    closedir(dir);
    rmdir(path);
}

volatile sig_atomic_t process_child;

/* Waits for a child that was started; its exit status, as process_run returns it. */
static int await_child(pid_t pid, const char **why)
{
    process_child = pid;
    int status = 0;
    pid_t waited;
    do
        waited = waitpid(pid, &status, 0);
    while (waited < 0 && errno == EINTR);
    process_child = 0;
    if (waited < 0) {
        *why = strerror(errno);
        return -1;
    }
    if (WIFSIGNALED(status))
        return 128 + WTERMSIG(status);
    return WEXITSTATUS(status);
}

int process_run(char *const argv[], const char **why)
{
    pid_t pid;
    const int error = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
    if (error != 0) {
        *why = strerror(error);
        return -1;
    }
    return await_child(pid, why);
}

/* Starts argv with its standard output into a pipe, nothing to read, and its standard error
 * dropped; the pipe's other end, or NULL. */
static FILE *open_child(char *const argv[], pid_t *pid)
{
    int ends[2];
    if (pipe(ends) != 0)
        return NULL;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    if (ends[1] != STDOUT_FILENO)
        posix_spawn_file_actions_addclose(&actions, ends[1]);
    const int error = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    process_child = error == 0 ? *pid : 0;
    FILE *in = error == 0 ? fdopen(ends[0], "r") : NULL;
    if (!in)
        close(ends[0]);
    return in;
}

bool process_read(Arena *arena, char *const argv[], size_t limit, char **text, size_t *size)
{
    pid_t pid;
    const char *why;
    FILE *in = open_child(argv, &pid);
    if (!in)
        return false;
    const bool whole = file_read_stream(arena, in, limit, text, size, &why);
    fclose(in);
    return await_child(pid, &why) == 0 && whole;
}
