"""`python -m pb.counting`: see `pb.counting.cli`."""

import sys

from pb.counting.cli import main

sys.exit(main())
