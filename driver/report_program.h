/* report_program.h -- gradc --report: what a program needs, before it runs.
 *
 *     gradc --report model.dsl                as text, on the terminal
 *     gradc --report=FILE.txt model.dsl       the same in a file
 *     gradc --report=FILE.json model.dsl      for programs
 *     gradc --report=FILE.svg model.dsl       a picture of the memory plan of a training step
 *
 * Each section has a file of its own, and adds its part to each form. */
#ifndef GRADC_REPORT_PROGRAM_H
#define GRADC_REPORT_PROGRAM_H

#include "driver/build.h"

/* EXIT_OK, or the exit status after saying what is wrong.  Path "" is standard output. */
int report_program(const Build *build, const char *path);

/* Sections: text, and members of the JSON object.  report_cost.c: */
void report_cost(StrBuf *out, const Program *p);
void report_cost_json(StrBuf *out, const Program *p);
/* report_memory.c: */
void report_memory(StrBuf *out, const Program *p);
void report_memory_json(StrBuf *out, const Program *p);
/* The picture (report_plan.c): time is kernels, height is bytes, one box for each buffer. */
void report_plan_svg(StrBuf *out, const Program *p);

/* The routine that a picture, or a short account, is about: the training step with the most work;
 * without training the routine with the most.  NULL if there are none. */
const Routine *report_main_routine(const Program *p);
/* 1234567 as "1,234,567". */
const char *report_number(Arena *arena, int64_t value);
/* ", \"name\": " with the text or number behind it; the first member of an object without ", ". */
void report_json_text(StrBuf *out, const char *name, const char *text);
void report_json_number(StrBuf *out, const char *name, int64_t value);

#endif
