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
from collections.abc import Iterator, Sequence
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
            scale = tensors[name + SCALE]
            scales = ir.Value(name=scale.name, shape=scale.shape, type=ir.TensorType(scale.dtype))
            scales.const_value = scale
            graph.register_initializer(scales)
            for gather, _ in list(value.uses()):
                _scale_rows(graph, gather, scales)
        elif tensor.dtype != float32:
            users = list(value.uses())
            cast = ir.node("Cast", [value], {"to": ir.DataType.FLOAT})
            graph.insert_before(graph[0], cast)
            for node, place in users:
                node.replace_input_with(place, cast.outputs[0])


def _scale_rows(graph: ir.Graph, gather: ir.Node, scales: ir.Value) -> None:
    """Turn the integers that `gather` looks up into float32: only those rows, never the whole table.

    Rows that a product of matrices sums stay whole numbers; their scales become its weights. Where each half
    of a row has a scale of its own, the halves are joined after that.
    """
    assert gather.op_type == "Gather", "tables are only looked up"
    rows, ids = gather.outputs[0], gather.inputs[1]
    users = list(rows.uses())
    table = gather.inputs[0]
    assert table is not None and table.type is not None
    rows.type, rows.shape = table.type, None
    halves = table.dtype == ir.DataType.UINT8
    scale = ir.node("Gather", [scales, ids], {"axis": 0})
    factor = ir.node("Cast", [scale.outputs[0]], {"to": ir.DataType.FLOAT})
    if halves:
        split = ir.node("Split", factor.outputs, {"axis": 2, "num_outputs": 2}, num_outputs=2)
        nodes, steps = _split_halves(rows)
        graph.insert_after(gather, [*nodes, scale, factor, split])
        parts = list(zip(steps, split.outputs, strict=True))
    else:
        cast = ir.node("Cast", [rows], {"to": ir.DataType.FLOAT})
        graph.insert_after(gather, [cast, scale, factor])
        parts = [(cast.outputs[0], factor.outputs[0])]
    for node, place in users:
        if node.op_type == "MatMul" and place == 1:  # (B, 1, T) weights times (B, T, D) rows
            sums = []
            for whole, factors in parts:
                turned = ir.node("Transpose", [factors], {"perm": [0, 2, 1]})
                weights = ir.node("Mul", [node.inputs[0], turned.outputs[0]])
                product = ir.node("MatMul", [weights.outputs[0], whole])
                graph.insert_before(node, [turned, weights, product])
                sums.append(product.outputs[0])
            ir.convenience.replace_all_uses_with(node.outputs[0], _join(graph, node, sums))
            graph.remove(node, safe=True)
        else:
            vectors = [ir.node("Mul", [whole, factors]) for whole, factors in parts]
            graph.insert_before(node, vectors)
            node.replace_input_with(place, _join(graph, node, [vector.outputs[0] for vector in vectors]))


def _join(graph: ir.Graph, node: ir.Node, parts: Sequence[ir.Value]) -> ir.Value:
    """Join the last dimension of values, before a node."""
    if len(parts) == 1:
        return parts[0]
    joined = ir.node("Concat", parts, {"axis": 2})
    graph.insert_before(node, joined)
    return joined.outputs[0]


def _split_halves(rows: ir.Value) -> tuple[list[ir.Node], list[ir.Value]]:
    """The nodes that make numbers of (B, T, G/2) bytes, and the left and the right half of each row."""
    low, four, eight = (
        ir.node("Constant", [], {"value": ir.tensor(np.array(number, dtype))})
        for number, dtype in ((15, np.uint8), (4, np.uint8), (8, np.float32))
    )
    nodes, halves = [low, four, eight], []
    for half in (
        ir.node("BitwiseAnd", [rows, low.outputs[0]]),
        ir.node("BitShift", [rows, four.outputs[0]], {"direction": "RIGHT"}),
    ):
        numbers = ir.node("Cast", [half.outputs[0]], {"to": ir.DataType.FLOAT})
        centered = ir.node("Sub", [numbers.outputs[0], eight.outputs[0]])
        nodes += [half, numbers, centered]
        halves.append(centered.outputs[0])
    return nodes, halves


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
