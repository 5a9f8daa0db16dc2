"""Corpora by name: found, checked and read. `python -m utils.corpora` lists them."""

from utils.corpora.conllu import (
    UPOS,
    Sentence,
    Treebank,
    load_treebank,
    read_conllu,
    retag_conllu,
    treebank_files,
    write_conllu,
)
from utils.corpora.errors import (
    CorpusError,
    DownloadFailed,
    MalformedLine,
    MissingCorpus,
    NotUTF8,
    TruncatedFile,
    UnknownCorpus,
    WrongChecksum,
)
from utils.corpora.fetch import find
from utils.corpora.labelled import (
    Labelled,
    MinimalPair,
    Simplification,
    load_asset,
    load_blimp_agreement,
    load_names,
    load_polarity,
)
from utils.corpora.lm import LMCorpus, load_lm
from utils.corpora.massive import Utterance, load_massive, read_massive
from utils.corpora.normalise import normalise
from utils.corpora.pairs import Pairs, load_pairs, read_tsv
from utils.corpora.registry import Corpus, corpora

__all__ = [
    "UPOS", "Corpus", "CorpusError", "DownloadFailed", "LMCorpus", "Labelled", "MalformedLine",
    "MinimalPair", "MissingCorpus", "NotUTF8", "Pairs", "Sentence", "Simplification", "Treebank",
    "TruncatedFile", "UnknownCorpus", "Utterance", "WrongChecksum", "corpora", "find", "load_asset",
    "load_blimp_agreement", "load_lm", "load_massive", "load_names", "load_pairs", "load_polarity",
    "load_treebank", "normalise", "read_conllu", "read_massive", "read_tsv", "retag_conllu",
    "treebank_files", "write_conllu",
]  # fmt: skip
