"""embedding_dim -> X holds tokens: 0 is padding, each other has weights of its own."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline

from sklearn_rnn import (
    GRUClassifier,
    LSTMClassifier,
    LSTMRegressor,
    RNNClassifier,
    RNNRegressor,
    SequenceVectorizer,
    SequenceWindower,
    pad_sequences,
)

RNG = np.random.default_rng(0)
LISTS = [RNG.integers(1, 9, size=n) for n in RNG.integers(1, 7, size=60)]
ODD = np.array([int(steps[-1]) % 2 for steps in LISTS])
TEXTS = ["a good film", "a bad film", "good good acting", "bad bad bad"] * 10
OPINIONS = np.array(["like", "dislike"] * 20)


def quick(cls=RNNClassifier, **parameters):
    parameters = {"max_epochs": 3, "random_state": 0, "embedding_dim": 3} | parameters
    return cls(4, **parameters)


def as_lists(*sequences):
    return [np.array(tokens) for tokens in sequences]


def embedding(estimator):
    return estimator.net_.module_.inputs.embedding.weight.detach().numpy()


@pytest.mark.parametrize("cls", [RNNClassifier, LSTMClassifier, GRUClassifier])
def test_they_learn_each_name(cls):
    """Whether the last token is odd: tokens are names, not amounts."""
    classifier = quick(cls, max_epochs=60, lr=0.05).fit(LISTS, ODD)
    assert classifier.score(LISTS, ODD) > 0.9


class TestPadding:
    def test_it_has_no_weights_and_never_learns(self):
        settings = {"weight_decay": 0.1, "l1": 0.1, "lr": 0.1}
        for optimizer in ("adam", "adamw", "sgd"):
            classifier = quick(optimizer=optimizer, **settings).fit(LISTS, ODD)
            weights = embedding(classifier)
            assert (weights[0] == 0).all()
            assert (weights[1:9] != 0).all()

    @pytest.mark.parametrize("side", ["left", "right"])
    @pytest.mark.parametrize("filler", [0, np.nan])
    def test_on_either_side_it_changes_nothing(self, side, filler):
        numbers = [steps.astype(float) for steps in LISTS]
        padded = pad_sequences(numbers, side=side)[:, :, 0]
        padded[np.isnan(padded)] = filler
        plain, other = quick().fit(LISTS, ODD), quick().fit(padded, ODD)
        np.testing.assert_array_equal(
            plain.predict_proba(LISTS), other.predict_proba(padded)
        )

    @settings(max_examples=20)
    @given(
        tokens=st.lists(st.integers(1, 8), min_size=1, max_size=5),
        places=st.lists(st.integers(0, 5), max_size=4),
    )
    def test_anywhere_it_changes_nothing(self, tokens, places):
        if "fitted" not in CACHE:
            CACHE["fitted"] = quick(bidirectional=True, pooling="attention").fit(
                LISTS, ODD
            )
        classifier, padded = CACHE["fitted"], list(tokens)
        for place in places:
            padded.insert(place, 0)
        one, other = np.array(tokens), np.array(padded)
        np.testing.assert_array_equal(
            classifier.predict_proba([one]), classifier.predict_proba([other])
        )
        weights = classifier.attention_weights([other])[0]
        np.testing.assert_array_equal(weights > 0, other > 0)

    def test_nothing_but_padding_is_a_sequence_without_steps(self):
        classifier = quick().fit([*LISTS, np.zeros(3, int)], [*ODD, 1])
        probabilities = classifier.predict_proba([np.zeros(2, int), np.zeros(0, int)])
        assert np.isfinite(probabilities).all()
        np.testing.assert_array_equal(probabilities[0], probabilities[1])


CACHE = {}


class TestVocabulary:
    def test_it_is_learnt_from_the_data(self):
        classifier = quick().fit(LISTS, ODD)
        assert classifier.num_embeddings_ == 9
        assert embedding(classifier).shape == (9, 3)
        plain = quick(embedding_dim=None).fit(LISTS, ODD)
        assert plain.num_embeddings_ is None

    def test_it_counts_tokens_of_samples_without_weight(self):
        high = [*LISTS, np.array([20])]
        weight = np.append(np.ones(60), 0.0)
        classifier = quick().fit(high, [*ODD, 1], sample_weight=weight)
        assert classifier.num_embeddings_ == 21

    def test_tokens_that_training_did_not_hold_are_read_below_num_embeddings(self):
        classifier = quick(num_embeddings=30).fit(LISTS, ODD)
        assert classifier.num_embeddings_ == 30
        first, second = classifier.predict_proba(as_lists([29, 29], [28, 28]))
        assert (first != second).all()
        weights = quick(num_embeddings=30, max_epochs=20).fit(LISTS, ODD)
        np.testing.assert_array_equal(embedding(weights)[9:], embedding(classifier)[9:])

    def test_above_it_they_are_refused_with_advice(self):
        classifier = quick().fit(LISTS, ODD)
        message = r"knows 9 tokens, 0 to 8\. Pass num_embeddings=13 or more"
        with pytest.raises(ValueError, match=message):
            classifier.predict(as_lists([1, 12]))
        with pytest.raises(ValueError, match=r"knows 5 tokens.*num_embeddings=9 or"):
            quick(num_embeddings=5).fit(LISTS, ODD)
        with pytest.raises(ValueError, match=message):
            classifier.partial_fit(as_lists([1, 12], [1, 1]), [0, 1])

    def test_a_parameter_table_leaves_padding_out(self):
        classifier = quick().fit(LISTS, ODD)
        recurrent = 4 * (3 + 4) + 4
        assert classifier.n_parameters_ == 8 * 3 + recurrent + 2 * 4 + 2


class TestSeveralFeatures:
    TWO = np.stack([RNG.integers(0, 5, (60, 4)), RNG.integers(0, 9, (60, 4))], axis=2)

    def test_their_weights_stand_side_by_side(self):
        classifier = quick(standardize=True).fit(self.TWO, ODD)
        module = classifier.net_.module_
        assert module.encoder.layers[0].directions[0].rnn.input_size == 2 * 3
        E = torch.tensor(embedding(classifier))
        x = torch.tensor(self.TWO)
        real = [steps[(steps != 0).any(axis=1)] for steps in self.TWO]
        expected = classifier.predict_log_proba(self.TWO)
        for steps, scores in zip(real[:5], expected, strict=False):
            x = E[torch.tensor(steps)].flatten(1)[:, None]  # (T, 1, 6)
            with torch.inference_mode():
                output = module.head(module.encoder(x)[-1])[0]
            np.testing.assert_allclose(output.log_softmax(0), scores, atol=1e-5)

    def test_a_step_is_absent_where_all_are_zero(self):
        gappy = self.TWO.copy()
        gappy[:, 1] = 0
        kept = np.delete(gappy, 1, axis=1)
        one, other = quick().fit(gappy, ODD), quick().fit(kept, ODD)
        np.testing.assert_array_equal(
            one.predict_proba(gappy), other.predict_proba(kept)
        )

    def test_segments_of_tokens(self):
        flat = RNG.integers(1, 9, (60, 6))
        classifier = quick(segment_length=2).fit(flat, ODD)
        directions = classifier.net_.module_.encoder.layers[0].directions
        assert directions[0].rnn.input_size == 2 * 3
        assert classifier.n_timesteps_ == 6


def test_numbers_to_predict_keep_their_scale():
    y = 1000.0 + 50.0 * ODD
    regressor = quick(LSTMRegressor, max_epochs=60, lr=0.05).fit(LISTS, y)
    assert regressor.score(LISTS, y) > 0.8
    np.testing.assert_array_equal(regressor.scaler_.mean_, 0)


def test_a_label_for_each_token():
    labels = [np.where(steps % 2, "odd", "even") for steps in LISTS]
    classifier = quick(max_epochs=30, lr=0.05).fit(LISTS, labels)
    assert classifier.score(LISTS, labels) > 0.9
    padded = pad_sequences([steps.astype(float) for steps in LISTS], side="left")
    padded = np.nan_to_num(padded).astype(int)
    spread, real = classifier.predict(padded), padded[:, :, 0] > 0
    np.testing.assert_array_equal(spread != np.array(None), real)
    for row, steps, labels in zip(spread, real, classifier.predict(LISTS), strict=True):
        np.testing.assert_array_equal(row[steps], labels)


class TestTexts:
    def pipe(self, **parameters):
        return make_pipeline(
            SequenceVectorizer(),
            LSTMClassifier(
                bidirectional=True,
                pooling="attention",
                **{"embedding_dim": 8, "max_epochs": 3, "random_state": 0} | parameters,
            ),
        )

    def test_the_pipeline_of_the_guide(self):
        pipe = self.pipe(embedding_dim=64, max_epochs=12)
        pipe.fit(TEXTS, OPINIONS)
        assert pipe.score(TEXTS, OPINIONS) == 1
        assert pipe.predict(["good film", "an unheard word"]).shape == (2,)
        n_words = len(pipe[0].get_feature_names_out())
        assert pipe[-1].num_embeddings_ == n_words
        weights = pipe[-1].attention_weights(pipe[0].transform(TEXTS))
        np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-6)

    def test_a_grid_over_both_steps(self):
        grid = {
            "sequencevectorizer__min_df": [1, 8],
            "lstmclassifier__embedding_dim": [2, 4],
        }
        search = GridSearchCV(self.pipe(), grid, cv=2, error_score="raise")
        assert search.fit(TEXTS, OPINIONS).predict(TEXTS).shape == (40,)

    def test_each_fold_has_a_vocabulary_of_its_own(self):
        probabilities = cross_val_predict(
            self.pipe(), TEXTS, OPINIONS, cv=2, method="predict_proba"
        )
        assert probabilities.shape == (40, 2)

    def test_a_text_without_words(self):
        pipe = self.pipe().fit([*TEXTS, "!"], [*OPINIONS, "like"])
        assert np.isfinite(pipe.predict_proba(["", "good"])).all()


def test_a_token_is_never_read_as_a_change():
    """Though y copies a column of them: the next event."""
    events = pd.DataFrame({"event": RNG.integers(1, 9, size=60)})
    pipe = make_pipeline(SequenceWindower(4), quick(RNNRegressor))
    pipe.fit(events, events["event"])
    assert pipe[-1].target_feature_ is None
    assert not pipe[-1].scaler_.shifted_.any()
    with pytest.raises(ValueError, match="and X holds tokens"):
        quick(RNNRegressor, target_feature=0).fit(LISTS, ODD)


class TestRefusals:
    @pytest.mark.parametrize("bad", [1.5, -1, 2.0**24, np.inf])
    def test_what_is_no_token(self, bad):
        with pytest.raises(ValueError, match=r"reads tokens, whole|infinity"):
            quick().fit(np.array([[1, 2, bad], [1, 2, 3]]), [0, 1])
        classifier = quick().fit(LISTS, ODD)
        with pytest.raises(ValueError, match=r"reads tokens, whole|infinity"):
            classifier.predict(as_lists([1, bad]))

    def test_words(self):
        with pytest.raises(ValueError, match="strings"):
            quick().fit(np.array([["a", "b"], ["b", "a"]]), [0, 1])

    def test_a_number_of_tokens_without_weights_for_them(self):
        with pytest.raises(ValueError, match=r"num_embeddings=9 counts .* Pass em"):
            quick(embedding_dim=None, num_embeddings=9).fit(LISTS, ODD)

    def test_a_stream_of_tokens(self):
        with pytest.raises(ValueError, match="reads rows of numbers"):
            quick(stateful=True).fit(LISTS, ODD)

    def test_a_step_that_is_partly_absent(self):
        two = TestSeveralFeatures.TWO.astype(float)
        two[0, 0, 0] = np.nan
        two[0, 0, 1] = 3
        with pytest.raises(ValueError, match="NaN"):
            quick(RNNRegressor).fit(two, ODD)


class TestTablesOfTokens:
    """A list of lists of equal length is an array, which is no reason to refuse it."""

    ROWS = ([1, 2, 3], [4, 5, 6])

    @pytest.mark.parametrize("form", [list, np.array, pd.DataFrame])
    def test_after_lists_of_any_length(self, form):
        classifier = quick().fit(LISTS, ODD)
        expected = classifier.predict_proba(as_lists(*self.ROWS))
        rows = form(self.ROWS)
        np.testing.assert_array_equal(classifier.predict_proba(rows), expected)
        np.testing.assert_array_equal(classifier.predict_proba(rows[:1]), expected[:1])

    def test_of_another_width(self):
        padded = pad_sequences([steps.astype(float) for steps in LISTS])[:, :, 0]
        classifier = quick().fit(np.nan_to_num(padded), ODD)
        assert classifier.n_features_in_ == 1
        np.testing.assert_array_equal(
            classifier.predict(self.ROWS), classifier.predict(as_lists(*self.ROWS))
        )

    def test_a_table_with_names_gives_none_of_them(self):
        table = pd.DataFrame(RNG.integers(1, 9, size=(60, 3)), columns=list("abc"))
        classifier = quick().fit(table, ODD)
        assert not hasattr(classifier, "feature_names_in_")
        assert classifier.predict(table.iloc[:, :2]).shape == (60,)

    def test_several_tokens_per_step_still_count(self):
        table = RNG.integers(1, 9, size=(60, 4))
        classifier = quick(n_channels=2).fit(table, ODD)
        with pytest.raises(ValueError, match="X has 6 features"):
            classifier.predict(np.ones((2, 6), dtype=int))

    def test_with_labels_per_step(self):
        tokens = RNG.integers(1, 9, size=(40, 3))
        classifier = quick().fit(list(tokens), list(tokens % 2))
        assert classifier.predict(tokens[:2, :2]).shape == (2, 2)


class TestVocabularyOfTheVectorizer:
    def test_a_word_that_no_training_text_has(self):
        vectorizer = SequenceVectorizer(vocabulary=["good", "bad", "superb"])
        pipeline = make_pipeline(vectorizer, quick(early_stopping=True))
        pipeline.fit(TEXTS, OPINIONS)
        assert len(embedding(pipeline[-1])) == 5
        assert pipeline.predict(["superb film"]).shape == (1,)

    def test_num_embeddings_counts_more(self):
        vectorizer = SequenceVectorizer(vocabulary=["good", "bad", "superb"])
        pipeline = make_pipeline(vectorizer, quick(num_embeddings=7))
        assert len(embedding(pipeline.fit(TEXTS, OPINIONS)[-1])) == 7


def test_predict_changes_nothing():
    X = RNG.normal(size=(10, 4, 1))
    classifier = quick(embedding_dim=None).fit(X, ODD[:10])
    classifier.num_embeddings_ = "untouched"
    classifier.predict(X)
    assert classifier.num_embeddings_ == "untouched"


def test_tokens_are_not_read_as_amounts():
    pipe = make_pipeline(SequenceVectorizer(), RNNClassifier(4, max_epochs=1))
    with pytest.raises(ValueError, match="Pass embedding_dim, the weights of each"):
        pipe.fit(TEXTS, OPINIONS)
