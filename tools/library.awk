# library.awk -- the reference of the standard library, from the comments above its definitions.
#
#     awk -f tools/library.awk lib/std/*.dsl > docs/library.md      (make library-reference)
#
# With -v examples=DIR it writes each example to DIR/FILE-NAME.dsl instead, and what it must print to
# DIR/FILE-NAME.out.  The form of a comment is described in CONTRIBUTING.md, and what breaks it is an
# error: FILE:LINE: NAME ...  Exit status 1 then.

function complain(what) {
    printf "%s:%d: %s\n", FILENAME, FNR, what > "/dev/stderr"
    wrong = 1
}

function trim(text) {
    sub(/^ +/, "", text)
    sub(/ +$/, "", text)
    return text
}

function say(text) { page = page text "\n" }

# Prose, so that Markdown shows it as it stands; PyTorch's names as code.
function prose(text,    out) {
    gsub(/[*<]/, "\\\\&", text)
    gsub(/  +/, " ", text)
    out = ""
    while (match(text, /torch\.[A-Za-z0-9_.]*[A-Za-z0-9_](\([^()]*\))?/)) {
        out = out substr(text, 1, RSTART - 1) "`" unescaped(substr(text, RSTART, RLENGTH)) "`"
        text = substr(text, RSTART + RLENGTH)
    }
    return out text
}
function unescaped(text) { gsub(/\\/, "", text); return text }

# Lines of text: paragraphs, and what is indented as a block.  `lead` stands before the first.
function render(lead, text,    count, lines, i, open, gap) {
    count = split(text, lines, "\n")
    open = gap = 0 # gap: a blank line is due before what comes next
    for (i = 1; i <= count; i++) {
        if (open && lines[i] !~ /^    /) {
            say("```")
            open = 0
            gap = 1
        }
        if (lines[i] ~ /^    /) {
            if (!open) {
                if (lead != "") say(lead)
                if (page !~ /\n\n$/) say("")
                say("```")
                open = 1
                lead = ""
            }
            say(substr(lines[i], 5))
        } else if (lines[i] ~ /[^ ]/) {
            if (gap) say("")
            say(lead (lead == "" ? "" : " ") prose(lines[i]))
            lead = ""
            gap = 0
        } else {
            gap = 1
        }
    }
    if (open) say("```")
    say("")
}

# ---- a file ----

function file_begins() {
    file_finish()
    base = FILENAME
    sub(/.*\//, "", base)
    sub(/\.dsl$/, "", base)
    in_head = 1
    head = ""
    comment_clear()
    signature = ""
}

function head_ends(    first) {
    in_head = 0
    if (index(head, base ".dsl -- ") != 1)
        complain("the file begins with a comment '# " base ".dsl -- what it holds'")
    head = substr(head, length(base ".dsl -- ") + 1)
    head = toupper(substr(head, 1, 1)) substr(head, 2)
    first = head
    if (match(first, /:?\n\n/)) first = substr(first, 1, RSTART - 1)
    gsub(/\n/, " ", first)
    if (match(first, /\.( |$)/)) first = substr(first, 1, RSTART - 1)
    files[++file_count] = base
    summary[base] = first
    say("## " base "\n")
    render("", head)
}

function file_finish() {
    if (base != "" && in_head) head_ends()
}

# ---- a comment: text, and fields ----

function comment_clear() {
    split("", field)
    current = "text"
    had_comment = 0
}

function comment_line(line) {
    sub(/^# ?/, "", line)
    had_comment = 1
    if (match(line, /^(Shapes|PyTorch|Example|Helper of):/)) {
        current = substr(line, 1, RLENGTH - 1)
        line = substr(line, RLENGTH + 1)
        if (current in field) complain("'" current ":' stands twice in a comment")
        field[current] = trim(line)
        return
    }
    if (current in field) field[current] = field[current] "\n" line
    else field[current] = line
}

# ---- a definition ----

# How many groups of brackets are closed in text, and whether none is open: the end of the
# signature is where `want` groups are, its length; or 0.
function signature_length(text, want,    i, c, depth, groups) {
    depth = groups = 0
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "(" || c == "[") depth++
        if (c == ")" || c == "]") {
            if (--depth == 0 && c == ")" && ++groups == want) return i
        }
    }
    return 0
}

function definition_begins(line) {
    signature = line
    match(signature, /^[a-z]+ +/)
    kind = trim(substr(signature, 1, RLENGTH))
    name = substr(signature, RLENGTH + 1)
    match(name, /^[A-Za-z0-9_]+/)
    name = substr(name, 1, RLENGTH)
}

function definition_goes_on(    length_there) {
    if (kind == "const") {
        definition_ends(signature)
        return
    }
    length_there = signature_length(signature, kind == "def" ? 1 : 2)
    if (length_there) definition_ends(substr(signature, 1, length_there))
}

# The words in the brackets of "relu(x): ..." must be parameters of the definition.
function check_first_line(full,    line, args, count, words, i) {
    line = field["text"]
    if (index(line, name "(") != 1 && !(kind == "const" && index(line, name ":") == 1)) {
        complain(name ": its comment begins with '# " name (kind == "const" ? "" : "(...)") ": what it gives'")
        return
    }
    if (kind == "const") {
        field["text"] = trim(substr(line, length(name) + 2))
        return
    }
    count = signature_length(line, kind == "module" ? 2 : 1)
    args = substr(line, 1, count)
    if (!count || substr(line, count + 1, 1) !~ /[:\n]/) {
        complain(name ": behind '" args "' stands a colon and what it gives")
        return
    }
    field["text"] = trim(substr(line, count + 2))
    count = split(substr(args, length(name) + 1), words, /[^A-Za-z0-9_]+/)
    for (i = 1; i <= count; i++)
        if (words[i] != "" && full !~ ("[(, ]" words[i] "[:,=) \n]"))
            complain(name ": its comment speaks of '" words[i] "', which is no parameter of it")
}

function definition_ends(full,    needed, count, i, example) {
    signature = ""
    if ("Helper of" in field) { comment_clear(); return }
    if (!("text" in field)) {
        complain(name ": no comment above it (see 'Add to the library' in CONTRIBUTING.md)")
        comment_clear()
        return
    }
    check_first_line(full)
    count = split("Shapes PyTorch Example", needed, " ")
    for (i = 1; i <= count; i++)
        if (!(needed[i] in field) && !(kind == "const" && needed[i] == "Shapes"))
            complain(name ": no '# " needed[i] ":' in its comment (see 'Add to the library' in CONTRIBUTING.md)")
        else if ((needed[i] in field) && field[needed[i]] !~ /[^ \n]/)
            complain(name ": nothing stands behind '# " needed[i] ":'")
    names[base] = names[base] (names[base] == "" ? "" : " ") "[`" name "`](#" name ")"
    say("### " name "\n")
    say("```\n" full "\n```\n")
    render("", field["text"])
    if ("Shapes" in field) render("**Shapes:**", field["Shapes"])
    render("**PyTorch:**", field["PyTorch"])
    show_example(field["Example"])
    comment_clear()
}

# Code, and behind `> ` what it prints.
function show_example(text,    count, lines, i, code, out) {
    count = split(text, lines, "\n")
    code = out = ""
    for (i = 1; i <= count; i++) {
        if (lines[i] ~ /^ *$/) continue
        if (lines[i] !~ /^    /)
            complain(name ": the lines below '# Example:' are indented by four")
        if (lines[i] ~ /^    > ?/) out = out substr(lines[i], lines[i] ~ /^    > / ? 7 : 6) "\n"
        else if (out != "") complain(name ": in an example, what it prints stands last")
        else code = code substr(lines[i], 5) "\n"
    }
    if (examples != "") {
        printf "%s", code > (examples "/" base "-" name ".dsl")
        close(examples "/" base "-" name ".dsl")
        if (out != "") {
            printf "%s", out > (examples "/" base "-" name ".out")
            close(examples "/" base "-" name ".out")
        }
    }
    say("```dsl\n" code "```")
    if (out != "") say("```output\n" out "```")
    say("")
}

# ---- lines ----

FNR == 1 { file_begins() }

signature != "" { # a definition whose head takes several lines
    signature = signature "\n" $0
    definition_goes_on()
    next
}

in_head && /^#/ { sub(/^# ?/, ""); head = head (head == "" ? "" : "\n") $0; next }
in_head         { head_ends() }

/^#/                                      { comment_line($0); next }
/^(def|module|optimizer|const) /          { definition_begins($0); definition_goes_on(); next }
/^[^ \t}]/                                { complain("neither a comment nor a definition: " $0) }
/^[ \t]*$/ && had_comment && FNR > 1      { comment_clear() }

END {
    file_finish()
    if (wrong) exit 1
    if (examples != "") exit 0
    print "# The standard library\n"
    print "<!-- Made by `make library-reference` from the comments in lib/std: change those. -->\n"
    print "Written in the language, in the files of `lib/std/`; they ship with the compiler"
    print "(`PREFIX/share/gradc/std`), to be read and copied. Of each entry: how it is called with its defaults,"
    print "what it gives, the shapes, what PyTorch calls it, and an example, which the tests run. Built-in"
    print "functions are in [language.md](language.md#operations).\n"
    print "| file | what | names |\n|---|---|---|"
    for (i = 1; i <= file_count; i++)
        printf "| [%s](#%s) | %s | %s |\n", files[i], files[i], prose(summary[files[i]]), names[files[i]]
    printf "\n%s", page
}
