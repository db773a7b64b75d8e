#!/bin/sh
# embed.sh -- text files as C arrays.
#
#   tools/embed.sh OUT.c NAME FILE...
#
# writes NAME_names[] (base names), NAME_texts[] (NUL-terminated) and NAME_count to OUT.c.
set -eu
export LC_ALL=C

[ $# -ge 3 ] || { echo "usage: embed.sh OUT.c NAME FILE..." >&2; exit 2; }
out=$1
name=$2
shift 2
part=$out.part
trap 'rm -f "$part"' EXIT

# bytes FILE: the bytes as numbers, each with a comma, sixteen a line
bytes() {
    od -An -v -tu1 "$1" | awk '{ for (i = 1; i <= NF; i++) printf "%s,", $i; print "" }'
}

{
    echo "/* Made by tools/embed.sh. */"
    echo "extern const char *const ${name}_names[];"
    echo "extern const char *const ${name}_texts[];"
    echo "extern const int ${name}_count;"
    index=0
    for file; do
        echo
        echo "static const unsigned char text_${index}[] = { /* ${file##*/} */"
        bytes "$file"
        echo "0};"
        index=$((index + 1))
    done
    echo
    echo "const char *const ${name}_names[] = {"
    for file; do echo "    \"${file##*/}\","; done
    echo "};"
    echo "const char *const ${name}_texts[] = {"
    index=0
    for file; do
        echo "    (const char *)text_$index,"
        index=$((index + 1))
    done
    echo "};"
    echo "const int ${name}_count = $#;"
} >"$part"
mv "$part" "$out"
