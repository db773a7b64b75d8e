" *.dsl is a gradc model (Vim's own guess is DSSSL, a style sheet language of SGML).
autocmd BufRead,BufNewFile *.dsl set filetype=gradc
