/* help.c -- --help, made from the model: its commands, options with defaults, data and tensors. */
#include <string.h>

#include "grt_flags.h"
#include "grt_trainer.h"

static void help_commands(const GrtModel *model, const char *program, FILE *out)
{
    fprintf(out, "%s: a program compiled by gradc from %s\n\nusage:\n", model->name, model->file);
    if (!model->trains) {
        fprintf(out, "  %s [options]           compute and print\n", program);
    } else {
        fprintf(out, "  %s [train] [options]   train as the file says\n", program);
        fprintf(out, "  %s eval                loss and metrics of each data split\n", program);
        fprintf(out, "  %s check               compare gradients with finite differences\n",
                program);
        fprintf(out, "  %s bench               how many training steps a second\n", program);
    }
    if (grt_entry_find(model, GRT_PREDICT, 0))
        fprintf(out, "  %s predict             outputs for inputs: < in.npy > out.npy\n", program);
    if (grt_entry_find(model, GRT_REPORT, 0))
        fprintf(out, "  %s report              show and save what is reported after each epoch\n",
                program);
    if (model->generate)
        fprintf(out, "  %s generate            text, token by token, behind --prompt TEXT\n",
                program);
    fprintf(out, "  %s info                parameters, memory, work, data\n", program);
}

static void help_options(const GrtModel *model, FILE *out)
{
    if (model->option_count > 0)
        fputs("\noptions of the model (defaults in brackets):\n", out);
    for (int i = 0; i < model->option_count; i++) {
        const GrtOption *option = &model->options[i];
        if (option->type == GRT_OPTION_BOOL)
            fprintf(out, "  --%s true|false  [%s]\n", option->name,
                    option->value != 0 ? "true" : "false");
        else
            fprintf(out, "  --%s %s  [%.10g]\n", option->name,
                    option->type == GRT_OPTION_INT ? "N" : "X", option->value);
    }
}

static void help_flags(const GrtModel *model, FILE *out)
{
    fputs("\noptions of the trainer:\n", out);
    for (int i = 0; i < grt_flag_count; i++) {
        char name[64];
        if (!grt_flag_is_for(&grt_flags[i], model) ||
            (model->device && grt_flags[i].programs == GRT_FLAG_HOST))
            continue;
        const char *value = grt_flags[i].value ? grt_flags[i].value : "";
        if (*value == '[')
            snprintf(name, sizeof name, "--%s[=%s", grt_flags[i].name, value + 1);
        else
            snprintf(name, sizeof name, "--%s%s%s", grt_flags[i].name, *value ? " " : "", value);
        fprintf(out, "  %-19s %s\n", name, grt_flags[i].doc);
    }
    fprintf(out, "  %-19s this text\n  %-19s of the program's runtime\n", "--help", "--version");
    fprintf(out,
            "defaults: --batch %lld (the most), --epochs %lld, --seed 0, "
            "--save %s.safetensors, --log %s.csv\n",
            (long long)(model->batch > 0 ? model->batch : grt_bound(model)),
            (long long)model->epochs, model->name, model->name);
    fputs("Values may follow a blank or '='; of an option given twice the last counts.\n"
          "An option of the model that has the name of one of these: --option.NAME VALUE.\n",
          out);
}

/* What the file asks of the training, beside epochs and batches. */
static void help_training(const GrtModel *model, FILE *out)
{
    if (model->accumulate > 1)
        fprintf(out, "A step takes %lld batches, and adds their gradients.\n",
                (long long)model->accumulate);
    if (grt_in_lanes(model))
        fputs("States are carried from batch to batch: samples are taken in --batch lanes, in "
              "order.\n",
              out);
    if (model->monitor)
        fprintf(out,
                "The checkpoint of the epoch with the %s valid %s is kept as %s-best.safetensors;\n"
                "eval and predict load that, where there is no --load.\n",
                model->monitor_max ? "largest" : "smallest", model->monitor, model->name);
    if (model->patience > 0)
        fprintf(out, "%lld epochs without a better one end the training.\n",
                (long long)model->patience);
    if (grt_entry_find(model, GRT_AVERAGE, 0))
        fputs("eval and predict use the moving averages of the parameters.\n", out);
}

static void help_data(const GrtModel *model, FILE *out)
{
    bool any = false;
    for (int i = 0; i < model->split_count; i++) {
        const GrtSplit *split = &model->splits[i];
        for (int j = 0; j < split->source_count; j++) {
            const GrtSource *source = &split->sources[j];
            if (source->kind == GRT_SOURCE_TENSOR)
                continue;
            if (!any)
                fputs("\ndata:\n", out);
            any = true;
            fprintf(out, "  --data.%s.%s FILE  [%s]\n", split->name, source->name, source->path);
        }
    }
}

static void help_tensors(const GrtModel *model, FILE *out)
{
    const GrtEntry *predict = grt_entry_find(model, GRT_PREDICT, 0);
    char type[160];
    if (!predict)
        return;
    fprintf(out, "\nof predict (.npy files%s; \"batch\" is any number of samples%s):\n",
            model->png ? ", or .png for images" : "",
            grt_pass_has_streams(model, GRT_PASS_PREDICT) ? ", in --batch lanes of one length"
                                                          : "");
    for (int i = 0; i < predict->need_count; i++) {
        const GrtVar *var = &model->vars[predict->needs[i]];
        grt_type_text(&var->type, type, sizeof type);
        fprintf(out, "  --in.%s FILE   %s%s\n", var->name, type,
                predict->need_count == 1 ? "  [standard input]" : "");
    }
    for (int i = 0; i < predict->value_count; i++) {
        grt_type_text(&predict->values[i].type, type, sizeof type);
        fprintf(out, "  --out.%s FILE  %s%s\n", predict->values[i].name, type,
                predict->value_count == 1 ? "  [standard output]" : "");
    }
}

static void help_generate(const GrtModel *model, FILE *out)
{
    static const char *const forms[] = {[GRT_TEXT_BYTES] = "bytes",
                                        [GRT_TEXT_VOCABULARY] = "characters of its vocabulary",
                                        [GRT_TEXT_NUMBERS] = "numbers, as in \"15496 11\""};
    const GrtGenerate *generate = model->generate;
    if (!generate)
        return;
    fprintf(out, "\nof generate (tokens are %s): --length %lld, --samples 1", forms[generate->text],
            (long long)generate->length);
    if (generate->context > 0)
        fprintf(out, "; the model looks back at %lld tokens", (long long)generate->context);
    fputs("\nAn empty prompt is the beginning of a line.  Another --seed, another text.\n", out);
}

void grt_help_print(const GrtModel *model, const char *program, FILE *out)
{
    help_commands(model, program, out);
    help_options(model, out);
    help_flags(model, out);
    help_training(model, out);
    help_data(model, out);
    help_tensors(model, out);
    help_generate(model, out);
    fputs("\nexit status: 0 done, 1 bad input, 2 usage, 3 system, 4 diverged, 130 or 143 stopped\n",
          out);
}
