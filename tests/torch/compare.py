#!/usr/bin/env python3
"""compare.py -- gradc against PyTorch: `make check-torch`.  See harness.py.

    GRADC=build/gradc python3 tests/torch/compare.py [a part of a case's name]"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import coverage
import elementary
import functions
import harness
import indexing
import library
import recurrent
import sequences
import training


def main():
    functions.add_all()
    elementary.add_all()
    indexing.add_all()
    library.add_all()
    recurrent.add_all()
    sequences.add_all()
    if len(sys.argv) > 1:
        harness.cases[:] = [c for c in harness.cases if sys.argv[1] in c["name"]]
    compared, failures = harness.run_cases("-O1")
    if len(sys.argv) == 1:
        more, wrong = training.run_all()
        compared += more
        failures += wrong
        failures += coverage.missing(harness.cases)
    print("%d cases, %d tensors compared with torch, %d differ" % (len(harness.cases), compared, len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
