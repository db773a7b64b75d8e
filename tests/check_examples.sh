#!/bin/sh
# check_examples.sh -- `make check-examples`: trains each example to the result that it states (minutes to
# hours; tests/examples.sh trains the small ones, and some steps of the others).
#
#     make check-examples                          all of tests/models/models.txt
#     make check-examples MODELS='lenet svm'       some
. "$(dirname "$0")/lib.sh"
. "$SRC/tests/models/train.sh"

cd "$TMP" || exit 1
"${CC:-cc}" -O1 "$SRC/bench/measure.c" -o measure || exit 1
printf '%-12s %9s  %s\n' model seconds result
for model in ${MODELS:-$(model_names)}; do
    [ -n "$(model_field "$model" 4)" ] || { fail "$model is not in models.txt"; continue; }
    model_has_data "$model" || { skip "$model: its data is not here"; continue; }
    check "$model compiles" model_build "$model"
    check "$model trains" model_train "$model" ./measure took.txt
    result=$(model_result "$model") && pass "$model: $result" || fail "$model: $result"
    printf '%-12s %9.1f  %s\n' "$model" "$(awk '/^wall/ { print $2 }' took.txt)" "$result" >>table.txt
done
cat table.txt
finish
