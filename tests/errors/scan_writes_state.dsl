module counter()(x) {
    state seen = 0.0
    seen <- seen + 1
    return x
}
input x: f32[batch, 4, 3]
count = counter()
output y = scan t in 0..4 {
    yield count(x[:, t])
}
#! scan_writes_state.dsl:3:5: error: a state cannot be written in a scan
#!     3 |     seen <- seen + 1
#!       |     ^~~~~~~~~~~~~~~~ carry it, and write it once, behind the scan
#! scan_writes_state.dsl:9:11: note: in the call of 'counter', here
#!     9 |     yield count(x[:, t])
#!       |           ^~~~~~~~~~~~~~
