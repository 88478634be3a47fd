"""Compare the time of importing this package with that of what it stands on.

Each import runs in a process of its own, in turns; compiled files are there before. The
processor's time is that of the whole process, with the start of Python, which is shown
alone, taken off. A second table takes off what a worker of a search imports before it
gets an estimator.

    python examples/benchmarks/bench_import.py [--quick] [--cpu]
"""

import os
import subprocess
import sys

from measuring import read_arguments, show, take_turns

PROGRAMS = {
    "torch, scikit-learn, skorch": "import torch, sklearn, skorch",
    "sklearn_rnn": "import sklearn_rnn",
    "torch, scikit-learn, skorch, pandas": "import torch, sklearn, skorch, pandas",
    "torch": "import torch",
    "nothing": "",
}
WORKER = "import sklearn.model_selection, pandas"  # what a search sends to its workers
IN_WORKERS = {
    "nothing": WORKER,
    "torch": f"{WORKER}; import torch",
    "sklearn_rnn": f"{WORKER}; import sklearn_rnn",
}


def children_seconds():
    """Return the processor time of the processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def main():
    """Print one line per import; ratios are to the first."""
    arguments = read_arguments(__doc__)

    n_rounds = 2 if arguments.quick else 11
    clock = {"clock": children_seconds} if arguments.cpu else {}
    tables = [
        ("import, without the start of Python", PROGRAMS, "start of Python"),
        ("import in a worker of a search", IN_WORKERS, "what it has before"),
    ]
    for title, programs, before in tables:
        calls = {name: lambda p=program: run(p) for name, program in programs.items()}
        times, first = take_turns(calls, n_rounds, **clock)
        start = times.pop("nothing")
        show(title, {name: seen - start for name, seen in times.items()}, first)
        print(f"{before:38}{'':12}{sorted(start)[len(start) // 2]:10.3f}")


def run(program):
    """Run a program in a Python of its own."""
    subprocess.run([sys.executable, "-c", program], check=True)


if __name__ == "__main__":
    main()
