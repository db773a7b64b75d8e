# cu2host.awk -- writes CUDA so that a C++ compiler takes it; lines stay where they are.
#
#     k<4><<<blocks, 256, 0, stream>>>(x, n);   →  CUDAHOST_LAUNCH((k<4>), blocks, 256, 0, stream)(x, n);
#     __shared__ float tile[32][33];            →  CUDAHOST_SHARED(float, tile, [32][33]);
#     extern __shared__ float rows[];           →  CUDAHOST_SHARED_DYNAMIC(float, rows);
#
# What it cannot read ends it with status 1.

function give_up(why) { print FILENAME ":" FNR ": " why ": " $0 > "/dev/stderr"; failed = 1; exit 1 }

# The text of `line` without comments, for what is looked for; `deep`: in a comment of several lines.
function code_of(line,    out, i) {
    out = ""
    while (line != "") {
        if (deep) {
            i = index(line, "*/")
            if (!i) return out
            deep = 0; line = substr(line, i + 2)
        } else if (match(line, /\/[*\/]|"([^"\\]|\\.)*"/)) {
            if (substr(line, RSTART, 1) == "\"") { out = out substr(line, 1, RSTART + RLENGTH - 1); line = substr(line, RSTART + RLENGTH); continue }
            out = out substr(line, 1, RSTART - 1)
            if (substr(line, RSTART, 2) == "//") return out
            deep = 1; line = substr(line, RSTART + 2)
        } else { out = out line; line = "" }
    }
    return out
}

# Where the kernel's name begins in text that ends with it: `f(), k<4, true>` → the place of k
function kernel_start(text,    i, n, c) {
    i = length(text)
    while (i && substr(text, i, 1) == " ") i--
    if (substr(text, i, 1) == ">") {
        for (n = 0; i; i--) {
            c = substr(text, i, 1)
            if (c == ">") n++
            if (c == "<" && --n == 0) { i--; break }
        }
    }
    while (i && substr(text, i, 1) ~ /[A-Za-z0-9_:]/) i--
    return i + 1
}

# `float a[4], b[2][3]` → a CUDAHOST_SHARED for each name
function declare(text, dynamic,    out, type, name, extents, inner) {
    while (match(text, /<[^<>]*>/)) { # commas of a template's arguments are not between names
        inner = substr(text, RSTART + 1, RLENGTH - 2)
        gsub(/,/, "\001", inner)
        text = substr(text, 1, RSTART - 1) "\002" inner "\003" substr(text, RSTART + RLENGTH)
    }
    if (!match(text, /[A-Za-z_][A-Za-z0-9_]* *(\[[^\]]*\] *)*(,|$)/) || RSTART == 1) give_up("shared memory")
    type = substr(text, 1, RSTART - 1)
    sub(/ +$/, "", type)
    while (text != "") {
        if (!match(text, /[A-Za-z_][A-Za-z0-9_]* *(\[[^\]]*\] *)*(,|$)/)) give_up("shared memory")
        name = extents = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        sub(/[^A-Za-z0-9_].*/, "", name)
        sub(/^[A-Za-z0-9_]* */, "", extents); sub(/ *,$/, "", extents)
        out = out (out == "" ? "" : "; ")
        if (dynamic) out = out "CUDAHOST_SHARED_DYNAMIC(CUDAHOST_STRIP(" type "), " name ")"
        else out = out "CUDAHOST_SHARED(CUDAHOST_STRIP(" type "), " name ", " extents ")"
    }
    gsub("\001", ",", out); gsub("\002", "<", out); gsub("\003", ">", out)
    return out ";"
}

FNR == 1 { deep = 0; printf "#line 1 \"%s\"\n", FILENAME }
{
    line = $0
    code = code_of(line)
    while ((i = index(code, "<<<")) && (i = index(line, "<<<"))) {
        start = kernel_start(substr(line, 1, i - 1))
        name = substr(line, start, i - start)
        if (name == "") give_up("a launch without a name")
        line = substr(line, 1, start - 1) "CUDAHOST_LAUNCH((" name "), " substr(line, i + 3)
        code = substr(code, index(code, "<<<") + 3)
        launches++
    }
    while (launches && (i = index(line, ">>>("))) {
        line = substr(line, 1, i - 1) ")(" substr(line, i + 4)
        launches--
    }
    if (code ~ /(^|[^A-Za-z_])__shared__($|[^A-Za-z_])/ && code !~ /^[ ]*#[ ]*define/) {
        if (!match(line, /(extern +)?__shared__ +[^;]*;/)) give_up("shared memory")
        head = substr(line, 1, RSTART - 1); tail = substr(line, RSTART + RLENGTH)
        text = substr(line, RSTART, RLENGTH - 1)
        dynamic = sub(/^extern +/, "", text)
        sub(/^__shared__ +/, "", text)
        line = head declare(text, dynamic) tail
    }
    print line
}
END { if (!failed && launches) { print FILENAME ": a launch without its >>>(" > "/dev/stderr"; exit 1 } }
