"""Loads what `cargo run --release -p models --example save_for_pytorch -- FOLDER` wrote into PyTorch, and compares outputs.

    python models/tests/golden/check_saved.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

folder, steps, batch = Path(sys.argv[1]), 6, 3
kinds = {
    "rnn": lambda: torch.nn.RNN(4, 5, num_layers=2),
    "rnn_relu": lambda: torch.nn.RNN(4, 5, num_layers=2, nonlinearity="relu", bidirectional=True),
    "lstm": lambda: torch.nn.LSTM(4, 5, num_layers=2, bidirectional=True),
    "gru": lambda: torch.nn.GRU(4, 5, num_layers=2, bidirectional=True),
}
for name, make in kinds.items():
    net = make().double()
    net.load_state_dict(load_file(folder / f"{name}.safetensors"), strict=True)
    read = lambda what: torch.tensor(np.fromfile(folder / f"{name}.{what}.f64")).reshape(steps, batch, -1)
    with torch.no_grad():
        error = (net(read("x"))[0] - read("outputs")).abs().max().item()
    print(f"{name}: largest difference {error:.1e}")
    assert error <= 1e-12
