"""python -m calloff"""

import sys

from calloff.cli.main import main

sys.exit(main())
