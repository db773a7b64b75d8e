# gpu_table.awk -- records.tsv of bench/gpu to Markdown: medians over the rounds, rates, shares of the GPU's peak.
#
#     model, side, what, value     one measurement a line
#
# side is gradc, eager or compiled (PyTorch), both, or machine.

BEGIN { FS = "\t" }
$1 == "-" { machine[$3] = $4; next }
{
    if (!($1 in known)) { known[$1] = 1; models[++model_count] = $1 }
    key = $1 SUBSEP $2 SUBSEP $3
    values[key] = key in values ? values[key] " " $4 : $4
}

# The median of what was recorded, or "".
function median(model, side, what,    key, list, n, i, j, held) {
    key = model SUBSEP side SUBSEP what
    if (!(key in values)) return ""
    n = split(values[key], list, " ")
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && list[j] + 0 < list[j - 1] + 0; j--) { held = list[j]; list[j] = list[j - 1]; list[j - 1] = held }
    return (list[int((n + 1) / 2)] + list[int(n / 2) + 1]) / 2
}
function figure(x) { return x == "" ? "-" : x >= 99.5 ? sprintf("%.0f", x) : sprintf("%.3g", x) }
function ratio(a, b) { return a == "" || b == "" || b + 0 == 0 ? "-" : sprintf("%.2f", a / b) }
function share(a, b) { return a == "" || b + 0 == 0 ? "-" : sprintf("%.1f %%", 100 * a / b) }

END {
    print "# The benchmark on a GPU\n"
    if (machine["on"] == "host")
        print "**Made by `bench/gpu --host`: in the test bed, on a processor. The figures mean nothing; the script was tested.**\n"
    printf "Made by `bench/gpu`. GPU: %s; measured: %s GFLOP/s of %s products by cuBLAS, %s GB/s copied (read and written).\n",
        machine["name"], machine["gflops"], "tf32" in machine ? "TF32" : "f32", machine["copy"]
    if ("torch" in machine)
        printf "PyTorch %s; both sides compute the same losses from the same weights and data. PyTorch's data lie on the GPU,\ngradc's come from the host's memory, a batch a step.\n", machine["torch"]
    else
        print "**PyTorch was not there: these are gradc's own figures, and nothing is compared.**"
    print "Bytes and operations of a step: what the kernels have to move and compute, by `gradc --report`.\n"
    print "| model | gradc steps/s | ms a step | GB/s | of the copy | GFLOP/s | of peak | PyTorch eager | compiled | gradc / eager | gradc / compiled | difference of losses | compile s |"
    print "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for (i = 1; i <= model_count; i++) {
        m = models[i]
        different = median(m, "both", "different")
        if (different != "") { printf "| %s | **the losses differ: %s** | | | | | | | | | | | |\n", m, different; continue }
        own = median(m, "gradc", "steps"); eager = median(m, "eager", "steps"); compiled = median(m, "compiled", "steps")
        bytes = median(m, "gradc", "bytes"); operations = median(m, "gradc", "operations")
        bandwidth = own == "" || bytes == "" ? "" : 1e-9 * own * bytes
        rate = own == "" || operations == "" ? "" : 1e-9 * own * operations
        difference = median(m, "both", "difference")
        printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", m, figure(own), own == "" ? "-" : sprintf("%.3g", 1000 / own),
            figure(bandwidth), share(bandwidth, machine["copy"]), figure(rate), share(rate, machine["gflops"]), figure(eager), figure(compiled),
            ratio(own, eager), ratio(own, compiled), difference == "" ? "-" : sprintf("%.0e", difference), figure(median(m, "gradc", "compile"))
    }
}
