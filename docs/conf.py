"""Settings of the documentation -> what `sphinx-build docs docs/_build` reads."""

import os
from importlib.metadata import version as version_of

os.environ["MPLBACKEND"] = "Agg"

project = "sklearn_rnn"
author = "The sklearn_rnn developers"
version = release = version_of("sklearn-rnn")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.extlinks",
    "sphinx.ext.intersphinx",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "changes"]  # notes on changes are gathered at a release
default_role = "literal"  # single backticks, as the docstrings use them

autosummary_generate = True
extlinks = {"doi": ("https://doi.org/%s", "doi:%s")}
numpydoc_show_class_members = False
intersphinx_mapping = {
    "python": ("https://docs.python.org/3", None),
    "numpy": ("https://numpy.org/doc/stable", None),
    "pandas": ("https://pandas.pydata.org/docs", None),
    "sklearn": ("https://scikit-learn.org/stable", None),
    "skorch": ("https://skorch.readthedocs.io/en/stable", None),
    "torch": ("https://docs.pytorch.org/docs/stable", None),
}
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/plot_",
    "ignore_pattern": r"/bench_",
    "reference_url": {"sklearn_rnn": None},
}

html_title = f"sklearn_rnn {release}"
