"""A probabilistic grammar of everyday language whose truth is known.

    >>> from utils.grammar import everyday
    >>> g = everyday()
    >>> derivation = g.sample(np.random.default_rng(0))
    >>> derivation.tokens, g.logprob(derivation.tokens), g.entropy.perplexity

Read it in this order: `derivation` (what a grammar is made of), `lexicon`, `phrases`, `sentences`,
`stories` (the rules), `grammar` (sampling), `entropy`, `parse` (the truth).
"""

from utils.grammar.derivation import Derivation
from utils.grammar.entropy import Entropy
from utils.grammar.grammar import Grammar, everyday

__all__ = ["Derivation", "Entropy", "Grammar", "everyday"]
