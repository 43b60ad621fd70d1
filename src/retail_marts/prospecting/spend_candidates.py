"""Candidates of the spend models: how each is built, and what its search tries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor

Hyperparameters = Mapping[str, Any]

#: Levels of a text feature that get their own column; rarer ones share one.
LEVEL_LIMIT = 20

#: Iterations after which a support vector fit is given up as not converged.
_SVR_ITERATIONS = 200_000


@dataclass(frozen=True)
class Candidate:
    """One kind of model.

    Attributes
    ----------
    default
        Builds the estimator with its library's defaults from a seed.
    tuned
        Builds the estimator with given hyperparameters from a seed; none where there is
        nothing to tune.
    space
        Number of rows in the search's smallest training part to the values tried.
    stand_in
        Hyperparameters that make a fit of the search cheaper than the final one.
    is_slow
        Whether the search costs so much that it is tried in the first fold.
    tries_half
        Whether the search tries half as many hyperparameters.
    """

    default: Callable[[int], Any]
    tuned: Callable[..., Any] | None = None
    space: Callable[[int], Mapping[str, Sequence[Any]]] = lambda rows: {}
    stand_in: Hyperparameters = field(default_factory=lambda: MappingProxyType({}))
    is_slow: bool = False
    tries_half: bool = False


def _scaled_svr(seed: int, **hyperparameters: Any) -> Any:
    # The width of the tube and the penalty are in units of the target: on amounts of
    # ten thousands the defaults predict next to a constant.
    return TransformedTargetRegressor(
        SVR(max_iter=_SVR_ITERATIONS, **hyperparameters), transformer=StandardScaler()
    )


def _neighbour_counts(rows: int) -> list[int]:
    return [count for count in (3, 5, 7, 10, 15, 20, 30) if count <= rows]


CANDIDATES: Mapping[str, Candidate] = MappingProxyType(
    {
        "mean": Candidate(lambda seed: DummyRegressor()),
        "linear_regression": Candidate(lambda seed: LinearRegression()),
        "ridge": Candidate(
            lambda seed: Ridge(),
            lambda seed, **given: Ridge(**given),
            lambda rows: {"alpha": [0.001, 0.01, 0.1, 0.3, 3, 10, 30, 100, 300, 1000]},
        ),
        "decision_tree": Candidate(
            lambda seed: DecisionTreeRegressor(random_state=seed),
            lambda seed, **given: DecisionTreeRegressor(random_state=seed, **given),
            lambda rows: {
                "max_depth": [2, 3, 4, 5, 6, 8, 10],
                "min_samples_leaf": [1, 2, 5, 10, 20],
                "min_samples_split": [2, 5, 10, 20],
            },
        ),
        "k_nearest_neighbours": Candidate(
            lambda seed: KNeighborsRegressor(),
            lambda seed, **given: KNeighborsRegressor(**given),
            lambda rows: {
                "n_neighbors": _neighbour_counts(rows),
                "p": [1, 2],
                "weights": ["uniform", "distance"],
            },
        ),
        "svr": Candidate(
            lambda seed: SVR(max_iter=_SVR_ITERATIONS),
            _scaled_svr,
            lambda rows: {
                "C": [0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0],
                "epsilon": [0.01, 0.03, 0.1, 0.3],
                "gamma": [0.003, 0.01, 0.03, 0.1, 0.3],
            },
            is_slow=True,
        ),
        "random_forest": Candidate(
            lambda seed: RandomForestRegressor(random_state=seed),
            lambda seed, **given: RandomForestRegressor(
                **{"random_state": seed, **given}
            ),
            lambda rows: {
                "max_depth": [4, 6, 10, None],
                "max_features": [0.34, 0.5, 0.67, 1.0],
                "min_samples_leaf": [1, 2, 5, 10, 20],
            },
            # Few trees show as well as many which leaves and depths are best.
            stand_in=MappingProxyType({"n_estimators": 20}),
            is_slow=True,
            tries_half=True,
        ),
        "gradient_boosting": Candidate(
            lambda seed: GradientBoostingRegressor(random_state=seed),
            lambda seed, **given: GradientBoostingRegressor(random_state=seed, **given),
            lambda rows: {
                "learning_rate": [0.03, 0.05, 0.1, 0.2],
                "max_depth": [1, 2, 3, 4],
                "min_samples_leaf": [1, 5, 10, 20],
                "n_estimators": [50, 100, 150],
                "subsample": [0.5, 0.75, 1.0],
            },
            is_slow=True,
            tries_half=True,
        ),
    }
)


def build_estimator(
    model_name: str, hyperparameters: Hyperparameters | None, *, random_state: int
) -> Any:
    """Build an unfitted estimator.

    Parameters
    ----------
    hyperparameters
        What a search found; none for the library's defaults.
    """
    candidate = CANDIDATES[model_name]
    if hyperparameters is None or candidate.tuned is None:
        return candidate.default(random_state)
    return candidate.tuned(random_state, **hyperparameters)


def tried_hyperparameters(
    model_name: str, *, rows: int, iterations: int, random_state: int
) -> list[dict[str, Any]]:
    """Draw what the search of a model tries.

    The draw is that of scikit-learn's ``RandomizedSearchCV`` with the same seed.

    Parameters
    ----------
    rows
        Rows of the search's smallest training part.
    iterations
        How many to draw; fewer when there are fewer combinations.

    Returns
    -------
    list of dict
        Empty for a model that has nothing to tune.
    """
    candidate = CANDIDATES[model_name]
    space = candidate.space(rows)
    if not space or iterations == 0:
        return []
    wanted = -(-iterations // 2) if candidate.tries_half else iterations
    return list(
        ParameterSampler(
            dict(space),
            n_iter=min(wanted, len(ParameterGrid(dict(space)))),
            random_state=random_state,
        )
    )


def has_converged(estimator: Any) -> bool:
    """Tell whether a fit reached its optimum; only support vectors stop before."""
    inner = getattr(estimator, "regressor_", estimator)
    return getattr(inner, "fit_status_", 0) == 0


def build_pipeline(
    levels: Mapping[str, list[str]], numbers: Sequence[str], estimator: Any
) -> Pipeline:
    """Build the unfitted preparation and the estimator in one.

    Without features there is nothing to prepare: the mean needs none.
    """
    steps = [("model", estimator)]
    if levels or numbers:
        steps.insert(0, ("preparation", build_preparation(levels, numbers)))
    return Pipeline(steps)


def build_preparation(levels: Mapping[str, list[str]], numbers: Sequence[str]) -> Any:
    """Build the unfitted first steps of every pipeline.

    A blank number becomes the median of the rows that are fitted, with a column that
    says so; a text becomes columns of zeros and ones, a blank text its most frequent
    level; every column is scaled to the mean and deviation of the rows fitted.

    Parameters
    ----------
    levels
        Text feature to its levels, in order.
    numbers
        Features that are numbers.
    """
    filled_numbers = SimpleImputer(
        strategy="median", add_indicator=True, keep_empty_features=True
    )
    encoded_texts = make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        OneHotEncoder(
            # All levels of the business, so that no fold has an unknown one. Their
            # effects are learned only from the rows fitted.
            categories=[levels[name] for name in levels],
            drop="if_binary",
            max_categories=LEVEL_LIMIT,
            sparse_output=False,
        ),
    )
    return make_pipeline(
        ColumnTransformer(
            [
                ("numbers", filled_numbers, list(numbers)),
                ("texts", encoded_texts, list(levels)),
            ]
        ),
        StandardScaler(),
    )
