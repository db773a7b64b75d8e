" Settings for gradc models: comments, indentation by four, gq by `gradc fmt`, :make by `gradc check`.
if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1

setlocal comments=:# commentstring=#\ %s
setlocal expandtab shiftwidth=4 softtabstop=4 textwidth=100
setlocal formatoptions-=t
setlocal formatprg=gradc\ fmt\ -
compiler gradc

let b:undo_ftplugin = 'setlocal comments< commentstring< expandtab< shiftwidth< softtabstop<'
      \ . ' textwidth< formatoptions< formatprg< makeprg< errorformat<'
