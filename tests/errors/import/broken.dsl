def half(x) = x /
