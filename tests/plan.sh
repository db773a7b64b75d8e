#!/bin/sh
# plan.sh -- what gradc --report and ./model info say of a program's memory, and that it is so.
. "$(dirname "$0")/lib.sh"
cp "$SRC"/examples/digits_cnn.dsl "$TMP"
mkdir "$TMP/data" && cp "$SRC"/examples/data/digits.csv "$TMP/data"
cd "$TMP" || exit 1

refuses() { # STATUS TEXT COMMAND...
    wanted_status=$1 wanted_text=$2
    shift 2
    exits "$wanted_status" "$@" >refuses.log 2>&1 || { cat refuses.log; return 1; }
    grep -qF -- "$wanted_text" refuses.log || { cat refuses.log; echo "expected: $wanted_text"; return 1; }
}

# --- the report ---
check "--report" "$GRADC" --report=cnn.txt digits_cnn.dsl
check "... says what is alive at the peak" grep -qE '^ +131,072  conv2d1 +f32\[batch, [0-9, ]+\] +kept for the backward pass, line 13$' cnn.txt
check "... on the terminal" says "train: " "$GRADC" --report digits_cnn.dsl
check "... makes nothing else" test ! -e digits_cnn

# The bytes by class are the peak, and so are those of who is alive.
adds_up() {
    awk '
        function number(s) { gsub(",", "", s); return s + 0 }
        /^train: /      { inside = 1; plan = number($2) }
        /^$/            { inside = 0 }
        inside && /at its fullest/ { for (i = 1; i < NF; i++) if ($(i + 2) == "alive,") peak = number($i) }
        inside && / bytes$/ && !/each thread/ { classes += number($(NF - 1)) }
        /alive then/    { listing = 1 }
        /^$/            { listing = 0 }
        listing && /^ +[0-9,]+  /  { alive += number($1) }
        END { print plan, peak, classes, alive
              exit !(peak > 0 && classes == peak && alive == peak && plan >= peak && plan < 1.1 * peak) }' cnn.txt
}
check "... adds up, and the plan is within a tenth of the peak" adds_up
check "--report over the model" refuses 2 "the model itself" "$GRADC" --report=digits_cnn.dsl digits_cnn.dsl
printf 'mine\n' >mine.txt
check "--report over another's file" refuses 2 "mine.txt" "$GRADC" --report=mine.txt digits_cnn.dsl
check "--report=" refuses 2 "name of a file" "$GRADC" --report= digits_cnn.dsl
check "--report of IR" refuses 2 "about kernels" "$GRADC" --report --emit=ir digits_cnn.dsl

# --- the picture ---
printf 'input x: f32[batch, 3]\nloss = mean((x |> linear(4)) ** 2)\ndata train { x = randn(10, 3) }\ntrain { minimize loss with sgd() }\n' >'a&b<c>.dsl'
check "--report=FILE.svg" "$GRADC" --report=cnn.svg digits_cnn.dsl
check "... twice" "$GRADC" --report=cnn.svg digits_cnn.dsl
check "... has a box for each buffer" test "$(grep -c '<rect class="p ' cnn.svg)" -ge 40
check "... names them" grep -qF '<title>conv2d1 f32[batch, ' cnn.svg
check "... of a model with a name of another kind" "$GRADC" --report=odd.svg 'a&b<c>.dsl'
if command -v xmllint >/dev/null 2>&1; then
    check "... well-formed" xmllint --noout cnn.svg odd.svg
else
    skip "no xmllint here"
fi

# --- for programs ---
check "--report=FILE.json" "$GRADC" --report=cnn.json digits_cnn.dsl
check "... holds offsets" grep -qE '"name": "conv2d1", "type": "f32\[batch, [0-9, ]+\]", .*"offset": [0-9]+, "first": [0-9]+,' cnn.json
if command -v python3 >/dev/null 2>&1; then
    check "... is JSON" python3 -m json.tool cnn.json /dev/null
else
    skip "no python3 here"
fi

# --- the program says the same ---
check "a program" "$GRADC" digits_cnn.dsl -o cnn
./cnn info >info.txt
check "info names the parts" grep -q '^  optimizer state ' info.txt
check "... and who is alive" grep -qE '^ +131,072  conv2d1 .*, line 13$' info.txt
check "... with the report's work space" grep -qF "$(sed -n 's/^train: \([0-9,]*\) bytes.*/\1/p' cnn.txt)" info.txt

# --- and takes no more: its plan, its data, and 4 MiB for the C library and all else ---
cat >wide.dsl <<'D'
input x: f32[batch, 256]
loss = mean((x |> linear(1024) |> tanh |> linear(1024) |> tanh |> linear(1)) ** 2)
data train { x = randn(512, 256) }
train { minimize loss with adam()
        batch = 256 }
D
resident() { # PROGRAM: the most KiB that it has in memory
    /usr/bin/time -f %M "./$1" --no-save --no-log --quiet 2>time.log >/dev/null && tail -n 1 time.log
}
takes_no_more() {
    plan=$(./wide info | awk '$1 == "together" { gsub(",", "", $2); print $2 }')
    had=$(resident wide) && echo "$had KiB, planned $plan bytes" &&
        [ "$had" -le $(((plan + 512 * 256 * 4) / 1024 + 4096)) ]
}
check "a program of some size" "$GRADC" --threads=none --no-check wide.dsl -o wide
if [ -x /usr/bin/time ] && [ -z "${SANITIZED:-}" ]; then
    check "its peak is its plan, its data, and 4 MiB at most" takes_no_more
else
    skip "no /usr/bin/time here, or sanitizers"
fi
finish
