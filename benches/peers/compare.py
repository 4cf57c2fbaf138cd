"""Times one training step of ours, of PyTorch and of JAX on the same work, and prints the table of ratios.

    python benches/peers/compare.py                          # everything; it takes long
    python benches/peers/compare.py --configs C0 --cells lstm --threads 1
    python benches/peers/compare.py --table results.jsonl    # the table again, nothing is run

See README.md for what is compared, and what is not claimed.
"""

import argparse
import contextlib
import importlib.util
import json
import os
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from datetime import date
from importlib import metadata
from pathlib import Path

CONFIGS = {  # B, T, H, D
    "hello": (1, 5, 10, 4),
    "C0": (32, 100, 64, 2),
    "C1": (64, 200, 128, 2),
    "C2": (20, 750, 128, 2),
    "C3": (128, 100, 512, 2),
}
CELLS = {"lstm": "lstm", "gru": "gru", "rnn": "rnn", "lstm_composed": "lstm", "gru_composed": "gru"}  # ours: the peers'
TORCH, JAX = ["torch", "numpy", "safetensors"], ["jax", "optax", "numpy", "safetensors"]
PEERS = {"torch": TORCH, "torch-flush": TORCH, "jax": JAX}  # and the packages they need
MEMORY_CONFIG = "C2"
TOLERANCE = 1e-5
MIN_STEPS, MAX_STEPS = 3, 1000

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Failure(Exception):
    """One line that names the culprit and the cure."""


class Mismatch(Failure):
    """The work is not the same."""


# ---- Measuring


def measure(args):
    """Runs all, round after round; writes every record to the file as it comes, and returns them."""
    binary = args.train_step
    if not os.access(binary, os.X_OK):
        build = "cargo build --release -p benches --bin train_step"
        raise Failure(f"{binary} is missing; run `{build}`, or give --train-step")
    for who in args.peers:
        if missing := [name for name in PEERS[who] if importlib.util.find_spec(name) is None]:
            cure = "pip install -r benches/peers/requirements.txt"
            raise Failure(f"no Python package {', '.join(missing)} in {sys.executable}; run `{cure}` ")
    if (cores := len(usable_cores())) < max(args.threads):
        raise Failure(f"--threads {max(args.threads)} on {cores} core(s); give at most {cores}")
    try:
        out = open(args.out, "x")
    except OSError as e:
        raise Failure(f"{args.out}: {e.strerror}; give another file with --out") from e

    records = []

    def keep(record):
        records.append(record)
        print(json.dumps(record), file=out, flush=True)

    cells = [*args.cells, *args.also]
    rows = [(cell, config, threads) for config in args.configs for cell in cells for threads in args.threads]
    with out, tempfile.TemporaryDirectory() as cases, no_empty_file(records, args.out):
        keep({"about": about(args)})
        for round_ in range(args.rounds):
            for cell, config, threads in rows:
                turn = ["unroll", *args.peers]
                turn = turn[round_ % len(turn) :] + turn[: round_ % len(turn)]  # no one always goes first
                case = Path(cases, f"{cell}-{config}.safetensors")
                label = f"{cell} {config}, {threads} thread(s)"
                if not case.exists():
                    ours(args, cell, config, threads, 1, label, ["--export", case])
                for who in turn:
                    if who == "unroll":
                        record = ours_in_budget(args, cell, config, threads, label)
                    else:
                        record = theirs(args, who, cell, config, threads, case, label)
                    record |= {"round": round_, "impl": who, "cell": cell, "config": config}
                    keep(record)
                    result = f"{short(record['ms'])} ms, first loss {record['loss']:.7f}"
                    print(f"round {round_ + 1}  {label}  {who}: {result}", file=sys.stderr, flush=True)
                check_losses(records)
    return records


@contextlib.contextmanager
def no_empty_file(records, path):
    """A run that fails before its first measurement leaves no file in the way of the next."""
    try:
        yield
    finally:
        if not any("loss" in r for r in records):
            os.remove(path)


def ours(args, cell, config, threads, steps, label, more=()):
    b, t, h, d = CONFIGS[config]
    shards = min(args.shards or threads, b)
    sizes = ["--batch", b, "--steps", t, "--hidden", h, "--input", d]
    how = ["--threads", threads, "--shards", shards, "--dtype", "f32", "--reps", steps]
    return child([args.train_step, "--cell", cell, *sizes, *how, *more], threads, f"train_step, {label}")


def ours_in_budget(args, cell, config, threads, label):
    """`train_step` wants a number of steps: a short run before says how many fill the budget."""
    ms = ours(args, cell, config, threads, MIN_STEPS, label)["ms"]
    steps = min(max(round(args.budget * 1e3 / ms), MIN_STEPS), MAX_STEPS)
    return ours(args, cell, config, threads, steps, label)


def theirs(args, who, cell, config, threads, case, label):
    command = [sys.executable, HERE / "peers.py", who, case, "--cell", CELLS[cell], "--sizes", *CONFIGS[config]]
    command += ["--threads", threads, "--budget", args.budget, "--max-steps", MAX_STEPS]
    return child(command, threads, f"{who}, {label}")


def child(command, threads, label):
    """Runs a process that prints one line of JSON, on as many cores as it has threads."""
    env = dict(os.environ, JAX_PLATFORMS="cpu")
    # Every pool of threads that one of the libraries may open; NPROC is XLA's.
    for name in ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "NPROC"]:
        env[name] = str(threads)
    env["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={str(threads > 1).lower()}"
    if shutil.which("taskset"):
        command = ["taskset", "-c", ",".join(map(str, usable_cores()[-threads:])), *command]
    done = subprocess.run([str(word) for word in command], env=env, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        why = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1].removeprefix("error: ")
        raise Failure(f"{label} ended with code {done.returncode}: {why}")
    return json.loads(lines[-1])


def usable_cores():
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def about(args):
    """The machine, the versions, the day and the command, for a document to quote."""
    versions = {name: metadata.version(name) for name in dict.fromkeys(n for p in args.peers for n in PEERS[p])}
    git = ["git", "-C", ROOT, "describe", "--always", "--dirty"]
    commit = subprocess.run(git, capture_output=True, text=True).stdout.strip() if shutil.which("git") else ""
    command = ["python", "benches/peers/compare.py"]
    for flag in ["configs", "cells", "also", "peers", "threads", "rounds", "budget", "shards"]:
        value = getattr(args, flag)
        if value not in (None, []):
            command += [f"--{flag}", *map(str, value if isinstance(value, list) else [value])]
    return {
        "cpu": cpu(),
        "cores": len(usable_cores()),
        "system": platform.system(),
        "pinned": shutil.which("taskset") is not None,
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "versions": {"unroll": commit or "unknown", "python": platform.python_version(), **versions},
        "date": date.today().isoformat(),
        "command": shlex.join(command),
    }


def cpu():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


# ---- Judging


def check_losses(records):
    """The same weights and data give the same first loss, or it is not the same work."""
    firsts = {}
    for r in records:
        if "loss" in r:
            who, loss = firsts.setdefault((r["cell"], r["config"]), (r["impl"], r["loss"]))
            # Not `>`: a loss that is not a number agrees with none.
            if not abs(r["loss"] - loss) <= TOLERANCE * abs(loss):
                raise Mismatch(
                    f"{r['cell']} {r['config']}: the first loss is {loss} in {who} and {r['loss']} in {r['impl']}, "
                    f"further apart than {TOLERANCE:g}; the work is not the same, so there is no ratio: "
                    "compare how benches/peers/peers.py and the cell use the parameters"
                )


def read(path):
    try:
        records = [json.loads(line) for line in Path(path).read_text().splitlines() if line]
    except OSError as e:
        raise Failure(f"{path}: {e.strerror}; give a file that --out wrote") from e
    except ValueError as e:
        raise Failure(f"{path}: not JSON lines ({e}); give a file that --out wrote") from e
    if not all(isinstance(r, dict) and ("about" in r or {"times_ms", "loss", "round"} <= r.keys()) for r in records):
        raise Failure(f"{path}: not the records of compare.py; give a file that --out wrote")
    return records


def report(records):
    """The tables in Markdown."""
    runs = [r for r in records if "loss" in r]
    peers = [p for p in PEERS if any(r["impl"] == p for r in runs)]
    if not peers or all(r["impl"] != "unroll" for r in runs):
        raise Failure("no measurement of ours and of a peer in these results; let compare.py run longer")
    rows = {}
    for r in runs:
        rows.setdefault((r["config"], r["cell"], r["threads"]), {}).setdefault(r["impl"], []).append(r)
    order = {name: k for k, name in enumerate([*CONFIGS, *CELLS])}
    rows = dict(sorted(rows.items(), key=lambda row: (row[0][2], order[row[0][1]], order[row[0][0]])))

    columns = [f"{who}, ms" for who in ["ours", *peers]]
    times = [["cell", "config", "threads", *columns, "ours ÷ fastest peer", "least … greatest", "of lower deciles"]]
    for (config, cell, threads), by in rows.items():
        runs_of = [by.get(who, []) for who in ["unroll", *peers]]
        overall = spread = deciles = "–"
        if all(runs_of):
            ratios = [ratio(*turn) for turn in zip(*runs_of)]
            overall, spread = f"{statistics.median(ratios):.2f}", f"{min(ratios):.2f} … {max(ratios):.2f}"
            deciles = f"{decile(runs_of[0]) / min(map(decile, runs_of[1:])):.2f}"
        medians = [short(statistics.median(map(median, runs))) if runs else "–" for runs in runs_of]
        times.append([cell, config, str(threads), *medians, overall, spread, deciles])

    memory = [["cell", "threads", "ours, MB", *(f"{p}, MB (before the first step)" for p in peers)]]
    for (config, cell, threads), by in rows.items():
        if config == MEMORY_CONFIG:
            memory.append([cell, str(threads), *(resident(by.get(who, [])) for who in ["unroll", *peers])])

    parts = [markdown(times)]
    if "torch" in peers and "torch-flush" not in peers:
        parts.append("torch does not flush subnormal numbers, its default; `--peers torch torch-flush jax` has both.")
    if len(memory) > 1:
        parts.append(f"Peak resident memory of the process, {MEMORY_CONFIG}:\n\n{markdown(memory)}")
    parts += [provenance(r["about"], runs) for r in records if "about" in r]
    return "\n\n".join(parts)


def median(run):
    return statistics.median(run["times_ms"])


def decile(runs):
    """The time that a tenth of all steps do not exceed: what is left of it when somebody else's program disturbs the others."""
    times = sorted(time for run in runs for time in run["times_ms"])
    return times[len(times) // 10]


def ratio(first, *others):
    """Of ours to the fastest of the others, in one round."""
    return median(first) / min(map(median, others))


def resident(runs):
    known = [r["rss_mb"] for r in runs if r.get("rss_mb")]
    if not known:
        return "–"
    loaded = [r["rss_loaded_mb"] for r in runs if "rss_loaded_mb" in r]
    return f"{max(known):.0f}" + (f" ({max(loaded):.0f})" if loaded else "")


def provenance(about, runs):
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    pinned = "pinned to as many cores as threads" if about["pinned"] else "not pinned"
    load = "" if about.get("load") is None else f"load {about['load']:.1f} at the start, "
    rounds = len({r["round"] for r in runs})
    return (
        f"{about['cpu']}, {about['cores']} cores, {about['system']}, {load}{pinned}; {versions}; "
        f"medians of {rounds} interleaved round(s); {about['date']}; `{about['command']}`"
    )


def markdown(table):
    widths = [max(len(row[k]) for row in table) for k in range(len(table[0]))]
    lines = ["| " + " | ".join(word.ljust(w) for word, w in zip(row, widths)) + " |" for row in table]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines)


def short(ms):
    """Three digits."""
    return f"{ms:.0f}" if ms >= 100 else f"{ms:.3g}"


# ---- The command line


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog="See benches/peers/README.md.")
    add = parser.add_argument
    add("--configs", nargs="+", choices=CONFIGS, default=list(CONFIGS), help="sizes; default: all")
    plain = [cell for cell, peers_cell in CELLS.items() if cell == peers_cell]
    add("--cells", nargs="+", choices=plain, default=plain, help="default: lstm gru rnn")
    composed = [cell for cell, peers_cell in CELLS.items() if cell != peers_cell]
    add("--also", nargs="+", choices=composed, default=[], help="cells of ours in plain ops")
    flush = "torch-flush is torch with set_flush_denormal(True)"
    add("--peers", nargs="+", choices=PEERS, default=["torch", "jax"], help=f"default: torch jax; {flush}")
    add("--threads", nargs="+", type=positive, default=[1, 2], help="default: 1 2")
    add("--shards", type=positive, help="parts of our batch; default: as many as threads, at most one an example")
    add("--rounds", type=positive, default=3, help="default: 3")
    add("--budget", type=seconds, default=2.0, help="seconds of timed steps of a measurement in a round; default: 2")
    add("--train-step", type=Path, default=ROOT / "target" / "release" / "train_step", help="our binary")
    add("--out", default="results.jsonl", help="a new file for every raw time; default: results.jsonl")
    add("--table", metavar="RESULTS", help="print the tables of such a file, and run nothing")
    return parser.parse_args()


def positive(text):
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of at least 1")
    return int(text)


def seconds(text):
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds above 0")
    return value


def main():
    args = arguments()
    try:
        records = read(args.table) if args.table else measure(args)
        check_losses(records)
        print(report(records))
    except Mismatch as why:
        print(f"error: {why}", file=sys.stderr)
        return 1
    except Failure as why:
        print(f"error: {why}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: what was measured is in the --out file; print it with --table", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
