# train.sh -- trains the models of models.txt; sourced by check_examples.sh and table.sh, which set GRADC and SRC.
# shellcheck shell=sh
MODELS_TXT=$SRC/tests/models/models.txt
m=$SHARED/data/mnist
MNIST="--data.train.image $m/train-images-idx3-ubyte.gz --data.train.label $m/train-labels-idx1-ubyte.gz
    --data.test.image $m/t10k-images-idx3-ubyte.gz --data.test.label $m/t10k-labels-idx1-ubyte.gz"

model_names() { awk -F '|' '!/^#/ && NF { gsub(/ /, "", $1); print $1 }' "$MODELS_TXT"; }

# model_field NAME NUMBER: a column of the model's line, without the blanks around it
model_field() {
    awk -F '|' -v name="$1" -v column="$2" '
        !/^#/ { id = $1; gsub(/ /, "", id) }
        id == name { text = $column; gsub(/^ +| +$/, "", text); print text; exit }' "$MODELS_TXT"
}

# model_has_data NAME
model_has_data() {
    case $(model_field "$1" 3) in
    *'$MNIST'*) [ -f "$m/train-images-idx3-ubyte.gz" ] ;;
    esac
}

# Sets $options: those of the program, $MNIST replaced.
model_options() {
    options=$(model_field "$1" 3)
    case $options in *'$MNIST'*) options="${options%%\$MNIST*}$MNIST${options#*\$MNIST}" ;; esac
}

# A checkpoint X.safetensors that the options name is that of the model X, which is trained where it is not here.
model_needs() {
    model_options "$1"
    for word in $options; do
        case $word in
        *.safetensors) [ -f "$word" ] || { model_build "${word%.safetensors}" && model_train "${word%.safetensors}"; } ;;
        esac
    done
}

# model_build NAME: the program NAME in this folder
model_build() {
    if [ -d "$SRC/examples/$1" ]; then
        sh "$SRC/examples/$1/build.sh" "$GRADC"
    else
        # shellcheck disable=SC2046 # several flags
        "$GRADC" -f $(model_field "$1" 2) "$SRC/examples/$1.dsl" -o "$1"
    fi
}

# model_train NAME [COMMAND...]: trains, by the command; what it says is in NAME.log
model_train() {
    model_needs "$1" || return 1
    name=$1
    shift
    model_options "$name"
    # shellcheck disable=SC2086 # the options are words
    "$@" "./$name" $options >"$name.log" 2>&1 || { tail -n 5 "$name.log"; return 1; }
}

# model_value NAME SPLIT METRIC: what the trained program's evaluation, else the log, says of a metric
model_value() {
    model_options "$1"
    # A folder's program is not a trainer, and has no such command.
    # shellcheck disable=SC2086
    { [ ! -d "$SRC/examples/$1" ] && "./$1" eval --split "$2" $options >eval.txt 2>/dev/null; } || cp "$1.log" eval.txt
    sed -n "s/^$2: \(.*[, ]\)\{0,1\}$3 \([-+.0-9eE]*\).*/\2/p" eval.txt | tail -n 1
}

# model_result NAME: "test accuracy 0.9663, ..."; fails where it is not what the line promises
model_result() {
    model_field "$1" 4 | tr ',' '\n' | {
        result= kept=0
        while read -r split metric relation bound; do
            value=$(model_value "$1" "$split" "$metric")
            result="$result${result:+, }$split $metric ${value:-missing}"
            awk -v a="$value" -v b="$bound" -v r="$relation" \
                'BEGIN { exit !(a != "" && (r == ">=" ? a + 0 >= b : r == "<=" && a + 0 <= b)) }' ||
                { result="$result (not $relation $bound)"; kept=1; }
        done
        echo "$result"
        return $kept
    }
}
