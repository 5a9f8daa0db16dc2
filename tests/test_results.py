"""The recorded runs say what the lectures claim of them."""

import pytest

from utils import results


def test_every_recorded_run_is_complete():
    for run in results.read_results(results.RECORDED):
        assert set(run) == {"lecture", "name", "value", "unit", "figures", "profile", "seed",
                            "seconds", "software", "hardware", "date"}


def test_the_ladder_holds_over_three_seeds():
    """Uniform, unigram, Kneser-Ney, fixed window, RNN, truth: in this order of perplexity."""
    ladder = results.recorded("03")
    ladder = ladder[ladder["profile"] == "mini"]
    assert len(set(ladder["seed"])) >= 3, "record it: COURSE_SEED=1 make record, then 2, then 3"
    order = ["uniform", "unigram", "kneser_ney_5", "window", "rnn", "truth"]
    for _, run in ladder.iterrows():
        figures = [run[name] for name in order]
        assert figures == sorted(figures, reverse=True), f"seed {run['seed']}: {figures}"


def test_the_long_ladder_of_the_lstm_holds_over_three_seeds():
    """On a million tokens: the order of all rungs, and 90 % of the gap between KN-5 and the truth."""
    ladder = results.recorded("08")
    ladder = ladder[ladder["profile"] == "full corpus=everyday"]
    assert len(set(ladder["seed"])) >= 3, "record it with COURSE_SEED=1, 2 and 3"
    order = [f"home_{m}" for m in ("unigram", "kneser_ney_5", "window", "rnn", "lstm", "lstm_2",
                                   "truth")]
    for _, run in ladder.iterrows():
        figures = [run[name] for name in order]
        assert figures == sorted(figures, reverse=True), f"seed {run['seed']}: {figures}"
        unknown = run["home_lstm_2"] - run["home_truth"]
        assert 1 - unknown / (run["home_kneser_ney_5"] - run["home_truth"]) >= 0.9


LECTURES = {"mini": ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11",
                     "12", "13", "14", "15", "16", "17"],
            "class": ["01", "02", "03", "04", "05", "06", "07", "08", "09"]}


@pytest.mark.parametrize("profile, lecture", [(p, n) for p in LECTURES for n in LECTURES[p]])
def test_each_lecture_is_recorded(profile, lecture):
    runs = results.recorded(lecture)
    assert len(runs) and profile in set(runs["profile"]), \
        f"run `COURSE_PROFILE={profile} make record`"


TREEBANKS = {"full": 94.5, "full corpus=ud-telugu-mtg epochs=20 units=128": 88.0}


@pytest.mark.parametrize("profile, at_least", TREEBANKS.items(), ids=["English", "Telugu"])
def test_taggers_of_real_treebanks_over_three_seeds(profile, at_least):
    """UPOS on the test files of UD English-EWT and Telugu-MTG, without pre-trained vectors."""
    runs = results.recorded("11")
    runs = runs[runs["profile"] == profile]
    name = "UPOS accuracy of the BiLSTM with letters"
    assert len(runs) >= 3, "record it with COURSE_SEED=1, 2 and 3"
    assert runs[name].min() >= at_least
    # the official rules of CoNLL 2018 say the same as our own count
    assert (runs["conll18_f1"] - runs[name]).abs().max() < 1e-6


@pytest.mark.parametrize("pair", ["multi30k-en-de", "multi30k-de-en"])
def test_translators_of_multi30k(pair):
    """BLEU of test_2016_flickr, lower-cased, beam 10: at least 30 in both directions."""
    runs = results.recorded("13")
    found = runs[runs["profile"].str.startswith("full")].get(f"BLEU of {pair}, beam 10")
    assert found is not None and found.notna().any(), "record it: COURSE_PROFILE=full"
    runs = runs.loc[found.dropna().index]
    assert runs["BLEU_lower_case"].min() >= 30


def test_translators_learn_our_languages():
    """With enough draws of the grammar, new compositions come out right, word for word."""
    runs = results.recorded("13")
    runs = runs[runs["profile"].str.contains("german=everyday-en-de")]
    assert len(runs) and runs[["exact", "telugu_exact"]].min().min() >= 95


def test_captions_of_unseen_combinations_are_true():
    """Pairs of things, and things of a colour and a shape, that training never showed together."""
    runs = results.recorded("15")
    runs = runs[runs["profile"] == "mini"]
    assert len(set(runs["seed"])) >= 3
    assert runs[["true captions of unseen combinations", "new_things"]].min().min() >= 95
