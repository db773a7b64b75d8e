#!/bin/sh
# driver.sh -- the command line of gradc: every option of --help, every kind of output, exit statuses,
# what is overwritten and what is left behind.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1
export TMPDIR="$TMP/tmp"
export GRADC_HOME="${GRADC_HOME:-$SRC}"
mkdir "$TMPDIR"
gradc_dir=$(dirname "$GRADC")
export PATH="$gradc_dir:$PATH" # the build lines in generated files call gradc

cat >tiny.dsl <<'D'
option lr = 0.1
const width = 3
input x: f32[batch, 2]
input y: f32[batch, 1]
height = x |> linear(width) |> tanh |> linear(1)
loss = mse_loss(height, y)
output value = height
data train {
    x = randn(32, 2)
    y = randn(32, 1)
}
train {
    minimize loss with sgd(lr = lr)
    batch = 8
    epochs = 2
}
D
echo 'print 6 * 7' >sum.dsl
echo 'print six' >bad.dsl

# fake_cc: a compiler that writes its arguments to cc.args, one a line, and fails
cat >fake_cc <<'D'
#!/bin/sh
for word; do printf '%s\n' "$word"; done >cc.args
echo "fake_cc: no"
exit 1
D
chmod +x fake_cc
nothing_left() { [ -z "$(ls -A "$TMPDIR")" ] && ! ls ./*.tmp.* 2>/dev/null; }
refuses() { # STATUS TEXT COMMAND...
    wanted_status=$1 wanted_text=$2
    shift 2
    exits "$wanted_status" "$@" >refuses.log 2>&1 || { cat refuses.log; return 1; }
    grep -qF -- "$wanted_text" refuses.log || { cat refuses.log; echo "expected: $wanted_text"; return 1; }
}
not() { ! "$@"; }

# --- programs ---
check "the default output is the model's name" "$GRADC" tiny.dsl
check "... a program that trains" sh -c './tiny >tiny.log'
check "-o FILE" "$GRADC" sum.dsl -o answer
check "-oFILE" "$GRADC" sum.dsl -oanswer
check "... a program that calculates" says 42 ./answer
check "--keep leaves the C" "$GRADC" --keep sum.dsl -o kept
check "... as FILE.c" grep -q "edit that, not this" kept.c
check "gradc run" says 42 "$GRADC" run sum.dsl
check "a misspelt command" says "did you mean gradc check?" exits 2 "$GRADC" chek sum.dsl
check "... hands arguments and exit status on" exits 2 "$GRADC" run sum.dsl --no-such-option
check "... -- before them" says 42 "$GRADC" run sum.dsl --
check "... -- and what follows is the program's" exits 2 "$GRADC" run sum.dsl -- --no-such-option
check "... a line of the model itself" says "[2., 4.]" "$GRADC" run -e 'print [1.0, 2.0] * 2'
check "... whose mistakes have a place" says "-e:1:7: error" "$GRADC" run -e 'print exq(1)'
check "... which only run and check take" exits 2 "$GRADC" -e 'x = 1' -o x
piped() { "$GRADC" run - <sum.dsl; }
check "... from standard input" says 42 piped
unnamed() { "$GRADC" - <sum.dsl; }
check "... which gives no name to a program" exits 2 unnamed
check "... and options before it work" says 42 "$GRADC" -O0 run --threads=none sum.dsl
check "no temporary file is left" nothing_left

# --- C ---
check "--emit=c" "$GRADC" --emit=c tiny.dsl
build_line() { sed -n 's/^ \* Build:  //p' "$1"; }
builds() { # by ${CC}, which may have words of its own
    rm -f tiny && sh -c "$(build_line "$1" | sed "s|^cc |${CC:-cc} |")" && ./tiny >again.log
}
check "... builds with the command it shows" builds tiny.c
cp tiny.c first.c
check "... again, over its own output" "$GRADC" --emit=c tiny.dsl
check "... the same bytes" cmp first.c tiny.c
check "... without a path in it" not grep -qF "$TMP" tiny.c
check "--standalone" "$GRADC" --emit=c --standalone tiny.dsl
check "... builds with the command it shows" builds tiny.c
check "... which needs nothing of gradc's" sh -c "! sed -n 's/^ \* Build:  //p' tiny.c | grep gradc"
check "--standalone without --emit=c" refuses 2 "goes with" "$GRADC" --standalone tiny.dsl
check "--no-check" "$GRADC" --emit=c --no-check tiny.dsl
check "... leaves the check out" not grep -q GRT_CHECK_GRAD tiny.c
check "... which is there else" grep -q GRT_CHECK_GRAD first.c

# --- a library ---
cp "$SRC"/examples/embed/line.dsl "$SRC"/examples/embed/embed.c .
check "--emit=lib" "$GRADC" --emit=lib line.dsl
check "... has no data to warn of" not says "warning" "$GRADC" --emit=lib line.dsl
embed() { sh -c "${CC:-cc} embed.c line.c $("$GRADC" --cc-flags) -o embed" && ./embed; }
check "... trains, predicts, saves and loads in another program" embed
check "... shows its build line in the header" grep -q "gradc --cc-flags" line.h
if command -v g++ >/dev/null 2>&1; then
    printf '#include "line.h"\nint main() { line_destroy(line_create(1)); }\n' >embed.cpp
    check "... whose header is C++ too" g++ -Wall -Wextra -Werror -fsyntax-only embed.cpp
else
    skip "the header in C++: no g++"
fi
check "--emit=lib -o names both files" sh -c "'$GRADC' --emit=lib line.dsl -o net.c && test -f net.h"
check "... and the one includes the other" grep -qF '#include "net.h"' net.c
check "--emit=lib -o without .c" refuses 2 "model.c" "$GRADC" --emit=lib line.dsl -o net

# --- warnings ---
sed '4s/$/\nmetric spread = std(x)/' tiny.dsl >spread.dsl
check "what is averaged over batches is shown" says "spread.dsl:5:1: warning: evaluation averages 'spread'" \
    "$GRADC" --emit=ir spread.dsl

# --- text ---
check "--emit=ir" says "graph train" "$GRADC" --emit=ir tiny.dsl
check "--emit=ir -o" "$GRADC" --emit=ir -O0 tiny.dsl -o tiny.ir
check "--from-ir" "$GRADC" -O0 --from-ir tiny.ir -o from_ir
check "--from-ir of IR that is wrong" refuses 1 "tiny.dsl:1:1: error" "$GRADC" --from-ir tiny.dsl
same_program() {
    "$GRADC" -O0 tiny.dsl -o from_dsl && ./from_ir --log ir.csv && ./from_dsl --log dsl.csv &&
        grep -q '^8,' ir.csv && cmp ir.csv dsl.csv
}
check "... makes the same program: the losses agree to the bit" same_program
check "--emit=kernels" says "k_" "$GRADC" --emit=kernels tiny.dsl
for what in ast all kernels after:grad; do
    check "--dump=$what" sh -c "'$GRADC' --dump=$what line.dsl >dump.txt && test -s dump.txt"
done
check "... makes no program" test ! -e line
check "... unless asked to" sh -c "'$GRADC' --dump=ast sum.dsl -o dumped >dump.txt && ./dumped"
check "--stop-after" says "graph" "$GRADC" --stop-after=grad tiny.dsl
check "--stop-after an unknown pass" refuses 2 "did you mean 'grad'" "$GRADC" --stop-after=grat tiny.dsl
check "--stop-after with --emit=c" refuses 2 "IR" "$GRADC" --stop-after=grad --emit=c tiny.dsl
check "--skip" "$GRADC" --skip=cse --skip=fold check tiny.dsl
check "--skip what is needed" refuses 2 "without" "$GRADC" --skip=grad tiny.dsl
check "--list-passes" says "grad" "$GRADC" --list-passes
check "--time" says " s  lower" "$GRADC" --time check tiny.dsl

# --- how to compile ---
check "-O0" says 42 "$GRADC" -O0 run sum.dsl
check "-O1" says 42 "$GRADC" -O1 run sum.dsl
check "-O2" refuses 2 "-O2" "$GRADC" -O2 sum.dsl
check "-O" refuses 2 "needs a value" "$GRADC" -O sum.dsl
check "-Dname=value" sh -c "'$GRADC' -Dwidth=5 --emit=ir tiny.dsl | grep -q 'f32.5, 2'"
check "-D name=value" sh -c "'$GRADC' -D width=5 --emit=ir tiny.dsl | grep -q 'f32.5, 2'"
check "-D of an unknown name" refuses 1 "did you mean 'width'" "$GRADC" -Dwidht=5 tiny.dsl
check "-D without a value" refuses 2 "name=value" "$GRADC" -Dwidth tiny.dsl
check "--blas=none" says 42 "$GRADC" --blas=none run sum.dsl
check "--blas of something else" refuses 2 "did you mean 'none'" "$GRADC" --blas=nome sum.dsl
if [ "${HAVE_OPENBLAS:-no}" = yes ]; then
    check "--blas=openblas" "$GRADC" --blas=openblas -Dwidth=64 tiny.dsl -o blas
    check "... trains" ./blas
else
    skip "--blas=openblas: built without it"
fi
check "--threads=auto" says 42 "$GRADC" --threads=auto run sum.dsl
check "--threads=none" sh -c "'$GRADC' --threads=none -Dwidth=4096 --emit=c tiny.dsl && ! grep -q GrtTeam tiny.c"
check "--threads of something else" refuses 2 "auto, none, always" "$GRADC" --threads=4 sum.dsl
check "--cc" says 42 "$GRADC" --cc=cc run sum.dsl
check "--cc of several words" says 42 "$GRADC" "--cc=cc -pipe" run sum.dsl
check "\$CC" says 42 env "CC=cc -pipe" "$GRADC" run sum.dsl
check "--cflags" sh -c "'$GRADC' --cc=./fake_cc '--cflags=-DA  -DB' sum.dsl -o x; grep -qx -e -DA cc.args &&
    grep -qx -e -DB cc.args"
check "no word for the compiler begins with a dash by accident" sh -c \
    "'$GRADC' --cc=./fake_cc sum.dsl -o -x; grep -q '^./-x' cc.args"
check "--cc-flags" says "-std=c11" "$GRADC" --cc-flags

# --- diagnostics for editors ---
json='{"severity":"error","message":"unknown name '"'six'"'","file":"bad.dsl","line":1,"column":7,"end_line":1,"end_column":10,"label":"did you mean '"'sin'"'?","hint":"sin","notes":[]}'
check "--diagnostics=json: one object a line" says "$json" "$GRADC" check --diagnostics=json bad.dsl
only_json() { # COMMAND...: every line on stderr is one of ours, stdout is empty
    "$@" >out.log 2>json.log
    cat out.log json.log
    [ ! -s out.log ] && [ -s json.log ] && ! grep -v '^{"severity":"[a-z]*","message":".*,"notes":\[.*\]}$' json.log
}
check "... and nothing else" only_json "$GRADC" check --diagnostics=json bad.dsl
check "... when compiling" only_json "$GRADC" --diagnostics=json bad.dsl
check "... and running" only_json "$GRADC" run --diagnostics=json bad.dsl
check "... for a file that is not there" only_json "$GRADC" check --diagnostics=json missing.dsl
check "... with the same exit status" exits 1 "$GRADC" check --diagnostics=json bad.dsl
check "... and text as before" says "bad.dsl:1:7: error: unknown name 'six'" "$GRADC" check --diagnostics=text bad.dsl
check "... no other" refuses 2 "--diagnostics takes text, json" "$GRADC" check --diagnostics=xml bad.dsl

# --- the C compiler fails ---
check "a C compiler that fails" refuses 3 "exit status 1" "$GRADC" --cc=./fake_cc sum.dsl -o x
check "... its own words are shown" grep -q "fake_cc: no" refuses.log
check "... and the command" grep -qF -- "./fake_cc -std=c11" refuses.log
check "... no output" test ! -e x
check "a C compiler that is not there" refuses 3 "no-such-cc" "$GRADC" --cc=no-such-cc sum.dsl -o x
check "no C compiler at all" refuses 3 "no C compiler" env -u CC PATH=/nowhere "$GRADC" sum.dsl -o x
check "an output folder that is not there" refuses 3 "no/such" "$GRADC" sum.dsl -o no/such/x
check "a temporary folder that is not there" refuses 3 "temporary" env TMPDIR=/nowhere "$GRADC" sum.dsl -o x
check "nothing is left" nothing_left

printf '#!/bin/sh\n: >started\nexec sleep 20\n' >slow_cc
chmod +x slow_cc
stopped() {
    "$GRADC" --cc=./slow_cc sum.dsl -o x &
    waits=0
    while [ ! -e started ] && [ $((waits += 1)) -le 100 ]; do sleep 0.1; done
    kill -TERM $!
    exits 143 wait $!
}
check "a signal stops gradc and its compiler" stopped
check "nothing is left" nothing_left

# --- what is overwritten ---
echo "my notes" >notes
check "a file of the user's is not overwritten" refuses 2 "did not make" "$GRADC" sum.dsl -o notes
check "... nor changed" grep -q "my notes" notes
check "-f overwrites it" "$GRADC" -f sum.dsl -o notes
check "a program of gradc's is overwritten" "$GRADC" sum.dsl -o notes
check "the model is not overwritten" refuses 2 "the model itself" "$GRADC" --force sum.dsl -o ./sum.dsl
check "... nor through a link" sh -c "ln -s sum.dsl link && ! '$GRADC' -f --emit=c sum.dsl -o link"
ln -s elsewhere dangling
check "a symbolic link is not followed" refuses 2 "symbolic link" "$GRADC" sum.dsl -o dangling
mkdir folder
check "a folder is not overwritten" refuses 2 "directory" "$GRADC" -f sum.dsl -o folder
mkfifo pipe
check "a FIFO is not overwritten" refuses 2 "regular" "$GRADC" -f sum.dsl -o pipe
echo "my notes" >kept2.c
check "--keep doesn't overwrite the user's C" refuses 2 "kept2.c" "$GRADC" --keep sum.dsl -o kept2
check "... and makes nothing then" test ! -e kept2

# --- errors ---
check "gradc check of a good model" "$GRADC" check tiny.dsl
check "gradc check of a bad one" refuses 1 "bad.dsl:1:7: error:" "$GRADC" check bad.dsl
check "a bad model makes no file" sh -c "! '$GRADC' bad.dsl && test ! -e bad"
check "a model that is not there" refuses 1 "none.dsl" "$GRADC" none.dsl
check "no model" refuses 2 "which model" "$GRADC"
check "two models" refuses 2 "one model" "$GRADC" sum.dsl tiny.dsl
check "-o without a name" refuses 2 "needs a value" "$GRADC" sum.dsl -o
check "gradc check -o" refuses 2 "makes no file" "$GRADC" check sum.dsl -o x
check "an unknown option" refuses 2 "did you mean '--emit'" "$GRADC" --emti=c sum.dsl
check "an unknown short option" refuses 2 "-z" "$GRADC" -z sum.dsl
check "an option without its value" refuses 2 "--emit=c|lib" "$GRADC" --emit sum.dsl
check "a flag with a value" refuses 2 "takes no value" "$GRADC" --keep=yes sum.dsl
check "--emit of something else" refuses 2 "not 'elf'" "$GRADC" --emit=elf sum.dsl
check "-- ends the options" refuses 1 "'-x.dsl'" "$GRADC" -- -x.dsl
if [ -w /dev/full ]; then
    check "a full disk under --help" exits 3 sh -c "'$GRADC' --help >/dev/full"
    check "a full disk under --emit=ir" exits 3 sh -c "'$GRADC' --emit=ir tiny.dsl >/dev/full"
fi

# --- help ---
check "--version" says "gradc 0" "$GRADC" --version
check "--help" says "usage: gradc" "$GRADC" --help
check "-h" says "usage: gradc" "$GRADC" -h
for option in $("$GRADC" --help | sed -nE 's/^  (-[A-Za-z]|--[a-z-]+).*/\1/p'); do
    escaped=$(printf '%s' "$option" | sed 's/-/\\\\-/g')
    check "the manual page has $option" grep -q -- "$escaped" "$SRC/docs/gradc.1"
done
finish
