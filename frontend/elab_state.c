/* elab_state.c -- the elaborator as its parts and the builtins see it: limits, keys, text. */
#include <inttypes.h>

#include "frontend/elab.h"
#include "ir/scan.h"

/* ---- what value.h promises ---- */

Arena *elab_arena(Elab *e)
{
    return e->arena;
}

Diag *elab_diag(Elab *e)
{
    return e->diag;
}

Graph *elab_graph(Elab *e)
{
    return e->graph;
}

Model *elab_model(Elab *e)
{
    return e->model;
}

bool elab_training(const Elab *e)
{
    return e->training;
}

static bool keeps_values(const Node *node)
{
    return node->op == OP_cast || node->op == OP_reshape || node->op == OP_permute ||
           node->op == OP_expand || node->op == OP_detach || node->op == OP_slice;
}

void elab_mark_range(Elab *e, Node *index, int64_t low, int64_t high)
{
    for (;;)
        if (keeps_values(index))
            index = index->args[0];
        else if (index->op == OP_arg && index->attr.slot >= index->graph->loop->attr.scan->carries)
            index = index->graph->loop->args[index->attr.slot];
        else
            break;
    if (index->op != OP_input)
        return;
    Var *var = &e->model->vars.data[index->attr.slot];
    var->low = var->has_range && var->low > low ? var->low : low;
    var->high = var->has_range && var->high < high ? var->high : high;
    var->has_range = true;
}

/* ---- random keys: FNV-1a over names, splitmix64 over numbers ---- */

uint64_t key_text(uint64_t key, const char *text)
{
    for (; *text; text++)
        key = (key ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return key_mix(key, UINT64_C(0xcbf29ce484222325));
}

uint64_t key_mix(uint64_t key, uint64_t with)
{
    key += with + UINT64_C(0x9e3779b97f4a7c15);
    key = (key ^ (key >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    key = (key ^ (key >> 27)) * UINT64_C(0x94d049bb133111eb);
    return key ^ (key >> 31);
}

uint64_t elab_random_key(Elab *e)
{
    for (uint64_t key = e->site;; key = key_mix(key, 1)) {
        const char *text = arena_printf(e->arena, "%" PRIx64, key);
        if (strmap_get(e->keys, text))
            continue; /* the same place, applied again */
        strmap_set(e->keys, text, e);
        return key;
    }
}

/* ---- limits ---- */

void elab_stop(Elab *e, Loc loc, const char *what, int64_t limit)
{
    if (!e->stopped)
        diag_error(e->diag, loc, NULL, "more than %lld %s", (long long)limit, what);
    e->stopped = true;
}

bool elab_enter(Elab *e, Loc loc)
{
    if (e->depth >= ELAB_MAX_DEPTH)
        elab_stop(e, loc, "levels of calls, blocks and expressions", ELAB_MAX_DEPTH);
    if (e->graph->nodes.count > ELAB_MAX_NODES)
        elab_stop(e, loc, "operations in a graph", ELAB_MAX_NODES);
    if (e->stopped)
        return false;
    e->depth++;
    return true;
}

/* ---- places and text ---- */

Loc elab_user_loc(const Elab *e, Loc loc)
{
    for (const Frame *f = e->frame; f && loc.file && loc.file->library; f = f->outer)
        if (f->call.file && !f->call.file->library)
            return f->call;
    return loc;
}

const char *elab_source_text(Elab *e, Loc loc)
{
    enum { LONGEST = 60 };
    StrBuf text = strbuf_new(e->arena);
    bool blank = false;
    for (uint32_t i = loc.begin; i < loc.end && text.length < LONGEST; i++) {
        const char c = loc.file->text[i];
        const bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!is_blank && blank)
            strbuf_putc(&text, ' ');
        if (!is_blank)
            strbuf_putc(&text, c);
        blank = is_blank;
    }
    return strbuf_text(&text);
}
