/* ast_check.c -- statements where they may not stand: `minimize` outside of train, `param` in a
 * def, `return` at the top of a file.  The grammar takes any statement in any block, so that the
 * message can say what is wrong. */
#include "frontend/syntax.h"

typedef enum Place {
    IN_FILE,
    IN_DEF,
    IN_MODULE,
    IN_OPTIMIZER,
    IN_DATA,
    IN_TRAIN,
    IN_STEP,
    IN_REPORT,
    IN_GENERATE,
    IN_SCAN
} Place;

static const char *const place_name[] = {[IN_FILE] = "at the top of a file",
                                         [IN_DEF] = "in a def",
                                         [IN_MODULE] = "in a module",
                                         [IN_OPTIMIZER] = "in an optimizer",
                                         [IN_DATA] = "in a data block",
                                         [IN_TRAIN] = "in train",
                                         [IN_STEP] = "in a step",
                                         [IN_REPORT] = "in a report",
                                         [IN_GENERATE] = "in generate",
                                         [IN_SCAN] = "in a scan"};

/* clang-format off */
enum { F = 1 << IN_FILE, D = 1 << IN_DEF, M = 1 << IN_MODULE, O = 1 << IN_OPTIMIZER,
       A = 1 << IN_DATA, T = 1 << IN_TRAIN, S = 1 << IN_STEP, L = 1 << IN_SCAN,
       R = 1 << IN_REPORT, G = 1 << IN_GENERATE };

static const struct {
    const char *name;
    int places;
} rules[] = {
    [STMT_CONST]     = {"const", F},
    [STMT_OPTION]    = {"option", F},
    [STMT_INPUT]     = {"input", F | G},
    [STMT_PARAM]     = {"param", F | M},
    [STMT_STATE]     = {"state", F | M | O},
    [STMT_ASSIGN]    = {"an assignment", F | D | M | O | A | T | S | L | R | G},
    [STMT_UPDATE]    = {"an assignment with an operator", F | D | M | O | L | R | G},
    [STMT_WRITE]     = {"'<-'", F | M | O},
    [STMT_DEF]       = {"def", F},
    [STMT_MODULE]    = {"module", F},
    [STMT_OPTIMIZER] = {"optimizer", F},
    [STMT_RETURN]    = {"return", D | M},
    [STMT_FOR]       = {"for", F | D | M | O | L | R | G},
    [STMT_IF]        = {"if", F | D | M | O | L | R | G},
    [STMT_OUTPUT]    = {"output", F | G},
    [STMT_METRIC]    = {"metric", F},
    [STMT_PRINT]     = {"print", F | R},
    [STMT_SAVE]      = {"save", F | R},
    [STMT_DATA]      = {"data", F},
    [STMT_TRAIN]     = {"train", F},
    [STMT_REPORT]    = {"report", F},
    [STMT_GENERATE]  = {"generate", F},
    [STMT_STEP]      = {"step", T},
    [STMT_MINIMIZE]  = {"minimize", T | S},
    [STMT_IMPORT]    = {"import", F},
    [STMT_SCAN]      = {"scan", F | D | M | O | L | R | G},
    [STMT_YIELD]     = {"yield", L},
};
/* clang-format on */

static Place place_inside(const Stmt *stmt, Place outer)
{
    switch (stmt->kind) {
    case STMT_DEF:
        return IN_DEF;
    case STMT_MODULE:
        return IN_MODULE;
    case STMT_OPTIMIZER:
        return IN_OPTIMIZER;
    case STMT_DATA:
        return IN_DATA;
    case STMT_TRAIN:
        return IN_TRAIN;
    case STMT_STEP:
        return IN_STEP;
    case STMT_REPORT:
        return IN_REPORT;
    case STMT_GENERATE:
        return IN_GENERATE;
    case STMT_SCAN:
        return IN_SCAN;
    default:
        return outer; /* for, if */
    }
}

static void check_block(Syntax *s, const StmtVec *block, Place place);

static void check_scan(Syntax *s, const Expr *e)
{
    if (e && e->kind == EXPR_SCAN)
        check_block(s, &e->scan->body, IN_SCAN);
}

static void check_block(Syntax *s, const StmtVec *block, Place place)
{
    for (int i = 0; i < block->count; i++) {
        const Stmt *stmt = block->data[i];
        if (!(rules[stmt->kind].places & 1 << place))
            syntax_error(s, stmt->loc, NULL, "%s cannot stand %s", rules[stmt->kind].name,
                         place_name[place]);
        check_block(s, &stmt->body, place_inside(stmt, place));
        check_block(s, &stmt->otherwise, place_inside(stmt, place));
        check_scan(s, stmt->kind == STMT_SCAN ? NULL : stmt->value);
        for (int k = 0; k < stmt->values.count; k++)
            check_scan(s, stmt->values.data[k]);
    }
}

void ast_check_placement(Syntax *s)
{
    check_block(s, &s->program, IN_FILE);
}
