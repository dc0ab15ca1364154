"""python -m calloff"""

import sys

from calloff.cli import main

sys.exit(main())
