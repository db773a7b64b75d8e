/* diag_message.h -- what a Diag holds; private to diag.c (which collects and shows it as text) and
 * diag_json.c (which shows it as JSON). */
#ifndef GRADC_DIAG_MESSAGE_H
#define GRADC_DIAG_MESSAGE_H

#include "support/diag.h"

typedef enum Severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE } Severity;

extern const char *const severity_names[];

typedef struct Message {
    Severity severity;
    Loc loc;
    const char *label; /* behind the caret, or NULL */
    const char *text;
    bool hidden; /* said before, or past the limit; its notes too */
} Message;

typedef struct Frame {
    Loc call;
    const char *callee;
} Frame;

struct Diag {
    Arena *arena;
    Vec(Message) messages;
    Vec(Frame) frames;
    StrMap *said;
    int errors, errors_hidden, errors_met;
    bool last_hidden; /* a note follows the fate of what it belongs to */
};

/* Forgets the messages that were shown. */
void diag_forget(Diag *diag);

#endif
