# picture.awk -- records.tsv of run.sh to an SVG: for each model and number of threads a bar as long as gradc is fast
# against PyTorch, on a logarithmic axis, tuned in front of as installed.

BEGIN { FS = "\t" }

$4 == "steps" {
    if (!($1 in known)) { known[$1] = 1; models[++model_count] = $1 }
    if (!($3 in thread_known)) { thread_known[$3] = 1; threads[++thread_count] = $3 }
    key = $1 SUBSEP $2 SUBSEP $3
    if (key in values) values[key] = values[key] " " $5; else values[key] = $5
}

function median(key,    list, n, i, j, held) {
    if (!(key in values)) return 0
    n = split(values[key], list, " ")
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && list[j] + 0 < list[j - 1] + 0; j--) { held = list[j]; list[j] = list[j - 1]; list[j - 1] = held }
    return (list[int((n + 1) / 2)] + list[int(n / 2) + 1]) / 2
}
function x_of(ratio,    at) { # 0.25 at the left edge, 1024 at the right one
    at = (log(ratio) / log(2) + 2) / 12
    return left + width * (at < 0 ? 0 : at > 1 ? 1 : at)
}
function bar(y, height, ratio, colour) {
    if (ratio >= 1)
        printf "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", x_of(1), y, x_of(ratio) - x_of(1), height, colour
    else
        printf "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", x_of(ratio), y, x_of(1) - x_of(ratio), height, colour
}

END {
    left = 150; width = 600; row = 22; top = 46
    bottom = top + row * model_count * thread_count
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n", left + width + 90, bottom + 34
    print "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
    print "<text x=\"10\" y=\"20\" font-size=\"14\">Training steps a second: gradc / PyTorch</text>"
    print "<rect x=\"400\" y=\"10\" width=\"12\" height=\"12\" fill=\"#1b6ca8\"/><text x=\"416\" y=\"20\">PyTorch tuned</text>"
    print "<rect x=\"520\" y=\"10\" width=\"12\" height=\"12\" fill=\"#b8d4e8\"/><text x=\"536\" y=\"20\">as installed</text>"
    for (power = -2; power <= 10; power += 2) {
        x = x_of(2 ^ power)
        printf "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"%s\"/>\n", x, top - 6, x, bottom, power == 0 ? "#333" : "#ddd"
        printf "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", x, bottom + 18, power < 0 ? "1/" 2 ^ -power : 2 ^ power
    }
    for (i = 1; i <= model_count; i++)
        for (t = 1; t <= thread_count; t++) {
            m = models[i]; n = threads[t]
            y = top + row * ((i - 1) * thread_count + t - 1)
            own = median(m SUBSEP "gradc" SUBSEP n); installed = median(m SUBSEP "installed" SUBSEP n); tuned = median(m SUBSEP "tuned" SUBSEP n)
            printf "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s, %s thread%s</text>\n", left - 8, y + 13, m, n, n == 1 ? "" : "s"
            if (own == 0 || tuned == 0) continue
            if (installed > 0) bar(y + 1, 16, own / installed, "#b8d4e8")
            bar(y + 4, 10, own / tuned, "#1b6ca8")
            end = own / (installed > 0 && installed < tuned ? installed : tuned)
            printf "<text x=\"%.1f\" y=\"%d\">%.2f</text>\n", x_of(end > 1 ? end : 1) + 6, y + 13, own / tuned
        }
    print "</svg>"
}
