import needle_ndarray as nd
import numpy as np
import pytest

from .clients import assert_same

sklearn = pytest.importorskip("sklearn", reason="clients are tested by `hatch run clients:test`")
from sklearn import (
    decomposition,
    discriminant_analysis,
    linear_model,
    metrics,
    mixture,
    model_selection,
    preprocessing,
)

RNG = np.random.default_rng(8)
X = RNG.normal(size=(60, 5)) * [1.0, 2.0, 0.5, 3.0, 1.0] + [0, 1, 2, 3, 4]
COEFFICIENTS = np.array([1.5, -2.0, 0.0, 0.5, 3.0])
TARGET = X @ COEFFICIENTS + 0.1 * RNG.normal(size=60)
LABELS = (X[:, 0] + X[:, 1] > 1).astype(np.int64)


@pytest.fixture(autouse=True)
def dispatch():
    with sklearn.config_context(array_api_dispatch=True):
        yield


SCALERS = {
    "StandardScaler": preprocessing.StandardScaler,
    "MinMaxScaler": preprocessing.MinMaxScaler,
    "MaxAbsScaler": preprocessing.MaxAbsScaler,
    "Normalizer": preprocessing.Normalizer,
    "Normalizer l1": lambda: preprocessing.Normalizer(norm="l1"),
    "Binarizer": lambda: preprocessing.Binarizer(threshold=1.0),
    "PolynomialFeatures": preprocessing.PolynomialFeatures,
}


@pytest.mark.parametrize("name", SCALERS)
def test_preprocessing(name, dtype):
    ours, theirs = SCALERS[name](), SCALERS[name]()
    x = nd.asarray(X, dtype=dtype)
    scaled = ours.fit_transform(x)
    assert_same(scaled, theirs.fit_transform(X), dtype)
    if hasattr(ours, "inverse_transform"):
        assert_same(ours.inverse_transform(scaled), X, dtype, rtol=1e-4)


def test_splitting_keeps_rows_together(dtype):
    x, y = nd.asarray(X, dtype=dtype), nd.asarray(LABELS)
    parts = model_selection.train_test_split(x, y, test_size=0.25, random_state=0, stratify=y)
    expected = model_selection.train_test_split(X, LABELS, test_size=0.25, random_state=0, stratify=LABELS)
    assert_same(parts, expected, dtype, rtol=1e-6)


DISTANCES = {
    "euclidean": metrics.pairwise.euclidean_distances,
    "manhattan": metrics.pairwise.manhattan_distances,
    "cosine": metrics.pairwise.cosine_distances,
    "paired": metrics.pairwise.paired_euclidean_distances,
    "rbf": metrics.pairwise.rbf_kernel,
    "linear": metrics.pairwise.linear_kernel,
    "polynomial": metrics.pairwise.polynomial_kernel,
    "sigmoid": lambda x, y: metrics.pairwise.sigmoid_kernel(x, y, gamma=0.01),
}


@pytest.mark.parametrize("name", DISTANCES)
def test_distances(name, dtype):
    function = DISTANCES[name]
    other = X[::-1] * 0.5
    result = function(nd.asarray(X, dtype=dtype), nd.asarray(other, dtype=dtype))
    assert_same(result, function(X, other), dtype, rtol=2e-3 if dtype == "float32" else 1e-7)


@pytest.mark.parametrize("solver", ["full", "covariance_eigh"])
@pytest.mark.parametrize("whiten", [False, True])
def test_principal_components(solver, whiten, dtype):
    ours = decomposition.PCA(3, svd_solver=solver, whiten=whiten)
    theirs = decomposition.PCA(3, svd_solver=solver, whiten=whiten)
    x = nd.asarray(X, dtype=dtype)
    projected, expected = ours.fit_transform(x), theirs.fit_transform(X)
    rtol = 2e-3 if dtype == "float32" else 1e-8
    assert_same(ours.explained_variance_, theirs.explained_variance_, dtype, rtol=rtol)
    assert_same(ours.components_, theirs.components_, dtype, rtol=rtol)
    assert_same(projected, expected, dtype, rtol=rtol)
    assert_same(ours.inverse_transform(projected), theirs.inverse_transform(expected), dtype, rtol=rtol)


def test_ridge_regression(dtype):
    ours = linear_model.Ridge(alpha=0.5, solver="svd").fit(nd.asarray(X, dtype=dtype), nd.asarray(TARGET, dtype=dtype))
    theirs = linear_model.Ridge(alpha=0.5, solver="svd").fit(X, TARGET)
    assert_same(ours.coef_, theirs.coef_, dtype, rtol=1e-3 if dtype == "float32" else 1e-9)
    predicted = ours.predict(nd.asarray(X, dtype=dtype))
    assert_same(predicted, theirs.predict(X), dtype, rtol=1e-3 if dtype == "float32" else 1e-9)
    score = ours.score(nd.asarray(X, dtype=dtype), nd.asarray(TARGET, dtype=dtype))
    assert score == pytest.approx(theirs.score(X, TARGET), rel=1e-4)


def test_linear_discriminant_analysis(dtype):
    ours = discriminant_analysis.LinearDiscriminantAnalysis().fit(nd.asarray(X, dtype=dtype), nd.asarray(LABELS))
    theirs = discriminant_analysis.LinearDiscriminantAnalysis().fit(X, LABELS)
    assert ours.predict(nd.asarray(X, dtype=dtype)).tolist() == theirs.predict(X).tolist()


def test_gaussian_mixture(dtype):
    def fit(values):
        kind = mixture.GaussianMixture(2, init_params="random_from_data", random_state=0, max_iter=50)
        return kind.fit(values)

    ours, theirs = fit(nd.asarray(X, dtype=dtype)), fit(X)
    if dtype == "float64":
        assert_same(ours.means_, theirs.means_, dtype, rtol=1e-6)
    assert ours.lower_bound_ == pytest.approx(theirs.lower_bound_, rel=1e-2)


SCORES = {
    "accuracy": (metrics.accuracy_score, LABELS, np.roll(LABELS, 1)),
    "zero_one": (metrics.zero_one_loss, LABELS, np.roll(LABELS, 1)),
    "f1": (metrics.f1_score, LABELS, np.roll(LABELS, 1)),
    "confusion": (lambda a, b: metrics.confusion_matrix(a, b).sum(), LABELS, np.roll(LABELS, 1)),
    "r2": (metrics.r2_score, TARGET, TARGET * 0.9),
    "mean squared": (metrics.mean_squared_error, TARGET, TARGET * 0.9),
    "mean absolute": (metrics.mean_absolute_error, TARGET, TARGET * 0.9),
    "explained variance": (metrics.explained_variance_score, TARGET, TARGET * 0.9),
    "log loss": (metrics.log_loss, LABELS, np.clip(np.abs(np.sin(TARGET)), 0.05, 0.95)),
}


@pytest.mark.parametrize("name", SCORES)
def test_metrics(name):
    function, truth, guess = SCORES[name]
    result = function(nd.asarray(truth), nd.asarray(guess))
    # What scikit-learn takes from labels alone it computes in the default dtype, which here is float32.
    rel = 1e-6 if guess.dtype.kind == "i" else 1e-9
    assert float(result) == pytest.approx(float(function(truth, guess)), rel=rel)


def test_label_encoder():
    ours = preprocessing.LabelEncoder()
    codes = ours.fit_transform(nd.asarray([5, 3, 9, 3]))
    assert codes.tolist() == [1, 0, 2, 0]
    assert ours.inverse_transform(codes).tolist() == [5, 3, 9, 3]


def test_cross_validated_predictions(dtype):
    model = linear_model.Ridge(solver="svd")
    result = model_selection.cross_val_predict(model, nd.asarray(X, dtype=dtype), nd.asarray(TARGET, dtype=dtype), cv=3)
    expected = model_selection.cross_val_predict(model, X, TARGET, cv=3)
    assert_same(result, expected, dtype, rtol=1e-3 if dtype == "float32" else 1e-9)
