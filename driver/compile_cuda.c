/* compile_cuda.c -- see compile_cuda.h.
 *
 *     nvcc -O2 -std=c++17 -gencode=arch=compute_90,code=sm_90 ... -o built model.cu libgradcrt.a
 *
 * nvcc hands its words to a shell, where `$` and blanks in file names mean something.  So it works
 * on files in the temporary folder alone: the data folder reaches the program through a header
 * there, and what was built is copied to its place. */
#include "driver/compile_cuda.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver/command.h"
#include "driver/output.h"
#include "driver/paths.h"
#include "support/file.h"
#include "support/text.h"

/* NaN and infinity keep their meaning: no --use_fast_math.  ptxas optimises by itself; -O2 is for
 * the host's part. */
static const char *const base_flags[] = {"-O2", "-std=c++17", "-Wno-deprecated-gpu-targets"};
enum { BASE_FLAGS = sizeof base_flags / sizeof *base_flags };

/* Every GPU that the generated code is for can run this one's code, compiled by its driver. */
static const char oldest_arch[] = "compute_75";

/* ---- which compiler ---- */

/* Its command, or NULL after saying that there is none. */
static const char *find_nvcc(Arena *arena, const Options *options)
{
    const char *chosen = options->nvcc ? options->nvcc : command_variable("NVCC");
    if (chosen)
        return chosen;
    if (command_is_on_path(arena, "nvcc"))
        return "nvcc";
    const char *home = command_variable("CUDA_HOME");
    if (!home)
        home = "/usr/local/cuda";
    const char *there = arena_printf(arena, "%s/bin/nvcc", home);
    if (access(there, X_OK) == 0)
        return there;
    driver_fail(EXIT_ENVIRONMENT,
                "there is no nvcc, neither on the PATH nor in %s/bin: install the CUDA toolkit, "
                "11.8 or newer (https://developer.nvidia.com/cuda-downloads), or name nvcc with "
                "--nvcc or $NVCC; --emit=c writes the CUDA source without it",
                home);
    return NULL;
}

/* ---- which GPUs ---- */

typedef Vec(int) Numbers;

static void add_number(Arena *arena, Numbers *numbers, int number)
{
    for (int i = 0; i < numbers->count; i++)
        if (numbers->data[i] == number)
            return;
    vec_push(arena, numbers, number);
}

/* What this nvcc can compile for: 75, 80 ...; none where it doesn't tell. */
static Numbers known_archs(Arena *arena, const char *nvcc)
{
    Words words = {0};
    Numbers numbers = {0};
    command_add_words(arena, &words, nvcc);
    command_add(arena, &words, "--list-gpu-arch");
    vec_push(arena, &words, NULL);
    const char *list = command_output(arena, &words);
    for (const char *name = list; name && *name; name += strcspn(name, "\n")) {
        name += strspn(name, "\n");
        const int number = cuda_arch_number(arena_strndup(arena, name, strcspn(name, "\n")));
        if (number > 0)
            add_number(arena, &numbers, number);
    }
    return numbers;
}

/* The GPUs of this machine, each kind once: 90 for "9.0". */
static Numbers present_archs(Arena *arena)
{
    Words words = {0};
    Numbers numbers = {0};
    command_add_words(arena, &words, "nvidia-smi --query-gpu=compute_cap --format=csv,noheader");
    vec_push(arena, &words, NULL);
    const char *list = command_output(arena, &words);
    for (const char *line = list; line && *line; line += strcspn(line, "\n")) {
        int major, minor;
        line += strspn(line, "\n");
        if (sscanf(line, "%2d.%1d", &major, &minor) == 2 && major > 0 && minor >= 0)
            add_number(arena, &numbers, 10 * major + minor);
    }
    return numbers;
}

/* The newest of those known that is not newer than `number`; 0 if there is none. */
static int newest_known(const Numbers *known, int number)
{
    int newest = 0;
    for (int i = 0; i < known->count; i++)
        if (known->data[i] <= number && known->data[i] > newest)
            newest = known->data[i];
    return newest;
}

/* False after saying that nvcc lacks one of them. */
static bool check_known(Arena *arena, const CudaArchList *archs, const Numbers *known)
{
    StrBuf list = strbuf_new(arena);
    for (int i = 0; i < known->count; i++)
        strbuf_printf(&list, "%ssm_%d", i > 0 ? ", " : "", known->data[i]);
    for (int i = 0; i < archs->count && known->count > 0; i++) {
        const int number = cuda_arch_number(archs->data[i]);
        if (number > 0 && newest_known(known, number) != number) {
            driver_fail(EXIT_ENVIRONMENT, "this nvcc does not compile for %s: it knows %s",
                        archs->data[i], strbuf_text(&list));
            return false;
        }
    }
    return true;
}

/* The GPUs that are here, by the names that nvcc knows: a newer one runs what it knows as PTX. */
static CudaArchList native_archs(Arena *arena, const Numbers *known)
{
    CudaArchList archs = {0};
    const Numbers present = present_archs(arena);
    for (int i = 0; i < present.count; i++) {
        const int number = present.data[i], near = newest_known(known, number);
        const bool ptx = near > 0 && near < number;
        const char *name =
            arena_printf(arena, "%s_%d", ptx ? "compute" : "sm", ptx ? near : number);
        bool there = false; /* two that are newer than nvcc run the same PTX */
        for (int j = 0; j < archs.count; j++)
            there = there || strcmp(archs.data[j], name) == 0;
        if (!there)
            vec_push(arena, &archs, name);
    }
    return archs;
}

/* all, all-major: those that nvcc knows, from sm_75 on; older ones lack what is generated (they
 * cannot add f64 atomically).  False after saying that there is none. */
static bool group_archs(Arena *arena, CudaArchList *archs, const Numbers *known)
{
    enum { OLDEST = 75 };
    const bool major = strcmp(archs->data[0], "all-major") == 0;
    CudaArchList group = {0};
    for (int i = 0; i < known->count; i++) {
        const int number = known->data[i];
        if (number == OLDEST || (number > OLDEST && (!major || number % 10 == 0)))
            vec_push(arena, &group, arena_printf(arena, "sm_%d", number));
    }
    if (group.count == 0)
        driver_fail(EXIT_ENVIRONMENT,
                    "this nvcc knows no GPU that programs can be made for: sm_75 and newer");
    *archs = group;
    return group.count > 0;
}

/* What to compile for; false after saying why that can't be. */
static bool choose_archs(Arena *arena, const Options *options, const char *nvcc,
                         CudaArchList *archs)
{
    const Numbers known = known_archs(arena, nvcc);
    *archs = options->cuda_archs;
    const bool asked = archs->count > 0;
    if (asked && known.count > 0 && strncmp(archs->data[0], "all", 3) == 0)
        return group_archs(arena, archs, &known);
    if (asked && strcmp(archs->data[0], "native") != 0)
        return check_known(arena, archs, &known);
    *archs = native_archs(arena, &known);
    if (archs->count > 0)
        return check_known(arena, archs, &known);
    if (asked) {
        driver_fail(EXIT_ENVIRONMENT, "--cuda-arch=native: nvidia-smi shows no GPU here; name the "
                                      "kind, as in --cuda-arch=sm_90");
        return false;
    }
    driver_note("nvidia-smi shows no GPU here, so the program's driver will compile its kernels "
                "when it starts; --cuda-arch=sm_90 (or the like) has it done now");
    vec_push(arena, archs, oldest_arch);
    return true;
}

/* ---- the command ---- */

const char *compile_cuda_libraries(Arena *arena, const CompileJob *job)
{
    return arena_printf(arena, "%s%s%s%s%s", job->blas ? " -lcublas" : "",
                        job->blas_lt ? " -lcublasLt" : "", job->cudnn ? " -lcudnn" : "",
                        job->png ? " -lpng" : "", job->gzip ? " -lz" : "");
}

static void add_flags(Arena *arena, Words *words, const CudaArchList *archs)
{
    CudaArchList flags = {0};
    cuda_arch_flags(arena, archs, &flags);
    for (int i = 0; i < BASE_FLAGS; i++)
        command_add(arena, words, base_flags[i]);
    for (int i = 0; i < flags.count; i++)
        command_add(arena, words, flags.data[i]);
    if (flags.count > 1)
        command_add(arena, words, "--threads=0");
}

static const char *flags_text(Arena *arena, const CudaArchList *archs)
{
    Words words = {0};
    add_flags(arena, &words, archs);
    StrBuf text = strbuf_new(arena);
    for (int i = 0; i < words.count; i++)
        strbuf_printf(&text, "%s%s", i > 0 ? " " : "", words.data[i]);
    return strbuf_text(&text);
}

const char *compile_cuda_flags(Arena *arena, const Options *options)
{
    CudaArchList archs = options->cuda_archs;
    if (archs.count == 0)
        vec_push(arena, &archs, "native");
    return flags_text(arena, &archs);
}

int compile_print_cuda_flags(Arena *arena, const Options *options, FILE *out)
{
    const char *include, *archive, *nvcc = find_nvcc(arena, options);
    CudaArchList archs;
    if (!nvcc || !compile_find_runtime(arena, &include, &archive) ||
        !choose_archs(arena, options, nvcc, &archs))
        return EXIT_ENVIRONMENT;
    fprintf(out, "%s -I%s %s\n", flags_text(arena, &archs), include, archive);
    return EXIT_OK;
}

/* --cc="g++ -pipe": the host's compiler, and what it gets beside nvcc's words. */
static void add_host_compiler(Arena *arena, Words *words, const char *cc)
{
    Words host = {0};
    command_add_words(arena, &host, cc);
    for (int i = 0; i < host.count; i++)
        command_add(arena, words,
                    arena_printf(arena, "%s=%s", i == 0 ? "-ccbin" : "-Xcompiler", host.data[i]));
}

/* ---- files ---- */

/* False after saying that nvcc could not work on a file of this name. */
static bool is_plain(const char *path)
{
    if (!path[strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                           "_-+=./,:@%~")])
        return true;
    driver_fail(EXIT_ENVIRONMENT,
                "nvcc cannot work in '%s': it takes blanks and the like in names for its own; set "
                "%s to another folder",
                path, "TMPDIR or GRADC_HOME");
    return false;
}

/* A header in the temporary folder that says where the model's data is; NULL after saying why not.
 */
static const char *write_place(Arena *arena, const CompileJob *job)
{
    StrBuf text = strbuf_new(arena);
    strbuf_puts(&text, "#define GRADC_DATA_DIR ");
    text_c_string(&text, job->data_dir, strlen(job->data_dir));
    strbuf_putc(&text, '\n');
    const char *path = path_join(arena, job->dir, "place.h");
    output_note_file(path);
    return output_write(arena, path, strbuf_text(&text), text.length) ? path : NULL;
}

/* Copies a program; false after saying why not. */
static bool copy_program(Arena *arena, const char *from, const char *to)
{
    enum { LARGEST_PROGRAM = 1 << 30 };
    char *bytes;
    size_t size, done = 0;
    const char *why;
    if (!file_read(arena, from, LARGEST_PROGRAM, &bytes, &size, &why)) {
        driver_fail(EXIT_ENVIRONMENT, "nvcc made no program: %s", why);
        return false;
    }
    const int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0777);
    while (fd >= 0 && done < size) {
        const ssize_t count = write(fd, bytes + done, size - done);
        if (count < 0 && errno != EINTR)
            break;
        done += count > 0 ? (size_t)count : 0;
    }
    if (fd >= 0 && close(fd) == 0 && done == size)
        return true;
    driver_fail(EXIT_ENVIRONMENT, "cannot write '%s': %s", to, strerror(errno));
    return false;
}

int compile_cuda(Arena *arena, const Options *options, const CompileJob *job, const char *output)
{
    const char *include, *archive, *nvcc = find_nvcc(arena, options);
    CudaArchList archs;
    if (!nvcc || !compile_find_runtime(arena, &include, &archive) || !is_plain(job->dir) ||
        !is_plain(include) || !is_plain(archive) || !choose_archs(arena, options, nvcc, &archs))
        return EXIT_ENVIRONMENT;
    const char *place = write_place(arena, job);
    const char *built = path_join(arena, job->dir, "built");
    output_note_file(built);
    if (!place)
        return EXIT_ENVIRONMENT;
    Words words = {0};
    command_add_words(arena, &words, nvcc);
    if (options->cc)
        add_host_compiler(arena, &words, options->cc);
    add_flags(arena, &words, &archs);
    command_add(arena, &words, arena_printf(arena, "-I%s", include));
    if (options->cflags)
        command_add_words(arena, &words, options->cflags);
    command_add_words(arena, &words, arena_printf(arena, "-include %s -o %s", place, built));
    command_add(arena, &words, job->source);
    command_add(arena, &words, archive);
    command_add_words(arena, &words, compile_cuda_libraries(arena, job));
    vec_push(arena, &words, NULL);
    const int status = command_run(arena, &words, "nvcc", "choose one with --nvcc or $NVCC");
    if (status != EXIT_OK)
        return status;
    return copy_program(arena, built, output) ? EXIT_OK : EXIT_ENVIRONMENT;
}
