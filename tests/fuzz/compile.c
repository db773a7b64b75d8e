/* compile.c -- see compile.h. */
#include "tests/fuzz/compile.h"

#include "codegen/embedded.h"
#include "codegen/emit.h"
#include "passes/pass.h"
#include "tests/fuzz/fuzz.h"

/* The runtime's text is for --standalone alone. */
const char *const embedded_runtime_names[] = {""};
const char *const embedded_runtime_texts[] = {""};
const int embedded_runtime_count = 0;

void fuzz_compile(Arena *arena, Model *model, int level, Diag *diag)
{
    const PipelineOptions pipeline = {.level = level};
    pipeline_run(model, &pipeline);
    const LowerOptions how = {.level = level, .threads = true};
    const Program *program = program_lower(model, &how, diag);
    if (!program)
        return;
    const char *wrong = program_verify(program);
    if (wrong)
        fuzz_broken(wrong);
    const EmitOptions emit = {.kind = EMIT_PROGRAM, .version = "0", .build_line = "cc"};
    StrBuf text = strbuf_new(arena);
    emit_c(&text, program, &emit);
}
