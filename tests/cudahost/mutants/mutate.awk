# mutate.awk -- a CUDA program with all its mutants in it: one is chosen when it runs (CUDAHOST_MUTANT=17).
#
#     awk -v first=1 -v list=mutants.txt -f mutate.awk model.cu >mutated.cu
#
#     __syncthreads();          →  if (!MUTANT(17)) __syncthreads();
#     y[i * 10 + j] = x;        →  y[(i * (10 - MUTANT(18)) + j) + MUTANT(19)] = x;
#
# The list has a line for each: number, rule, file and line, function, text. Rules look at one line of a kernel or of the
# host's part; what they cannot read they leave alone.
#
# Kernels whose threads go round (n = first; n < count; n += stride) are launched with two threads, so that they do:
#
#     k_relu<<<grt_blocks(batch * 64, 256), 256, 0, stream>>>(   →  k_relu<<<2, 1, 0, stream>>>(

function trim(s) { sub(/^ +/, "", s); return s }
function mutant(rule) {
    printf "%d\t%s\t%s:%d\t%s\t%s\n", next_number, rule, base, number, function_name,
        trim(original) (original ~ /<<<.*\($/ ? trim(following) : "") >> list
    return "cudahost::is_mutant(" next_number++ ")"
}
# The place of the bracket that closes the one at `at`; 0: on another line.
function closing(text, at,    depth, i, c) {
    for (i = at; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c ~ /[(\[]/) depth++
        else if (c ~ /[)\]]/ && --depth == 0) return i
    }
    return 0
}
# Replaces the first `what` behind `from` by `by`.
function put(text, at, n, by) { return substr(text, 1, at - 1) by substr(text, at + n) }

# if (condition): always, never
function guards(line,    at, end, condition) {
    if (!match(line, /^ *(} else )?if \(/)) return line
    at = RSTART + RLENGTH
    if (!(end = closing(line, at - 1))) return line
    condition = substr(line, at, end - at)
    return put(line, at, end - at, mutant("guard-always") " || (!" mutant("guard-never") " && (" bounds(condition) "))")
}
# i < n: i <= n, i < n - 1
function bounds(condition,    at, left, right, rest) {
    if (!match(condition, /[a-z_]+[a-z_0-9]* < /) || substr(condition, RSTART + RLENGTH) ~ /[&|?]/) return condition
    left = substr(condition, 1, RSTART + RLENGTH - 4)
    right = substr(condition, RSTART + RLENGTH)
    return left " < " right " + " mutant("bound-more") " - " mutant("bound-less")
}
# for (int n = first; n < count; n += stride)
function loops(line,    at, n) {
    if (line !~ /^ *for \(/) return line
    if (match(line, /; [a-z_0-9]+ < [^;]+;/)) {
        at = RSTART + 2; n = RLENGTH - 3
        line = put(line, at, n, bounds(substr(line, at, n)))
    }
    if (match(line, /n \+= stride\)|[a-z]+ \+= team\)|[a-z]+ \+= (2|4|8|16|32|64|128|256|512|1024)\)/))
        line = put(line, RSTART + RLENGTH - 1, 1, " + " mutant("turns-skipped") ")")
    if (match(line, /= (first|lane|lane [%\/] [0-9]+)[;,]/))
        line = put(line, RSTART + RLENGTH - 1, 0, " + " mutant("turns-late"))
    return line
}
# [i * 10 + j]: the next element, another stride
function indices(line,    out, at, end, inside) {
    out = ""
    while (match(line, /[a-z0-9_]\[/)) {
        at = RSTART + 1
        end = closing(line, at)
        inside = end ? substr(line, at + 1, end - at - 1) : "["
        if (inside ~ /\[/ || inside == "0" && line ~ /^ *(float|double|int)/) { out = out substr(line, 1, at); line = substr(line, at + 1); continue }
        if (match(inside, / \* [0-9]+/))
            inside = put(inside, RSTART, RLENGTH, " * (" substr(inside, RSTART + 3, RLENGTH - 3) " - " mutant("stride") ")")
        out = out substr(line, 1, at) "(" inside ") + " mutant("index") "]"
        line = substr(line, end + 1)
    }
    return out line
}
# grt_load_four(x + i * 12 + j: the next four, another stride
function fours(line,    at, end) {
    if (!match(line, /grt_(load|store)_four\([a-z_0-9]+ \+ /)) return line
    at = RSTART + RLENGTH - 1
    line = put(line, at, 0, " 4 * " mutant("index") " +")
    if (match(substr(line, at), / \* [0-9]+/))
        line = put(line, at + RSTART - 1, RLENGTH, " * (" substr(line, at + RSTART + 2, RLENGTH - 3) " - 4 * " mutant("stride") ")")
    return line
}
# sum += x: sum = x
function sums(line,    at, left) {
    if (!match(line, /^ *[a-z_0-9]+(\[[a-z_0-9]+\]\[[a-z_0-9]+\])? \+= [^;]*;$/)) return line
    at = index(line, " += ")
    left = trim(substr(line, 1, at - 1))
    return substr(line, 1, at - 1) " = (" mutant("sum-forgets") " ? 0 : " left ") + (" substr(line, at + 4, length(line) - at - 4) ");"
}
# grt_join_sum<32>(x): x of this thread alone
function joins(line,    at, end, argument) {
    if (!match(line, /grt_join_[a-z]+<[0-9]+>\(/)) return line
    at = RSTART + RLENGTH - 1
    if (!(end = closing(line, at))) return line
    argument = substr(line, at + 1, end - at - 1)
    if (argument !~ /^\(/) sub(/,.*/, "", argument); else sub(/, *(joins|grt_group).*/, "", argument)
    return put(line, RSTART, end - RSTART + 1, "(" mutant("no-join") " ? (" argument ") : " substr(line, RSTART, end - RSTART + 1) ")")
}
function small(line,    name) {
    if (!match(line, /[a-z_0-9]+<<<.*, 256, 0, /)) return line
    name = substr(line, RSTART, index(substr(line, RSTART), "<<<") - 1)
    if (name == "grt_start") return put(line, RSTART, RLENGTH, name "<<<1, 2, 0, ") # its one block goes round
    return name in goes_round ? put(line, RSTART, RLENGTH, name "<<<2, 1, 0, ") : line
}
# grt_cuda_copy(...), where it is a statement and where its result is looked at: left out, and it went well
function calls(line,    out, head) {
    out = ""
    while (match(line, /grt_cuda_(copy|wait|start|begin|prefetch|launch|queue_numbers|give_values|enter_slot|enter|settle|seek_here|send_[a-z]+)\(/)) {
        head = out substr(line, 1, RSTART - 1)
        out = out substr(line, 1, RSTART - 1) (head ~ /^ *$/ && before ~ /([;{})]|else|\*\/)$/ ? "if (!" mutant("no-call") ") " : "!" mutant("no-call") " && ") substr(line, RSTART, RLENGTH)
        line = substr(line, RSTART + RLENGTH)
    }
    return out line
}
function waits(line) {
    if (match(line, /cuda(StreamWaitEvent|EventRecord|EventSynchronize|StreamSynchronize|MemsetAsync|EventQuery)\(/) && line !~ /"/)
        line = put(line, RSTART, 0, mutant("no-" substr(line, RSTART, RLENGTH - 1)) " ? cudaSuccess : ")
    else if (line ~ /grt_cuda_[a-z_]+\(/ && line !~ /^[a-z}]|grt_cuda_done/)
        line = calls(line)
    else if (match(line, /^ *(grt_commit<<<|k_[a-z_0-9]+<<<|grt_[a-z_]+<<<|GRT_BLAS)/) && line !~ /return/ && before ~ /([;{})]|else|\*\/)$/)
        line = put(line, match(line, /[^ ]/), 0, "if (!" mutant("no-call") ") ")
    if (match(line, /, (cuda->)?stream>>>/))
        line = put(line, RSTART + 2, RLENGTH - 5, "(" mutant("stream") " ? cudahost::other_stream() : " substr(line, RSTART + 2, RLENGTH - 5) ")")
    return line
}

# A line with what can be wrong in it.
function mutated(line) {
    if (line ~ /^ *(\/\*|\*|\/\/|#)/ || comment) {
        comment = line !~ /\*\// && (comment || line ~ /^ *\/\*/)
        return line
    }
    if (line ~ /__global__|__device__/ && line !~ /;/) device = 1
    if (line ~ /^[a-z_]/) function_name = ""
    if (!body && function_name == "") {
        sub(/__launch_bounds__\([^)]*\)/, "", line)
        if (match(line, /[A-Za-z_0-9]+\(/)) function_name = substr(line, RSTART, RLENGTH - 1)
        line = original
    }
    if (body && line ~ /first = (\(int64_t\))?blockIdx.x \* blockDim.x/) goes_round[function_name] = 1
    if (line ~ /^{/) body = 1
    if (body && device && line !~ /__shared__|static_assert|^ *(const )?[A-Za-z0-9_]+ [a-z_0-9]+\[.*(;|= {)/ && line !~ /\\$/) {
        if (line ~ /^ *__sync(threads|warp)\(.*\);/) line = put(line, match(line, /__sync/), 0, "if (!" mutant("no-barrier") ") ")
        else if (line ~ /^ *atomic/) line = put(line, match(line, /atomic/), 0, "if (!" mutant("no-atomic") ") ")
        else {
            line = joins(line)
            if (line == original) line = indices(line)
            if (line == original) line = sums(line)
            if (line == original) line = fours(line)
            line = loops(guards(line))
        }
    } else if (body && !device && line !~ /\\$/)
        line = waits(small(line))
    if (line ~ /^}/) device = body = 0
    if (line != "") before = original
    return line
}

BEGIN {
    next_number = first
    goes_round["grt_commit"] = goes_round["grt_zero"] = 1 # those of a runtime's header
}
FNR == 1 { base = FILENAME; sub(/.*\//, "", base) }
FNR > 1 { following = $0; number = FNR - 1; print mutated(original) } # one line late: the list has what a launch is given on the next one
{ original = $0 }
END { following = ""; number = FNR; print mutated(original); print next_number > "/dev/stderr" }
