"""Generated sample data with a planted truth, in the shapes of the real files.

`write_sample` writes the small files that a fresh checkout builds from;
`write_flat_sales` writes flat sales lines of any size.
"""

from __future__ import annotations

import json
from pathlib import Path

from retail_marts.sample import (
    car_dealer,
    corner_shop,
    kalbe,
    scf,
    superstore,
    umkm,
)
from retail_marts.sample.flat import flat_bundles, write_flat_sales

__all__ = ["SOURCES", "flat_bundles", "write_flat_sales", "write_sample"]

SOURCES = {
    "kalbe": kalbe.generate,
    "umkm": umkm.generate,
    "superstore": superstore.generate,
    "car_dealer": car_dealer.generate,
    "scf": scf.generate,
    "corner_shop": corner_shop.generate,
}


def write_sample(out: Path, *, seed: int = 20240101) -> None:
    """Write the sample of every source and the truth planted in it.

    Parameters
    ----------
    out
        The folder to write into; it and its subfolders are created if necessary. Files
        of the same names are replaced, others stay.
    seed
        Selects the random streams; the same seed gives the same bytes.

    Notes
    -----
    ``truth.json`` holds for each source its facts (weekday factors, customer groups,
    bundles, the spend law, totals of the accepted rows) and for each file ``counts``,
    ``rejected`` and ``warnings``, the last two as physical lines; the header is line 1.
    """
    truth: dict[str, dict[str, object]] = {
        "sources": {},
        "counts": {},
        "rejected": {},
        "warnings": {},
    }
    for name, generate in SOURCES.items():
        source = generate(seed=seed)
        for file_name, content in source.files.items():
            path = out / file_name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        truth["sources"][name] = source.facts
        truth["counts"].update(source.counts)
        truth["rejected"].update(source.rejected)
        truth["warnings"].update(source.warnings)
    text = json.dumps({"seed": seed, **truth}, indent=1, ensure_ascii=False)
    (out / "truth.json").write_bytes((text + "\n").encode())
