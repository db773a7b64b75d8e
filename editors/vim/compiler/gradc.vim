" :make shows the errors and warnings of `gradc check` in the quickfix list.
if exists('current_compiler')
  finish
endif
let current_compiler = 'gradc'

CompilerSet makeprg=gradc\ check\ %:S
CompilerSet errorformat=%f:%l:%c:\ %trror:\ %m,%f:%l:%c:\ %tarning:\ %m,%f:%l:%c:\ %tote:\ %m,%-G%.%#
