"""BG/NBD and Gamma-Gamma by the package lifetimes, in an environment that has it.

Called by benchmarks/lifetime_value.py with a file of x, t_x, T and total values; prints
one line per model: its name, seconds, processor seconds and parameters.
"""

import sys
import time

import numpy as np
from lifetimes import BetaGeoFitter, GammaGammaFitter

x, t_x, T, totals = np.load(sys.argv[1])
for name, fitter, data in (
    ("bg_nbd", BetaGeoFitter(), (x, t_x, T)),
    ("gamma_gamma", GammaGammaFitter(), (x + 1, totals / (x + 1))),
):
    wall, processor = time.perf_counter(), time.process_time()
    fitter.fit(*data)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(name, wall, processor, *(float(one) for one in fitter.params_))
