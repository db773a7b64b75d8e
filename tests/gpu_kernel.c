/* gpu_kernel.c -- see gpu_kernel.h. */
#include "tests/gpu_kernel.h"

#include <check.h>
#include <string.h>

#include "codegen/gpu.h"
#include "codegen/kexpr.h"
#include "codegen/verify_marks.h"

Arena *arena;
Block block;
Kernel *kernel;

void start_kernel(void)
{
    arena = arena_new();
    kernel = arena_new_of(arena, Kernel);
    kernel->name = "k_test";
    kernel->loop = -1;
    block_start(&block, arena, kernel);
}

void end_kernel(void)
{
    arena_free(arena);
}

void close_all(void)
{
    while (block.depth > 0)
        block_close(&block);
}

KExpr *number(int64_t value)
{
    return kexpr_int(arena, value);
}

KExpr *real(double value)
{
    return kexpr_number(arena, scalar_float(DT_F32, value));
}

Buffer *buffer(const char *name, BufferPlace place, DType dtype, int64_t count)
{
    Buffer *b = arena_new_of(arena, Buffer);
    *b = (Buffer){.name = name,
                  .place = place,
                  .type = {.dtype = dtype, .rank = 1, .dims = {dim_fixed(count)}},
                  .bytes = count * dtype_info[dtype].bytes,
                  .var = -1,
                  .loop = -1,
                  .stack_loop = -1};
    return b;
}

Buffer *work(const char *name, int64_t count)
{
    return buffer(name, PLACE_WORK, DT_F32, count);
}

static KStmtVec *here(void)
{
    return block.depth > 0 ? &block.loops[block.depth - 1]->body : &kernel->body;
}

KStmt *last(void)
{
    return here()->data[here()->count - 1];
}

KExpr *open_loop(Share share, KExpr *extent)
{
    KExpr *index = block_open_loop(&block, extent);
    KStmt *loop = block.loops[block.depth - 1];
    loop->share = share;
    loop->team = share == SHARE_TEAMS || share == SHARE_GROUPS ? GPU_WARP : 0;
    return index;
}

KStmt *close_loop(void)
{
    KStmt *loop = block.loops[block.depth - 1];
    block_close(&block);
    return loop;
}

KExpr *load(Buffer *b, KExpr *at)
{
    return kexpr_load(arena, b, at);
}

void store(Buffer *b, KExpr *at, KExpr *value)
{
    block_store(&block, b, at, value);
}

KExpr *plus(KExpr *a, KExpr *b)
{
    return kexpr_op(arena, OP_add, DT_F32, (KExpr *[]){a, b}, 2);
}

KExpr *joined(KExpr *value)
{
    KExpr *x = block_let(&block, "all", value);
    last()->join = true;
    last()->op = OP_sum;
    x->held = NULL;
    return x;
}

Buffer *array(int64_t count, bool shared)
{
    const Type type = {.dtype = DT_F32, .rank = 1, .dims = {dim_fixed(count)}};
    Buffer *b = block_array(&block, "row", &type);
    last()->shared = shared;
    return b;
}

const Launch *cut(void)
{
    Program *p = arena_new_of(arena, Program);
    Routine *r = arena_new_of(arena, Routine);
    static const Entry entry = {.kind = ENTRY_TRAIN};
    p->arena = arena;
    r->entry = &entry;
    r->guard = -1;
    close_all();
    kernel_summarize(kernel, arena);
    vec_push(arena, &r->kernels, kernel);
    vec_push(arena, &p->routines, r);
    Lowering l = {.arena = arena, .program = p, .routine = r, .loop = -1};
    gpu_launch_mark(&l);
    gpu_launch_cut(p);
    return kernel->launches.data[0];
}

void check_rule(const MarksRule *rule, int number)
{
    rule->make();
    close_all();
    const char *why = verify_marks(arena, kernel, false);
    if (!rule->says)
        ck_assert_pstr_eq(why, NULL);
    else
        ck_assert_msg(why && strstr(why, rule->says), "rule %d: \"%s\" in place of \"%s\"", number,
                      why ? why : "(nothing)", rule->says);
}
