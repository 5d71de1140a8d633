"""`python -m pb` is the same as the console command `pb`."""

from pb.cli import main

main()
