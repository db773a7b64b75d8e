def apply(f, x) = f(f, x)
print apply(apply, 1.0)
#! recursion_self.dsl:1:19: error: 'apply' is recursive: apply -> apply
#!     1 | def apply(f, x) = f(f, x)
#!       |                   ^~~~~~~ calls are inlined, so none may lead back to itself
#! recursion_self.dsl:2:7: note: in the call of 'apply', here
#!     2 | print apply(apply, 1.0)
#!       |       ^~~~~~~~~~~~~~~~~
