"""``python -m netd``."""

from netd.daemon.main import main

main()
