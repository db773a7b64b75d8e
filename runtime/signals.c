/* signals.c -- Ctrl-C and its kin ask the trainer to stop after the step; a second one stops it at
 * once.  The handler only takes note (and leaves): all else happens between steps. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "grt_trainer.h"

static volatile sig_atomic_t signals_caught;

static void signals_note(int number)
{
    if (signals_caught)
        _exit(128 + number);
    signals_caught = number;
}

void grt_signals_catch(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = signals_note;
    action.sa_flags = SA_RESTART; /* a write in progress goes on */
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction hangup; /* nohup has it ignored: then so it stays */
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
}

int grt_signal_caught(void)
{
    return signals_caught;
}
