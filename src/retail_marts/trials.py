"""Costly models are tried first; those that another model beats are stopped."""

from __future__ import annotations


def lost_trial(part: str, error: float, least: float, best: str) -> str:
    """Why a model was stopped.

    Parameters
    ----------
    part
        What it was tried on, such as ``window``.
    error, least
        Its error there, and the lower one of the best other model.
    best
        The name of that model.
    """
    ratio = error / least if least > 0 else float("inf")
    times = f"{ratio:.3f}" if ratio < 100 else "more than 100"
    return (
        f"stopped after the first {part}, where its error was {times} times that of "
        f"{best}"
    )
