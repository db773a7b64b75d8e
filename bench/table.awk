# table.awk -- records.tsv of run.sh to Markdown: medians over the rounds, ratios, what is wanted of them.
#
#     model, side, threads, what, value     one measurement a line
#
# side is gradc, installed (PyTorch as it comes), tuned (at its best here), both, or machine.

BEGIN {
    FS = "\t"
    # To reach against the tuned one at 1 and 2 threads, and percent of peak at 1 thread: issue 4.
    goals = "linreg 500 500 -;mlp_sgd 1.8 3 60;mlp_adam 1.3 1.8 65;lenet 1.5 1.8 65;convbn 1.3 1.5 80;" \
            "lstm 1.5 2.5 50;gpt_small 1.3 1.9 60;gpt_medium 1.2 1.5 75;chain 4 4 -"
    count = split(goals, rows, ";")
    for (i = 1; i <= count; i++) {
        split(rows[i], cell, " ")
        goal[cell[1], 1] = cell[2]
        goal[cell[1], 2] = cell[3]
        goal[cell[1], "peak"] = cell[4]
    }
}

$1 == "-" { machine[$4] = $5; next }
{
    if (!($1 in known)) { known[$1] = 1; models[++model_count] = $1 }
    if ($3 != "-" && !($3 in thread_known)) { thread_known[$3] = 1; threads[++thread_count] = $3 }
    key = $1 SUBSEP $2 SUBSEP $3 SUBSEP $4
    if (key in values) values[key] = values[key] " " $5; else values[key] = $5
}

# The median of what was recorded, or "".
function median(model, side, thread, what,    key, list, n, i, j, held) {
    key = model SUBSEP side SUBSEP thread SUBSEP what
    if (!(key in values)) return ""
    n = split(values[key], list, " ")
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && list[j] + 0 < list[j - 1] + 0; j--) { held = list[j]; list[j] = list[j - 1]; list[j - 1] = held }
    return (list[int((n + 1) / 2)] + list[int(n / 2) + 1]) / 2
}
function text(model, side, thread, what,    key) {
    key = model SUBSEP side SUBSEP thread SUBSEP what
    return key in values ? values[key] : ""
}
function rate(x) { return x == "" ? "-" : x >= 9999.5 ? sprintf("%.0f k", x / 1000) : x >= 99.5 ? sprintf("%.0f", x) : x >= 9.95 ? sprintf("%.1f", x) : sprintf("%.2f", x) }
function ratio(a, b) { return a == "" || b == "" || b + 0 == 0 ? "-" : a / b >= 99.5 ? sprintf("%.0f", a / b) : sprintf("%.2f", a / b) }
function megabytes(x) { return x == "" ? "-" : sprintf("%.1f", x / 1e6) }
function met(r, wanted) { return r == "-" || wanted == "-" || wanted == "" ? "" : r + 0 >= wanted + 0 ? " ✓" : " ✗" }

END {
    printf "# The benchmark\n\nMade by `make bench`. Machine: %s; one core: %s GFLOP/s of f32 multiply-adds, %s GB/s copied.\n", machine["cpu"], machine["gflops"], machine["copy"]
    if ("torch" in machine)
        printf "PyTorch %s; both sides compute the same losses from the same weights and data (four steps, to rounding).\n", machine["torch"]
    else
        print "**PyTorch was not there: these are gradc's own figures, and nothing is compared.**"
    if (machine["clock"] == "cpu")
        print "Rates are by the processor time of the whole process: the machine was not idle. Those of more than one thread say what all threads cost together, not how long it took."
    if (machine["clock"] == "best")
        print "Rates are those of the fastest 20 ms of each run: the machine was not idle."
    print "\n## Training steps a second\n"
    print "| model | threads | gradc | PyTorch as installed | tuned | gradc / installed | gradc / tuned | wanted | GFLOP/s | of peak | wanted | gradc / gradc at 1 thread |"
    print "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for (i = 1; i <= model_count; i++) {
        m = models[i]
        for (t = 1; t <= thread_count; t++) {
            n = threads[t]
            own = median(m, "gradc", n, "steps"); installed = median(m, "installed", n, "steps"); tuned = median(m, "tuned", n, "steps")
            if (own == "") continue
            flops = text(m, "gradc", "-", "flops")
            r = ratio(own, tuned)
            share = flops == "" || machine["gflops"] + 0 == 0 ? "-" : 100 * own * flops / 1e9 / machine["gflops"] / n
            printf "| %s | %s | %s | %s | %s | %s | %s%s | %s | %s | %s%s | %s | %s |\n", m, n, rate(own), rate(installed), rate(tuned),
                ratio(own, installed), r, met(r, goal[m, n]), (m, n) in goal ? goal[m, n] : "-", flops == "" ? "-" : sprintf("%.3g", own * flops / 1e9),
                share == "-" ? "-" : sprintf("%.0f %%", share), n == 1 ? met(share, goal[m, "peak"]) : "", n == 1 && goal[m, "peak"] != "-" ? goal[m, "peak"] " %" : "-",
                n == 1 ? "" : ratio(own, median(m, "gradc", 1, "steps"))
        }
    }
    print "\n## What else they need\n"
    print "Start-up is the time of a whole run, less that of its steps. Peak memory is what was resident, program and libraries"
    print "included; planned is what `./model info` says (variables, work space, a batch) and the data. Size: stripped. Compile: gradc"
    print "and the C compiler together.\n"
    print "| model | start-up ms | PyTorch | peak MB | planned | peak - planned | PyTorch | size KB | compile s |"
    print "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    for (i = 1; i <= model_count; i++) {
        m = models[i]
        start = text(m, "installed", 1, "start")
        peak = median(m, "gradc", 1, "peak"); planned = text(m, "gradc", "-", "planned") + text(m, "gradc", "-", "data")
        printf "| %s | %.1f | %s | %s | %s | %s | %s | %.0f | %.1f |\n", m, 1000 * text(m, "gradc", 1, "start"), start == "" ? "-" : sprintf("%.0f", 1000 * start),
            megabytes(peak), megabytes(planned), peak == "" ? "-" : megabytes(peak - planned), megabytes(median(m, "installed", 1, "peak")),
            text(m, "gradc", "-", "size") / 1000, text(m, "gradc", "-", "compile")
    }
    if ("torch" in machine) {
        print "\n## PyTorch's best settings here\n"
        print "As installed: no setting at all. Tuned: malloc keeps what it has, denormals are flushed, gradients dropped; and of the"
        print "kernels of OpenBLAS, channels last, torch.jit.script and optimizers over lists (`foreach`) what is fastest.\n"
        print "| model | threads | setting | kernels | largest difference of losses |"
        print "|---|--:|---|---|--:|"
        for (i = 1; i <= model_count; i++)
            for (t = 1; t <= thread_count; t++) {
                m = models[i]; n = threads[t]
                setting = text(m, "tuned", n, "setting")
                gsub(/MALLOC_[A-Z_]*=[0-9]*/, "", setting); gsub(/--tuned/, "", setting); sub(/-- /, "", setting); gsub(/ +/, " ", setting)
                blas = text(m, "tuned", n, "blas")
                sub(/ OpenBLAS.*/, "", blas)
                printf "| %s | %s | %s | %s | %.1e |\n", m, n, setting, blas, text(m, "both", "-", "difference")
            }
        print "\nThe kernels of gradc are its own in all of them."
    }
}
