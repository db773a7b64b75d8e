

#!every odd place
   # indented, first
import "x.dsl"   # behind an import
const a=1#touching
# above a def
def f(x, # behind a parameter
      y  # behind the last
  # alone in a head
     ) { # behind a brace

  # first in a block

  z=x+  # behind an operator
  # alone in a continuation
      y
  return z # behind a return
  # last in a block

}
# between an if
if a>0 { # open
    b=1
}
# before an else
else if a<0{
}
# before another else
else { b=2 } # closed
c=b # before a pipe
   # alone before a pipe
   |> relu # behind a pipe
d=[ # in a list
1,2, # a row

# alone in a list

3,4
# last in a list
]
train { # behind train
# é, 中 and a tab	inside
minimize c with sgd() # the first group
# alone in the groups
over a # the second
}
# at the end

   # of the file


