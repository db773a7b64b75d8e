/* format_align.c -- what the author aligned stays aligned.
 *
 *     option lr    = 1        option rate  = 1
 *     const  width = 64       const  width = 64
 *
 * Each statement has up to three stops on its first line: the name behind a keyword, the type
 * behind a ':', and the '='.  Statements that follow each other without a blank line, and have a
 * stop in the same column, one of them by more than one blank, keep it in one column: the leftmost
 * possible. */
#include "frontend/format_item.h"

#include "frontend/parser.h"

enum { STOP_NAME, STOP_TYPE, STOP_EQUALS, STOPS };

/* The item at a stop of the statement that begins at items[first]; -1 where it has none. */
static int find_stop(const ItemVec *items, int first, int stop)
{
    const Item *item = &items->data[first];
    if (stop == STOP_NAME) {
        const bool keyword = item->kind == CONST || item->kind == OPTION || item->kind == INPUT ||
                             item->kind == PARAM || item->kind == STATE || item->kind == OUTPUT ||
                             item->kind == METRIC;
        return keyword && item[1].kind == NAME && item[1].lines_before == 0 ? first + 1 : -1;
    }
    for (int i = first; i == first || item->lines_before == 0; item = &items->data[++i]) {
        if (item->kind == END || item->kind == '{' || (i > first && item->begins))
            return -1;
        if (item->depth > 0)
            continue;
        if (stop == STOP_TYPE && item->kind == ':')
            return item[1].lines_before == 0 ? i + 1 : -1;
        if (item->kind == '=' || item->kind == LARROW || item->kind == UPDATE)
            return stop == STOP_EQUALS ? i : -1;
    }
    return -1;
}

/* Columns from the statement's begin to items[i], as they will be with no pad there. */
static int natural_offset(const ItemVec *items, int first, int i)
{
    int offset = 0;
    for (int k = first; k < i; k++)
        offset += items->data[k].width + format_spaced(&items->data[k], &items->data[k + 1]) +
                  (k + 1 < i ? items->data[k + 1].pad : 0);
    return offset;
}

/* The statement that follows in the block, on the very next line (or behind lines of comments); -1
 * where there is none. */
static int next_statement(const ItemVec *items, int first)
{
    for (int i = first + 1; i < items->count; i++) {
        const Item *item = &items->data[i];
        if (item->kind == '{')
            i = item->partner;
        else if (item->kind == '}' || item->lines_before > 1)
            return -1;
        else if (item->begins)
            return i;
    }
    return -1;
}

/* The column that an item had, counted from its statement's begin. */
static int old_offset(const ItemVec *items, int first, int i)
{
    return items->data[i].column - items->data[first].column;
}

/* Aligns a stop of the statement at `first` and of those behind it that have it in its column;
 * notes in `done` which those are. */
static void align_run(ItemVec *items, int first, int stop, bool *done)
{
    const int at = find_stop(items, first, stop);
    int widest = 0, members = 0;
    bool meant = false;
    if (at < 0)
        return;
    const int column = old_offset(items, first, at);
    for (int s = first; s >= 0; s = next_statement(items, s), members++) {
        const int i = find_stop(items, s, stop);
        if (i < 0 || old_offset(items, s, i) != column)
            break;
        const int natural = natural_offset(items, s, i);
        widest = natural > widest ? natural : widest;
        meant = meant || items->data[i].blanks > 1;
        done[s] = true;
    }
    if (!meant || members < 2)
        return;
    for (int s = first; members > 0; s = next_statement(items, s), members--) {
        const int i = find_stop(items, s, stop);
        items->data[i].pad = widest - natural_offset(items, s, i);
    }
}

void format_align(Arena *arena, ItemVec *items)
{
    for (int stop = 0; stop < STOPS; stop++) {
        bool *done = arena_array(arena, bool, items->count);
        for (int i = 0; i < items->count; i++)
            if (items->data[i].begins && !done[i])
                align_run(items, i, stop, done);
    }
}
