"""Compare the time of importing this package with that of what it stands on.

Each import runs in a process of its own, in turns; compiled files are there before. The
processor's time is that of the whole process, with the start of Python, which is shown
alone, taken off. A second table takes off what a worker of a search imports before it
gets an estimator. A third shows what each process of a search takes beside its imports:
the end of Python, and in its first fit numba and the compiled LSTM, or the compiler of
torch, which its optimizers import.

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
IMPORTS = (
    f"{WORKER}; import sklearn_rnn, os; from sklearn_rnn.kernels import _cell_arrays"
)
LEAVE = "os._exit(0)"  # without the end of Python
COMPILED = (
    "[_cell_arrays.load_compiled(f) for f in ('_lstm', '_linear', '_row_reading')]"
)
BESIDE = {
    "nothing": f"{IMPORTS}; {LEAVE}",
    "end of Python": IMPORTS,
    "numba and the compiled LSTM": f"{IMPORTS}; {COMPILED}; {LEAVE}",
    "compiler of torch": f"{IMPORTS}; import torch._dynamo; {LEAVE}",
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
        ("beside the imports of a search", BESIDE, "the imports"),
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
