"""The benchmark's networks in PyTorch, an extra that only the benchmark uses.

As usually written: sentences of different lengths are packed, Adam comes as it is. Tuned: the fused
Adam, the C library keeps large blocks of memory, nothing is packed (so the translator's encoder
ends on padding, which may cost quality, but saves time). Weights and batches are those of Keras.
"""

import time

import torch
from torch import nn

from utils.benchmark.tasks import Batch, Task, batches
from utils.runtime import keep_memory


class Network(nn.Module):
    """Logits for each target token. Inputs (B, T) and lengths (B,)."""

    def __init__(self, task: Task, packed: bool):
        super().__init__()
        self.task, self.packed, n = task, packed, task.units
        self.embedding = nn.Embedding(task.vocab, task.embedding)
        self.lstm = nn.LSTM(task.embedding, n, task.layers, bidirectional=task.kind == "tagger")
        if task.kind == "translator":
            self.before = nn.Embedding(task.vocab, task.embedding)
            self.decoder = nn.LSTM(task.embedding, n)
            self.attentional = nn.Linear(2 * n, n)
        self.output = nn.Linear(2 * n if task.kind == "tagger" else n,
                                task.tags if task.kind == "tagger" else task.vocab)

    def forward(self, ids, before=None, *, lengths):
        x = self.embedding(ids.T)                                                # (T, B, E)
        if not self.packed:
            x, state = self.lstm(x)
        else:
            packed = nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
            x, state = self.lstm(packed)
            x, _ = nn.utils.rnn.pad_packed_sequence(x, total_length=ids.shape[1])
        if before is not None:
            y, _ = self.decoder(self.before(before.T), state)
            score = y.transpose(0, 1) @ x.permute(1, 2, 0)                       # (B, T', T)
            score = score.masked_fill((ids == 0)[:, None], -torch.inf)
            context = (score.softmax(-1) @ x.transpose(0, 1)).transpose(0, 1)
            x = torch.tanh(self.attentional(torch.cat([y, context], -1)))
        return self.output(x)                                                    # (T, B, V)


class Runner:
    """Trains and evaluates batch by batch: mean loss per batch, and seconds.

    `bfloat16`: products and recurrences in half the bits (autocast), weights and loss in float32.
    """

    def __init__(self, task: Task, n: int, tuned: bool = False, bfloat16: bool = False):
        if tuned:
            keep_memory()
        torch.manual_seed(0)
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self.batches, self._bfloat16 = batches(task, n), bfloat16
        self.model = Network(task, not (tuned or task.kind == "lm" or task.bucketed))
        self.model.to(self._device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), 1e-3, fused=tuned)

    def _loss(self, batch: Batch):
        inputs = [torch.from_numpy(x).long().to(self._device) for x in batch.inputs]
        with torch.autocast(self._device, torch.bfloat16, enabled=self._bfloat16):
            logits = self.model(*inputs, lengths=torch.from_numpy(batch.lengths).long()).float()
        targets = torch.from_numpy(batch.targets).long()
        targets = targets.masked_fill(torch.from_numpy(batch.weight) == 0, -100).T.reshape(-1)
        return nn.functional.cross_entropy(logits.reshape(len(targets), -1),
                                           targets.to(self._device))

    def train(self, parts: list[Batch]) -> tuple[float, float]:
        began, total = time.perf_counter(), 0.0
        for batch in parts:
            self.optimizer.zero_grad()
            loss = self._loss(batch)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
            self.optimizer.step()
            total += loss.item()
        return total / len(parts), time.perf_counter() - began

    @torch.no_grad()
    def evaluate(self, parts: list[Batch]) -> tuple[float, float]:
        began = time.perf_counter()
        total = sum(self._loss(batch).item() for batch in parts)
        return total / len(parts), time.perf_counter() - began
