"""The product as people and programs meet it: the terminal, the page, the interfaces."""

import os

# Before numpy is loaded. Its threads share every product of some vectors and wait for each other in
# loops: beside other work, one of 2,000 vectors took 15 ms, and 0.15 ms with one thread.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
