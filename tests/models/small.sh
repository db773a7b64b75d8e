# small.sh -- the models of small.txt; sourced behind lib.sh, in the folder where they run.
#
#     small_names               their names
#     small_source gpt          examples/gpt.dsl
#     small_options gpt         -Dlayers=1 ..., for gradc;  small_words gpt: for the program
#     small_data                makes a folder data/, and what looks like the files of MNIST, here
#
# shellcheck shell=sh
SMALL_TXT=$SRC/tests/models/small.txt

small_field() {
    awk -F '|' -v name="$1" -v column="$2" '
        !/^#/ { id = $1; gsub(/ /, "", id) }
        id == name { text = $column; gsub(/^ +| +$/, "", text); print text; exit }' "$SMALL_TXT"
}
small_names() { awk -F '|' '!/^#/ { gsub(/ /, "", $1); print $1 }' "$SMALL_TXT"; }
small_source() { small_field "$1" 2; }
small_options() { small_field "$1" 3; }
small_words() { small_field "$1" 4; }

# bytes NUMBER...
small_bytes() { for byte; do printf "\\$(printf %o "$byte")"; done; }

# small_images NAME COUNT: an IDX file of as many images, of 28 x 28 bytes of text, and one of labels, which are of digits
small_images() {
    { small_bytes 0 0 8 3 0 0 0 "$2" 0 0 0 28 0 0 0 28
      gzip -dc "$SRC/examples/data/shakespeare.txt.gz" | head -c $(($2 * 784)); } | gzip >"$1-images-idx3-ubyte.gz"
    # shellcheck disable=SC2046 # numbers
    { small_bytes 0 0 8 1 0 0 0 "$2" $(cut -d , -f 65 data/digits.csv | head -n "$2"); } | gzip >"$1-labels-idx1-ubyte.gz"
}

small_data() {
    mkdir data && cp "$SRC"/examples/data/*.csv data && cp "$SRC"/examples/tutorial/*.npy . || return
    gzip -dc "$SRC/examples/data/shakespeare.txt.gz" | head -c 3000 | gzip >data/shakespeare.txt.gz || return
    small_images train 120 && small_images t10k 70
}
