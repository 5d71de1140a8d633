"""`python -m pb.counting`: see `pb.counting.cli`."""

import gc
import os
import sys

# A process that counts once and ends. Threads for linear algebra, of which there is next to none, would take 0.04 s to
# start, and looking for garbage among the modules as they load another 0.03 s (both before numpy is imported).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
gc.disable()

from pb.counting.cli import main  # noqa: E402

gc.freeze()
gc.enable()
sys.exit(main())
