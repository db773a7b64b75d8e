#!/bin/sh
# seeds.sh FOLDER -- the inputs to begin with: FOLDER/TARGET/..., from the programs of the tree (what is
# longer than 4 kB slows a fuzzer down) and the files of corpus/, where also every input lies that once
# found something.  Needs GRADC, for the textual IR.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
for target in source model ir header safetensors npy npz idx csv rows windows json; do
    mkdir -p "$folder/$target"
    [ ! -d "$here/corpus/$target" ] || cp -r "$here/corpus/$target/." "$folder/$target"
done

# A CSV file is read in two ways.
cp -r "$folder/csv/." "$folder/rows"

# The compiler reads the headers of the data files, too.
cp -r "$folder/npy/." "$folder/npz/." "$folder/idx/." "$folder/header"

# The pages' snippets.
for page in "$top"/docs/*.md; do
    awk -v at="$folder/source/$(basename "$page" .md)" '
        /^```dsl$/ { name = sprintf("%s-%03d.dsl", at, ++n); next }
        /^```/     { name = "" }
        name != "" { print > name }' "$page"
done
find "$top/examples" "$top/tests/errors" "$top/tests/fmt" "$top/tests/golden" "$top/tests/library" \
    -name '*.dsl' -size -9 | while read -r file; do
    grep -v '^#!' "$file" | head -c 4096 >"$folder/source/$(basename "$(dirname "$file")")-$(basename "$file")" || true
done
cp "$folder"/source/*.dsl "$folder/model"

# The IR of what compiles, where it is short. A model whose IR is very long takes a fuzzer seconds each time.
for file in "$folder"/model/*.dsl; do
    name=$(basename "$file" .dsl)
    "$GRADC" --emit=ir --no-check "$file" >"$folder/ir/$name.ir" 2>/dev/null || : >"$folder/ir/$name.ir"
    size=$(wc -c <"$folder/ir/$name.ir")
    [ "$size" -lt 131072 ] || rm "$file"
    [ "$size" -gt 0 ] && [ "$size" -lt 16384 ] || rm "$folder/ir/$name.ir"
done
