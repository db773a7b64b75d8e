/* cli.c -- grt_main: from a command line to a command, and from its error to an exit status. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grt_trainer.h"

/* OpenMP's, where the program is linked with it; this file may have been compiled without. */
void omp_set_num_threads(int count) __attribute__((weak));

typedef struct CliCommand {
    const char *name;
    int (*run)(GrtSession *session);
} CliCommand;

static int cli_generate(GrtSession *session)
{
    const GrtModel *model = session->model;
    if (!model->generate)
        return grt_fail(&session->error, 2, "%s has no generate block", model->file);
    return model->generate->run(session);
}

static const CliCommand cli_commands[] = {
    {"train", grt_train}, {"eval", grt_eval},     {"predict", grt_predict_files},
    {"check", grt_check}, {"info", grt_info},     {"print", grt_print},
    {"bench", grt_bench}, {"report", grt_report}, {"generate", cli_generate},
};
enum { CLI_COMMANDS = sizeof cli_commands / sizeof cli_commands[0] };

/* Errors in full sentences go to stderr, each line behind the program's name.  The run ends with
 * this: what happens to stderr is no longer of use to anyone. */
static int cli_report(const GrtModel *model, const GrtError *error)
{
    const bool located = strncmp(error->text, model->file, strlen(model->file)) == 0;
    fflush(stdout);
    if (located || error->status > 128)
        fprintf(stderr, "%s\n", error->text);
    else
        fprintf(stderr, "%s: %s\n", model->name, error->text);
    return error->status;
}

/* Results that nobody got are no success; a reader who left (head) needs no message. */
static int cli_finish(const GrtModel *model, int status)
{
    errno = 0;
    const bool failed = fflush(stdout) != 0 || ferror(stdout);
    const int cause = errno;
    if (!failed || status != 0)
        return status;
    if (cause != EPIPE)
        fprintf(stderr, "%s: cannot write to standard output: %s\n", model->name,
                cause ? strerror(cause) : "it failed before");
    return 3;
}

/* A program started with stdout closed must not open its checkpoint as descriptor 1 and print into
 * it.  What can't be written to fails as a closed one does. */
static void cli_hold_descriptors(void)
{
    int descriptor;
    do
        descriptor = open("/dev/null", O_RDONLY);
    while (descriptor >= 0 && descriptor <= STDERR_FILENO);
    if (descriptor >= 0)
        close(descriptor);
}

static bool cli_has(int argc, char **argv, const char *flag)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], flag) == 0)
            return true;
    return false;
}

static const CliCommand *cli_find(const GrtModel *model, const char *word, GrtError *error)
{
    const char *names[CLI_COMMANDS];
    for (int i = 0; i < CLI_COMMANDS; i++) {
        names[i] = cli_commands[i].name;
        if (strcmp(word, names[i]) == 0)
            return &cli_commands[i];
    }
    const char *nearest = grt_nearest(word, names, CLI_COMMANDS);
    if (nearest)
        grt_fail(error, 2, "unknown command '%.100s'; did you mean '%s'?", word, nearest);
    else
        grt_fail(error, 2, "unknown command '%.100s'; see %s --help", word, model->name);
    return NULL;
}

static int cli_check_model(const GrtModel *model, GrtError *error)
{
    if (model->version != GRT_VERSION)
        return grt_fail(error, 3, "compiled for runtime interface %d, linked with %d",
                        model->version, GRT_VERSION);
    const char *lack = grt_cpu_lacks(model->needs);
    if (lack)
        return grt_fail(error, 3,
                        "compiled for processors like %s: this one lacks %s; gradc --arch=generic "
                        "makes a program for all, --arch=x86-64-v3,generic one that chooses",
                        grt_cpu_level(model->needs), lack);
    return 0;
}

static int cli_train_or_print(const GrtModel *model, const CliCommand *command, GrtError *error)
{
    if (!model->trains && (command->run == grt_train || command->run == grt_eval ||
                           command->run == grt_check || command->run == grt_bench))
        return grt_fail(error, 2, "%s has no train block: there is nothing to %s", model->file,
                        command->name);
    return 0;
}

/* The command, with its kernels timed where that is asked for. */
static int cli_command(GrtSession *session, const CliCommand *command)
{
    const GrtSettings *settings = session->settings;
    GrtError *error = &session->error;
    if (!settings->profile)
        return command->run(session);
    GrtProfile *profile = grt_profile_new(session->model, error);
    if (!profile)
        return error->status;
    session->instance->run.profile = profile;
    int status = command->run(session);
    session->instance->run.profile = NULL;
    if (status == 0)
        status = grt_profile_show(profile, settings->profile_path, error);
    grt_profile_free(profile);
    return status;
}

static int cli_run(const GrtModel *model, int argc, char **argv, GrtError *error)
{
    GrtSettings settings = {.program = argc > 0 ? argv[0] : model->name};
    const bool has_word = argc > 1 && argv[1][0] != '-' && argv[1][0] != '\0';
    const char *word = has_word ? argv[1] : model->trains ? "train" : "print";
    const CliCommand *command = cli_find(model, word, error);
    const int skip = has_word ? 2 : 1;
    if (!command || cli_check_model(model, error) != 0 ||
        cli_train_or_print(model, command, error) != 0)
        return error->status;
    int status = grt_settings_read(model, argc > skip ? argc - skip : 0,
                                   argc > skip ? argv + skip : argv, &settings, error);
    if (status == 0) {
        GrtSession session = {.model = model, .settings = &settings};
        if (settings.threads > 0 && omp_set_num_threads)
            omp_set_num_threads(settings.threads);
        status = grt_session_open(&session);
        if (status == 0)
            status = cli_command(&session, command);
        if (status == 0) /* what was fetched last may be what failed */
            status = grt_device_status(session.instance, &session.error);
        *error = session.error;
        grt_session_close(&session);
    }
    grt_settings_free(&settings);
    return status;
}

int grt_main(const GrtModel *model, int argc, char **argv)
{
    GrtError error = {0};
    cli_hold_descriptors();
    signal(SIGPIPE, SIG_IGN); /* a write to a closed pipe fails, and is seen ... */
    signal(SIGXFSZ, SIG_IGN); /* ... and so does one beyond the limit on a file's size */
    if (cli_has(argc, argv, "--help") || cli_has(argc, argv, "-h")) {
        grt_help_print(model, argv[0], stdout);
        return cli_finish(model, 0);
    }
    if (cli_has(argc, argv, "--version")) {
        printf("%s, compiled by gradc from %s for %s; runtime interface %d\n", model->name,
               model->file, grt_cpu_level(model->needs), GRT_VERSION);
        return cli_finish(model, 0);
    }
    const int status = cli_run(model, argc, argv, &error);
    return cli_finish(model, status == 0 ? 0 : cli_report(model, &error));
}
