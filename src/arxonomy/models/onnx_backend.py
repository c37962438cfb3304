"""Computes a bundle's network with ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from arxonomy.errors import BundleError
from arxonomy.runtime import count_cores, import_onnxruntime


class OnnxBackend:
    """A session of ONNX Runtime on the CPU.

    Args:
        path: `model.onnx`; the safetensors file with its weights is in the same folder.
        threads: Threads of one computation, >= 1; None takes all cores that this process may use.

    Raises:
        BundleError: ONNX Runtime cannot read the file.
    """

    name = "onnx"

    def __init__(self, path: Path, threads: int | None = None) -> None:
        onnxruntime = import_onnxruntime()  # here, since it takes a tenth of a second

        threads = threads or count_cores()
        # Larger batches fall out of a core's cache: 32 papers cost a quarter more time than 16.
        self.batch_size = 16 * threads
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Threads that spin while they wait take the core from other programs, and from tokenizing.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.enable_mem_pattern = False  # it is for batches of one and the same size
        options.log_severity_level = 4  # what matters becomes an exception
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its exceptions have no common base
            raise BundleError(
                f"{path}: expected a graph that ONNX Runtime {onnxruntime.__version__} can read, found "
                f"`{str(error).splitlines()[0]}`; update it (pip install -U onnxruntime) or export again"
            ) from error

    def run(
        self, inputs: Mapping[str, npt.NDArray[np.int64]], outputs: Sequence[str]
    ) -> list[npt.NDArray[np.float32]]:
        """Compute the named outputs; see `Backend.run`."""
        answer: list[npt.NDArray[np.float32]] = self._session.run(list(outputs), dict(inputs))
        return answer

    @property
    def outputs(self) -> set[str]:
        """The names of all outputs."""
        return {output.name for output in self._session.get_outputs()}
