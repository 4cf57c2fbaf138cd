"""The training step in PyTorch and in JAX, from parameters and data that `train_step --export` wrote.

x (T, B, D) → rnn, gru or lstm → last hidden (B, H) → Linear(H, 1) → mean squared error; full backpropagation through
time, global norm clipped to 1.0, Adam with rate 1e-3; f32, on the CPU.

`compare.py` starts this file anew for every measurement, so that the thread counts are set before a library loads:

    python peers.py torch CASE.safetensors --cell lstm --sizes 32 100 64 2 --threads 1

It prints one line of JSON with the keys of `train_step` and two more: `version`, and `rss_loaded_mb`, the peak resident
memory before the first step, when library and data are there.
"""

import argparse
import json
import resource
import statistics
import sys
import time
from functools import partial


class Case:
    """The parameters, in our layout (G·H rows, the gates in PyTorch's order), x (T, B, D) and target (B, 1)."""

    def __init__(self, path, cell, sizes):
        import numpy
        from safetensors.numpy import load_file

        self.cell = cell
        self.batch, self.steps, self.hidden, self.input = sizes
        read = load_file(path)
        layer = "layers.0.fwd."
        self.w_x, self.w_h, self.b = read[layer + "w_x"], read[layer + "w_h"], read[layer + "b"][:, 0]
        self.b_hn = read[layer + "b_hn"][:, 0] if cell == "gru" else None
        self.w, self.bias = read["readout.w"], read["readout.b"][:, 0]
        # Column t·B + example of the file's (D, T·B).
        x = read["case.x"].reshape(self.input, self.steps, self.batch)
        self.x = numpy.ascontiguousarray(x.transpose(1, 2, 0))
        self.target = numpy.ascontiguousarray(read["case.target"].T)


def torch_step(case, threads, flush_denormal=False):
    """The step as users write it: nn.LSTM, nn.GRU or nn.RNN, and every default."""
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    if flush_denormal and not torch.set_flush_denormal(True):
        sys.exit("error: PyTorch cannot flush denormals on this processor; leave torch-flush away")

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            kind = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[case.cell]
            self.rnn = kind(case.input, case.hidden)
            self.readout = nn.Linear(case.hidden, 1)

        def forward(self, x):
            hidden, _ = self.rnn(x)
            return self.readout(hidden[-1])

    model = Model()
    with torch.no_grad():
        # PyTorch has two biases where we have one. Its second is 0, but for the candidate's of the GRU, which is b_hn.
        model.rnn.bias_hh_l0.zero_()
        if case.b_hn is not None:
            model.rnn.bias_hh_l0[2 * case.hidden :] = torch.from_numpy(case.b_hn)
        for to, value in [
            (model.rnn.weight_ih_l0, case.w_x),
            (model.rnn.weight_hh_l0, case.w_h),
            (model.rnn.bias_ih_l0, case.b),
            (model.readout.weight, case.w),
            (model.readout.bias, case.bias),
        ]:
            to.copy_(torch.from_numpy(value))
    x, target = torch.from_numpy(case.x), torch.from_numpy(case.target)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)
    mean_squared_error = nn.MSELoss()

    def step():
        adam.zero_grad()
        loss = mean_squared_error(model(x), target)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        return loss.item()

    return step, torch.__version__


def jax_step(case, threads):
    """The step under one jit: one product projects the input, then `lax.scan`. XLA gets its threads from outside."""
    import jax
    import jax.numpy as jnp
    import optax

    params = {
        "w_x": jnp.asarray(case.w_x.T),
        "w_h": jnp.asarray(case.w_h.T),
        "b": jnp.asarray(case.b),
        "w": jnp.asarray(case.w.T),
        "bias": jnp.asarray(case.bias),
    }
    if case.b_hn is not None:
        params["b_hn"] = jnp.asarray(case.b_hn)
    sigmoid = jax.nn.sigmoid

    def rnn(p, state, x):
        return jnp.tanh(x + state @ p["w_h"])

    def lstm(p, state, x):
        h, c = state
        i, f, g, o = jnp.split(x + h @ p["w_h"], 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * jnp.tanh(g)
        return sigmoid(o) * jnp.tanh(c), c

    def gru(p, h, x):
        x_r, x_z, x_n = jnp.split(x, 3, axis=1)
        h_r, h_z, h_n = jnp.split(h @ p["w_h"], 3, axis=1)
        z = sigmoid(x_z + h_z)
        n = jnp.tanh(x_n + sigmoid(x_r + h_r) * (h_n + p["b_hn"]))
        return (1 - z) * n + z * h

    cell = {"rnn": rnn, "gru": gru, "lstm": lstm}[case.cell]

    def loss(p, x, target):
        zeros = jnp.zeros((case.batch, case.hidden))
        start = (zeros, zeros) if case.cell == "lstm" else zeros
        last, _ = jax.lax.scan(lambda state, x: (cell(p, state, x), None), start, x @ p["w_x"] + p["b"])
        h = last[0] if case.cell == "lstm" else last
        return jnp.mean((h @ p["w"] + p["bias"] - target) ** 2)

    optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(1e-3))

    @jax.jit
    def update(p, moments, x, target):
        value, grads = jax.value_and_grad(loss)(p, x, target)
        changes, moments = optimizer.update(grads, moments, p)
        return optax.apply_updates(p, changes), moments, value

    x, target = jnp.asarray(case.x), jnp.asarray(case.target)
    now = [params, optimizer.init(params)]

    def step():
        *now[:], value = jax.block_until_ready(update(*now, x, target))
        return float(value)

    return step, jax.__version__


STEPS = {"torch": torch_step, "torch-flush": partial(torch_step, flush_denormal=True), "jax": jax_step}


def peak_resident():
    """In MB, as `train_step` counts it."""
    try:
        with open("/proc/self/status") as status:
            kilobytes = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
            return kilobytes * 1024 / 1e6
    except (OSError, StopIteration):
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def timed(step):
    start = time.perf_counter()
    step()
    return (time.perf_counter() - start) * 1e3


def main():
    parser = argparse.ArgumentParser(description="Times one training step of a peer and prints it as one line of JSON.")
    parser.add_argument("peer", choices=STEPS)
    parser.add_argument("case", help="written by train_step --export")
    parser.add_argument("--cell", choices=["rnn", "gru", "lstm"], required=True)
    parser.add_argument("--sizes", type=int, nargs=4, metavar=("B", "T", "H", "D"), required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--budget", type=float, default=1.0, help="seconds of timed steps")
    parser.add_argument("--max-steps", type=int, default=1000)
    args = parser.parse_args()

    case = Case(args.case, args.cell, args.sizes)
    step, version = STEPS[args.peer](case, args.threads)
    loaded = peak_resident()
    loss = step()
    step()
    times, end = [], time.perf_counter() + args.budget
    while len(times) < 3 or (len(times) < args.max_steps and time.perf_counter() < end):
        times.append(timed(step))
    measurement = {
        "impl": args.peer,
        "version": version,
        "cell": args.cell,
        **dict(zip("BTHD", args.sizes)),
        "dtype": "f32",
        "threads": args.threads,
        "ms": statistics.median(times),
        "min_ms": min(times),
        "times_ms": times,
        "rss_mb": peak_resident(),
        "rss_loaded_mb": loaded,
        "loss": loss,
    }
    print(json.dumps(measurement))


if __name__ == "__main__":
    main()
