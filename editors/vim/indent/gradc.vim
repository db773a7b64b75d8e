" Indentation as `gradc fmt` has it: four behind an open bracket, or beneath what stands behind it; lines
" that begin with |>, with or over go on with the statement before.
if exists('b:did_indent')
  finish
endif
let b:did_indent = 1

setlocal indentexpr=GradcIndent(v:lnum)
setlocal indentkeys=0{,0},0),0],0\|,!^F,o,O,e
let b:undo_indent = 'setlocal indentexpr< indentkeys<'

if exists('*GradcIndent')
  finish
endif

" A line without its strings and its comment.
function! s:Code(lnum) abort
  let text = substitute(getline(a:lnum), '"\%(\\.\|[^"\\]\)*"', '\=repeat("x", len(submatch(0)))', 'g')
  return substitute(text, '\s*#.*$', '', '')
endfunction

" The line above that has code; 0 where there is none.
function! s:Above(lnum) abort
  let above = prevnonblank(a:lnum - 1)
  while above > 0 && getline(above) =~# '^\s*#'
    let above = prevnonblank(above - 1)
  endwhile
  return above
endfunction

" Whether a line goes on with the statement above.
function! s:Continues(lnum) abort
  let above = s:Above(a:lnum)
  return above > 0 && (getline(a:lnum) =~# '^\s*\%(|>\|\%(with\|over\)\>\)'
        \ || s:Code(above) =~# '\%([-+*/%@=<>,]\||>\|\<\%(and\|or\|not\)\)$')
endfunction

" The column beneath the innermost bracket that the lines from lnum up leave open, for a line inside, or
" for one that closes it; or [the first line of the balanced statement there].
function! s:Inside(lnum, closes) abort
  let depth = 0
  let lnum = a:lnum
  while lnum > 0
    let code = s:Code(lnum)
    let i = len(code) - 1
    while i >= 0
      if code[i] =~# '[])}]'
        let depth += 1
      elseif code[i] =~# '[[({]' && depth > 0
        let depth -= 1
      elseif code[i] =~# '[[({]'
        if code[i] ==# '{' && i < len(code) - 1
          return a:closes ? indent(lnum) : i + 2
        elseif i < len(code) - 1
          return a:closes ? i : i + 1
        endif
        " A head over several lines is indented as its first.
        let head = code[i] ==# '{' && code !~# '^\s*}' ? s:Start(lnum) : lnum
        return indent(head) + (a:closes ? 0 : shiftwidth())
      endif
      let i -= 1
    endwhile
    if depth == 0 && !a:closes && !s:Continues(lnum)
      return [lnum]
    endif
    let lnum = s:Above(lnum)
  endwhile
  return [a:lnum]
endfunction

" The first line of the statement whose last line this is.
function! s:Start(lnum) abort
  let depth = 0
  let lnum = a:lnum
  while lnum > 1
    for char in reverse(split(substitute(s:Code(lnum), '{$', '', ''), '\zs'))
      let depth += char =~# '[])}]' ? 1 : char =~# '[[({]' ? -1 : 0
    endfor
    if depth <= 0 && !s:Continues(lnum)
      break
    endif
    let lnum = s:Above(lnum)
  endwhile
  return max([lnum, 1])
endfunction

function! GradcIndent(lnum) abort
  let above = s:Above(a:lnum)
  if above == 0
    return 0
  endif
  let inside = s:Inside(above, getline(a:lnum) =~# '^\s*[])}]')
  if type(inside) == v:t_number
    return inside
  endif
  return indent(s:Start(inside[0])) + (s:Continues(a:lnum) ? shiftwidth() : 0)
endfunction
