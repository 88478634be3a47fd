"""What can go wrong -> the name to catch it by."""


class TrainingDivergedError(FloatingPointError):
    """Report a training loss that became NaN or infinite.

    The weights of the last finished epoch are kept, so the estimator can still predict.
    """


class CheckpointError(OSError):
    """Report a checkpoint that can be neither written nor read."""


class LeakageError(ValueError):
    """Report a prediction that depends on what comes after the row it belongs to."""


class MissingGroupsError(ValueError):
    """Report a table without groups that meets a windower fitted with groups."""


class CheckpointWarning(UserWarning):
    """Warn that the newest checkpoint is damaged and the one before it is used."""


class ShortHistoryWarning(UserWarning):
    """Warn that windows are shorter than asked, for lack of earlier rows."""


class HistoryGapWarning(UserWarning):
    """Warn that rows are taken for the continuation of others long before them."""


class TargetLeakWarning(UserWarning):
    """Warn that a feature of the predicted row is the target itself."""


class NoSkillWarning(UserWarning):
    """Warn that a network is worse on its validation samples than no network."""
