"""Labels of a fit -> the classes that an estimator knows, also where it goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin

from sklearn_rnn.estimators._class_targets import keep_classes, learn_classes
from sklearn_rnn.estimators._step_forms import StepForm


class LabelLearnerMixin(ClassifierMixin):
    """Learn classes in the first call, and keep them in later ones."""

    _train_one_epoch: Callable[..., Any]  # of the estimator
    _announced: NDArray[Any] | None = None  # by `partial_fit`, while it runs

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = False
        return tags

    def _train_announced(self, X, y, classes, sample_weight):
        """Train for one more epoch, with classes that the user names beforehand."""
        self._announced = None if classes is None else np.unique(classes)
        try:
            return self._train_one_epoch(X, y, sample_weight)
        finally:
            del self._announced

    def _learn_classes(
        self, labels: NDArray[Any], form: StepForm | None, reset: bool
    ) -> None:
        if reset:
            self.classes_ = learn_classes(labels, form)  # refuses what are no labels
            if self._announced is not None and labels.ndim < 3:
                self.classes_ = self._announced
        keep_classes(self._announced, self.classes_)
