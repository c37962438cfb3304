"""Training papers whose ids lie on the device of the network, so that a batch is put together there.

A GPU then waits for no copy of whole batches: it gets where each paper's ids begin, and the ids of those
papers alone that augmentation has changed (as airbench keeps its images, Jordan 2024, arXiv:2404.00498).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from arxonomy.records import PARTS
from arxonomy.text import EncodedPaper
from arxonomy.text.batches import pad
from arxonomy.text.vocabulary import PAD


class StoredPapers:
    """Encoded papers as tensors: the ids of all, one paper after another.

    Args:
        papers: N papers, encoded without their words.
        device: Where the ids lie; they take 4 bytes each.
        multiples: Part -> batches are padded to a width that is a multiple of it, so that few widths occur.
    """

    def __init__(
        self, papers: Sequence[EncodedPaper], device: torch.device, multiples: Mapping[str, int] | None = None
    ) -> None:
        self.papers = papers
        self._device, self._multiples = device, multiples or {}
        self._ids: dict[str, Tensor] = {}
        self._starts: dict[str, npt.NDArray[np.int64]] = {}
        for part in PARTS:
            texts = [getattr(paper, part) for paper in papers]
            # One id more, so that there is one to read where all texts are empty.
            every = np.concatenate([*texts, np.full(1, PAD)]).astype(np.int32)
            self._ids[part] = torch.from_numpy(every).to(device)
            self._starts[part] = np.cumsum([0, *(len(text) for text in texts)])[:-1]

    def collate(self, papers: Sequence[EncodedPaper], rows: npt.NDArray[np.int64]) -> dict[str, Tensor]:
        """Make the inputs of a network as `arxonomy.text.collate` does, on the device.

        Args:
            papers: B papers; a part that is not the very array of the stored paper is copied to the device.
            rows: (B,) the stored papers that they come from.

        Returns:
            `title_ids` (B, T) and `abstract_ids` (B, L).
        """
        return {f"{part}_ids": self._collate_part(part, papers, rows) for part in PARTS}

    def _collate_part(self, part: str, papers: Sequence[EncodedPaper], rows: npt.NDArray[np.int64]) -> Tensor:
        texts = [getattr(paper, part) for paper in papers]
        changed = [
            place
            for place, (text, row) in enumerate(zip(texts, rows.tolist(), strict=True))
            if text is not getattr(self.papers[row], part)
        ]
        lengths = np.array([len(text) for text in texts])
        multiple = self._multiples.get(part, 1)
        width = -(-max(1, int(lengths.max())) // multiple) * multiple
        lengths[changed] = 0
        facts = torch.from_numpy(np.stack([self._starts[part][rows], lengths])).to(self._device)
        starts, ends = facts.unsqueeze(2)  # (B, 1) each
        places, stored = torch.arange(width, device=self._device), self._ids[part]
        ids = stored[(starts + places).clamp(max=len(stored) - 1)].long()  # (B, width)
        ids = ids.masked_fill(places >= ends, PAD)
        if changed:
            own = torch.from_numpy(pad([texts[place] for place in changed])).to(self._device)
            ids[torch.tensor(changed, device=self._device), : own.shape[1]] = own
        return ids
