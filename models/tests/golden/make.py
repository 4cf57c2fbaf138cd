"""Writes the golden files: what PyTorch computes for each of its recurrent layers, in float64.

    pip install torch safetensors numpy
    python models/tests/golden/make.py

One file a case, `{layer}_{layers}_{uni|bi}.safetensors`: the state dict (`net.…`), the input `x` (T, B, D), initial states `h0`
(and `c0`), `outputs`, final states `h_n` (and `c_n`), fixed weights `r_…` of a loss

    L = Σ r_outputs ∘ outputs + Σ r_h_n ∘ h_n + Σ r_c_n ∘ c_n

and its gradients `grad.…` with respect to every parameter, the input and the initial states.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

D, H, T, B = 3, 4, 5, 2
LAYERS = {
    "rnn": lambda **kw: torch.nn.RNN(D, H, nonlinearity="tanh", **kw),
    "rnn_relu": lambda **kw: torch.nn.RNN(D, H, nonlinearity="relu", **kw),
    "lstm": lambda **kw: torch.nn.LSTM(D, H, **kw),
    "gru": lambda **kw: torch.nn.GRU(D, H, **kw),
}


def case(layer, layers, bidirectional):
    torch.manual_seed(0)
    net = LAYERS[layer](num_layers=layers, bidirectional=bidirectional, dtype=torch.float64)
    normal = lambda *shape: torch.randn(*shape, dtype=torch.float64)
    lanes = layers * (2 if bidirectional else 1)
    inputs = {"x": normal(T, B, D), "h0": normal(lanes, B, H)}
    if layer == "lstm":
        inputs["c0"] = normal(lanes, B, H)
    for value in inputs.values():
        value.requires_grad_()
    states = (inputs["h0"], inputs["c0"]) if layer == "lstm" else inputs["h0"]
    outputs, last = net(inputs["x"], states)
    found = {"outputs": outputs, **dict(zip(("h_n", "c_n"), last if layer == "lstm" else (last,)))}
    weights = {f"r_{name}": normal(*value.shape) for name, value in found.items()}
    sum((weights[f"r_{name}"] * value).sum() for name, value in found.items()).backward()
    tensors = {f"net.{name}": value for name, value in net.state_dict().items()}
    tensors |= inputs | found | weights
    tensors |= {f"grad.net.{name}": value.grad for name, value in net.named_parameters()}
    tensors |= {f"grad.{name}": value.grad for name, value in inputs.items()}
    return {name: value.detach().contiguous() for name, value in tensors.items()}


folder = Path(__file__).parent
for layer in LAYERS:
    for layers in (1, 2, 3):
        for bidirectional in (False, True):
            name = f"{layer}_{layers}_{'bi' if bidirectional else 'uni'}.safetensors"
            save_file(case(layer, layers, bidirectional), folder / name, metadata={"torch": torch.__version__})
