"""`python -m tierlsp` is the same as `tierlsp`."""

import os
import sys

# `python -m` looks for every library in the current directory first, which may be anybody's repository. Both modules
# above are loaded before any of ours; a third, such as `pathlib`, would be looked for there.
try:
    if sys.path[:1] == [os.getcwd()]:  # noqa: PTH109
        del sys.path[0]
except OSError:
    pass  # There is no current directory.

from tierlsp.cli.main import main

raise SystemExit(main())
