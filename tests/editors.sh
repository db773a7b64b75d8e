#!/bin/sh
# editors.sh -- the words of the language are known; Vim, where it is, colours and indents a program and
# reads gradc's errors.
. "$(dirname "$0")/lib.sh"

# The lists (docs.sh compares them with the compiler's), against words that are certainly there.
for word in minimize metric relu cross_entropy argmax f32 steps_per_epoch none; do
    check "$word is known to Vim" grep -qE "[ (|]$word([ \\\\]|\$)" "$SRC/editors/vim/syntax/gradc.vim"
    check "$word is known to the grammar" grep -qE "[(:|]$word[|)]" "$SRC/editors/vscode/syntaxes/gradc.tmLanguage.json"
done

if ! vim --version 2>/dev/null | grep -q '+syntax'; then
    skip "Vim itself: vim with +syntax is not here (apt-get install vim)"
    finish
fi
cd "$TMP" || exit 1
cat >start.vim <<V
set nocompatible nomore runtimepath^=$SRC/editors/vim
filetype plugin indent on
syntax on
V
cat >model.dsl <<'D'
# relu is a comment here
const width = 64
input x: f32[batch, 8]
state = relu("x") # a name here
D
cat >groups.vim <<'V'
edit model.dsl
let groups = map([[1, 3], [2, 1], [2, 15], [3, 1], [3, 10], [3, 14], [4, 1], [4, 9], [4, 15], [4, 20]],
      \ 'synIDattr(synID(v:val[0], v:val[1], 1), "name")')
call writefile(groups, 'groups')
qa!
V
vim -es -u start.vim -S groups.vim </dev/null >/dev/null 2>&1
printf 'gradc%s\n' Comment Keyword Number Starter Type Counter '' Library String Comment | sed 's/^gradc$//' >wanted
check "Vim colours each kind of word" diff -u wanted groups

# A program in the one style, its indentation taken away and given back.
cat "$SRC/lib/std/optimizers.dsl" "$SRC/tests/fmt/align.formatted" "$SRC/examples/digits.dsl" >indented.dsl
sed 's/^ *//' indented.dsl >flat.dsl
printf 'edit flat.dsl\nnormal gg=G\nwrite! again.dsl\nqa!\n' >indent.vim
vim -es -u start.vim -S indent.vim </dev/null >/dev/null 2>&1
check "Vim indents as gradc fmt does" diff -u indented.dsl again.dsl

mkdir bin && ln -s "$GRADC" bin/gradc
printf 'x = 1\nprint sigmiod(x)\n' >wrong.dsl
cat >make.vim <<'V'
edit wrong.dsl
silent make!
call writefile(map(filter(getqflist(), 'v:val.valid'), 'v:val.lnum . ":" . v:val.col . ":" . v:val.type . ":" . v:val.text'), 'list')
qa!
V
GRADC_HOME=${GRADC_HOME:-$SRC} PATH=$TMP/bin:$PATH vim -es -u start.vim -S make.vim </dev/null >/dev/null 2>&1
check "Vim's :make has the error" grep -qx "2:7:e:unknown name 'sigmiod'" list
finish
