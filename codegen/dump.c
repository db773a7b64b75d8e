/* dump.c -- a program as text, for --dump=kernels and tests:
 *
 *     routine run_train: 12 kernels, 8192 bytes of work, guard 9
 *       buffer v_hidden: f32[batch, 64] work+4096 alive 0..3
 *       kernel 0 k_hidden: 4096 flops, 24576 bytes, reads v_image, writes v_hidden
 *           for (int64_t i = 0; ... */
#include <inttypes.h>

#include "codegen/kernel.h"

static void print_buffer(StrBuf *out, const Buffer *b)
{
    static const char *const places[] = {[PLACE_VARS] = "vars",
                                         [PLACE_INPUT] = "input",
                                         [PLACE_WORK] = "work",
                                         [PLACE_CONST] = "const",
                                         [PLACE_LOCAL] = "local"};
    strbuf_printf(out, "  buffer %s: ", b->name);
    type_print(out, &b->type);
    strbuf_printf(out, " %s", places[b->place]);
    if (b->place == PLACE_VARS || b->place == PLACE_WORK)
        strbuf_printf(out, "+%" PRId64, b->offset);
    if (b->place == PLACE_WORK)
        strbuf_printf(out, " alive %d..%d", b->first, b->last);
    strbuf_puts(out, b->keep ? " kept\n" : "\n");
}

static void print_names(StrBuf *out, const char *what, const BufferVec *buffers)
{
    for (int i = 0; i < buffers->count; i++)
        strbuf_printf(out, "%s%s", i ? " " : what, buffers->data[i]->name);
}

static void print_kernel(StrBuf *out, const Kernel *k, int position)
{
    strbuf_printf(out, "  kernel %d %s: %" PRId64 " flops, %" PRId64 " bytes", position, k->name,
                  k->flops, k->bytes);
    if (k->loop >= 0)
        strbuf_printf(out, ", in loop %d", k->loop);
    print_names(out, ", reads ", &k->reads);
    print_names(out, ", writes ", &k->writes);
    strbuf_printf(out, "%s%s\n", k->split ? ", split" : "", k->barrier ? ", behind a barrier" : "");
    print_c_kernel(out, k, &(PrintOptions){.blas = BLAS_NONE});
}

static void print_routine(StrBuf *out, const Routine *r)
{
    strbuf_printf(out, "routine %s: %d kernels, %" PRId64 " bytes of work, guard %d, %d thread%s\n",
                  r->name, r->kernels.count, r->work_bytes, r->guard, r->threads,
                  r->threads == 1 ? "" : "s");
    for (int i = 0; i < r->buffers.count; i++)
        print_buffer(out, r->buffers.data[i]);
    for (int i = 0; i < r->hosts.count; i++)
        strbuf_printf(out, "  host %s\n", r->hosts.data[i].name);
    for (int n = 0; n < r->loops.count; n++)
        strbuf_printf(out, "  loop %d: %" PRId64 " turns%s, kernels %d..%d\n", n,
                      r->loops.data[n].turns, r->loops.data[n].backward ? " backwards" : "",
                      r->loops.data[n].first, r->loops.data[n].end - 1);
    for (int k = 0; k < r->kernels.count; k++)
        print_kernel(out, r->kernels.data[k], k);
    for (int i = 0; i < r->values.count; i++)
        strbuf_printf(out, "  value %s = %s\n", r->values.data[i].name,
                      r->values.data[i].buffer->name);
    for (int i = 0; i < r->commits.count; i++)
        strbuf_printf(out, "  commit %s = %s\n", r->commits.data[i].to->name,
                      r->commits.data[i].from->name);
}

void program_print(StrBuf *out, const Program *p)
{
    strbuf_printf(out, "program: %" PRId64 " bytes of variables, %" PRId64 " of work\n",
                  p->vars_bytes, p->work_bytes);
    for (int i = 0; i < p->routines.count; i++)
        print_routine(out, p->routines.data[i]);
}
