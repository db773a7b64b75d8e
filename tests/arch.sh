#!/bin/sh
# arch.sh -- programs for other processors than this one: --arch, the choice at the start, and what a program
# says where it cannot run.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1

cat >net.dsl <<'E'
input x: f32[batch, 20]
loss = mean((x |> linear(33) |> tanh |> linear(7) |> softmax) ** 2)
data train { x = randn(100, 20) }
train { minimize loss with adam(lr = 0.01)
        batch  = 16
        epochs = 3 }
E

check "--arch of no name" exits 2 "$GRADC" '--arch=x86-64;reboot' net.dsl
check "--arch of nothing" exits 2 "$GRADC" --arch= net.dsl
check "--arch with an empty place" exits 2 "$GRADC" --arch=native,,generic net.dsl
check "--arch that begins as an option" exits 2 "$GRADC" --arch=-o net.dsl
check "--arch of the same twice" exits 2 "$GRADC" --arch=generic,native,generic net.dsl
check "--arch of what the C compiler does not know" exits 3 "$GRADC" --arch=pdp11 net.dsl
check "... leaves nothing" sh -c "! test -e net"
check "several go with programs" exits 2 "$GRADC" --arch=native,generic --emit=c net.dsl
check "... and not with run" exits 2 "$GRADC" --arch=native,generic run net.dsl

check "--arch=generic" "$GRADC" --arch=generic net.dsl -o generic
check "... is what the program says" says "for generic" ./generic --version
check "--cc-flags are this machine's" says "-march=native" "$GRADC" --cc-flags
no_march() { "$GRADC" --cc-flags --arch=generic >flags && ! grep -e -march flags; }
check "... or those of --arch" no_march
check "... of one" exits 2 "$GRADC" --cc-flags --arch=native,generic
check "--emit=c" "$GRADC" --emit=c net.dsl
check "... says the flags" grep -q '^ \* .*-march=native' net.c
check "--emit=c --arch" "$GRADC" --emit=c --arch=generic net.dsl -o other.c
check "... says how to have the same" grep -q '^ \* Build:.*gradc --cc-flags --arch=generic' other.c

alike() { # alike A B: the same numbers, to rounding
    paste "$1" "$2" | awk '{ d = $1 - $2; if (d < 0) d = -d; if (!($1 > 0) || d > 1e-5 * $1) { print; bad = 1 } }
                           END { exit bad || NR != 21 }'
}
train() { # train ARCH: the losses of that version
    GRT_ARCH=$1 ./several --no-save --log "$1.csv" --quiet && awk -F, '$3 == "train" { print $4 }' "$1.csv" >"$1.losses"
}

case $(uname -m) in
x86_64)
    check "a program of three versions" "$GRADC" --arch=x86-64-v4,x86-64-v3,generic net.dsl -o several
    check "GRT_ARCH=generic" train generic
    for level in 3 4; do
        if GRT_ARCH=x86-64-v$level ./several --no-save --no-log --quiet >/dev/null 2>&1; then
            check "GRT_ARCH=x86-64-v$level" train x86-64-v$level
            check "... is that one" says "for x86-64-v$level;" env GRT_ARCH=x86-64-v$level ./several --version
            check "... whose losses are the same, to rounding" alike generic.losses x86-64-v$level.losses
        else
            check "on this machine v$level cannot run, and says so" says lacks env GRT_ARCH=x86-64-v$level ./several
        fi
    done
    check "GRT_ARCH of none of them" exits 2 env GRT_ARCH=sparc ./several
    check "... names them" says "x86-64-v4, x86-64-v3, generic" env GRT_ARCH=sparc ./several
    check "GRT_ARCH that is empty chooses" ./several --no-save --no-log --quiet
    # No processor but AMD's of 2011 to 2016 has XOP.
    if ! grep -qw xop /proc/cpuinfo; then
        check "a program for a processor that is not here" "$GRADC" --arch=bdver2 net.dsl -o bulldozer
        check "... says so" says "lacks" ./bulldozer
        check "... and ends with 3" exits 3 ./bulldozer
        check "... when asked to predict, too" exits 3 ./bulldozer info
        check "... but gives help" ./bulldozer --help
        check "with a second version" "$GRADC" --arch=bdver2,generic net.dsl -o both
        check "... the one that fits is chosen" says "for generic" ./both --version
        check "... and runs" ./both --no-save --no-log --quiet
        check "... unless the other is forced" exits 3 env GRT_ARCH=bdver2 ./both
    else
        skip "a program for a processor that is not here: this one is of that kind"
    fi
    ;;
*)
    check "a program of two versions" "$GRADC" --arch=native,generic net.dsl -o several
    check "GRT_ARCH=native" train native
    check "GRT_ARCH=generic" train generic
    check "... whose losses are the same, to rounding" alike generic.losses native.losses
    skip "versions for x86: this is $(uname -m)"
    ;;
esac
check "--keep keeps the source of all" "$GRADC" -f --keep --arch=native,generic net.dsl -o kept
check "... which says how it was built" grep -q 'gradc --arch=native,generic' kept.c
finish
