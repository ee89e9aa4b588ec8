"""`python -m tierlsp` is the same as `tierlsp`."""

from tierlsp.cli.main import main

raise SystemExit(main())
