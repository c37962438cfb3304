"""A PyTorch network -> an ONNX graph that borrows its weights from a safetensors file.

The graph's initializers are references to byte ranges of the safetensors file, so the weights are on
the disk once for both backends. Whatever ONNX wants in another form (the LSTM's order of gates, batch
normalization inside a convolution, the float32 of a compact weight) is computed in the graph; ONNX Runtime
folds that once, while it loads. Outputs are the logits and all maps, which cost next to nothing.
"""

from __future__ import annotations

import json
import logging
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
import torch
from torch import nn

from arxonomy.artifacts.weights import SCALE
from arxonomy.atomic import replace_file
from arxonomy.config import ModelSettings
from arxonomy.inference.onnx_layers import TRANSLATIONS, replace_layers

_TYPES = {
    "F32": ir.DataType.FLOAT,
    "F16": ir.DataType.FLOAT16,
    "I8": ir.DataType.INT8,
    "U8": ir.DataType.UINT8,
    "I32": ir.DataType.INT32,
    "I64": ir.DataType.INT64,
}


_Key = tuple[str, int, tuple[tuple[str, tuple[int, ...]], ...]]
_GRAPHS: dict[_Key, bytes] = {}
"""What this process has traced, some 50 KB each: a graph depends on settings and sizes, not on weights."""


def export_onnx(
    network: nn.Module, weights: Path, out: Path, settings: ModelSettings, word_chars: int = 0
) -> None:
    """Write the graph of `network`, whose weights are in `weights`.

    Tracing takes seconds, so a graph is traced once per process and borrows other weights each time.

    Args:
        network: A network of `arxonomy.models` in evaluation mode; its layers are replaced, so give a copy.
        weights: A safetensors file in the folder of `out` with the network's state, compact or not.
        out: The `.onnx` file to write.
        settings: What the network was built with.
        word_chars: Characters of a word that the network reads; 0 for none.
    """
    shapes = tuple((name, tuple(value.shape)) for name, value in network.state_dict().items())
    # Dropout is for training: a network in evaluation mode has the same graph without it.
    key = (settings.model_dump_json(exclude={"dropout"}), word_chars, shapes)
    if key not in _GRAPHS:
        _GRAPHS[key] = _trace(network, word_chars)
    model = ir.from_proto(onnx.ModelProto.FromString(_GRAPHS[key]))
    _borrow_weights(model.graph, weights)
    with replace_file(out) as temporary:
        ir.save(model, temporary)


def _trace(network: nn.Module, word_chars: int) -> bytes:
    """The graph as a serialized ONNX model, whose weights have a type and a shape but no values."""
    # Sizes above 1 for all, since a size of 1 would be taken for a constant.
    papers, title, abstract, words = (
        torch.export.Dim(name, min=1) for name in ("papers", "title", "abstract", "words")
    )
    inputs = {
        "title_ids": torch.ones(2, 5, dtype=torch.int64),
        "abstract_ids": torch.ones(2, 7, dtype=torch.int64),
    }
    shapes: dict[str, Any] = {"title_ids": {0: papers, 1: title}, "abstract_ids": {0: papers, 1: abstract}}
    if word_chars:
        inputs["spellings"] = torch.ones(3, word_chars, dtype=torch.int64)
        shapes["spellings"] = {0: words}
        for text, ids in (("title_words", "title_ids"), ("abstract_words", "abstract_ids")):
            inputs[text], shapes[text] = torch.ones_like(inputs[ids]), shapes[ids]
    with torch.no_grad():
        outputs = ["logits", *network(**inputs)[1]]
    replace_layers(network)
    with _silence_exporter(), torch.no_grad():
        program = torch.onnx.export(
            network,
            kwargs=inputs,
            dynamo=True,
            verbose=False,
            optimize=False,  # it would fold weights into copies
            opset_version=18,
            input_names=list(inputs),
            output_names=outputs,
            dynamic_shapes=shapes,
            custom_translation_table=TRANSLATIONS,
        )
    assert program is not None
    model = program.model
    for value in model.graph.initializers.values():
        value.const_value = _make_placeholder(value)
    for node in model.graph:
        node.metadata_props.clear()  # stack traces with this machine's paths
    model.metadata_props.clear()
    return bytes(ir.to_proto(model).SerializeToString())


def _make_placeholder(value: ir.Value) -> ir.ExternalTensor:
    """A reference to no file, where `_borrow_weights` puts that to the weights."""
    assert value.dtype is not None and value.shape is not None and value.name is not None
    return ir.ExternalTensor("", 0, 0, dtype=value.dtype, shape=value.shape, name=value.name)


def _borrow_weights(graph: ir.Graph, weights: Path) -> None:
    """Let every initializer be a byte range of the safetensors file, made float32 in the graph."""
    tensors = dict(_list_external_tensors(weights))
    for name, value in list(graph.initializers.items()):
        tensor, float32 = tensors[name], value.dtype
        value.const_value, value.type = tensor, ir.TensorType(tensor.dtype)
        if name + SCALE in tensors:
            scales = _register(graph, tensors[name + SCALE])
            for gather, _ in list(value.uses()):
                _scale_rows(graph, gather, scales)
        elif tensor.dtype != float32:
            users = list(value.uses())
            cast = ir.node("Cast", [value], {"to": ir.DataType.FLOAT})
            graph.insert_before(graph[0], cast)
            for node, place in users:
                node.replace_input_with(place, cast.outputs[0])


def _register(graph: ir.Graph, tensor: ir.ExternalTensor) -> ir.Value:
    """Make a tensor an initializer of the graph."""
    value = ir.Value(name=tensor.name, shape=tensor.shape, type=ir.TensorType(tensor.dtype))
    value.const_value = tensor
    graph.register_initializer(value)
    return value


def _scale_rows(graph: ir.Graph, gather: ir.Node, scales: ir.Value) -> None:
    """Turn the integers that `gather` looks up into float32: only those rows, never the whole table.

    Rows that a product of matrices sums stay whole numbers from 0 on; their scales become its weights, and
    what they have too much is taken off the sum.
    """
    assert gather.op_type == "Gather", "tables are only looked up"
    rows, ids = gather.outputs[0], gather.inputs[1]
    users = list(rows.uses())
    table = gather.inputs[0]
    assert table is not None and table.type is not None
    rows.type, rows.shape = table.type, None
    scale = ir.node("Gather", [scales, ids], {"axis": 0})
    factor = ir.node("Cast", [scale.outputs[0]], {"to": ir.DataType.FLOAT})
    if table.dtype == ir.DataType.UINT8:
        nodes, zero = _split_bytes(rows), 8
    else:
        nodes, zero = [ir.node("Cast", [rows], {"to": ir.DataType.FLOAT})], 0
    graph.insert_after(gather, [*nodes, scale, factor])
    numbers, factors = nodes[-1].outputs[0], factor.outputs[0]  # (B, T, D), (B, T, 1)
    for node, place in users:
        if node.op_type == "MatMul" and place == 1:  # (B, 1, T) weights times (B, T, D) rows
            turned = ir.node("Transpose", [factors], {"perm": [0, 2, 1]})
            weights = ir.node("Mul", [node.inputs[0], turned.outputs[0]])
            graph.insert_before(node, [turned, weights])
            node.replace_input_with(0, weights.outputs[0])
            node.replace_input_with(1, numbers)
            if zero:
                _shift_sum(graph, node, weights.outputs[0], zero)
        else:
            shift = _fix(zero, np.float32)
            signed = ir.node("Sub", [numbers, shift.outputs[0]])
            vectors = ir.node("Mul", [signed.outputs[0], factors])
            graph.insert_before(node, [shift, signed, vectors])
            node.replace_input_with(place, vectors.outputs[0])


def _shift_sum(graph: ir.Graph, product: ir.Node, weights: ir.Value, zero: int) -> None:
    """Take off a weighted sum of numbers (B, 1, D) what these have too much: `zero` times all weights."""
    sums = product.outputs[0]
    users = list(sums.uses())
    axis, shift = _fix([2], np.int64), _fix(zero, np.float32)
    total = ir.node("ReduceSum", [weights, axis.outputs[0]], {"keepdims": 1})  # (B, 1, 1)
    excess = ir.node("Mul", [total.outputs[0], shift.outputs[0]])
    rest = ir.node("Sub", [sums, excess.outputs[0]])
    graph.insert_after(product, [axis, shift, total, excess, rest])
    for node, place in users:
        node.replace_input_with(place, rest.outputs[0])


def _fix(value: Any, dtype: Any) -> ir.Node:
    """The node of a constant."""
    return ir.node("Constant", [], {"value": ir.tensor(np.array(value, dtype))})


def _split_bytes(rows: ir.Value) -> list[ir.Node]:
    """The nodes that make numbers in 0..15 (B, T, D) of bytes (B, T, D/2); the last one gives them.

    See `artifacts.weights` for which bits are where.
    """
    low, four = _fix(15, np.uint8), _fix(4, np.uint8)
    left = ir.node("BitwiseAnd", [rows, low.outputs[0]])
    right = ir.node("BitShift", [rows, four.outputs[0]], {"direction": "RIGHT"})
    both = ir.node("Concat", [left.outputs[0], right.outputs[0]], {"axis": 2})
    numbers = ir.node("Cast", [both.outputs[0]], {"to": ir.DataType.FLOAT})
    return [low, four, left, right, both, numbers]


def _list_external_tensors(weights: Path) -> Iterator[tuple[str, ir.ExternalTensor]]:
    """(name, byte range) of each tensor of a safetensors file."""
    with weights.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        yield (
            name,
            ir.ExternalTensor(
                weights.name,
                offset=8 + length + start,
                length=end - start,
                dtype=_TYPES[entry["dtype"]],
                shape=ir.Shape(entry["shape"]),
                name=name,
                base_dir=weights.parent,
            ),
        )


@contextmanager
def _silence_exporter() -> Iterator[None]:
    """Hide the exporter's remarks about its internals from the user."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
